"""The coverage page: what it says, what it rests on, and that every number opens into its rows."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from catalogs import empty_database
from shelf import MARKETER, REP, Shelf, new_shelf, titles, words
from sites import make_site

from content_catalog import Role, analytics, assets, coverage, taxonomy
from content_catalog.analytics import SearchRecord
from content_catalog.assets import Audience, Status
from content_catalog.coverage import CoverageSettings, NeedRecord, NewPlanItem

HTMX = {"HX-Request": "true"}
LEGAL = {"stage": ("negotiate",), "persona": ("procurement-legal",)}
CELL = "/coverage?cell=negotiate.procurement-legal"
YESTERDAY, TOMORROW = make.TODAY - timedelta(days=1), make.TODAY + timedelta(days=1)


def term(shelf: Shelf, dimension: str, slug: str) -> int:
    found = shelf.site.ask(taxonomy.read).term(dimension, slug)
    return int(found.id)


def searched(shelf: Shelf, text: str = "redlines", times: int = 1, **more: Any) -> None:
    """Failed searches for procurement in a negotiation."""
    values: dict[str, Any] = {"filters": LEGAL, "total": 0, "took_ms": 1.0} | more
    for _ in range(times):
        shelf.site.clock.move(minutes=1)
        shelf.site.do(analytics.record_search, SearchRecord(text, **values))


def planned(shelf: Shelf, title: str = "Redline guide") -> int:
    terms = frozenset(
        {term(shelf, "stage", "negotiate"), term(shelf, "persona", "procurement-legal")}
    )
    item = NewPlanItem(title, terms, owner_email=MARKETER)
    return int(shelf.site.do(coverage.plan, item))


def keep(shelf: Shelf) -> None:
    """Keep the numbers of today, as the worker does every night."""
    drawn = coverage.draw_snapshot(shelf.site.ask(coverage.picture))
    shelf.site.do(coverage.take_snapshot, drawn)


def cells(page: str) -> dict[str, str]:
    """ "Negotiate, Seller" -> the rest of what the cell's link says."""
    texts = re.findall(r'<a class="cf-cell[^>]*>(.*?)</a>', page, re.DOTALL)
    found = (words(text).replace(" ,", ",").partition(": ") for text in texts)
    return {place: said.replace("+ ", "").replace(", +", ", ") for place, _, said in found}


def fact(page: str, pattern: str) -> tuple[str, str]:
    """Address and words of the link in the line of what the numbers rest on."""
    links = re.findall(r'<a href="([^"]+)">([^<]+)</a>', page)
    (found,) = [(html.unescape(url), said) for url, said in links if re.search(pattern, said)]
    return found


def heads(page: str) -> list[str]:
    table = page.partition("<thead")[2].partition("</thead>")[0]
    return [words(x) for x in re.findall(r"<th [^>]*>(.*?)</th>", table, re.DOTALL)]


def lines(page: str) -> list[str]:
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    return [words(x) for x in re.findall(r"<th [^>]*>(.*?)</th>", body, re.DOTALL)]


def drawer(page: str) -> str:
    found = re.search(r'<aside class="card cf-drill".*?</aside>', page, re.DOTALL)
    return words(found[0]) if found else ""


@pytest.fixture
def marketer(shelf: Shelf) -> Any:
    return shelf.browser(MARKETER)


def test_a_cells_link_says_everything_in_words(shelf: Shelf, marketer: Any) -> None:
    searched(shelf, times=14)
    planned(shelf)
    for title in ("One", "Two", "Three"):
        shelf.put(title, terms={"stage": ("evaluate",), "persona": ("seller",)})
    shelf.put("Late", terms={"stage": ("evaluate",), "persona": ("seller",)}, review_by=YESTERDAY)
    shelf.put("Lone", terms={"stage": ("discover",), "persona": ("seller",)})
    found = cells(marketer.get("/coverage").text)
    assert found["Negotiate, Procurement and legal"] == (
        "0 assets gap 14 unanswered searches, 1 planned"
    )
    assert found["Evaluate, Seller"] == "3 assets 1 stale"
    assert found["Discover, Seller"] == "1 asset thin"


