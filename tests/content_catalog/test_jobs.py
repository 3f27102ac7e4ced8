"""The job table: once, with a lease, in order, parked in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from catalogs import Desk

from content_catalog import jobs
from content_catalog.errors import NotFound
from content_catalog.jobs import MAX_ATTEMPTS, Job

LEASE = timedelta(minutes=5)


def enqueue(desk: Desk, *kinds: str, **more: Any) -> None:
    for kind in kinds:
        desk.do(jobs.enqueue, kind, {"n": 1}, **more)


def claim(desk: Desk, worker: str = "one", **more: Any) -> list[Job]:
    return desk.do(jobs.claim, worker, LEASE, **more)


def test_asked_in_a_change_that_fails_is_not_asked(desk: Desk) -> None:
    from content_catalog import SYSTEM

    with desk.catalog.work(SYSTEM) as work:
        jobs.enqueue(work, "extract", {})
        work.session.rollback()
    assert claim(desk) == []


def test_the_oldest_first_and_each_to_one(desk: Desk) -> None:
    enqueue(desk, "a")
    desk.clock.move(seconds=1)
    enqueue(desk, "b", "c")
    assert [j.kind for j in claim(desk, limit=2)] == ["a", "b"]
    assert [j.kind for j in claim(desk, "two", limit=2)] == ["c"]
    assert claim(desk, "three") == []


def test_a_key_asks_once_also_after_it_was_done(desk: Desk) -> None:
    enqueue(desk, "a", "a", key="same")
    (job,) = claim(desk, limit=5)
    desk.do(jobs.finish, job)
    enqueue(desk, "a", key="same")
    assert claim(desk) == []


def test_later_is_not_now(desk: Desk) -> None:
    enqueue(desk, "later", run_after=desk.clock.now + timedelta(minutes=1))
    enqueue(desk, "now")
    assert [j.kind for j in claim(desk, limit=5)] == ["now"]
    assert not desk.ask(jobs.due)
    desk.clock.move(minutes=1)
    assert desk.ask(jobs.due)
    assert [j.kind for j in claim(desk, limit=5)] == ["later"]


def test_R12_a_lease_that_ran_out_is_another_s_and_the_late_result_does_not_count(
    desk: Desk,
) -> None:
    enqueue(desk, "a")
    (slow,) = claim(desk, "slow")
    desk.clock.move(minutes=4)
    assert claim(desk, "quick") == []
    desk.clock.move(minutes=2)
    (taken,) = claim(desk, "quick")
    assert (taken.id, taken.attempts) == (slow.id, 2)
    assert not desk.do(jobs.finish, slow)
    desk.do(jobs.fail, slow, "late")
    assert desk.ask(jobs.owns, taken)
    assert desk.do(jobs.finish, taken)
    assert not desk.do(jobs.finish, taken)
    desk.clock.move(days=1)
    assert claim(desk) == []


def test_R12_the_same_worker_s_own_earlier_claim_does_not_count_either(desk: Desk) -> None:
    enqueue(desk, "a")
    (first,) = claim(desk, "one")
    desk.clock.move(minutes=6)
    (second,) = claim(desk, "one")
    assert not desk.do(jobs.finish, first)
    assert desk.do(jobs.finish, second)


def test_pauses_double_up_to_an_hour(desk: Desk) -> None:
    enqueue(desk, "a")
    for attempt in range(1, MAX_ATTEMPTS):
        (job,) = claim(desk)
        desk.do(jobs.fail, job, "no luck")
        expected = min(2**attempt, 3600)
        desk.clock.move(seconds=expected * 0.79)
        assert claim(desk) == []
        desk.clock.move(seconds=expected * 0.42)


def test_R13_the_eighth_failure_parks_and_others_go_on(desk: Desk) -> None:
    enqueue(desk, "poison")
    for _ in range(MAX_ATTEMPTS):
        (job,) = claim(desk)
        desk.do(jobs.fail, job, "it always fails")
        desk.clock.move(hours=2)
    enqueue(desk, "fine")
    assert [j.kind for j in claim(desk, limit=5)] == ["fine"]
    (parked,) = desk.ask(jobs.parked)
    assert (parked.kind, parked.attempts, parked.error) == (
        "poison",
        MAX_ATTEMPTS,
        "it always fails",
    )


def test_R13_a_job_that_kills_its_worker_is_parked_too(desk: Desk) -> None:
    enqueue(desk, "poison")
    for _ in range(MAX_ATTEMPTS):
        assert len(claim(desk)) == 1
        desk.clock.move(minutes=6)  # nobody ever answers
    assert claim(desk) == []
    (parked,) = desk.ask(jobs.parked)
    assert "stopped every time" in parked.error


def test_a_parked_job_is_put_back_in_line(desk: Desk) -> None:
    enqueue(desk, "a")
    for _ in range(MAX_ATTEMPTS):
        (job,) = claim(desk)
        desk.do(jobs.fail, job, "x" * 9000)
        desk.clock.move(hours=2)
    (parked,) = desk.ask(jobs.parked)
    desk.do(jobs.retry, parked.id)
    (again,) = claim(desk)
    assert (again.id, again.attempts) == (parked.id, 1)
    with pytest.raises(NotFound):
        desk.do(jobs.retry, parked.id)
    with pytest.raises(NotFound):
        desk.do(jobs.retry, 999)


def test_K14_what_is_given_back_does_not_count_as_a_try(desk: Desk) -> None:
    enqueue(desk, "a", "b")
    claim(desk, "one")
    claim(desk, "one%")
    assert desk.do(jobs.release, "one") == 1
    (again,) = claim(desk, "two", limit=5)
    assert (again.kind, again.attempts) == ("a", 1)


def test_waiting_is_counted_and_finished_is_forgotten(desk: Desk) -> None:
    enqueue(desk, "a", "b")
    assert desk.ask(jobs.waiting) == (2, desk.clock.now)
    (job,) = claim(desk)
    desk.do(jobs.finish, job)
    assert desk.ask(jobs.waiting)[0] == 1
    desk.clock.move(days=8)
    assert desk.do(jobs.sweep, desk.clock.now - timedelta(days=7)) == 1
    assert desk.ask(jobs.waiting)[0] == 1
