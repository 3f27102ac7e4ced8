"""The migrations make the tables the program has, keep what is in them, and know their limits."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from catalogs import Desk, MovableClock
from sqlalchemy import create_engine

from app import paths
from app.serving import CannotServe
from app.serving import prepare as prepare_to_serve
from app.settings import Settings, prepare
from content_catalog import (
    analytics,
    assets,
    coverage,
    jobs,
    migrating,
    open_catalog,
    saved,
    taxonomy,
)
from content_catalog.saved import KeptPage
from content_catalog.tables import metadata

Schema = dict[str, Any]
SCRIPTS = paths.migrations_dir()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'catalog.db'}"


def described(url: str) -> Schema:
    """What a table is, whatever order and layout its CREATE statement has."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        rows = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' "
            "AND name != 'alembic_version'"
        ).fetchall()
        schema: Schema = {}
        for kind, name, sql in rows:
            if kind == "index":
                schema[f"index {name}"] = " ".join(sql.split())
                continue
            schema[f"table {name}"] = {
                "columns": sorted(
                    connection.execute(f"PRAGMA table_info({name})").fetchall(), key=str
                ),
                "keys": sorted(
                    row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({name})")
                ),
                "unique": sorted(
                    str(connection.execute(f"PRAGMA index_info({row[1]})").fetchall())
                    for row in connection.execute(f"PRAGMA index_list({name})")
                    if row[2]
                ),
                "ids are never used twice": "AUTOINCREMENT" in sql,
            }
        return schema
    finally:
        connection.close()


def test_from_nothing_to_the_tables_the_program_has(url: str, tmp_path: Path) -> None:
    migrating.upgrade(url, SCRIPTS)
    models = f"sqlite:///{tmp_path / 'models.db'}"
    engine = create_engine(models)
    metadata.create_all(engine)
    engine.dispose()
    assert described(url) == described(models)


def test_up_to_date_is_left_alone(url: str) -> None:
    migrating.upgrade(url, SCRIPTS)
    before = Path(url.removeprefix("sqlite:///")).read_bytes()
    migrating.upgrade(url, SCRIPTS)
    assert Path(url.removeprefix("sqlite:///")).read_bytes() == before


def test_down_to_nothing_and_up_again(url: str) -> None:
    migrating.upgrade(url, SCRIPTS)
    full = described(url)
    migrating.downgrade(url, SCRIPTS, "base")
    assert described(url) == {}
    assert migrating.current(url) is None
    migrating.upgrade(url, SCRIPTS)
    assert described(url) == full


def test_B05_upgrade_keeps_what_is_there(url: str) -> None:
    """A library written under the first revision reads the same at the newest."""
    migrating.upgrade(url, SCRIPTS, "0001")
    desk = opened(url)
    desk.do(taxonomy.load_default)
    asset_id = make.asset(desk, "Kept", terms={"stage": (first_stage(desk),)})
    before = desk.ask(assets.page, asset_id)
    desk.catalog.close()
    migrating.upgrade(url, SCRIPTS)
    desk = opened(url)
    assert desk.ask(assets.page, asset_id) == before
    desk.catalog.close()


def test_B05_what_was_opened_before_the_upgrade_did_not_fail(url: str) -> None:
    migrating.upgrade(url, SCRIPTS, "0001")
    desk = opened(url)
    desk.do(taxonomy.load_default)
    asset_id = make.asset(desk, "Opened")
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    at = f"{desk.clock.now:%Y-%m-%d %H:%M:%S.%f}"
    with connection:
        for number, words in enumerate(("payback", "roi"), 1):
            connection.execute(
                "INSERT INTO searches (id, at, words, key, filters, total, took_ms, source, "
                "relaxed, corrected, without, demo) "
                "VALUES (?, ?, ?, ?, '{}', 3, 1, 'page', 0, 0, '{}', 0)",
                (number, at, words, words),
            )
        connection.execute(
            "INSERT INTO search_openings (search_id, asset_id, at) VALUES (1, ?, ?)",
            (asset_id, at),
        )
    connection.close()
    migrating.upgrade(url, SCRIPTS)
    desk.do(assets.erase, asset_id)
    desk.clock.move(hours=2)
    failed = desk.ask(analytics.failed_searches, desk.clock.now - timedelta(days=1))
    assert [one.words for one in failed] == ["roi"]
    desk.catalog.close()


def test_B06_one_step_back_and_up_again_loses_only_what_the_older_cannot_hold(url: str) -> None:
    migrating.upgrade(url, SCRIPTS)
    desk = opened(url)
    desk.do(taxonomy.load_default)
    asset_id = make.asset(desk, "Kept", terms={"stage": (first_stage(desk),)})
    before = desk.ask(assets.page, asset_id)
    desk.do(coverage.change_settings, coverage.CoverageSettings(target=7))
    rep = make.person(desk, "rep@example.com")
    search = desk.by(rep, saved.save_search, "Proof", "q=payback")
    desk.by(rep, saved.save_search, "Gates", "rows=tollgate", KeptPage.COVERAGE)
    for kind in ("coverage_snapshot", "recount_uses"):
        desk.do(jobs.enqueue, kind, {"of": kind})
    desk.catalog.close()
    migrating.downgrade(url, SCRIPTS)
    assert migrating.current(url) == "0001"
    migrating.upgrade(url, SCRIPTS)
    desk = opened(url)
    assert desk.ask(assets.page, asset_id) == before
    assert desk.ask(coverage.settings) == coverage.CoverageSettings()
    # It would show a coverage page among the searches.
    assert [one.id for one in desk.ask(saved.pages, by=rep)] == [search]
    # A program that knows no such job would try it until it gives up, and tell the admin.
    assert desk.ask(jobs.open_payloads, "coverage_snapshot") == ()
    assert desk.ask(jobs.open_payloads, "recount_uses") == ({"of": "recount_uses"},)
    desk.catalog.close()


def opened(url: str) -> Desk:
    clock = MovableClock()
    return Desk(open_catalog(url, clock=clock), clock)


def first_stage(desk: Desk) -> str:
    dimension = desk.ask(taxonomy.read).dimension("stage")
    assert dimension is not None
    return dimension.terms[0].slug


def from_the_future(url: str) -> None:
    migrating.upgrade(url, SCRIPTS)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def test_B05_a_newer_database_is_refused_in_one_sentence(url: str, tmp_path: Path) -> None:
    from_the_future(url)
    before = described(url)
    with pytest.raises(migrating.NewerSchema, match=r"9999.*newer version"):
        migrating.upgrade(url, SCRIPTS)
    settings = prepare(Settings(data_dir=tmp_path))
    with pytest.raises(CannotServe, match=r"9999.*newer version"):
        prepare_to_serve(settings)
    assert described(url) == before
