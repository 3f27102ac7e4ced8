"""Asks the reviewer of a plan item, unless that is no longer needed."""

from __future__ import annotations

import logging

from app import plan_mail
from app.wiring import Services
from content_catalog import SYSTEM, coverage, jobs, people
from content_catalog.errors import NotFound
from content_catalog.jobs import Job

log = logging.getLogger(__name__)


def review(services: Services, job: Job) -> None:
    """Mail ``reviewer_id`` about ``item_id`` while they are still the one it waits for."""
    try:
        with services.catalog.look(SYSTEM) as look:
            item = coverage.plan_item(look, int(job.payload["item_id"]))
            reviewer = people.user(look, int(job.payload["reviewer_id"]))
    except NotFound as gone:
        log.info("review not asked for: %s", gone)
    else:
        if item.reviewer_id == reviewer.id and reviewer.active and plan_mail.waits(item):
            asked_by = str(job.payload["asked_by"])
            services.mailer.send(
                plan_mail.review(services.settings, reviewer.email, reviewer.name, asked_by, item)
            )
    with services.catalog.work(SYSTEM) as work:
        jobs.finish(work, job)
