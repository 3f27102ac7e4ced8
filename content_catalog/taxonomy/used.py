"""Who uses which terms, by table name: the taxonomy stands below all topics that use it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import JSON, Select, column, func, select, table

from content_catalog.database import Work
from content_catalog.taxonomy.models import TermRow

# Named, not imported: these topics stand on the taxonomy and not the other way round.
_mappings = table("asset_terms", column("asset_id"), column("term_id"))
_needs = table(
    "coverage_needs",
    column("first_id"),
    column("second_id"),
    column("types", JSON),
    column("cleared"),
)
_items = table("plan_items", column("id"), column("type_id"), column("closed_at"))
_item_terms = table("plan_item_terms", column("item_id"), column("term_id"))


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


def terms_planned_for(work: Work, *, open_only: bool = False) -> set[int]:
    """Ids of the terms that somebody wrote down a need for, asks for as a content type, or planned
    an asset for; with ``open_only`` without the items that are done or dropped."""
    found: set[int | None] = set()
    needs = select(_needs.c.first_id, _needs.c.second_id, _needs.c.types)
    for first_id, second_id, types in work.session.execute(needs.where(~_needs.c.cleared)):
        found |= {first_id, second_id, *(types or ())}
    items = select(_items.c.type_id, _item_terms.c.term_id).join(
        _item_terms, _item_terms.c.item_id == _items.c.id, isouter=True
    )
    if open_only:
        items = items.where(_items.c.closed_at.is_(None))
    for row in work.session.execute(items):
        found |= set(row)
    return {term_id for term_id in found if term_id is not None}
