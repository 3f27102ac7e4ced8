"""Where the files that are not code live, from a checkout and from an installed wheel alike."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_APP = Path(__file__).resolve().parent
_CHECKOUT = _APP.parent


def templates_dir() -> Path:
    """The folder of the Jinja templates. Raises FileNotFoundError when it is not there."""
    return _data_dir("templates")


def migrations_dir() -> Path:
    """Alembic's script folder. Raises FileNotFoundError when it is not there."""
    return _data_dir("migrations")


def static_dir() -> Path:
    """The folder served under ``/static``."""
    return _APP / "static"


def _data_dir(name: str) -> Path:
    # A top-level folder of a wheel needs a name nobody else takes, so setup.cfg gives it a prefix.
    # The checkout is asked first: an editable install maps both names to it anyway.
    if (_CHECKOUT / "setup.cfg").is_file():
        return _CHECKOUT / name
    spec = find_spec(f"collateral_finder_{name}")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if Path(place).is_dir():
            return Path(place)
    raise FileNotFoundError(f"The {name} folder is missing from this installation.")
