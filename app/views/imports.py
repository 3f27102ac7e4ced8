"""Import in four steps, each with its own address: upload, match columns, check, import."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app import import_page, import_upload, importing
from app.auth import actor, requires
from app.forms.imports import FixForm, UploadForm, changed_cells, chosen_columns
from app.numbers import whole
from app.uploading import clean_name
from app.wiring import look, services, work
from app.words import plural
from content_catalog import Permission, imports, taxonomy
from content_catalog.database import Work
from content_catalog.errors import Invalid, TooLarge
from content_catalog.imports import BatchState, ImportBatch, ImportOptions

blueprint = Blueprint("imports", __name__, url_prefix="/library/import")


@blueprint.get("")
@requires(Permission.EDIT_ASSETS)
def index() -> ResponseReturnValue:
    return _upload_page(UploadForm())


@blueprint.post("")
@requires(Permission.EDIT_ASSETS)
def upload() -> ResponseReturnValue:
    form = UploadForm(request.form)
    try:
        taken = import_upload.take(services(), _given("table"), _given("files"))
    except (Invalid, TooLarge) as error:
        return _upload_page(form, str(error)), 422
    try:
        with work() as unit:
            batch_id = _open(unit, taken, create_terms=form.create_terms.data)
    except Invalid as error:
        import_upload.forget(taken)
        return _upload_page(form, str(error)), 422
    for sentence in taken.refused[:10]:
        flash(f"Not taken from the zip: {sentence}", "warning")
    if len(taken.refused) > 10:
        flash(f"Not taken from the zip: {len(taken.refused) - 10} more.", "warning")
    return redirect(url_for("imports.columns", batch_id=batch_id), 303)


@blueprint.route("/<int:batch_id>/columns", methods=["GET", "POST"])
@requires(Permission.EDIT_ASSETS)
def columns(batch_id: int) -> ResponseReturnValue:
    batch = imports.batch(look(), batch_id)
    if batch.state not in {BatchState.CHECKING, BatchState.CHECKED}:
        return redirect(_address(batch), 303)
    error: Invalid | None = None
    if request.method == "POST":
        try:
            with work() as unit:
                imports.match_columns(unit, batch_id, chosen_columns(request.form, batch.header))
        except Invalid as found:
            error = found
        else:
            return _check_again(batch_id)
    page = import_page.matching(look(), batch_id)
    fields = imports.field_names(taxonomy.read(look()))
    chosen = chosen_columns(request.form, batch.header) if error else None
    return render_template(
        "imports/columns.html", batch=batch, columns=page, fields=fields, error=error, chosen=chosen
    ), 422 if error else 200


@blueprint.get("/<int:batch_id>")
@requires(Permission.EDIT_ASSETS)
def check(batch_id: int) -> ResponseReturnValue:
    batch = imports.batch(look(), batch_id)
    if batch.state is not BatchState.CHECKED:
        return redirect(_address(batch), 303)
    page = import_page.check_page(
        look(),
        batch_id,
        request.args.get("show", ""),
        max(request.args.get("page", 1, type=whole), 1),
    )
    return render_template("imports/check.html", page=page, batch=batch)


@blueprint.post("/<int:batch_id>/check")
@requires(Permission.EDIT_ASSETS)
def check_again(batch_id: int) -> ResponseReturnValue:
    """The library or a file on the server may have changed: look again."""
    return _check_again(batch_id)


@blueprint.post("/<int:batch_id>/fix")
@requires(Permission.EDIT_ASSETS)
def fix(batch_id: int) -> ResponseReturnValue:
    form = FixForm(request.form)
    if not form.validate():
        raise Invalid("Choose what to do with this value.")
    dimension, value, term = form.chosen()
    try:
        with work() as unit:
            if form.action.data == "add":
                imports.add_term(unit, batch_id, dimension, term or value)
                if term:
                    slug = taxonomy.resolve(taxonomy.read(unit), dimension, term)
                    imports.fix_term(unit, batch_id, dimension, value, slug.slug if slug else "")
            else:
                chosen = "" if form.action.data == "skip" else term
                if form.action.data == "use" and not chosen:
                    raise Invalid("Choose what this value means.")
                imports.fix_term(unit, batch_id, dimension, value, chosen)
    except Invalid as error:
        flash(str(error), "error")
        return redirect(url_for("imports.check", batch_id=batch_id), 303)
    return _check_again(batch_id)


@blueprint.route("/<int:batch_id>/rows/<int:row>", methods=["GET", "POST"])
@requires(Permission.EDIT_ASSETS)
def row(batch_id: int, row: int) -> ResponseReturnValue:
    """All cells of one row, to be corrected before the import."""
    batch = imports.batch(look(), batch_id)
    if batch.state is not BatchState.CHECKED:
        return redirect(_address(batch), 303)
    found = imports.row(look(), batch_id, row)
    if request.method == "POST":
        with work() as unit:
            for name, text in changed_cells(request.form, batch.header).items():
                if text != found.cells.get(name, "").replace("\r\n", "\n"):
                    imports.edit_cell(unit, batch_id, row, name, text)
        return _check_again(batch_id)
    return render_template("imports/row.html", batch=batch, row=found)


@blueprint.post("/<int:batch_id>/files")
@requires(Permission.EDIT_ASSETS)
def files(batch_id: int) -> ResponseReturnValue:
    """A zip handed in later, or another one."""
    given = _given("files")
    if given is None:
        flash("Choose a zip with the files.", "error")
        return redirect(url_for("imports.check", batch_id=batch_id), 303)
    try:
        root = import_upload.take_files(services(), given)
    except Invalid as error:
        flash(str(error), "error")
        return redirect(url_for("imports.check", batch_id=batch_id), 303)
    with work() as unit:
        imports.set_files(unit, batch_id, root)
    return _check_again(batch_id)


@blueprint.get("/<int:batch_id>/refused.csv")
@requires(Permission.EDIT_ASSETS)
def refused(batch_id: int) -> ResponseReturnValue:
    """The rows that were left out, with the reasons; can be corrected and uploaded again."""
    batch = imports.batch(look(), batch_id)
    answer = Response(imports.refused_csv(look(), batch_id), mimetype="text/csv")
    stem = clean_name(batch.file_name).rsplit(".", 1)[0]
    answer.headers.set("Content-Disposition", "attachment", filename=f"{stem}-left-out.csv")
    return answer


@blueprint.post("/<int:batch_id>/start")
@requires(Permission.EDIT_ASSETS)
def start(batch_id: int) -> ResponseReturnValue:
    """Start, or go on after a stop."""
    try:
        with work() as unit:
            imports.begin(unit, batch_id)
            imports.enqueue(unit, batch_id)
    except Invalid as error:
        flash(str(error), "error")
        return redirect(_address(imports.batch(look(), batch_id)), 303)
    return redirect(url_for("imports.progress", batch_id=batch_id), 303)


@blueprint.get("/<int:batch_id>/progress")
@requires(Permission.EDIT_ASSETS)
def progress(batch_id: int) -> ResponseReturnValue:
    """The whole page, or the bar alone when the page asks for it again."""
    page = import_page.progress_page(look(), batch_id)
    if page.batch.state in {BatchState.CHECKING, BatchState.CHECKED}:
        return redirect(_address(page.batch), 303)
    fragment = request.headers.get("HX-Request") == "true"
    name = "imports/_running.html" if fragment else "imports/progress.html"
    answer = Response(render_template(name, page=page))
    if fragment and page.batch.state is not BatchState.COMMITTING:
        answer.headers["HX-Refresh"] = "true"
    answer.headers["Cache-Control"] = "no-store"
    answer.vary.add("HX-Request")
    return answer


@blueprint.post("/<int:batch_id>/stop")
@requires(Permission.EDIT_ASSETS)
def stop(batch_id: int) -> ResponseReturnValue:
    with work() as unit:
        imports.ask_stop(unit, batch_id)
    return redirect(url_for("imports.progress", batch_id=batch_id), 303)


@blueprint.post("/<int:batch_id>/undo")
@requires(Permission.EDIT_ASSETS)
def undo(batch_id: int) -> ResponseReturnValue:
    report = importing.undo(services(), actor(), batch_id)
    flash(
        f"Undone: {plural(report.removed, 'asset')} removed, {report.restored} put back as they "
        f"were, {len(report.kept)} kept because they were edited since.",
        "success",
    )
    return redirect(url_for("imports.progress", batch_id=batch_id), 303)


@blueprint.post("/<int:batch_id>/discard")
@requires(Permission.EDIT_ASSETS)
def discard(batch_id: int) -> ResponseReturnValue:
    with work() as unit:
        imports.discard(unit, batch_id)
    flash("The import is discarded. Nothing was written.", "success")
    return redirect(url_for("imports.index"), 303)


def _upload_page(form: UploadForm, error: str = "") -> str:
    return render_template(
        "imports/index.html",
        form=form,
        error=error,
        batches=imports.batches(look()),
        columns=imports.column_names(taxonomy.read(look())).values(),
        address=_address,
    )


def _address(batch: ImportBatch) -> str:
    """The step an import is at."""
    step = {BatchState.CHECKING: "columns", BatchState.CHECKED: "check"}.get(
        batch.state, "progress"
    )
    return url_for(f"imports.{step}", batch_id=batch.id)


def _check_again(batch_id: int) -> ResponseReturnValue:
    importing.check(services(), actor(), batch_id)
    return redirect(url_for("imports.check", batch_id=batch_id), 303)


def _given(name: str) -> FileStorage | None:
    found = request.files.get(name)
    return found if found is not None and found.filename else None


def _open(unit: Work, taken: import_upload.Taken, *, create_terms: bool) -> int:
    options = ImportOptions(create_terms, imports.remembered(unit, taken.table))
    return imports.open_batch(
        unit,
        taken.table,
        file_name=taken.file_name,
        options=options,
        files_root=taken.files_root,
    )
