"""The loop beside the web: it goes on whatever a job does, and there is one of it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import make
import pytest
from catalogs import Desk, MovableClock
from crashes import in_child

from app import handlers
from app.wiring import Services
from app.worker import PERIODIC, AnotherWorker, Worker, only_worker
from content_catalog import analytics, assets, jobs
from content_catalog.assets import Reading
from content_catalog.jobs import MAX_ATTEMPTS


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A kind of job that always fails; the attempts that were made."""
    tried: list[int] = []

    def fail(_services: Services, job: jobs.Job) -> None:
        tried.append(job.attempts)
        raise RuntimeError("it always fails")

    monkeypatch.setitem(handlers.HANDLERS, "poison", fail)
    return tried


def until(done: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.05)


def test_a_file_is_read_drawn_and_findable(services: Services, shop: Desk) -> None:
    asset_id = make.upload(services, "# Zebra\n\nPays back.", "zebra.md")
    assert make.card(shop, asset_id).reading is Reading.PENDING
    make.work_off(services)
    assert make.card(shop, asset_id).reading is Reading.DONE
    assert [p.text.split() for p in shop.ask(assets.text, asset_id)] == [["Zebra", "Pays", "back."]]
    assert asset_id in services.index.revisions()
    assert shop.ask(jobs.waiting)[0] == 0


def test_a_file_that_cannot_be_read_says_so_and_stays(services: Services, shop: Desk) -> None:
    asset_id = make.upload(services, b"%PDF-1.7\nnothing more", "broken.pdf", title="Broken")
    make.work_off(services)
    card = make.card(shop, asset_id)
    assert card.reading is Reading.FAILED
    assert shop.ask(assets.page, asset_id).version.message
    assert asset_id in services.index.revisions()
    assert shop.ask(jobs.parked) == ()


def test_R07_a_file_that_is_gone_says_so_and_stays(services: Services, shop: Desk) -> None:
    asset_id = make.upload(services)
    file = shop.ask(assets.stored_file, asset_id)
    services.blobs.path(file.sha256).unlink()
    make.work_off(services)
    assert make.card(shop, asset_id).reading is Reading.FAILED
    shop.do(jobs.enqueue, "check_files", {})
    make.work_off(services)
    assert shop.ask(assets.page, asset_id).file_problem == "missing"
    make.upload(services)  # the same bytes again
    shop.do(jobs.enqueue, "check_files", {})
    make.work_off(services)
    assert shop.ask(assets.page, asset_id).file_problem is None


def test_R13_poison_is_parked_after_eight_tries_and_others_go_on(
    services: Services, shop: Desk, clock: MovableClock, poison: list[int]
) -> None:
    shop.do(jobs.enqueue, "poison", {})
    asset_id = make.upload(services)
    for _ in range(MAX_ATTEMPTS + 2):
        make.work_off(services)
        clock.move(hours=2)
    assert poison == list(range(1, MAX_ATTEMPTS + 1))
    assert make.card(shop, asset_id).reading is Reading.DONE
    (parked,) = shop.ask(jobs.parked)
    assert parked.error == "RuntimeError: it always fails"


def test_R13_many_that_killed_their_worker_hold_nobody_up(
    services: Services, shop: Desk, clock: MovableClock
) -> None:
    for _ in range(5):
        shop.do(jobs.enqueue, "poison", {})
    for _ in range(MAX_ATTEMPTS):
        shop.do(jobs.claim, "dead", make.LEASE, limit=9)
        clock.move(hours=1)
    asset_id = make.upload(services)
    make.work_off(services)
    assert make.card(shop, asset_id).reading is Reading.DONE
    assert len(shop.ask(jobs.parked)) == 5


def test_a_kind_nobody_knows_is_tried_and_parked(
    services: Services, shop: Desk, clock: MovableClock
) -> None:
    shop.do(jobs.enqueue, "from a newer program", {})
    for _ in range(MAX_ATTEMPTS):
        make.work_off(services)
        clock.move(hours=2)
    assert [p.kind for p in shop.ask(jobs.parked)] == ["from a newer program"]


