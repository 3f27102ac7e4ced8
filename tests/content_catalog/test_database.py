"""Transactions: what is saved, what waits, what is refused, and what "saved" means."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import make
import pytest
from catalogs import Desk, MovableClock, database_with_words
from sqlalchemy import event, text

from content_catalog import SYSTEM, Catalog, assets, open_catalog, taxonomy
from content_catalog.database import check_database
from content_catalog.errors import Conflict, Unavailable


@pytest.fixture
def hasty(tmp_path: Path, clock: MovableClock) -> Iterator[Desk]:
    """A desk that waits for another writer for a fifth of a second only."""
    path = tmp_path / "hasty.db"
    path.write_bytes(database_with_words())
    catalog = open_catalog(f"sqlite:///{path}", clock=clock, busy_ms=200)
    yield Desk(catalog, clock)
    catalog.close()


@contextmanager
def another_writes(desk: Desk) -> Iterator[None]:
    """Another process in the middle of a change."""
    connection = sqlite3.connect(str(desk.catalog.sqlite_path), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_a_change_is_whole_or_not_at_all(desk: Desk, catalog: Catalog) -> None:
    def fails_late() -> None:
        with catalog.work(SYSTEM) as work:
            assets.create(work, make.new_asset("Half"))
            raise RuntimeError("late")

    with pytest.raises(RuntimeError):
        fails_late()
    assert desk.ask(assets.all_ids) == []


def test_a_reading_is_one_picture(desk: Desk, catalog: Catalog) -> None:
    with catalog.look(SYSTEM) as look:
        assert assets.all_ids(look) == []
        make.asset(desk)
        assert assets.all_ids(look) == []
    assert len(desk.ask(assets.all_ids)) == 1


def test_a_reading_never_commits(desk: Desk, catalog: Catalog) -> None:
    with catalog.look(SYSTEM) as look:
        assets.create(look, make.new_asset())
    assert desk.ask(assets.all_ids) == []


def test_saved_is_on_the_disk(catalog: Catalog) -> None:
    """Full sync and the write-ahead log, on each connection; references are checked."""
    with catalog.engine.connect() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_R03_a_write_behind_another_waits_then_is_refused_and_reads_go_on(hasty: Desk) -> None:
    asset_id = make.asset(hasty, "Before")
    with another_writes(hasty):
        with pytest.raises(Unavailable) as caught:
            make.edited(hasty, asset_id, title="Now")
        assert caught.value.reason == "locked"
        assert caught.value.retry_after > 0
        assert make.card(hasty, asset_id).title == "Before"
    make.edited(hasty, asset_id, title="Now")
    assert make.card(hasty, asset_id).title == "Now"


def test_R03_a_write_behind_a_short_one_gets_through(desk: Desk) -> None:
    asset_id = make.asset(desk)
    release = threading.Timer(0.3, lambda: done.set())
    done = threading.Event()
    held = threading.Event()

    def hold() -> None:
        with another_writes(desk):
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    release.start()
    make.edited(desk, asset_id, title="Patient")
    holder.join(30)
    assert make.card(desk, asset_id).title == "Patient"


def test_R04_every_change_begins_as_a_writer(desk: Desk, catalog: Catalog) -> None:
    """A transaction that reads first and writes later fails at once under WAL."""
    transactions: list[list[str]] = []

    @event.listens_for(catalog.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("BEGIN"):
            transactions.append([statement])
        else:
            transactions[-1].append(statement.split(None, 1)[0].upper())

    asset_id = make.asset(desk)
    make.edited(desk, asset_id, title="Other")
    desk.do(assets.review, asset_id, 2)
    desk.ask(assets.page, asset_id)
    desk.do(assets.erase, asset_id)
    writers = [t for t in transactions if {"INSERT", "UPDATE", "DELETE"} & set(t)]
    assert len(writers) == 4
    assert {t[0] for t in writers} == {"BEGIN IMMEDIATE"}
    assert "BEGIN" in {t[0] for t in transactions}


def test_R04_many_at_once_are_never_locked_out(desk: Desk) -> None:
    ids = [make.asset(desk, f"Deck {n}") for n in range(4)]
    accepted: list[int] = []
    refused: list[str] = []

    def edit(editor: int) -> None:
        for number in range(8):
            asset_id = ids[number % 4]
            try:
                make.edited(desk, asset_id, summary=f"{editor}/{number}")
            except Conflict:
                continue
            except Unavailable as error:
                refused.append(str(error))
            else:
                accepted.append(asset_id)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert refused == []
    assert [make.rev(desk, i) for i in ids] == [1 + accepted.count(i) for i in ids]


def test_R02_a_read_only_database_still_reads_and_says_so_on_writing(
    tmp_path: Path, clock: MovableClock
) -> None:
    path = tmp_path / "frozen.db"
    path.write_bytes(database_with_words())
    desk = Desk(open_catalog(f"sqlite:///{path}", clock=clock), clock)

    @event.listens_for(desk.catalog.engine, "connect")
    def freeze(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    assert desk.ask(taxonomy.read).dimension("stage")
    with pytest.raises(Unavailable) as caught:
        make.asset(desk)
    assert caught.value.reason == "read_only"
    desk.catalog.close()


def test_R05_the_log_is_folded_into_the_file(desk: Desk, catalog: Catalog) -> None:
    make.asset(desk)
    log = Path(f"{catalog.sqlite_path}-wal")
    assert log.stat().st_size > 0
    catalog.checkpoint()
    assert log.stat().st_size == 0
    assert len(desk.ask(assets.all_ids)) == 1


def test_R05_a_reader_at_work_puts_the_folding_off_without_an_error(hasty: Desk) -> None:
    make.asset(hasty)
    with hasty.catalog.look(SYSTEM) as look:
        assert assets.all_ids(look)
        make.asset(hasty)
        hasty.catalog.checkpoint()
    hasty.catalog.checkpoint()
    assert Path(f"{hasty.catalog.sqlite_path}-wal").stat().st_size == 0


def test_R06_damage_and_broken_references_are_found(desk: Desk, catalog: Catalog) -> None:
    assert check_database(catalog) == []
    make.asset(desk, terms={"stage": ("expand",)})
    connection = sqlite3.connect(str(catalog.sqlite_path))
    with connection:
        connection.execute("DELETE FROM asset_versions")
        connection.execute("DELETE FROM assets")
    connection.close()
    assert any("refers to a missing assets" in line for line in check_database(catalog))


def test_times_are_aware_and_the_day_is_the_site_s(tmp_path: Path) -> None:
    path = tmp_path / "far.db"
    path.write_bytes(database_with_words())
    clock = MovableClock(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    catalog = open_catalog(f"sqlite:///{path}", clock=clock, zone=ZoneInfo("Pacific/Auckland"))
    desk = Desk(catalog, clock)
    asset_id = make.asset(desk)
    with catalog.look(SYSTEM) as look:
        assert look.today.isoformat() == "2026-03-03"
    assert make.card(desk, asset_id).updated_at == clock.now
    catalog.close()
