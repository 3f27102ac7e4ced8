"""The same request twice is one change."""

from __future__ import annotations

import pytest
from catalogs import Desk

from content_catalog import SYSTEM, Actor, idempotency
from content_catalog.errors import Invalid


def remember(desk: Desk, by: Actor, key: str, body: str = "b1", result: str = "7") -> None:
    desk.by(by, idempotency.remember, key, body, result)


def recall(desk: Desk, by: Actor, key: str, body: str = "b1") -> str | None:
    return desk.by(by, idempotency.recall, key, body)


def test_C04_a_key_gives_the_first_answer_for_a_day(desk: Desk, rep: Actor) -> None:
    assert recall(desk, rep, "k") is None
    remember(desk, rep, "k")
    assert recall(desk, rep, "k") == "7"
    desk.clock.move(hours=23, minutes=59)
    assert recall(desk, rep, "k") == "7"
    desk.clock.move(minutes=2)
    assert recall(desk, rep, "k") is None
    remember(desk, rep, "k", "b2", "8")
    assert recall(desk, rep, "k", "b2") == "8"


def test_C04_another_body_under_the_same_key_is_refused(desk: Desk, rep: Actor) -> None:
    remember(desk, rep, "k")
    with pytest.raises(Invalid):
        recall(desk, rep, "k", "other")


def test_C04_keys_are_one_s_own(desk: Desk, rep: Actor, marketer: Actor) -> None:
    remember(desk, rep, "k")
    assert recall(desk, marketer, "k") is None
    assert recall(desk, SYSTEM, "k") is None


def test_C04_a_change_that_fails_keeps_no_answer(desk: Desk, rep: Actor) -> None:
    with desk.catalog.work(rep) as work:
        idempotency.remember(work, "k", "b1", "7")
        work.session.rollback()
    assert recall(desk, rep, "k") is None


def test_C04_long_keys_that_differ_at_the_end_are_two(desk: Desk, rep: Actor) -> None:
    remember(desk, rep, "k" * 300 + "a", "b1", "1")
    assert recall(desk, rep, "k" * 300 + "b", "b2") is None


def test_old_keys_are_swept(desk: Desk, rep: Actor) -> None:
    remember(desk, rep, "old")
    desk.clock.move(hours=25)
    remember(desk, rep, "new")
    desk.do(idempotency.sweep)
    desk.clock.move(hours=-2)
    assert (recall(desk, rep, "old"), recall(desk, rep, "new")) == (None, "7")
