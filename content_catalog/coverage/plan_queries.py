"""Reading the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import aliased

from content_catalog import taxonomy
from content_catalog.actor import Permission
from content_catalog.assets import rules
from content_catalog.assets.models import AssetRow
from content_catalog.assets.types import Status
from content_catalog.coverage.models import PlanItemRow, PlanItemTermRow
from content_catalog.coverage.types import PlanItem, Planned, PlanState
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.people.models import UserRow

__all__ = ["awaiting_review", "plan_item", "plan_items", "planned"]

OPEN = (PlanState.PROPOSED.value, PlanState.COMMITTED.value)


def planned(look: Work) -> tuple[Planned, ...]:
    """Every open item as the matrix needs it, in one statement."""
    look.actor.require(Permission.SEE_COVERAGE)
    item = PlanItemRow
    rows = look.session.execute(
        select(item.id, item.type_id, item.state, PlanItemTermRow.term_id)
        .join(PlanItemTermRow, PlanItemTermRow.item_id == item.id)
        .where(item.state.in_(OPEN))
        .order_by(item.id)
    )
    terms: dict[tuple[int, int | None, str], set[int]] = defaultdict(set)
    for item_id, type_id, state, term_id in rows:
        terms[item_id, type_id, state].add(term_id)
    return tuple(
        Planned(item_id, frozenset(found), type_id, state == PlanState.COMMITTED)
        for (item_id, type_id, state), found in terms.items()
    )


def plan_item(look: Work, item_id: int) -> PlanItem:
    """Raises ``NotFound``. An asset that the actor may not see is not named."""
    look.actor.require(Permission.SEE_COVERAGE)
    found = _items(look, PlanItemRow.id == item_id)
    if not found:
        raise NotFound("plan item", item_id)
    return found[0]


def plan_items(
    look: Work, *, open_only: bool = True, terms: Collection[int] = frozenset()
) -> tuple[PlanItem, ...]:
    """Those that carry all of the terms; what is due first comes first, what has no date last."""
    look.actor.require(Permission.SEE_COVERAGE)
    carrying = [
        PlanItemRow.id.in_(
            select(PlanItemTermRow.item_id).where(PlanItemTermRow.term_id == term_id)
        )
        for term_id in sorted(terms)
    ]
    conditions = [PlanItemRow.state.in_(OPEN), *carrying] if open_only else carrying
    return _items(look, *conditions)


def awaiting_review(look: Work) -> tuple[PlanItem, ...]:
    """What the actor is named to review and has not agreed to."""
    look.actor.require(Permission.SEE_COVERAGE)
    if look.actor.id is None:
        return ()
    return _items(
        look,
        PlanItemRow.reviewer_id == look.actor.id,
        PlanItemRow.state == PlanState.PROPOSED.value,
        PlanItemRow.agreed_at.is_(None),
    )


def _items(look: Work, *conditions: Any) -> tuple[PlanItem, ...]:
    owner, reviewer = aliased(UserRow), aliased(UserRow)
    rows = look.session.execute(
        select(PlanItemRow, owner.name, reviewer.name, AssetRow.status, _term_list())
        .join(owner, owner.email == PlanItemRow.owner_email, isouter=True)
        .join(reviewer, reviewer.id == PlanItemRow.reviewer_id, isouter=True)
        .join(AssetRow, AssetRow.id == PlanItemRow.asset_id, isouter=True)
        .where(*conditions)
        .order_by(PlanItemRow.due_on.is_(None), PlanItemRow.due_on, PlanItemRow.id)
    ).all()
    order = {term_id: at for at, term_id in enumerate(taxonomy.read(look).terms)}

    def in_order(listed: str | None) -> tuple[int, ...]:
        ids = map(int, listed.split(",")) if listed else ()
        return tuple(sorted(ids, key=lambda term_id: order.get(term_id, len(order))))

    return tuple(
        _item(look, row, owner_name, reviewer_name, status, in_order(terms))
        for row, owner_name, reviewer_name, status, terms in rows
    )


def _term_list() -> Any:
    """An item's term ids in one text, so that the plan is read in one statement."""
    return (
        select(func.aggregate_strings(cast(PlanItemTermRow.term_id, String), ","))
        .where(PlanItemTermRow.item_id == PlanItemRow.id)
        .scalar_subquery()
    )


def _item(
    look: Work,
    row: PlanItemRow,
    owner_name: str | None,
    reviewer_name: str | None,
    asset_status: str | None,
    term_ids: tuple[int, ...],
) -> PlanItem:
    seen = asset_status is not None and rules.visible(Status(asset_status), look.actor)
    return PlanItem(
        id=row.id,
        title=row.title,
        state=PlanState(row.state),
        term_ids=term_ids,
        type_id=row.type_id,
        owner_email=row.owner_email,
        owner_name=owner_name or row.owner_email,
        due_on=row.due_on,
        reviewer_id=row.reviewer_id,
        reviewer_name=reviewer_name or "",
        agreed_at=row.agreed_at,
        asset_id=row.asset_id if seen else None,
        note=row.note,
        created_at=row.created_at,
        created_by=row.created_by,
        closed_at=row.closed_at,
        closed_why=row.closed_why,
        version=row.version,
    )
