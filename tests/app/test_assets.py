from __future__ import annotations

import html
import re
from datetime import timedelta

import make
import pytest
from catalogs import NOON
from shelf import MARKETER, Shelf, part, words
from small_pdf import small_pdf

from content_catalog import assets
from content_catalog.assets import Audience, LinkContent, Status, TextContent

TODAY = NOON.date()


def pdf(shelf: Shelf, **more: object) -> int:
    """Three pages; the second says "payback" once, the third twice."""
    lines = ("Welcome to the plan", "The payback month", "Payback, again payback")
    return shelf.put_file(small_pdf(*lines), "plan.pdf", title="The plan", **more)


def text_asset(shelf: Shelf, markdown: str, **more: object) -> int:
    return shelf.put("Talk track", content=TextContent(markdown), **more)


def test_it_opens_at_the_first_page_with_a_hit_and_shows_where(shelf: Shelf) -> None:
    made = pdf(shelf)
    browser = shelf.browser()
    page = browser.get(f"/assets/{made}-the-plan?q=payback").text
    pages = part(page, r'<nav class="cf-pages".*?</nav>')
    assert re.findall(r'aria-current="true".*?(p\. \d)', pages, re.DOTALL) == ["p. 2"]
    assert re.findall(r'cf-hit">(\d)', pages) == ["1", "2"]
    viewer = part(page, r'<section class="cf-viewer".*?</section>')
    assert "1 here, 3 in all" in words(viewer)
    forward = part(viewer, r'href="([^"]+)" data-key="n"')
    there = browser.get(html.unescape(forward)).text
    assert "2 here, 3 in all" in words(there)
    assert 'data-key="N"' in there


def test_hits_are_boxes_over_the_page_image(shelf: Shelf) -> None:
    made = pdf(shelf)
    page = shelf.browser().get(f"/assets/{made}-the-plan?q=payback&p=3").text
    boxes = re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/></svg>', page)
    assert len(re.findall(r'<rect x="\d+" y="\d+" width="\d+" height="\d+"/>', page)) >= 2
    assert all(0 < int(value) < 1000 for box in boxes for value in box)
    assert "style=" not in page


def test_page_images_are_ours_and_small_on_demand(shelf: Shelf) -> None:
    made = pdf(shelf)
    browser = shelf.browser()
    large = browser.get(f"/assets/{made}/pages/1.webp")
    small = browser.get(f"/assets/{made}/pages/1.webp?w=160")
    assert (large.mimetype, small.mimetype) == ("image/webp", "image/webp")
    assert len(small.data) < len(large.data)
    assert browser.get(f"/assets/{made}/pages/99.webp").status_code == 404


def test_the_text_view_has_every_page_with_hits_marked(shelf: Shelf) -> None:
    made = pdf(shelf)
    page = shelf.browser().get(f"/assets/{made}/text?q=payback").text
    assert "Welcome to the plan" in words(page)
    assert len(re.findall(r"<mark>", page)) == 3
    assert f"/assets/{made}-the-plan?q=payback" in page


def test_the_file_is_a_download_and_never_a_page_of_ours(shelf: Shelf) -> None:
    made = pdf(shelf)
    answer = shelf.browser().get(f"/assets/{made}/file")
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert shelf.browser().get("/assets/999/file").status_code == 404


def test_the_way_back_leads_to_the_same_list_and_place(shelf: Shelf) -> None:
    for number in (1, 2, 3):
        shelf.put(f"Payback {number}", terms={"stage": ("evaluate",)})
    browser = shelf.browser()
    rows = re.findall(r'id="result-(\d+)"', browser.get("/?q=payback&stage=evaluate").text)
    page = browser.get(f"/assets/{rows[1]}?q=payback&stage=evaluate", follow_redirects=True).text
    crumb = part(page, r'<div class="cf-crumb">.*?</div></div>|<div class="cf-crumb">.*?</div>')
    assert "3 results for “payback”" in words(crumb)
    assert "2 of 3" in words(crumb)
    back = html.unescape(re.findall(r'href="([^"]+)"', crumb)[0])
    assert back.startswith("/?q=payback&stage=evaluate")
    place = back.partition("#")[2]
    assert f'id="{place}"' in browser.get(back).text
    nearby = re.findall(r'rel="(prev|next)" href="/assets/(\d+)', crumb)
    assert nearby == [("prev", rows[0]), ("next", rows[2])]