def test_darkness_goes_by_the_target_and_the_legend_says_how(shelf: Shelf, marketer: Any) -> None:
    personas = [t.slug for t in shelf.site.ask(taxonomy.read).by_slug["persona"].live]
    for number, persona in zip((1, 2, 3, 4, 7, 8), personas, strict=False):
        for _ in range(number):
            terms = {"stage": ("evaluate",), "persona": (persona,)}
            shelf.site.do(assets.create, make.new_asset("One", terms=terms, owner=MARKETER))
    shelf.site.do(coverage.change_settings, CoverageSettings(target=2))
    page = marketer.get("/coverage").text
    row = page.partition('scope="row">Evaluate')[2].partition("</tr>")[0]
    assert re.findall(r'class="cf-cell (\w+)"', row)[:6] == ["l1", "l2", "l2", "l3", "l3", "l4"]
    legend = words(page.partition('<div class="cf-legend">')[2].partition("</div>")[0])
    assert legend.startswith("0 gap 1 thin 2–3 on target 4–7 8+ searches with no answer, 90 days")
    assert "Target: 2 per cell" in words(page)


def test_every_number_of_the_header_opens_into_its_rows(shelf: Shelf, marketer: Any) -> None:
    good = {"stage": ("evaluate",), "persona": ("seller",)}
    everywhere = ("prospect", "discover", "evaluate", "propose")
    shelf.put("Counts", terms=good, review_by=TOMORROW)
    shelf.put("Late", terms=good, review_by=YESTERDAY)
    shelf.put("Without persona", terms={"stage": ("evaluate",)}, review_by=TOMORROW)
    shelf.put("Over-tagged", terms=good | {"stage": everywhere})
    shelf.put("Gone", terms=good, expires_on=YESTERDAY)
    searched(shelf, filters={}, text="zzqx")
    page = marketer.get("/coverage").text
    told = words(page)
    assert "2 assets counted of 4 live · " not in told  # the dots are drawn, not spoken
    assert "2 assets counted of 4 live 1 unmapped 50% unverified 1 over-tagged" in told
    assert "1 search could not be placed" in told
    assert f"as of {shelf.site.clock.now.day} " in told
    for said, titled in (
        ("2 assets counted", {"Counts", "Over-tagged"}),
        ("of 4 live", {"Counts", "Late", "Without persona", "Over-tagged"}),
        ("1 unmapped", {"Without persona"}),
        ("50% unverified", {"Late", "Over-tagged"}),
        ("1 over-tagged", {"Over-tagged"}),
    ):
        listed = marketer.get(fact(page, said)[0]).text
        rows = re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', listed)
        assert {*rows} == titled
        assert len(rows) == len(titled)
    lost = words(marketer.get(fact(page, "could not be placed")[0]).text)
    assert "“zzqx” 1 found nothing Names no sales stage and no persona" in lost
    stale = re.search(r'href="([^"]+)"><b>1</b> <span class="sm">stale asset<', page)
    assert stale is not None
    assert "Late" in marketer.get(html.unescape(stale[1])).text


def test_the_searches_of_a_cell_are_listed_beyond_what_the_drawer_shows(
    shelf: Shelf, marketer: Any
) -> None:
    for number in range(10):
        searched(shelf, filters=LEGAL, text=f"zzqx {number} words")
    page = marketer.get(CELL).text
    link = re.search(r'<a href="([^"]+)"[^>]*>Other searches</a>', page)
    assert link is not None
    listed = marketer.get(html.unescape(link[1])).text
    assert listed.count("zzqx ") == 10
    assert shelf.browser(REP).get(html.unescape(link[1])).status_code == 403
    assert "Other searches" not in shelf.browser(REP).get(CELL).text


def test_unmapped_assets_lead_to_where_they_are_mapped(shelf: Shelf, marketer: Any) -> None:
    shelf.put("Without persona", terms={"stage": ("evaluate",)})
    url, _ = fact(marketer.get("/coverage").text, "unmapped")
    page = marketer.get(url).text
    assert "Map 1 asset without persona" in words(page)
    address = re.search(r'href="(/library\?unmapped=persona[^"]*)"', page)
    assert address is not None
    assert "Without persona" in marketer.get(html.unescape(address[1])).text
    assert "/library" not in shelf.browser(REP).get(url).text


