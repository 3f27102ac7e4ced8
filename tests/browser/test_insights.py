"""Insights: from a failed search to what helps, at a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from live import ADMIN, MARKETER, LiveSite, Visit
from playwright.sync_api import expect

from content_catalog import taxonomy

PHONE = {"width": 390, "height": 844}
TABLES_FIT = """[...document.querySelectorAll(".cf-table")].every(
  (table) => table.offsetWidth <= table.parentElement.clientWidth)"""


def test_one_click_adds_the_alias_and_the_search_finds(visit: Visit, site: LiveSite) -> None:
    page = visit(ADMIN)
    page.goto("/coverage")
    page.get_by_role("link", name="Insights").click()
    expect(page.get_by_role("heading", name="Insights", level=1)).to_be_visible()
    page.get_by_role("button", name="Add alias “k shift vendor” to Kadenzo").click()
    expect(page.get_by_text("“k shift vendor” is a name of “Kadenzo” now.")).to_be_visible()
    term = site.ask(taxonomy.read).term("competitor", "kadenzo")
    assert "k shift vendor" in term.aliases
    site.work_off()
    rep = visit()
    rep.goto("/?q=k+shift+vendor")
    expect(rep.get_by_role("link", name="Battlecard: Kadenzo", exact=True)).to_be_visible()


def test_what_a_filter_hid_is_mapped_in_three_steps(visit: Visit, site: LiveSite) -> None:
    page = visit(MARKETER)
    page.goto("/insights")
    page.get_by_role("link", name="Map them to Expand for “security questionnaire”").click()
    expect(page.get_by_role("heading", name="Map to Expand")).to_be_visible()
    page.get_by_label("Tick Security questionnaire answers").check()
    page.get_by_role("button", name="Map the ticked ones to Expand").click()
    page.get_by_role("button", name="Change 1 asset").click()
    expect(page.get_by_text("1 asset changed.")).to_be_visible()
    expect(page.get_by_label("Tick Security questionnaire answers")).to_have_count(0)
    site.index()
    page.goto("/?q=security+questionnaire&stage=expand")
    expect(
        page.get_by_role("link", name="Security questionnaire answers", exact=True)
    ).to_be_visible()


def test_a_failed_search_becomes_a_plan_item(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/insights")
    page.get_by_role("link", name="Plan an asset for “penalty clause late go-live”").click()
    expect(page.get_by_label("Title")).to_have_value("Penalty clause late go-live")
    expect(page).to_have_url(re.compile("terms=stage%3Anegotiate"))


@pytest.mark.parametrize("path", ["", "/searches", "/unused", "/words"])
def test_a_phone_shows_all_of_it_without_sideways_scroll(visit: Visit, path: str) -> None:
    page = visit(MARKETER, viewport=PHONE)
    page.goto(f"/insights{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate(TABLES_FIT)


def test_the_figures_lead_to_their_rows(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/insights")
    figure = page.locator(".cf-kpi", has_text="without result")
    told = re.search(r"(\d+) of \d+ searches", figure.inner_text())
    assert told
    figure.click()
    expect(page.get_by_text(re.compile(rf"{told[1]} searches in \d+ rows"))).to_be_visible()
    times = page.locator(".cf-failed tbody .num").all_inner_texts()
    assert sum(int(one) for one in times) == int(told[1])