def test_a_wrong_name_in_the_address_is_put_right(shelf: Shelf) -> None:
    made = shelf.put("Payback")
    answer = shelf.browser().get(f"/assets/{made}-something-else?q=x&p=2")
    assert answer.status_code == 301
    assert answer.location.endswith(f"/assets/{made}-payback?q=x&p=2")


def test_text_is_shown_as_written_with_hits_marked(shelf: Shelf) -> None:
    made = text_asset(shelf, "# Payback\n\nThe **payback month** is nine.\n\n* one & two")
    page = shelf.browser().get(f"/assets/{made}-talk-track?q=payback").text
    prose = part(page, r'<div class="cf-prose" id="asset-text">(.*?)</div>')
    assert "<h2><mark>Payback</mark></h2>" in prose
    assert "<strong><mark>payback</mark> month</strong>" in prose
    assert "<li>one &amp; two</li>" in prose
    assert 'data-copy="asset-text"' in page


@pytest.mark.parametrize(
    "evil",
    [
        '[x](https://example.com "a>b payback <img src=x onerror=payback>")',
        "<script>payback()</script>",
        "[payback](javascript:alert(1))",
        "`<b onclick=payback>`",
        'payback &lt;img src=x&gt; "&quot; <payback x="y',
    ],
)
def test_marking_never_opens_a_tag(shelf: Shelf, evil: str) -> None:
    made = text_asset(shelf, evil)
    page = shelf.browser().get(f"/assets/{made}-talk-track?q=payback").text
    prose = part(page, r'<div class="cf-prose" id="asset-text">(.*?)</div>')
    tags = re.findall(r"<(\w+)((?:\s[^<>\"]*(?:\"[^\"]*\")?)*)>", prose)
    assert {name for name, _ in tags} <= {"p", "a", "mark", "code"}
    assert not re.search(r"<[^>\"]*(\"[^\"]*\"[^>\"]*)*\son\w+=", prose)
    assert "javascript:" not in re.sub(r">[^<]*<", "", prose)


def test_a_link_names_its_host_and_opens_apart(shelf: Shelf) -> None:
    made = shelf.put("Calculator", content=LinkContent("https://tools.example.com/roi?a=1"))
    page = shelf.browser().get(f"/assets/{made}-calculator").text
    assert "tools.example.com" in words(part(page, r'<section class="cf-viewer".*?</section>'))
    for link in re.findall(r'<a [^>]*href="https://tools[^>]*>', page):
        assert 'target="_blank" rel="noopener noreferrer"' in link
    assert f"/assets/{made}/file" not in page


def test_internal_and_expired_say_so_in_words(shelf: Shelf) -> None:
    made = shelf.put("Battlecard", audience=Audience.INTERNAL, expires_on=TODAY - timedelta(days=3))
    page = words(shelf.browser().get(f"/assets/{made}-battlecard").text)
    assert "Internal only. Do not send." in page
    assert re.search(r"Expired 3 days ago ?\.", page)


def test_the_newer_one_is_named(shelf: Shelf) -> None:
    old, new = shelf.put("Calculator v3"), shelf.put("Calculator v4")
    rev = shelf.site.ask(assets.page, old).rev
    shelf.site.do(assets.supersede, old, rev, new)
    page = shelf.browser(MARKETER).get(f"/assets/{old}-calculator-v3").text
    assert "There is a newer one: Calculator v4." in words(page)
    assert f"/assets/{new}-calculator-v4" in page