def test_the_figures_open_the_cells_they_count(shelf: Shelf, marketer: Any) -> None:
    for title in ("One", "Two", "Three"):
        shelf.put(title, terms={"stage": ("evaluate",), "persona": ("seller",)})
    shelf.put("Lone", terms={"stage": ("discover",), "persona": ("seller",)})
    searched(shelf)
    page = marketer.get("/coverage").text
    figures = re.findall(r'href="([^"]+)"><b>([^<]+)</b> <span class="sm">([^<]+)</span>', page)
    told = {said: (html.unescape(url), number) for url, number, said in figures}
    total = len(taxonomy_cells(shelf))
    assert told["of cells meet target"][1] == f"{round(100 / total)}%"
    assert f"1 of {total} that apply" in words(page)
    assert "1 of them with unmet demand" in words(page)
    assert told["thin cell"][1] == "1"
    assert told["gaps"][1] == str(total - 2)
    for said in ("gaps", "thin cell"):
        url, number = told[said]
        assert "sort=gaps" in url  # and so the way back leads to the gaps first
        listed = marketer.get(url).text
        assert listed.count("<li><div><a href=") == int(number)
    assert "Evaluate · Seller" in words(marketer.get(told["of cells meet target"][0]).text)


def taxonomy_cells(shelf: Shelf) -> list[tuple[int, int]]:
    known = shelf.site.ask(taxonomy.read).by_slug
    return [(a.id, b.id) for a in known["stage"].live for b in known["persona"].live]


def test_a_cell_opens_with_what_counts_and_why_the_rest_does_not(
    shelf: Shelf, marketer: Any
) -> None:
    shelf.put("Counts", terms=LEGAL)
    shelf.put("Counts too", terms=LEGAL)
    shelf.put("Late", terms=LEGAL, review_by=YESTERDAY)
    shelf.put("Late draft", terms=LEGAL, review_by=YESTERDAY, status=Status.DRAFT)
    searched(shelf, "redlines", times=2)
    searched(
        shelf, "discount sheet", filters=LEGAL | {"industry": ("retail",)}, without={"industry": 3}
    )
    said = drawer(marketer.get(CELL).text)
    assert "Negotiate · Procurement and legal 2 assets of 3 wanted, 3 unanswered searches" in said
    assert "What counts 2" in said
    assert "Does not count, because 2" in said
    assert "Late draft Draft. Review overdue" in said
    assert "redlines found nothing 2" in said
    assert "discount sheet empty only because of a filter 1" in said
    assert "1 missing to the target × 10 10" in said
    assert "3 unanswered searches × 2 6" in said
    assert "Score 16" in said
    assert "Rests on 3 searches" in said


def test_the_search_behind_a_cell_shows_exactly_its_number(shelf: Shelf, marketer: Any) -> None:
    for number in range(3):
        shelf.put(f"Counts {number}", terms=LEGAL)
    shelf.put("Late", terms=LEGAL, review_by=YESTERDAY)
    page = marketer.get(CELL).text
    link = re.search(r'<a href="([^"]+)">Show these 3 in search</a>', page)
    assert link is not None
    assert sorted(titles(marketer.get(html.unescape(link[1])).text)) == [
        "Counts 0",
        "Counts 1",
        "Counts 2",
    ]


def test_a_long_cell_leads_to_its_whole_list_by_pages(shelf: Shelf, marketer: Any) -> None:
    for number in range(52):
        made = make.new_asset(f"Counts {number}", terms=LEGAL, owner=MARKETER)
        shelf.site.do(assets.create, made)
    shelf.put("Late", terms=LEGAL, review_by=YESTERDAY)
    page = marketer.get(CELL).text
    assert drawer(page).count("Counts ") == 8
    link = re.search(r'<a href="([^"]+)">The whole list, with reasons</a>', page)
    assert link is not None
    first = marketer.get(html.unescape(link[1])).text
    assert first.count("<td>Yes</td>") == 50
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = marketer.get(html.unescape(following[1])).text
    assert (second.count("<td>Yes</td>"), second.count("<td>No. Review overdue</td>")) == (2, 1)


