"""All that a matrix is counted from, as one value: of now, or of a day that was kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import select

from content_catalog import taxonomy
from content_catalog.actor import Permission
from content_catalog.assets.models import AssetRow
from content_catalog.assets.types import Status
from content_catalog.coverage import demand, library, library_reading, needs, plan_queries, rules
from content_catalog.coverage.library import Library
from content_catalog.coverage.types import (
    Axis,
    AxisTerm,
    FailedSearch,
    Need,
    NeedRecord,
    Planned,
    Weights,
)
from content_catalog.database import Work
from content_catalog.taxonomy import Taxonomy

Records = Mapping[tuple[int, int | None], NeedRecord]


@dataclass(frozen=True, eq=False)
class Picture:
    """``visible`` is what the reader may see; nothing else is ever counted. ``uses`` holds the
    uses of 90 days at each asset's id. ``past`` says that it was kept: there are no words of
    searches in it, and today's search would not show the same."""

    at: datetime
    day: date
    axes: Mapping[str, Axis]
    library: Library
    visible: BitMap
    uses: NDArray[np.int64]
    searches: tuple[FailedSearch, ...]
    groups: tuple[FailedSearch, ...]  # the same, without words, alike ones together
    planned: tuple[Planned, ...]
    records: Records
    target: int
    weights: Weights
    past: bool = False
    counts: dict[object, object] = field(default_factory=dict, repr=False)  # see counting.of

    def need(self, first: int, second: int | None) -> Need:
        return rules.need(self.records, first, second, self.target)

    def uses_of(self, assets: BitMap) -> int:
        return int(self.uses[np.asarray(assets.to_array(), dtype=np.int64)].sum())


def picture(look: Work) -> Picture:
    """Everything of now, as ``look.actor``, in a fixed number of statements.

    Raises ``NotAllowed``. Who may not see unpublished assets gets a library without them.
    """
    look.actor.require(Permission.SEE_COVERAGE)
    asked = demand.failed_searches(look)
    facts, settings, terms = library_reading.read(look), needs.settings(look), taxonomy.read(look)
    return Picture(
        at=look.now,
        day=look.today,
        axes=axes(terms),
        library=facts,
        visible=visible(look, facts),
        uses=_uses(look, facts),
        searches=asked.searches,
        groups=asked.groups,
        planned=tuple(_carried_on(p, terms) for p in plan_queries.planned(look)),
        records=_records(needs.need_records(look), terms),
        target=settings.target,
        weights=settings.weights,
    )


def visible(look: Work, facts: Library) -> BitMap:
    if look.actor.may(Permission.SEE_UNPUBLISHED):
        return library.as_set(facts.ids)
    return facts.with_status(Status.PUBLISHED)


def axes(terms: Taxonomy) -> dict[str, Axis]:
    """Every dimension with its live terms, in the taxonomy's order."""
    return {
        dimension.slug: Axis(
            dimension.slug,
            dimension.label,
            dimension.plural,
            dimension.ordered,
            tuple(AxisTerm(t.id, t.slug, t.label, t.phase) for t in dimension.live),
            dimension.multi,
        )
        for dimension in terms.dimensions
    }


def _heir(terms: Taxonomy, term_id: int) -> int:
    """The term that took a retired one's place, else the term itself."""
    term = terms.terms.get(term_id)
    found = taxonomy.resolve(terms, term.dimension, term.slug) if term else None
    return found.id if found else term_id


def _carried_on(item: Planned, terms: Taxonomy) -> Planned:
    """A plan for a term that was retired goes on for its successor."""
    heirs = frozenset(_heir(terms, term_id) for term_id in item.terms)
    kind = _heir(terms, item.type_id) if item.type_id is not None else None
    return replace(item, terms=item.terms | heirs, type_id=kind)


def _records(found: Iterable[NeedRecord], terms: Taxonomy) -> Records:
    """What was said of a retired term holds for its successor, unless that has a word of its own.
    An asset keeps a type that was retired, so the old one still counts beside its successor."""
    records: dict[tuple[int, int | None], NeedRecord] = {}
    carried: dict[tuple[int, int | None], NeedRecord] = {}
    for record in found:
        if record.types is not None:
            heirs = frozenset(_heir(terms, type_id) for type_id in record.types)
            record = replace(record, types=record.types | heirs)
        first = _heir(terms, record.first_id)
        second = None if record.second_id is None else _heir(terms, record.second_id)
        pair = (first, second) if second is None else (min(first, second), max(first, second))
        own = pair == (record.first_id, record.second_id)
        (records if own else carried)[pair] = record
    return carried | records


def _uses(look: Work, facts: Library) -> NDArray[np.int64]:
    """The count of each asset is kept with it and mended every night (``analytics.recount``)."""
    column = np.zeros(int(facts.ids[-1]) + 1 if len(facts.ids) else 1, dtype=np.int64)
    rows = look.session.execute(select(AssetRow.id, AssetRow.uses).where(AssetRow.uses > 0)).all()
    for asset_id, uses in rows:
        if asset_id < len(column):  # one that came after the library was read
            column[asset_id] = uses
    return column
