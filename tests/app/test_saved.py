from __future__ import annotations

import html
import re

from programs import error_of, program
from shelf import MARKETER, REP, Shelf, titles, words

from content_catalog import assets, taxonomy
from content_catalog.assets import AssetEdit, Status
from content_catalog.taxonomy import TermEdit

HTMX = {"HX-Request": "true"}


def test_a_star_keeps_an_asset_and_a_second_press_lets_it_go(shelf: Shelf) -> None:
    made = shelf.put("Payback")
    browser = shelf.browser()
    assert browser.post(f"/saved/stars/{made}", {"on": "1", "back": "/?q=x"}).location == "/?q=x"
    assert titles(browser.get("/saved").text) == ["Payback"]
    answer = browser.post(f"/saved/stars/{made}", {"on": "0"}, headers=HTMX)
    assert 'aria-pressed="false"' in answer.text
    assert '<input type="hidden" name="on" value="1">' in answer.text
    assert "Nothing saved yet" in words(browser.get("/saved").text)


def test_the_way_back_stays_on_the_site(shelf: Shelf) -> None:
    made = shelf.put("Payback")
    fields = {"on": "1", "back": "https://example.com/"}
    answer = shelf.browser().post(f"/saved/stars/{made}", fields)
    assert not answer.location.startswith("https://example.com")


def test_stars_are_ones_own(shelf: Shelf) -> None:
    made = shelf.put("Payback")
    shelf.browser().post(f"/saved/stars/{made}", {"on": "1"})
    assert titles(shelf.browser(MARKETER).get("/saved").text) == []


def test_a_starred_asset_that_was_withdrawn_is_left_out(shelf: Shelf) -> None:
    made = shelf.put("Payback")
    browser = shelf.browser()
    browser.post(f"/saved/stars/{made}", {"on": "1"})
    edit = AssetEdit(shelf.site.ask(assets.page, made).rev, status=Status.DRAFT)
    shelf.site.do(assets.edit, made, edit)
    assert titles(browser.get("/saved").text) == []


def test_a_search_is_kept_under_a_name_and_removed(shelf: Shelf) -> None:
    shelf.put("Payback", terms={"stage": ("evaluate",)})
    browser = shelf.browser()
    page = browser.get("/?q=payback&stage=evaluate&page=2").text
    query = html.unescape(re.findall(r'name="query" value="([^"]*)"', page)[0])
    assert query == "q=payback&stage=evaluate"
    answer = browser.post("/saved/searches", {"name": " Proof  for Anna ", "query": query})
    assert answer.location == f"/?{query}"
    page = browser.get("/saved").text
    assert "Proof for Anna" in words(page)
    assert f'href="/?{html.escape(query)}"' in page
    remove = re.findall(r'action="(/saved/searches/\d+/remove)"', page)[0]
    assert shelf.browser(MARKETER).post(remove).status_code == 404
    assert browser.post(remove).status_code == 303
    assert "No saved searches yet" in words(browser.get("/saved").text)


def test_a_search_without_a_name_is_refused_in_words(shelf: Shelf) -> None:
    answer = shelf.browser().post("/saved/searches", {"name": " ", "query": "q=x"})
    assert answer.status_code == 422
    assert "Give it a name" in words(answer.text)


def test_what_is_kept_is_an_address_on_the_find_page(shelf: Shelf) -> None:
    fields = {"name": "Odd", "query": '"><script>alert(1)</script>'}
    browser = shelf.browser()
    browser.post("/saved/searches", fields)
    assert "<script>alert" not in browser.get("/saved").text


VIEW = "rows=tollgate&cols=persona&sort=gaps&persona=seller"


def kept_query(page: str) -> str:
    """The query string that the coverage page offers to keep."""
    (found,) = re.findall(
        r'name="page" value="coverage"><input [^>]*name="query" value="(.*?)"', page
    )
    return html.unescape(found)


def listed(page: str, heading: str) -> list[tuple[str, str]]:
    """Address and name of what stands under a heading of the saved page."""
    below = page.partition(f">{heading}</h2>")[2].partition('<h2 class="mt-4')[0]
    rows = re.findall(r'<li class="cf-keep"><a href="([^"]*)"><b>(.*?)</b></a>', below)
    return [(html.unescape(url), name) for url, name in rows]


def test_a_coverage_page_is_kept_without_its_open_cell(shelf: Shelf) -> None:
    browser = shelf.browser()
    page = browser.get("/coverage?persona=seller&sort=gaps&cell=evaluate.seller").text
    assert kept_query(page) == "sort=gaps&persona=seller"
    page = browser.get("/coverage?persona=seller&sort=gaps&rows=tollgate").text
    assert kept_query(page) == VIEW
    for name, query in (("Gates", VIEW), ("All of it", "")):
        fields = {"name": name, "query": query, "page": "coverage"}
        answer = browser.post("/saved/searches", fields)
        assert answer.location == (f"/coverage?{query}" if query else "/coverage")
    saved = browser.get("/saved").text
    assert listed(saved, "Coverage views") == [
        ("/coverage", "All of it"),
        (f"/coverage?{VIEW}", "Gates"),
    ]
    opened = words(browser.get(listed(saved, "Coverage views")[1][0]).text)
    assert "Persona Seller" in opened