def test_not_needed_is_said_with_who_when_and_why_and_can_be_opened(
    shelf: Shelf, marketer: Any
) -> None:
    ids = (term(shelf, "stage", "negotiate"), term(shelf, "persona", "procurement-legal"))
    record = NeedRecord(min(ids), max(ids), needed=False, why="Legal has its own portal.")
    shelf.site.do(coverage.set_need, record)
    page = marketer.get(CELL).text
    assert cells(page)["Negotiate, Procurement and legal"] == "n/a, not needed"
    said = drawer(page)
    assert "Not needed: Legal has its own portal." in said
    assert "Marked by Collateral Finder today" in said
    assert "It is needed after all" in said
    assert f"of {len(taxonomy_cells(shelf)) - 1} that apply" in words(page)


def test_the_need_stands_above_the_evidence(shelf: Shelf, marketer: Any) -> None:
    ids = (term(shelf, "stage", "negotiate"), term(shelf, "persona", "procurement-legal"))
    record = NeedRecord(
        min(ids),
        max(ids),
        target=5,
        types=frozenset({term(shelf, "type", "case_study"), term(shelf, "type", "deck")}),
        customer_ready=True,
        buyer_believes="The terms are usual.",
        rep_proves="Who signed them before.",
    )
    shelf.site.do(coverage.set_need, record)
    page = marketer.get(CELL).text
    said = drawer(page)
    assert "5 assets, case study or deck, customer-ready" in said
    assert "The buyer must believe The terms are usual." in said
    assert "The rep must prove Who signed them before." in said
    assert 'title="0 of 5 wanted"' in page
    assert "below target, thin" in words(page)  # targets differ, so the legend speaks of targets


def test_a_rep_reads_and_changes_nothing(shelf: Shelf) -> None:
    shelf.put("Counts", terms=LEGAL)
    shelf.put("MARKERDRAFT", terms=LEGAL, status=Status.DRAFT)
    searched(shelf, "MARKERWORDS")
    searched(shelf, filters=LEGAL | {"industry": ("retail",)}, without={"industry": 3}, times=2)
    planned(shelf)
    rep = shelf.browser(REP)
    page = rep.get(CELL).text
    said = drawer(page)
    assert "1 search found nothing 2 searches empty only because of a filter" in said
    assert "Does not count" not in said
    for pages in (
        page,
        rep.get(f"{CELL}&which=cell".replace("/coverage", "/coverage/assets")).text,
    ):
        assert "MARKER" not in pages
    for gone in ("/coverage.csv", "/coverage/needs", "/coverage/plan/new", "/insights", "settings"):
        assert gone not in page
    assert "Redline guide" in said
    there = shelf.browser(MARKETER).get(CELL).text
    assert "MARKERDRAFT" in there
    assert "MARKERWORDS" in there


def test_P03_a_reps_numbers_are_those_of_a_library_without_drafts(shelf: Shelf) -> None:
    shelf.put("Counts", terms=LEGAL)
    rep = shelf.browser(REP)
    urls = ["/coverage", CELL, "/coverage?rows=type&cols=stage", "/coverage/assets?which=live"]
    before = [figures_of(rep.get(url).text) for url in urls]
    shelf.put("Draft", terms=LEGAL, status=Status.DRAFT)
    shelf.put("Archived", terms=LEGAL, status=Status.ARCHIVED)
    shelf.put("Unmapped draft", status=Status.DRAFT)
    assert [figures_of(rep.get(url).text) for url in urls] == before


def figures_of(page: str) -> str:
    return words(page.partition("<main")[2].partition("</main>")[0])


def test_the_same_dimension_twice_is_refused_with_a_notice(marketer: Any) -> None:
    page = marketer.get("/coverage?rows=persona&cols=persona").text
    assert "Rows and columns were both persona" in words(page)
    assert heads(page)[0] == "Persona"
    assert len({*heads(page)} & {"Persona"}) == 1
    # With script the controls show what was understood.
    piece = marketer.get("/coverage?rows=persona&cols=persona", headers=HTMX).text
    assert 'id="cov-controls"' in piece
    assert 'id="cov-controls"' not in marketer.get("/coverage?rows=persona", headers=HTMX).text


