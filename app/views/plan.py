"""The plan: what shall be made for which cell, by whom, and whether sales wants it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import plan_mail, plan_page
from app.auth import requires
from app.flashes import flash_link
from app.forms.plan import DropForm, PlanForm, new_plan_form, plan_form
from app.idempotent import once, once_only
from app.numbers import whole
from app.wiring import look, services, work
from content_catalog import Permission, coverage
from content_catalog.database import Work
from content_catalog.errors import Conflict, Invalid

blueprint = Blueprint("plan", __name__, url_prefix="/coverage/plan")


@blueprint.get("")
@requires(Permission.SEE_COVERAGE)
def index() -> ResponseReturnValue:
    return render_template("plan/index.html", page=plan_page.plan_list(look(), request.args))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.EDIT_COVERAGE)
def new() -> ResponseReturnValue:
    """``terms`` (``dimension:slug``), ``title`` and ``type`` fill the form in; ``next`` is the cell
    it was planned from."""
    draft = plan_page.draft(look(), request.args)
    posted = request.form if request.method == "POST" else None
    form = new_plan_form(draft, plan_page.choices(look()), posted)
    if posted is not None and form.validate():
        try:
            with work() as unit:
                item_id = int(once(unit, lambda: str(_add(unit, form))))
        except Invalid as error:
            _tell(form, error)
        else:
            return _planned(item_id)
    page = plan_page.new_page(look(), request.args)
    return render_template("plan/new.html", page=page, form=form), 200 if posted is None else 422


def _add(unit: Work, form: PlanForm) -> int:
    item_id = coverage.plan(unit, form.to_input())
    plan_mail.ask(unit, item_id)
    return item_id


def _planned(item_id: int) -> ResponseReturnValue:
    own = url_for(".show", item_id=item_id)
    back = plan_page.new_page(look(), request.args).next_url
    if not back:
        flash("It is planned.", "success")
        return redirect(own, 303)
    flash_link("It is planned.", own, "Open the plan item")
    return redirect(back, 303)


def _tell(form: PlanForm | DropForm, error: Invalid) -> None:
    """Beside the fields where there are some, else above the form."""
    for message in form.show(error.fields) or ([] if error.fields else [str(error)]):
        flash(message, "error")


@blueprint.get("/<int:item_id>")
@requires(Permission.SEE_COVERAGE)
def show(item_id: int) -> ResponseReturnValue:
    """One item, what can be done with it now, and what happened to it. ``q`` looks for an asset
    that could be it."""
    return _item(item_id)


def _item(item_id: int, form: DropForm | None = None, status: int = 200) -> ResponseReturnValue:
    asked = request.args.get("q", "").strip()
    page = plan_page.item_page(look(), services().index, item_id, asked)
    drop_form = form or DropForm(formdata=None, data={"version": page.row.item.version})
    return render_template("plan/show.html", page=page, form=drop_form), status


@blueprint.route("/<int:item_id>/edit", methods=["GET", "POST"])
@requires(Permission.EDIT_COVERAGE)
def edit(item_id: int) -> ResponseReturnValue:
    item = coverage.plan_item(look(), item_id)
    posted = request.form if request.method == "POST" else None
    form = plan_form(item, plan_page.choices(look()), posted)
    if posted is not None and form.validate():
        try:
            with work() as unit:
                once_only(unit, lambda: _change(unit, item_id, form))
        except Invalid as error:
            _tell(form, error)
        except Conflict as conflict:
            form.move_to(conflict.version)
        else:
            flash("Saved.", "success")
            return redirect(url_for(".show", item_id=item_id), 303)
    page = plan_page.item_page(look(), services().index, item_id, "")
    status = 200 if posted is None else 409 if form.is_old else 422
    return render_template("plan/edit.html", page=page, form=form), status


def _change(unit: Work, item_id: int, form: PlanForm) -> None:
    before = coverage.plan_item(unit, item_id)
    coverage.edit_plan(unit, item_id, form.to_edit())
    plan_mail.ask(unit, item_id, before)


@blueprint.post("/<int:item_id>/agree")
@requires(Permission.SEE_COVERAGE)
def agree(item_id: int) -> ResponseReturnValue:
    """Only by the reviewer that the item names; ``version`` is what they were shown."""
    version = request.form.get("version", type=whole)
    if _moved(lambda unit: coverage.agree(unit, item_id, version)):
        flash("You agreed. It can be committed now.", "success")
    return _back(item_id)


@blueprint.post("/<int:item_id>/disagree")
@requires(Permission.SEE_COVERAGE)
def disagree(item_id: int) -> ResponseReturnValue:
    """The reviewer takes the agreement back, while nothing is committed."""
    version = request.form.get("version", type=whole)
    if _moved(lambda unit: coverage.disagree(unit, item_id, version)):
        flash("Your agreement is taken back.", "success")
    return _back(item_id)


@blueprint.post("/<int:item_id>/commit")
@requires(Permission.EDIT_COVERAGE)
def commit(item_id: int) -> ResponseReturnValue:
    version = request.form.get("version", type=whole) or 0
    if _moved(lambda unit: coverage.commit_plan(unit, item_id, version)):
        flash("It is committed.", "success")
    return _back(item_id)


@blueprint.post("/<int:item_id>/attach")
@requires(Permission.EDIT_COVERAGE)
def attach(item_id: int) -> ResponseReturnValue:
    """``asset`` is what was planned; without one it is taken off again."""
    asset_id = request.form.get("asset", type=whole)
    if _moved(lambda unit: coverage.attach(unit, item_id, asset_id)):
        flash(plan_page.attached(coverage.plan_item(look(), item_id)), "success")
    return _back(item_id)


@blueprint.post("/<int:item_id>/drop")
@requires(Permission.EDIT_COVERAGE)
def drop(item_id: int) -> ResponseReturnValue:
    form = DropForm(formdata=request.form)
    if not form.validate():
        return _item(item_id, form, 422)
    version, why = form.version.data or 0, form.why.data or ""
    if _moved(lambda unit: coverage.drop(unit, item_id, version, why)):
        flash("It is dropped.", "success")
    return _back(item_id)


def _moved(move: Callable[[Work], None]) -> bool:
    """Whether the move was made; if not, why not is said above the page."""
    try:
        with work() as unit:
            once_only(unit, lambda: move(unit))
    except (Invalid, Conflict) as error:
        flash(str(error), "error")
        return False
    return True


def _back(item_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", item_id=item_id), 303)
