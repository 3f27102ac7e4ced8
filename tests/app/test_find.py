from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from catalogs import NOON
from shelf import ADMIN, MARKETER, Shelf, part, titles, words

from content_catalog import taxonomy
from content_catalog.assets import Audience, Status, TextContent
from search_index.errors import IndexUnavailable
from search_index.protocol import SearchIndex
from search_index.types import ResultPage, SearchQuery

HTMX = {"HX-Request": "true", "HX-Target": "results"}
TYPING = HTMX | {"HX-Trigger-Name": "q"}
TODAY = NOON.date()


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    """Three assets about payback and one about something else."""
    evaluate, economic = {"stage": ("evaluate",)}, {"persona": ("economic-buyer",)}
    shelf.put("Payback in nine months", terms=evaluate | economic, summary="How we count")
    shelf.put("Payback worksheet", terms={"stage": ("propose",)} | economic)
    shelf.put("Price objections", content=TextContent("Talk about **payback** & <b>value</b>."))
    shelf.put("Security answers", terms=evaluate, audience=Audience.CUSTOMER_READY)
    return shelf


def hrefs(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


def test_results_are_links_that_say_whether_one_may_send_them(stocked: Shelf) -> None:
    page = stocked.browser().get("/?q=security").text
    assert titles(page) == ["Security answers"]
    assert "1 result" in words(page)
    row = part(page, r'<li class="cf-result.*?</li>')
    assert "Customer-ready" in words(row)
    assert "/assets/4-security-answers?q=security" in hrefs(row)


def test_hits_are_marked_and_what_stands_around_them_stays_text(stocked: Shelf) -> None:
    page = stocked.browser().get("/?q=payback").text
    row = part(page, r'<li class="cf-result[^>]*id="result-3".*?</li>')
    assert "<mark>payback</mark> &amp; &lt;b&gt;value&lt;/b&gt;" in row
    assert "**" not in row


def test_a_filter_shows_as_chip_and_as_ticked_box_in_its_place(stocked: Shelf) -> None:
    browser = stocked.browser()
    free = browser.get("/?q=payback").text
    page = browser.get("/?q=payback&persona=economic-buyer").text
    assert sorted(titles(page)) == ["Payback in nine months", "Payback worksheet"]
    box = part(page, r'<input type="checkbox" id="f-persona-economic-buyer"[^>]*>')
    assert " checked" in box
    chips = part(page, r'<div class="cf-chips".*?</div>')
    assert "/?q=payback" in hrefs(chips)

    def order(shown: str) -> list[str]:
        return re.findall(r'id="f-persona-([\w-]+)" name', shown)

    assert order(page) == order(free)


def test_a_value_without_results_is_disabled_where_it_stands(stocked: Shelf) -> None:
    page = stocked.browser().get("/?q=payback").text
    assert " disabled" in part(page, r'<input[^>]*id="f-persona-developer"[^>]*>')


def test_counts_behind_links_are_what_the_links_give(stocked: Shelf) -> None:
    browser = stocked.browser()
    page = browser.get("/?q=payback&persona=economic-buyer").text
    rail = part(page, r'<nav class="cf-stage-rail".*?</nav>')
    stages = re.findall(r'<a href="([^"]+)"[^>]*>[^<]*<span class="n">(\d+)</span>', rail)
    assert sum(int(count) for _, count in stages[1:]) == 2
    for url, count in stages:
        assert len(titles(browser.get(html.unescape(url)).text)) == int(count)


def test_zero_results_offer_only_what_gives_results(stocked: Shelf) -> None:
    browser = stocked.browser()
    page = browser.get("/?q=worksheet&stage=evaluate&persona=economic-buyer").text
    zero = part(page, r'<div class="card cf-zero".*?</ul>')
    assert "No results for “worksheet”" in words(zero)
    offers = re.findall(r'<li><a href="([^"]+)">([^<]+)</a><span class="n">(\d+)', zero)
    assert [(label, count) for _, label, count in offers] == [
        ("Without Sales stage: Evaluate", "1")
    ]
    assert titles(browser.get(html.unescape(offers[0][0])).text) == ["Payback worksheet"]
    assert "Payback worksheet" in words(part(page, r"Closest we have.*?</ul>"))


def test_htmx_gets_every_region_that_follows_the_search_and_no_page(stocked: Shelf) -> None:
    answer = stocked.browser().get("/?q=payback&stage=evaluate", headers=HTMX)
    assert "<!doctype" not in answer.text
    assert answer.text.count('<section class="cf-results" id="results"') == 1
    for region in ("criteria", "rail", "facets", "sheet", "peek"):
        assert re.search(rf'id="{region}"[^>]*hx-swap-oob="true"', answer.text), region
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]


def test_history_gets_the_whole_page(stocked: Shelf) -> None:
    headers = HTMX | {"HX-History-Restore-Request": "true"}
    answer = stocked.browser().get("/?q=payback", headers=headers)
    assert answer.text.startswith("<!doctype html>")


