"""The company's words: pages for everyone who finds, and the workshop for admins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import taxonomy_page
from app.auth import requires
from app.forms.taxonomy import (
    DimensionForm,
    TermForm,
    dimension_form,
    new_dimension_form,
    new_term_form,
    term_form,
)
from app.idempotent import once
from app.wiring import look, work
from content_catalog import Permission, taxonomy
from content_catalog.errors import Conflict, Invalid, NotFound

blueprint = Blueprint("taxonomy", __name__)


@blueprint.get("/<any(personas, stages, tollgates):plural>")
@requires(Permission.FIND)
def terms(plural: str) -> ResponseReturnValue:
    """All personas, stages or tollgates with their definitions."""
    page = taxonomy_page.overview(look(), taxonomy_page.PLURALS[plural])
    return render_template("taxonomy/terms.html", page=page, plural=plural)


@blueprint.get("/<any(personas, stages, tollgates):plural>/<slug>")
@requires(Permission.FIND)
def term(plural: str, slug: str) -> ResponseReturnValue:
    """Definition, what to ask, say, do and send, and its assets."""
    found = taxonomy.resolve(taxonomy.read(look()), taxonomy_page.PLURALS[plural], slug)
    if found is None:
        raise NotFound(taxonomy_page.PLURALS[plural], slug)
    if found.slug != slug:  # an old name or the successor of a retired term
        return redirect(url_for(".term", plural=plural, slug=found.slug), 301)
    page = taxonomy_page.term(look(), found)
    return render_template("taxonomy/term.html", page=page, plural=plural)


@blueprint.get("/admin/taxonomy")
@requires(Permission.EDIT_TAXONOMY)
def index() -> ResponseReturnValue:
    page = taxonomy_page.workshop(look(), None)
    return render_template("taxonomy/index.html", page=page, form=new_dimension_form())


@blueprint.post("/admin/taxonomy")
@requires(Permission.EDIT_TAXONOMY)
def add_dimension() -> ResponseReturnValue:
    form = new_dimension_form(request.form)
    if form.validate():
        try:
            with work() as unit:
                once(unit, lambda: str(taxonomy.add_dimension(unit, form.to_input())))
        except Invalid as error:
            form.show(error.fields)
        else:
            flash(f"“{form.label.data}” is added.", "success")
            return redirect(url_for(".dimension", slug=form.to_input().slug), 303)
    page = taxonomy_page.workshop(look(), None)
    return render_template("taxonomy/index.html", page=page, form=form), 422


# Two steps deep, so that a dimension may have any name.
@blueprint.post("/admin/taxonomy/default/load")
@requires(Permission.EDIT_TAXONOMY)
def load_default() -> ResponseReturnValue:
    """The set that comes with the program; what is there already stays as it is."""
    if any(dimension.terms for dimension in taxonomy.read(look()).dimensions):
        flash("There are terms already, so nothing was added.", "error")
    else:
        with work() as unit:
            report = taxonomy.load_default(unit)
        flash(f"{report.terms_added} terms are added. Change them as you like.", "success")
    return redirect(url_for(".index"), 303)


@blueprint.get("/admin/taxonomy/<slug>")
@requires(Permission.EDIT_TAXONOMY)
def dimension(slug: str) -> ResponseReturnValue:
    return _dimension_page(slug)


def _dimension_page(
    slug: str, form: object = None, add: object = None, status: int = 200
) -> ResponseReturnValue:
    page = taxonomy_page.workshop(look(), slug)
    return (
        render_template(
            "taxonomy/dimension.html",
            page=page,
            form=form or dimension_form(page.current),
            add=add or new_term_form(page.current, taxonomy.read(look())),
        ),
        status,
    )


@blueprint.post("/admin/taxonomy/<slug>")
@requires(Permission.EDIT_TAXONOMY)
def edit_dimension(slug: str) -> ResponseReturnValue:
    form = dimension_form(taxonomy_page.workshop(look(), slug).current, request.form)
    if form.validate():
        try:
            with work() as unit:
                taxonomy.edit_dimension(unit, slug, form.to_input())
        except Invalid as error:
            form.show(error.fields)
        except Conflict as conflict:
            _newer(form, taxonomy_page.workshop(look(), slug).current.version, conflict)
        else:
            flash("Saved.", "success")
            return redirect(url_for(".dimension", slug=slug), 303)
    return _dimension_page(slug, form=form, status=409 if form.is_old else 422)


def _newer(form: DimensionForm | TermForm, version: int, conflict: Conflict) -> None:
    """What was typed stays; saving again puts it on top of the version that is there now."""
    flash(f"{conflict} What you typed is below; save again to keep it.", "error")
    form.move_to(version)


@blueprint.post("/admin/taxonomy/<slug>/remove")
@requires(Permission.EDIT_TAXONOMY)
def remove_dimension(slug: str) -> ResponseReturnValue:
    try:
        with work() as unit:
            taxonomy.remove_dimension(unit, slug)
    except Invalid as error:
        flash(str(error), "error")
        return redirect(url_for(".dimension", slug=slug), 303)
    flash("The dimension is removed.", "success")
    return redirect(url_for(".index"), 303)


@blueprint.post("/admin/taxonomy/<slug>/move")
@requires(Permission.EDIT_TAXONOMY)
def move_dimension(slug: str) -> ResponseReturnValue:
    """``way`` is up or down, in the order of filters and columns."""
    slugs = [d.slug for d in taxonomy_page.workshop(look(), slug).dimensions]
    step = -1 if request.form.get("way") == "up" else 1
    with work() as unit:
        taxonomy.move_dimension(unit, slug, slugs.index(slug) + step)
    return redirect(f"{url_for('.index')}#dimension-{slug}", 303)


@blueprint.post("/admin/taxonomy/<slug>/terms")
@requires(Permission.EDIT_TAXONOMY)
def add_term(slug: str) -> ResponseReturnValue:
    page = taxonomy_page.workshop(look(), slug)
    form = new_term_form(page.current, taxonomy.read(look()), request.form)
    if form.validate():
        try:
            with work() as unit:
                once(unit, lambda: str(taxonomy.add_term(unit, form.to_input())))
        except Invalid as error:
            form.show(error.fields)
        else:
            flash(f"“{form.label.data}” is added.", "success")
            return redirect(url_for(".dimension", slug=slug), 303)
    return _dimension_page(slug, add=form, status=422)


@blueprint.post("/admin/taxonomy/<slug>/order")
@requires(Permission.EDIT_TAXONOMY)
def order(slug: str) -> ResponseReturnValue:
    """``move`` is ``slug:up`` or ``slug:down``."""
    name, _, way = request.form.get("move", "").rpartition(":")
    current = [t.slug for t in taxonomy_page.workshop(look(), slug).current.live]
    if name in current:
        at = current.index(name)
        to = max(0, at - 1) if way == "up" else min(len(current) - 1, at + 1)
        current.insert(to, current.pop(at))
        with work() as unit:
            taxonomy.reorder_terms(unit, slug, current)
    return redirect(f"{url_for('.dimension', slug=slug)}#term-{name}", 303)


@blueprint.route("/admin/taxonomy/<slug>/terms/<int:term_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_TAXONOMY)
def edit_term(slug: str, term_id: int) -> ResponseReturnValue:
    page = taxonomy_page.workshop(look(), slug, term_id)
    if page.term is None:
        raise NotFound("term", term_id)
    data = request.form if request.method == "POST" else None
    term_slug = page.term.slug
    form = term_form(page.term, taxonomy.read(look()), data)
    if request.method == "POST" and form.validate():
        try:
            with work() as unit:
                taxonomy.edit_term(unit, term_id, form.to_input())
        except Invalid as error:
            form.show(error.fields)
        except Conflict as conflict:
            page = taxonomy_page.workshop(look(), slug, term_id)
            _newer(form, page.term.version if page.term else 0, conflict)
        else:
            flash("Saved.", "success")
            return redirect(f"{url_for('.dimension', slug=slug)}#term-{term_slug}", 303)
    status = (409 if form.is_old else 422) if request.method == "POST" else 200
    return render_template("taxonomy/edit_term.html", page=page, form=form), status


@blueprint.post("/admin/taxonomy/<slug>/terms/<int:term_id>/retire")
@requires(Permission.EDIT_TAXONOMY)
def retire_term(slug: str, term_id: int) -> ResponseReturnValue:
    _named(slug, term_id)
    try:
        with work() as unit:
            taxonomy.retire_term(unit, term_id, request.form.get("successor") or None)
    except Invalid as error:
        flash(str(error), "error")
        return redirect(url_for(".edit_term", slug=slug, term_id=term_id), 303)
    flash("The term is retired. Assets that carry it keep it.", "success")
    return redirect(url_for(".dimension", slug=slug), 303)


@blueprint.post("/admin/taxonomy/<slug>/terms/<int:term_id>/restore")
@requires(Permission.EDIT_TAXONOMY)
def restore_term(slug: str, term_id: int) -> ResponseReturnValue:
    _named(slug, term_id)
    with work() as unit:
        taxonomy.restore_term(unit, term_id)
    flash("The term is back.", "success")
    return redirect(url_for(".dimension", slug=slug), 303)


def _named(slug: str, term_id: int) -> None:
    """Raises ``NotFound`` when the dimension in the address does not hold the term."""
    if taxonomy_page.workshop(look(), slug, term_id).term is None:
        raise NotFound("term", term_id)
