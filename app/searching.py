"""A search over the web, whoever asks: how it is read from an address and how it is kept."""

from __future__ import annotations

import logging

from flask import Response, request

from app import criteria as criteria_module
from app.auth import actor
from app.criteria import OWNER, READING, REPORT, Criteria, Reading
from app.finding import Finding
from app.search_page import SearchPage
from app.wiring import look, services
from content_catalog import SYSTEM, Permission, analytics, assets, search_state, taxonomy
from content_catalog.analytics import SearchRecord

log = logging.getLogger(__name__)


def read_criteria() -> Reading:
    """The request's query string as a search. Who owns what is read only when an owner is named."""
    names_owner = OWNER in request.args or f"{OWNER}:" in request.args.get("q", "")
    return criteria_module.from_pairs(
        [(key, value) for key, values in request.args.lists() for value in values],
        taxonomy.read(look()),
        owners=assets.owner_names(look()) if names_owner else {},
        see_unpublished=actor().may(Permission.SEE_UNPUBLISHED),
    )


def search_record(page: SearchPage, source: str) -> SearchRecord | None:
    """What is kept of a search as demand: nothing for the bare home page, for further pages, and
    while the index is away, when too little found says nothing about the library. Nothing either
    for the links behind coverage numbers: looking into a gap must not make it more wanted."""
    wanted: Criteria = page.criteria
    counted = not wanted.text and bool(wanted.selected(READING))
    if wanted.empty or counted or wanted.page > 1 or page.degraded:
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


def note_search(answer: Response, found: Finding, source: str) -> None:
    """Log the search and mend the index once the answer is on its way; a failure fails no search.

    ``source`` is ``page`` or ``api``. Not logged is a search that a report led to: looking at what
    failed would make it fail once more.
    """
    key, value = REPORT
    looked_at = request.args.get(key) == value
    record = None if looked_at else search_record(found.page, source)
    if not record and not found.dropped_ids:
        return
    who, catalog = actor(), services().catalog

    def write() -> None:
        try:
            with catalog.work(who if record else SYSTEM) as work:
                if record:
                    analytics.record_search(work, record)
                if found.dropped_ids:
                    search_state.touch_ids(work, found.dropped_ids)
        except Exception:
            log.warning("a search could not be logged", exc_info=True)

    answer.call_on_close(write)
