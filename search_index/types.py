"""What goes into an index and what comes out of it; plain values without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide, sheet or heading of a document.

    ``number`` counts from 1; ``label`` is what a reader calls it ("p. 3", "slide 5", "Sheet Prices").
    """

    number: int
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One findable thing. Filters carry ids and keywords, text fields carry words.

    ``facets`` maps a dimension's key to the values this document has in it; values are opaque
    strings (term ids, ``customer_ready`` …). ``labels`` are the words of those values: labels and
    aliases of terms, free tags. ``visibility`` is the set of readers that may find it, as opaque
    tokens; a query finds a document when the two sets meet. ``expires_on`` is the last day on
    which it is found (inclusive); ``None`` means for good. ``uses`` counts openings and downloads
    of the last 90 days, ``updated_on`` is the day shown as freshness, ``verified`` says whether its
    review is not overdue; all three only break near-ties.
    """

    id: int
    revision: int
    title: str
    summary: str = ""
    labels: tuple[str, ...] = ()
    file_name: str = ""
    codes: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    visibility: frozenset[str] = frozenset()
    expires_on: date | None = None
    review_by: date | None = None
    updated_on: date | None = None
    uses: int = 0


class Sort(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    MOST_USED = "most_used"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search as a value.

    ``text`` is what the user typed. ``filters``: OR within a key, AND between keys. ``readers`` are
    the visibility tokens of whoever asks and ``today`` the site's date; neither ever comes from a
    URL. ``synonyms`` maps a folded word or phrase to other phrases that mean the same.
    ``typing`` makes the last word a prefix. ``include_expired`` shows what left on ``expires_on``.
    ``facet_keys`` are the facets to count; the key ``fresh`` is known to every engine and has the
    values ``current``, ``overdue`` and ``unset`` by the document's ``review_by``. ``page`` counts
    from 1.
    """

    text: str
    readers: frozenset[str]
    today: date
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facet_keys: tuple[str, ...] = ()
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    per_page: int = 20
    typing: bool = False
    include_expired: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of page text; ``parts`` alternate (text, is_hit) and are never markup."""

    page: int
    label: str
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """``hit_pages`` maps page number to number of matched words on it (most useful page first)."""

    id: int
    revision: int
    score: float
    snippets: tuple[Snippet, ...] = ()
    hit_pages: Mapping[int, int] = field(default_factory=dict)
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of results.

    ``facets``: key -> value -> what adding that value would give, the key's own selection set
    aside. ``dropped`` are the words left out to get results (relaxed search), ``()`` when none.
    ``did_you_mean`` is a corrected query or ``None``; ``corrected`` says the shown results are
    those of the correction because the words as typed had none. ``truncated`` tells that the query
    was over the caps and what was searched; ``partial`` that time ran out.
    ``without``: filter key -> total without that filter, for every key in ``filters``.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    did_you_mean: str | None = None
    corrected: bool = False
    truncated: str | None = None
    partial: bool = False
    without: Mapping[str, int] = field(default_factory=dict)
    total_without_filters: int | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search means for one open document.

    ``hit_pages`` maps page number to matched words on it, in reading order. ``marks`` is for
    ``marked``, which shows the words in a text.
    """

    hit_pages: Mapping[int, int]
    marks: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class IndexState:
    """``generation`` changes with every commit; ``fingerprint`` names schema and analysis."""

    documents: int
    generation: str
    fingerprint: str
