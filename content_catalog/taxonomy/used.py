"""Which assets carry which terms, by table name: the taxonomy stands below the assets topic."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, column, func, select, table

from content_catalog.database import Work
from content_catalog.taxonomy.models import TermRow

# Named, not imported: assets stand on the taxonomy and not the other way round.
_mappings = table("asset_terms", column("asset_id"), column("term_id"))


def assets_with_terms(term_ids: Sequence[int]) -> Select[int]:
    """Ids of the assets mapped to any of these terms."""
    return select(_mappings.c.asset_id).where(_mappings.c.term_id.in_(term_ids)).distinct()


def dimension_in_use(work: Work, dimension_id: int, *, several: bool = False) -> bool:
    """Whether any asset is mapped to this dimension, or to more than one of its terms."""
    query = (
        select(_mappings.c.asset_id)
        .join(TermRow, TermRow.id == _mappings.c.term_id)
        .where(TermRow.dimension_id == dimension_id)
        .group_by(_mappings.c.asset_id)
        .limit(1)
    )
    if several:
        query = query.having(func.count() > 1)
    return work.session.scalar(query) is not None
