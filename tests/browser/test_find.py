"""A rep looks for something, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from live import Visit
from playwright.sync_api import Page, expect

PHONE = {"width": 390, "height": 844}


def heading(page: Page) -> str:
    return page.locator("#results-title").inner_text()


def rows(page: Page) -> list[str]:
    return page.locator(".cf-result h3 a").all_inner_texts()


def number(text: str) -> int:
    found = re.search(r"\d+", text)
    assert found, text
    return int(found[0])


def test_by_keyboard_alone_from_a_typo_to_the_page_with_the_words(page: Page) -> None:
    page.goto("/saved")
    page.keyboard.press("/")
    page.wait_for_url(lambda url: url.endswith("/"))
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("coucil")
    expect(page.locator("#results mark").first).to_be_attached()  # while typing
    with page.expect_response("**/?q=coucil*"):
        page.keyboard.press("Enter")
    expect(page.locator("#bar.htmx-request")).to_have_count(0)
    expect(page.locator("#results mark").first).to_have_text("council")
    expect(page.get_by_text("These are the results for")).to_be_visible()
    page.keyboard.press("Tab")  # out of the box: letters are keys from here on
    page.keyboard.press("j")
    expect(page.locator(".cf-result").nth(0)).to_have_class(re.compile("is-selected"))
    page.keyboard.press("j")
    expect(page.locator(".cf-result h3 a").nth(1)).to_be_focused()
    page.keyboard.press("k")
    first = page.locator(".cf-result h3 a").nth(0)
    expect(first).to_be_focused()
    title = first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("#pages [aria-current=true] .cf-hit")).to_be_visible()
    expect(page.locator("svg.marks rect").first).to_be_attached()


def test_a_typo_finds_the_word_and_says_what_it_looked_for(page: Page) -> None:
    page.goto("/")
    page.locator("#q").press_sequentially("paybak")
    expect(page.locator(".cf-result").first).to_be_visible()
    assert "How we work out payback: the method on one page" in rows(page)
    expect(page.locator(".cf-result mark").first).to_have_text(re.compile("^payback$", re.I))
    page.get_by_role("link", name="payback", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?q=payback$"))
    expect(page.locator("#q")).to_have_value("payback")


def test_filters_stay_in_place_become_chips_and_can_be_taken_off(page: Page) -> None:
    page.goto("/?q=council")
    labels = page.locator("#f-persona label").all_inner_texts()
    names = [text.split("\n")[0] for text in labels]
    page.get_by_label("Business leader").first.check()
    expect(page.locator(".cf-chip")).to_have_text(["Persona Business leader"], use_inner_text=True)
    expect(page).to_have_url(re.compile("persona=business-leader"))
    after = [t.split("\n")[0] for t in page.locator("#f-persona label").all_inner_texts()]
    assert after == names
    assert page.get_by_label("Business leader").first.is_checked()
    promised = number(page.locator("label:has(#f-audience-customer_ready)").inner_text())
    page.locator("#f-audience-customer_ready").check()
    expect(page.locator(".cf-chip")).to_have_count(2)
    expect(page.locator("#results-title")).to_have_text(
        re.compile(rf"^{promised} results?$"), use_inner_text=True
    )
    assert page.locator(".cf-result").count() == promised
    page.get_by_role("link", name="Remove filter Persona: Business leader").click()
    expect(page.locator(".cf-chip")).to_have_count(1)
    page.go_back()
    expect(page.locator(".cf-chip")).to_have_count(2)
    page.get_by_role("link", name="Clear both").click()
    expect(page.locator(".cf-chip")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/\?q=council$"))


def test_back_from_an_asset_returns_to_the_same_list_and_place(page: Page) -> None:
    page.goto("/")
    page.locator("#q").fill("shift")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=shift$"))
    page.locator("#f-audience-customer_ready").check()
    expect(page.locator(".cf-chip")).to_have_count(1)
    before, address = rows(page), page.url
    link = page.locator(".cf-result h3 a").nth(12)
    link.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    assert place > 200
    link.click()
    page.wait_for_url("**/assets/**")
    page.go_back()
    expect(page).to_have_url(address)
    expect(page.locator(".cf-chip")).to_have_count(1)
    assert rows(page) == before
    page.wait_for_function("place => Math.abs(scrollY - place) < 60", arg=place)


def test_a_filter_ticked_while_an_answer_is_on_its_way_is_kept(page: Page) -> None:
    page.goto("/")
    page.evaluate(
        """() => document.addEventListener("htmx:beforeSwap",
             () => document.getElementById("f-audience-customer_ready").click(), { once: true })"""
    )
    page.locator("#q").fill("shift")
    page.keyboard.press("Enter")
    expect(page.locator(".cf-chip")).to_have_count(1)
    expect(page.locator("#f-audience-customer_ready")).to_be_checked()
    expect(page).to_have_url(re.compile(r"q=shift.*audience=customer_ready"))


def test_the_address_alone_gives_a_colleague_the_same_list(page: Page, visit: Visit) -> None:
    page.goto("/?persona=economic-buyer&stage=propose")
    expect(page.locator(".cf-chip")).to_have_count(2)
    mine = rows(page)
    page.locator(".cf-result h3 a").first.click()
    page.locator(".cf-crumb a").first.click()
    expect(page.locator(".cf-chip")).to_have_count(2)
    theirs = visit("tomas.brandt@example.com")
    theirs.goto(page.url)
    assert rows(theirs) == mine == rows(page)
    assert all("economic buyer" in text for text in theirs.locator(".cf-meta").all_inner_texts())


def test_stage_keys_set_the_stage_and_0_takes_it_off(page: Page) -> None:
    page.goto("/?q=council")
    page.locator("#results-title").focus()
    count = number(page.locator("#stage-evaluate .n").inner_text())
    page.keyboard.press("3")
    expect(page.locator("#stage-evaluate")).to_have_attribute("aria-current", "true")
    expect(page.locator("#results-title")).to_contain_text(str(count))
    expect(page).to_have_url(re.compile("stage=evaluate"))
    page.keyboard.press("0")
    expect(page.locator("#stage-all")).to_have_attribute("aria-current", "true")
    expect(page).not_to_have_url(re.compile("stage="))


def test_the_zero_page_offers_only_what_gives_results(page: Page) -> None:
    address = "/?q=pilot&stage=onboard&industry=healthcare"
    page.goto(address)
    expect(page.locator(".cf-zero h2")).to_have_text("No results for “pilot”")
    offers = page.locator(".cf-relax li:has(.n)")
    expect(offers).to_have_count(2)
    for at in range(2):
        promised = number(offers.nth(at).locator(".n").inner_text())
        assert promised > 0
        offers.nth(at).locator("a").click()
        expect(page.locator("#results-title")).to_have_text(
            re.compile(rf"^{promised} results?$"), use_inner_text=True
        )
        page.goto(address)
    page.locator(".cf-zero .cf-mini a, .cf-zero ul:not(.cf-relax) a").first.click()
    expect(page).to_have_url(re.compile("/assets/"))


def test_the_typeahead_is_a_combobox_for_the_keyboard(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("combobox", name="Search assets")
    box.press_sequentially("secu")
    options = page.locator("#typeahead").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    marked = page.locator("[role=option][aria-selected=true]")
    expect(marked).to_have_count(1)
    expect(box).to_have_attribute("aria-activedescendant", marked.get_attribute("id") or "-")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("secu")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("rity")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    title = page.locator("[role=option][aria-selected=true] span").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(title)


def test_a_term_of_the_typeahead_becomes_a_filter_and_leaves_the_box(page: Page) -> None:
    page.goto("/?audience=internal")
    page.locator("#q").press_sequentially("evalu")
    page.get_by_role("option", name="Evaluate").click()
    expect(page).to_have_url(re.compile(r"stage=evaluate"))
    expect(page).to_have_url(re.compile(r"audience=internal"))
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator(".cf-chip")).to_have_count(2)


def test_a_search_is_saved_under_a_name_and_runs_again(page: Page) -> None:
    page.goto("/?q=council&audience=internal")
    wanted = rows(page)
    page.get_by_role("button", name="Save search").first.click()
    page.get_by_label("Name").fill("Councils, inside")
    page.locator("#save-search").get_by_role("button", name="Save search").click()
    expect(page.get_by_text("Saved as “Councils, inside”.")).to_be_visible()
    page.goto("/saved")
    page.get_by_role("link", name="Councils, inside").click()
    expect(page.locator(".cf-chip")).to_have_count(1)
    assert rows(page) == wanted
    page.goto("/saved")
    page.get_by_role("button", name="Remove Councils, inside").click()
    expect(page.get_by_text("The saved search is removed.")).to_be_visible()


def test_a_star_is_set_by_key_and_kept(page: Page) -> None:
    page.goto("/?q=council")
    page.locator("#results-title").focus()
    page.keyboard.press("j")
    title = page.locator(".cf-result h3 a").first.inner_text()
    star = page.locator(".cf-result").first.get_by_role("button", name="Save to your list")
    with page.expect_response("**/saved/stars/*"):
        page.keyboard.press("s")
    expect(star).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(star).to_have_attribute("aria-pressed", "true")
    page.goto("/saved")
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()
    page.locator(".cf-result").hover()
    with page.expect_response("**/saved/stars/*"):
        page.get_by_role("button", name="Save to your list").click()
    page.reload()
    expect(page.get_by_text("Nothing saved yet")).to_be_visible()


def test_the_sheet_of_the_phone_promises_what_the_list_shows(visit: Visit) -> None:
    page = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/?q=council")
    page.get_by_role("button", name=re.compile("^Filters")).click()
    sheet = page.locator("#sheet")
    with page.expect_response("**/api/v1/search**"):
        sheet.get_by_label("Business leader").check()
    with page.expect_response("**/api/v1/search**"):
        sheet.get_by_label("Internal only").check()
    button = sheet.locator("[data-count]")
    expect(button).not_to_have_text("Show 8 results")
    promised = number(button.inner_text())
    button.click()
    expect(page.locator("#results-title")).to_contain_text(str(promised))
    expect(page.locator(".cf-result")).to_have_count(promised)
    expect(page.get_by_role("button", name="Filters · 2")).to_be_visible()


def test_expired_ones_show_only_when_asked_for_and_say_so(page: Page) -> None:
    title = "Price list, last year"
    page.goto("/?q=price+list")
    assert title not in rows(page)
    page.locator("#f-expired").check()
    row = page.locator(".cf-result", has_text=title)
    expect(row.locator(".badge", has_text="Expired")).to_be_visible()
    expect(row).to_have_class(re.compile("is-expired"))
    row.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_text("Do not send it any more.")).to_be_visible()


def test_the_dark_choice_survives_a_reload_without_a_flash(page: Page) -> None:
    page.goto("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="your account").click()
    with page.expect_response("**/theme"):
        page.get_by_role("button", name="Dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
          window.firstPaint = getComputedStyle(document.body).backgroundColor;
        })"""
    )
    answer = page.reload()
    assert answer
    assert '<html lang="en" data-bs-theme="dark">' in answer.text()
    assert page.evaluate("window.firstPaint") == dark
    page.get_by_role("button", name="your account").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/theme"):
        page.get_by_role("button", name="System").click()


