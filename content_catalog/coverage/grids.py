"""A matrix's numbers as few bytes: a trend reads half a year of them for one cell."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from content_catalog.coverage.types import REACHED, Cell, Matrix, Totals

Numbers = NDArray[np.int32]
WHOLE = np.dtype("<i4")  # named by its byte order, so that files may move between machines
NO_TERM = 0  # stands for the one column of a list; ids begin at 1


@dataclass(frozen=True, eq=False)
class Grid:
    """Term ids of rows and columns, the (effective, demand) of each, and for each cell (effective,
    demand, met, needed), the last two 1 or 0."""

    row_ids: Numbers
    col_ids: Numbers
    row_totals: Numbers
    col_totals: Numbers
    cells: Numbers

    def numbers(self, row_id: int | None, col_id: int | None) -> tuple[int, ...] | None:
        """Effective, demand, met and needed of a cell, or of a whole row or column when only that
        is named, as in a list; ``None`` when a term is not there."""
        row, col = _place(self.row_ids, row_id), _place(self.col_ids, col_id)
        if row == -1 or col == -1:
            return None
        if row is not None and col is not None:
            return tuple(self.cells[row, col].tolist())
        totals, cells = (
            (self.row_totals[row], self.cells[row])
            if row is not None
            else (self.col_totals[col], self.cells[:, col])
        )
        return (*totals.tolist(), *cells[:, 2:].sum(axis=0).tolist())


def pack(made: Matrix) -> bytes:
    """Sizes, ids, totals and cells after each other, compressed."""
    row_ids = [term.id for term in made.rows.terms]
    col_ids: list[int | None] = [t.id for t in made.cols.terms] if made.cols else [None]
    parts: list[Sequence[int]] = [
        (len(row_ids), len(col_ids)),
        row_ids,
        [col_id or NO_TERM for col_id in col_ids],
        *(_pair(made.row_totals[row_id]) for row_id in row_ids),
        *(_pair(made.col_totals[col_id]) for col_id in col_ids),
        *(_four(made.cells[row_id, col_id]) for row_id in row_ids for col_id in col_ids),
    ]
    return zlib.compress(np.array([n for part in parts for n in part], dtype=WHOLE).tobytes())


def unpack(data: bytes) -> Grid:
    """What ``pack`` made."""
    found = np.frombuffer(zlib.decompress(data), dtype=WHOLE)
    rows, cols = found[:2].tolist()
    ends = np.cumsum([2, rows, cols, 2 * rows, 2 * cols])
    _, row_ids, col_ids, row_totals, col_totals, cells = np.split(found, ends)
    return Grid(
        row_ids,
        col_ids,
        row_totals.reshape(rows, 2),
        col_totals.reshape(cols, 2),
        cells.reshape(rows, cols, 4),
    )


def is_met(cell: Cell) -> bool:
    return cell.verdict in REACHED


def _place(ids: Numbers, term_id: int | None) -> int | None:
    """Where a term stands; -1 when it does not, ``None`` when none is asked for."""
    if term_id is None:
        return None
    found = np.flatnonzero(ids == term_id)
    return int(found[0]) if len(found) else -1


def _pair(totals: Totals) -> tuple[int, int]:
    return totals.effective, totals.demand.unanswered


def _four(cell: Cell) -> tuple[int, int, int, int]:
    return cell.effective, cell.demand.unanswered, int(is_met(cell)), int(cell.need.needed)
