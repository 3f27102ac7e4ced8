"""A person's own stars and saved pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeptPage(StrEnum):
    """The page a query string belongs to."""

    FIND = "find"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """``query`` is the canonical query string of its page: a search, or a view of coverage."""

    id: int
    name: str
    query: str
    created_at: datetime
    page: KeptPage = KeptPage.FIND
