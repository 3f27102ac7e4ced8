"""Reading the library's facts: whole once, then only what has changed since.

Every change to what search shows, and so to everything counted here, marks its asset in the ledger
(``search_state``), which tells what to read again and whether anything was missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Engine, String, cast, func, select

from content_catalog import search_state, taxonomy
from content_catalog.assets.cards import AnySelect
from content_catalog.assets.models import AssetRow, AssetTermRow, AssetVersionRow
from content_catalog.assets.types import Reading
from content_catalog.coverage.library import AUDIENCES, NEVER, STATUSES, Library, as_set
from content_catalog.database import Work
from content_catalog.search_state import Ledger, SearchStateRow
from content_catalog.taxonomy import Taxonomy

MOST = 400  # changed assets that are read one by one; for more the whole is as quick

FACTS = (
    AssetRow.id,
    AssetRow.status,
    AssetRow.audience,
    AssetVersionRow.reading,
    AssetRow.review_by,
    AssetRow.expires_on,
)


@dataclass(frozen=True)
class _Kept:
    """A library with the ledger it was read at and the revision of each of its assets."""

    ledger: Ledger
    taxonomy: int
    library: Library
    revisions: NDArray[np.int64]


_cache: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()


def read(look: Work) -> Library:
    """All assets, whoever asks; who may see what is the picture's business.

    One statement while nothing changes, three after a change, and three for the whole.
    """
    engine = look.session.get_bind()
    assert isinstance(engine, Engine)  # a session of ours is bound to an engine
    ledger, terms = search_state.ledger(look), taxonomy.read(look)
    known = _cache.get(engine)
    if known is not None and known.taxonomy != terms.revision:
        known = None
    if known is not None and known.ledger == ledger:
        return known.library
    kept = (known and _changed(look, known, ledger, terms)) or _whole(look, ledger, terms)
    if not look.session.connection().get_execution_options().get("writes", False):
        _cache[engine] = kept
    return kept.library


def _whole(look: Work, ledger: Ledger, terms: Taxonomy) -> _Kept:
    rows = look.session.execute(_facts(select(*FACTS, SearchStateRow.revision))).all()
    mapped = _mapped(look)
    ids = np.array([row[0] for row in rows], dtype=np.uint32)
    library = _library(rows, _type_sets(ids, mapped, terms), mapped)
    revisions = np.array([row[-1] or 0 for row in rows], dtype=np.int64)
    return _Kept(ledger, terms.revision, library, revisions)


def _changed(look: Work, known: _Kept, ledger: Ledger, terms: Taxonomy) -> _Kept | None:
    """The library with what was touched since read again; ``None`` when that is too much, or when
    the ledger's sums say that it is not all."""
    touched = select(SearchStateRow.asset_id, SearchStateRow.revision, *FACTS[:3])
    touched = touched.add_columns(*FACTS[3:])
    rows = look.session.execute(
        touched.select_from(SearchStateRow)
        .outerjoin(AssetRow, AssetRow.id == SearchStateRow.asset_id)
        .outerjoin(AssetVersionRow, AssetVersionRow.id == AssetRow.current_version_id)
        .where(SearchStateRow.touched_at >= known.ledger.touched_at)
        .order_by(SearchStateRow.asset_id)
        .limit(MOST + 1)
    ).all()
    if len(rows) > MOST:
        return None
    before = dict(zip(known.library.ids.tolist(), known.revisions.tolist(), strict=True))
    fresh = sum(1 for row in rows if row[0] not in before)
    grown = sum(row[1] - before.get(row[0], 0) for row in rows)
    if (known.ledger.count + fresh, known.ledger.revisions + grown) != (
        ledger.count,
        ledger.revisions,
    ):
        return None
    live = [row for row in rows if row[2] is not None]
    mapped = _mapped(look, [row[0] for row in live])
    ids = np.array([row[0] for row in live], dtype=np.uint32)
    part = _library([row[2:] for row in live], _type_sets(ids, mapped, terms), mapped)
    gone = as_set(np.array([row[0] for row in rows], dtype=np.uint32))
    stays = ~np.isin(known.library.ids, np.asarray(gone.to_array(), dtype=np.uint32))
    revisions = np.array([row[1] for row in live], dtype=np.int64)
    library, order = _joined(known.library, stays, part, gone)
    joined = np.concatenate([known.revisions[stays], revisions])[order]
    return _Kept(ledger, terms.revision, library, joined)


