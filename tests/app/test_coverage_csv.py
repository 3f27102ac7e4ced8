"""Coverage for a spreadsheet: the numbers of the page, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from typing import Any

from make import new_asset
from shelf import MARKETER, REP, Shelf

from content_catalog import SYSTEM, assets, coverage, taxonomy
from content_catalog.coverage import NeedRecord
from content_catalog.taxonomy import NewTerm

PATH = "/coverage.csv?rows=stage&cols=persona"
COLUMNS = [
    *("row", "column", "assets", "stale", "target", "searches", "requests", "planned", "verdict"),
    *("score", "not_counted", "unopened", "uses", "note", "filters", "as_of"),
]


def table(shelf: Shelf, path: str = PATH) -> list[dict[str, str]]:
    answer = shelf.browser(MARKETER).get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def term(shelf: Shelf, dimension: str, slug: str) -> Any:
    return shelf.site.ask(taxonomy.read).term(dimension, slug)


def test_one_row_a_cell_in_the_order_of_the_page(shelf: Shelf) -> None:
    here = {"stage": ("negotiate",), "persona": ("developer",)}
    shelf.put("Payback story", terms=here)
    rows = table(shelf)
    assert list(rows[0]) == COLUMNS
    assert {row["requests"] for row in rows} == {"0"}
    known = shelf.site.ask(taxonomy.read)
    stages, personas = (known.by_slug[d].live for d in ("stage", "persona"))
    pairs = [(row["row"], row["column"]) for row in rows]
    assert pairs == [(s.label, p.label) for s in stages for p in personas]
    filled = [row for row in rows if row["assets"] != "0"]
    assert [(r["row"], r["column"], r["verdict"]) for r in filled] == [
        ("Negotiate", "Developer", "thin")
    ]
    by_gaps = table(shelf, PATH + "&sort=gaps")
    assert by_gaps[-1]["row"] == "Negotiate"


def test_it_says_what_it_counts_wherever_it_is_copied_to(shelf: Shelf) -> None:
    answer = shelf.browser(MARKETER).get(
        PATH + "&audience=customer_ready&industry=healthcare&what_if=30"
    )
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=coverage-stage-persona-2026-03-02.csv"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    row = next(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert row["filters"] == (
        "Audience: Customer-ready; Industry: Healthcare; if everything due in 30 days has lapsed"
    )
    assert row["as_of"] == "2026-03-02T12:00:00+00:00"
    (listed,) = table(shelf, "/coverage.csv?rows=stage&cols=none&stage=evaluate")
    assert (listed["row"], listed["column"]) == ("Evaluate", "")


def test_a_note_says_why_nothing_is_needed(shelf: Shelf) -> None:
    ends = term(shelf, "stage", "prospect").id, term(shelf, "persona", "developer").id
    shelf.site.do(coverage.set_need, NeedRecord(*ends, needed=False, why="Sold by partners"))
    notes = {(r["row"], r["column"]): r["note"] for r in table(shelf) if r["note"]}
    assert notes == {
        ("Prospect", "Developer"): "Not needed: Sold by partners (Collateral Finder, 2026-03-02)"
    }


def test_X09_no_cell_is_a_formula(shelf: Shelf) -> None:
    with shelf.site.services.catalog.work(SYSTEM) as work:
        made = taxonomy.add_term(work, NewTerm("persona", "=HYPERLINK(1)", slug="evil"))
        stage = term(shelf, "stage", "prospect").id
        coverage.set_need(work, NeedRecord(stage, made, needed=False, why="@SUM(A1)"))
        assets.create(work, new_asset("Any", terms={"persona": ("evil",)}))
    rows = table(shelf, PATH + "&persona=evil")
    assert {row["column"] for row in rows} == {"'=HYPERLINK(1)"}
    assert all(not value.startswith(("=", "@", "+")) for row in rows for value in row.values())
    assert {type(float(row["assets"])) for row in rows} == {float}


def test_only_who_edits_coverage_takes_it_away(shelf: Shelf) -> None:
    assert shelf.browser(REP).get(PATH).status_code == 403
    assert shelf.site.browser().get(PATH).status_code in (302, 303, 401)


def test_a_day_that_was_not_kept_is_no_file(shelf: Shelf) -> None:
    assert shelf.browser(MARKETER).get(PATH + "&as_of=2020-01-01").status_code == 404


def test_a_past_day_is_the_file_of_that_day(shelf: Shelf) -> None:
    shelf.put("Payback story", terms={"stage": ("negotiate",), "persona": ("developer",)})
    before = table(shelf)
    with shelf.site.services.catalog.look(SYSTEM) as look:
        snapshot = coverage.draw_snapshot(coverage.picture(look))
    shelf.site.do(coverage.take_snapshot, snapshot)
    shelf.site.clock.move(days=3)
    shelf.put("Another", terms={"stage": ("negotiate",), "persona": ("developer",)})
    assert table(shelf) != before
    assert table(shelf, PATH + "&as_of=2026-03-02") == before
