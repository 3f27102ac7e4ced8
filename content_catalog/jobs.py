"""The job table: "do this once". Enqueued in the transaction of the change, claimed with a lease.

Handlers are idempotent and read the present row. A result is stored only while the lease is still
one's own (fencing), so a worker that slept past its lease cannot overwrite a newer result. Order
and leases use the database row's times given by the caller's clock; back-off doubles from 2 s to
an hour, and after eight tries a job is parked where an admin sees it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, String, Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.base import Base, UtcDateTime
from content_catalog.database import Work
from content_catalog.errors import NotFound

MAX_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(hours=1)
_jitter = random.SystemRandom()  # the global generator is never seeded nor relied on


class JobRow(Base):
    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_due", "finished_at", "parked_at", "run_after", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    dedupe_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    run_after: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    leased_by: Mapped[str | None] = mapped_column(String(80))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    parked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class Job:
    """``lease`` names this claim; hand it back to ``finish`` or ``fail``."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    lease: str


@dataclass(frozen=True, slots=True)
class ParkedJob:
    id: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    error: str
    parked_at: datetime


def enqueue(
    work: Work,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    run_after: datetime | None = None,
) -> None:
    """Ask for one run. With a ``key`` that is already known, nothing happens."""
    if key is not None and work.session.scalar(select(JobRow.id).where(JobRow.dedupe_key == key)):
        return
    work.session.add(
        JobRow(
            kind=kind,
            payload=dict(payload),
            dedupe_key=key,
            run_after=run_after or work.now,
            created_at=work.now,
        )
    )
    work.session.flush()


def claim(work: Work, worker: str, lease: timedelta, limit: int = 1) -> list[Job]:
    """Take due jobs for ``lease``; a job whose lease ran out is due again.

    A claim counts as an attempt, so a job that kills its worker is parked after eight.
    """
    due = (
        select(JobRow)
        .where(
            JobRow.finished_at.is_(None),
            JobRow.parked_at.is_(None),
            JobRow.run_after <= work.now,
            or_(JobRow.leased_until.is_(None), JobRow.leased_until <= work.now),
        )
        .order_by(JobRow.run_after, JobRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken: list[Job] = []
    for row in work.session.scalars(due):
        if row.attempts >= MAX_ATTEMPTS:
            row.parked_at = work.now
            row.leased_until = None
            row.error = row.error or "The worker stopped every time it tried this."
            continue
        row.attempts += 1
        row.leased_until = work.now + lease
        row.leased_by = f"{worker}#{row.attempts}"
        taken.append(Job(row.id, row.kind, dict(row.payload), row.attempts, row.leased_by))
    return taken


def known(look: Work, keys: Iterable[str]) -> set[str]:
    """Those of the keys that have been asked for already."""
    return {
        key
        for key in look.session.scalars(
            select(JobRow.dedupe_key).where(JobRow.dedupe_key.in_(list(keys)))
        )
        if key is not None
    }


def due(look: Work) -> bool:
    """Whether ``claim`` would find something now; asked first, since a claim takes the write lock."""
    return (
        look.session.scalar(
            select(JobRow.id)
            .where(
                JobRow.finished_at.is_(None),
                JobRow.parked_at.is_(None),
                JobRow.run_after <= look.now,
                or_(JobRow.leased_until.is_(None), JobRow.leased_until <= look.now),
            )
            .limit(1)
        )
        is not None
    )


def open_payloads(look: Work, kind: str) -> tuple[Mapping[str, Any], ...]:
    """The payloads of all jobs of a kind that will still run: neither finished nor parked."""
    return tuple(
        look.session.scalars(
            select(JobRow.payload).where(
                JobRow.kind == kind, JobRow.finished_at.is_(None), JobRow.parked_at.is_(None)
            )
        )
    )


def owns(work: Work, job: Job) -> bool:
    """Whether the lease is still this claim's; ask before storing a result."""
    return (
        work.session.scalar(
            select(JobRow.id).where(
                JobRow.id == job.id,
                JobRow.leased_by == job.lease,
                JobRow.finished_at.is_(None),
                JobRow.parked_at.is_(None),
            )
        )
        is not None
    )


def finish(work: Work, job: Job) -> bool:
    """Done; False (and nothing changed) when the lease has gone to another."""
    if not owns(work, job):
        return False
    _set(work, job.id, finished_at=work.now, leased_until=None, error=None)
    return True


def fail(work: Work, job: Job, error: str) -> None:
    """Try again after a pause of 2^n seconds with jitter; the eighth failure parks the job."""
    if not owns(work, job):
        return
    if job.attempts >= MAX_ATTEMPTS:
        _set(work, job.id, parked_at=work.now, leased_until=None, error=error[:2000])
        return
    pause = min(timedelta(seconds=2**job.attempts), LONGEST_PAUSE)
    pause *= _jitter.uniform(0.8, 1.2)
    _set(work, job.id, run_after=work.now + pause, leased_until=None, error=error[:2000])


def release(work: Work, worker: str) -> int:
    """Give back every lease of a worker that ends in good order; those tries do not count."""
    result = work.session.execute(
        update(JobRow)
        .where(
            JobRow.leased_by.startswith(f"{worker}#", autoescape=True),
            JobRow.finished_at.is_(None),
            JobRow.leased_until.is_not(None),
        )
        .values(leased_until=None, leased_by=None, attempts=JobRow.attempts - 1),
        execution_options={"synchronize_session": False},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # a CursorResult for DML


def free(work: Work) -> None:
    """End every lease, for a worker that starts and knows to be alone; those tries do count."""
    work.session.execute(
        update(JobRow)
        .where(JobRow.finished_at.is_(None), JobRow.leased_until.is_not(None))
        .values(leased_until=None, leased_by=None),
        execution_options={"synchronize_session": False},
    )


def retry(work: Work, job_id: int) -> None:
    """Put a parked job back in line. Raises ``NotFound``."""
    row = work.session.get(JobRow, job_id)
    if row is None or row.parked_at is None:
        raise NotFound("parked job", job_id)
    row.parked_at = None
    row.attempts = 0
    row.leased_until = None
    row.run_after = work.now


def parked(look: Work, limit: int = 50) -> tuple[ParkedJob, ...]:
    rows = look.session.scalars(
        select(JobRow).where(JobRow.parked_at.is_not(None)).order_by(JobRow.id.desc()).limit(limit)
    )
    return tuple(
        ParkedJob(r.id, r.kind, dict(r.payload), r.attempts, r.error or "", r.parked_at)
        for r in rows
        if r.parked_at is not None
    )


def waiting(look: Work) -> tuple[int, datetime | None]:
    """How many jobs are open (not parked), and since when the oldest is due."""
    row = look.session.execute(
        select(func.count(), func.min(JobRow.run_after)).where(
            JobRow.finished_at.is_(None), JobRow.parked_at.is_(None)
        )
    ).one()
    return int(row[0]), row[1]


def sweep(work: Work, older_than: datetime) -> int:
    """Forget jobs that finished before ``older_than``."""
    result = work.session.execute(
        delete(JobRow).where(JobRow.finished_at < older_than),
        execution_options={"synchronize_session": False},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # a CursorResult for DML


def _set(work: Work, job_id: int, **values: Any) -> None:
    work.session.execute(
        update(JobRow).where(JobRow.id == job_id).values(**values),
        execution_options={"synchronize_session": False},
    )
