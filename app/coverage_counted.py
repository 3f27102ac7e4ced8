"""The numbers of the coverage page for files and programs: the same, or a refusal."""

from __future__ import annotations

from app import coverage_page
from app.coverage_page import Counted
from app.coverage_view import CoverageReading
from content_catalog.database import Work
from content_catalog.errors import NotFound


def count_exactly(look: Work, reading: CoverageReading) -> Counted:
    """What the page would show. Raises ``NotFound`` for a day that was not kept: the page says that
    it shows another one, a file would pass on numbers of the wrong day."""
    wanted = reading.criteria.as_of
    found = coverage_page.count(look, reading.criteria, reading.notices)
    if found.criteria.as_of != wanted:
        raise NotFound("snapshot of", str(wanted))
    return found
