"""Use and demand: openings, downloads, searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Event(StrEnum):
    OPENED = "opened"
    DOWNLOADED = "downloaded"


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """One search as it was shown. ``filters`` maps key to slugs; ``without`` is what the page said
    each dropped filter would give, so that "empty only because of a filter" can be told apart."""

    words: str
    filters: Mapping[str, tuple[str, ...]]
    total: int
    took_ms: float
    source: str = "page"  # page | api | suggest is never logged
    relaxed: bool = False
    corrected: bool = False
    without: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailedSearchCount:
    """Searches that failed alike. ``outcome`` is ``none_found`` (nothing at all), ``filtered``
    (nothing, but without one of the filters there would have been something) or ``unopened``
    (results were shown and none was opened). ``words`` as somebody typed them, empty where only
    filters were set; ``filters`` maps key to slugs; ``last_at`` is the last of them."""

    words: str
    filters: Mapping[str, tuple[str, ...]]
    outcome: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class RecentAsset:
    asset_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundBy:
    """Words that led to an asset, and how often in the last 90 days."""

    words: str
    count: int
