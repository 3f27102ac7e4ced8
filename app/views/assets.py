"""One asset: its page, its files, its page images."""

from __future__ import annotations

from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from app import asset_page
from app.auth import actor, requires
from app.numbers import whole
from app.recording import note_opening, note_use
from app.searching import read_criteria
from app.wiring import look, services, work
from content_catalog import Permission, assets
from content_catalog.analytics import Event
from content_catalog.assets import StoredFile
from content_catalog.errors import NotFound

blueprint = Blueprint("assets", __name__)

# A file from a user never runs under our origin: it is handed over as a download, typed as stored,
# and even if a browser showed it, in a sandbox without rights.
FILE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@blueprint.get("/assets/<int:asset_id>")
@blueprint.get("/assets/<int:asset_id>-<slug>")
@requires(Permission.FIND)
def show(asset_id: int, slug: str = "") -> ResponseReturnValue:
    """The page; ``p`` opens at a page, ``q`` and filters lead back to the same list."""
    shown = assets.page(look(), asset_id)
    if slug != shown.card.slug:
        query = request.query_string.decode()
        address = f"/assets/{asset_id}-{shown.card.slug}"
        return redirect(f"{address}?{query}" if query else address, 301)
    criteria = read_criteria().criteria
    number = request.args.get("p", type=whole)
    template = _template()
    page = asset_page.build(
        look(),
        services(),
        shown,
        criteria,
        number,
        whole=template == "assets/show.html",
        with_viewer=template != "assets/_peek.html",
    )
    answer = make_response(render_template(template, page=page))
    answer.vary.add("HX-Request")
    answer.headers["Cache-Control"] = "private, no-store"
    if not request.headers.get("HX-Request"):
        note_opening(answer, asset_id, criteria, number)
    return answer


def _template() -> str:
    return {
        "viewer": "assets/_viewer.html",
        "peek": "assets/_peek.html",
    }.get(request.headers.get("HX-Target", ""), "assets/show.html")


@blueprint.get("/assets/<int:asset_id>/file")
@requires(Permission.FIND)
def file(asset_id: int) -> ResponseReturnValue:
    stored = assets.stored_file(look(), asset_id)
    answer = _download(stored)
    note_use(answer, asset_id, Event.DOWNLOADED, read_criteria().criteria)
    return answer


@blueprint.get("/assets/<int:asset_id>/v/<int:number>/file")
@requires(Permission.FIND)
def version_file(asset_id: int, number: int) -> ResponseReturnValue:
    return _download(assets.stored_file(look(), asset_id, number))


@blueprint.get("/assets/<int:asset_id>/pages/<int:number>.webp")
@requires(Permission.FIND)
def page_image(asset_id: int, number: int) -> ResponseReturnValue:
    """A page as a picture made by us; ``w=160`` gives the thumbnail."""
    stored = assets.stored_file(look(), asset_id)
    small = request.args.get("w") == "160"
    path = asset_page.image_path(services(), stored, number, small=small)
    if path is None:
        raise NotFound("page image", number)
    answer = send_file(path, mimetype="image/webp", conditional=True, etag=True)
    published = not actor().may(Permission.SEE_UNPUBLISHED)
    # The address names the version (v=…), so a picture may be kept; not by shared caches, and not
    # by those who see what is unpublished, since that may be taken back.
    answer.headers["Cache-Control"] = (
        "private, max-age=3600" if published and request.args.get("v") else "private, no-store"
    )
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@blueprint.get("/assets/<int:asset_id>/text")
@requires(Permission.FIND)
def text(asset_id: int) -> ResponseReturnValue:
    """The text of every page: what search reads, and the accessible alternative of the images."""
    shown = assets.page(look(), asset_id)
    pages = assets.text(look(), asset_id)
    criteria = read_criteria().criteria
    return make_response(
        render_template(
            "assets/text.html",
            page=asset_page.text_page(look(), services(), shown, pages, criteria),
        )
    )


@blueprint.get("/assets/<int:asset_id>/status")
@requires(Permission.FIND)
def status(asset_id: int) -> ResponseReturnValue:
    """The line that says how far the file has been read; asked again while it is being read."""
    shown = assets.page(look(), asset_id)
    answer = make_response(render_template("assets/_status.html", asset=shown))
    answer.headers["Cache-Control"] = "no-store"
    if shown.card.reading is not assets.Reading.PENDING and request.headers.get("HX-Request"):
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/assets/<int:asset_id>/read-again")
@requires(Permission.EDIT_ASSETS)
def read_again(asset_id: int) -> ResponseReturnValue:
    with work() as unit:
        assets.retry_reading(unit, asset_id)
    return redirect(url_for("assets.show", asset_id=asset_id), 303)


def _download(stored: StoredFile) -> Response:
    path = services().blobs.path(stored.sha256, stored.size)
    answer = send_file(path, mimetype=stored.media_type, conditional=True, etag=False)
    answer.set_etag(stored.sha256)
    answer.headers["Content-Disposition"] = disposition(stored.file_name)
    answer.headers.update(FILE_HEADERS)
    return answer


def disposition(file_name: str) -> str:
    """RFC 6266: a plain name for old clients, the real one in ``filename*``."""
    plain = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in file_name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
