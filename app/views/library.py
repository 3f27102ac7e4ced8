"""The library: the table, adding, editing, many at once, and what needs a review."""

from __future__ import annotations

from contextlib import suppress

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

from app import library_history, library_page, plan_page
from app.auth import actor, requires
from app.flashes import flash_link
from app.forms.library import EditAssetForm, NewAssetForm, edit_form, new_form
from app.idempotent import once
from app.numbers import whole
from app.uploading import keep_file, quota
from app.views import library_many
from app.wiring import look, services, work
from app.words import listed
from content_catalog import Permission, assets, coverage, taxonomy
from content_catalog.assets import (
    AssetPage,
    Content,
    FileContent,
    LinkContent,
    NewAsset,
    TextContent,
)
from content_catalog.errors import Conflict, Invalid, NotFound, Unavailable

blueprint = Blueprint("library", __name__, url_prefix="/library")
library_many.register(blueprint)


@blueprint.get("")
@requires(Permission.EDIT_ASSETS)
def index() -> ResponseReturnValue:
    page = library_page.table(look(), request.args)
    return render_template("library/index.html", page=page)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.EDIT_ASSETS)
def new() -> ResponseReturnValue:
    """``plan`` is the plan item that the asset is made for: it fills the form in and gets it."""
    plan_id = request.values.get("plan", type=whole)
    plan = plan_page.wanted(look(), plan_id)
    form = new_form(
        taxonomy.read(look()),
        request.form if request.method == "POST" else None,
        title=plan.title if plan else "",
        terms=plan.terms if plan else (),
    )
    if request.method == "POST" and form.validate():
        try:
            asset_id = _create(form, plan_id)
        except Invalid as error:
            _tell(form, error)
        else:
            _tell_added(asset_id, plan_id)
            return redirect(url_for("assets.show", asset_id=asset_id), 303)
    status = 422 if request.method == "POST" else 200
    limit = services().settings.upload_limit
    return render_template("library/new.html", form=form, upload_limit=limit, plan=plan), status


def _create(form: NewAssetForm, plan_id: int | None) -> int:
    asset = form.to_input(_content(form))

    def create() -> str:
        asset_id = assets.create(unit, asset, quota=quota(services()))
        if plan := plan_page.wanted(unit, plan_id):  # else it was closed meanwhile
            coverage.attach(unit, plan.id, asset_id)
        return str(asset_id)

    with work() as unit:
        return int(once(unit, create))


def _tell(form: NewAssetForm | EditAssetForm, error: Invalid) -> None:
    """Beside the fields where there are some, else above the form."""
    for message in form.show(error.fields) or ([] if error.fields else [str(error)]):
        flash(message, "error")


def _tell_added(asset_id: int, plan_id: int | None) -> None:
    with services().catalog.look(actor()) as fresh:
        shown = assets.page(fresh, asset_id)
        twins = library_page.twins(fresh, shown)
        told = plan_page.made(fresh, plan_id, asset_id)
    flash(f"“{shown.card.title}” is added.", "success")
    if told:
        flash_link(told, url_for("plan.show", item_id=plan_id), "Open it")
    if twins:
        flash_link(
            f"This is the same {shown.card.kind.value} as “{twins[0].title}”.",
            url_for("library.edit", asset_id=asset_id),
            "Open it, or add this as its new version",
            "info",
        )


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


@blueprint.post("/upload")
@requires(Permission.EDIT_ASSETS)
def upload() -> ResponseReturnValue:
    """One of many files dropped at once: a draft named after the file, to be completed later."""
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Invalid(fields={"file": "Choose a file."})
    content = keep_file(services(), given.stream, given.filename)
    title = content.file_name.rsplit(".", 1)[0].replace("_", " ").strip() or content.file_name
    draft = NewAsset(title=title[:300], content=content, status=assets.Status.DRAFT)
    with work() as unit:
        asset_id = int(once(unit, lambda: str(assets.create(unit, draft, quota=quota(services())))))
        twins = assets.find_duplicates(unit, sha256=content.sha256, except_id=asset_id)
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
    if request.method == "POST" and "again" in request.form:
        _bring_up_to_date(form, shown, terms)
    elif request.method == "POST" and form.validate():
        try:
            done = _save(asset_id, form)
        except Invalid as error:
            _tell(form, error)
        except Conflict as conflict:
            return _clash(asset_id, form, conflict)
        else:
            flash(_saved(done, terms), "success")
            return redirect(url_for("assets.show", asset_id=asset_id), 303)
    if request.method == "GET":
        with suppress(Unavailable), work() as unit:  # the form can be read all the same
            assets.note_editing(unit, asset_id)
    status = 422 if request.method == "POST" and form.errors else 200
    return _edit_page(asset_id, form, status)


def _edit_page(asset_id: int, form: EditAssetForm, status: int) -> ResponseReturnValue:
    page = library_page.edit(look(), assets.page(look(), asset_id))
    answer = make_response(render_template("library/edit.html", form=form, page=page), status)
    answer.headers["Cache-Control"] = "no-store"  # back must not show an older version's form
    return answer


def _save(asset_id: int, form: EditAssetForm) -> assets.Edited:
    """After a conflict (``settled`` is the version looked at) only the fields the editor changed and
    did not leave to the others are sent."""
    change = form.to_input()
    settled = request.form.get("settled", type=whole)
    if settled is not None:
        base = library_history.base_of(look(), asset_id, change.version)
        if base is None:
            raise Conflict("This was changed too long ago to merge.", version=settled)
        mine = library_history.mine_only(form.typed(), base) - _left_to_others()
        change = library_history.narrowed(change, mine, settled)
    with work() as unit:
        return assets.edit(unit, asset_id, change)