def test_each_search_has_one_address_and_typing_makes_no_steps(stocked: Shelf) -> None:
    browser = stocked.browser()
    path = "/?persona=economic-buyer&sort=relevance&stage=Evaluate&q=payback&page=1"
    canonical = "/?q=payback&stage=evaluate&persona=economic-buyer"
    assert browser.get(path, headers=HTMX).headers["HX-Push-Url"] == canonical
    assert browser.get(path, headers=TYPING).headers["HX-Replace-Url"] == canonical
    there = HTMX | {"HX-Current-URL": f"http://localhost{canonical}"}
    assert "HX-Push-Url" not in browser.get(path, headers=there).headers


def test_while_typing_the_last_word_may_be_unfinished(stocked: Shelf) -> None:
    browser = stocked.browser()
    assert titles(browser.get("/?q=works", headers=TYPING).text) == ["Payback worksheet"]


def test_an_unknown_value_is_left_out_with_a_notice(stocked: Shelf) -> None:
    answer = stocked.browser().get("/?q=payback&stage=<script>")
    assert answer.status_code == 200
    assert "There is no sales stage “<script>”, so it was left out." in words(answer.text)
    assert len(titles(answer.text)) == 3


@pytest.mark.parametrize("query", ['"', "((", "AND OR", "a:b:c", "-", "*", "%00", "x" * 5000])
def test_whatever_is_typed_there_is_an_answer(stocked: Shelf, query: str) -> None:
    assert stocked.browser().get("/", query_string={"q": query}).status_code == 200


def test_expired_is_hidden_until_asked_for_and_then_greyed(shelf: Shelf) -> None:
    shelf.put("Price list", expires_on=TODAY)
    shelf.put("Price list, old", expires_on=TODAY - timedelta(days=1))
    browser = shelf.browser()
    assert titles(browser.get("/?q=price").text) == ["Price list"]
    page = browser.get("/?q=price&expired=1").text
    assert sorted(titles(page)) == ["Price list", "Price list, old"]
    assert "Expired" in words(part(page, r'<li class="cf-result is-expired".*?</li>'))
    assert 'name="expired" value="1" checked' in part(
        page, r'(<aside class="cf-facets".*?</aside>)'
    )


def test_drafts_are_for_those_who_edit_and_only_when_asked_for(shelf: Shelf) -> None:
    shelf.put("Payback draft", status=Status.DRAFT)
    assert titles(shelf.browser().get("/?q=payback&status=draft").text) == []
    marketer = shelf.browser(MARKETER)
    assert titles(marketer.get("/?q=payback").text) == []
    assert titles(marketer.get("/?q=payback&status=draft").text) == ["Payback draft"]


def test_without_the_index_titles_and_tags_still_work(
    stocked: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_named: object) -> None:
        raise IndexUnavailable("gone")

    monkeypatch.setattr(type(stocked.site.services.index), "search", gone)
    answer = stocked.browser().get("/?q=payback")
    assert answer.status_code == 200
    assert "Titles and tags still work." in words(answer.text)
    assert "Payback worksheet" in titles(answer.text)


def test_the_order_can_be_chosen_without_script(stocked: Shelf) -> None:
    page = stocked.browser().get("/?q=payback&stage=evaluate").text
    form = part(page, r'<form action="/" method="get" aria-label="Order".*?</form>')
    assert 'name="q" value="payback"' in form
    assert 'name="stage" value="evaluate"' in form
    assert '<option value="newest">' in form
    assert "<noscript><button" in form


def test_home_shows_ones_own_first_and_no_rows(stocked: Shelf) -> None:
    browser = stocked.browser()
    assert "Pick the stage your deal is in" in words(browser.get("/").text)
    browser.post("/saved/stars/2", {"on": "1"})
    browser.post("/saved/searches", {"name": "Proof", "query": "q=payback"})
    browser.get("/assets/1-payback-in-nine-months")
    page = browser.get("/").text
    heads = re.findall(r'<h3 class="card-title">([^<]+)</h3>', page)
    assert heads == [
        "Your saved",
        "Saved searches",
        "Recently viewed",
        "Most used by colleagues",
        "New this week",
    ]
    assert "/?q=payback" in hrefs(page)
    assert titles(page) == []
    assert "Pick the stage" not in words(page)


def test_an_empty_library_says_what_to_do_to_whom_can_do_it(shelf: Shelf) -> None:
    rep = shelf.browser().get("/").text
    assert "Ask a content marketer" in words(rep)
    assert "/library/import" not in hrefs(rep)
    admin = shelf.browser(ADMIN).get("/").text
    assert {"/library/import", "/library/new"} <= set(hrefs(admin))
    assert "demo load" in words(admin)


def test_assets_the_search_does_not_know_yet_are_no_empty_library(shelf: Shelf) -> None:
    shelf.index = lambda: None  # type: ignore[method-assign]  # the worker has not come by yet
    shelf.put("Payback worksheet")
    page = words(shelf.browser().get("/").text)
    assert "1 asset is being made searchable" in page
    assert "The library is empty" not in page


