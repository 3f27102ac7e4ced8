"""What the worker does for coverage: a snapshot a day, and the plan kept up with the library."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import make
import pytest
from catalogs import NOON, Desk, MovableClock, database_with_words
from crashes import KILLED_AT_POINT, in_child

from app import handlers
from app.wiring import Services
from app.worker import PERIODIC, Worker
from content_catalog import Actor, coverage, jobs, taxonomy
from content_catalog.assets import Status
from content_catalog.coverage import NewPlanItem, PlanState, View

DAY = NOON.date()
STAGE_PERSONA = View("stage", "persona")


def kept(desk: Desk) -> tuple[date, ...]:
    return desk.ask(coverage.snapshot_days)


def points(desk: Desk) -> int:
    with desk.catalog.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM coverage_points").scalar_one())


def planned(desk: Desk, owner: Actor, **asset: Any) -> tuple[int, int]:
    """A plan item and the asset that is to become it."""
    stage = desk.ask(taxonomy.read).dimension("stage")
    assert stage is not None
    new = NewPlanItem("To come", frozenset({stage.live[0].id}), owner_email=owner.email)
    item_id, asset_id = desk.do(coverage.plan, new), make.asset(desk, **asset)
    desk.do(coverage.attach, item_id, asset_id)
    return item_id, asset_id


def state(desk: Desk, item_id: int) -> PlanState:
    return desk.ask(coverage.plan_item, item_id).state


def test_the_worker_keeps_how_it_is_today(services: Services, shop: Desk) -> None:
    make.asset(shop)
    shop.do(jobs.enqueue, "coverage_snapshot", {})
    make.work_off(services)
    assert kept(shop) == (DAY,)
    now = coverage.matrix(shop.ask(coverage.picture), STAGE_PERSONA)
    then = coverage.matrix(shop.ask(coverage.past_picture, DAY), STAGE_PERSONA)
    assert then.cells == now.cells
    assert "coverage_snapshot" in {p.kind for p in PERIODIC}


def test_asked_for_again_it_changes_nothing(services: Services, shop: Desk) -> None:
    shop.do(jobs.enqueue, "coverage_snapshot", {})
    make.work_off(services)
    before = shop.ask(coverage.trend, "stage", None)
    make.asset(shop)
    shop.do(jobs.enqueue, "coverage_snapshot", {})
    make.work_off(services)
    assert shop.ask(coverage.trend, "stage", None) == before
    assert shop.ask(jobs.waiting)[0] == 0
    assert shop.ask(jobs.parked) == ()


def test_R12_a_snapshot_after_the_lease_is_not_stored(
    services: Services, shop: Desk, clock: MovableClock
) -> None:
    shop.do(jobs.enqueue, "coverage_snapshot", {})
    (slow,) = shop.do(jobs.claim, "slow", make.LEASE)
    clock.move(minutes=6)
    shop.do(jobs.claim, "quick", make.LEASE)
    handlers.run(services, slow)
    assert kept(shop) == ()


@pytest.mark.parametrize("point", ["snapshot-drawn", "snapshot-storing"])
def test_K06_killed_while_it_is_kept_there_is_one_in_the_end_and_whole(
    tmp_path: Path, clock: MovableClock, point: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "catalog.db").write_bytes(database_with_words())

    def work() -> None:
        made = make.services(folder, clock)
        shop = Desk(made.catalog, clock)
        make.asset(shop)
        shop.do(jobs.enqueue, "coverage_snapshot", {})
        make.work_off(made)

    assert in_child(work, fault=point) == KILLED_AT_POINT
    made = make.services(folder, clock)
    try:
        shop = Desk(made.catalog, clock)
        assert (kept(shop), points(shop)) == ((), 0)
        make.work_off(made)  # a worker that starts takes over what the dead one had
        assert kept(shop) == (DAY,)
        assert points(shop) == len(coverage.draw_snapshot(shop.ask(coverage.picture)).points)
        assert shop.ask(jobs.waiting)[0] == 0
    finally:
        made.close()


def test_old_snapshots_go_with_the_nightly_pruning(
    services: Services, shop: Desk, clock: MovableClock
) -> None:
    for _ in range(3):  # Monday to Wednesday
        shop.do(jobs.enqueue, "coverage_snapshot", {})
        make.work_off(services)
        clock.move(days=1)
    clock.move(days=200)
    shop.do(jobs.enqueue, "prune", {})
    make.work_off(services)
    assert kept(shop) == (DAY,)


def test_publishing_closes_what_was_planned_without_anybody_asking(
    services: Services, shop: Desk, marketer_of_shop: Actor
) -> None:
    item_id, asset_id = planned(shop, marketer_of_shop, status=Status.DRAFT)
    make.work_off(services)
    assert state(shop, item_id) is PlanState.PROPOSED
    make.edited(shop, asset_id, status=Status.PUBLISHED)
    make.work_off(services)
    assert state(shop, item_id) is PlanState.DONE


def test_what_a_dead_worker_did_not_close_the_night_does(
    services: Services, shop: Desk, marketer_of_shop: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id, asset_id = planned(shop, marketer_of_shop, status=Status.DRAFT)
    make.edited(shop, asset_id, status=Status.PUBLISHED)
    with monkeypatch.context() as dead:
        dead.setattr(handlers.coverage, "close_delivered", lambda _services: 0)
        make.work_off(services)
    assert state(shop, item_id) is PlanState.PROPOSED
    shop.do(jobs.enqueue, "coverage_snapshot", {})
    make.work_off(services)
    assert state(shop, item_id) is PlanState.DONE


@pytest.fixture
def marketer_of_shop(shop: Desk) -> Actor:
    return make.person(shop, "marketer@example.com", make.Role.MARKETER)


def test_a_site_s_day_is_the_one_on_its_wall(tmp_path: Path) -> None:
    """West of Greenwich the day's work is asked for after midnight there, and so in the night."""
    clock = MovableClock(datetime(2026, 3, 2, 23, 0, tzinfo=UTC))  # 18:00 in New York
    made = make.services(tmp_path / "data", clock, site_zone=ZoneInfo("America/New_York"))
    try:
        shop = Desk(made.catalog, clock)
        for hours in (0, 2, 7):  # 18:00, 20:00, and 01:00 of the next day
            clock.now = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
            clock.move(hours=hours)
            a_while(made, lambda: shop.ask(jobs.waiting)[0] == 0)
        assert kept(shop) == (date(2026, 3, 3), date(2026, 3, 2))
    finally:
        made.close()


def a_while(made: Services, done: Callable[[], bool]) -> None:
    """The worker runs until it has asked for what is due and done it."""
    alive = made.settings.data_dir / "worker.alive"
    alive.unlink(missing_ok=True)
    worker = Worker(made)
    thread = threading.Thread(target=worker.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not (alive.exists() and done()):
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.05)
    worker.stop()
    thread.join(30)
