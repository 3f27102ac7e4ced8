"""The coverage page as people use it: by keyboard, on the phone, in the dark, and down to the rows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from live import MARKETER, REP, LiveSite, Visit
from playwright.sync_api import expect

from content_catalog import analytics, coverage, taxonomy
from content_catalog.analytics import SearchRecord
from content_catalog.coverage import NewPlanItem

PHONE = {"width": 390, "height": 844}
GAP = "Prospect, Developer: "
PLACE = {"stage": ("prospect",), "persona": ("developer",)}
LOUD = {"stage": ("propose",), "persona": ("economic-buyer",)}


@pytest.fixture(scope="module", autouse=True)
def _searched(site: LiveSite) -> None:
    """Two people looked for something for developers at the start, in vain."""
    for words in ("sandbox access", "api limits"):
        site.do(analytics.record_search, SearchRecord(words, PLACE, 0, 1.0))


def number(text: str | None) -> int:
    found = re.search(r"\d+", text or "")
    assert found, f"no number in {text!r}"
    return int(found[0])


def test_the_header_says_what_the_numbers_rest_on_and_each_number_opens(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage")
    expect(page.get_by_role("heading", name="Coverage", exact=True)).to_be_visible()
    head = page.locator("#cov-head")
    for said in ("assets counted", "live", "unmapped", "unverified", "over-tagged", "be placed"):
        expect(head.get_by_role("link", name=re.compile(said))).to_be_visible()
    expect(head.get_by_text(re.compile(r"as of \d+ \w+ \d{4}, \d\d:\d\d"))).to_be_visible()
    counted = number(head.get_by_role("link", name=re.compile("counted")).text_content())
    head.get_by_role("link", name=re.compile("counted")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Assets that count {counted}")
    page.get_by_role("link", name="Back to the matrix").click()
    expect(page.get_by_role("table")).to_be_visible()


def test_a_cell_says_itself_and_opens_beside_the_matrix_by_keyboard(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage")
    gap = page.get_by_role("link", name="Prospect, Developer: 0 assets gap 2 unanswered searches")
    expect(gap).to_be_visible()
    start = page.get_by_role("link", name=re.compile("^Prospect, Technical leader: "))
    start.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_contain_text("Discover, Technical leader: ")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(gap).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(gap).to_be_focused()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("complementary", name="No assets, 2 unanswered searches")
    expect(drawer).to_be_visible()
    expect(drawer.get_by_role("heading", level=2)).to_be_focused()
    expect(gap).to_have_attribute("aria-current", "true")
    expect(drawer.locator("ol.dem")).to_contain_text("sandbox access")
    expect(drawer.get_by_role("heading", name="Could be stretched to fit")).to_be_visible()
    assert page.url.endswith("/coverage?cell=prospect.developer")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(gap).to_be_focused()
    expect(gap).not_to_have_attribute("aria-current", "true")
    assert page.url.endswith("/coverage")
    page.go_back()
    expect(drawer).to_be_visible()
    page.reload()
    expect(drawer).to_be_visible()


def test_tollgates_keep_the_persona_and_show_what_comes_after_the_purchase(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage?persona=seller")
    page.get_by_label("Rows").select_option("tollgate")
    expect(page.get_by_role("columnheader", name="Journey tollgate")).to_be_visible()
    expect(page.get_by_label("Applied filters")).to_contain_text("PersonaSeller")
    expect(page.get_by_role("columnheader", name="Seller")).to_be_visible()
    expect(page.get_by_role("rowheader", name=re.compile("after purchase")).first).to_be_visible()
    assert "rows=tollgate&cols=persona&persona=seller" in page.url
    page.go_back()
    expect(page.get_by_role("columnheader", name="Sales stage")).to_be_visible()


def test_the_search_behind_a_cell_shows_as_many_as_the_cell(visit: Visit) -> None:
    page = visit(MARKETER)
    for name in ("Evaluate, Seller: ", "Discover, Business leader: ", "Expand, End user: "):
        page.goto("/coverage")
        link = page.get_by_role("link", name=re.compile(f"^{name}"))
        count = number((link.text_content() or "").removeprefix(name))
        link.click()
        page.get_by_role("link", name=re.compile(r"^Show (these \d+|this one) in search$")).click()
        expect(page.locator("#results-title")).to_have_text(
            f"{count} {'result' if count == 1 else 'results'}"
        )


def test_the_whole_page_changes_with_its_controls_and_keeps_them(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage")
    page.get_by_role("radio", name="Unmet demand").check()
    expect(page.get_by_role("link", name=f"{GAP}2 unanswered searches gap")).to_be_visible()
    page.get_by_role("radio", name="Assets").check()
    page.get_by_text("More filters").click()
    page.locator("#cov-industry > summary").click()
    box = page.locator("#cov-industry input").first
    box.check()
    expect(page.get_by_label("Applied filters")).to_be_visible()
    expect(page.locator("#cov-chosen")).to_have_text("· 1")
    expect(box).to_be_checked()
    page.get_by_label("Columns").select_option("none")
    expect(page.locator(".cf-bars")).to_be_visible()
    page.get_by_label("Columns").select_option("stage")
    expect(page.get_by_text("Rows and columns were both sales stage")).to_be_visible()
    expect(page.get_by_label("Columns")).to_have_value("persona")


def test_keys_go_to_coverage_and_export_it(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/saved")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Coverage", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.keyboard.press("e")
    assert download.value.suggested_filename.startswith("coverage-stage-persona-")


def test_a_rep_sees_it_without_the_means_to_change_it(visit: Visit) -> None:
    page = visit(REP)
    page.goto("/coverage?cell=prospect.developer")
    drawer = page.get_by_role("complementary")
    expect(drawer.get_by_text("2 searches found nothing")).to_be_visible()
    expect(drawer.get_by_text("sandbox access")).to_have_count(0)
    for name in ("Plan an asset", "Mark as not needed", "Export CSV", "change", "Insights"):
        expect(page.get_by_text(name, exact=True)).to_have_count(0)


def test_on_the_phone_gaps_come_first_and_a_cell_is_a_page_of_its_own(
    visit: Visit, site: LiveSite
) -> None:
    page = visit(MARKETER, viewport=PHONE, has_touch=True)
    page.goto("/coverage")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heads = page.get_by_role("rowheader")
    tops = {head.text_content(): (head.bounding_box() or {"y": 0})["y"] for head in heads.all()}
    full = [s.label for s in site.ask(taxonomy.read).by_slug["stage"].live if s.slug == "evaluate"]
    assert max(tops, key=lambda name: tops[name]) == full[0]  # the one stage without a gap
    gap = page.get_by_role("link", name=re.compile(f"^{GAP}"))
    size = gap.bounding_box()
    assert size is not None
    assert size["height"] >= 44
    gap.click()
    drawer = page.get_by_role("complementary")
    expect(drawer).to_be_visible()
    expect(page.locator(".cf-matrix")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    drawer.get_by_role("link", name="Close").click()
    expect(page.locator(".cf-matrix")).to_be_visible()
    expect(gap).to_be_focused()


def test_in_the_dark_the_cells_are_dark(visit: Visit) -> None:
    page = visit(MARKETER, color_scheme="dark")
    page.goto("/coverage")
    colour = page.locator(".cf-cell.l1").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert colour == "rgb(28, 39, 64)"
    ink = page.locator(".cf-cell.l0").first.evaluate("e => getComputedStyle(e).borderTopStyle")
    assert ink == "dashed"


def test_without_script_it_works_all_the_same(visit: Visit) -> None:
    page = visit(MARKETER, java_script_enabled=False)
    page.goto("/coverage")
    page.get_by_label("Rows").select_option("tollgate")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("columnheader", name="Journey tollgate")).to_be_visible()
    page.goto("/coverage")
    page.get_by_role("link", name=re.compile(f"^{GAP}")).click()
    drawer = page.get_by_role("complementary")
    drawer.get_by_role("link", name="Look for near assets").click()
    expect(page.get_by_role("heading", name="Could be stretched to fit")).to_be_visible()
    page.get_by_role("link", name="Back to the cell").click()
    drawer.get_by_role("link", name="Close").click()
    expect(drawer).to_have_count(0)
    assert re.search(r"/coverage#c-\d+-\d+$", page.url)


def test_paper_is_white_and_says_what_it_shows(visit: Visit) -> None:
    page = visit(MARKETER, color_scheme="dark")
    page.goto("/coverage?audience=customer_ready&cell=prospect.developer")
    page.emulate_media(media="print")
    expect(page.locator(".cf-printonly")).to_contain_text("Sales stage × Persona · Audience")
    expect(page.locator("#cov-controls")).to_be_hidden()
    expect(page.get_by_role("complementary")).to_be_hidden()
    for level in ("l0", "l1", "l2"):
        found = page.locator(f"a.cf-cell.{level}").first
        style = found.evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        )
        assert style == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


def test_a_control_changed_while_an_answer_is_on_its_way_is_kept(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage")
    page.evaluate(
        """() => document.addEventListener("htmx:beforeSwap",
             () => document.getElementById("cov-ready").click(), { once: true })"""
    )
    page.locator("#cov-sort").select_option("gaps")
    expect(page).to_have_url(re.compile("sort=gaps.*audience=customer_ready"))
    expect(page.locator("#cov-ready")).to_be_checked()
    expect(page.locator("#cov-sort")).to_have_value("gaps")


def test_a_view_is_kept_under_a_name_opened_renamed_and_removed(visit: Visit) -> None:
    page = visit(REP)
    page.goto("/coverage?cell=prospect.developer")
    page.locator("#cov-sort").select_option("gaps")
    expect(page).to_have_url(re.compile("sort=gaps"))
    page.get_by_role("button", name="Save view").click()
    dialog = page.get_by_role("dialog", name="Save this view")
    expect(dialog.get_by_label("Name")).to_have_value("Sales stage × Persona")
    dialog.get_by_label("Name").fill("Worst first")
    dialog.get_by_role("button", name="Save view").click()
    expect(page.get_by_text("Saved as “Worst first”.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/coverage\?sort=gaps$"))
    page.goto("/saved")
    page.get_by_role("link", name="Worst first").click()
    expect(page.locator("#cov-sort")).to_have_value("gaps")
    page.goto("/saved")
    page.get_by_role("button", name="Rename Worst first").click()
    page.get_by_role("dialog", name="Rename").get_by_label("Name").fill("Gaps first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Gaps first")).to_be_visible()
    page.get_by_role("button", name="Remove Gaps first").click()
    expect(page.get_by_text("The saved view is removed.")).to_be_visible()


def test_a_view_is_kept_without_script(visit: Visit) -> None:
    page = visit(MARKETER, java_script_enabled=False)
    page.goto("/coverage?rows=tollgate&cols=persona")
    page.get_by_role("button", name="Save view").click()
    dialog = page.get_by_role("dialog", name="Save this view")
    dialog.get_by_label("Name").fill("Five gates")
    dialog.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("columnheader", name="Journey tollgate")).to_be_visible()
    page.goto("/saved")
    page.get_by_role("button", name="Rename Five gates").click()
    page.get_by_role("dialog", name="Rename").get_by_label("Name").fill("All gates")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_role("link", name="All gates").click()
    expect(page.get_by_role("columnheader", name="Journey tollgate")).to_be_visible()


def test_bars_take_the_room_that_names_and_numbers_leave(visit: Visit) -> None:
    for width, share in ((1440, 0.6), (390, 0.25)):
        page = visit(MARKETER, viewport={"width": width, "height": 844})
        page.goto("/coverage?cols=none")
        row = page.locator(".cf-bars tbody tr").first
        sizes = [part.bounding_box() or {"width": 0} for part in row.locator("> *").all()]
        name, figure, bar = (size["width"] for size in sizes)
        assert bar > share * (name + figure + bar)


def test_axes_change_places_and_an_open_cell_stays_open(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage?rows=tollgate&cols=persona")
    page.get_by_label("Rows").select_option("persona")
    expect(page.get_by_label("Columns")).to_have_value("tollgate")
    expect(page.get_by_role("columnheader", name="Persona", exact=True)).to_be_visible()
    expect(page.locator(".alert")).to_have_count(0)
    page.get_by_label("Columns").select_option("persona")  # and back
    expect(page.get_by_label("Rows")).to_have_value("tollgate")
    page.get_by_label("Rows").select_option("stage")
    page.get_by_role("link", name=re.compile(f"^{GAP}")).click()
    drawer = page.get_by_role("complementary")
    expect(drawer).to_be_visible()
    page.get_by_role("radio", name="Unmet demand").check()
    expect(page).to_have_url(re.compile("measure=demand&cell=prospect.developer$"))
    expect(drawer).to_be_visible()
    drawer.get_by_role("link", name="Close").click()
    expect(drawer).to_have_count(0)
    page.get_by_role("radio", name="Assets").check()
    expect(page).to_have_url(re.compile("/coverage$"))
    expect(drawer).to_have_count(0)


def test_a_cell_under_the_pointer_does_not_look_chosen(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage?cell=prospect.developer")
    shadow = "e => getComputedStyle(e).boxShadow"
    chosen = page.locator(".cf-cell[aria-current]")
    ring = chosen.evaluate(shadow)
    chosen.hover()
    assert chosen.evaluate(shadow) == ring
    other = page.locator(".cf-cell.l1").first
    other.hover()
    assert other.evaluate(shadow).endswith(" 0px 0px 0px 1px")


# Parts of cells whose texts lie upon each other. Lines of text are higher than their letters.
OVERLAPS = """() => [...document.querySelectorAll(".cf-cell")].flatMap((cell) => {
  const boxes = [];
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.data.trim() || text.parentElement.closest(".visually-hidden")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    boxes.push(range.getBoundingClientRect());
  }
  return boxes.flatMap((a, at) => boxes.slice(at + 1)
    .filter((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5)
    .map(() => cell.textContent));
})"""


def test_marks_of_small_and_printed_cells_lie_beside_each_other(
    visit: Visit, site: LiveSite
) -> None:
    known = site.ask(taxonomy.read)
    ids = frozenset(known.term(d, slugs[0]).id for d, slugs in LOUD.items())
    for number in range(12):
        site.do(coverage.plan, NewPlanItem(f"Plan {number}", ids, owner_email=MARKETER))
        site.do(analytics.record_search, SearchRecord(f"words {number}", LOUD, 0, 1.0))
    first, second = sorted(ids)
    skipped = replace(
        site.ask(coverage.need_record, first, second), needed=False, why="They have their own."
    )
    for record in (None, skipped):
        if record:
            site.do(coverage.set_need, record)
        for width in (1440, 800, 390):
            page = visit(MARKETER, viewport={"width": width, "height": 844})
            page.goto("/coverage?cell=evaluate.seller" if width > 390 else "/coverage")
            expect(page.locator(".cf-cell > .dem").first).to_be_visible()
            assert page.evaluate(OVERLAPS) == []
        page.set_viewport_size({"width": 1040, "height": 720})
        page.emulate_media(media="print")
        assert page.evaluate(OVERLAPS) == []


def test_on_the_phone_names_of_columns_are_whole(visit: Visit) -> None:
    page = visit(MARKETER, viewport=PHONE, has_touch=True)
    page.goto("/coverage?columns=all")
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".cf-cell")].filter((cell) => {
          const style = getComputedStyle(cell, "::before");
          const copy = document.createElement("div");
          copy.textContent = cell.dataset.col;
          for (const name of ["width", "fontSize", "lineHeight", "fontFamily", "whiteSpace"])
            copy.style[name] = style[name];
          document.body.append(copy);
          const whole = copy.scrollHeight <= parseFloat(style.height) + 1
            && copy.scrollWidth <= copy.clientWidth;
          copy.remove();
          return !whole;
        }).map((cell) => cell.dataset.col)"""
    )
    assert cut == []


