"""The same request twice is one change: keys are kept for a day with the answer they got."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.base import Base, UtcDateTime
from content_catalog.database import Work
from content_catalog.errors import Invalid

KEPT = timedelta(hours=24)


class IdempotencyRow(Base):
    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def recall(work: Work, key: str, body_hash: str) -> str | None:
    """The result stored under this actor's key, or ``None`` when it is new.

    Raises ``Invalid`` when the key was used with another body.
    """
    row = work.session.get(IdempotencyRow, _own(work, key))
    if row is None or row.at < work.now - KEPT:
        return None
    if row.body_hash != body_hash:
        raise Invalid("This idempotency key was used with another body.")
    return row.result


def remember(work: Work, key: str, body_hash: str, result: str) -> None:
    """Store the result (a location, an id) in the transaction of the change itself."""
    work.session.merge(
        IdempotencyRow(key=_own(work, key), body_hash=body_hash, result=result, at=work.now)
    )


def sweep(work: Work) -> None:
    work.session.execute(
        delete(IdempotencyRow).where(IdempotencyRow.at < work.now - KEPT),
        execution_options={"synchronize_session": False},
    )


def _own(work: Work, key: str) -> str:
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()  # keys of any length
    return f"{work.actor.id}:{digest}"
