"""Assets that could be stretched to fit a cell, by the terms they carry already."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap

from content_catalog.coverage.counting import of
from content_catalog.coverage.picture import Picture
from content_catalog.coverage.types import Axis, View

NEXT_DOOR, ONE_SIDE_OPEN, ONE_SIDE = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Neighbour:
    """``nearness``: 3 stands in a neighbouring cell, 2 fits one side and is unmapped on the other,
    1 fits one side."""

    asset_id: int
    nearness: int
    uses: int


def could_fit(picture: Picture, view: View, row_id: int, col_id: int | None) -> BitMap:
    """Assets within the filters that would count in a cell if somebody mapped them there.

    Raises ``NotFound`` for a cell the view does not have.
    """
    count = of(picture, view)
    cell = count.cell(row_id, col_id)
    return count.fitting(cell.need.standard) - cell.mapped


def neighbours(
    picture: Picture, view: View, row_id: int, col_id: int | None
) -> tuple[Neighbour, ...]:
    """Those that could fit and carry a term of the cell or next to it, the nearest first, then the
    most used. Raises ``NotFound`` for a cell the view does not have."""
    count, fitting = of(picture, view), could_fit(picture, view, row_id, col_id)
    row = picture.library.with_term(row_id)
    if col_id is None or count.cols is None:
        rings = [
            _beside(picture, count.rows, row_id),
            fitting - picture.library.with_any(t.id for t in count.rows.terms),
        ]
    else:
        col = picture.library.with_term(col_id)
        next_door = _beside(picture, count.rows, row_id) & col
        next_door |= _beside(picture, count.cols, col_id) & row
        any_row = picture.library.with_any(t.id for t in count.rows.terms)
        any_col = picture.library.with_any(t.id for t in count.cols.terms)
        rings = [next_door, (row - any_col) | (col - any_row), row | col]
    found: dict[int, int] = {}
    for nearness, ring in zip((NEXT_DOOR, ONE_SIDE_OPEN, ONE_SIDE), rings, strict=False):
        for asset_id in ring & fitting:
            found.setdefault(asset_id, nearness)
    ranked = (Neighbour(i, near, int(picture.uses[i])) for i, near in found.items())
    return tuple(sorted(ranked, key=lambda n: (-n.nearness, -n.uses, n.asset_id)))


def _beside(picture: Picture, axis: Axis, term_id: int) -> BitMap:
    """Assets of the terms before and after this one; an axis without an order has no neighbours."""
    if not axis.ordered:
        return BitMap()
    ids = [term.id for term in picture.axes[axis.dimension].terms]
    at = ids.index(term_id)
    return picture.library.with_any([*ids[max(0, at - 1) : at], *ids[at + 1 : at + 2]])
