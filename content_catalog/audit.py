"""Every change: who, what, before, after, when, from where. Append-only for the application."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import JSON, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.actor import Permission
from content_catalog.base import Base, UtcDateTime
from content_catalog.database import Work


class AuditRow(Base):
    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    label: Mapped[str] = mapped_column(String(300), default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """``action`` is ``topic.verb`` ("asset.edit"); before and after hold the changed fields only."""

    id: int
    at: datetime
    actor_id: int | None
    actor_name: str
    address: str | None
    action: str
    subject: str
    subject_id: int | None
    label: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def note(
    work: Work,
    action: str,
    subject: str,
    subject_id: int | None,
    *,
    label: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down a change, in the transaction of the change. Never hand in secrets or page text."""
    work.session.add(
        AuditRow(
            at=work.now,
            actor_id=work.actor.id,
            actor_name=work.actor.name[:200],
            address=work.actor.address,
            action=action,
            subject=subject,
            subject_id=subject_id,
            label=label[:300],
            before=_plain(before),
            after=_plain(after),
        )
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Both mappings cut down to the keys whose values differ."""
    keys = [key for key in after if before.get(key) != after[key]]
    return {k: before.get(k) for k in keys}, {k: after[k] for k in keys}


def history(
    look: Work, subject: str, subject_id: int | None, limit: int = 100
) -> tuple[AuditEntry, ...]:
    """What happened to one thing, newest first; without an id, to what there is only one of."""
    rows = look.session.scalars(
        select(AuditRow)
        .where(AuditRow.subject == subject, AuditRow.subject_id == subject_id)
        .order_by(AuditRow.id.desc())
        .limit(limit)
    )
    return tuple(_entry(row) for row in rows)


def entries(
    look: Work,
    *,
    action: str | None = None,
    actor: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> Sequence[AuditEntry]:
    """The whole log, newest first, in pages by id. Admins only."""
    look.actor.require(Permission.ADMINISTER)
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if action:
        query = query.where(AuditRow.action.startswith(action, autoescape=True))
    if actor:
        query = query.where(AuditRow.actor_name.icontains(actor, autoescape=True))
    if before_id is not None:
        query = query.where(AuditRow.id < before_id)
    return tuple(_entry(row) for row in look.session.scalars(query))


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        row.id,
        row.at,
        row.actor_id,
        row.actor_name,
        row.address,
        row.action,
        row.subject,
        row.subject_id,
        row.label,
        row.before or {},
        row.after or {},
    )


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    result: dict[str, Any] = json.loads(json.dumps(dict(values), default=_json_value))
    return result


def _json_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
