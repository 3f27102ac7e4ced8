"""What a person keeps: stars, searches and coverage views."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import finding
from app.auth import requires
from app.idempotent import once_only
from app.security import safe_next
from app.wiring import look, work
from content_catalog import Permission, assets, saved
from content_catalog.errors import Invalid
from content_catalog.saved import KeptPage

PATHS = {KeptPage.FIND: "/", KeptPage.COVERAGE: "/coverage"}
WORDS = {KeptPage.FIND: "search", KeptPage.COVERAGE: "view"}
blueprint = Blueprint("saved", __name__, url_prefix="/saved")


@blueprint.get("")
@requires(Permission.KEEP_OWN)
def index() -> ResponseReturnValue:
    rows = finding.rows_for(look(), assets.cards(look(), saved.starred(look())[:100]))
    kept = saved.pages(look())
    searches = [one for one in kept if one.page is KeptPage.FIND]
    views = [one for one in kept if one.page is KeptPage.COVERAGE]
    return render_template("saved/index.html", rows=rows, searches=searches, views=views)


@blueprint.post("/stars/<int:asset_id>")
@requires(Permission.KEEP_OWN)
def star(asset_id: int) -> ResponseReturnValue:
    """``on`` is 1 or 0; htmx gets the button back, a form goes back where it was."""
    on = request.form.get("on") == "1"
    with work() as unit:
        (saved.star if on else saved.unstar)(unit, asset_id)
    if request.headers.get("HX-Request"):
        answer = make_response(render_template("saved/_star.html", asset_id=asset_id, starred=on))
        answer.headers["Cache-Control"] = "no-store"
        return answer
    return redirect(_back(url_for("assets.show", asset_id=asset_id)), 303)


@blueprint.post("/searches")
@requires(Permission.KEEP_OWN)
def save_search() -> ResponseReturnValue:
    """``page`` says which page the query string is of; the find page when it is left out."""
    query, name, page = request.form.get("query", ""), _name(), _page()
    with work() as unit:
        once_only(unit, lambda: saved.save_search(unit, name, query, page))
    flash(f"Saved as “{name}”.", "success")
    return redirect(f"{PATHS[page]}?{query}" if query else PATHS[page], 303)


@blueprint.post("/searches/<int:search_id>/rename")
@requires(Permission.KEEP_OWN)
def rename_search(search_id: int) -> ResponseReturnValue:
    name = _name()
    with work() as unit:
        saved.rename_search(unit, search_id, name)
    flash(f"Renamed to “{name}”.", "success")
    return redirect(url_for(".index"), 303)


@blueprint.post("/searches/<int:search_id>/remove")
@requires(Permission.KEEP_OWN)
def remove_search(search_id: int) -> ResponseReturnValue:
    with work() as unit:
        removed = saved.remove_search(unit, search_id)
    flash(f"The saved {WORDS[removed.page]} is removed.", "success")
    return redirect(url_for(".index"), 303)


def _name() -> str:
    return " ".join(request.form.get("name", "").split())


def _page() -> KeptPage:
    try:
        return KeptPage(request.form.get("page", KeptPage.FIND))
    except ValueError as error:
        raise Invalid("There is no such page to keep.") from error


def _back(default: str) -> str:
    back = request.form.get("back", "")
    return safe_next(back) if back else default
