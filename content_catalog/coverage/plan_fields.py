"""What may stand in a plan item."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import select

from content_catalog import taxonomy
from content_catalog.actor import Side
from content_catalog.coverage import checks
from content_catalog.coverage.models import PlanItemRow, PlanItemTermRow
from content_catalog.coverage.types import (
    PLAN_NOTE_LIMIT,
    PLAN_TITLE_LIMIT,
    NewPlanItem,
    PlanEdit,
)
from content_catalog.database import Work
from content_catalog.people.models import UserRow

MOST_TERMS = 30


def asked_for(item: NewPlanItem | PlanEdit, owner: str) -> dict[str, Any]:
    """The fields as somebody wrote them, tidied."""
    return {
        "title": " ".join(item.title.split()),
        "type_id": item.type_id,
        "terms": sorted(item.terms),
        "owner_email": owner.strip().lower(),
        "due_on": item.due_on,
        "reviewer_id": item.reviewer_id,
        "note": item.note.strip(),
    }


def present(work: Work, row: PlanItemRow) -> dict[str, Any]:
    """The same fields as the item holds them."""
    terms = select(PlanItemTermRow.term_id).where(PlanItemTermRow.item_id == row.id)
    return {
        "title": row.title,
        "type_id": row.type_id,
        "terms": sorted(work.session.scalars(terms)),
        "owner_email": row.owner_email,
        "due_on": row.due_on,
        "reviewer_id": row.reviewer_id,
        "note": row.note,
    }


def checked(work: Work, values: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The fields of an item as they may be stored; raises ``Invalid`` naming those that may not.

    ``before`` is what the item holds: people and terms in it may have gone out of use since.
    """
    known = taxonomy.read(work)
    new = {name: value for name, value in values.items() if before.get(name) != value}
    problems = {
        "title": _title_problem(values["title"]),
        "note": checks.tidy(values["note"], PLAN_NOTE_LIMIT)[1],
        "terms": _terms_problem(known, values["terms"], before.get("terms", ())),
    }
    if new.get("type_id") is not None:
        problems["type_id"] = checks.types_problem(known, [new["type_id"]])
    if "owner_email" in new:
        problems["owner_email"] = _owner_problem(work, new["owner_email"])
    if new.get("reviewer_id") is not None:
        problems["reviewer_id"] = _reviewer_problem(work, new["reviewer_id"])
    if new.get("due_on") is not None:
        problems["due_on"] = _due_problem(new["due_on"], work.today)
    checks.refuse(problems)
    return values


def _title_problem(title: str) -> str | None:
    if not title:
        return "Say what is to be made."
    return f"Use at most {PLAN_TITLE_LIMIT} characters." if len(title) > PLAN_TITLE_LIMIT else None


def _terms_problem(
    known: taxonomy.Taxonomy, term_ids: list[int], kept: Collection[int]
) -> str | None:
    if not term_ids:
        return "Say for whom or when it is meant."
    if len(term_ids) > MOST_TERMS:
        return f"Choose at most {MOST_TERMS}."
    for term_id in term_ids:
        term = known.terms.get(term_id)
        if term is None:
            return "Choose from the list."
        if term.retired and term_id not in kept:
            return f"“{term.label}” is not used any more."
    return None


def _owner_problem(work: Work, email: str) -> str | None:
    if not email:
        return "Say who makes it."
    found = work.session.scalar(select(UserRow.id).where(UserRow.email == email, UserRow.active))
    return None if found is not None else f"Nobody here has the address {email[:80]}."


def _reviewer_problem(work: Work, user_id: int) -> str | None:
    found = work.session.get(UserRow, user_id)
    if found is None or not found.active or found.side != Side.SALES:
        return "Choose somebody from sales."
    return None


def _due_problem(due_on: date, today: date) -> str | None:
    return "Choose a day that is still to come." if due_on < today else None
