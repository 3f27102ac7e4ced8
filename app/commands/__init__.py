"""The command line by topic; each module has ``register(group)``."""
