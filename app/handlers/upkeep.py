"""What is due every day: compare, check, count again, forget what is old."""

from __future__ import annotations

import logging
from datetime import timedelta

from app import importing, indexing
from app.wiring import Services
from content_catalog import (
    SYSTEM,
    analytics,
    assets,
    coverage,
    idempotency,
    imports,
    jobs,
    outbox,
    people,
)
from content_catalog.jobs import Job
from search_index.errors import IndexUnavailable

log = logging.getLogger(__name__)


def reconcile(services: Services, job: Job) -> None:
    """Mark assets whose document differs from the ledger."""
    indexing.reconcile(services)
    _finish(services, job)


def check_index(services: Services, job: Job) -> None:
    """Hash every index file against the manifest; a damaged index is drawn anew."""
    try:
        services.index.verify()
    except IndexUnavailable as error:
        log.warning("the index failed its check (%s): rebuilding", error)
        indexing.rebuild(services)
    _finish(services, job)


def check_files(services: Services, job: Job) -> None:
    """All sizes, and the hashes of one seventh of the files: in a week, every byte was read."""
    with services.catalog.look(SYSTEM) as look:
        files = assets.kept_files(look)
        part = look.today.toordinal() % 7
    problems = {
        sha256: problem
        for sha256, size in files
        if (problem := _file_problem(services, sha256, size, int(sha256[:8], 16) % 7 == part))
    }
    with services.catalog.work(SYSTEM) as work:
        assets.store_file_problems(work, problems)
        jobs.finish(work, job)


def _file_problem(services: Services, sha256: str, size: int, read_all: bool) -> str | None:
    if read_all:
        return services.blobs.verify(sha256, size)
    return services.blobs.check_size(sha256, size)


def recount_uses(services: Services, job: Job) -> None:
    with services.catalog.work(SYSTEM) as work:
        analytics.recount(work)
        jobs.finish(work, job)


def prune(services: Services, job: Job) -> None:
    """Search words are kept 90 days and names 30, unless the settings say otherwise; what the
    rest is good for ends within a week."""
    settings = services.settings
    with services.catalog.work(SYSTEM) as work:
        analytics.prune(work, settings.search_log_days, settings.search_name_days)
        idempotency.sweep(work)
        people.sweep(work)
        outbox.sweep(work)
        coverage.thin(work)
        imports.discard_unstarted(work, work.now - timedelta(seconds=importing.KEPT_SECONDS))
        jobs.sweep(work, work.now - timedelta(days=7))
        jobs.finish(work, job)


def sweep(services: Services, job: Job) -> None:
    """Files that no row names and that are older than a day."""
    with services.catalog.look(SYSTEM) as look:
        named = assets.named_hashes(look)
    removed = services.blobs.sweep(named)
    if removed:
        log.info("swept %d files that nothing names", len(removed))
    _finish(services, job)


def _finish(services: Services, job: Job) -> None:
    with services.catalog.work(SYSTEM) as work:
        jobs.finish(work, job)