def test_the_dimension_of_the_columns_chosen_as_rows_changes_places_with_them(
    marketer: Any,
) -> None:
    asked = "/coverage?shown=tollgate.persona&rows=persona&cols=persona"
    page = marketer.get(asked).text
    assert "Rows and columns were both" not in words(page)
    assert heads(page)[0] == "Persona"
    assert 'name="shown" value="persona.tollgate"' in page
    piece = marketer.get(asked, headers=HTMX)
    assert piece.headers["HX-Push-Url"] == "/coverage?rows=persona&cols=tollgate"
    assert '<option value="tollgate" selected' in piece.text  # the controls follow


def test_a_changed_control_leaves_the_open_cell_open(shelf: Shelf, marketer: Any) -> None:
    shelf.put("One", terms=LEGAL)
    piece = marketer.get(CELL, headers=HTMX | {"HX-Target": "drill"}).text
    kept = 'name="cell" value="negotiate.procurement-legal" hx-swap-oob'
    assert kept in piece  # the form learns which cell was opened
    shown = "&shown=stage.persona&cols=persona"
    answer = marketer.get(f"{CELL}{shown}&rows=stage&measure=use", headers=HTMX)
    assert "1 asset of 3 wanted" in drawer(answer.text)
    assert kept in answer.text
    assert answer.headers["HX-Push-Url"] == CELL.replace("?", "?measure=use&")
    other = marketer.get(f"{CELL}{shown}&rows=tollgate", headers=HTMX).text
    assert drawer(other) == ""
    assert "There is no cell" not in words(other)
    assert 'name="cell" value="" disabled' in other
    narrowed = marketer.get(f"{CELL}{shown}&rows=stage&persona=seller", headers=HTMX)
    assert "cell=" not in narrowed.headers["HX-Push-Url"]  # no such column any more


def test_before_the_first_night_no_day_can_be_chosen(shelf: Shelf, marketer: Any) -> None:
    assert "As it was on The first day is kept tonight." in words(marketer.get("/coverage").text)
    keep(shelf)
    page = marketer.get("/coverage").text
    assert "The first day is kept tonight" not in words(page)
    assert 'name="as_of"' in page


@pytest.mark.parametrize(
    ("path", "titled"),
    [
        ("/coverage/assets?which=nothing", "Assets that count"),
        ("/coverage/assets?which=cell", "Assets that count"),
        ("/coverage/cells?which=nothing", "Make these next"),
    ],
)
def test_an_unknown_list_is_the_usual_one_under_its_own_title(
    marketer: Any, path: str, titled: str
) -> None:
    page = marketer.get(path).text
    assert words(page.partition("<h1>")[2].partition("</h1>")[0]).startswith(titled)
    tab = page.partition('aria-current="page"')[2]
    assert page.count(f"<title>{titled}") == 1
    assert tab


def test_one_dimension_is_a_list_with_bars(shelf: Shelf, marketer: Any) -> None:
    shelf.put("One", terms={"stage": ("evaluate",)})
    shelf.put("Two", terms={"stage": ("evaluate", "discover")})
    page = marketer.get("/coverage?rows=stage&cols=none&cell=evaluate").text
    assert cells(page)["Evaluate"] == "2 assets thin"
    assert re.search(r'<rect class="l1" width="100"', page)
    assert re.search(r'<rect class="l1" width="50"', page)
    assert "Evaluate 2 assets of 3 wanted" in drawer(page)


def test_empty_columns_fold_and_unfold(shelf: Shelf, marketer: Any) -> None:
    shelf.put("One", terms={"stage": ("evaluate",), "persona": ("seller",)})
    searched(shelf)
    page = marketer.get("/coverage").text
    assert heads(page) == ["Sales stage", "Procurement and legal", "Seller", "Total"]
    every = len(taxonomy_cells(shelf)) // len(lines(page))
    link = re.search(rf'<a [^>]*href="([^"]+)">{every - 2} empty columns</a>', page)
    assert link is not None
    whole = marketer.get(html.unescape(link[1])).text
    assert len(heads(whole)) == every + 2
    assert "Fold empty columns" in words(whole)
    chosen = marketer.get("/coverage?persona=seller&persona=end-user").text
    assert heads(chosen) == ["Sales stage", "End user", "Seller", "Total"]


