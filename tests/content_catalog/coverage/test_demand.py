"""Failed searches find their cell: by filters, else by the names in their words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import make
import pytest
from catalogs import NOON, Desk, MovableClock

from content_catalog import SYSTEM, Actor, analytics, coverage, taxonomy
from content_catalog.analytics import SearchRecord
from content_catalog.coverage import Demand, Matrix, Outcome, View, demand

VIEW = View("stage", "persona")


def search(desk: Desk, words: str, total: int = 0, *, by: Actor = SYSTEM, **more: Any) -> None:
    """One search an hour and a half before the last."""
    filters = {key: (value,) for key, value in more.pop("filters", {}).items()}
    desk.by(by, analytics.record_search, SearchRecord(words, filters, total, 3.0, **more))
    assert isinstance(desk.clock, MovableClock)
    desk.clock.move(minutes=90)


def matrix(desk: Desk, view: View = VIEW, by: Actor = SYSTEM) -> Matrix:
    return coverage.matrix(desk.ask(coverage.picture, by=by), view)


def at(desk: Desk, stage: str, persona: str, view: View = VIEW) -> Demand:
    terms = desk.ask(taxonomy.read)
    row, col = terms.term("stage", stage), terms.term("persona", persona)
    assert row
    assert col
    return matrix(desk, view).cells[row.id, col.id].demand


@pytest.mark.parametrize(
    ("words", "filters", "named"),
    [
        ("payback", {"stage": "propose"}, {"stage": {"propose"}}),
        ("evaluate CFO", {}, {"stage": {"evaluate"}, "persona": {"economic-buyer"}}),
        (
            "evaluate cfo",
            {"stage": "propose"},
            {"stage": {"propose"}, "persona": {"economic-buyer"}},
        ),
        ("answers for CFOs", {}, {"persona": {"economic-buyer"}}),
        ("Economic-Buyer deck", {}, {"persona": {"economic-buyer"}, "type": {"deck"}}),
        ("nothing of ours", {}, {}),
        ("payback -cfo", {}, {}),
        ("", {"persona": "end-user", "audience": "internal"}, {"persona": {"end-user"}}),
        ("cfo cto", {}, {"persona": {"economic-buyer", "executive-sponsor"}}),
    ],
)
def test_filters_say_where_a_search_belongs_and_else_its_words_do(
    desk: Desk, words: str, filters: dict[str, str], named: dict[str, set[str]]
) -> None:
    terms = desk.ask(taxonomy.read)
    found = demand.places(terms, words, {key: (value,) for key, value in filters.items()})
    slugs = {d: {terms.terms[i].slug for i in ids} for d, ids in found.items()}
    assert slugs == named


def test_the_longest_name_is_the_one_that_was_meant(desk: Desk) -> None:
    persona = desk.ask(taxonomy.read).term("persona", "end-user")
    assert persona
    for term, alias in ((persona, "finance director office"),):
        desk.do(taxonomy.add_alias, term.id, alias)
    terms = desk.ask(taxonomy.read)
    assert demand.places(terms, "finance director office hours", {})["persona"] == (persona.id,)


def test_three_ways_to_fail_are_told_apart(desk: Desk) -> None:
    where = {"stage": "negotiate", "persona": "end-user"}
    search(desk, "redlines", filters=where)
    search(desk, "terms", filters=where, without={"stage": 3})
    search(desk, "contract", 4, filters=where)
    assert at(desk, "negotiate", "end-user") == Demand(1, 1, 1)
    assert at(desk, "negotiate", "end-user").unanswered == 2


def test_a_search_that_was_answered_is_no_demand(desk: Desk) -> None:
    asset_id = make.asset(desk)
    record = SearchRecord("payback", {"stage": ("negotiate",), "persona": ("end-user",)}, 1, 3.0)
    search_id = desk.do(analytics.record_search, record)
    desk.do(analytics.record_opening, search_id, asset_id, None)
    desk.clock.move(hours=5)
    assert matrix(desk).total.demand == Demand()


def test_what_names_two_personas_stands_in_both_cells_and_once_in_totals(desk: Desk) -> None:
    search(desk, "cfo cto questions", filters={"stage": "discover"})
    found = matrix(desk)
    assert sum(c.demand.none_found for c in found.cells.values()) == 2
    assert found.total.demand == Demand(1, 0, 0)
    assert [t.demand.none_found for t in found.row_totals.values() if t.demand.sample] == [1]


def test_what_cannot_be_placed_is_declared_and_an_alias_places_it(desk: Desk) -> None:
    search(desk, "bean counter slides", filters={"stage": "discover"})
    assert matrix(desk).declared.unplaced == Demand(1, 0, 0)
    persona = desk.ask(taxonomy.read).term("persona", "economic-buyer")
    assert persona
    desk.do(taxonomy.add_alias, persona.id, "bean counter")
    assert matrix(desk).declared.unplaced == Demand()
    assert at(desk, "discover", "economic-buyer") == Demand(1, 0, 0)


def test_a_filter_narrows_the_searches_too(desk: Desk) -> None:
    search(desk, "cfo", filters={"stage": "discover"})
    search(desk, "cfo deck", filters={"stage": "discover"})
    view = View("stage", "persona", {"type": ("deck",)})
    search(desk, "cfo battlecard", filters={"stage": "discover"})
    assert at(desk, "discover", "economic-buyer", view) == Demand(1, 0, 0)
    assert matrix(desk, view).declared.unplaced == Demand(1, 0, 0)  # it names no type


def test_demand_ends_after_ninety_days_and_when_it_is_forgotten(desk: Desk) -> None:
    where = {"stage": "negotiate", "persona": "end-user"}
    search(desk, "redlines", filters=where)
    desk.clock.move(days=3)
    assert at(desk, "negotiate", "end-user") == Demand(1, 0, 0)
    search(desk, "Redlines", filters=where)
    assert at(desk, "negotiate", "end-user") == Demand(2, 0, 0)
    desk.do(analytics.prune, 2, 2)
    assert at(desk, "negotiate", "end-user") == Demand(1, 0, 0)
    desk.clock.now = NOON + timedelta(days=95)
    assert at(desk, "negotiate", "end-user") == Demand()


def test_words_are_for_those_who_see_insights(desk: Desk, rep: Actor, marketer: Actor) -> None:
    where = {"stage": "negotiate", "persona": "end-user"}
    for words in ("acme redlines", "acme terms"):
        search(desk, words, filters=where, by=rep)
    terms = desk.ask(taxonomy.read)
    row, col = terms.term("stage", "negotiate"), terms.term("persona", "end-user")
    assert row
    assert col
    found = {}
    for who in (rep, marketer):
        seen = desk.ask(coverage.picture, by=who)
        found[who.name] = coverage.evidence(seen, VIEW, row.id, col.id)
    assert [s.words for s in found[marketer.name].searches] == ["acme redlines", "acme terms"]
    (alone,) = found[rep.name].searches
    assert (alone.words, alone.count, alone.outcome) == (None, 2, Outcome.NONE_FOUND)
    assert found[rep.name].cell.demand == found[marketer.name].cell.demand
