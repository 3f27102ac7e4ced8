"""What is due for coverage: keep how it is today, and close what was planned and is there now."""

from __future__ import annotations

import logging

from app.wiring import Services
from content_catalog import SYSTEM, coverage, jobs
from content_catalog.faults import fault
from content_catalog.jobs import Job

log = logging.getLogger(__name__)


def snapshot(services: Services, job: Job) -> None:
    """One a day at the site. All is counted with no transaction open; run again, it changes
    nothing."""
    close_delivered(services)
    with services.catalog.look(SYSTEM) as look:
        picture = coverage.picture(look) if coverage.snapshot_due(look) else None
    drawn = None if picture is None else coverage.draw_snapshot(picture)
    fault("snapshot-drawn")
    with services.catalog.work(SYSTEM) as work:
        if jobs.finish(work, job) and drawn is not None:
            coverage.take_snapshot(work, drawn)
            fault("snapshot-storing")


def close_delivered(services: Services) -> int:
    """How many plan items are done since their asset is published; takes the write lock only when
    there is one."""
    with services.catalog.look(SYSTEM) as look:
        if not coverage.any_delivered(look):
            return 0
    with services.catalog.work(SYSTEM) as work:
        closed = coverage.close_delivered(work)
    log.info("%d planned assets are published now", len(closed))
    return len(closed)
