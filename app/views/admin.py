"""Health and audit, for admins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import audit_page
from app import health as checks
from app.auth import requires
from app.wiring import look, services, work
from content_catalog import Permission, jobs

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
