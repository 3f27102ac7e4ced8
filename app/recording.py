"""What people do with assets, written after the answer is on its way. A failure fails no page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import cast

from flask import Response
from werkzeug.wsgi import ClosingIterator

from app.auth import actor
from app.criteria import Criteria, deal
from app.wiring import look, services
from content_catalog import analytics, taxonomy
from content_catalog.analytics import Event
from content_catalog.database import Work

log = logging.getLogger(__name__)


def note_opening(answer: Response, asset_id: int, criteria: Criteria, page: int | None) -> None:
    """An asset page was opened, from this search if it came from one."""
    stage, persona = _deal(criteria)

    def write(work: Work) -> None:
        analytics.record_use(work, asset_id, Event.OPENED, stage_id=stage, persona_id=persona)
        _credit(work, criteria, asset_id, page)

    _after(answer, write)


def note_use(answer: Response, asset_id: int, event: Event, criteria: Criteria) -> None:
    """An asset was used, from this search if it was downloaded straight from its results."""
    stage, persona = _deal(criteria)

    def write(work: Work) -> None:
        analytics.record_use(work, asset_id, event, stage_id=stage, persona_id=persona)
        _credit(work, criteria, asset_id, None)

    _after(answer, write)


def _credit(work: Work, criteria: Criteria, asset_id: int, page: int | None) -> None:
    """The search led to this asset; one that nobody opens anything from counts as failed."""
    if criteria.empty:
        return
    search_id = analytics.latest_search(work, criteria.text, criteria.filters)
    if search_id is not None:
        analytics.record_opening(work, search_id, asset_id, page)


def _deal(criteria: Criteria) -> tuple[int | None, int | None]:
    stage, persona = deal(criteria, taxonomy.read(look()))
    return stage.id if stage else None, persona.id if persona else None


def _after(answer: Response, write: Callable[[Work], object]) -> None:
    who, catalog = actor(), services().catalog

    def run() -> None:
        try:
            with catalog.work(who) as work:
                write(work)
        except Exception:
            log.warning("a use could not be recorded", exc_info=True)

    if answer.direct_passthrough:
        # A file handed over as it is closes itself, but not the response around it.
        answer.response = ClosingIterator(cast("Iterable[bytes]", answer.response), run)
    else:
        answer.call_on_close(run)
