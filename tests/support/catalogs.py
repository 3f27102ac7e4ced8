"""A catalog on a real SQLite file that costs a file copy, and a clock that only moves when told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Concatenate, ParamSpec, TypeVar

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from app import paths
from content_catalog import SYSTEM, Actor, Catalog, Work, open_catalog, taxonomy
from content_catalog.tables import metadata

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
P = ParamSpec("P")
T = TypeVar("T")


class MovableClock:
    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Desk:
    """A catalog, its clock, and short words for what tests do all the time."""

    def __init__(self, catalog: Catalog, clock: MovableClock) -> None:
        self.catalog, self.clock = catalog, clock

    def do(
        self,
        command: Callable[Concatenate[Work, P], T],
        *args: P.args,
        **named: P.kwargs,
    ) -> T:
        """One change by the system, committed."""
        return self.by(SYSTEM, command, *args, **named)

    def by(
        self,
        actor: Actor,
        command: Callable[Concatenate[Work, P], T],
        *args: P.args,
        **named: P.kwargs,
    ) -> T:
        """One change by somebody, committed."""
        with self.catalog.work(actor) as work:
            return command(work, *args, **named)

    def ask(self, query: Callable[..., T], *args: Any, by: Actor = SYSTEM, **named: Any) -> T:
        """One reading, by the system unless somebody is named."""
        with self.catalog.look(by) as look:
            return query(look, *args, **named)


@cache
def empty_database() -> bytes:
    """The file of a catalog with every table and nothing in it."""
    return _file(lambda work: None)


@cache
def database_with_words() -> bytes:
    """The file of a catalog with the default taxonomy and nobody in it."""
    return _file(taxonomy.load_default)


def _file(fill: Callable[[Work], object]) -> bytes:
    path = Path(mkdtemp()) / "catalog.db"
    catalog = open_catalog(f"sqlite:///{path}")
    metadata.create_all(catalog.engine)
    with catalog.engine.begin() as connection:  # as a database that migrations have made
        scripts = ScriptDirectory(str(paths.migrations_dir()))
        MigrationContext.configure(connection).stamp(scripts, "head")
    with catalog.work(SYSTEM) as work:
        fill(work)
    catalog.checkpoint()
    catalog.close()
    return path.read_bytes()


@contextmanager
def counted(catalog: Catalog) -> Iterator[list[str]]:
    """Every SQL statement run inside the block, transactions' own words left out."""
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            statements.append(statement)

    event.listen(catalog.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(catalog.engine, "before_cursor_execute", note)
