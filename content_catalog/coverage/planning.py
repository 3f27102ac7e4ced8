"""The plan: assets to be made, who makes them, and whether somebody who sells wants them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import flag_modified

from content_catalog import assets, audit, taxonomy
from content_catalog.actor import Permission
from content_catalog.assets.cards import current_conditions
from content_catalog.assets.models import AssetRow
from content_catalog.coverage import checks, plan_fields
from content_catalog.coverage.models import PlanItemRow, PlanItemTermRow
from content_catalog.coverage.plan_queries import OPEN
from content_catalog.coverage.types import (
    WHY_LIMIT,
    NewPlanItem,
    PlanEdit,
    PlanState,
)
from content_catalog.database import Work
from content_catalog.errors import Invalid, NotAllowed, NotFound
from content_catalog.people.models import UserRow

__all__ = [
    "agree",
    "any_delivered",
    "attach",
    "close_delivered",
    "commit_plan",
    "disagree",
    "drop",
    "edit_plan",
    "plan",
]

PROPOSED, COMMITTED = PlanState.PROPOSED, PlanState.COMMITTED
DONE, DROPPED = PlanState.DONE, PlanState.DROPPED
# Which move is open in which state, and where it leads.
MOVES: dict[str, dict[PlanState, PlanState]] = {
    "edit": {PROPOSED: PROPOSED, COMMITTED: COMMITTED},
    "reconsider": {PROPOSED: PROPOSED, COMMITTED: PROPOSED},  # what was agreed to has changed
    "agree": {PROPOSED: PROPOSED},
    "disagree": {PROPOSED: PROPOSED},
    "commit": {PROPOSED: COMMITTED},
    "attach": {PROPOSED: PROPOSED, COMMITTED: COMMITTED},
    "deliver": {PROPOSED: DONE, COMMITTED: DONE},
    "drop": {PROPOSED: DROPPED, COMMITTED: DROPPED},
}
CANNOT = {
    COMMITTED: "It is committed already.",
    DONE: "It is done already.",
    DROPPED: "It was dropped. Plan it again instead.",
}
# What a reviewer agreed to; when one of these changes, somebody has to agree anew.
AGREED = frozenset({"title", "type_id", "terms", "reviewer_id"})


def plan(work: Work, new: NewPlanItem, *, demo: bool = False) -> int:
    """Propose an asset; returns the item's id. Raises ``Invalid`` naming the fields."""
    work.actor.require(Permission.EDIT_COVERAGE)
    owner = new.owner_email if new.owner_email is not None else work.actor.email
    values = plan_fields.checked(work, plan_fields.asked_for(new, owner), {})
    row = PlanItemRow(
        state=PROPOSED.value,
        created_at=work.now,
        created_by=work.actor.name[:200],
        demo=demo,
    )
    _assign(row, values)
    work.session.add(row)
    work.session.flush()
    _store_terms(work, row.id, values["terms"])
    told = {name: value for name, value in _told(work, values).items() if value}
    _note(work, "plan.add", row, after=told)
    return row.id


def edit_plan(work: Work, item_id: int, change: PlanEdit) -> None:
    """The whole item as it shall be. What is there and did not change is not checked again.

    The reviewer agreed to a title, a type and a place: a change of one of these, or of the
    reviewer, takes the agreement back, and a committed item is only proposed again. Raises
    ``Conflict`` when somebody saved in between, ``Invalid`` naming the fields or for a closed item.
    """
    work.actor.require(Permission.EDIT_COVERAGE)
    row = _row(work, item_id)
    checks.same_version(row.version, change.version)
    _next(row, "edit")
    before = plan_fields.present(work, row)
    values = plan_fields.checked(work, plan_fields.asked_for(change, change.owner_email), before)
    changed = {name for name, value in values.items() if before[name] != value}
    if not changed:
        return
    told, after = audit.changed(_told(work, before), _told(work, values))
    if "terms" in changed:
        _store_terms(work, row.id, values["terms"])
    # From here on nothing is read before the row is written: that would write it twice.
    _assign(row, values)
    if changed & AGREED and row.agreed_at is not None:
        told["agreed"], after["agreed"] = True, False
        told["state"], after["state"] = row.state, _move(row, "reconsider").value
        row.agreed_at = None
    row.demo = False
    flag_modified(row, "title")  # the terms lie elsewhere, but are of this version
    work.session.flush()
    _note(work, "plan.edit", row, before=told, after=after)


def agree(work: Work, item_id: int, version: int | None = None, *, demo: bool = False) -> None:
    """The named reviewer wants this; twice is once. ``version``, where given, is the one they were
    shown; ``demo`` leaves an item of the demo one. Raises ``NotAllowed`` for anybody else,
    ``Conflict``, ``Invalid`` for a closed item."""
    row = _as_reviewer(work, item_id, version)
    if row.agreed_at is not None:
        return
    _next(row, "agree")
    row.agreed_at = work.now
    row.demo = row.demo and demo
    work.session.flush()
    _note(work, "plan.agree", row, before={"agreed": False}, after={"agreed": True})


def disagree(work: Work, item_id: int, version: int | None = None) -> None:
    """The named reviewer takes the agreement back, while nothing is committed."""
    row = _as_reviewer(work, item_id, version)
    _next(row, "disagree")
    if row.agreed_at is None:
        return
    row.agreed_at = None
    row.demo = False
    work.session.flush()
    _note(work, "plan.disagree", row, before={"agreed": True}, after={"agreed": False})


