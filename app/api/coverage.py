"""Coverage over the API: the page's matrix, and what one of its cells is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from flask import request
from pydantic import ConfigDict, Field

from app import stretching
from app.api.asset_shapes import item, of_card
from app.api.coverage_shapes import (
    AxisItem,
    AxisValue,
    CellItem,
    CoverageAnswer,
    CoverageCellAnswer,
    NearItem,
    NotCountedItem,
    PlannedItem,
    WhatIf,
    cell_item,
    declared_item,
    planned_item,
    searches,
    totals_item,
)
from app.api.door import BINARY, operation
from app.api.shapes import MOST_PER_PAGE, AssetItem, Input, PageNumber, PerPage, Text
from app.coverage_counted import count_exactly
from app.coverage_order import ordered
from app.coverage_page import Counted
from app.coverage_view import from_pairs, search_url
from app.views import coverage_export
from app.wiring import look, services
from content_catalog import Permission, assets, coverage, taxonomy
from content_catalog.coverage import Axis, AxisTerm, Cell, Evidence, Matrix, Picture, View
from content_catalog.errors import NotFound
from content_catalog.taxonomy import Taxonomy

NEAR = 6
Values = Annotated[list[Text], Field(default=[])]


class CoverageQuery(Input):
    """``rows`` and ``cols`` are dimensions, ``cols=none`` asks for a list. Every dimension narrows,
    and so does ``audience``: a key may repeat, OR within one, AND between them. ``as_of`` is a day
    that was kept. ``what_if`` is ``planned``, 30, 60 or 90. A value that means nothing is left out,
    and ``notices`` says so."""

    model_config = ConfigDict(extra="ignore")

    rows: Text = "stage"
    cols: Text = "persona"
    persona: Values
    stage: Values
    tollgate: Values
    type: Values
    audience: Values
    industry: Values
    product: Values
    competitor: Values
    region: Values
    language: Values
    sort: Text = "pipeline"
    as_of: Text = ""
    what_if: Values


class CoverageCellQuery(CoverageQuery):
    """The page's query, and which cell of it: terms by slug, label or alias."""

    row: Text
    col: Text = ""
    page: PageNumber = 1
    per_page: PerPage = MOST_PER_PAGE


@operation(
    "GET",
    "/coverage",
    Permission.SEE_COVERAGE,
    query=CoverageQuery,
    answer=CoverageAnswer,
    rate="search",
    names=True,
)
def show_coverage(query: CoverageQuery) -> Any:
    """What is there for whom: every cell of two dimensions, or of one, with totals."""
    counted, terms = _counted(query), taxonomy.read(look())
    criteria, picture, matrix = counted.criteria, counted.picture, counted.matrix
    rows, cols = ordered(matrix, criteria.order)
    col_ids = [col.id for col in cols] if matrix.cols else [None]
    return CoverageAnswer(
        as_of=matrix.at,
        day=matrix.day,
        past=picture.past,
        what_if=WhatIf(planned=criteria.shipped, expiring_days=criteria.expiring_days),
        filters={key: list(values) for key, values in criteria.filters.items()},
        row_axis=_axis(matrix.rows),
        col_axis=_axis(matrix.cols) if matrix.cols else None,
        rows=[_value(matrix, row, of_rows=True) for row in rows],
        cols=[_value(matrix, col, of_rows=False) for col in cols],
        cells=[
            _cell(matrix, matrix.cells[row.id, col_id], terms, past=picture.past)
            for row in rows
            for col_id in col_ids
        ],
        totals=totals_item(matrix.total),
        declared=declared_item(matrix.declared),
        met_share=matrix.met_share,
        weights=matrix.weights,
        url=criteria.url(),
        notices=list(counted.notices),
    )