def _joined(
    old: Library, stays: NDArray[np.bool_], new: Library, gone: BitMap
) -> tuple[Library, NDArray[np.intp]]:
    """What stays of the old one and all of the new one, and how its rows were put in order."""
    order = np.argsort(np.concatenate([old.ids[stays], new.ids]), kind="stable")

    def column(name: str) -> Any:
        return np.concatenate([getattr(old, name)[stays], getattr(new, name)])[order]

    numbers = {types: number for number, types in enumerate(old.type_sets)}
    moved = [numbers.setdefault(types, len(numbers)) for types in new.type_sets]
    kinds = np.array([moved[kind] for kind in new.kinds.tolist()], dtype=np.int32)
    terms = {t: m - gone if m & gone else m for t, m in old.terms.items()}
    for term_id, members in new.terms.items():
        terms[term_id] = terms.get(term_id, BitMap()) | members
    made = Library(
        ids=column("ids"),
        statuses=column("statuses"),
        audiences=column("audiences"),
        unreadable=column("unreadable"),
        review_by=column("review_by"),
        expires_on=column("expires_on"),
        kinds=np.concatenate([old.kinds[stays], kinds])[order],
        type_sets=tuple(numbers),
        terms=terms,
    )
    return made, order


def _facts(query: AnySelect) -> AnySelect:
    return (
        query.select_from(AssetRow)
        .join(AssetVersionRow, AssetVersionRow.id == AssetRow.current_version_id)
        .outerjoin(SearchStateRow, SearchStateRow.asset_id == AssetRow.id)
        .order_by(AssetRow.id)
    )


def _library(
    rows: Sequence[Any], types: Sequence[frozenset[int]], mapped: Mapping[int, BitMap]
) -> Library:
    """``rows`` are ``FACTS`` by id, ``types`` the content types of each."""
    ids, statuses, audiences, readings, review_by, expires_on = (
        list(column) for column in list(zip(*rows, strict=True))[: len(FACTS)] or [()] * len(FACTS)
    )
    numbers: dict[frozenset[int], int] = {}
    kinds = [numbers.setdefault(found, len(numbers)) for found in types]
    return Library(
        ids=np.array(ids, dtype=np.uint32),
        statuses=_codes(statuses, STATUSES),
        audiences=_codes(audiences, AUDIENCES),
        unreadable=np.array([r == Reading.FAILED.value for r in readings], dtype=np.bool_),
        review_by=_ordinals(review_by),
        expires_on=_ordinals(expires_on),
        kinds=np.array(kinds, dtype=np.int32),
        type_sets=tuple(numbers),
        terms=mapped,
    )


def _mapped(look: Work, asset_ids: Sequence[int] | None = None) -> dict[int, BitMap]:
    """One row for each term: a row for each mapping would take most of the time of the page."""
    joined = func.aggregate_strings(cast(AssetTermRow.asset_id, String), ",")
    query = select(AssetTermRow.term_id, joined).group_by(AssetTermRow.term_id)
    if asset_ids is not None:
        query = query.where(AssetTermRow.asset_id.in_(asset_ids))
    rows = look.session.execute(query)
    return {row[0]: as_set(np.fromstring(row[1], dtype=np.uint32, sep=",")) for row in rows}


def _type_sets(
    ids: NDArray[np.uint32], mapped: Mapping[int, BitMap], terms: Taxonomy
) -> list[frozenset[int]]:
    """The content types of each asset; most have one, so the different sets are few."""
    types = terms.dimension(taxonomy.TYPE)
    carried: list[list[int]] = [[] for _ in ids]
    for term in types.terms if types else ():
        members = np.asarray(mapped.get(term.id, BitMap()).to_array(), dtype=np.uint32)
        for place in np.searchsorted(ids, members).tolist():
            carried[place].append(term.id)
    return [frozenset(found) for found in carried]


def _codes(values: Iterable[str], known: Sequence[str]) -> NDArray[np.uint8]:
    numbers = {str(value): number for number, value in enumerate(known)}
    return np.array([numbers[value] for value in values], dtype=np.uint8)


def _ordinals(days: Iterable[date | None]) -> NDArray[np.int32]:
    return np.array([d.toordinal() if d else NEVER for d in days], dtype=np.int32)