def commit_plan(work: Work, item_id: int, version: int, *, demo: bool = False) -> None:
    """It will be made. Raises ``Invalid`` before the reviewer agreed, saying who that is. ``demo``
    leaves an item of the demo one."""
    work.actor.require(Permission.EDIT_COVERAGE)
    row = _row(work, item_id)
    checks.same_version(row.version, version)
    before, after = row.state, _next(row, "commit")
    if row.reviewer_id is None:
        raise Invalid(fields={"reviewer_id": "Name somebody from sales who reviews it first."})
    if row.agreed_at is None:
        raise Invalid(f"{_name_of(work, row.reviewer_id)} has not agreed to this yet.")
    row.state = after.value
    row.demo = row.demo and demo
    work.session.flush()
    _note(work, "plan.commit", row, before={"state": before}, after={"state": after.value})


def drop(work: Work, item_id: int, version: int, why: str = "") -> None:
    """It will not be made. ``why`` is kept with it. Raises ``Conflict`` and ``Invalid``."""
    work.actor.require(Permission.EDIT_COVERAGE)
    row = _row(work, item_id)
    checks.same_version(row.version, version)
    clean, problem = checks.tidy(why, WHY_LIMIT)
    checks.refuse({"why": problem})
    before = row.state
    row.demo = False
    _close(work, row, "drop", clean)
    after = {"state": row.state, "why": clean}
    _note(work, "plan.drop", row, before={"state": before}, after=after)


def attach(work: Work, item_id: int, asset_id: int | None) -> None:
    """This asset is what was planned; ``None`` takes it off. What is published closes the item.

    Raises ``NotFound`` for an asset the actor may not see, ``Invalid`` for a closed item.
    """
    work.actor.require(Permission.EDIT_COVERAGE)
    row = _row(work, item_id)
    _next(row, "attach")
    if asset_id is not None and not assets.titles(work, [asset_id]):
        raise NotFound("asset", asset_id)
    if row.asset_id == asset_id:
        return
    before, row.asset_id = row.asset_id, asset_id
    row.demo = False
    work.session.flush()
    _note(work, "plan.attach", row, before={"asset": before}, after={"asset": asset_id})
    _deliver(work, [asset_id] if asset_id is not None else [])


def any_delivered(look: Work) -> bool:
    """Whether ``close_delivered`` would find something; asked first, since that takes the write
    lock."""
    return look.session.scalar(_delivered(look).limit(1)) is not None


def close_delivered(work: Work) -> tuple[int, ...]:
    """Every open item whose asset is published and not expired is done; returns their ids."""
    work.actor.require(Permission.EDIT_COVERAGE)
    return _deliver(work, None)


def _delivered(look: Work) -> Any:
    return (
        select(PlanItemRow.id)
        .join(AssetRow, AssetRow.id == PlanItemRow.asset_id)
        .where(PlanItemRow.state.in_(OPEN), *current_conditions(look))
        .order_by(PlanItemRow.id)
    )


def _deliver(work: Work, asset_ids: Collection[int] | None) -> tuple[int, ...]:
    query = _delivered(work)
    if asset_ids is not None:
        query = query.where(PlanItemRow.asset_id.in_(asset_ids))
    found = tuple(work.session.scalars(query))
    for item_id in found:
        row = _row(work, item_id)
        before = row.state
        _close(work, row, "deliver", "")
        after = {"state": row.state, "asset": row.asset_id}
        _note(work, "plan.deliver", row, before={"state": before}, after=after)
    return found


def _row(work: Work, item_id: int) -> PlanItemRow:
    row = work.session.get(PlanItemRow, item_id)
    if row is None:
        raise NotFound("plan item", item_id)
    return row


def _as_reviewer(work: Work, item_id: int, version: int | None) -> PlanItemRow:
    work.actor.require(Permission.SEE_COVERAGE)
    row = _row(work, item_id)
    if row.reviewer_id is None or row.reviewer_id != work.actor.id:
        raise NotAllowed("review_plan_item")
    if version is not None:
        checks.same_version(row.version, version)
    return row


def _next(row: PlanItemRow, move: str) -> PlanState:
    """The state after it; raises ``Invalid`` where the item is in no state for it."""
    present = PlanState(row.state)
    if present not in MOVES[move]:
        raise Invalid(CANNOT[present])
    return MOVES[move][present]


def _move(row: PlanItemRow, move: str) -> PlanState:
    row.state = _next(row, move).value
    return PlanState(row.state)


def _close(work: Work, row: PlanItemRow, move: str, why: str) -> None:
    _move(row, move)
    row.closed_at, row.closed_why = work.now, why
    work.session.flush()


def _assign(row: PlanItemRow, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name != "terms":
            setattr(row, name, value)


def _store_terms(work: Work, item_id: int, term_ids: Collection[int]) -> None:
    work.session.execute(delete(PlanItemTermRow).where(PlanItemTermRow.item_id == item_id))
    work.session.add_all(PlanItemTermRow(item_id=item_id, term_id=i) for i in term_ids)


def _name_of(work: Work, user_id: int) -> str:
    found = work.session.get(UserRow, user_id)
    return found.name if found is not None else "The reviewer"


def _told(work: Work, values: dict[str, Any]) -> dict[str, Any]:
    """As the audit log says it, by names instead of ids."""
    known = taxonomy.read(work)
    reviewer = values["reviewer_id"]
    return {
        "title": values["title"],
        "type": ", ".join(checks.slugs(known, [values["type_id"] or 0])),
        "terms": checks.slugs(known, values["terms"]),
        "owner": values["owner_email"],
        "due": values["due_on"],
        "reviewer": _name_of(work, reviewer) if reviewer is not None else None,
        "note": values["note"],
    }


def _note(
    work: Work,
    action: str,
    row: PlanItemRow,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any],
) -> None:
    audit.note(work, action, "plan_item", row.id, label=row.title, before=before, after=after)
