"""Mails of a site without a mail server: kept for an admin to hand over, for a week at most.

They carry links that set passwords, so only who administers reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.actor import Permission
from content_catalog.base import Base, UtcDateTime
from content_catalog.database import Work
from content_catalog.errors import NotFound

KEPT = timedelta(days=7)


class OutboxRow(Base):
    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class KeptMail:
    id: int
    to: str
    subject: str
    text: str
    at: datetime


def keep(work: Work, to: str, subject: str, text: str) -> None:
    """Keep a mail. An earlier one with the same subject goes: its link has ended."""
    work.session.execute(
        delete(OutboxRow).where(OutboxRow.recipient == to, OutboxRow.subject == subject),
        execution_options={"synchronize_session": False},
    )
    work.session.add(OutboxRow(recipient=to, subject=subject, text=text, at=work.now))
    work.session.flush()


def mails(look: Work) -> tuple[KeptMail, ...]:
    """Newest first, none older than a week. For admins."""
    look.actor.require(Permission.ADMINISTER)
    rows = look.session.scalars(
        select(OutboxRow).where(OutboxRow.at >= look.now - KEPT).order_by(OutboxRow.id.desc())
    )
    return tuple(KeptMail(r.id, r.recipient, r.subject, r.text, r.at) for r in rows)


def remove(work: Work, mail_id: int) -> None:
    """Take a mail away that was handed over. For admins; raises ``NotFound``."""
    work.actor.require(Permission.ADMINISTER)
    row = work.session.get(OutboxRow, mail_id)
    if row is None:
        raise NotFound("mail", mail_id)
    work.session.delete(row)


def sweep(work: Work) -> None:
    """Forget what is older than a week."""
    work.session.execute(
        delete(OutboxRow).where(OutboxRow.at < work.now - KEPT),
        execution_options={"synchronize_session": False},
    )
