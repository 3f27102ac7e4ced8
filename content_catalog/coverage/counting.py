"""The matrix: every number and every list of it from the same verdicts on the same sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from pyroaring import BitMap

from content_catalog.assets.types import Audience, Status
from content_catalog.coverage import rules
from content_catalog.coverage.library import Standing, as_set
from content_catalog.coverage.picture import Picture
from content_catalog.coverage.types import (
    Axis,
    AxisTerm,
    Cell,
    Declared,
    Demand,
    Evidence,
    FailedSearch,
    Matrix,
    NotCounted,
    Outcome,
    Planned,
    Standard,
    Totals,
    View,
)
from content_catalog.errors import NotFound

AUDIENCE = "audience"
OUTCOMES = (Outcome.NONE_FOUND, Outcome.FILTERED, Outcome.UNOPENED)  # the fields of Demand
NO_DEMAND = Demand()
Key = tuple[int, int | None]


def matrix(picture: Picture, view: View) -> Matrix:
    """Count every cell of two dimensions, or of one.

    An asset counts once in each cell it is mapped to and once in each total, and so does a search.
    Raises ``NotFound`` for a dimension there is not.
    """
    count = of(picture, view)
    cells = {
        (row.id, col_id): count.cell(row.id, col_id)
        for row in count.rows.terms
        for col_id in count.col_ids
    }
    by_row: dict[int, list[Cell]] = {row.id: [] for row in count.rows.terms}
    by_col: dict[int | None, list[Cell]] = {col_id: [] for col_id in count.col_ids}
    for (row_id, col_id), cell in cells.items():
        by_row[row_id].append(cell)
        by_col[col_id].append(cell)
    return Matrix(
        at=picture.at,
        day=picture.day,
        view=view,
        rows=count.rows,
        cols=count.cols,
        cells=cells,
        row_totals={i: count.totals(c, count.tally.row(i)) for i, c in by_row.items()},
        col_totals={i: count.totals(c, count.tally.col(i)) for i, c in by_col.items()},
        total=count.totals(cells.values(), count.tally.total),
        declared=count.declared(cells.values()),
        weights=picture.weights,
    )


def evidence(picture: Picture, view: View, row_id: int, col_id: int | None) -> Evidence:
    """What one cell's numbers are made of. Raises ``NotFound`` for a cell the view does not have."""
    count = of(picture, view)
    row, col = count.term(count.rows, row_id), None
    if count.cols is not None or col_id is not None:
        col = count.term(count.cols, col_id)
    cell = count.cell(row_id, col_id)
    searches = count.searches_of((row_id, col_id))
    return Evidence(
        cell=cell,
        row=row,
        col=col,
        counted=tuple(cell.counted),
        not_counted=tuple(count.not_counted(cell)),
        searches=_by_count(searches),
        planned=tuple(p.id for p in count.planned if count.is_planned(p, row_id, col_id)),
    )


def unplaced(picture: Picture, view: View) -> tuple[FailedSearch, ...]:
    """The searches that name no term of an axis, the most frequent first. Raises ``NotFound`` for a
    dimension there is not."""
    return _by_count(of(picture, view).searches_of(None))


def _by_count(searches: Iterable[FailedSearch]) -> tuple[FailedSearch, ...]:
    return tuple(sorted(searches, key=lambda s: (-s.count, s.words or "", s.outcome)))


def ranked(matrix: Matrix, limit: int) -> tuple[Cell, ...]:
    """What to make next: cells below their target, the heaviest gap first, then those that meet it
    and are searched in vain. Cells for which enough is planned come last."""
    wanted = [c for c in matrix.needed if c.missing or c.demand.unanswered]
    places = {key: place for place, key in enumerate(matrix.cells)}

    def weight(cell: Cell) -> tuple[bool, bool, float, int]:
        enough = cell.coming >= max(cell.missing, 1)
        place = places[cell.row_id, cell.col_id]
        return enough, not cell.missing, -cell.score.total, place

    return tuple(sorted(wanted, key=weight)[:limit])


@dataclass(frozen=True)
class _Scope:
    """What the filters leave: sets of term ids by dimension, and of the assets."""

    terms: Mapping[str, frozenset[int]]
    assets: BitMap

    def holds(self, named: Callable[[str], Iterable[int]]) -> bool:
        """Whether what names these terms is within every filter."""
        return all(not wanted.isdisjoint(named(key)) for key, wanted in self.terms.items())


def of(picture: Picture, view: View) -> Count:
    """The view of a picture; the page and its opened cell share one."""
    filters = tuple(sorted((key, tuple(slugs)) for key, slugs in view.filters.items()))
    key = (view.rows, view.cols, filters, view.shipped, view.expiring_days)
    found = picture.counts.get(key)
    if not isinstance(found, Count):
        found = picture.counts[key] = Count(picture, view)
    return found