def test_links_of_the_drawer_can_be_hit_on_the_phone(visit: Visit) -> None:
    page = visit(MARKETER, viewport=PHONE, has_touch=True)
    page.goto("/coverage?cell=evaluate.seller")
    links = page.get_by_role("complementary").get_by_role("link").all()
    assert len(links) > 5
    for link in links:
        assert (link.bounding_box() or {"height": 0})["height"] >= 24, link.text_content()


def test_escape_folds_more_filters(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage")
    more = page.locator("#cov-more")
    for inside in ("#cov-shipped", "#cov-expiring"):
        page.get_by_text("More filters").click()
        expect(more).to_have_attribute("open", "")
        page.locator(inside).focus()
        page.keyboard.press("Escape")
        expect(more).not_to_have_attribute("open", "")
        expect(more.locator("> summary")).to_be_focused()
    page.get_by_text("More filters").click()
    page.locator("h1").click()
    page.keyboard.press("Escape")
    expect(more).not_to_have_attribute("open", "")


def test_a_second_link_skips_to_the_matrix(visit: Visit) -> None:
    page = visit(MARKETER)
    page.goto("/coverage")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="To the matrix")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".cf-cell:focus")).to_have_count(1)


def test_no_line_of_what_the_numbers_rest_on_ends_or_begins_with_a_dot(visit: Visit) -> None:
    page = visit(MARKETER, viewport=PHONE)
    page.goto("/coverage")
    dots = page.evaluate(
        """() => {
          const line = document.querySelector(".cf-honest");
          const edge = line.getBoundingClientRect().left;
          return [getComputedStyle(line).overflowX, ...[...line.children].map((part) => {
            const after = getComputedStyle(part, "::after").content;
            const before = getComputedStyle(part, "::before");
            const begins = part.getBoundingClientRect().left - edge < 6;
            const seen = before.content.includes("·")
              && part.getBoundingClientRect().left + parseFloat(before.left) + 3 > edge;
            return after !== "none" || (begins && seen) ? part.textContent : "";
          })].filter(Boolean);
        }"""
    )
    assert dots == ["clip"]
