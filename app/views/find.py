"""The find page: home, search and results in one."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app import finding, home
from app.auth import requires
from app.criteria import Criteria
from app.limits import limited
from app.search_page import SearchPage
from app.searching import note_search, read_criteria
from app.wiring import look, services
from content_catalog import Permission

blueprint = Blueprint("find", __name__)


@blueprint.get("/")
@requires(Permission.FIND)
@limited("search")
def results() -> ResponseReturnValue:
    """With no words and no filters: what helps to begin. Otherwise the results."""
    reading = read_criteria()
    found = finding.find(
        look(),
        services().index,
        reading.criteria,
        owners=reading.owners,
        typing=_is_typing(),
        counts_only=reading.criteria.empty,
    )
    page = found.page
    start = home.page(look(), page) if reading.criteria.empty else None
    answer = _answer(page, start, home.most_used_for(look(), reading.criteria), reading.notices)
    _name_address(answer, reading.criteria)
    note_search(answer, found, "page")
    return answer


@blueprint.get("/suggest")
@requires(Permission.FIND)
@limited("typeahead")
def suggest() -> ResponseReturnValue:
    """Typeahead lines for the words so far."""
    found = finding.suggest(look(), services().index, request.args.get("q", ""))
    answer = make_response(render_template("find/_typeahead.html", found=found))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_typing() -> bool:
    return request.headers.get("HX-Trigger-Name") == "q"


def _answer(
    page: SearchPage,
    start: home.HomePage | None,
    most_used: home.MostUsed | None,
    notices: tuple[str, ...],
) -> Response:
    """A whole page, or the changed regions alone for htmx; the two are never cached as one."""
    partial = request.headers.get("HX-Request") and not request.headers.get(
        "HX-History-Restore-Request"
    )
    template = "find/_regions.html" if partial else "find/results.html"
    answer = make_response(
        render_template(template, page=page, home=start, most_used=most_used, notices=notices)
    )
    answer.vary.add("HX-Request")
    answer.headers["Cache-Control"] = "no-store" if partial else "private, no-cache"
    return answer


def _name_address(answer: Response, criteria: Criteria) -> None:
    """What the address bar shows after htmx: each search under one address. Typing and asking the
    same again do not make steps for the back button."""
    if "HX-Request" not in request.headers:
        return
    url = criteria.url()
    shown = request.headers.get("HX-Current-URL", "").removeprefix(request.host_url.rstrip("/"))
    answer.headers["HX-Replace-Url" if _is_typing() or shown == url else "HX-Push-Url"] = url
