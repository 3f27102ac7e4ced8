from __future__ import annotations

import html
import re

from shelf import MARKETER, Shelf, titles, words

from content_catalog import assets
from content_catalog.assets import AssetEdit, Status

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


def test_the_list_takes_the_same_few_statements_however_long(shelf: Shelf) -> None:
    browser = shelf.browser()
    before = shelf.statements(browser, "/saved")
    for number in range(5):
        made = shelf.put(f"Payback {number}")
        browser.post(f"/saved/stars/{made}", {"on": "1"})
    assert before <= shelf.statements(browser, "/saved") <= 12
