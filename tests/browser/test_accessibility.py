"""Every page for everybody: no violation that a program can find, no sideways scroll, no weight."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from live import ADMIN, LiveSite, Visit, Watch
from playwright.sync_api import Page, expect

from content_catalog import coverage, people, taxonomy

WIDTHS = (1440, 768, 390)
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Answered with something else than a page of ours, or only with a piece of one.
NO_PAGE = {
    "assets.file",
    "assets.version_file",
    "assets.page_image",
    "assets.status",
    "coverage.export",
    "find.suggest",
    "imports.refused",
    "static",
}
TABLE = b"external_id,title,url,persona\na11y-1,Mint,https://www.example.com/mint,CFO\na11y-2,,x,Nobody\n"


@cache
def axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def violations(page: Page, **options: Any) -> list[str]:
    """What axe finds wrong, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    found = page.evaluate("axe.run", {"resultTypes": ["violations"], "preload": False} | options)
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def import_one(page: Page) -> str:
    """An import that waits to be started; returns its address."""
    page.goto("/library/import")
    page.get_by_label("Table as CSV").set_input_files(
        {"name": "a11y.csv", "mimeType": "text/csv", "buffer": TABLE}
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check").click()
    page.get_by_role("heading", name="Rows", exact=True).wait_for()
    return page.url.rstrip("/")


def addresses(site: LiveSite, page: Page) -> dict[str, list[str]]:
    """Endpoint to the addresses that show its states."""
    guide = site.asset("Shift planning and the works council: a guide to an agreement that holds")
    link = site.asset("Payback in two minutes: the small calculator on the web")
    text = site.asset("Talk track: ten minutes with a CFO")
    expired = site.asset("Price list, last year")
    person = site.ask(people.by_email, ADMIN).id
    invited = site.do(people.invite, person)
    words = site.ask(taxonomy.read)
    term = next(d for d in words.dimensions if d.slug == "stage").terms[0]
    item = site.ask(coverage.plan_items)[0].id
    batch = import_one(page)[len(site.url) :]
    return {
        "find.results": ["/", "/?q=council&persona=business-leader", "/?q=zzqx&stage=onboard"],
        "assets.show": [f"/assets/{guide}?q=agreement"]
        + [f"/assets/{one}" for one in (link, text, expired)],
        "assets.text": [f"/assets/{guide}/text?q=agreement"],
        "saved.index": ["/saved"],
        "coverage.show": [
            "/coverage?cell=evaluate.business-leader",
            "/coverage?rows=tollgate&cols=persona&audience=customer_ready&what_if=30&measure=use",
            "/coverage?rows=persona&cols=none&measure=demand&cell=developer",
        ],
        "coverage.assets": ["/coverage/assets?which=unverified"],
        "coverage.cells": ["/coverage/cells?which=thin"],
        "coverage.searches": ["/coverage/searches"],
        "coverage.near": ["/coverage/near?cell=prospect.developer"],
        "needs.index": ["/coverage/needs", "/coverage/needs?rows=tollgate&cols=industry"],
        "needs.term": [f"/coverage/needs/stage/{term.slug}"],
        "needs.cell": [f"/coverage/needs/stage/{term.slug}/persona/business-leader"],
        "needs.settings": ["/coverage/settings"],
        "plan.index": ["/coverage/plan", "/coverage/plan?state=dropped"],
        "plan.new": [f"/coverage/plan/new?terms=stage:{term.slug}&terms=odd&title=Redlines"],
        "plan.show": [f"/coverage/plan/{item}?q=council"],
        "plan.edit": [f"/coverage/plan/{item}/edit"],
        "library.index": ["/library?q=Dayloom", "/library?q=nothing+like+it"],
        "library.new": ["/library/new", f"/library/new?plan={item}"],
        "library.edit": [f"/library/{guide}/edit"],
        "library.history": [f"/library/{guide}/history"],
        "library.review": ["/library/review"],
        "library.bulk": [f"/library/bulk?ids={guide}&ids={text}&change=add:persona"],
        "imports.index": ["/library/import"],
        "imports.columns": [f"{batch}/columns"],
        "imports.check": [batch],
        "imports.row": [f"{batch}/rows/3"],
        "imports.progress": [],
        "taxonomy.terms": ["/personas", "/stages"],
        "taxonomy.term": [f"/stages/{term.slug}"],
        "taxonomy.index": ["/admin/taxonomy"],
        "taxonomy.dimension": ["/admin/taxonomy/stage"],
        "taxonomy.edit_term": [f"/admin/taxonomy/stage/terms/{term.id}"],
        "insights.index": ["/insights", "/insights?days=30"],
        "insights.searches": [
            "/insights/searches?cause=write",
            "/insights/searches?cause=answered",
        ],
        "insights.stale": ["/insights/stale"],
        "insights.unused": ["/insights/unused"],
        "insights.words": ["/insights/words"],
        "insights.map_found": ["/insights/map?q=objections&stage=onboard&map=stage"],
        "people.sign_in": ["/sign-in"],
        "people.forgotten": ["/sign-in/forgotten"],
        "people.set_password": [f"/password/{invited}"],
        "people.profile": ["/profile"],
        "people.users": ["/admin/users"],
        "people.add_user": ["/admin/users/new"],
        "people.edit_user": [f"/admin/users/{person}"],
        "admin.health": ["/admin/health"],
        "admin.audit": ["/admin/audit?action=taxonomy.add_term", "/admin/audit?action=nothing"],
        "admin.mails": ["/admin/outbox"],
        "nothing": ["/nowhere"],
    }


@pytest.mark.parametrize("part", [1, 2])
def test_every_page_at_every_width_in_both_themes(
    visit: Visit, site: LiveSite, watch: Watch, part: int
) -> None:
    watch.expect(404)
    admin, stranger = visit(ADMIN, bypass_csp=True), visit(None, bypass_csp=True)
    known = addresses(site, admin)
    pages = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(("api", "probes", "dev"))
    }
    assert pages - NO_PAGE - known.keys() == set(), "name an address for these pages"
    trouble = []
    for endpoint, urls in list(known.items())[part - 1 :: 2]:
        public = endpoint in {"people.sign_in", "people.forgotten", "people.set_password"}
        page = stranger if public else admin
        for url in urls:
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            page.goto(url)
            trouble += [f"{url} {line}" for line in look_at(page)]
    assert not trouble, "\n".join(trouble)


