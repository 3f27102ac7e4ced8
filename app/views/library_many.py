"""The library, many at once: one change to the ticked rows, and the review queue.

They belong to the library's blueprint, which takes them by ``register``.
"""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app import library_bulk, library_page
from app.auth import requires
from app.flashes import flash_link
from app.idempotent import once
from app.numbers import whole
from app.wiring import look, work
from app.words import plural
from content_catalog import Permission, assets, taxonomy
from content_catalog.database import Work
from content_catalog.errors import Conflict, Invalid


def register(blueprint: Blueprint) -> None:
    """Add these views to the library's blueprint."""
    blueprint.add_url_rule("/bulk", view_func=bulk, methods=["GET"])
    blueprint.add_url_rule("/bulk", view_func=change_many, methods=["POST"])
    blueprint.add_url_rule("/review", view_func=review, methods=["GET"])
    blueprint.add_url_rule("/review", view_func=reviewed, methods=["POST"])


@requires(Permission.EDIT_ASSETS)
def bulk() -> ResponseReturnValue:
    """What a change to the ticked rows would do; choosing its value where it has one."""
    return _bulk_page(request.args)


@requires(Permission.EDIT_ASSETS)
def change_many() -> ResponseReturnValue:
    """All rows or none."""
    terms, ids = taxonomy.read(look()), _ids(request.form)
    wish = library_bulk.read_wish(request.form, terms)
    if wish is None or not ids:
        return _bulk_page(request.form)
    before = library_bulk.page(look(), wish, ids, back="")
    try:
        change = library_bulk.edit_of(wish, ids, terms)
        with work() as unit:
            count = assets.bulk_edit(unit, change)
    except Invalid as error:
        return _bulk_page(request.form, str(error))
    message = f"{plural(count, 'asset')} changed."
    undo = library_bulk.undo_url(before)
    if undo:
        flash_link(message, undo, "Undo")
    else:
        flash(message, "success")
    return redirect(_back(request.form), 303)


def _bulk_page(sent: MultiDict[str, str], error: str = "") -> ResponseReturnValue:
    terms, ids = taxonomy.read(look()), _ids(sent)
    wish = library_bulk.read_wish(sent, terms)
    if wish is None or not ids:
        flash("Tick some rows and choose a change.", "error")
        return redirect(_back(sent), 303)
    if wish.value and not error:
        try:
            library_bulk.edit_of(wish, ids, terms)
        except Invalid as fault:
            error = str(fault)
    page = library_bulk.page(look(), wish, ids, _back(sent), error)
    return render_template("library/bulk.html", page=page), 422 if error else 200


def _ids(sent: MultiDict[str, str]) -> list[int]:
    """What is no number is left out."""
    return list(dict.fromkeys(sent.getlist("ids", type=whole)))[: library_bulk.MOST]


def _back(sent: MultiDict[str, str]) -> str:
    return library_page.safe_back(sent.get("back", ""), url_for("library.index"))


@requires(Permission.EDIT_ASSETS)
def review() -> ResponseReturnValue:
    """What is overdue first, then what is due soon; one key each."""
    mine = request.args.get("mine") == "1"
    page = library_page.review(look(), mine=mine)
    answer = make_response(render_template("library/review.html", page=page))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@requires(Permission.EDIT_ASSETS)
def reviewed() -> ResponseReturnValue:
    """``good`` or ``retire`` name one ``asset:version``; ``verdict`` is for all the ticked ones."""
    back = redirect(url_for("library.review", mine=request.form.get("mine") or None), 303)
    verdict = next((v for v in ("good", "retire") if v in request.form), None)
    pairs = request.form.getlist(verdict) if verdict else request.form.getlist("ids")
    verdict = verdict or request.form.get("verdict", "good")
    chosen = [pair for pair in map(_pair, pairs) if pair is not None]
    if not chosen:
        flash("Tick some assets first.", "error")
        return back
    try:
        with work() as unit:
            once(unit, lambda: _judge(unit, verdict, chosen))
    except Conflict:
        flash(
            "Somebody changed one of them in between, so nothing was marked. Look again.", "error"
        )
        return back
    _tell_verdict(verdict, [asset_id for asset_id, _ in chosen])
    return back


def _pair(text: str) -> tuple[int, int] | None:
    asset_id, _, version = text.partition(":")
    try:
        return whole(asset_id), whole(version)
    except ValueError:
        return None


def _judge(unit: Work, verdict: str, chosen: list[tuple[int, int]]) -> str:
    for asset_id, version in chosen:
        if verdict == "retire":
            change = assets.AssetEdit(version=version, status=assets.Status.ARCHIVED)
            assets.edit(unit, asset_id, change)
        else:
            assets.review(unit, asset_id, version)
    return str(len(chosen))


def _tell_verdict(verdict: str, ids: list[int]) -> None:
    if verdict != "retire":
        flash(f"{plural(len(ids), 'asset')} marked as still good, for 180 days.", "success")
        return
    undo = url_for("library.bulk", change="status", value="published", ids=ids)
    flash_link(f"{plural(len(ids), 'asset')} archived.", undo, "Undo")
