"""The mail that asks somebody from sales to review a plan item: when it is sent, what it says."""

from __future__ import annotations

from app.mail import Mail
from app.settings import Settings
from content_catalog import coverage, jobs
from content_catalog.coverage import PlanItem, PlanState
from content_catalog.database import Work

KIND = "plan_review"


def ask(work: Work, item_id: int, before: PlanItem | None = None) -> None:
    """Have the named reviewer of a new item asked; nothing without a reviewer or when reviewer and
    actor are the same. ``before`` is an edited item as it was: they are asked about it only when
    they were not its reviewer or the edit took their agreement back."""
    item = coverage.plan_item(work, item_id)
    if item.reviewer_id is None or item.reviewer_id == work.actor.id or not waits(item):
        return
    if before and before.reviewer_id == item.reviewer_id and before.agreed_at is None:
        return
    jobs.enqueue(
        work,
        KIND,
        {"item_id": item.id, "reviewer_id": item.reviewer_id, "asked_by": work.actor.name},
        key=f"plan:{item.id}:version:{item.version}:reviewer:{item.reviewer_id}",
    )


def waits(item: PlanItem) -> bool:
    """Whether the item still waits for its reviewer."""
    return item.state is PlanState.PROPOSED and item.agreed_at is None


def review(settings: Settings, to: str, name: str, asked_by: str, item: PlanItem) -> Mail:
    return Mail(
        to,
        f"Plan item to review: {item.title}"[:200],
        f"{name},\n\n{asked_by} plans “{item.title}” and asks whether you want it:\n\n"
        f"{settings.base_url}/coverage/plan/{item.id}\n\n"
        "It cannot be committed before you agree.\n",
    )
