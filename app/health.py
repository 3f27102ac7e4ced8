"""How the site is doing, each line with what to do about it."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.wiring import Services
from content_catalog import SYSTEM, Permission, assets, jobs, search_state
from content_catalog.database import Work
from content_catalog.errors import CatalogError, Unavailable
from content_catalog.jobs import ParkedJob
from search_index.errors import SearchError

WORKER_SILENT_SECONDS = 60
LAG_LIMIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Line:
    """``state`` is ok, warn or bad; ``advice`` is empty when there is nothing to do."""

    name: str
    state: str
    words: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class HealthPage:
    lines: tuple[Line, ...]
    stats: assets.LibraryStats
    parked: tuple[ParkedJob, ...]
    file_problems: tuple[tuple[str, str], ...]

    @property
    def worst(self) -> str:
        states = {line.state for line in self.lines}
        return next((state for state in ("bad", "warn") if state in states), "ok")


def page(services: Services, look: Work) -> HealthPage:
    """For admins."""
    look.actor.require(Permission.ADMINISTER)
    return HealthPage(
        lines=(
            _worker(services),
            _index(services, look),
            _queue(look),
            _disk(services),
            _mail(services),
            _sqlite(services),
        ),
        stats=assets.stats(look),
        parked=jobs.parked(look),
        file_problems=assets.file_problems(look),
    )


def ready(services: Services) -> dict[str, str]:
    """One word each: ``ok`` or what is wrong."""
    return {
        "database": _database_word(services),
        "index": _index_word(services),
        "disk": "ok" if writable(services) else "full",
    }


def writable(services: Services) -> bool:
    """Whether saving is possible: the folder can be written and the disk is not nearly full."""
    room = services.room()
    return room.writable and not room.low


def worker_silence(services: Services) -> float | None:
    """Seconds since the worker's last sign of life; ``None`` when it never gave one."""
    try:
        return time.time() - (services.settings.data_dir / "worker.alive").stat().st_mtime
    except OSError:
        return None


def _database_word(services: Services) -> str:
    try:
        with services.catalog.look(SYSTEM) as look:
            search_state.lag(look)
    except (CatalogError, Exception) as error:
        return "locked" if isinstance(error, Unavailable) else "failed"
    return "ok"


def _index_word(services: Services) -> str:
    try:
        services.index.state()
    except SearchError:
        return "rebuilding"
    return "ok"


def _worker(services: Services) -> Line:
    silence = worker_silence(services)
    if silence is None or silence > WORKER_SILENT_SECONDS:
        since = "has not been seen" if silence is None else f"was last seen {silence:.0f} s ago"
        advice = "Restart the server, or run: collateral-finder worker"
        return Line("Worker", "bad", f"The worker {since}.", advice)
    return Line("Worker", "ok", "At work.")


def _index(services: Services, look: Work) -> Line:
    behind, since = search_state.lag(look)
    try:
        state = services.index.state()
    except SearchError as error:
        return Line(
            "Search index",
            "bad",
            f"Being rebuilt: {error}",
            "It mends itself; look again in a minute.",
        )
    if since is not None and look.now - since > LAG_LIMIT:
        words = f"{behind} changes wait, the oldest for {_minutes(look.now, since)}."
        return Line("Search index", "warn", words, "Look whether the worker is at work.")
    return Line("Search index", "ok", f"{state.documents} assets indexed, {behind} on their way.")


def _queue(look: Work) -> Line:
    count, _ = jobs.waiting(look)
    failed = len(jobs.parked(look))
    if failed:
        return Line(
            "Jobs", "warn", f"{failed} failed, {count} waiting.", "Read the errors below and retry."
        )
    return Line("Jobs", "ok", f"{count} waiting.")


def _disk(services: Services) -> Line:
    room = services.room()
    words = f"{room.free / 10**9:.1f} GB free of {room.total / 10**9:.0f} GB."
    if not room.writable:
        advice = "Give the data folder to the user the server runs as: nothing can be saved."
        return Line("Disk", "bad", f"The data folder cannot be written. {words}", advice)
    if room.low:
        advice = "Free some space: below 5 % or 1 GB nothing can be saved."
        return Line("Disk", "bad", words, advice)
    if not room.plenty:
        return Line("Disk", "warn", words, "Plan for more space: saving stops at 5 %.")
    return Line("Disk", "ok", words)


def _mail(services: Services) -> Line:
    if services.settings.mail_url:
        return Line("Mail", "ok", "A mail server is set.")
    return Line("Mail", "ok", "No mail server is set: mails wait in the outbox for you.")


def _sqlite(services: Services) -> Line:
    if not services.catalog.is_sqlite:
        return Line("Database", "ok", services.catalog.engine.dialect.name)
    return Line("Database", "ok", f"SQLite {sqlite3.sqlite_version}, write-ahead log, full sync.")


def _minutes(now: datetime, since: datetime) -> str:
    minutes = int((now - since).total_seconds() // 60)
    return f"{minutes} min" if minutes else f"{int((now - since).total_seconds())} s"