def test_views_and_searches_are_told_apart(shelf: Shelf) -> None:
    shelf.put("Payback")
    browser = shelf.browser()
    browser.post("/saved/searches", {"name": "Five gates", "query": VIEW, "page": "coverage"})
    assert "No saved searches yet" in words(browser.get("/saved").text)
    assert "Five gates" not in words(browser.get("/").text)
    browser.post("/saved/searches", {"name": "Proof", "query": "q=payback"})
    page = browser.get("/saved").text
    assert [name for _, name in listed(page, "Searches")] == ["Proof"]
    assert [name for _, name in listed(page, "Coverage views")] == ["Five gates"]
    home = words(browser.get("/").text)
    assert "Proof" in home
    assert "Five gates" not in home


def test_what_is_kept_is_renamed_and_removed_by_its_owner(shelf: Shelf) -> None:
    browser = shelf.browser()
    browser.post("/saved/searches", {"name": "Five gates", "query": VIEW, "page": "coverage"})
    other = shelf.browser(MARKETER)
    assert listed(other.get("/saved").text, "Coverage views") == []
    assert other.post("/saved/searches/1/rename", {"name": "Theirs"}).status_code == 404
    assert other.post("/saved/searches/1/remove").status_code == 404
    assert browser.post("/saved/searches/1/rename", {"name": " "}).status_code == 422
    answer = browser.post(
        "/saved/searches/1/rename", {"name": " My   gates "}, follow_redirects=True
    )
    assert "Renamed to “My gates”." in words(answer.text)
    assert listed(answer.text, "Coverage views") == [(f"/coverage?{VIEW}", "My gates")]
    answer = browser.post("/saved/searches/1/remove", follow_redirects=True)
    assert "The saved view is removed." in words(answer.text)
    assert listed(answer.text, "Coverage views") == []


def test_a_kept_view_follows_renamed_and_merged_terms(shelf: Shelf) -> None:
    seller, heir = (term(shelf, slug) for slug in ("seller", "economic-buyer"))
    browser = shelf.browser()
    fields = {"name": "Sellers", "query": "persona=seller", "page": "coverage"}
    browser.post("/saved/searches", fields)
    ((address, _),) = listed(browser.get("/saved").text, "Coverage views")
    renamed = TermEdit(seller.version, "Vendor", "", seller.aliases)
    shelf.site.do(taxonomy.edit_term, seller.id, renamed)
    assert "Persona Vendor" in words(browser.get(address).text)
    shelf.site.do(taxonomy.retire_term, seller.id, heir.slug)
    page = words(browser.get(address).text)
    assert f"Persona {heir.label}" in page
    assert "left out" not in page


def test_the_same_form_sent_twice_keeps_one(shelf: Shelf) -> None:
    browser = shelf.browser()
    fields = {"name": "Twice", "query": "", "page": "coverage", "idempotency_key": "k" * 20}
    assert browser.post("/saved/searches", fields).location == "/coverage"
    assert browser.post("/saved/searches", fields).location == "/coverage"
    assert len(listed(browser.get("/saved").text, "Coverage views")) == 1


def test_what_cannot_be_kept_is_refused_in_words(shelf: Shelf) -> None:
    browser = shelf.browser()
    long = {"name": "Long", "query": "persona=x&" * 201, "page": "coverage"}
    for fields, said in (
        (long, "That view is too long to keep."),
        ({"name": "Odd", "query": "", "page": "insights"}, "There is no such page to keep."),
    ):
        answer = browser.post("/saved/searches", fields)
        assert answer.status_code == 422
        assert said in words(answer.text)
    assert listed(browser.get("/saved").text, "Coverage views") == []


def test_a_program_keeps_views_beside_searches(shelf: Shelf) -> None:
    rep = program(shelf.site, REP)
    rep.post("/saved/searches", {"name": "Proof", "query": "q=payback"})
    answer = rep.post("/saved/searches", {"name": "Gates", "query": VIEW, "page": "coverage"})
    assert answer.status_code == 201
    found = rep.read("/saved/searches")
    assert found["total"] == 2
    told = [(one["name"], one["query"], one["page"]) for one in found["items"]]
    assert told == [("Gates", VIEW, "coverage"), ("Proof", "q=payback", "find")]
    odd = rep.post("/saved/searches", {"name": "Odd", "query": "", "page": "insights"})
    assert odd.status_code == 422
    assert "page" in error_of(odd)["fields"]
    assert rep.delete(f"/saved/searches/{found['items'][0]['id']}").status_code == 204
    page = shelf.browser().get("/saved").text
    assert (listed(page, "Coverage views"), len(listed(page, "Searches"))) == ([], 1)


def term(shelf: Shelf, slug: str) -> taxonomy.Term:
    found = shelf.site.ask(taxonomy.read).term("persona", slug)
    assert found is not None
    return found


def test_the_list_takes_the_same_few_statements_however_long(shelf: Shelf) -> None:
    browser = shelf.browser()
    before = shelf.statements(browser, "/saved")
    for number in range(5):
        made = shelf.put(f"Payback {number}")
        browser.post(f"/saved/stars/{made}", {"on": "1"})
    assert before <= shelf.statements(browser, "/saved") <= 12
