"""A person's own stars and saved searches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """``query`` is the canonical query string of the find page."""

    id: int
    name: str
    query: str
    created_at: datetime