@operation(
    "GET",
    "/coverage/cell",
    Permission.SEE_COVERAGE,
    query=CoverageCellQuery,
    answer=CoverageCellAnswer,
    rate="search",
    names=True,
)
def show_coverage_cell(query: CoverageCellQuery) -> Any:
    """Which assets count in a cell, which do not and why, and what was searched for in vain."""
    counted, terms = _counted(query), taxonomy.read(look())
    picture, matrix = counted.picture, counted.matrix
    row = _term(matrix.rows, query.row, terms)
    col = _term(matrix.cols, query.col, terms) if matrix.cols else None
    found = coverage.evidence(picture, matrix.view, row.id, col.id if col else None)
    shown = _Shown(picture, found, query.page, query.per_page)
    cards = {card.id: item(card) for card in assets.cards(look(), shown.ids)}
    return CoverageCellAnswer(
        as_of=matrix.at,
        day=matrix.day,
        past=picture.past,
        row=_axis(matrix.rows),
        col=_axis(matrix.cols) if matrix.cols else None,
        cell=_cell(matrix, found.cell, terms, past=picture.past),
        page=query.page,
        per_page=query.per_page,
        counted=_known(cards, shown.counted),
        not_counted=[
            NotCountedItem(asset=cards[one.asset_id], reasons=list(one.reasons))
            for one in shown.not_counted
            if one.asset_id in cards
        ],
        searches=searches(found),
        searches_total=sum(search.count for search in found.searches),
        requests=[],
        planned=_planned(found, picture, terms),
        near=_near(found, picture, matrix.view),
        notices=list(counted.notices),
    )


@operation(
    "GET",
    "/coverage.csv",
    Permission.EDIT_COVERAGE,
    query=CoverageQuery,
    rate="search",
    media_type=BINARY,
    names=True,
)
def export_coverage(**_query: CoverageQuery) -> Any:
    """The same numbers as a table, a row for each cell: UTF-8 with a BOM."""
    return coverage_export.file()


class _Shown:
    """The part of a cell's evidence that one answer holds."""

    def __init__(self, picture: Picture, found: Evidence, page: int, per_page: int) -> None:
        first = (page - 1) * per_page

        def by_use(asset_id: int) -> tuple[int, int]:
            return -int(picture.uses[asset_id]), asset_id

        self.counted = sorted(found.counted, key=by_use)[first : first + per_page]
        rest = sorted(found.not_counted, key=lambda one: by_use(one.asset_id))
        self.not_counted = rest[first : first + per_page]

    @property
    def ids(self) -> list[int]:
        return [*self.counted, *(one.asset_id for one in self.not_counted)]


def _counted(_query: CoverageQuery) -> Counted:
    """Read from the address, where every dimension is a key, those that an admin added too."""
    reading = from_pairs(request.args.items(multi=True), taxonomy.read(look()))
    return count_exactly(look(), reading)


def _cell(matrix: Matrix, cell: Cell, terms: Taxonomy, *, past: bool) -> CellItem:
    return cell_item(matrix, cell, terms, search_url(matrix, cell, terms, past=past))


def _term(axis: Axis, text: str, terms: Taxonomy) -> AxisTerm:
    """Raises ``NotFound`` for what is no row or column of this page."""
    resolved = taxonomy.resolve(terms, axis.dimension, text)
    known = {term.slug: term for term in axis.terms}
    found = known.get(text) or (known.get(resolved.slug) if resolved else None)
    if found is not None:
        return found
    raise NotFound(axis.label.lower(), text[:60])


def _known(cards: dict[int, AssetItem], ids: Iterable[int]) -> list[AssetItem]:
    """An asset of an older picture may be gone, or may be hidden by now."""
    return [cards[asset_id] for asset_id in ids if asset_id in cards]


def _near(found: Evidence, picture: Picture, view: View) -> list[NearItem]:
    """None in an older picture: how that library could have been stretched helps nobody."""
    if picture.past:
        return []
    near = stretching.near(look(), services().index, picture, view, found, NEAR)
    return [NearItem(**of_card(one.card), why=one.why, mapped=one.mapped) for one in near]


def _planned(found: Evidence, picture: Picture, terms: Taxonomy) -> list[PlannedItem]:
    if picture.past or not found.planned:
        return []
    ends = frozenset(end.id for end in (found.row, found.col) if end)
    items = coverage.plan_items(look(), terms=ends)
    return [planned_item(one, terms) for one in items if one.id in found.planned]


def _axis(axis: Axis) -> AxisItem:
    return AxisItem(dimension=axis.dimension, label=axis.label)


def _value(matrix: Matrix, term: AxisTerm, *, of_rows: bool) -> AxisValue:
    totals = matrix.row_totals[term.id] if of_rows else matrix.col_totals[term.id]
    return AxisValue(
        value=term.slug, label=term.label, phase=term.phase, totals=totals_item(totals)
    )
