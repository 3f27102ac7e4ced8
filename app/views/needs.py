"""Needs: what a cell must hold, what holds by default, and the numbers of the whole site."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import needs_overview, needs_page
from app.auth import requires
from app.flashes import flash_link
from app.forms.needs import (
    DefaultsForm,
    NeedForm,
    defaults_form,
    need_form,
    settings_form,
)
from app.idempotent import once_only
from app.numbers import whole
from app.security import safe_next
from app.wiring import look, work
from content_catalog import Permission, coverage, taxonomy
from content_catalog.errors import Conflict, Invalid, NotFound
from content_catalog.taxonomy import Term

blueprint = Blueprint("needs", __name__)

ONE = "/coverage/needs/<dimension>/<slug>"
CELL = f"{ONE}/<other>/<other_slug>"


@blueprint.get("/coverage/needs")
@requires(Permission.EDIT_COVERAGE)
def index() -> ResponseReturnValue:
    """The defaults of two dimensions, and the cells that differ from them."""
    return _overview(request.args.get("rows"), request.args.get("cols"))


def _overview(
    rows: str | None, cols: str | None, sent: DefaultsForm | None = None, status: int = 200
) -> ResponseReturnValue:
    page = needs_overview.overview(look(), rows, cols)
    forms = {
        part.dimension.slug: sent
        if sent is not None and sent.term_ids == tuple(t.id for t in part.dimension.live)
        else defaults_form(part.dimension.live, {x.term.id: x.record for x in part.lines})
        for part in page.defaults
    }
    return render_template("needs/index.html", page=page, forms=forms), status


@blueprint.post("/coverage/needs")
@requires(Permission.EDIT_COVERAGE)
def defaults() -> ResponseReturnValue:
    """The table of one dimension: targets and who they are for, as far as somebody touched them."""
    rows, cols = request.args.get("rows"), request.args.get("cols")
    page = needs_overview.overview(look(), rows, cols)
    wanted = request.form.get("dimension")
    part = next((p for p in page.defaults if p.dimension.slug == wanted), None)
    if part is None:
        raise NotFound("dimension", wanted)
    records = {line.term.id: line.record for line in part.lines}
    form = defaults_form(part.dimension.live, records, request.form)
    if not form.validate():
        return _overview(rows, cols, form, 422)
    try:
        with work() as unit:
            once_only(unit, lambda: needs_overview.save_defaults(unit, form.touched()))
    except Invalid as error:
        flash(str(error), "error")
        return _overview(rows, cols, form, 422)
    except Conflict as conflict:
        flash(f"{conflict} What you typed is below; save again to keep it.", "error")
        form.move_to(coverage.need_record(look(), term_id) for term_id in form.term_ids)
        return _overview(rows, cols, form, 409)
    flash("Saved.", "success")
    return redirect(f"{page.here}#{part.dimension.slug}-heading", 303)


@blueprint.route(ONE, methods=["GET", "POST"])
@requires(Permission.EDIT_COVERAGE)
def term(dimension: str, slug: str) -> ResponseReturnValue:
    """What is needed wherever this term is a row or a column, unless a cell says otherwise."""
    return _need((needs_page.place(taxonomy.read(look()), dimension, slug),))


@blueprint.route(CELL, methods=["GET", "POST"])
@requires(Permission.EDIT_COVERAGE)
def cell(dimension: str, slug: str, other: str, other_slug: str) -> ResponseReturnValue:
    """What one cell needs; the same in either order."""
    return _need(_places(dimension, slug, other, other_slug))


def _places(dimension: str, slug: str, other: str, other_slug: str) -> tuple[Term, Term]:
    terms = taxonomy.read(look())
    first = needs_page.place(terms, dimension, slug)
    second = needs_page.place(terms, other, other_slug)
    if first.dimension == second.dimension:
        raise NotFound("A cell is made of two dimensions.")
    return first, second


def _need(places: tuple[Term, ...]) -> ResponseReturnValue:
    next_url = request.values.get("next")
    page = needs_page.need_page(look(), places, next_url)
    if request.method == "GET" and request.path != page.address:
        query = request.query_string.decode()
        return redirect(f"{page.address}?{query}" if query else page.address, 301)
    data = request.form if request.method == "POST" else None
    form = need_form(page.record, page.types, page.by_default, data)
    if data is None:
        return _need_page(places, form)
    if not form.validate():
        return _need_page(places, form, 422)
    record = form.to_input(places[0].id, places[1].id if len(places) > 1 else None)
    try:
        with work() as unit:
            once_only(unit, lambda: coverage.set_need(unit, record))
    except Invalid as error:
        return _refused(places, form, error)
    except Conflict as conflict:
        form.move_to(conflict.version)
        return _need_page(places, form, 409)
    flash(f"What {page.title} needs is saved.", "success")
    return redirect(page.back, 303)


def _refused(places: tuple[Term, ...], form: NeedForm, error: Invalid) -> ResponseReturnValue:
    """Beside the fields where there are some, else above the form."""
    for message in form.show(error.fields) or ([] if error.fields else [str(error)]):
        flash(message, "error")
    return _need_page(places, form, 422)


def _need_page(places: tuple[Term, ...], form: NeedForm, status: int = 200) -> ResponseReturnValue:
    page = needs_page.need_page(look(), places, request.values.get("next"))
    return render_template("needs/edit.html", page=page, form=form), status


@blueprint.post(f"{CELL}/not-needed")
@requires(Permission.EDIT_COVERAGE)
def skip(dimension: str, slug: str, other: str, other_slug: str) -> ResponseReturnValue:
    """``why`` nothing is needed in this cell; all else that is written down there stays."""
    places = _places(dimension, slug, other, other_slug)
    ids, why = (places[0].id, places[1].id), request.form.get("why", "")

    def mark() -> None:
        present = coverage.need_record(unit, *ids)
        coverage.set_need(unit, replace(present, needed=False, why=why))

    try:
        with work() as unit:
            once_only(unit, mark)
    except Invalid as error:
        page = needs_page.need_page(look(), places, request.form.get("next"))
        marked = replace(page.record, needed=False, why=why)
        return _refused(places, need_form(marked, page.types, page.by_default), error)
    page = needs_page.need_page(look(), places, request.form.get("next"))
    flash_link(f"{page.title} is marked as not needed.", page.address, "Change it")
    return redirect(page.back, 303)


@blueprint.post(f"{ONE}/clear")
@requires(Permission.EDIT_COVERAGE)
def clear_term(dimension: str, slug: str) -> ResponseReturnValue:
    return _clear((needs_page.place(taxonomy.read(look()), dimension, slug),))


@blueprint.post(f"{CELL}/clear")
@requires(Permission.EDIT_COVERAGE)
def clear_cell(dimension: str, slug: str, other: str, other_slug: str) -> ResponseReturnValue:
    return _clear(_places(dimension, slug, other, other_slug))


def _clear(places: tuple[Term, ...]) -> ResponseReturnValue:
    """``version`` is the one that was shown; the defaults hold from then on."""
    page = needs_page.need_page(look(), places, request.form.get("next"))
    ids = (places[0].id, places[1].id if len(places) > 1 else None)
    version = request.form.get("version", type=whole) or 0
    try:
        with work() as unit:
            once_only(unit, lambda: coverage.clear_need(unit, *ids, version))
    except Conflict as conflict:
        flash(f"{conflict} Nothing was cleared; look at it again.", "error")
        return redirect(_with_way_back(page.address), 303)
    flash(f"The defaults hold for {page.title}.", "success")
    return redirect(page.back, 303)


def _with_way_back(address: str) -> str:
    came_from = request.form.get("next")
    return f"{address}?{urlencode({'next': safe_next(came_from)})}" if came_from else address


@blueprint.route("/coverage/settings", methods=["GET", "POST"])
@requires(Permission.EDIT_COVERAGE)
def settings() -> ResponseReturnValue:
    """The site's target and the weights of the gap score."""
    data = request.form if request.method == "POST" else None
    form = settings_form(coverage.settings(look()), data)
    status = 200
    if data is not None:
        status = 422
        if form.validate():
            try:
                with work() as unit:
                    once_only(unit, lambda: coverage.change_settings(unit, form.to_input()))
            except Invalid as error:
                form.show(error.fields)
            except Conflict as conflict:
                flash(f"{conflict} What you typed is below; save again to keep it.", "error")
                form.move_to(conflict.version)
                status = 409
            else:
                flash("Saved. Every score is counted anew.", "success")
                return redirect(url_for(".settings"), 303)
    page = needs_page.settings_page(look())
    return render_template("needs/settings.html", page=page, form=form), status