def test_columns_beyond_twelve_are_one_in_which_an_asset_counts_once(
    shelf: Shelf, marketer: Any
) -> None:
    known = shelf.site.ask(taxonomy.read).by_slug["industry"].live
    assert len(known) >= 15
    for industry in known[:13]:
        shelf.put(industry.label, terms={"industry": (industry.slug,), "stage": ("evaluate",)})
    both = (known[13].slug, known[14].slug)
    shelf.put("In two", terms={"industry": both, "stage": ("evaluate",)})
    page = marketer.get("/coverage?rows=stage&cols=industry").text
    assert heads(page)[13:] == ["Other (3)", "Total"]
    row = page.partition('scope="row">Evaluate')[2].partition("</tr>")[0]
    assert words(row.partition("</th>")[2]).endswith(
        "2 14"
    )  # two assets in three columns; 14 in all
    assert "once in Other" in words(page)


def test_rows_and_columns_are_sorted_by_gaps_and_by_demand(shelf: Shelf, marketer: Any) -> None:
    shelf.put("One", terms={"stage": ("prospect",), "persona": ("seller", "end-user")})
    shelf.put("Two", terms={"stage": ("discover",), "persona": ("seller",)})
    searched(shelf, times=2)
    by_gaps = marketer.get("/coverage?sort=gaps").text
    assert lines(by_gaps)[-2:] == ["Discover", "Prospect"]
    assert heads(by_gaps)[-2] == "Seller"
    by_demand = marketer.get("/coverage?sort=demand").text
    assert lines(by_demand)[0] == "Negotiate"
    assert heads(by_demand)[1] == "Procurement and legal"


def test_demand_and_use_are_measures_of_their_own(shelf: Shelf, marketer: Any) -> None:
    made = shelf.put("One", terms=LEGAL)
    searched(shelf, times=3)
    rep = shelf.browser(REP)
    rep.get(f"/assets/{made}/file")
    place = "Negotiate, Procurement and legal"
    demand = marketer.get("/coverage?measure=demand").text
    assert cells(demand)[place] == "3 unanswered searches thin"
    assert 'class="cf-cell l2"' in demand
    assert "searches with no answer" not in words(demand)
    assert words(demand).count("0 unanswered searches") >= 6
    use = cells(marketer.get("/coverage?measure=use").text)[place]
    assert re.fullmatch(r"\d+ uses? ?(thin)? ?3 unanswered searches", use)


def test_the_past_is_as_it_was_and_says_so(shelf: Shelf, marketer: Any) -> None:
    shelf.put("One", terms=LEGAL)
    keep(shelf)
    day = make.TODAY
    shelf.site.clock.move(days=3)
    shelf.put("Two", terms=LEGAL)
    marketer = shelf.browser(MARKETER)
    place = "Negotiate, Procurement and legal"
    assert cells(marketer.get("/coverage").text)[place] == "2 assets thin"
    page = marketer.get(f"{CELL}&as_of={day}").text
    assert cells(page)[place] == "1 asset thin"
    assert f"As it was on {day.day} {day:%b %Y}. Back to now" in words(page)
    assert f'<option value="{day}" selected' in page
    assert "Plan an asset" not in page
    assert "in search" not in drawer(page)
    wrong = marketer.get(f"/coverage?as_of={day - timedelta(days=9)}").text
    assert "Nothing was kept of" in words(wrong)
    assert "Back to now" not in words(wrong)
    assert cells(wrong)[place] == "2 assets thin"


def test_what_if_says_what_is_supposed(shelf: Shelf, marketer: Any) -> None:
    shelf.put("Due soon", terms=LEGAL, review_by=make.TODAY + timedelta(days=40))
    planned(shelf)
    place = "Negotiate, Procurement and legal"
    then = marketer.get("/coverage?what_if=planned").text
    assert cells(then)[place] == "2 assets thin, 1 planned"
    assert "What if everything planned is there. Back to how it is" in words(then)
    assert "1 asset and 1 planned counted of 1 live" in words(then)
    assert "1 asset counted of 1 live" in words(marketer.get("/coverage").text)
    lapsed = marketer.get("/coverage?what_if=60").text
    assert cells(lapsed)[place] == "0 assets gap, 1 planned"
    assert "within 60 days has lapsed" in words(lapsed)