def _left_to_others() -> set[str]:
    return {
        name.removeprefix("choice-")
        for name, value in request.form.items()
        if name.startswith("choice-") and value == "theirs"
    }


def _clash(asset_id: int, form: EditAssetForm, conflict: Conflict) -> ResponseReturnValue:
    shown = assets.page(look(), asset_id)
    if not conflict.theirs:
        flash("This was changed too long ago to merge. Look at every field, then save.", "error")
        form.version.process(None, shown.rev)
        form.version.raw_data = None
        return _edit_page(asset_id, form, 409)
    passing = {"csrf_token", "idempotency_key", "settled"}
    passing |= {f"choice-{name}" for name in conflict.theirs}
    kept = [pair for pair in request.form.items(multi=True) if pair[0] not in passing]
    page = library_history.conflict(look(), shown, conflict, kept)
    return render_template("library/conflict.html", page=page), 409


def _bring_up_to_date(form: EditAssetForm, shown: AssetPage, terms: taxonomy.Taxonomy) -> None:
    """The form as it is now, with what the editor changed on top."""
    base = library_history.base_of(look(), shown.card.id, form.version.data or 0)
    if base is not None:
        changed = library_history.mine_only(form.typed(), base)
        form.on_top_of(edit_form(terms, shown), changed)


def _saved(done: assets.Edited, terms: taxonomy.Taxonomy) -> str:
    if done.merged:
        names = listed([library_history.label_of(name, terms) for name in done.merged])
        return f"Saved. {done.by or 'Somebody'} changed {names} meanwhile; both changes are kept."
    return "Saved." if done.changed else "Nothing was changed."


@blueprint.post("/<int:asset_id>/version")
@requires(Permission.EDIT_ASSETS)
def add_version(asset_id: int) -> ResponseReturnValue:
    """A new version of the content: file, link or text, as the form says."""
    version = request.form.get("version", type=whole) or 0
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
    try:
        with work() as unit:
            number = once(
                unit,
                lambda: str(
                    assets.add_version(unit, asset_id, version, content, quota=quota(services()))
                ),
            )
    except Conflict as conflict:
        flash(f"{conflict} The new version was not put in place; send it again.", "error")
        return redirect(f"{url_for('library.edit', asset_id=asset_id)}#new-version", 303)
    flash(f"Version {number} is in place.", "success")
    return redirect(url_for("assets.show", asset_id=asset_id), 303)


@blueprint.post("/<int:asset_id>/as-version")
@requires(Permission.EDIT_ASSETS)
def as_version(asset_id: int) -> ResponseReturnValue:
    """The file of this asset becomes the new version of ``target``; this one is archived and leads
    there."""
    target = request.form.get("target", type=whole) or 0
    version = request.form.get("version", type=whole) or 0
    shown = assets.page(look(), asset_id)
    heir = assets.page(look(), target)
    stored = assets.stored_file(look(), asset_id)
    content = FileContent(
        sha256=stored.sha256,
        size=stored.size,
        file_name=stored.file_name,
        media_type=stored.media_type,
        format=stored.format,
        active_content=shown.version.active_content,
    )
    with work() as unit:
        assets.add_version(unit, target, heir.rev, content, quota=quota(services()))
        done = assets.edit(unit, asset_id, assets.AssetEdit(version, status=assets.Status.ARCHIVED))
        assets.supersede(unit, asset_id, done.version, target)
    flash(f"It is the new version of “{heir.card.title}”. The other one is archived.", "success")
    return redirect(url_for("assets.show", asset_id=target), 303)


@blueprint.post("/<int:asset_id>/successor")
@requires(Permission.EDIT_ASSETS)
def supersede(asset_id: int) -> ResponseReturnValue:
    """``successor`` is the address or the number of the newer asset; empty takes it back."""
    typed = request.form.get("successor", "").strip()
    version = request.form.get("version", type=whole) or 0
    back = redirect(f"{url_for('library.edit', asset_id=asset_id)}#successor-form", 303)
    try:
        with work() as unit:
            assets.supersede(unit, asset_id, version, _asset_number(typed))
    except (Invalid, NotFound, Conflict) as error:
        flash(str(error), "error")
        return back
    flash(
        "Readers are led to the newer one." if typed else "It stands for itself again.", "success"
    )
    return back


def _asset_number(typed: str) -> int | None:
    """The number in ``12``, ``/assets/12-title`` or the whole address; raises ``Invalid``."""
    if not typed:
        return None
    number = typed.rpartition("/assets/")[2].partition("-")[0].partition("?")[0].strip("/ ")
    try:
        return whole(number)
    except ValueError:
        raise Invalid(
            "Expected the address of an asset, such as /assets/12, or its number."
        ) from None


@blueprint.get("/<int:asset_id>/history")
@requires(Permission.EDIT_ASSETS)
def history(asset_id: int) -> ResponseReturnValue:
    shown = assets.page(look(), asset_id)
    page = library_history.history(look(), shown)
    return render_template("library/history.html", page=page)


@blueprint.post("/<int:asset_id>/restore/<int:rev>")
@requires(Permission.EDIT_ASSETS)
def restore(asset_id: int, rev: int) -> ResponseReturnValue:
    version = request.form.get("version", type=whole) or 0
    try:
        with work() as unit:
            assets.restore_revision(unit, asset_id, rev, version)
    except Conflict as conflict:
        flash(f"{conflict} Look at it, then bring it back again.", "error")
        return redirect(url_for("library.history", asset_id=asset_id), 303)
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