def test_without_javascript_one_searches_filters_opens_and_downloads(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    page.goto("/")
    page.locator("#q").fill("council")
    page.locator("#q").press("Enter")
    assert heading(page).startswith("8 ")
    page.locator("#f-audience-customer_ready").check()
    page.get_by_role("button", name="Apply filters").click()
    assert page.locator(".cf-chip").count() == 1
    page.locator("#rail").get_by_role("link", name=re.compile("^Evaluate")).click()
    assert page.locator(".cf-chip").count() == 2
    page.locator(".cf-result h3 a").first.click()
    assert page.locator("svg.marks rect").count() > 0
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).first.click()
    assert Path(download.value.path()).read_bytes()[:4] == b"%PDF"
    star = page.locator("main .cf-star button").first
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")


def test_X06_back_after_a_filter_is_a_whole_page(page: Page) -> None:
    page.goto("/?q=council")
    page.locator("#f-audience-internal").check()
    expect(page.locator(".cf-chip")).to_have_count(1)
    page.goto("/saved")
    page.go_back()
    expect(page.locator(".cf-topbar")).to_be_visible()
    expect(page.locator(".cf-chip")).to_have_count(1)
    page.go_back()
    expect(page.locator(".cf-topbar")).to_be_visible()
    expect(page.locator(".cf-chip")).to_have_count(0)
    expect(page.locator("#q")).to_have_value("council")


@pytest.mark.parametrize("site", ["broken index"], indirect=True)
def test_R08_without_its_index_the_site_searches_titles_and_says_so(page: Page) -> None:
    page.goto("/?q=price")
    expect(page.get_by_text("Full-text search is being rebuilt.")).to_be_visible()
    assert "Price list" in rows(page)
    page.get_by_role("link", name="Price list", exact=True).click()
    expect(page.locator("h1")).to_have_text("Price list")
