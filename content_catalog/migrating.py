"""Bringing a database to this version of the program; Alembic configured in code."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine


class NewerSchema(Exception):
    """The database was made by a newer program."""


class NoSuchRevision(Exception):
    """There is no such step to go back to."""


def upgrade(url: str, folder: Path, revision: str = "head") -> None:
    """Run what is missing; nothing when up to date. Raises ``NewerSchema``.

    ``folder`` is where the migration scripts lie.
    """
    if is_behind(url, folder):
        command.upgrade(_config(url, folder), revision)


def is_behind(url: str, folder: Path) -> bool:
    """Whether tables are missing or of an older program. Raises ``NewerSchema``."""
    scripts = ScriptDirectory.from_config(_config(url, folder))
    present = current(url)
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise NewerSchema(
            f"The database is at revision {present}, which this version does not know. "
            "Start the newer version of Collateral Finder, or restore an older backup."
        )
    return present is None or present != scripts.get_current_head()


def downgrade(url: str, folder: Path, revision: str = "-1") -> None:
    """Go back; what only the newer schema can hold is lost. Raises ``NoSuchRevision``."""
    try:
        command.downgrade(_config(url, folder), revision)
    except CommandError as error:
        raise NoSuchRevision(f"The database cannot go back to {revision}: {error}.") from error


def current(url: str) -> str | None:
    """The revision the database is at; ``None`` for an empty one."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def _config(url: str, folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["url"] = url
    return config
