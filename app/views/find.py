"""The find page: home, search and results in one."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app import criteria as criteria_module
from app import finding, home
from app.auth import actor, requires
from app.criteria import Criteria
from app.finding import Finding
from app.limits import limited
from app.search_page import SearchPage
from app.wiring import look, services
from content_catalog import SYSTEM, Permission, analytics, assets, search_state, taxonomy
from content_catalog.analytics import SearchRecord

log = logging.getLogger(__name__)
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
        owners=_owners(),
        typing=_is_typing(),
        counts_only=reading.criteria.empty,
    )
    page = found.page
    start = home.page(look(), page) if reading.criteria.empty else None
    answer = _answer(page, start, reading.notices)
    _name_address(answer, reading.criteria)
    _afterwards(answer, found)
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


def read_criteria() -> criteria_module.Reading:
    """The request's query string as a search."""
    return criteria_module.from_pairs(
        [(key, value) for key, values in request.args.lists() for value in values],
        taxonomy.read(look()),
        owners=_owners(),
        see_unpublished=actor().may(Permission.SEE_UNPUBLISHED),
    )


def _owners() -> dict[str, str]:
    """Who owns what, read only for a search that names an owner."""
    named = "by" in request.args or "by:" in request.args.get("q", "")
    return assets.owner_names(look()) if named else {}


def _is_typing() -> bool:
    return request.headers.get("HX-Trigger-Name") == "q"


def _answer(page: SearchPage, start: home.HomePage | None, notices: tuple[str, ...]) -> Response:
    """A whole page, or the changed regions alone for htmx; the two are never cached as one."""
    partial = request.headers.get("HX-Request") and not request.headers.get(
        "HX-History-Restore-Request"
    )
    template = "find/_regions.html" if partial else "find/results.html"
    answer = make_response(render_template(template, page=page, home=start, notices=notices))
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


def _afterwards(answer: Response, found: Finding) -> None:
    """Log the search and mend the index once the page is on its way; a failure fails no search."""
    record = search_record(found.page, source="page")
    if not record and not found.dropped_ids:
        return
    who, parts, log_it = actor(), services(), record is not None

    def write() -> None:
        try:
            with parts.catalog.work(who if log_it else SYSTEM) as work:
                if record:
                    analytics.record_search(work, record)
                if found.dropped_ids:
                    search_state.touch_ids(work, found.dropped_ids)
        except Exception:
            log.warning("a search could not be logged", exc_info=True)

    answer.call_on_close(write)


def search_record(page: SearchPage, source: str) -> SearchRecord | None:
    """What is kept of a search; nothing for the bare home page and for further pages."""
    wanted: Criteria = page.criteria
    if wanted.empty or wanted.page > 1:
        return None
    return SearchRecord(
        words=wanted.text,
        filters=dict(wanted.filters),
        total=0 if page.relaxed else page.total,
        took_ms=page.took_ms,
        source=source,
        relaxed=page.relaxed is not None,
        corrected=page.corrected,
        without={drop.dimension: drop.total for drop in page.without},
    )
