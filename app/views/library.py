"""The library: the table, adding, editing, many at once, and what needs a review."""

from __future__ import annotations

from collections.abc import Callable

from flask import (
    Blueprint,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app import library_page
from app.auth import actor, requires
from app.forms.library import BulkEditForm, NewAssetForm, edit_form, new_form
from app.idempotent import once
from app.uploading import keep_file
from app.wiring import look, services, work
from app.words import listed, plural
from content_catalog import Permission, assets, taxonomy
from content_catalog.assets import Content, LinkContent, NewAsset, TextContent
from content_catalog.database import Work
from content_catalog.errors import Conflict, Invalid

blueprint = Blueprint("library", __name__, url_prefix="/library")


@blueprint.get("")
@requires(Permission.EDIT_ASSETS)
def index() -> ResponseReturnValue:
    page = library_page.table(look(), request.args)
    return render_template("library/index.html", page=page, form=BulkEditForm())


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.EDIT_ASSETS)
def new() -> ResponseReturnValue:
    form = new_form(taxonomy.read(look()), request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        try:
            asset_id, location = _create(form)
        except Invalid as error:
            for message in form.show(error.fields) or ([] if error.fields else [str(error)]):
                flash(message, "error")
        else:
            for twin in _twins(asset_id):
                flash(f"This is the same as “{twin}”. Both are kept.", "info")
            return redirect(location, 303)
    status = 422 if request.method == "POST" else 200
    return render_template("library/new.html", form=form, page=_choices()), status


def _create(form: NewAssetForm) -> tuple[int, str]:
    content = _content(form)
    asset = form.to_input(content)
    with work() as unit:
        asset_id = once(unit, lambda: str(assets.create(unit, asset)))
    return int(asset_id), f"/assets/{asset_id}"


def _content(form: NewAssetForm) -> Content:
    """The file is kept before any transaction; raises ``Invalid`` naming what is missing."""
    source = form.source.data
    if source == "link":
        if not form.link.data:
            raise Invalid(fields={"link": "Give the address of the link."})
        return LinkContent(form.link.data.strip())
    if source == "text":
        return TextContent(form.body.data or "")
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid(fields={"file": "Choose a file."})
    return keep_file(services(), upload.stream, upload.filename)


def _twins(asset_id: int) -> list[str]:
    with services().catalog.look(actor()) as fresh:
        shown = assets.page(fresh, asset_id)
        sha256 = assets.sha256_of(fresh, asset_id)
        found = assets.find_duplicates(
            fresh, sha256=sha256, url=shown.version.url, except_id=asset_id
        )
    return [card.title for card in found[:3]]


@blueprint.post("/upload")
@requires(Permission.EDIT_ASSETS)
def upload() -> ResponseReturnValue:
    """One of many files dropped at once: a draft named after the file, to be completed later."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Invalid(fields={"file": "Choose a file."})
    content = keep_file(services(), given.stream, given.filename)
    title = content.file_name.rsplit(".", 1)[0].replace("_", " ").strip() or content.file_name
    with work() as unit:
        twins = assets.find_duplicates(unit, sha256=content.sha256)
        asset_id = int(
            once(
                unit,
                lambda: str(
                    assets.create(
                        unit,
                        NewAsset(title=title[:300], content=content, status=assets.Status.DRAFT),
                    )
                ),
            )
        )
    edit_url = url_for("library.edit", asset_id=asset_id)
    answer = {
        "id": asset_id,
        "title": title,
        "edit_url": edit_url,
        "same_as": [{"title": t.title, "url": f"/assets/{t.id}"} for t in twins[:3]],
    }
    if request.accept_mimetypes.best == "application/json":
        return jsonify(answer), 201
    return redirect(edit_url, 303)


@blueprint.route("/<int:asset_id>/edit", methods=["GET", "POST"])
@requires(Permission.EDIT_ASSETS)
def edit(asset_id: int) -> ResponseReturnValue:
    shown = assets.page(look(), asset_id)
    terms = taxonomy.read(look())
    form = edit_form(terms, shown, request.form if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        try:
            with work() as unit:
                done = assets.edit(unit, asset_id, form.to_input())
        except Invalid as error:
            for message in form.show(error.fields) or ([] if error.fields else [str(error)]):
                flash(message, "error")
        except Conflict as conflict:
            clash = library_page.conflict(shown, conflict, terms)
            return render_template("library/conflict.html", page=clash, form=form), 409
        else:
            flash(_saved(done), "success")
            return redirect(url_for("assets.show", asset_id=asset_id), 303)
    if request.method == "GET":
        with work() as unit:
            assets.note_editing(unit, asset_id)
    page = library_page.edit(look(), shown)
    status = 422 if request.method == "POST" else 200
    return render_template("library/edit.html", form=form, page=page, choices=_choices()), status


def _saved(done: assets.Edited) -> str:
    if done.merged:
        who = done.by or "Somebody"
        return f"Saved. {who} changed {listed(done.merged)} meanwhile; both changes are kept."
    return "Saved." if done.changed else "Nothing was changed."


@blueprint.post("/<int:asset_id>/version")
@requires(Permission.EDIT_ASSETS)
def add_version(asset_id: int) -> ResponseReturnValue:
    """A new version of the content: file, link or text, as the form says."""
    version = request.form.get("version", type=int) or 0
    given = request.files.get("file")
    content: Content
    if given is not None and given.filename:
        content = keep_file(services(), given.stream, given.filename)
    elif request.form.get("link"):
        content = LinkContent(request.form["link"].strip())
    elif request.form.get("body", "").strip():
        content = TextContent(request.form["body"])
    else:
        raise Invalid(fields={"file": "Choose a file."})
    with work() as unit:
        number = assets.add_version(unit, asset_id, version, content)
    flash(f"Version {number} is in place. Its text is being read.", "success")
    return redirect(url_for("assets.show", asset_id=asset_id), 303)


@blueprint.get("/<int:asset_id>/history")
@requires(Permission.EDIT_ASSETS)
def history(asset_id: int) -> ResponseReturnValue:
    shown = assets.page(look(), asset_id)
    page = library_page.history(look(), shown)
    return render_template("library/history.html", page=page)


@blueprint.post("/<int:asset_id>/restore/<int:rev>")
@requires(Permission.EDIT_ASSETS)
def restore(asset_id: int, rev: int) -> ResponseReturnValue:
    version = request.form.get("version", type=int) or 0
    with work() as unit:
        assets.restore_revision(unit, asset_id, rev, version)
    flash(f"The words of revision {rev} are back.", "success")
    return redirect(url_for("assets.show", asset_id=asset_id), 303)


@blueprint.post("/<int:asset_id>/erase")
@requires(Permission.ERASE_ASSETS)
def erase(asset_id: int) -> ResponseReturnValue:
    with work() as unit:
        title = assets.page(unit, asset_id).card.title
        assets.erase(unit, asset_id)
    flash(f"“{title}” is erased.", "success")
    return redirect(url_for("library.index"), 303)


@blueprint.post("/bulk")
@requires(Permission.EDIT_ASSETS)
def bulk() -> ResponseReturnValue:
    """All ticked rows or none."""
    form = BulkEditForm()
    change = form.to_input()
    back = library_page.safe_back(request.form.get("back", ""), url_for("library.index"))
    if change is None:
        flash("Tick some rows and choose a change.", "error")
        return redirect(back, 303)
    with work() as unit:
        count = assets.bulk_edit(unit, change)
    flash(f"{plural(count, 'asset')} changed.", "success")
    return redirect(back, 303)


@blueprint.get("/review")
@requires(Permission.EDIT_ASSETS)
def review() -> ResponseReturnValue:
    """What is overdue first, then what is due soon; one key each."""
    mine = request.args.get("mine") == "1"
    page = library_page.review(look(), mine=mine)
    answer = make_response(render_template("library/review.html", page=page))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/review")
@requires(Permission.EDIT_ASSETS)
def reviewed() -> ResponseReturnValue:
    """Still good (for one or many) or retire; ``ids`` are ``asset:version`` pairs."""
    pairs = [value.partition(":") for value in request.form.getlist("ids")]
    verdict = request.form.get("verdict", "good")
    action: Callable[[Work, int, int], None] = _retire if verdict == "retire" else _still_good
    with work() as unit:
        for asset_id, _, version in pairs:
            action(unit, int(asset_id), int(version))
    word = "retired" if verdict == "retire" else "still good"
    flash(f"{plural(len(pairs), 'asset')} marked as {word}.", "success")
    return redirect(url_for("library.review", mine=request.form.get("mine") or None), 303)


def _still_good(unit: Work, asset_id: int, version: int) -> None:
    assets.review(unit, asset_id, version)


def _retire(unit: Work, asset_id: int, version: int) -> None:
    edit = assets.AssetEdit(version=version, status=assets.Status.ARCHIVED)
    assets.edit(unit, asset_id, edit)


def _choices() -> library_page.Choices:
    return library_page.choices(look())
