"""The insights pages: figures, causes with what helps, and the rows behind every number."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from shelf import ADMIN, MARKETER, REP, Shelf, part, words

from app import insights_page
from content_catalog import Actor, Role, analytics, people, taxonomy
from content_catalog.analytics import Event, SearchRecord
from content_catalog.errors import NotAllowed

PROPOSE = {"stage": ("propose",)}


def searched(
    shelf: Shelf, text: str, total: int = 0, opened: int | None = None, **more: Any
) -> None:
    """By the rep, half a minute after the search before."""
    shelf.site.clock.move(seconds=30)
    card = shelf.site.ask(people.by_email, REP)
    by = Actor(card.id, card.name, Role.REP, card.email)
    with shelf.site.services.catalog.work(by) as work:
        record = SearchRecord(text, more.pop("filters", {}), total, 1.0, **more)
        search_id = analytics.record_search(work, record)
        if opened is not None:
            analytics.record_opening(work, search_id, opened, None)


def later(shelf: Shelf) -> None:
    """Long enough that no opening is credited any more."""
    shelf.site.clock.move(hours=1)


def card(page: str, title: str) -> str:
    """The markup of the card with this heading."""
    found = [s for s in re.findall(r"<section class=\"card.*?</section>", page, re.S) if title in s]
    assert found, f"no card {title}"
    return str(found[0])


def links(markup: str) -> dict[str, str]:
    """Words to address."""
    return {
        words(text): href.replace("&amp;", "&")
        for href, text in re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', markup, re.S)
    }


def alias_form(markup: str) -> dict[str, str]:
    form = part(markup, r'(<form [^>]*action="/insights/alias".*?</form>)')
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_P_insights_are_for_marketers(shelf: Shelf) -> None:
    for path in (
        "",
        "/searches",
        "/stale",
        "/unused",
        "/words",
        "/map?q=x&stage=propose&map=stage",
    ):
        assert shelf.browser(REP).get(f"/insights{path}").status_code == 403, path
        assert shelf.browser(MARKETER).get(f"/insights{path}").status_code == 200, path


def test_P_the_page_asks_for_the_permission_itself(shelf: Shelf) -> None:
    rep = Actor(None, "Rep", Role.REP)
    with shelf.site.services.catalog.look(rep) as look, pytest.raises(NotAllowed):
        insights_page.page(look, 90, 90)


def test_an_empty_log_is_told_in_sentences(shelf: Shelf) -> None:
    page = words(shelf.browser(MARKETER).get("/insights").text)
    assert "– of searches without result Nobody has searched yet." in page
    assert "– of searches led to an opening No search has shown results yet." in page
    assert "None in these 90 days." in page
    assert "No search has led to an opening in these 90 days." in page
    assert "None. What is used is reviewed." in page


def test_shares_stand_beside_sample_rule_and_benchmark(shelf: Shelf) -> None:
    made = shelf.put("Payback sheet")
    searched(shelf, "escrow")
    for _ in range(3):
        searched(shelf, "payback", 2, made)
    searched(shelf, "roi", 2)
    later(shelf)
    page = shelf.browser(MARKETER).get("/insights").text
    told = words(page)
    assert "20% of searches without result 1 of 5 searches with words or filters" in told
    assert "At most 5% is good. Few searches so far" in told
    assert "75% of searches led to an opening 3 of 4 searches with words and results" in told
    assert "60% or more is good." in told
    assert re.findall(r'<b( class="bad")?>\d+%</b>', page) == [' class="bad"', ""]


def test_every_number_leads_to_its_rows(shelf: Shelf) -> None:
    for number in range(60):
        searched(shelf, f"nothing {number:02}")
    searched(shelf, "nothing 07")
    searched(shelf, "roi", 2)
    later(shelf)
    browser = shelf.browser(MARKETER)
    figures = links(browser.get("/insights").text)
    nothing = next(url for text, url in figures.items() if "without result" in text)
    first = browser.get(nothing).text
    assert "61 searches in 60 rows" in words(first)
    assert first.count("<tr>") - 1 == 50
    second = browser.get(links(first)["Next"]).text
    assert second.count("<tr>") - 1 == 10
    unopened = next(url for text, url in figures.items() if "led to an opening" in text)
    assert "1 search in 1 row" in words(browser.get(unopened).text)


def test_each_cause_offers_what_helps(shelf: Shelf) -> None:
    made = shelf.put("Onboarding guide")
    deal = {"stage": ("negotiate",), "persona": ("procurement-legal",)}
    searched(shelf, "penalty clause", filters=deal)
    shelf.site.clock.move(minutes=11)
    searched(shelf, "tender grid")
    searched(shelf, "tender answers", 2, made)
    searched(shelf, "escrow", filters=PROPOSE, without={"stage": 4})
    searched(shelf, "survey", 3)
    shelf.site.clock.move(minutes=11)
    searched(shelf, "rollout plan", 3)
    searched(shelf, "site guide", 2, made)
    later(shelf)
    page = shelf.browser(MARKETER).get("/insights").text
    write = links(card(page, "Write it"))
    plan = write["Plan an asset for “penalty clause”"]
    assert plan.startswith("/coverage/plan/new?")
    assert "title=Penalty+clause" in plan
    assert "terms=stage%3Anegotiate" in plan
    assert "terms=persona%3Aprocurement-legal" in plan
    cell = write["Negotiate, procurement and legal for “penalty clause”"]
    assert cell == "/coverage?cell=negotiate.procurement-legal"
    alias = card(page, "Add an alias")
    assert "They then searched “tender answers” and opened Onboarding guide" in words(alias)
    assert links(alias)["Add the words to its tags for “tender grid”"] == f"/library/{made}/edit"
    assert "Plan an asset for “tender grid”" in links(alias)
    retitle = card(page, "Retitle")
    assert "They then searched “site guide”" in words(retitle)
    assert links(retitle)["See the results for “survey”"] == "/?q=survey&via=report"
    fix = links(card(page, "Fix the filter"))
    assert fix["Without sales stage: 4 results for “escrow”"] == "/?q=escrow&via=report"
    assert (
        fix["Map them to Propose for “escrow”"] == "/insights/map?q=escrow&stage=propose&map=stage"
    )


def test_the_links_of_a_row_lead_somewhere(shelf: Shelf) -> None:
    made = shelf.put("Onboarding guide")
    searched(shelf, "penalty", filters={"stage": ("negotiate",), "persona": ("developer",)})
    searched(shelf, "escrow", filters=PROPOSE, without={"stage": 4})
    searched(shelf, "rollout plan", 3)
    searched(shelf, "site guide", 2, made)
    later(shelf)
    browser = shelf.browser(MARKETER)
    page = browser.get("/insights").text
    for url in {*links(part(page, r"(<main.*</main>)")).values()}:
        assert browser.get(url, follow_redirects=True).status_code == 200, url


def test_one_click_makes_the_words_a_name(shelf: Shelf) -> None:
    made = shelf.put("Talk track", terms={"persona": ("economic-buyer",)})
    searched(shelf, "bean counter")
    searched(shelf, "CFO", 2, made)
    later(shelf)
    browser = shelf.browser(ADMIN)
    fields = alias_form(card(browser.get("/insights").text, "Add an alias"))
    answer = browser.post("/insights/alias", fields)
    assert (answer.status_code, answer.location) == (303, "/insights")
    page = browser.get("/insights").text
    assert "“bean counter” is a name of “Economic buyer” now." in words(page)
    assert "bean counter" in words(card(page, "Answered since"))
    shelf.index()
    assert "Talk track" in browser.get("/?q=bean+counter").text
    again = browser.post("/insights/alias", fields)  # a double click
    assert again.status_code == 303
    term = shelf.site.ask(taxonomy.read).term("persona", "economic-buyer")
    assert term.aliases.count("bean counter") == 1


def test_P_a_marketer_is_told_who_can_add_the_alias(shelf: Shelf) -> None:
    searched(shelf, "economik buyer")
    later(shelf)
    marketer = shelf.browser(MARKETER)
    page = marketer.get("/insights").text
    assert "An admin can add it: Admin." in words(page)
    assert "/insights/alias" not in page
    term = shelf.site.ask(taxonomy.read).term("persona", "economic-buyer")
    answer = marketer.post("/insights/alias", {"term_id": term.id, "words": "x"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"words": "developer"}, "“developer” is already a name of “Developer”."),
        ({"words": "x" * 121}, "A name has at most 120 characters."),
        ({"words": "  "}, "There are no words to add."),
    ],
)
def test_an_alias_that_does_not_hold_is_refused_with_a_sentence(
    shelf: Shelf, given: dict[str, str], told: str
) -> None:
    term = shelf.site.ask(taxonomy.read).term("persona", "economic-buyer")
    browser = shelf.browser(ADMIN)
    answer = browser.post(
        "/insights/alias", {"term_id": term.id, "back": "/insights/words"} | given
    )
    assert (answer.status_code, answer.location) == (303, "/insights/words")
    assert told in words(browser.get("/insights").text)


@pytest.mark.parametrize("back", ["https://evil.example/x", "//evil.example", "/nowhere"])
def test_S_one_comes_back_to_a_page_of_ours(shelf: Shelf, back: str) -> None:
    term = shelf.site.ask(taxonomy.read).term("persona", "economic-buyer")
    fields = {"term_id": term.id, "words": "bean counter", "back": back}
    assert shelf.browser(ADMIN).post("/insights/alias", fields).location == "/"


def test_a_term_that_is_gone_gets_no_alias(shelf: Shelf) -> None:
    answer = shelf.browser(ADMIN).post("/insights/alias", {"term_id": 999, "words": "x"})
    assert answer.status_code == 404


def test_S_words_are_text_whatever_was_typed(shelf: Shelf) -> None:
    searched(shelf, "<script>alert(1)</script>")
    searched(shelf, '"><img src=x onerror=y>', 2)
    later(shelf)
    browser = shelf.browser(MARKETER)
    for path in ("/insights", "/insights/searches"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_what_a_filter_hid_can_be_mapped_to_it(shelf: Shelf) -> None:
    hidden = shelf.put("Escrow guide", terms={"stage": ("evaluate",)})
    shelf.put("Escrow letter", terms={"stage": ("propose",)})
    browser = shelf.browser(MARKETER)
    page = browser.get("/insights/map?q=escrow&stage=propose&map=stage").text
    assert "Map to Propose" in words(page)
    assert re.findall(r'name="ids" value="(\d+)"', page) == [str(hidden)]
    form = part(page, r'(<form method="get" action="/library/bulk".*?</form>)')
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    preview = browser.get("/library/bulk", query_string={**fields, "ids": hidden}).text
    assert "1 asset would change" in words(preview)


@pytest.mark.parametrize(
    "query",
    [
        "q=x&map=stage",
        "q=x&stage=propose&map=fresh",
        "map=",
        "stage=propose&stage=expand&map=stage",
    ],
)
def test_there_is_nothing_to_map_without_such_a_filter(shelf: Shelf, query: str) -> None:
    assert shelf.browser(MARKETER).get(f"/insights/map?{query}").status_code == 404


def test_stale_and_unused_are_listed_and_can_be_changed_together(shelf: Shelf) -> None:
    today = shelf.site.clock.now.date()
    stale = shelf.put("Stale deck", review_by=today - timedelta(days=6))
    shelf.site.do(analytics.record_use, stale, Event.OPENED)
    unused = shelf.put("Dusty sheet", published_on=today - timedelta(days=80))
    browser = shelf.browser(MARKETER)
    page = words(browser.get("/insights").text)
    assert "1 stale and popular" in page
    assert "1 never used" in page
    assert "Stale deck Overdue by 6 days" in words(browser.get("/insights/stale").text)
    listed = browser.get("/insights/unused").text
    assert "Dusty sheet" in listed
    assert "Stale deck" not in listed
    preview = browser.get(f"/library/bulk?change=status&value=archived&ids={unused}").text
    assert 'name="change" value="status"' in listed
    assert 'name="value" value="archived"' in listed
    assert "1 asset would change" in words(preview)


def test_words_that_led_to_use_name_the_asset(shelf: Shelf) -> None:
    made = shelf.put("Payback sheet")
    for _ in range(2):
        searched(shelf, "roi", 2, made)
    later(shelf)
    page = words(shelf.browser(MARKETER).get("/insights/words").text)
    assert "“roi” Payback sheet 2" in page


def test_P_nobody_is_named_who_searched(shelf: Shelf) -> None:
    searched(shelf, "escrow")
    searched(shelf, "mine", filters={"by": (MARKETER,)})
    later(shelf)
    page = shelf.browser(ADMIN).get("/insights").text
    assert REP not in page
    assert ">Rep<" not in page
    assert "Owner" in words(card(page, "Write it"))
    assert f"Owner: {MARKETER}" not in page


def test_how_far_back_is_as_far_as_searches_are_kept(shelf: Shelf) -> None:
    assert insights_page.windows(90) == (30, 90)
    assert insights_page.windows(14) == (14,)
    assert insights_page.windows(45) == (30, 45)
    assert insights_page.windows(3650) == (30, 90, 365)
    assert [insights_page.window(asked, 90) for asked in (30, 90, 365, None)] == [30, 90, 90, 90]
    assert insights_page.window(None, 14) == 14


def test_the_chosen_days_are_kept_on_the_way(shelf: Shelf) -> None:
    searched(shelf, "long ago")
    shelf.site.clock.move(days=40)
    searched(shelf, "lately")
    later(shelf)
    browser = shelf.browser(MARKETER)
    assert "long ago" in browser.get("/insights").text
    page = browser.get("/insights?days=30").text
    assert "long ago" not in page
    assert "lately" in page
    nothing = next(url for text, url in links(page).items() if "without result" in text)
    assert "1 search in 1 row" in words(browser.get(nothing).text)


def test_a_download_straight_from_the_results_answers_the_search(shelf: Shelf) -> None:
    shelf.put_file(b"# Payback\n\nNine months.", "payback.md")
    rep = shelf.browser(REP)
    results = rep.get("/?q=payback").text
    url = part(results, r'href="(/assets/\d+/file[^"]*)" download').replace("&amp;", "&")
    assert rep.get(url).status_code == 200
    later(shelf)
    health = shelf.site.ask(analytics.search_health, shelf.site.clock.now - timedelta(days=1))
    assert (health.shown, health.opened) == (1, 1)


def test_what_was_made_too_seldom_is_counted_not_dropped(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        searched(shelf, f"nothing {number}")
    later(shelf)
    monkeypatch.setattr(insights_page, "LOOKED_AT", 3)
    browser = shelf.browser(MARKETER)
    page = browser.get("/insights").text
    assert "1 search in 1 other way" in words(page)
    assert "4 searches in 4 rows" in words(browser.get("/insights/searches?failed=all").text)


def test_a_fixed_number_of_statements(shelf: Shelf) -> None:
    browser = shelf.browser(MARKETER)
    before = shelf.statements(browser, "/insights")
    for number in range(8):
        made = shelf.put(
            f"Asset {number}", review_by=shelf.site.clock.now.date() - timedelta(days=3)
        )
        searched(shelf, f"word {number}", number % 2)
        searched(shelf, f"other {number}", 3, made)
        shelf.site.do(analytics.record_use, made, Event.OPENED)
    later(shelf)
    assert shelf.statements(browser, "/insights") == before <= 12
