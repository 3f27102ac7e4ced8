"""Coverage beside a second count from the tables: page by page, cell by cell, file and search too."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from coverage_library import CORPUS, MARKER, corpus_library, opened, random_library, words
from programs import Program, program
from recount import Books, Cell, Page
from shelf import MARKETER, REP, Shelf

from app import finding, indexing
from app.criteria import from_pairs
from content_catalog import SYSTEM, assets, coverage, taxonomy
from content_catalog.coverage import NeedRecord
from content_catalog.taxonomy import DimensionEdit

PAIRS = [("stage", "persona"), ("tollgate", "persona"), ("type", "industry"), ("stage", None)]
FILTERS: list[dict[str, list[str]]] = [
    {},
    {"persona": ["economic-buyer"]},
    {"audience": ["customer_ready"]},
    {"industry": ["public-sector", "telecom"]},
    {"persona": ["economic-buyer", "developer"], "audience": ["internal"]},
]


pytestmark = pytest.mark.xdist_group("recount")  # one process makes the libraries, once


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with opened(tmp_path, *random_library(seed=1)) as shelf:
        yield shelf


def query(rows: str, cols: str | None, filters: dict[str, list[str]], **more: Any) -> str:
    asked = [("rows", rows), ("cols", cols or "none"), *more.items()]
    asked += [(key, slug) for key, chosen in filters.items() for slug in chosen]
    return urlencode(asked)


def books_of(shelf: Shelf) -> Books:
    return Books(shelf.site.services.catalog.sqlite_path, shelf.site.clock())


def numbers(page: Page, cell: Cell) -> dict[str, Any]:
    return {
        "needed": cell.needed,
        "target": cell.target,
        "effective": cell.effective,
        "missing": cell.missing,
        "not_counted": len(cell.mapped) - len(cell.counted),
        "stale": len(cell.stale),
        "planned": len(cell.planned),
        "demand": cell.failed["none_found"] + cell.failed["filtered"],
        **cell.failed,
        "uses": cell.uses,
        "verdict": cell.verdict,
        "score": page.score(cell),
    }


def same(books: Books, page: Page, told: dict[str, Any]) -> None:
    """Every cell, total and declared number."""

    def slug(term_id: int | None) -> str | None:
        return books.terms[term_id]["slug"] if term_id else None

    cells = {(slug(r), slug(c)): cell for (r, c), cell in page.cells.items()}
    assert {(c["row"], c["col"]) for c in told["cells"]} == cells.keys()
    for shown in told["cells"]:
        place = shown["row"], shown["col"]
        wanted = numbers(page, cells[place])
        assert {"place": place, **{k: shown[k] for k in wanted}} == {"place": place, **wanted}
    for axis, at in (("rows", 0), ("cols", 1)):
        for shown in told[axis]:
            keys = [key for key in page.cells if slug(key[at]) == shown["value"]]
            wanted = page.totals(keys)
            assert {k: shown["totals"][k] for k in wanted} == wanted, shown["value"]
    wanted = page.totals(page.cells)
    assert {k: told["totals"][k] for k in wanted} == wanted
    assert told["declared"] == page.declared()


def same_in_file(books: Books, page: Page, data: bytes) -> None:
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    label = {i: term["label"] for i, term in books.terms.items()} | {None: ""}
    wanted = [
        {
            "row": label[r],
            "column": label[c],
            "assets": cell.effective,
            "stale": len(cell.stale),
            "target": cell.target,
            "searches": cell.failed["none_found"] + cell.failed["filtered"],
            "requests": 0,
            "planned": len(cell.planned),
            "verdict": cell.verdict,
            "score": page.score(cell),
            "not_counted": len(cell.mapped) - len(cell.counted),
            "unopened": cell.failed["unopened"],
            "uses": cell.uses,
        }
        for (r, c), cell in page.cells.items()
    ]
    shown = [
        {
            k: v if k in ("row", "column", "verdict") else float(v)
            for k, v in row.items()
            if k in one
        }
        for row, one in zip(rows, wanted, strict=True)
    ]
    assert shown == wanted


def every_page(
    shelf: Shelf,
    pairs: Sequence[tuple[str, str | None]],
    narrowed: Sequence[dict[str, list[str]]] = FILTERS,
    **more: Any,
) -> int:
    """Of a marketer and of a rep; the number of cells compared."""
    books, compared = books_of(shelf), 0
    known = {term["slug"] for term in books.terms.values()} | {"customer_ready", "internal"}
    marketer, rep = (program(shelf.site, email) for email in (MARKETER, REP))
    browser = shelf.browser(MARKETER)
    for rows, cols in pairs:
        for filters in narrowed:
            chosen = {k: [v for v in values if v in known] for k, values in filters.items()}
            asked = query(rows, cols, chosen, **more)
            supposed = {
                "shipped": more.get("what_if") == "planned",
                "expiring": 60 if more.get("what_if") == "60" else 0,
            }
            for who, is_rep in ((marketer, False), (rep, True)):
                page = Page(books, rows, cols, chosen, rep=is_rep, **supposed)
                same(books, page, who.read(f"/coverage?{asked}"))
                compared += len(page.cells)
            page = Page(books, rows, cols, chosen, **supposed)
            same_in_file(books, page, browser.get(f"/coverage.csv?{asked}").data)
    return compared


def test_every_number_of_a_random_library_is_that_of_a_second_count(shelf: Shelf) -> None:
    assert every_page(shelf, PAIRS) > 1000


@pytest.mark.parametrize("what_if", ["planned", "60"])
def test_a_what_if_is_counted_alike(shelf: Shelf, what_if: str) -> None:
    assert every_page(shelf, PAIRS[:1], what_if=what_if) > 300


def test_a_retired_term_is_no_column_and_leaves_its_assets_unmapped(shelf: Shelf) -> None:
    terms = words(shelf)
    gone, heir = terms.by_slug["persona"].live[3:5]
    shelf.site.do(taxonomy.retire_term, gone.id, heir.slug)
    shelf.site.do(taxonomy.retire_term, terms.by_slug["stage"].live[1].id)
    every_page(shelf, PAIRS[:2])


def evidence(who: Program, rows: str, cols: str | None, row: str, col: str | None) -> Any:
    where = {"rows": rows, "cols": cols or "none", "row": row, "col": col or ""}
    return who.read(f"/coverage/cell?{urlencode(where)}")


def test_every_reason_in_every_cell_is_that_of_a_second_count(shelf: Shelf) -> None:
    books = books_of(shelf)
    for email, is_rep in ((MARKETER, False), (REP, True)):
        who, page = program(shelf.site, email), Page(books, "stage", "persona", {}, rep=is_rep)
        seen: set[str] = set()
        some = list(page.cells.items())[:: 5 if is_rep else 1]
        for (row, col), cell in some:
            slug = [books.terms[i]["slug"] for i in (row, col) if i]
            told = evidence(who, "stage", "persona", slug[0], slug[1])
            reasons = {one["asset"]["id"]: one["reasons"] for one in told["not_counted"]}
            assert {asset["id"] for asset in told["counted"]} == cell.counted
            assert reasons == {i: why for i, why in cell.mapped.items() if why}
            assert told["searches_total"] == sum(cell.failed.values())
            assert sum(s["count"] for s in told["searches"]) == (
                0 if is_rep else told["searches_total"]
            )
            assert {item["id"] for item in told["planned"]} == cell.planned
            seen |= {why for found in reasons.values() for why in found}
        assert seen <= SEEN_BY_REP if is_rep else seen == SEEN_BY_REP | {"draft", "archived"}


SEEN_BY_REP = {"expired", "review_overdue", "wrong_type", "internal", "unreadable"}


def links_hold(shelf: Shelf, asked: str, email: str = MARKETER) -> int:
    """The search behind each cell shows exactly its number; how many cells have one."""
    indexing.sync_all(shelf.site.services)
    site, held = shelf.site, 0
    told = program(site, email).read(f"/coverage?{asked}")
    with site.services.catalog.look(SYSTEM) as look:
        terms = taxonomy.read(look)
        for cell in told["cells"]:
            if cell["search_url"] is None:
                continue
            read = from_pairs(parse_qsl(cell["search_url"].partition("?")[2]), terms)
            assert read.notices == ()
            found = finding.find(look, site.services.index, read.criteria, counts_only=True)
            assert not found.page.degraded
            assert found.page.total == cell["effective"], cell
            held += 1
    return held


@pytest.mark.parametrize("rows", ["stage", "tollgate"])
def test_the_search_behind_a_cell_shows_exactly_its_number(shelf: Shelf, rows: str) -> None:
    cells = len(Page(books_of(shelf), rows, "persona", {}).cells)
    assert links_hold(shelf, query(rows, "persona", {})) == cells
    assert links_hold(shelf, query(rows, "persona", {"audience": ["customer_ready"]})) == cells


def test_a_search_that_cannot_say_it_is_not_offered(shelf: Shelf) -> None:
    """Rows and needs that both name content types, and pictures that are not of now."""
    assert links_hold(shelf, query("type", "industry", {})) > 30
    assert links_hold(shelf, query("stage", "persona", {"type": ["deck", "case_study"]})) > 30
    for what_if in ("planned", "30"):
        assert links_hold(shelf, query("stage", "persona", {}, what_if=what_if)) == 0


def test_where_assets_have_several_types_no_link_claims_what_it_does_not_show(
    shelf: Shelf,
) -> None:
    """A filter by two types and a need of two others meet in no list of types."""
    kind = words(shelf).by_slug["type"]
    edit = DimensionEdit(kind.version, kind.label, kind.plural, kind.definition, True, kind.ordered)
    shelf.site.do(taxonomy.edit_dimension, "type", edit)
    one, two, three = kind.live[:3]
    here = {"stage": ("evaluate",), "persona": ("economic-buyer",)}
    for types in ((one, three), (two,), (three,), (one,)):
        shelf.put("Story", terms=here | {"type": tuple(t.slug for t in types)})
    ends = [words(shelf).term(dimension, slugs[0]) for dimension, slugs in here.items()]
    ids = [term.id for term in ends if term]
    version = shelf.site.ask(coverage.need_record, *ids).version
    need = NeedRecord(*ids, types=frozenset({one.id, two.id}), version=version)
    shelf.site.do(coverage.set_need, need)
    chosen = [two.slug, three.slug]
    every_page(shelf, PAIRS[:1], [{"type": chosen}])
    cells = len(Page(books_of(shelf), "stage", "persona", {}).cells)
    assert 30 < links_hold(shelf, query("stage", "persona", {"type": chosen})) < cells


def asked_of(who: Program) -> Iterator[str]:
    """Everything that a program reads of coverage, without the time of reading."""
    for rows, cols in PAIRS:
        told = who.read(f"/coverage?{query(rows, cols, {})}")
        del told["as_of"]
        yield repr(told)
    for row in ("evaluate", "propose"):
        for col in ("economic-buyer", "developer"):
            told = evidence(who, "stage", "persona", row, col)
            del told["as_of"]
            yield repr(told)


def test_P03_a_rep_reads_coverage_as_if_nothing_else_were_there(shelf: Shelf) -> None:
    indexing.sync_all(shelf.site.services)
    rep = program(shelf.site, REP)
    before = list(asked_of(rep))
    assert MARKER not in "".join(before)
    page = shelf.browser(REP).get("/coverage?cell=evaluate.economic-buyer").text
    assert "drill" in page
    assert MARKER not in page
    assert MARKER in "".join(asked_of(program(shelf.site, MARKETER)))
    for asset_id in shelf.site.ask(assets.all_ids):
        if MARKER in shelf.site.ask(assets.page, asset_id).card.title:
            shelf.site.do(assets.erase, asset_id)
    indexing.sync_all(shelf.site.services)
    assert list(asked_of(rep)) == before


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the real corpus is not beside the checkout")
def test_the_corpus_is_counted_alike_and_its_links_hold(tmp_path: Path) -> None:
    with opened(tmp_path, *corpus_library()) as shelf:
        assert every_page(shelf, PAIRS, FILTERS[:4]) > 1000
        assert links_hold(shelf, query("stage", "persona", {})) > 50
        assert links_hold(shelf, query("tollgate", "persona", {})) > 70
