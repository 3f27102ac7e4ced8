"""The only place that opens sessions, commits and rolls back.

SQLite runs in WAL mode with full sync, so that "saved" survives a power cut. Every write begins
with ``BEGIN IMMEDIATE``: a transaction that starts as a read and then writes fails at once under
WAL, whatever the busy timeout.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from content_catalog.actor import Actor
from content_catalog.clock import Clock, site_date, utc_now
from content_catalog.errors import Unavailable

BUSY_TIMEOUT_MS = 5000
# SQLite before this has a rare race between a checkpoint and a WAL reset that can lose commits.
WAL_RESET_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


@dataclass(frozen=True)
class Work:
    """Whose hands, which transaction, what time, and the site's zone.

    Commands change through it, queries read through it; neither commits.
    """

    session: Session
    actor: Actor
    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The calendar day at the site."""
        return site_date(self.now, self.zone)


class Catalog:
    """The door to the truth. Usable without a web: ``open_catalog("sqlite:///demo.db")``."""

    def __init__(
        self, engine: Engine, clock: Clock, zone: ZoneInfo, busy_ms: int = BUSY_TIMEOUT_MS
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.zone = zone
        self._busy_ms = busy_ms
        self._checkpoint_lock = threading.Lock()

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """A unit of change: commits on leaving, rolls back on any error.

        Raises ``Unavailable`` when the database stays locked for 5 s or the disk is full.
        """
        with _translated(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"writes": True})
            yield Work(session, actor, self.clock(), self.zone)
            session.commit()

    @contextmanager
    def look(self, actor: Actor) -> Iterator[Work]:
        """A consistent reading; never commits."""
        with _translated(), Session(self.engine, expire_on_commit=False) as session:
            yield Work(session, actor, self.clock(), self.zone)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def sqlite_path(self) -> Path | None:
        return Path(self.engine.url.database) if self.engine.url.database else None

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database file; called by the worker now and then.

        ``TRUNCATE`` holds SQLite's write lock from its start to its end, so no writer can reset the
        log meanwhile. That is why older SQLite, which may lose commits in that race, gets no other
        checkpoint while serving (``_on_sqlite_connect``).
        """
        if not self.is_sqlite:
            return
        with self._checkpoint_lock:
            connection = sqlite3.connect(str(self.sqlite_path), timeout=self._busy_ms / 1000)
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.OperationalError:
                return  # readers are at work; the next idle moment will do
            finally:
                connection.close()

    def close(self) -> None:
        self.engine.dispose()


def open_catalog(
    url: str,
    *,
    clock: Clock = utc_now,
    zone: ZoneInfo | None = None,
    echo: bool = False,
    busy_ms: int = BUSY_TIMEOUT_MS,
) -> Catalog:
    """``url`` is SQLAlchemy's. The tables must exist (migrations, or ``Base.metadata``).

    ``busy_ms`` is how long a write waits for another one before ``Unavailable``.
    """
    parsed = make_url(url)
    options: dict[str, Any] = {"echo": echo}
    if parsed.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": busy_ms / 1000}
    engine = create_engine(parsed, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    return Catalog(engine, clock, zone or ZoneInfo("UTC"), busy_ms)


def wal_reset_is_fixed() -> bool:
    """Whether this SQLite is past the race between a checkpoint and a reset of the log."""
    version = sqlite3.sqlite_version_info
    newest, *back_ports = WAL_RESET_FIXED
    return version >= newest or any(
        version[:2] == good[:2] and version >= good for good in back_ports
    )


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _on_sqlite_begin
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-16000")
    if not wal_reset_is_fixed():
        cursor.execute("PRAGMA wal_autocheckpoint=0")  # Catalog.checkpoint is the only one
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Locked and full are expected failures with a sentence; anything else stays a bug."""
    try:
        yield
    except OperationalError as error:
        message = str(error.orig).lower()
        if "locked" in message or "busy" in message:
            raise Unavailable(
                "The database is busy. What you entered is kept; try again in a moment.", "locked"
            ) from error
        if "full" in message or "readonly" in message or "disk i/o" in message:
            raise Unavailable(
                "The server cannot save right now. Searching and downloading work.", "read_only", 60
            ) from error
        raise


def check_database(catalog: Catalog) -> list[str]:
    """SQLite's own verdict: every line of ``quick_check`` and ``foreign_key_check`` that is not ok."""
    if not catalog.is_sqlite:
        return []
    with catalog.engine.connect() as connection:
        lines = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check"))]
        broken = [line for line in lines if line != "ok"]
        broken += [
            f"{row[0]} row {row[1]} refers to a missing {row[2]}"
            for row in connection.execute(text("PRAGMA foreign_key_check"))
        ]
    return broken
