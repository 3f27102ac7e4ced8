"""The library's facts as sets and columns: what a matrix of any two dimensions is counted from.

Sets of asset ids are compressed bitmaps, so that a cell is an intersection and a total a union.
Read in a fixed number of statements and kept until an asset changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Engine, String, cast, func, select

from content_catalog import search_state, taxonomy
from content_catalog.assets.models import AssetRow, AssetTermRow, AssetVersionRow
from content_catalog.assets.types import Audience, Reading, Status
from content_catalog.coverage import rules
from content_catalog.coverage.types import AssetFacts, Reason, Standard
from content_catalog.database import Work

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


_cache: WeakKeyDictionary[Engine, tuple[tuple[int, ...], Library]] = WeakKeyDictionary()


def read(look: Work) -> Library:
    """All assets, whoever asks; who may see what is the picture's business.

    Kept while neither an asset nor the taxonomy changes: every change to what search shows, and so
    to everything counted here, marks its asset in the ledger.
    """
    engine = look.session.get_bind()
    assert isinstance(engine, Engine)  # a session of ours is bound to an engine
    state = (*search_state.fingerprint(look), taxonomy.read(look).revision)
    known = _cache.get(engine)
    if known is not None and known[0] == state:
        return known[1]
    library = _read(look)
    if not look.session.connection().get_execution_options().get("writes", False):
        _cache[engine] = (state, library)
    return library


def _read(look: Work) -> Library:
    rows = look.session.execute(
        select(
            AssetRow.id,
            AssetRow.status,
            AssetRow.audience,
            AssetVersionRow.reading,
            AssetRow.review_by,
            AssetRow.expires_on,
        )
        .join(AssetVersionRow, AssetVersionRow.id == AssetRow.current_version_id)
        .order_by(AssetRow.id)
    ).all()
    ids, statuses, audiences, readings, review_by, expires_on = (
        zip(*rows, strict=True) if rows else ((),) * 6
    )
    terms = _terms(look)
    id_column = np.array(ids, dtype=np.uint32)
    kinds, type_sets = _kinds(look, id_column, terms)
    return Library(
        ids=id_column,
        statuses=_codes(statuses, STATUSES),
        audiences=_codes(audiences, AUDIENCES),
        unreadable=np.array([r == Reading.FAILED.value for r in readings], dtype=np.bool_),
        review_by=_ordinals(review_by),
        expires_on=_ordinals(expires_on),
        kinds=kinds,
        type_sets=type_sets,
        terms=terms,
    )


def _terms(look: Work) -> dict[int, BitMap]:
    """One row for each term: a row for each mapping would take most of the time of the page."""
    joined = func.aggregate_strings(cast(AssetTermRow.asset_id, String), ",")
    rows = look.session.execute(select(AssetTermRow.term_id, joined).group_by(AssetTermRow.term_id))
    return {row[0]: as_set(np.fromstring(row[1], dtype=np.uint32, sep=",")) for row in rows}


def _kinds(
    look: Work, ids: NDArray[np.uint32], terms: Mapping[int, BitMap]
) -> tuple[NDArray[np.int32], tuple[frozenset[int], ...]]:
    """Which set of content types each asset has; most have one type, so the sets are few."""
    types = taxonomy.read(look).dimension(taxonomy.TYPE)
    carried: list[list[int]] = [[] for _ in ids]
    for term in types.terms if types else ():
        members = np.asarray(terms.get(term.id, BitMap()).to_array(), dtype=np.uint32)
        for place in np.searchsorted(ids, members).tolist():
            carried[place].append(term.id)
    numbers: dict[frozenset[int], int] = {}
    column = [numbers.setdefault(frozenset(found), len(numbers)) for found in carried]
    return np.array(column, dtype=np.int32), tuple(numbers)


def _codes(values: Sequence[str], known: Sequence[str]) -> NDArray[np.uint8]:
    numbers = {str(value): number for number, value in enumerate(known)}
    return np.array([numbers[value] for value in values], dtype=np.uint8)


def _ordinals(days: Sequence[date | None]) -> NDArray[np.int32]:
    return np.array([d.toordinal() if d else NEVER for d in days], dtype=np.int32)


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