def test_the_course_of_a_cell_is_drawn_and_said(shelf: Shelf) -> None:
    for number in range(3):
        shelf.put(f"Number {number}", terms=LEGAL)
        keep(shelf)
        shelf.site.clock.move(days=40)
    page = shelf.browser(MARKETER).get(CELL).text
    assert re.search(r'role="img" aria-label="From 1 on [^"]+ to 3 on [^"]+"', page)
    assert "polyline" in page


def test_last_quarter_is_that_of_ninety_days_ago_or_nearly(shelf: Shelf) -> None:
    shelf.site.do(coverage.change_settings, CoverageSettings(target=1))
    for stage in ("prospect", "discover", "evaluate"):
        shelf.put(stage, terms={"stage": (stage,)})
        keep(shelf)  # 120, 80 and 40 days before the end
        shelf.site.clock.move(days=40)
    stages = len(shelf.site.ask(taxonomy.read).by_slug["stage"].live)
    page = words(shelf.browser(MARKETER).get("/coverage?rows=stage&cols=none").text)
    assert f"3 of {stages} that apply · {round(100 * 2 / stages)}% last quarter" in page
    shelf.site.clock.move(days=40)
    later = words(shelf.browser(MARKETER).get("/coverage?rows=stage&cols=none").text)
    assert f"{round(100 * 3 / stages)}% last quarter" in later
    shelf.site.clock.move(days=40)
    assert "last quarter" not in words(shelf.browser(MARKETER).get("/coverage").text)


def test_after_the_purchase_is_marked(shelf: Shelf, marketer: Any) -> None:
    page = marketer.get("/coverage?rows=tollgate&cols=persona&persona=seller").text
    assert any(line.endswith("after purchase") for line in lines(page))
    assert any(not line.endswith("after purchase") for line in lines(page))
    assert heads(page)[1:-1] == ["Seller"]
    assert "Persona Seller" in words(page)


def test_what_to_make_next_says_why(shelf: Shelf, marketer: Any) -> None:
    shelf.put("One", terms={"stage": ("evaluate",), "persona": ("seller",)})
    searched(shelf, times=14)
    planned(shelf)
    page = marketer.get("/coverage").text
    first = page.partition('<ol class="cf-next"')[2].partition("</li>")[0]
    assert words(f"<ol{first}") == (
        "Negotiate · Procurement and legal Nothing counts of 3 wanted; 14 searches found nothing;"
        " 1 planned 58 rests on 14 searches"
    )
    assert 'href="/coverage?cell=negotiate.procurement-legal"' in first


def test_htmx_gets_the_drawer_alone_under_the_pages_address(shelf: Shelf, marketer: Any) -> None:
    shelf.put("One", terms=LEGAL)
    answer = marketer.get(CELL, headers=HTMX | {"HX-Target": "drill"})
    assert "cf-matrix" not in answer.text
    assert "1 asset of 3 wanted" in drawer(answer.text)
    assert answer.headers["HX-Push-Url"] == CELL
    assert answer.headers["Cache-Control"] == "no-store"
    closed = marketer.get("/coverage", headers=HTMX | {"HX-Target": "drill"}).text
    assert '<div id="drill"></div>' in closed
    regions = marketer.get("/coverage?rows=&cols=type&x=1", headers=HTMX)
    assert regions.headers["HX-Push-Url"] == "/coverage?rows=stage&cols=type"
    assert 'id="cov-head" hx-swap-oob="true"' in regions.text
    assert "HX-Request" in answer.headers["Vary"]