def test_R12_a_result_after_the_lease_is_not_stored(
    services: Services, shop: Desk, clock: MovableClock
) -> None:
    asset_id = make.upload(services, "# Zebra")
    (slow,) = shop.do(jobs.claim, "slow", make.LEASE)
    clock.move(minutes=6)
    (quick,) = shop.do(jobs.claim, "quick", make.LEASE)
    handlers.run(services, slow)
    assert make.card(shop, asset_id).reading is Reading.PENDING
    handlers.run(services, quick)
    assert make.card(shop, asset_id).reading is Reading.DONE
    assert shop.ask(jobs.waiting)[0] == 1  # the images, asked for once


def test_an_asset_erased_while_its_file_waits_is_no_error(services: Services, shop: Desk) -> None:
    asset_id = make.upload(services)
    shop.do(assets.erase, asset_id)
    make.work_off(services)
    assert shop.ask(jobs.waiting)[0] == 0
    assert shop.ask(jobs.parked) == ()


def test_R18_a_folder_has_one_worker(tmp_path: Path) -> None:
    def enter() -> None:
        with only_worker(tmp_path):
            pass

    with only_worker(tmp_path):
        with pytest.raises(AnotherWorker, match=str(tmp_path)):
            enter()
        assert in_child(enter) == 1
    assert in_child(enter) == 0


def test_K14_stopped_it_gives_back_what_it_had_and_ends(services: Services, shop: Desk) -> None:
    worker = Worker(services)
    thread = threading.Thread(target=worker.run)
    thread.start()
    alive = services.settings.data_dir / "worker.alive"
    until(alive.exists)
    assert alive.read_text() == str(os.getpid())
    asset_id = make.upload(services)
    until(lambda: make.card(shop, asset_id).reading is Reading.DONE)
    worker.stop(signal.SIGTERM)
    thread.join(30)
    assert not thread.is_alive()
    assert shop.do(jobs.release, worker.name) == 0


def test_K05_a_starting_worker_takes_over_at_once_what_a_dead_one_had(
    services: Services, shop: Desk
) -> None:
    asset_id = make.upload(services)
    shop.do(jobs.claim, "dead", make.LEASE)
    worker = Worker(services)
    thread = threading.Thread(target=worker.run)
    thread.start()
    until(lambda: make.card(shop, asset_id).reading is Reading.DONE)
    worker.stop()
    thread.join(30)


def test_what_is_due_every_day_is_asked_for_once_a_day(
    services: Services, shop: Desk, clock: MovableClock
) -> None:
    alive = services.settings.data_dir / "worker.alive"

    def a_day() -> None:
        alive.unlink(missing_ok=True)
        worker = Worker(services)
        thread = threading.Thread(target=worker.run)
        thread.start()
        until(lambda: alive.exists() and shop.ask(jobs.waiting)[0] == 0)
        worker.stop()
        thread.join(30)

    ran: list[str] = []
    for kind, handler in list(handlers.HANDLERS.items()):
        if kind in {p.kind for p in PERIODIC}:
            handlers.HANDLERS[kind] = noted(ran, handler)
    try:
        a_day()
        assert sorted(ran) == sorted(p.kind for p in PERIODIC)
        a_day()
        assert len(ran) == len(PERIODIC)
        clock.move(days=1)
        a_day()
        assert len(ran) == 2 * len(PERIODIC)
    finally:
        for kind in {p.kind for p in PERIODIC}:
            handlers.HANDLERS[kind] = handlers.HANDLERS[kind].__wrapped__  # type: ignore[attr-defined]  # set by noted


def noted(ran: list[str], handler: Any) -> Any:
    def run(services: Services, job: jobs.Job) -> None:
        ran.append(job.kind)
        handler(services, job)

    run.__wrapped__ = handler  # type: ignore[attr-defined]  # as functools.wraps does
    return run


def test_the_nightly_work_counts_forgets_and_sweeps(
    services: Services, shop: Desk, clock: MovableClock
) -> None:
    asset_id = make.upload(services)
    shop.do(analytics.record_use, asset_id, analytics.Event.OPENED)
    clock.move(days=91)
    for kind in ("recount_uses", "prune", "sweep", "check_index", "reconcile"):
        shop.do(jobs.enqueue, kind, {})
    make.work_off(services)
    assert make.card(shop, asset_id).uses == 0
    assert shop.ask(jobs.parked) == ()
    assert list(services.blobs.hashes())
