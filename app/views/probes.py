"""Probes for whatever watches the server; they say nothing an outsider could use."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue

from app.auth import requires
from app.health import ready
from app.wiring import services
from content_catalog import Permission

blueprint = Blueprint("probes", __name__)


@blueprint.get("/healthz")
@requires(Permission.PUBLIC)
def healthz() -> Response:
    """The process lives."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@requires(Permission.PUBLIC)
def readyz() -> ResponseReturnValue:
    """Database, index and disk as one word each; 503 when pages cannot be served."""
    state = ready(services())
    return jsonify(state), 200 if state["database"] == "ok" else 503


@blueprint.get("/favicon.ico")
@requires(Permission.PUBLIC)
def favicon() -> ResponseReturnValue:
    return redirect(url_for("static", filename="favicon.svg"))
