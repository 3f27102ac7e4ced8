"""Health, audit and outbox, for admins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import audit_page
from app import health as checks
from app.auth import requires
from app.signing_in import uncached
from app.wiring import look, services, work
from content_catalog import Permission, jobs, outbox

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.get("/health")
@requires(Permission.ADMINISTER)
def health() -> ResponseReturnValue:
    return render_template("admin/health.html", page=checks.page(services(), look()))


@blueprint.post("/health/jobs/<int:job_id>/retry")
@requires(Permission.ADMINISTER)
def retry(job_id: int) -> ResponseReturnValue:
    with work() as unit:
        jobs.retry(unit, job_id)
    flash("The job is in line again.", "success")
    return redirect(url_for(".health"), 303)


@blueprint.get("/audit")
@requires(Permission.ADMINISTER)
def audit() -> ResponseReturnValue:
    """Who did what, newest first, in pages by number."""
    return render_template("admin/audit.html", page=audit_page.build(look(), request.args))


@blueprint.get("/outbox")
@requires(Permission.ADMINISTER)
def mails() -> ResponseReturnValue:
    """What could not be mailed; the links in it are as good as passwords."""
    sends = bool(services().settings.mail_url)
    page = render_template("admin/outbox.html", mails=outbox.mails(look()), sends=sends)
    return uncached(page, 200)


@blueprint.post("/outbox/<int:mail_id>/remove")
@requires(Permission.ADMINISTER)
def remove_mail(mail_id: int) -> ResponseReturnValue:
    with work() as unit:
        outbox.remove(unit, mail_id)
    flash("The mail is removed.", "success")
    return redirect(url_for(".mails"), 303)
