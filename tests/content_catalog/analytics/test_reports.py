"""Insights: the two shares, why searches fail, what led to use, what is stale or never used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import make
import pytest
from catalogs import Desk, counted

from content_catalog import SYSTEM, Actor, analytics, assets, taxonomy
from content_catalog.analytics import Advice, Cause, Event, SearchHealth, SearchRecord
from content_catalog.assets import Status
from content_catalog.errors import NotAllowed
from content_catalog.taxonomy import NewTerm


def searched(
    desk: Desk, by: Actor, words: str, total: int = 0, opened: int | None = None, **more: Any
) -> None:
    """A search half a minute after the one before, and what was opened from it."""
    desk.clock.move(seconds=30)
    record = SearchRecord(words, more.pop("filters", {}), total, 1.0, **more)
    search_id = desk.by(by, analytics.record_search, record)
    if opened is not None:
        desk.by(by, analytics.record_opening, search_id, opened, None)


def since(desk: Desk, days: int = 90) -> Any:
    """Asked an hour after the last search, when no opening is credited to it any more."""
    desk.clock.move(hours=1)
    return desk.clock.now - timedelta(days=days)


def advice(desk: Desk) -> dict[str, Advice]:
    found = desk.ask(analytics.diagnosis, since(desk)).advice
    return {one.search.words: one for one in found}


def term_id(desk: Desk, dimension: str, slug: str) -> int:
    term = desk.ask(taxonomy.read).term(dimension, slug)
    assert term is not None
    return term.id


def used(desk: Desk, by: Actor, asset_id: int, times: int = 1) -> None:
    for _ in range(times):
        desk.by(by, analytics.record_use, asset_id, Event.OPENED)


def test_the_shares_say_what_they_rest_on(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    searched(desk, rep, "escrow")
    searched(desk, rep, "", filters={"stage": ("propose",)})
    searched(desk, rep, "payback", 4, asset_id)
    searched(desk, rep, "roi", 4)
    searched(desk, rep, "", 9, filters={"stage": ("propose",)})  # a look around, not a question
    searched(desk, rep, "program", 4, source="api")
    health = desk.ask(analytics.search_health, since(desk))
    assert health == SearchHealth(searches=6, empty=2, shown=2, opened=1)
    assert (health.empty_share, health.opened_share) == (2 / 6, 1 / 2)


def test_shares_of_nothing_are_no_number(desk: Desk, rep: Actor) -> None:
    health = desk.ask(analytics.search_health, since(desk))
    assert (health.empty_share, health.opened_share) == (None, None)
    searched(desk, rep, "just now", 3)
    health = desk.ask(analytics.search_health, desk.clock.now - timedelta(days=1))
    assert health == SearchHealth(searches=1, empty=0, shown=0, opened=0)


def test_the_failures_add_up_to_the_shares(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    for number in range(12):
        without = {"stage": 1} if number % 4 == 0 else {}
        searched(desk, rep, f"word {number % 5}", number % 3, without=without)
    searched(desk, rep, "payback", 4, asset_id)
    start = since(desk)
    health = desk.ask(analytics.search_health, start)
    nothing = desk.ask(analytics.diagnosis, start, outcomes=("none_found", "filtered"))
    unopened = desk.ask(analytics.diagnosis, start, outcomes=("unopened",))
    assert nothing.searches == health.empty > 0
    assert unopened.searches == health.shown - health.opened > 0
    assert sum(one.search.count for one in nothing.advice) == nothing.searches


def test_each_cause_is_told_from_the_others(desk: Desk, rep: Actor) -> None:
    searched(desk, rep, "escrow")
    searched(desk, rep, "escrow deposit", without={"stage": 2}, filters={"stage": ("propose",)})
    searched(desk, rep, "payback", 3)
    searched(desk, rep, "economik buyer")
    found = advice(desk)
    assert {words: one.cause for words, one in found.items()} == {
        "escrow": Cause.WRITE,
        "escrow deposit": Cause.FILTER,
        "payback": Cause.RETITLE,
        "economik buyer": Cause.ALIAS,
    }


@pytest.mark.parametrize(
    ("words", "part", "name"),
    [
        ("Economik Buyer", "economik buyer", "economic buyer"),
        ("buyer economic", "buyer economic", "economic buyer"),
        ("slides for developar people", "developar", "developer"),
        ("Überprüfung economik buyer", "economik buyer", "economic buyer"),
    ],
)
def test_words_close_to_a_name_could_be_an_alias(
    desk: Desk, rep: Actor, words: str, part: str, name: str
) -> None:
    searched(desk, rep, words)
    hint = advice(desk)[words].alias
    assert hint is not None
    assert (hint.words, hint.name) == (part, name)


@pytest.mark.parametrize(
    "words", ["economic buyers", "economic buyer leaflet", "zz", "escrow", "cfx", "negotiate"]
)
def test_a_name_and_its_plural_and_what_is_short_are_no_hints(
    desk: Desk, rep: Actor, words: str
) -> None:
    searched(desk, rep, words)
    one = advice(desk)[words]
    assert (one.cause, one.alias) == (Cause.WRITE, None)


@pytest.mark.parametrize("words", ["papier", "nachtschicht papier", "cemical industry", "plastiks"])
def test_a_slip_in_an_everyday_word_is_no_name_for_what_it_also_stands_for(
    desk: Desk, rep: Actor, words: str
) -> None:
    """Paper, steel and the chemical industry stand beside "Chemicals and materials"."""
    searched(desk, rep, words)
    one = advice(desk)[words]
    assert (one.cause, one.alias) == (Cause.WRITE, None)
    searched(desk, rep, f"{words} developar")  # what stands beside it is a hint all the same
    hint = advice(desk)[f"{words} developar"].alias
    assert hint is not None
    assert hint.words == "developar"


def test_what_the_search_was_filtered_by_is_not_offered_as_its_other_name(
    desk: Desk, rep: Actor
) -> None:
    words = "nachtschicht industry chemicel"
    buyer = {"persona": ("economic-buyer",)}
    for slug in ("chemicals", "telecom"):
        searched(desk, rep, words, filters={"industry": (slug,)})
    found = desk.ask(analytics.diagnosis, since(desk)).advice
    told = {one.search.filters["industry"]: (one.cause, one.alias is None) for one in found}
    assert told == {("chemicals",): (Cause.WRITE, True), ("telecom",): (Cause.ALIAS, False)}
    asset_id = make.asset(desk)
    searched(desk, rep, "bean counter", filters=buyer)
    searched(desk, rep, "CFO", 3, asset_id)
    one = advice(desk)["bean counter"]
    assert one.alias is None
    assert one.later is not None
    assert one.later.words == "CFO"


def test_a_retired_name_is_not_offered(desk: Desk, rep: Actor) -> None:
    new = desk.do(taxonomy.add_term, NewTerm("persona", "Quartermaster"))
    desk.do(taxonomy.retire_term, new)
    searched(desk, rep, "quartermastor")
    assert advice(desk)["quartermastor"].cause is Cause.WRITE


def test_who_tried_again_shows_the_other_name(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    for _ in range(2):
        searched(desk, rep, "bean counter")
        searched(desk, rep, "CFO", 3, asset_id)
        desk.clock.move(hours=1)
    one = advice(desk)["bean counter"]
    assert one.cause is Cause.ALIAS
    assert one.later is not None
    assert one.alias is not None
    assert (one.later.words, one.later.asset_id, one.later.count) == ("CFO", asset_id, 2)
    assert (one.alias.words, one.alias.term_id) == (
        "bean counter",
        term_id(desk, "persona", "economic-buyer"),
    )


def test_what_was_opened_later_is_told_of_unopened_results_too(desk: Desk, rep: Actor) -> None:
    asset_id = make.asset(desk)
    searched(desk, rep, "rollout plan", 5)
    searched(desk, rep, "site guide", 5, asset_id)
    one = advice(desk)["rollout plan"]
    assert one.later is not None
    assert (one.cause, one.later.asset_id, one.alias) == (Cause.RETITLE, asset_id, None)


@pytest.mark.parametrize("between", ["a pause", "another person", "the same word typed on"])
def test_another_try_is_by_the_same_person_soon_in_other_words(
    desk: Desk, rep: Actor, marketer: Actor, between: str
) -> None:
    asset_id = make.asset(desk)
    searched(desk, rep, "escrow")
    if between == "a pause":
        desk.clock.move(minutes=10)
    by = marketer if between == "another person" else rep
    words = "escrow deposit" if between == "the same word typed on" else "vault"
    searched(desk, by, words, 3, asset_id)
    assert advice(desk)["escrow"].later is None


def test_a_failure_before_an_answered_one_is_not_explained_twice(desk: Desk, rep: Actor) -> None:
    first, second = make.asset(desk, "A"), make.asset(desk, "B")
    searched(desk, rep, "escrow")
    searched(desk, rep, "vault", 3, first)
    searched(desk, rep, "pilot", 3, second)
    later = advice(desk)["escrow"].later
    assert later is not None
    assert (later.asset_id, later.count) == (first, 1)


def test_what_led_to_an_erased_asset_was_opened_all_the_same(desk: Desk, rep: Actor) -> None:
    first, second = make.asset(desk, "A"), make.asset(desk, "B")
    searched(desk, rep, "escrow")
    searched(desk, rep, "vault", 3, first)
    searched(desk, rep, "pilot", 3, second)
    desk.clock.move(hours=1)
    searched(desk, rep, "vault")
    desk.do(assets.erase, first)
    # Neither did "escrow" wait for what came after it was answered, nor did "vault" that day.
    assert [one.later for one in advice(desk).values()] == [None, None]
    health = desk.ask(analytics.search_health, since(desk))
    assert (health.shown, health.opened) == (2, 2)
    words = desk.ask(analytics.led_to_use, since(desk), limit=5)
    assert [row.words for row in words.rows] == ["pilot"]


def test_words_that_became_a_name_are_answered_once_it_has_assets(desk: Desk, rep: Actor) -> None:
    searched(desk, rep, "bean counter")
    desk.do(taxonomy.add_alias, term_id(desk, "persona", "economic-buyer"), "Bean counter")
    assert advice(desk)["bean counter"].cause is Cause.WRITE
    make.asset(desk, terms={"persona": ("economic-buyer",)}, status=Status.DRAFT)
    assert advice(desk)["bean counter"].cause is Cause.WRITE
    make.asset(desk, terms={"persona": ("economic-buyer",)})
    assert advice(desk)["bean counter"].cause is Cause.ANSWERED


def test_a_slice_knows_the_whole(desk: Desk, rep: Actor) -> None:
    for number in range(5):
        for _ in range(number + 1):
            searched(desk, rep, f"{number} is missing")
    start = since(desk)
    found = desk.ask(analytics.diagnosis, start, limit=2, offset=1)
    assert [one.search.words for one in found.advice] == ["3 is missing", "2 is missing"]
    assert (found.searches, found.groups) == (15, 5)


def test_words_that_led_to_use_count_each_search_once(desk: Desk, rep: Actor) -> None:
    first, second, gone = (make.asset(desk, name) for name in ("A", "B", "Gone"))
    for words in ("ROI", "roi"):
        searched(desk, rep, words, 3, first)
    last = desk.by(rep, analytics.latest_search, "roi", {})
    assert last is not None
    desk.by(rep, analytics.record_opening, last, first, 4)  # and looked at it once more
    searched(desk, rep, "roi", 3, second)
    searched(desk, rep, "roi", 3, gone)
    searched(desk, rep, "", 3, first, filters={"stage": ("propose",)})
    make.edited(desk, gone, status=Status.ARCHIVED)
    found = desk.ask(analytics.led_to_use, since(desk), limit=1)
    assert found.total == 2
    assert [(r.words.casefold(), r.title, r.slug, r.count) for r in found.rows] == [
        ("roi", "A", "a", 2)
    ]
    second_page = desk.ask(analytics.led_to_use, since(desk), limit=1, offset=1)
    assert [(row.title, row.count) for row in second_page.rows] == [("B", 1)]


def test_stale_and_popular_are_current_overdue_and_used(desk: Desk, rep: Actor) -> None:
    today = desk.clock.now.date()
    late = {"review_by": today - timedelta(days=1)}
    much, little, unused = (make.asset(desk, name, **late) for name in ("Much", "Little", "Unused"))
    due = make.asset(desk, "Due", review_by=today)
    expired = make.asset(desk, "Expired", expires_on=today - timedelta(days=1), **late)
    draft = make.asset(desk, "Draft", **late)
    for asset_id, times in ((much, 3), (little, 1), (due, 2), (expired, 2), (draft, 2)):
        used(desk, rep, asset_id, times)
    make.edited(desk, draft, status=Status.DRAFT)
    found = desk.ask(analytics.stale_used, limit=1)
    assert (found.total, [row.title for row in found.rows]) == (2, ["Much"])
    assert found.rows[0].uses == 3
    assert unused not in {row.id for row in desk.ask(analytics.stale_used, limit=9).rows}


def test_never_used_had_its_time_and_was_not_opened(desk: Desk, rep: Actor) -> None:
    today = desk.clock.now.date()

    def published(title: str, days: int) -> int:
        return make.asset(desk, title, published_on=today - timedelta(days=days))

    published("Oldest", 80)
    published("Old", 30)
    published("Young", 29)
    make.asset(desk, "Added lately")
    opened_once = published("Opened", 50)
    used(desk, rep, opened_once)
    make.edited(desk, published("Draft", 60), status=Status.DRAFT)

    def told() -> list[str]:
        return [row.title for row in desk.ask(analytics.never_used, limit=9).rows]

    assert told() == ["Oldest", "Old"]
    assert desk.ask(analytics.never_used, limit=1).total == 2
    desk.clock.move(days=30)
    assert told() == ["Oldest", "Old", "Young", "Added lately"]
    desk.clock.move(days=61)  # and one use a quarter ago is none
    assert "Opened" in told()


@pytest.mark.parametrize("report", ["search_health", "diagnosis", "led_to_use"])
def test_P_reports_are_for_those_who_see_insights(
    desk: Desk, rep: Actor, marketer: Actor, report: str
) -> None:
    more = {"limit": 1} if report == "led_to_use" else {}
    start = desk.clock.now - timedelta(days=1)
    with pytest.raises(NotAllowed):
        desk.ask(getattr(analytics, report), start, by=rep, **more)
    assert desk.ask(getattr(analytics, report), start, by=marketer, **more)


@pytest.mark.parametrize("report", ["stale_used", "never_used"])
def test_P_lists_are_for_those_who_see_insights(desk: Desk, rep: Actor, report: str) -> None:
    with pytest.raises(NotAllowed):
        desk.ask(getattr(analytics, report), limit=1, by=rep)


def test_the_number_of_statements_does_not_grow(desk: Desk, rep: Actor) -> None:
    def statements() -> int:
        start = since(desk)
        with counted(desk.catalog) as seen, desk.catalog.look(SYSTEM) as look:
            analytics.search_health(look, start)
            analytics.diagnosis(look, start)
            analytics.led_to_use(look, start, limit=5)
            analytics.stale_used(look, limit=5)
            analytics.never_used(look, limit=5)
        return len(seen)

    desk.ask(taxonomy.read)
    before = statements()
    for number in range(6):
        asset_id = make.asset(desk, f"Asset {number}")
        searched(desk, rep, f"word {number}", number % 2)
        searched(desk, rep, f"other {number}", 3, asset_id)
    assert statements() == before <= 9
