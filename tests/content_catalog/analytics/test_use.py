"""Use and demand: what is counted, what is offered to whom, what is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import make
import pytest
from catalogs import Desk

from content_catalog import NOBODY, Actor, Role, analytics, assets, search_state, taxonomy
from content_catalog.analytics import Event, SearchRecord
from content_catalog.assets import Status
from content_catalog.errors import NotAllowed, NotFound


def searched(desk: Desk, by: Actor, words: str, total: int = 3, **more: Any) -> int:
    """A search long enough after the one before to be another one."""
    desk.clock.move(seconds=30)
    return desk.by(by, analytics.record_search, record(words, total, **more))


def record(words: str, total: int = 3, **more: Any) -> SearchRecord:
    return SearchRecord(words, more.pop("filters", {}), total, 12.5, **more)


def used(desk: Desk, by: Actor, asset_id: int, **more: Any) -> None:
    desk.by(by, analytics.record_use, asset_id, Event.OPENED, **more)


def term_id(desk: Desk, dimension: str, slug: str) -> int:
    term = desk.ask(taxonomy.read).term(dimension, slug)
    assert term is not None
    return term.id


def test_letters_typed_one_after_the_other_are_one_search(desk: Desk, rep: Actor) -> None:
    first = searched(desk, rep, "p")
    for words in ("pa", "payback", "payba"):
        desk.clock.move(seconds=2)
        assert desk.by(rep, analytics.record_search, record(words)) == first
    desk.clock.move(seconds=2)
    assert desk.by(rep, analytics.record_search, record("security")) != first


@pytest.mark.parametrize("between", ["a pause", "an opening", "another person", "another way"])
def test_the_same_words_later_or_elsewhere_are_another_search(
    desk: Desk, rep: Actor, marketer: Actor, between: str
) -> None:
    first = searched(desk, rep, "pay")
    who, source = rep, "page"
    if between == "a pause":
        desk.clock.move(seconds=11)
    elif between == "an opening":
        desk.by(rep, analytics.record_opening, first, make.asset(desk), None)
    elif between == "another person":
        who = marketer
    else:
        source = "api"
    assert desk.by(who, analytics.record_search, record("payback", source=source)) != first


def test_uses_count_at_once_and_recent_is_one_s_own(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    first, second = make.asset(desk, "A"), make.asset(desk, "B")
    for asset_id in (first, second, first):
        desk.clock.move(minutes=1)
        used(desk, rep, asset_id)
    assert make.card(desk, first).uses == 2
    assert [r.asset_id for r in desk.ask(analytics.recent, 10, by=rep)] == [first, second]
    assert [r.asset_id for r in desk.ask(analytics.recent, 1, by=rep)] == [first]
    assert desk.ask(analytics.recent, 10, by=marketer) == []


def test_what_is_gone_is_not_used(desk: Desk, rep: Actor) -> None:
    with pytest.raises(NotFound):
        used(desk, rep, 999)
    with pytest.raises(NotFound):
        desk.by(rep, analytics.record_opening, 999, make.asset(desk), None)


def test_P_nobody_records_and_an_opening_is_of_one_s_own_search(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    asset_id = make.asset(desk)
    with pytest.raises(NotAllowed):
        used(desk, NOBODY, asset_id)
    search_id = searched(desk, rep, "payback")
    with pytest.raises(NotFound):
        desk.by(marketer, analytics.record_opening, search_id, asset_id, None)


def test_most_used_of_the_last_90_days_current_only(desk: Desk, rep: Actor) -> None:
    old, much, little = (make.asset(desk, name) for name in ("Old", "Much", "Little"))
    draft = make.asset(desk, "Draft")
    expired = make.asset(desk, "Over", expires_on=desk.clock.now.date())
    stage = term_id(desk, "stage", "evaluate")
    persona = term_id(desk, "persona", "developer")
    for _ in range(3):
        used(desk, rep, old)
    desk.clock.move(days=91)
    for asset_id in (much, much, little, draft, draft, draft, expired):
        used(desk, rep, asset_id)
    used(desk, rep, little, stage_id=stage, persona_id=persona)
    used(desk, rep, much)
    make.edited(desk, draft, status=Status.DRAFT)
    assert desk.ask(analytics.most_used, limit=9) == [much, little]
    assert desk.ask(analytics.most_used, stage_id=stage, limit=9) == [little]
    assert desk.ask(analytics.most_used, persona_id=persona, limit=9) == [little]
    assert desk.ask(analytics.most_used, limit=1) == [much]


def test_the_nightly_count_forgets_and_tells_the_index(desk: Desk, rep: Actor) -> None:
    old, fresh, idle = (make.asset(desk, name) for name in ("Old", "Fresh", "Idle"))
    used(desk, rep, old)
    desk.clock.move(days=91)
    used(desk, rep, fresh)
    desk.do(search_state.done, desk.ask(search_state.pending, 10))
    assert desk.do(analytics.recount) == 1
    assert [make.card(desk, i).uses for i in (old, fresh, idle)] == [0, 1, 0]
    assert set(desk.ask(search_state.pending, 10)) == {old, fresh}


def test_new_this_week_the_newest_first(desk: Desk, rep: Actor) -> None:
    make.asset(desk, "Old")
    desk.clock.move(days=8)
    first, second = make.asset(desk, "First"), make.asset(desk, "Second")
    make.asset(desk, "Draft", status=Status.DRAFT)
    assert desk.ask(analytics.new_this_week, 9, by=rep) == [second, first]


def test_P_words_of_one_person_are_offered_to_that_person_only(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    other = make.person(desk, "other@example.com", Role.REP)
    searched(desk, rep, "Payback for Acme")
    searched(desk, rep, "pay nothing", total=0)
    assert desk.ask(analytics.past_searches, "PAY", 5, by=rep) == ["Payback for Acme"]
    assert desk.ask(analytics.past_searches, "pay", 5, by=other) == []
    searched(desk, marketer, "payback for acme")
    assert desk.ask(analytics.past_searches, "pay", 5, by=other) == []  # one rep, one who sees all
    searched(desk, other, "payback for acme")
    third = make.person(desk, "third@example.com", Role.REP)
    assert len(desk.ask(analytics.past_searches, "pay", 5, by=third)) == 1
    assert desk.ask(analytics.past_searches, "", 5, by=rep) == []
    desk.clock.move(days=91)
    assert desk.ask(analytics.past_searches, "pay", 5, by=rep) == []


def test_P_what_led_to_an_asset_is_for_those_who_see_insights(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    asset_id = make.asset(desk)
    for words in ("payback", "ROI", "roi"):
        desk.by(rep, analytics.record_opening, searched(desk, rep, words), asset_id, 3)
    found = desk.ask(analytics.found_by, asset_id, by=marketer)
    assert [(f.words.casefold(), f.count) for f in found] == [("roi", 2), ("payback", 1)]
    assert desk.ask(analytics.found_by, asset_id, by=rep) == ()


def test_one_s_last_search_with_these_words_and_filters(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    search_id = searched(desk, rep, "roi", filters={"stage": ("propose", "evaluate")})
    same = {"stage": ("evaluate", "propose")}
    assert desk.ask(analytics.latest_search, " ROI ", same, by=rep) == search_id
    assert desk.ask(analytics.latest_search, "roi", {}, by=rep) is None
    assert desk.ask(analytics.latest_search, "roi", same, by=marketer) is None
    desk.clock.move(hours=2)
    assert desk.ask(analytics.latest_search, "roi", same, by=rep) is None


def test_R20_names_go_after_30_days_and_words_after_90(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    desk.by(rep, analytics.record_opening, searched(desk, rep, "payback"), asset_id, None)
    desk.clock.move(days=31)
    desk.do(analytics.prune, 90, 30)
    assert desk.ask(analytics.past_searches, "pay", 5, by=rep) == []
    assert [f.words for f in desk.ask(analytics.found_by, asset_id)] == ["payback"]
    desk.clock.move(days=60)
    desk.do(analytics.prune, 90, 30)
    desk.clock.now -= timedelta(days=60)
    assert desk.ask(analytics.found_by, asset_id) == ()


def test_what_came_with_the_demo_goes_with_it(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    desk.by(rep, analytics.record_use, asset_id, Event.OPENED, demo=True)
    used(desk, rep, asset_id)
    desk.do(analytics.remove_demo)
    desk.do(analytics.recount)
    assert make.card(desk, asset_id).uses == 1


def test_erasing_an_asset_takes_its_use_along(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    answered = searched(desk, rep, "payback")
    desk.by(rep, analytics.record_opening, answered, asset_id, None)
    used(desk, rep, asset_id)
    desk.do(assets.erase, asset_id)
    # What goes on from an answered search is another one, whatever became of the asset.
    assert desk.by(rep, analytics.record_search, record("payback time")) != answered
    assert desk.ask(analytics.recent, 5, by=rep) == []
    assert desk.ask(analytics.most_used, limit=5) == []