class Count:
    """One view of one picture: ``of`` makes it."""

    def __init__(self, picture: Picture, view: View) -> None:
        self.picture, self.view = picture, view
        self.rows = self._axis(view.rows)
        self.cols = self._axis(view.cols) if view.cols is not None else None
        self.col_ids: tuple[int | None, ...] = (
            tuple(term.id for term in self.cols.terms) if self.cols else (None,)
        )
        self.scope = self._scope()
        self.planned = tuple(p for p in picture.planned if self._in_scope(p))
        self._mapped_rows = {
            row.id: picture.library.with_term(row.id) & self.scope.assets for row in self.rows.terms
        }
        self._mapped_cols = {
            col: picture.library.with_term(col) for col in self.col_ids if col is not None
        }
        self._live = self.scope.assets & self.standing.having(
            status=Status.PUBLISHED, expired=False
        )
        self._rows_set = frozenset(self._mapped_rows)
        self._cols_set = frozenset(self._mapped_cols)
        self.tally = _Tally((g for g in picture.groups if self._asked_here(g)), self.keys_of)

    @property
    def standing(self) -> Standing:
        days = self.view.expiring_days
        # An asset is good through its last day, so it takes the day after for it to have lapsed.
        return self.picture.library.on(self.picture.day + timedelta(days=days + 1 if days else 0))

    def term(self, axis: Axis | None, term_id: int | None) -> AxisTerm:
        found = next((t for t in axis.terms if t.id == term_id), None) if axis else None
        if found is None:
            raise NotFound("cell", term_id or 0)
        return found

    def cell(self, row_id: int, col_id: int | None) -> Cell:
        picture, need = self.picture, self.picture.need(row_id, col_id)
        mapped = self._mapped_rows[row_id]
        if col_id is not None:
            mapped = mapped & self._mapped_cols[col_id]
        counted = mapped & self.standing.counting(need.standard)
        planned = [p for p in self.planned if self.is_planned(p, row_id, col_id)]
        shipped = [p for p in planned if rules.would_count(p, need.standard)]
        effective = len(counted) + (len(shipped) if self.view.shipped else 0)
        demand = self.tally.cell((row_id, col_id))
        uses = picture.uses_of(mapped & self._live)
        missing = rules.missing(effective, need)
        return Cell(
            row_id=row_id,
            col_id=col_id,
            need=need,
            verdict=rules.cell_verdict(effective, need),
            effective=effective,
            missing=missing,
            not_counted=len(mapped) - len(counted),
            stale=len(mapped & self.standing.stale(need.standard)),
            planned=len(planned),
            demand=demand,
            uses=uses,
            score=rules.score(missing, demand, uses, picture.weights, needed=need.needed),
            counted=counted,
            mapped=mapped,
            coming=0 if self.view.shipped else len(shipped),
        )

    def fitting(self, standard: Standard) -> BitMap:
        """Everything within the filters that would count where this standard holds, and may be
        mapped to another term of the axes: where an asset has one at most, it keeps its own."""
        library = self.picture.library
        taken = [
            library.with_any(term.id for term in self.picture.axes[axis.dimension].terms)
            for axis in (self.rows, self.cols)
            if axis is not None and not axis.multi
        ]
        found = self.scope.assets & self.standing.counting(standard)
        return found - BitMap().union(*taken)

    def not_counted(self, cell: Cell) -> list[NotCounted]:
        rest = cell.mapped - cell.counted
        return sorted(
            (
                NotCounted(asset_id, rules.verdict(facts, cell.need.standard))
                for facts, members in self.standing.groups
                for asset_id in members & rest
            ),
            key=lambda found: found.asset_id,
        )

    def totals(self, cells: Iterable[Cell], demand: Demand) -> Totals:
        found = list(cells)
        shipped = {
            p.id
            for cell in (found if self.view.shipped else ())
            for p in self.planned
            if self.is_planned(p, cell.row_id, cell.col_id)
            and rules.would_count(p, cell.need.standard)
        }
        stale = (c.mapped & self.standing.stale(c.need.standard) for c in found)
        mapped = BitMap().union(*(c.mapped for c in found))
        return Totals(
            effective=len(BitMap().union(*(c.counted for c in found))) + len(shipped),
            stale=len(BitMap().union(*stale)),
            demand=demand,
            uses=self.picture.uses_of(mapped & self._live),
        )

    def declared(self, cells: Iterable[Cell]) -> Declared:
        found, live, library = list(cells), self._live, self.picture.library
        axes = [axis for axis in (self._whole(self.rows), self._whole(self.cols)) if axis]
        overdue = live & self.standing.having(overdue=True)
        stale = (c.mapped & self.standing.stale(c.need.standard) for c in found)
        mapped = [library.with_any(t.id for t in axis.terms) for axis in axes]
        return Declared(
            live=live,
            counted=BitMap().union(*(c.counted for c in found)),
            unmapped=live - BitMap.intersection(*mapped),
            overdue=overdue,
            unverified=overdue | (live & library.without_review()),
            over_tagged=BitMap().union(*(self._over_tagged(axis) for axis in axes)),
            stale=BitMap().union(*stale),
            unplaced=self.tally.unplaced,
        )

    def keys_of(self, search: FailedSearch) -> frozenset[Key]:
        """The cells a search belongs to: none when it names no term of an axis or of a filter."""
        if not all(search.places.get(key) for key in self.scope.terms):
            return frozenset()
        rows = self._rows_set.intersection(search.places.get(self.view.rows, ()))
        if self.view.cols is None:
            return frozenset((row, None) for row in rows)
        cols = self._cols_set.intersection(search.places.get(self.view.cols, ()))
        return frozenset((row, col) for row in rows for col in cols)

    def searches_of(self, key: Key | None) -> list[FailedSearch]:
        """The searches of a cell one by one, or for ``None`` those that belong to none."""
        return [
            search
            for search in self.picture.searches
            if (key is None or key[0] in search.places.get(self.view.rows, ()))
            and self._asked_here(search)
            and (key in self.keys_of(search) if key else not self.keys_of(search))
        ]

    def is_planned(self, item: Planned, row_id: int, col_id: int | None) -> bool:
        return row_id in item.terms and (col_id is None or col_id in item.terms)

    def _axis(self, slug: str) -> Axis:
        """The dimension's terms, those that are filtered by if any are."""
        whole = self.picture.axes.get(slug)
        if whole is None:
            raise NotFound("dimension", slug)
        chosen = self.view.filters.get(slug)
        if not chosen:
            return whole
        return replace(whole, terms=tuple(t for t in whole.terms if t.slug in chosen))

    def _whole(self, axis: Axis | None) -> Axis | None:
        return self.picture.axes[axis.dimension] if axis else None

    def _scope(self) -> _Scope:
        picture = self.picture
        terms, assets = {}, picture.visible
        for key, slugs in self.view.filters.items():
            if not slugs:
                continue
            if key == AUDIENCE:
                assets = assets & picture.library.for_audiences(Audience(s) for s in slugs)
            elif key in picture.axes:
                ids = frozenset(t.id for t in picture.axes[key].terms if t.slug in slugs)
                terms[key] = ids
                assets = assets & picture.library.with_any(ids)
        return _Scope(terms, assets)

    def _in_scope(self, item: Planned) -> bool:
        return self.scope.holds(lambda _key: item.terms)

    def _asked_here(self, search: FailedSearch) -> bool:
        """What names other terms than those filtered by was asked elsewhere; what names none cannot
        be placed, and that is told."""
        return self.scope.holds(lambda key: search.places.get(key) or self.scope.terms[key])

    def _over_tagged(self, axis: Axis) -> BitMap:
        """Live assets that carry too many of an axis's terms to say anything by them."""
        library = self.picture.library
        members = [np.asarray(library.with_term(t.id).to_array()) for t in axis.terms]
        if not members:
            return BitMap()
        carried = np.bincount(np.concatenate(members).astype(np.int64))
        least = rules.over_tagged_from(len(axis.terms))
        return as_set(np.flatnonzero(carried >= least).astype(np.uint32)) & self._live