def look_at(page: Page) -> list[str]:
    """At every width, in both themes at the outer two, whose colours the middle one wears too; and
    at 320 px."""
    trouble = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
        rules = {"color-contrast": {"enabled": width != 768}}
        trouble += [f"{width} light {line}" for line in violations(page, rules=rules)]
        if width != 768:
            page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
            trouble += [f"{width} dark {line}" for line in violations(page, runOnly=COLOURS)]
    page.set_viewport_size({"width": 320, "height": 700})
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*trouble, f"is {wide} px wide at 320"] if wide > 320 else trouble


@pytest.mark.parametrize("width", [1440, 390])
def test_what_opens_over_a_page_is_as_clean_as_the_page(visit: Visit, width: int) -> None:
    page = visit(viewport={"width": width, "height": 844}, bypass_csp=True)
    page.goto("/?q=council&persona=business-leader")
    page.locator("#results-title").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys and help")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    if width < 768:
        page.get_by_role("button", name="Filters · 1").click()
        expect(page.locator("#sheet")).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        return
    page.get_by_role("button", name="Save search").first.click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.get_by_role("complementary", name="Preview")).to_be_visible()
    assert violations(page) == []
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially("secu")
    expect(page.locator("#typeahead [role=option]").first).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("address", ["/", "/?q=council"])
def test_the_first_page_is_light(visit: Visit, site: LiveSite, watch: Watch, address: str) -> None:
    page = visit()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, float] = {}
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.goto(address, wait_until="networkidle")
    expect(page.locator("#results-title")).to_be_visible()
    assert sum(sizes.values()) <= 120_000, f"{sum(sizes.values()) / 1000:.0f} KB"
    asked = [response.url for response in watch.log]
    assert len(asked) <= 10, "\n".join(asked)
    assert all(url.startswith(site.url) for url in asked)