def test_near_assets_can_be_mapped_from_the_drawer(shelf: Shelf, marketer: Any) -> None:
    made = shelf.put(
        "Terms explained", terms={"stage": ("propose",), "persona": ("procurement-legal",)}
    )
    near = "/coverage/near?cell=negotiate.procurement-legal"
    assert f'hx-get="{near}"' in marketer.get(CELL).text
    piece = marketer.get(near, headers=HTMX).text
    assert "<!doctype" not in piece
    assert "Terms explained" in words(piece)
    assert "<!doctype" in marketer.get(near).text
    assert "Map it here" not in shelf.browser(REP).get(near).text
    assert marketer.get("/coverage/near").status_code == 404
    assert marketer.get("/coverage/near?cell=none.none").status_code == 404
    fields = {"asset": str(made), "terms": "stage:negotiate", "next": CELL, "idempotency_key": "k1"}
    assert marketer.post("/coverage/map", fields).location == CELL
    assert cells(marketer.get("/coverage").text)["Negotiate, Procurement and legal"].startswith(
        "1 "
    )


def test_customer_ready_only_is_a_filter_with_a_chip(shelf: Shelf, marketer: Any) -> None:
    shelf.put("One", terms=LEGAL, audience=Audience.CUSTOMER_READY)
    shelf.put("Two", terms=LEGAL, audience=Audience.INTERNAL)
    page = marketer.get("/coverage?audience=customer_ready&industry=retail").text
    assert 'name="audience" value="customer_ready" checked' in page
    assert "Remove filter Audience: Customer-ready" in page
    assert "Clear both" in words(page)
    only = marketer.get("/coverage?audience=customer_ready").text
    assert cells(only)["Negotiate, Procurement and legal"] == "1 asset thin"


def test_statements_are_few_and_do_not_grow(shelf: Shelf, marketer: Any) -> None:
    ids = (term(shelf, "stage", "negotiate"), term(shelf, "persona", "procurement-legal"))
    shelf.site.do(coverage.set_need, NeedRecord(min(ids), max(ids), target=4))
    keep(shelf)
    shelf.put("One", terms=LEGAL)
    shelf.put("Late", terms=LEGAL, review_by=YESTERDAY)
    searched(shelf)
    planned(shelf)
    urls = ("/coverage", CELL, "/coverage/assets?which=live", "/coverage/cells?which=gap")
    few = [shelf.statements(marketer, url) for url in urls]
    for number in range(5):
        shelf.put(f"More {number}", terms=LEGAL)
        searched(shelf, f"words {number}")
        planned(shelf, f"Plan {number}")
    assert [shelf.statements(marketer, url) for url in urls] == few
    assert max(few) <= 14
    assert shelf.statements(marketer, CELL, headers=HTMX | {"HX-Target": "drill"}) <= 14


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Shelf]:
    """A site where nobody has named anything yet."""
    with make_site(tmp_path, database=empty_database()) as site:
        yield new_shelf(site)


def test_without_words_the_page_says_what_comes_first(bare: Shelf) -> None:
    page = words(bare.browser(MARKETER).get("/coverage").text)
    assert "Name your stages and personas first" in page
    assert "Set up the taxonomy" not in page
    bare.site.add("boss@example.com", Role.ADMIN)
    assert "Set up the taxonomy" in words(bare.browser("boss@example.com").get("/coverage").text)
    for path in (
        "/coverage/assets",
        "/coverage/cells",
        "/coverage?cell=a.b",
        "/coverage?rows=type",
    ):
        assert bare.browser(MARKETER).get(path).status_code == 200


def test_an_empty_library_shows_what_it_lacks(marketer: Any, shelf: Shelf) -> None:
    page = marketer.get("/coverage").text
    assert "The library is empty, so every cell is a gap." in words(page)
    assert "0% of cells meet target" in words(page)
    assert len(heads(page)) > 8
    assert "/library/import" not in shelf.browser(REP).get("/coverage").text


@pytest.mark.parametrize(
    "query",
    [
        "which=nothing",
        "which=cell",
        "which=cell&cell=x.y",
        "page=999999999999",
        "page=-1",
        "rows=%00&cols=<b>",
        "as_of=0001-01-01&cell=evaluate.seller",
        "what_if=31&what_if=planned&measure=no&sort=no",
        "cell=evaluate.seller&persona=end-user",
    ],
)
def test_no_address_breaks_the_pages(marketer: Any, query: str) -> None:
    for path in ("/coverage", "/coverage/assets", "/coverage/cells"):
        assert marketer.get(f"{path}?{query}").status_code == 200
