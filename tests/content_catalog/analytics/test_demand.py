"""Demand: which searches failed, how, and what counts as one failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import make
import pytest
from catalogs import Desk, counted

from content_catalog import SYSTEM, Actor, analytics, assets
from content_catalog.analytics import FailedSearchCount, SearchRecord

PROPOSE = {"stage": ("propose",)}


def searched(desk: Desk, by: Actor, words: str, total: int = 0, **more: Any) -> int:
    """A search long enough after the one before to be another one."""
    desk.clock.move(seconds=30)
    record = SearchRecord(words, more.pop("filters", {}), total, 1.0, **more)
    return desk.by(by, analytics.record_search, record)


def failures(desk: Desk, days: int = 90) -> list[FailedSearchCount]:
    """Those an hour after the last search, when an opening would no longer be credited."""
    desk.clock.move(hours=1)
    return list(desk.ask(analytics.failed_searches, desk.clock.now - timedelta(days=days)))


def told(found: list[FailedSearchCount]) -> list[tuple[str, str, int]]:
    return [(one.words.casefold(), one.outcome, one.count) for one in found]


@pytest.mark.parametrize(
    ("total", "without", "outcome"),
    [
        (0, {}, "none_found"),
        (0, {"stage": 4}, "filtered"),
        (0, {"stage": 0}, "none_found"),
        (3, {}, "unopened"),
    ],
)
def test_a_failed_search_says_how_it_failed(
    desk: Desk, rep: Actor, total: int, without: dict[str, int], outcome: str
) -> None:
    searched(desk, rep, "escrow", total, filters=PROPOSE, without=without)
    at = desk.clock.now
    gives = {key: count for key, count in without.items() if count}
    assert failures(desk) == [FailedSearchCount("escrow", PROPOSE, outcome, 1, at, gives)]


def test_alike_searches_are_one_line_the_most_frequent_first(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    searched(desk, rep, "penalty")
    for by, words in ((rep, "Überstunden  Papier"), (marketer, "uberstunden papier")):
        searched(desk, by, words)
    searched(desk, rep, "uberstunden papier", filters=PROPOSE)
    found = failures(desk)
    assert found[0].words.casefold() in ("überstunden papier", "uberstunden papier")
    assert [one.count for one in found] == [2, 1, 1]
    assert [dict(one.filters) for one in found if one.words == "uberstunden papier"][-1] == PROPOSE


def test_the_order_of_filters_and_values_does_not_matter(desk: Desk, rep: Actor) -> None:
    searched(desk, rep, "x1", filters={"stage": ("propose", "expand"), "persona": ("developer",)})
    searched(desk, rep, "x1", filters={"persona": ("developer",), "stage": ("expand", "propose")})
    assert told(failures(desk)) == [("x1", "none_found", 2)]


def test_one_filter_s_fault_is_told_apart_from_nothing_at_all(desk: Desk, rep: Actor) -> None:
    searched(desk, rep, "escrow", filters=PROPOSE, without={"stage": 2})
    searched(desk, rep, "escrow", filters=PROPOSE, without={"stage": 7})
    searched(desk, rep, "escrow", filters=PROPOSE)
    found = failures(desk)
    assert told(found) == [("escrow", "filtered", 2), ("escrow", "none_found", 1)]
    assert found[0].without == {"stage": 7}  # as it was the last time


def test_a_filter_is_not_at_fault_when_nothing_has_all_the_words(desk: Desk, rep: Actor) -> None:
    searched(desk, rep, "escrow", filters=PROPOSE, without={"stage": 40}, relaxed=True)
    found = failures(desk)
    assert told(found) == [("escrow", "none_found", 1)]
    assert found[0].without == {}


def test_filters_alone_count_when_they_find_nothing(desk: Desk, rep: Actor) -> None:
    searched(desk, rep, "", filters=PROPOSE)
    searched(desk, rep, "", 5, filters=PROPOSE)  # who only looks around has asked nothing
    searched(desk, rep, "")
    assert told(failures(desk)) == [("", "none_found", 1)]


def test_what_was_opened_did_not_fail(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    search_id = searched(desk, rep, "payback", 3)
    desk.by(rep, analytics.record_opening, search_id, asset_id, None)
    assert failures(desk) == []


def test_what_was_answered_stays_answered_when_the_asset_is_erased(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    search_id = searched(desk, rep, "payback", 3)
    desk.by(rep, analytics.record_opening, search_id, asset_id, None)
    searched(desk, rep, "roi", 3)
    desk.do(assets.erase, asset_id)
    assert told(failures(desk)) == [("roi", "unopened", 1)]


def test_results_count_as_unopened_when_no_opening_would_be_credited_any_more(
    desk: Desk, rep: Actor
) -> None:
    searched(desk, rep, "payback", 3)
    since = desk.clock.now - timedelta(days=1)
    desk.clock.move(minutes=59)
    assert desk.ask(analytics.failed_searches, since) == ()
    desk.clock.move(minutes=1)
    assert told(list(desk.ask(analytics.failed_searches, since))) == [("payback", "unopened", 1)]


def test_what_a_program_does_with_results_is_not_known(desk: Desk, rep: Actor) -> None:
    searched(desk, rep, "payback", 3, source="api")
    searched(desk, rep, "penalty", 0, source="api")
    assert told(failures(desk)) == [("penalty", "none_found", 1)]


def test_what_was_before_the_window_is_left_out(desk: Desk, rep: Actor) -> None:
    searched(desk, rep, "long ago")
    desk.clock.move(days=90)
    searched(desk, rep, "lately")
    assert told(failures(desk)) == [("lately", "none_found", 1)]


def test_one_statement_however_many_searches(desk: Desk, rep: Actor) -> None:
    for number in range(5):
        searched(desk, rep, f"number {number}", number % 2)
    with counted(desk.catalog) as statements, desk.catalog.look(SYSTEM) as look:
        assert analytics.failed_searches(look, look.now - timedelta(days=1))
    assert len(statements) == 1
