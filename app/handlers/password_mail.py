"""Sends invitations and resets. The secret is made here, so it never lies in the job table."""

from __future__ import annotations

import logging

from app import password_mail
from app.wiring import Services
from content_catalog import SYSTEM, jobs, people
from content_catalog.errors import Invalid, NotFound
from content_catalog.jobs import Job

log = logging.getLogger(__name__)


def invitation(services: Services, job: Job) -> None:
    """Mail a link to ``user_id``. A second try makes a new link; the one before ends."""
    user_id = int(job.payload["user_id"])
    try:
        with services.catalog.work(SYSTEM) as work:
            user, secret = people.user(work, user_id), people.invite(work, user_id)
    except (NotFound, Invalid) as gone:
        log.info("invitation not sent: %s", gone)
    else:
        mail = password_mail.invitation(services.settings, user.email, user.name, secret)
        services.mailer.send(mail)
    _finish(services, job)


def reset(services: Services, job: Job) -> None:
    """Mail a link to ``email`` if there is such an account; otherwise nothing happens."""
    with services.catalog.work(SYSTEM) as work:
        found = people.request_reset(work, str(job.payload["email"]))
        user = people.user(work, found[0]) if found else None
    if found and user:
        services.mailer.send(
            password_mail.reset(services.settings, user.email, user.name, found[1])
        )
    _finish(services, job)


def _finish(services: Services, job: Job) -> None:
    with services.catalog.work(SYSTEM) as work:
        jobs.finish(work, job)
