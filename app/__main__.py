"""``python -m app``: the commands, for a process that starts another of its own kind."""

from app.cli import main

main()
