"""What a person keeps: stars and searches."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import finding
from app.auth import requires
from app.security import safe_next
from app.wiring import look, work
from content_catalog import Permission, assets, saved

blueprint = Blueprint("saved", __name__, url_prefix="/saved")


@blueprint.get("")
@requires(Permission.KEEP_OWN)
def index() -> ResponseReturnValue:
    rows = finding.rows_for(look(), assets.cards(look(), saved.starred(look())[:100]))
    return render_template("saved/index.html", rows=rows, searches=saved.searches(look()))


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
    query = request.form.get("query", "")[:2000]
    name = request.form.get("name", "").strip()
    with work() as unit:
        saved.save_search(unit, name, query)
    flash(f"Saved as “{name}”.", "success")
    return redirect(f"/?{query}" if query else "/", 303)


@blueprint.post("/searches/<int:search_id>/remove")
@requires(Permission.KEEP_OWN)
def remove_search(search_id: int) -> ResponseReturnValue:
    with work() as unit:
        saved.remove_search(unit, search_id)
    flash("The saved search is removed.", "success")
    return redirect(url_for(".index"), 303)


def _back(default: str) -> str:
    back = request.form.get("back", "")
    return safe_next(back) if back else default
