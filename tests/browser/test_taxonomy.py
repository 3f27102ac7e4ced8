"""An admin keeps the words the company shares."""

from __future__ import annotations

import re

from live import ADMIN, LiveSite, Visit
from playwright.sync_api import Page, expect


def order(page: Page) -> list[str]:
    return page.locator("tbody tr[id^=term-] th").all_inner_texts()


def add(page: Page, name: str, aliases: str = "") -> None:
    page.goto("/admin/taxonomy/competitor")
    form = page.locator("#add-term")
    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("Other names").fill(aliases)
    form.get_by_role("button", name="Add it").click()
    expect(page.locator("tbody").get_by_role("link", name=name, exact=True)).to_be_visible()


def test_a_term_is_added_renamed_and_understood_by_all_its_names(
    visit: Visit, site: LiveSite
) -> None:
    page = visit(ADMIN)
    add(page, "Schichtwerk", "shift works\nSW Suite")
    page.get_by_role("link", name="Schichtwerk", exact=True).click()
    page.locator("#edit-term").get_by_label("Name", exact=True).fill("Schichtwerk Group")
    page.locator("#edit-term").get_by_role("button", name="Save").click()
    page.goto("/admin/taxonomy/competitor")
    expect(page.locator("tbody")).to_contain_text("Schichtwerk Group")
    rep = visit()
    rep.goto("/?competitor=sw+suite")
    expect(rep.locator(".cf-chip")).to_contain_text("Schichtwerk Group")
    rep.goto("/?competitor=Schichtwerk")
    expect(rep.locator(".cf-chip")).to_contain_text("Schichtwerk Group")


def test_terms_are_put_in_order(visit: Visit) -> None:
    page = visit(ADMIN)
    page.goto("/admin/taxonomy/persona")
    before = order(page)
    page.get_by_role("button", name=f"Move down: {before[0]}", exact=True).click()
    expect(page.locator("tbody tr[id^=term-] th").first).to_have_text(before[1])
    assert order(page) == [before[1], before[0], *before[2:]]
    rep = visit()
    rep.goto("/")
    expect(rep.locator("#f-persona label").first).to_contain_text(before[1])
    page.get_by_role("button", name=f"Move up: {before[0]}", exact=True).click()
    expect(page.locator("tbody tr[id^=term-] th").first).to_have_text(before[0])


def test_a_retired_term_leads_to_its_successor_and_can_come_back(visit: Visit) -> None:
    page = visit(ADMIN)
    add(page, "Rotaboard")
    page.get_by_role("link", name="Rotaboard", exact=True).click()
    page.get_by_label("Took its place").select_option("Kadenzo")
    page.get_by_role("button", name="Retire it").click()
    page.goto("/admin/taxonomy/competitor")
    expect(
        page.locator("#retired-heading + *, section", has_text="Rotaboard").first
    ).to_be_visible()
    rep = visit()
    rep.goto("/?competitor=rotaboard")
    expect(rep.locator(".cf-chip")).to_contain_text("Kadenzo")
    page.get_by_role("button", name="Offer again: Rotaboard").click()
    expect(page.locator("tbody").get_by_role("link", name="Rotaboard", exact=True)).to_be_visible()


def test_a_new_dimension_is_a_filter_at_once(visit: Visit) -> None:
    page = visit(ADMIN)
    page.goto("/admin/taxonomy")
    form = page.locator("#add-dimension")
    form.get_by_label("Name", exact=True).fill("Campaign")
    form.get_by_label("Short name").fill("campaign")
    form.get_by_role("button", name="Add it").click()
    expect(page.locator("main")).to_contain_text("Campaign")
    page.goto("/admin/taxonomy/campaign")
    page.locator("#add-term").get_by_label("Name", exact=True).fill("Winter")
    page.locator("#add-term").get_by_role("button", name="Add it").click()
    expect(page.locator("#term-winter")).to_be_visible()
    page.get_by_role("button", name="Remove this dimension").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("h1")).to_have_text("Taxonomy")
    expect(page.get_by_role("link", name="Campaign", exact=True)).to_have_count(0)


def test_a_stage_page_tells_a_rep_what_to_do(page: Page) -> None:
    page.goto("/stages")
    page.get_by_role("link", name="Evaluate", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Evaluate")
    total = int(re.findall(r"\d+", page.locator("#assets-heading").inner_text())[0])
    page.get_by_role("link", name="Search within it").click()
    expect(page.locator("#results-title")).to_contain_text(str(total))
