"""Health and audit, for admins."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from app import health as checks
from app.api.door import operation
from app.api.shapes import Input, Output, PerPage, Text
from app.health import Line
from app.wiring import look, services, work
from content_catalog import Permission, audit, jobs
from content_catalog.assets import LibraryStats
from content_catalog.audit import AuditEntry
from content_catalog.jobs import ParkedJob


class FileProblem(Output):
    file: str
    problem: str


class Health(Output):
    """``state`` is the worst of the lines: ok, warn or bad."""

    state: str
    lines: list[Line]
    library: LibraryStats
    failed_jobs: list[ParkedJob]
    file_problems: list[FileProblem]


class AuditQuery(Input):
    """The log only grows, so it is read backwards from ``before``, the ``next`` of an answer."""

    action: Annotated[Text, Field(max_length=60, description="Its beginning: asset.")] = ""
    actor: Annotated[Text, Field(max_length=200, description="Part of a name.")] = ""
    before: Annotated[int, Field(ge=1, le=2**53)] | None = None
    per_page: PerPage = 50


class AuditLog(Output):
    """``next`` is null at the beginning of the log."""

    items: list[AuditEntry]
    next: int | None


@operation("GET", "/health", Permission.ADMINISTER, answer=Health)
def show_health() -> Any:
    """How the site is doing, each line with what to do about it."""
    page = checks.page(services(), look())
    return Health(
        state=page.worst,
        lines=list(page.lines),
        library=page.stats,
        failed_jobs=list(page.parked),
        file_problems=[FileProblem(file=f, problem=p) for f, p in page.file_problems],
    )


@operation("POST", "/health/jobs/<int:job_id>/retry", Permission.ADMINISTER)
def retry_job(job_id: int) -> Any:
    """Put a failed job back in line."""
    with work() as unit:
        jobs.retry(unit, job_id)


@operation("GET", "/audit", Permission.ADMINISTER, query=AuditQuery, answer=AuditLog)
def list_audit(query: AuditQuery) -> Any:
    """Who did what, newest first."""
    found = audit.entries(
        look(),
        action=query.action or None,
        actor=query.actor or None,
        before_id=query.before,
        limit=query.per_page + 1,
    )
    shown = list(found[: query.per_page])
    return AuditLog(items=shown, next=shown[-1].id if len(found) > query.per_page else None)
