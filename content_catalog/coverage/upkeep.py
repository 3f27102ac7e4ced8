"""What the demo library left behind."""

from __future__ import annotations

from sqlalchemy import delete

from content_catalog import audit
from content_catalog.actor import Permission
from content_catalog.coverage.models import NeedRow, PlanItemRow
from content_catalog.database import Work

__all__ = ["remove_demo"]


def remove_demo(work: Work) -> None:
    """Take away the needs and plan items that came with the demo library; what somebody changed
    or worked on since is theirs and stays."""
    work.actor.require(Permission.ADMINISTER)
    gone = {
        "needs": work.session.execute(delete(NeedRow).where(NeedRow.demo)),
        "plan_items": work.session.execute(delete(PlanItemRow).where(PlanItemRow.demo)),
    }
    work.session.expire_all()
    removed = {name: int(result.rowcount) for name, result in gone.items()}  # type: ignore[attr-defined]  # a CursorResult for DML
    if any(removed.values()):
        audit.note(work, "coverage.remove_demo", "need", None, label="Demo library", after=removed)
