"""Use and demand: openings, downloads, searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
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
    filters were set; ``filters`` maps key to slugs. ``last_at`` is the last of them, and
    ``without`` is what each dropped filter would have given then, where that is something."""

    words: str
    filters: Mapping[str, tuple[str, ...]]
    outcome: str
    count: int
    last_at: datetime
    without: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecentAsset:
    asset_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class FoundBy:
    """Words that led to an asset, and how often in the last 90 days."""

    words: str
    count: int


class Cause(StrEnum):
    """Why a search failed, as far as what is known tells, which is also what helps."""

    WRITE = "write"  # nothing like it exists
    ALIAS = "alias"  # it has another name here
    RETITLE = "retitle"  # results did not convince
    FILTER = "filter"  # it exists, but is not mapped to what was asked for
    ANSWERED = "answered"  # its words have become a name that has assets


@dataclass(frozen=True, slots=True)
class SearchHealth:
    """How searching went. ``searches`` had words or filters, ``empty`` of them showed nothing.
    ``shown`` are those of people, with words and results, old enough that an opening would have
    been credited to them; ``opened`` of those led to one."""

    searches: int
    empty: int
    shown: int
    opened: int

    @property
    def empty_share(self) -> float | None:
        """0 to 1; ``None`` without any search."""
        return self.empty / self.searches if self.searches else None

    @property
    def opened_share(self) -> float | None:
        """0 to 1; ``None`` where nothing was shown."""
        return self.opened / self.shown if self.shown else None


@dataclass(frozen=True, slots=True)
class LaterFound:
    """What people did next: they searched ``words`` within ten minutes and opened the asset."""

    words: str
    asset_id: int
    count: int


@dataclass(frozen=True, slots=True)
class AliasHint:
    """``words`` could become one more name of the term, being close to its ``name``."""

    words: str
    term_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Advice:
    """A failed search with its cause and what points there."""

    search: FailedSearchCount
    cause: Cause
    alias: AliasHint | None = None
    later: LaterFound | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Failed searches with their causes, the most frequent first; one slice of them. ``searches``
    and ``groups`` count all that failed so, those outside the slice too."""

    advice: tuple[Advice, ...]
    searches: int
    groups: int


@dataclass(frozen=True, slots=True)
class UsedAsset:
    """An asset beside its use. ``uses`` are those of the last 90 days, ``added_at`` is when it came
    into the library."""

    id: int
    slug: str
    title: str
    owner_name: str
    uses: int
    review_by: date | None
    published_on: date | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class UsedAssets:
    """One page of a list; ``total`` counts all of it."""

    total: int
    rows: tuple[UsedAsset, ...]


@dataclass(frozen=True, slots=True)
class LedToUse:
    """Words that led to openings of an asset, and from how many searches."""

    words: str
    asset_id: int
    slug: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class WordsPage:
    """One page of the words that led to use; ``total`` counts all pairs of words and asset."""

    total: int
    rows: tuple[LedToUse, ...]
