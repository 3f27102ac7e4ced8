"""From a gap to a published asset (US5): planned, agreed to by sales, committed, made, closed."""

from __future__ import annotations

import re

from live import MARKETER, REP, LiveSite, Visit, Watch
from playwright.sync_api import Page, expect

from content_catalog import Role, coverage

CELL = "/coverage?cell=negotiate.procurement-legal"
TITLE = "Standard redlines, clause by clause"


def plan(page: Page, cell: str, title: str) -> None:
    """From the cell's evidence; ends at the cell again."""
    page.goto(cell)
    page.get_by_role("link", name="Plan an asset").click()
    expect(page.get_by_role("checkbox", name="Negotiate")).to_be_checked()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Who reviews it for sales").select_option("Nora Whitfield")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("It is planned.")).to_be_visible()


def test_US5_5_a_plan_item_waits_for_sales_and_ends_with_the_asset(
    visit: Visit, site: LiveSite
) -> None:
    marketer, rep = visit(MARKETER), visit(REP)
    plan(marketer, CELL, TITLE)
    expect(marketer).to_have_url(re.compile(r"cell=negotiate\.procurement-legal"))
    marketer.get_by_role("link", name="Open the plan item").click()
    commit = marketer.get_by_role("button", name="Commit to it")
    expect(commit).to_be_disabled()
    expect(marketer.get_by_text("Nora Whitfield has not agreed to it yet.")).to_be_visible()

    rep.goto("/coverage/plan")
    rep.locator(".alert", has_text="for your agreement").get_by_role("link", name=TITLE).click()
    expect(rep.get_by_role("link", name="Edit")).to_have_count(0)
    rep.get_by_role("button", name="Agree").click()
    expect(rep.get_by_text("You agreed.")).to_be_visible()

    marketer.reload()
    expect(commit).to_be_enabled()
    commit.click()
    expect(marketer.get_by_text("It is committed.")).to_be_visible()

    marketer.get_by_role("link", name="Upload it").click()
    form = marketer.locator("#new-asset")
    expect(form.get_by_label("Title")).to_have_value(TITLE)
    expect(form.get_by_role("checkbox", name="Negotiate")).to_be_checked()
    form.get_by_label("A text").check()
    form.get_by_label("Text in Markdown").fill("Clause 1: what most of our customers ask for.")
    form.get_by_label("Status").select_option("Draft")
    form.get_by_role("button", name="Add it").click()
    expect(marketer.get_by_text("publishing it closes the item")).to_be_visible()
    marketer.get_by_role("link", name="Edit", exact=True).click()
    marketer.locator("#edit-asset").get_by_label("Status").select_option("Published")
    marketer.locator("#edit-asset").get_by_role("button", name="Save").click()
    expect(marketer.get_by_text("Saved.")).to_be_visible()
    site.work_off()
    marketer.goto("/coverage/plan?state=done")
    row = marketer.get_by_role("row", name=re.compile(TITLE))
    expect(row).to_contain_text("Done")
    row.get_by_role("link", name=TITLE).click()
    expect(marketer.get_by_text("Closed it: the asset is published")).to_be_visible()


def test_a_double_click_plans_once(visit: Visit, site: LiveSite) -> None:
    page = visit(MARKETER)
    page.goto("/coverage/plan/new?terms=stage:propose&title=Clicked+twice")
    page.get_by_role("button", name="Plan it").dblclick()
    expect(page.get_by_text("It is planned.")).to_be_visible()
    found = [item for item in site.ask(coverage.plan_items) if item.title == "Clicked twice"]
    assert len(found) == 1


def test_a_cell_is_marked_as_not_needed_and_needed_again(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage?cell=negotiate.developer")
    page.locator("summary", has_text="Mark as not needed").click()
    page.get_by_label("Why is nothing needed here?").fill("Developers sign nothing")
    page.get_by_role("button", name="Mark as not needed").click()
    expect(page.get_by_text("is marked as not needed.")).to_be_visible()
    expect(page.get_by_text("Developers sign nothing").first).to_be_visible()
    page.get_by_role("link", name="Change it").click()
    page.get_by_role("button", name="Clear it").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("The defaults hold for Negotiate · Developer.")).to_be_visible()


def test_a_row_default_reaches_every_cell_of_the_row(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage/needs")
    squares = page.get_by_role("link", name=re.compile(r"^Discover, .*: target 7$"))
    expect(squares).to_have_count(0)
    page.get_by_label("Target of Discover").fill("7")
    page.locator("#defaults-stage").get_by_role("button", name="Save these defaults").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert squares.count() > 5


def test_C02_two_people_at_one_need_lose_nothing(
    visit: Visit, site: LiveSite, watch: Watch
) -> None:
    watch.expect(409)
    site.add_person("ines.needs@example.com", "Ines Okafor", Role.MARKETER)
    mine, theirs = visit(MARKETER), visit("ines.needs@example.com")
    address = "/coverage/needs/stage/expand/persona/end-user"
    for page in (mine, theirs):
        page.goto(address)
    theirs.get_by_label("Target: how many assets").fill("2")
    theirs.get_by_role("button", name="Save").click()
    mine.get_by_label("What the rep must prove").fill("It pays again")
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_role("alert").first).to_contain_text("Ines Okafor saved this")
    expect(mine.get_by_role("alert").first).to_contain_text("Target: 2")
    expect(mine.get_by_label("What the rep must prove")).to_have_value("It pays again")
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_text("Expand · End user needs is saved")).to_be_visible()
