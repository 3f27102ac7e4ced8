"""Forms check shape and end in ``to_input()``: the dataclass that a command takes."""
