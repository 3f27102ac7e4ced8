"""Coverage for programs: the shapes that scripts rely on, and what a rep is not told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from make import new_asset
from programs import Program, error_of
from shelf import MARKETER, Shelf

from content_catalog import SYSTEM, analytics, assets, coverage, taxonomy
from content_catalog.analytics import SearchRecord
from content_catalog.assets import Status
from content_catalog.coverage import NeedRecord, NewPlanItem

HERE = {"stage": ("evaluate",), "persona": ("economic-buyer",)}
CELL = "/coverage/cell?rows=stage&cols=persona&row=evaluate&col=economic-buyer"


def term(shelf: Shelf, dimension: str, slug: str) -> int:
    found = shelf.site.ask(taxonomy.read).term(dimension, slug)
    assert found
    return int(found.id)


def cell_of(told: dict[str, Any], row: str, col: str | None) -> dict[str, Any]:
    (found,) = [c for c in told["cells"] if (c["row"], c["col"]) == (row, col)]
    return dict(found)


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    """One asset counts at Evaluate for the economic buyer, one is overdue, one is a draft; there is
    a need, a plan and a search in vain."""
    today = shelf.site.clock().date()
    put = {
        "Payback story": {},
        "Old story": {"review_by": today - timedelta(days=1)},
        "Secret story": {"status": Status.DRAFT},
    }
    for title, more in put.items():
        shelf.site.do(assets.create, new_asset(title, terms=HERE, **more))
    shelf.site.do(assets.create, new_asset("Elsewhere", terms={"stage": ("propose",)}))
    ends = [term(shelf, dimension, slugs[0]) for dimension, slugs in HERE.items()]
    need = NeedRecord(*ends, target=4, buyer_believes="It pays back within a year.")
    shelf.site.do(coverage.set_need, need)
    new = NewPlanItem("One page on payback", frozenset(ends), owner_email=MARKETER)
    shelf.site.do(coverage.plan, new)
    shelf.site.do(
        analytics.record_search, SearchRecord("10-Q for a CFO", {"stage": ("evaluate",)}, 0, 1)
    )
    shelf.index()
    return shelf


def test_the_shape_that_scripts_rely_on(stocked: Shelf, marketer: Program) -> None:
    told = marketer.read("/coverage?rows=stage&cols=persona")
    assert told["as_of"].endswith("Z")
    assert {"value", "label"} <= told["rows"][0].keys() & told["cols"][0].keys()
    assert [row["value"] for row in told["rows"]][:3] == ["prospect", "discover", "evaluate"]
    cell = cell_of(told, "evaluate", "economic-buyer")
    assert {k: cell[k] for k in ("needed", "target", "effective", "not_counted", "planned")} == {
        "needed": True,
        "target": 4,
        "effective": 1,
        "not_counted": 2,
        "planned": 1,
    }
    assert (cell["demand"], cell["verdict"], cell["score"]) == (1, "thin", 32.0)
    parts = cell["score_parts"]
    assert parts["total"] == sum(parts[k] for k in ("missing", "unanswered", "unopened", "use"))
    assert parts["sample"] == 1
    assert cell["need"]["buyer_believes"] == ["It pays back within a year."]
    assert told["declared"] | {"stale": 1} == {
        "live_assets": 3,
        "counted_assets": 1,
        "unmapped": 1,
        "review_overdue": 1,
        "unverified": 3,
        "multi_mapped": 0,
        "stale": 1,
        "unplaced_searches": 0,
    }
    assert marketer.read(cell["search_url"].replace("/?", "/search?"))["total"] == 1


def test_a_cell_names_its_evidence(stocked: Shelf, marketer: Program) -> None:
    told = marketer.read(CELL)
    assert [asset["title"] for asset in told["counted"]] == ["Payback story"]
    assert {one["asset"]["title"]: one["reasons"] for one in told["not_counted"]} == {
        "Old story": ["review_overdue"],
        "Secret story": ["draft"],
    }
    assert [(s["query"], s["count"], s["outcome"]) for s in told["searches"]] == [
        ("10-Q for a CFO", 1, "none_found")
    ]
    assert told["requests"] == []
    assert [(item["title"], item["state"]) for item in told["planned"]] == [
        ("One page on payback", "proposed")
    ]
    assert (
        marketer.read(CELL.replace("evaluate", "Evaluate").replace("economic-buyer", "CFO"))
        | {"as_of": told["as_of"]}
        == told
    )


def test_a_cell_could_be_filled_from_beside_it(stocked: Shelf, marketer: Program) -> None:
    near = marketer.read(CELL.replace("row=evaluate", "row=propose"))["near"]
    assert "Payback story" in [asset["title"] for asset in near]
    assert all(asset["why"] for asset in near)


def test_long_lists_come_by_the_page_the_most_used_first(stocked: Shelf, marketer: Program) -> None:
    with stocked.site.services.catalog.work(SYSTEM) as work:
        made = [assets.create(work, new_asset(f"More {n}", terms=HERE)) for n in range(3)]
        analytics.record_use(work, made[2], analytics.Event.OPENED)
    first = marketer.read(f"{CELL}&per_page=2")
    second = marketer.read(f"{CELL}&per_page=2&page=2")
    titles = [a["title"] for told in (first, second) for a in told["counted"]]
    assert titles == ["More 2", "Payback story", "More 0", "More 1"]
    assert first["cell"]["effective"] == second["cell"]["effective"] == 4
    assert [len(told["not_counted"]) for told in (first, second)] == [2, 0]


def test_P_a_rep_gets_numbers_of_searches_without_their_words(stocked: Shelf, rep: Program) -> None:
    told = rep.read(CELL)
    assert (told["searches"], told["searches_total"]) == ([], 1)
    assert told["cell"]["demand"] == 1
    assert [one["asset"]["title"] for one in told["not_counted"]] == ["Old story"]
    answers = rep.get(CELL).text + rep.get("/coverage").text
    assert "10-Q" not in answers
    assert "Secret" not in answers


def test_a_list_has_no_columns(stocked: Shelf, marketer: Program) -> None:
    told = marketer.read("/coverage?rows=stage&cols=none&stage=evaluate&stage=propose")
    assert (told["cols"], told["col_axis"]) == ([], None)
    assert [(c["row"], c["col"], c["effective"]) for c in told["cells"]] == [
        ("evaluate", None, 1),
        ("propose", None, 1),
    ]
    one = marketer.read("/coverage/cell?rows=stage&cols=none&row=evaluate")
    assert [asset["title"] for asset in one["counted"]] == ["Payback story"]


def test_order_what_if_and_what_was_not_understood(stocked: Shelf, marketer: Program) -> None:
    told = marketer.read("/coverage?sort=demand&what_if=planned&persona=nobody")
    assert told["rows"][0]["value"] == "evaluate"
    assert told["what_if"] == {"planned": True, "expiring_days": 0}
    cell = cell_of(told, "evaluate", "economic-buyer")
    assert (cell["effective"], cell["search_url"]) == (2, None)
    assert told["notices"] == ["There is no persona “nobody”, so it was left out."]
    assert told["url"] == "/coverage?sort=demand&what_if=planned"


def test_an_added_dimension_is_an_axis_and_a_filter(stocked: Shelf, admin: Program) -> None:
    admin.post("/taxonomy/dimensions", {"slug": "size", "label": "Size"})
    admin.post("/taxonomy/dimensions/size/terms", {"label": "Small"})
    told = admin.read("/coverage?rows=size&cols=stage&size=small")
    assert [row["value"] for row in told["rows"]] == ["small"]
    assert told["filters"] == {"size": ["small"]}
    assert told["declared"]["live_assets"] == 0


@pytest.mark.parametrize(
    "path", ["/coverage?as_of=2020-01-01", CELL + "x", CELL + "&as_of=2020-01-01"]
)
def test_what_is_not_there_is_not_found(stocked: Shelf, marketer: Program, path: str) -> None:
    answer = marketer.get(path)
    assert answer.status_code == 404
    assert error_of(answer)["code"] == "not_found"


@pytest.mark.parametrize("query", ["", "?rows=persona&cols=none&what_if=30&persona=developer"])
def test_the_table_is_that_of_the_page(stocked: Shelf, marketer: Program, query: str) -> None:
    ours = marketer.get(f"/coverage.csv{query}")
    theirs = stocked.browser(MARKETER).get(f"/coverage.csv{query}")
    assert (ours.status_code, ours.mimetype) == (200, "text/csv")
    assert ours.data == theirs.data
    assert b"\r\n" in ours.data
    name = "Content-Disposition"
    assert ours.headers[name] == theirs.headers[name]


def test_the_table_needs_the_right_to_take_it_away(stocked: Shelf, rep: Program) -> None:
    answer = rep.get("/coverage.csv")
    assert answer.status_code == 403
    assert error_of(answer)["code"] == "not_allowed"
    assert stocked.site.browser().get("/api/v1/coverage.csv").status_code == 401
