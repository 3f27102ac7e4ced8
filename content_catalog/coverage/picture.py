"""All that a matrix is counted from, as one value: of now, or of a day that was kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import select

from content_catalog import taxonomy
from content_catalog.actor import Permission
from content_catalog.assets.models import AssetRow
from content_catalog.assets.types import Status
from content_catalog.coverage import demand, library, needs, plan_queries, rules
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
    facts, settings = library.read(look), needs.settings(look)
    return Picture(
        at=look.now,
        day=look.today,
        axes=axes(taxonomy.read(look)),
        library=facts,
        visible=visible(look, facts),
        uses=_uses(look, facts),
        searches=demand.failed_searches(look),
        planned=plan_queries.planned(look),
        records={(r.first_id, r.second_id): r for r in needs.need_records(look)},
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
        )
        for dimension in terms.dimensions
    }


def _uses(look: Work, facts: Library) -> NDArray[np.int64]:
    """The count of each asset is kept with it and mended every night (``analytics.recount``)."""
    column = np.zeros(int(facts.ids[-1]) + 1 if len(facts.ids) else 1, dtype=np.int64)
    rows = look.session.execute(select(AssetRow.id, AssetRow.uses).where(AssetRow.uses > 0)).all()
    for asset_id, uses in rows:
        if asset_id < len(column):  # one that came after the library was read
            column[asset_id] = uses
    return column