def test_being_read_is_told_and_looked_up_again(shelf: Shelf) -> None:
    made = shelf.put_file(small_pdf("Payback"), "plan.pdf", read=False)
    browser = shelf.browser()
    page = browser.get(f"/assets/{made}-plan-pdf").text
    assert "Pages appear in a moment. You can download it now." in words(page)
    assert f'hx-get="/assets/{made}/status"' in page
    assert 'hx-get="' in browser.get(f"/assets/{made}/status").text
    make.work_off(shelf.site.services)
    done = browser.get(f"/assets/{made}/status", headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    assert "hx-get" not in done.text


def test_unreadable_is_told_and_can_be_tried_again_by_editors(shelf: Shelf) -> None:
    made = shelf.put_file(small_pdf("x")[:300] + b"\n%%EOF\n", "broken.pdf")
    sentence = "We could not read the text in this file"
    page = shelf.browser().get(f"/assets/{made}-broken-pdf").text
    assert sentence in words(page)
    assert "read-again" not in page
    marketer = shelf.browser(MARKETER)
    assert f"/assets/{made}/read-again" in marketer.get(f"/assets/{made}-broken-pdf").text
    assert marketer.post(f"/assets/{made}/read-again").status_code == 303
    assert "is being read" in words(marketer.get(f"/assets/{made}-broken-pdf").text)


def test_a_draft_is_nowhere_for_a_rep(shelf: Shelf) -> None:
    made = shelf.put("Secret draft", status=Status.DRAFT)
    rep, marketer = shelf.browser(), shelf.browser(MARKETER)
    for path in (f"/assets/{made}", f"/assets/{made}/text", f"/assets/{made}/status"):
        assert rep.get(path, follow_redirects=True).status_code == 404
        assert marketer.get(path, follow_redirects=True).status_code == 200


def test_only_editors_get_the_way_to_edit_and_the_words_that_led_here(shelf: Shelf) -> None:
    made = shelf.put("Payback worksheet")
    rep, marketer = shelf.browser(), shelf.browser(MARKETER)
    rep.get("/?q=worksheet")
    rep.get(f"/assets/{made}-payback-worksheet?q=worksheet")
    assert "Found by searching" not in rep.get(f"/assets/{made}-payback-worksheet").text
    page = marketer.get(f"/assets/{made}-payback-worksheet").text
    assert "worksheet 1×" in words(page)
    assert f"/library/{made}/edit" in page
    assert f"/library/{made}/edit" not in rep.get(f"/assets/{made}-payback-worksheet").text


def test_a_look_in_the_preview_is_no_use_an_opening_is(shelf: Shelf) -> None:
    made = shelf.put("Payback")
    browser = shelf.browser()
    peek = {"HX-Request": "true", "HX-Target": "peek"}
    answer = browser.get(f"/assets/{made}-payback", headers=peek)
    assert answer.text.lstrip().startswith('<aside class="cf-peek" id="peek"')
    assert shelf.site.ask(assets.page, made).card.uses == 0
    browser.get(f"/assets/{made}-payback")
    assert shelf.site.ask(assets.page, made).card.uses == 1


def test_stepping_through_pages_changes_viewer_and_page_list_only(shelf: Shelf) -> None:
    made = pdf(shelf)
    headers = {"HX-Request": "true", "HX-Target": "viewer"}
    answer = shelf.browser().get(f"/assets/{made}-the-plan?p=2", headers=headers)
    assert "<!doctype" not in answer.text
    assert '<section class="cf-viewer" id="viewer"' in answer.text
    assert re.search(r'id="pages"[^>]*hx-swap-oob="true"', answer.text)
    assert "HX-Request" in answer.headers["Vary"]


def test_an_asset_the_index_forgot_is_still_shown(shelf: Shelf) -> None:
    made = shelf.put("Payback")
    with shelf.site.services.index.batch() as batch:
        batch.remove(made)
    assert shelf.browser().get(f"/assets/{made}-payback?q=payback").status_code == 200


def test_a_hit_that_is_gone_from_the_database_is_dropped_and_mended(shelf: Shelf) -> None:
    kept, gone = shelf.put("Payback one"), shelf.put("Payback two")
    shelf.site.do(assets.erase, gone)
    page = shelf.browser().get("/?q=payback").text
    assert re.findall(r'id="result-(\d+)"', page) == [str(kept)]
    shelf.index()
    assert "1 result" in words(shelf.browser().get("/?q=payback").text)


def test_statements_of_the_page_are_few_and_do_not_grow(shelf: Shelf) -> None:
    made = pdf(shelf, terms={"stage": ("evaluate",)})
    browser = shelf.browser()
    paths = (f"/assets/{made}-the-plan", f"/assets/{made}-the-plan?q=payback")
    before = [shelf.statements(browser, path) for path in paths]
    for number in range(6):
        shelf.put(f"Payback case {number}", terms={"stage": ("evaluate", "propose")})
    after = [shelf.statements(browser, path) for path in paths]
    peek = {"HX-Request": "true", "HX-Target": "peek"}
    assert shelf.statements(browser, paths[1], headers=peek) <= 10
    assert shelf.statements(shelf.browser(MARKETER), paths[1]) == after[1] + 1  # what led here
    assert max(before + after) <= 12, (before, after)
