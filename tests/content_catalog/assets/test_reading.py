"""Lists, cards and pages: who sees what, in which order, at what cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import make
import pytest
from catalogs import Desk, counted

from content_catalog import Actor, Catalog, assets, saved, taxonomy
from content_catalog.assets import (
    AssetFilter,
    Audience,
    Reading,
    Status,
    TextContent,
    TitleFilter,
    rules,
)
from content_catalog.errors import Invalid, NotFound

TODAY = date(2026, 3, 2)


def listed(desk: Desk, **wanted: object) -> list[str]:
    found = desk.ask(assets.listing, AssetFilter(**wanted))  # type: ignore[arg-type]  # by keyword
    assert found.total == len(found.cards)
    return [card.title for card in found.cards]


def term_id(desk: Desk, dimension: str, slug: str) -> int:
    term = desk.ask(taxonomy.read).term(dimension, slug)
    assert term is not None
    return term.id


@pytest.mark.parametrize("status", [Status.DRAFT, Status.ARCHIVED])
def test_P_a_rep_does_not_learn_of_what_is_unpublished(
    desk: Desk, rep: Actor, marketer: Actor, status: Status
) -> None:
    shown = make.asset(desk, "Shown", terms={"stage": ("expand",)})
    hidden = make.asset(
        desk,
        "Hidden",
        status=status,
        content=make.file_content("a" * 64),
        terms={"stage": ("expand",)},
        external_id="H-1",
    )
    for query in (assets.page, assets.text, assets.stored_file, assets.sha256_of):
        with pytest.raises(NotFound):
            desk.ask(query, hidden, by=rep)
    assert [c.id for c in desk.ask(assets.cards, [hidden, shown], by=rep)] == [shown]
    assert desk.ask(assets.titles, [hidden, shown], by=rep) == [(shown, "Shown")]
    assert desk.ask(assets.find_duplicates, sha256="a" * 64, by=rep) == []
    assert desk.ask(assets.find_duplicates, title="hidden", by=rep) == []
    assert desk.ask(assets.by_title, "hidden", TitleFilter(), 1, 10, by=rep).total == 0
    assert desk.ask(assets.title_prefix, "hid", 5, by=rep) == []
    assert desk.ask(assets.listing, AssetFilter(), by=rep).total == 1
    stage = term_id(desk, "stage", "expand")
    assert desk.ask(assets.counts_by_term, "stage", by=rep) == {stage: 1}
    assert [c.id for c in desk.ask(assets.for_term, stage, 9, by=rep)] == [shown]
    assert desk.ask(assets.page, hidden, by=marketer).card.title == "Hidden"


def test_an_old_version_is_not_sent_any_more(desk: Desk, rep: Actor, marketer: Actor) -> None:
    asset_id = make.asset(desk, content=make.file_content("a" * 64, file_name="old.pdf"))
    desk.do(assets.add_version, asset_id, 1, make.file_content("b" * 64, file_name="new.pdf"))
    assert desk.ask(assets.stored_file, asset_id, by=rep).file_name == "new.pdf"
    assert desk.ask(assets.stored_file, asset_id, 2, by=rep).file_name == "new.pdf"
    assert desk.ask(assets.stored_file, asset_id, 1, by=marketer).file_name == "old.pdf"
    for number, who in ((1, rep), (3, marketer)):
        with pytest.raises(NotFound):
            desk.ask(assets.stored_file, asset_id, number, by=who)
    with pytest.raises(NotFound):
        desk.ask(assets.stored_file, make.asset(desk, content=make.link()))


def test_expired_is_not_offered_but_opens(desk: Desk, rep: Actor) -> None:
    gone = make.asset(desk, "Price list", expires_on=TODAY - timedelta(days=1))
    last_day = make.asset(desk, "Price sheet", expires_on=TODAY)
    found = desk.ask(assets.by_title, "price", TitleFilter(), 1, 10, by=rep)
    assert [c.id for c in found.cards] == [last_day]
    assert desk.ask(assets.page, gone, by=rep).card.freshness.state == "expired"


@pytest.mark.parametrize(
    ("review_in", "expires_in", "state", "days"),
    [
        (None, None, "unset", None),
        (-1, None, "overdue", 1),
        (0, None, "due", 0),
        (14, None, "due", 14),
        (15, None, "fresh", None),
        (-5, 0, "overdue", 5),
        (15, -1, "expired", 1),
    ],
)
def test_freshness_by_the_day(
    review_in: int | None, expires_in: int | None, state: str, days: int | None
) -> None:
    def day(offset: int | None) -> date | None:
        return None if offset is None else TODAY + timedelta(days=offset)

    found = rules.freshness(day(review_in), None, day(expires_in), TODAY)
    assert (found.state, found.days) == (state, days)


def test_cards_come_in_the_order_asked_each_once(desk: Desk) -> None:
    ids = [make.asset(desk, f"Deck {n}") for n in range(3)]
    wanted = [ids[2], 999, ids[0], ids[2]]
    assert [c.id for c in desk.ask(assets.cards, wanted)] == [ids[2], ids[0]]
    assert desk.ask(assets.cards, []) == []


def test_names_are_those_of_what_one_may_see(desk: Desk, rep: Actor) -> None:
    shown = make.asset(desk, "Payback: a story")
    draft = make.asset(desk, "Draft", status=assets.Status.DRAFT)
    found = desk.ask(assets.names, [draft, shown, 999], by=rep)
    assert found == {shown: assets.AssetName(shown, "payback-a-story", "Payback: a story")}
    assert set(desk.ask(assets.names, [draft, shown])) == {draft, shown}


def test_lists_and_pages_cost_a_fixed_number_of_statements(
    desk: Desk, catalog: Catalog, rep: Actor
) -> None:
    ids = [make.asset(desk, f"Deck {n}", terms={"stage": ("expand",)}) for n in range(30)]
    desk.ask(taxonomy.read)
    with counted(catalog) as statements:
        assert len(desk.ask(assets.cards, ids, by=rep)) == 30
    assert len(statements) <= 4
    with counted(catalog) as statements:
        desk.ask(assets.page, ids[0], by=rep)
    assert len(statements) <= 7


def test_a_star_is_one_s_own(desk: Desk, rep: Actor, marketer: Actor) -> None:
    asset_id = make.asset(desk)
    desk.by(rep, saved.star, asset_id)
    assert make.card(desk, asset_id, by=rep).starred
    assert not make.card(desk, asset_id, by=marketer).starred


def test_the_library_table_by_each_filter(desk: Desk) -> None:
    make.asset(desk, "Éclair deck", terms={"stage": ("expand",)}, external_id="E-9")
    make.asset(desk, "Draft", status=Status.DRAFT, owner="other@example.com")
    make.asset(
        desk,
        "Ready",
        audience=Audience.CUSTOMER_READY,
        content=make.file_content(file_name="r.pdf"),
    )
    make.asset(desk, "Late", review_by=TODAY - timedelta(days=1))
    make.asset(desk, "Soon", review_by=TODAY + timedelta(days=3))
    make.asset(desk, "Over", expires_on=TODAY - timedelta(days=1))
    assert len(listed(desk)) == 6
    assert listed(desk, text="eclair") == ["Éclair deck"]
    assert listed(desk, text="e-9") == ["Éclair deck"]
    assert listed(desk, text="R.PDF") == ["Ready"]
    assert listed(desk, text="100%") == []
    assert listed(desk, status=Status.DRAFT) == ["Draft"]
    assert listed(desk, audience=Audience.CUSTOMER_READY) == ["Ready"]
    assert listed(desk, owner="other@example.com") == ["Draft"]
    assert listed(desk, reading=Reading.PENDING) == ["Ready"]
    assert listed(desk, freshness="overdue") == ["Late"]
    assert listed(desk, freshness="due") == ["Soon"]
    assert listed(desk, freshness="expired") == ["Over"]
    assert listed(desk, terms={"stage": ("expand",)}) == ["Éclair deck"]
    assert listed(desk, terms={"stage": ("no-such",)}) == []
    assert "Éclair deck" not in listed(desk, unmapped="stage")
    assert len(listed(desk, unmapped="stage")) == 5
    assert listed(desk, sort="title")[0] == "Draft"


def test_pages_of_the_library_table_hold_each_asset_once(desk: Desk) -> None:
    ids = {make.asset(desk, f"Deck {n}") for n in range(7)}
    seen: list[int] = []
    for number in range(1, 5):
        found = desk.ask(assets.listing, AssetFilter(page=number, per_page=2))
        assert found.total == 7
        seen += [card.id for card in found.cards]
    assert sorted(seen) == sorted(ids)
    assert desk.ask(assets.listing, AssetFilter(page=10**30)).cards == ()


def test_R08_without_an_index_words_are_found_in_title_summary_tags_and_terms(desk: Desk) -> None:
    ids = {
        "title": make.asset(desk, "Zebra one"),
        "summary": make.asset(desk, "Two", summary="A zebra."),
        "tag": make.asset(desk, "Three", tags=("zebra",)),
        "term": make.asset(desk, "Four", terms={"persona": ("economic-buyer",)}),
    }
    found = desk.ask(assets.by_title, "ZEBRA", TitleFilter(), 1, 10)
    assert {c.id for c in found.cards} == {ids["title"], ids["summary"], ids["tag"]}
    assert [c.id for c in desk.ask(assets.by_title, "cfo", TitleFilter(), 1, 10).cards] == [
        ids["term"]
    ]
    assert desk.ask(assets.by_title, "zebra three", TitleFilter(), 1, 10).cards[0].id == ids["tag"]
    buyer = term_id(desk, "persona", "economic-buyer")
    assert desk.ask(assets.by_title, "zebra", TitleFilter({"persona": (buyer,)}), 1, 10).total == 0
    assert desk.ask(assets.by_title, "", TitleFilter({"persona": (buyer,)}), 1, 10).total == 1
    assert desk.ask(assets.by_title, "%", TitleFilter(), 1, 10).total == 0


def test_the_same_file_link_or_title_is_noticed(desk: Desk) -> None:
    file_id = make.asset(desk, "Deck", content=make.file_content("a" * 64))
    link_id = make.asset(desk, "Calculator", content=make.link("https://www.example.com/roi/"))
    ask = desk.ask
    assert [c.id for c in ask(assets.find_duplicates, sha256="a" * 64)] == [file_id]
    assert [c.id for c in ask(assets.find_duplicates, url="http://example.com/roi")] == [link_id]
    assert [c.id for c in ask(assets.find_duplicates, title=" DÉCK ")] == [file_id]
    assert ask(assets.find_duplicates, sha256="a" * 64, except_id=file_id) == []
    desk.do(assets.add_version, file_id, 1, make.file_content("b" * 64))
    assert ask(assets.find_duplicates, sha256="a" * 64) == []


def test_what_needs_a_review_the_oldest_first(desk: Desk) -> None:
    soon = make.asset(desk, "Soon", review_by=TODAY + timedelta(days=14))
    late = make.asset(desk, "Late", review_by=TODAY - timedelta(days=9))
    make.asset(desk, "Later", review_by=TODAY + timedelta(days=15))
    make.asset(desk, "Draft", review_by=TODAY, status=Status.DRAFT)
    assert [c.id for c in desk.ask(assets.review_queue, 10)] == [late, soon]


def test_figures_of_the_library(desk: Desk) -> None:
    make.asset(desk, "A", content=make.file_content())
    make.asset(desk, "B", status=Status.DRAFT)
    make.asset(desk, "C", status=Status.ARCHIVED)
    make.asset(desk, "D", review_by=TODAY - timedelta(days=1))
    found = desk.ask(assets.stats)
    assert (found.published, found.drafts, found.archived) == (2, 1, 1)
    assert (found.pending, found.unreadable, found.overdue) == (1, 0, 1)


def test_owners_with_and_without_an_account(desk: Desk, marketer: Actor) -> None:
    make.asset(desk, "A", owner=marketer.email)
    make.asset(desk, "B", owner=marketer.email)
    make.asset(desk, "C", owner="gone@example.com")
    assert desk.ask(assets.owners) == [
        ("gone@example.com", "gone@example.com", 1),
        (marketer.email, marketer.name, 2),
    ]


def test_facts_for_the_index_are_of_the_current_version(desk: Desk) -> None:
    asset_id = make.asset(desk, "Deck", content=TextContent("# One\n\nold words"), tags=("t",))
    desk.do(assets.add_version, asset_id, 1, TextContent("# Two\n\nnew words"))
    (facts,) = desk.ask(assets.facts, [asset_id, 999])
    assert [p.text for p in facts.pages] == ["Two\nnew words"]
    assert (facts.title, facts.tags, facts.updated_on) == ("Deck", ("t",), TODAY)


def test_file_problems_are_told_until_the_next_check(desk: Desk) -> None:
    asset_id = make.asset(desk, "Deck", content=make.file_content("a" * 64))
    desk.do(assets.store_file_problems, {"a" * 64: "missing"})
    assert desk.ask(assets.file_problems) == (("Deck", "missing"),)
    assert desk.ask(assets.page, asset_id).file_problem == "missing"
    desk.do(assets.store_file_problems, {})
    assert desk.ask(assets.page, asset_id).file_problem is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x",
        "//example.com",
        "https://",
        "https://exa mple.com",
        "data:text/html,x",
        "https://example.com:99999/",
        "HTTPS://user@example.com/",
        "https://example.com/\u202e",
    ],
)
def test_a_link_that_may_not_be_kept(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.check_url(url)
    assert "link" in caught.value.fields


def test_markdown_by_headings_outside_code() -> None:
    text = "Intro\n\n# One #\ntext\n```\n# not a heading\n```\n####### no\n## Two\n"
    pages = assets.markdown_pages(text)
    assert [(p.number, p.label, p.kind) for p in pages] == [
        (1, "Text", "text"),
        (2, "One", "heading"),
        (3, "Two", "heading"),
    ]
    assert "# not a heading" in pages[1].text


def test_without_an_index_every_filter_narrows(desk: Desk, rep: Actor, marketer: Actor) -> None:
    def found(by: Actor = rep, **wanted: Any) -> list[str]:
        cards = desk.ask(assets.by_title, "plan", TitleFilter(**wanted), 1, 20, by=by).cards
        return sorted(card.title for card in cards)

    make.asset(desk, "Plan", owner="one@example.com")
    make.asset(desk, "Plan ready", audience=Audience.CUSTOMER_READY, review_by=TODAY)
    make.asset(desk, "Plan late", review_by=TODAY - timedelta(days=1))
    make.asset(desk, "Plan gone", expires_on=TODAY - timedelta(days=1))
    make.asset(desk, "Plan draft", status=Status.DRAFT)
    make.asset(desk, "Plan file", content=make.file_content(file_name="p.pdf"))
    assert found() == ["Plan", "Plan file", "Plan late", "Plan ready"]
    assert found(audiences=("customer_ready",)) == ["Plan ready"]
    assert found(owners=("one@example.com",)) == ["Plan"]
    assert found(formats=("pdf", "docx")) == ["Plan file"]
    assert found(freshness=("current",)) == ["Plan ready"]
    assert found(freshness=("current", "overdue")) == ["Plan late", "Plan ready"]
    assert found(freshness=("unset",)) == ["Plan", "Plan file"]
    assert "Plan gone" in found(with_expired=True)
    assert found(statuses=("draft",)) == found()
    assert found(marketer, statuses=("draft",)) == ["Plan draft"]


def test_what_was_replaced_is_not_told_to_those_who_find(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    asset_id = make.asset(desk, content=TextContent("Old"))
    version = make.card(desk, asset_id).version
    desk.do(assets.add_version, asset_id, version, TextContent("New"))
    assert [v.number for v in desk.ask(assets.page, asset_id, by=rep).versions] == [2]
    assert [v.number for v in desk.ask(assets.page, asset_id, by=marketer).versions] == [2, 1]


def test_a_newer_one_is_told_once_it_is_published(desk: Desk, rep: Actor, marketer: Actor) -> None:
    old, new = make.asset(desk, "Old"), make.asset(desk, "New", status=Status.DRAFT)
    desk.do(assets.supersede, old, make.card(desk, old).version, new)
    assert desk.ask(assets.page, old, by=rep).successor is None
    assert desk.ask(assets.page, old, by=marketer).successor == new
    edit = assets.AssetEdit(make.card(desk, new).version, status=Status.PUBLISHED)
    desk.do(assets.edit, new, edit)
    assert desk.ask(assets.page, old, by=rep).successor == new


def test_owners_of_drafts_alone_are_not_named_to_those_who_find(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    make.asset(desk, "Out", owner="out@example.com")
    make.asset(desk, "Draft", owner="secret@example.com", status=Status.DRAFT)
    assert set(desk.ask(assets.owner_names, by=rep)) == {"out@example.com"}
    assert set(desk.ask(assets.owner_names, by=marketer)) == {
        "out@example.com",
        "secret@example.com",
    }
