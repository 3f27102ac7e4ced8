"""The invariants, checked and, where nothing can be lost, mended.

``repair`` only rebuilds what is derived and sweeps orphans; it never deletes what a row names.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from app import indexing
from app.wiring import Services
from content_catalog import SYSTEM, assets, jobs, search_state
from content_catalog.database import check_database, wal_reset_is_fixed
from search_index.errors import IndexBusy, IndexUnavailable


@dataclass(frozen=True, slots=True)
class Finding:
    """``ok`` or not; ``advice`` says what to do and is empty when all is well."""

    name: str
    ok: bool
    words: str
    advice: str = ""


def files_to_read(services: Services) -> int:
    """How many files ``examine`` goes through: the part of it that takes long."""
    with services.catalog.look(SYSTEM) as look:
        return len(assets.kept_files(look))


def examine(
    services: Services, *, every_hash: bool = True, progress: Callable[[int], None] | None = None
) -> list[Finding]:
    """Every check. ``every_hash`` reads all files; without it sizes only.

    ``progress`` is told how many files are done.
    """
    checks: tuple[Callable[[], Finding], ...] = (
        lambda: _database(services),
        lambda: _files(services, every_hash, progress),
        lambda: _orphans(services),
        lambda: _index(services),
        lambda: _jobs(services),
        lambda: _disk(services),
        _sqlite,
        lambda: _permissions(services),
    )
    return [check() for check in checks]


def repair(services: Services) -> list[str]:
    """Redraw the index where it is broken or differs, sweep orphans; what was done, in words."""
    done: list[str] = []
    try:
        services.index.verify()
        if not indexing.reconcile(services).same:
            done.append("The index differed from the database and is being mended.")
    except IndexUnavailable:
        done.append(f"The index was broken; {indexing.rebuild(services)} documents redrawn.")
    indexing.sync_all(services)
    with services.catalog.look(SYSTEM) as look:
        named = assets.named_hashes(look)
    swept = services.blobs.sweep(named)
    if swept:
        done.append(f"{len(swept)} files that nothing names were swept.")
    return done


def _database(services: Services) -> Finding:
    broken = check_database(services.catalog)
    if broken:
        return Finding("database", False, broken[0], "Restore the database from the backup.")
    return Finding("database", True, "Whole, and every reference leads somewhere.")


def _files(services: Services, every_hash: bool, progress: Callable[[int], None] | None) -> Finding:
    with services.catalog.look(SYSTEM) as look:
        files = assets.kept_files(look)
    check = services.blobs.verify if every_hash else services.blobs.check_size
    bad: list[tuple[str, str]] = []
    for number, (sha256, size) in enumerate(files, 1):
        if problem := check(sha256, size):
            bad.append((sha256, problem))
        if progress:
            progress(number)
    if bad:
        words = ", ".join(f"{sha256[:12]} {problem}" for sha256, problem in bad[:10])
        return Finding("files", False, words, "Restore these files from the backup.")
    return Finding("files", True, f"{len(files)} files, all whole.")


def _orphans(services: Services) -> Finding:
    with services.catalog.look(SYSTEM) as look:
        named = assets.named_hashes(look)
    surplus = sum(1 for sha256 in services.blobs.hashes() if sha256 not in named)
    words = f"{surplus} files that nothing names; swept after a day." if surplus else "None."
    return Finding("orphans", True, words)


def _index(services: Services) -> Finding:
    with services.catalog.look(SYSTEM) as look:
        behind, since = search_state.lag(look)
    try:
        services.index.verify()
        difference = indexing.compare(services)
    except (IndexUnavailable, IndexBusy) as error:
        advice = "Run: collateral-finder index rebuild"
        return Finding("index", False, f"Cannot be used: {error}", advice)
    if not difference.same:
        words = f"{len(difference.ids)} assets differ from the database."
        return Finding("index", False, words, "Run: collateral-finder doctor --repair")
    if behind:
        return Finding("index", True, f"{behind} changes on their way since {since:%H:%M:%S} UTC.")
    return Finding("index", True, "In step with the database.")


def _jobs(services: Services) -> Finding:
    with services.catalog.look(SYSTEM) as look:
        parked = jobs.parked(look)
        count, _since = jobs.waiting(look)
    if parked:
        words = f"{len(parked)} jobs failed eight times, the last: {parked[0].error[:120]}"
        return Finding(
            "jobs", False, words, "Retry them on the health page once the cause is gone."
        )
    return Finding("jobs", True, f"{count} waiting.")


def _disk(services: Services) -> Finding:
    room = services.room()
    free = f"{room.free / 10**9:.1f} GB free of {room.total / 10**9:.0f} GB."
    if room.low:
        return Finding("disk", False, free, "Free some space; saving stops below 1 GB or 5 %.")
    return Finding("disk", True, free)


def _sqlite() -> Finding:
    """Old SQLite is served with care: only the worker checkpoints, holding the write lock."""
    words = f"SQLite {sqlite3.sqlite_version}."
    if wal_reset_is_fixed():
        return Finding("sqlite", True, words)
    return Finding("sqlite", True, f"{words} Older than 3.51.3: checkpoints run one at a time.")


def _permissions(services: Services) -> Finding:
    loose = [
        path.name
        for path in (services.settings.data_dir / "secret_key", services.settings.index_path)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    if not os.access(services.settings.data_dir, os.W_OK):
        return Finding(
            "permissions", False, "The data folder cannot be written.", "Check its owner."
        )
    if loose:
        words = f"Others may read {', '.join(loose)}."
        return Finding("permissions", False, words, "Take the rights of group and others away.")
    return Finding("permissions", True, "Only this user reads the secret key and the index.")