class _Tally:
    """Searches by cell and by total, each once in each; one pass over them."""

    def __init__(
        self, searches: Iterable[FailedSearch], keys_of: Callable[[FailedSearch], frozenset[Key]]
    ) -> None:
        self._counts: dict[tuple[str, object], list[int]] = {}
        for search in searches:
            keys = keys_of(search)
            self._add(search, [("cell", key) for key in keys])
            self._add(search, {("row", row) for row, _ in keys})
            self._add(search, {("col", col) for _, col in keys})
            self._add(search, [("total", bool(keys))])

    def _add(self, search: FailedSearch, places: Iterable[tuple[str, object]]) -> None:
        at = OUTCOMES.index(search.outcome)
        for place in places:
            self._counts.setdefault(place, [0] * len(OUTCOMES))[at] += search.count

    def _demand(self, kind: str, place: object) -> Demand:
        counts = self._counts.get((kind, place))
        return Demand(*counts) if counts else NO_DEMAND

    def cell(self, key: Key) -> Demand:
        return self._demand("cell", key)

    def row(self, row_id: int) -> Demand:
        return self._demand("row", row_id)

    def col(self, col_id: int | None) -> Demand:
        return self._demand("col", col_id)

    @property
    def total(self) -> Demand:
        return self._demand("total", True)

    @property
    def unplaced(self) -> Demand:
        return self._demand("total", False)
