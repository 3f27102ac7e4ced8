"""The order of a matrix's rows and columns, the same on the page and in files."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from content_catalog.coverage.types import AxisTerm, Cell, Matrix, Order, Totals, Verdict

Key = Callable[[AxisTerm], tuple[int, ...]]


def ordered(matrix: Matrix, order: Order) -> tuple[tuple[AxisTerm, ...], tuple[AxisTerm, ...]]:
    """Rows and columns: in pipeline order, most gaps first, or most unanswered searches first.

    Where two are alike the pipeline decides. Without columns the second is empty.
    """
    rows = matrix.rows.terms
    cols = matrix.cols.terms if matrix.cols else ()
    if order is Order.PIPELINE:
        return rows, cols
    if order is Order.GAPS:
        of_row, of_col = _by_axis(matrix)
        return _sorted(rows, _gaps(of_row)), _sorted(cols, _gaps(of_col))
    of_rows = dict(matrix.row_totals)
    of_cols = {key: total for key, total in matrix.col_totals.items() if key is not None}
    return _sorted(rows, _wanted(of_rows)), _sorted(cols, _wanted(of_cols))


def _sorted(terms: Iterable[AxisTerm], key: Key) -> tuple[AxisTerm, ...]:
    return tuple(sorted(terms, key=key))  # stable: what is alike stays in pipeline order


def _by_axis(matrix: Matrix) -> tuple[dict[int, list[Cell]], dict[int, list[Cell]]]:
    rows: dict[int, list[Cell]] = {}
    cols: dict[int, list[Cell]] = {}
    for cell in matrix.cells.values():
        rows.setdefault(cell.row_id, []).append(cell)
        if cell.col_id is not None:
            cols.setdefault(cell.col_id, []).append(cell)
    return rows, cols


def _gaps(cells: dict[int, list[Cell]]) -> Key:
    def key(term: AxisTerm) -> tuple[int, ...]:
        of_term = [cell.verdict for cell in cells.get(term.id, ())]
        return -of_term.count(Verdict.GAP), -of_term.count(Verdict.THIN)

    return key


def _wanted(totals: dict[int, Totals]) -> Key:
    def key(term: AxisTerm) -> tuple[int, ...]:
        found = totals.get(term.id)
        return (-found.demand.unanswered if found else 0,)

    return key