def test_typeahead_offers_titles_filters_and_past_searches(stocked: Shelf) -> None:
    browser = stocked.browser()
    browser.get("/?q=payback+worksheet")
    answer = browser.get("/suggest?q=payb")
    groups = re.findall(r'role="group" aria-label="([^"]+)"', answer.text)
    assert groups == ["Go to", "Search for"]
    assert "/assets/2-payback-worksheet" in hrefs(answer.text)
    assert "/?q=payback+worksheet" in hrefs(answer.text)
    assert 'data-key-name="persona"' in browser.get("/suggest?q=econ").text
    assert browser.get("/suggest?q=p").text.strip() == ""


def test_a_page_beyond_the_last_leads_back(stocked: Shelf) -> None:
    page = stocked.browser().get("/?q=payback&page=9").text
    assert "There is no page 9" in words(page)
    assert "/?q=payback" in hrefs(page)


def test_a_search_is_logged_once_with_what_it_gave(stocked: Shelf) -> None:
    browser = stocked.browser()
    for typed in ("wor", "works", "worksheet"):
        browser.get(f"/?q={typed}", headers=TYPING)
    dump = stocked.site.dump()
    assert dump.count('INSERT INTO "searches"') == 1
    assert "'worksheet'" in dump


def test_statements_of_the_page_are_few_and_do_not_grow(stocked: Shelf) -> None:
    browser = stocked.browser()
    paths = ("/", "/?q=payback", "/?q=payback&stage=evaluate&persona=economic-buyer", "/?q=nothing")
    before = [stocked.statements(browser, path) for path in paths]
    for number in range(15):
        stocked.put(f"Payback case {number}", terms={"stage": ("evaluate",)}, tags=("case",))
    after = [stocked.statements(browser, path) for path in paths]
    assert max(before + after) <= 12, (before, after)
    assert after[1] == before[1]
    assert stocked.statements(browser, "/suggest?q=payb") <= 12


def test_stage_names_follow_the_taxonomy(stocked: Shelf) -> None:
    stocked.site.do(taxonomy.add_term, taxonomy.NewTerm("stage", "Renew & grow"))
    rail = part(stocked.browser().get("/").text, r'<nav class="cf-stage-rail".*?</nav>')
    assert "Renew & grow" in words(rail)


def test_dates_of_trust_stand_in_the_row(shelf: Shelf) -> None:
    shelf.put("Payback", terms={"stage": ("evaluate",)}, review_by=date(2026, 2, 24))
    page = shelf.browser().get("/?q=payback").text
    assert "For Evaluate; review overdue by 6 days" in re.sub(r"\s+;", ";", words(page))


def test_a_stage_alone_shows_what_colleagues_use_there_above_the_list(stocked: Shelf) -> None:
    colleague, browser = stocked.browser(MARKETER), stocked.browser()
    deal = "stage=evaluate&persona=economic-buyer"
    assert "Most used for" not in words(browser.get(f"/?{deal}").text)
    colleague.get(f"/assets/1-payback-in-nine-months?{deal}")
    page = browser.get(f"/?{deal}").text
    card = part(page, r'<section class="card cf-most-used.*?</section>')
    assert "Most used for Evaluate · Economic buyer" in words(card)
    assert "Payback in nine months" in words(card)
    assert titles(page) == ["Payback in nine months"]
    assert "Most used for Evaluate" in words(browser.get("/?stage=evaluate").text)
    for other in (
        "q=payback&stage=evaluate",
        "stage=propose",
        "stage=evaluate&audience=internal",
        "stage=evaluate&stage=propose",
    ):
        assert "Most used for" not in words(browser.get(f"/?{other}").text), other


def test_without_the_index_filters_are_kept_and_nothing_is_logged_as_demand(
    stocked: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_named: object) -> None:
        raise IndexUnavailable("gone")

    browser = stocked.browser()
    monkeypatch.setattr(type(stocked.site.services.index), "search", gone)
    page = browser.get("/?q=a&audience=customer_ready").text
    assert "Titles and tags still work." in words(page)
    assert titles(page) == ["Security answers"]
    assert titles(browser.get("/?audience=internal&format=pdf").text) == []
    assert 'INSERT INTO "searches"' not in stocked.site.dump()


def test_an_index_lost_while_looking_for_what_is_closest_costs_only_that(
    stocked: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = type(stocked.site.services.index)
    search, asked = index.search, []

    def once(self: SearchIndex, query: SearchQuery) -> ResultPage:
        asked.append(query)
        if len(asked) > 1:
            raise IndexUnavailable("gone")
        return search(self, query)

    monkeypatch.setattr(index, "search", once)
    answer = stocked.browser().get("/?q=worksheet&stage=evaluate")
    assert answer.status_code == 200
    assert len(asked) > 1
    assert "No results for “worksheet”" in words(answer.text)
    assert "Closest we have" not in words(answer.text)
