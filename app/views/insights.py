"""Insights: why searches fail and what helps, what is used and what is not."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app import insights_lists, insights_map, insights_page
from app.auth import requires
from app.forms.insights import AliasForm
from app.idempotent import once
from app.library_page import safe_back
from app.numbers import whole
from app.searching import read_criteria
from app.wiring import look, services, work
from content_catalog import Permission, taxonomy
from content_catalog.analytics import Cause
from content_catalog.database import Work
from content_catalog.errors import Invalid, NotFound

blueprint = Blueprint("insights", __name__, url_prefix="/insights")

FAILED = {"nothing": insights_page.NOTHING, "unopened": insights_page.UNOPENED}


@blueprint.get("")
@requires(Permission.SEE_INSIGHTS)
def index() -> ResponseReturnValue:
    page = insights_page.page(look(), _days(), services().settings.search_log_days)
    return render_template("insights/index.html", page=page)


@blueprint.get("/searches")
@requires(Permission.SEE_INSIGHTS)
def searches() -> ResponseReturnValue:
    """The rows of a number: ``cause``, or ``failed`` (nothing, unopened; else all)."""
    named = request.args.get("cause", "")
    cause = Cause(named) if named in set(Cause) else None
    outcomes = FAILED.get(request.args.get("failed", ""), insights_page.ALL)
    page = insights_lists.searches(look(), _days(), cause, outcomes, _number())
    return render_template("insights/searches.html", page=page)


@blueprint.get("/stale")
@requires(Permission.SEE_INSIGHTS)
def stale() -> ResponseReturnValue:
    return render_template("insights/assets.html", page=insights_lists.stale(look(), _number()))


@blueprint.get("/unused")
@requires(Permission.SEE_INSIGHTS)
def unused() -> ResponseReturnValue:
    return render_template("insights/assets.html", page=insights_lists.unused(look(), _number()))


@blueprint.get("/words")
@requires(Permission.SEE_INSIGHTS)
def words() -> ResponseReturnValue:
    """All words that led to use."""
    page = insights_lists.led_to_use(look(), _days(), _number())
    return render_template("insights/words.html", page=page)


@blueprint.get("/map")
@requires(Permission.EDIT_ASSETS)
def map_found() -> ResponseReturnValue:
    """What a search finds without its filter ``map``, to be ticked and mapped to it."""
    key = request.args.get("map", "")
    page = insights_map.page(look(), services().index, read_criteria().criteria, key)
    return render_template("insights/assets.html", page=page)


@blueprint.post("/alias")
@requires(Permission.EDIT_TAXONOMY)
def add_alias() -> ResponseReturnValue:
    """The words become one more name of the term; what searched them finds its assets from now on."""
    form = AliasForm()
    back = safe_back(form.back.data or "", "/insights")
    if not form.validate():
        flash(" ".join(e for errors in form.errors.values() for e in errors), "error")
        return redirect(back, 303)
    term_id, alias = form.to_input()
    term = taxonomy.read(look()).terms.get(term_id)
    if term is None:
        raise NotFound("term", term_id)
    try:
        with work() as unit:
            once(unit, lambda: _add(unit, term_id, alias))
    except Invalid as error:
        flash(" ".join(error.fields.values()) or str(error), "error")
    else:
        flash(f"“{alias}” is a name of “{term.label}” now.", "success")
    return redirect(back, 303)


def _add(unit: Work, term_id: int, alias: str) -> str:
    taxonomy.add_alias(unit, term_id, alias)
    return ""


def _days() -> int:
    asked = request.args.get("days", type=whole)
    return insights_page.window(asked, services().settings.search_log_days)


def _number() -> int:
    return min(max(request.args.get("page", 1, type=whole), 1), 10_000)
