"""What jobs do, by kind. A handler does the slow part first, then stores and finishes in one go."""

from __future__ import annotations

from collections.abc import Callable

from app.handlers import coverage, extract, images, import_rows, password_mail, plan_mail, upkeep
from app.wiring import Services
from content_catalog.jobs import Job

Handler = Callable[[Services, Job], None]

HANDLERS: dict[str, Handler] = {
    "extract": extract.run,
    "images": images.run,
    "import_rows": import_rows.run,
    "invitation": password_mail.invitation,
    "password_reset": password_mail.reset,
    "plan_review": plan_mail.review,
    "reconcile": upkeep.reconcile,
    "check_index": upkeep.check_index,
    "check_files": upkeep.check_files,
    "coverage_snapshot": coverage.snapshot,
    "recount_uses": upkeep.recount_uses,
    "prune": upkeep.prune,
    "sweep": upkeep.sweep,
}


def run(services: Services, job: Job) -> None:
    """Raises ``KeyError`` for a kind that nobody handles; the job is then parked in time."""
    HANDLERS[job.kind](services, job)
