"""The library's facts as sets and columns: what a matrix of any two dimensions is counted from.

Sets of asset ids are compressed bitmaps, so that a cell is an intersection and a total a union.
``library_reading`` reads it from the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from content_catalog.assets.types import Audience, Status
from content_catalog.coverage import rules
from content_catalog.coverage.types import AssetFacts, Reason, Standard

STATUSES, AUDIENCES = tuple(Status), tuple(Audience)
NEVER = date.max.toordinal()
STANDINGS = 6  # days on which one library is judged at a time: today, and a few of "what if"


@dataclass(frozen=True, eq=False)
class Library:
    """One row for each asset in the columns, ids ascending; dates are ordinals, ``NEVER`` for none.

    ``kinds`` points into ``type_sets``; ``terms`` maps term id to the ids of the assets mapped to it.
    """

    ids: NDArray[np.uint32]
    statuses: NDArray[np.uint8]
    audiences: NDArray[np.uint8]
    unreadable: NDArray[np.bool_]
    review_by: NDArray[np.int32]
    expires_on: NDArray[np.int32]
    kinds: NDArray[np.int32]
    type_sets: tuple[frozenset[int], ...]
    terms: Mapping[int, BitMap]
    _standings: dict[int, Standing] = field(default_factory=dict, repr=False)

    def with_term(self, term_id: int) -> BitMap:
        return self.terms.get(term_id, BitMap())

    def with_any(self, term_ids: Iterable[int]) -> BitMap:
        return BitMap().union(*(self.with_term(term_id) for term_id in term_ids))

    def with_status(self, status: Status) -> BitMap:
        return as_set(self.ids[self.statuses == STATUSES.index(status)])

    def for_audiences(self, audiences: Iterable[Audience]) -> BitMap:
        wanted = [AUDIENCES.index(audience) for audience in audiences]
        return as_set(self.ids[np.isin(self.audiences, wanted)])

    def without_review(self) -> BitMap:
        return as_set(self.ids[self.review_by == NEVER])

    def on(self, day: date) -> Standing:
        """How every asset stands on a day; kept, since most pages ask for the same one."""
        found = self._standings.get(day.toordinal())
        if found is None:
            if len(self._standings) >= STANDINGS:
                self._standings.clear()
            found = self._standings[day.toordinal()] = _standing(self, day)
        return found


@dataclass(frozen=True, eq=False)
class Standing:
    """Assets with the same facts on one day are judged once, together."""

    groups: tuple[tuple[AssetFacts, BitMap], ...]
    _counting: dict[tuple[Standard, tuple[Reason, ...]], BitMap] = field(default_factory=dict)

    def counting(self, standard: Standard) -> BitMap:
        """Everything that counts towards a cell with this standard, wherever it is mapped."""
        return self.judged(standard, ())

    def stale(self, standard: Standard) -> BitMap:
        """Everything that would count if somebody reviewed it."""
        return self.judged(standard, (Reason.REVIEW_OVERDUE,))

    def judged(self, standard: Standard, reasons: tuple[Reason, ...]) -> BitMap:
        """Everything whose verdict is exactly these reasons."""
        found = self._counting.get((standard, reasons))
        if found is None:
            fitting = (s for facts, s in self.groups if rules.verdict(facts, standard) == reasons)
            found = self._counting[standard, reasons] = BitMap().union(*fitting)
        return found

    def having(self, **facts: Any) -> BitMap:
        """``having(status=Status.PUBLISHED, expired=False)``."""
        wanted = facts.items()
        fitting = (s for f, s in self.groups if all(getattr(f, k) == v for k, v in wanted))
        return BitMap().union(*fitting)


def as_set(ids: NDArray[np.uint32]) -> BitMap:
    return BitMap(np.ascontiguousarray(ids, dtype=np.uint32))


def _standing(library: Library, day: date) -> Standing:
    today = day.toordinal()
    expired, overdue = library.expires_on < today, library.review_by < today
    shape = (len(STATUSES), len(AUDIENCES), 2, 2, 2, max(len(library.type_sets), 1))
    columns = (
        library.statuses,
        library.audiences,
        expired,
        overdue,
        library.unreadable,
        library.kinds,
    )
    codes = np.ravel_multi_index([c.astype(np.int64) for c in columns], shape)
    order = np.argsort(codes, kind="stable")
    found, starts = np.unique(codes[order], return_index=True)
    groups = []
    if not len(found):  # an empty column still splits into one part
        return Standing(())
    for code, members in zip(found, np.split(library.ids[order], starts[1:]), strict=True):
        status, audience, is_expired, is_overdue, unread, kind = np.unravel_index(code, shape)
        facts = AssetFacts(
            STATUSES[int(status)],
            AUDIENCES[int(audience)],
            library.type_sets[int(kind)],
            bool(is_expired),
            bool(is_overdue),
            bool(unread),
        )
        groups.append((facts, as_set(members)))
    return Standing(tuple(groups))
