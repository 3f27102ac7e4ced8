"""The log of changes."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import make
import pytest
from catalogs import Desk

from content_catalog import SYSTEM, Actor, audit
from content_catalog.errors import NotAllowed


class Colour(StrEnum):
    RED = "red"


def test_an_entry_says_who_what_when_and_from_where(desk: Desk) -> None:
    who = Actor(7, "N" * 300, None, address="192.0.2.7")
    values = {"day": date(2026, 1, 2), "colour": Colour.RED, "set": {"b", "a"}, "n": None}
    desk.by(who, audit.note, "x.edit", "x", 5, label="L" * 400, before={"n": 1}, after=values)
    (entry,) = desk.ask(audit.history, "x", 5)
    assert (entry.action, entry.subject, entry.subject_id) == ("x.edit", "x", 5)
    assert (entry.actor_id, entry.address, entry.at) == (7, "192.0.2.7", desk.clock.now)
    assert (len(entry.actor_name), len(entry.label)) == (200, 300)
    assert entry.before == {"n": 1}
    assert entry.after == {"day": "2026-01-02", "colour": "red", "set": ["a", "b"], "n": None}


def test_a_change_that_fails_is_not_in_the_log(desk: Desk) -> None:
    with desk.catalog.work(SYSTEM) as work:
        audit.note(work, "x.edit", "x", 5)
        work.session.rollback()
    assert desk.ask(audit.history, "x", 5) == ()


def test_only_what_differs_is_noted() -> None:
    assert audit.changed({"a": 1, "b": 2, "gone": 3}, {"a": 1, "b": 3, "new": 4}) == (
        {"b": 2, "new": None},
        {"b": 3, "new": 4},
    )


def test_the_log_in_pages_by_action_and_by_person(desk: Desk, marketer: Actor) -> None:
    for number in range(5):
        make.asset(desk, f"Deck {number}", by=marketer if number % 2 else SYSTEM)
    everything = desk.ask(audit.entries, action="asset.")
    assert [e.label for e in everything] == [f"Deck {n}" for n in (4, 3, 2, 1, 0)]
    first = desk.ask(audit.entries, action="asset.", limit=2)
    rest = desk.ask(audit.entries, action="asset.", before_id=first[-1].id)
    assert [e.label for e in (*first, *rest)] == [e.label for e in everything]
    mine = desk.ask(audit.entries, action="asset.create", actor=marketer.name.lower())
    assert [e.label for e in mine] == ["Deck 3", "Deck 1"]
    assert desk.ask(audit.entries, action="a%") == ()


def test_P_the_log_is_for_admins(desk: Desk, marketer: Actor, admin: Actor) -> None:
    with pytest.raises(NotAllowed):
        desk.ask(audit.entries, by=marketer)
    assert desk.ask(audit.entries, by=admin)
