"""The coverage page as a table for a spreadsheet: one row a cell, the numbers of the screen."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from app.coverage_order import ordered
from app.coverage_page import Counted
from app.facets import value_label
from content_catalog import tabular
from content_catalog.coverage import AxisTerm, Cell, Need
from content_catalog.taxonomy import Taxonomy

COLUMNS = (
    "row",
    "column",
    "assets",
    "stale",
    "target",
    "searches",
    "requests",
    "planned",
    "verdict",
    "score",
    "not_counted",
    "unopened",
    "uses",
    "note",
    "filters",
    "as_of",
)
NO_REQUESTS = 0
Value = str | int | float | None


def table(counted: Counted, taxonomy: Taxonomy, zone: ZoneInfo) -> bytes:
    """UTF-8 with BOM, safe from formulas, in the order of the page, with every column unfolded.

    ``searches`` are those that showed nothing. ``requests`` is 0 as long as the library takes none,
    so that a sheet made today still fits then. ``filters`` and ``as_of`` stand in every row, so
    that a row copied elsewhere still says what it counts; days are those of ``zone``.
    """
    matrix = counted.matrix
    rows, cols = ordered(matrix, counted.criteria.order)
    columns: tuple[AxisTerm | None, ...] = cols if matrix.cols else (None,)
    said = (filters(counted, taxonomy), matrix.at.isoformat(timespec="seconds"))
    return tabular.write(
        COLUMNS,
        (
            (*_row(row, col, matrix.cells[row.id, col.id if col else None], zone), *said)
            for row in rows
            for col in columns
        ),
    )


def file_name(counted: Counted) -> str:
    """ "coverage-stage-persona-2026-03-02.csv"."""
    matrix = counted.matrix
    axes = [axis.dimension for axis in (matrix.rows, matrix.cols) if axis]
    return f"{'-'.join(['coverage', *axes, matrix.day.isoformat()])}.csv"


def filters(counted: Counted, taxonomy: Taxonomy) -> str:
    """ "Industry: Healthcare or Retail; Audience: Customer-ready; if everything planned is there"."""
    parts = []
    for key, values in counted.criteria.filters.items():
        dimension = taxonomy.dimension(key)
        labels = [value_label(taxonomy, key, value) for value in values]
        parts.append(f"{dimension.label if dimension else 'Audience'}: {' or '.join(labels)}")
    view = counted.matrix.view
    if view.shipped:
        parts.append("if everything planned is there")
    if view.expiring_days:
        parts.append(f"if everything due in {view.expiring_days} days has lapsed")
    return "; ".join(parts)


def _row(row: AxisTerm, col: AxisTerm | None, cell: Cell, zone: ZoneInfo) -> tuple[Value, ...]:
    return (
        row.label,
        col.label if col else None,
        cell.effective,
        cell.stale,
        cell.need.target,
        cell.demand.unanswered,
        NO_REQUESTS,
        cell.planned,
        cell.verdict.value,
        cell.score.total,
        cell.not_counted,
        cell.demand.unopened,
        cell.uses,
        _note(cell.need, zone),
    )


def _note(need: Need, zone: ZoneInfo) -> str:
    """Why nothing is needed here, who said so and when."""
    if need.needed:
        return ""
    day = need.at.astimezone(zone).date().isoformat() if need.at else ""
    who = ", ".join(part for part in (need.by_name, day) if part)
    told = f"Not needed: {need.why}" if need.why else "Not needed"
    return f"{told} ({who})" if who else told
