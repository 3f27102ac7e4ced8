"""The searches behind the demand of a coverage page: those of a cell, and those that fit none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app import coverage_words
from app.coverage_controls import chips, supposition
from app.coverage_page import Counted, current_cell
from app.criteria import Criteria, report_url
from app.facets import dimension_label, value_label
from app.search_page import Chip
from app.words import listed, within
from content_catalog import coverage, taxonomy
from content_catalog.coverage import FailedSearch, Matrix
from content_catalog.database import Work
from content_catalog.taxonomy import Taxonomy

SHOWN = 200  # the rest are single searches that nobody reads one by one; their number is told


@dataclass(frozen=True, slots=True)
class SearchRow:
    """``words`` is empty where only filters were set. ``url`` shows the same search.
    ``missing`` says which axis it names no term of."""

    words: str
    filters: tuple[str, ...]
    how: str
    count: int
    url: str
    missing: str


@dataclass(frozen=True, slots=True)
class SearchesPage:
    """``total`` counts searches; ``more`` of them are not among the rows."""

    title: str
    text: str
    view: str
    counted_at: datetime
    supposed: str
    chips: tuple[Chip, ...]
    rows: tuple[SearchRow, ...]
    total: int
    more: int
    kept: bool
    tabs: tuple[tuple[str, str, bool], ...]
    back_url: str


def page(look: Work, counted: Counted) -> SearchesPage:
    """Those of the cell that the address names, or those that could not be placed."""
    criteria, matrix, terms = counted.criteria, counted.matrix, taxonomy.read(look)
    cell = current_cell(counted)
    if cell is None:
        found = coverage.unplaced(counted.picture, criteria.view())
        title = "Searches that could not be placed"
        text = "They name no term of an axis or of a filter set here, neither by their filters nor in words. An alias helps."
    else:
        evidence = coverage.evidence(counted.picture, criteria.view(), cell.row_id, cell.col_id)
        found = evidence.searches
        title = f"Searches for {listed(list(coverage_words.names(matrix, cell)))}"
        text = "Failed searches of 90 days that name this cell, by filters or in their words."
    total = sum(search.count for search in found)
    shown = found[:SHOWN]
    return SearchesPage(
        title=title,
        text=text,
        view=" × ".join(axis.label for axis in (matrix.rows, matrix.cols) if axis),
        counted_at=matrix.at,
        supposed=supposition(criteria),
        chips=chips(criteria, terms),
        rows=tuple(_row(search, matrix, terms) for search in shown),
        total=total,
        more=total - sum(search.count for search in shown),
        kept=not counted.picture.past,
        tabs=(),
        back_url=criteria.url(),
    )


def _row(search: FailedSearch, matrix: Matrix, terms: Taxonomy) -> SearchRow:
    return SearchRow(
        words=search.words or "",
        filters=tuple(_filter(terms, key, slugs) for key, slugs in search.filters.items()),
        how=coverage_words.OUTCOMES[search.outcome],
        count=search.count,
        url=report_url(Criteria(search.words or "", search.filters)),
        missing=_missing(search, matrix, terms),
    )


def _filter(terms: Taxonomy, key: str, slugs: Sequence[str]) -> str:
    labels = listed([value_label(terms, key, slug) for slug in slugs])
    return f"{dimension_label(terms, key)}: {labels}"


def _missing(search: FailedSearch, matrix: Matrix, terms: Taxonomy) -> str:
    axes = {axis.dimension: axis.label for axis in (matrix.rows, matrix.cols) if axis}
    narrowed = {
        key: terms.by_slug[key].label for key in matrix.view.filters if key in terms.by_slug
    }
    lacking = [within(v) for key, v in (axes | narrowed).items() if not search.places.get(key)]
    return f"Names no {listed(lacking, last='and no')}" if lacking else ""
