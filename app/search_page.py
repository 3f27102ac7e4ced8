"""What the find page and the search API print; made by ``finding``, computed by no template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.criteria import Criteria
from content_catalog.assets import AssetCard
from search_index.types import Snippet


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter, with the address of the same search without it."""

    dimension: str
    dimension_label: str
    value: str
    label: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class FacetValue:
    """``count`` is what adding the value would give, its own dimension's choice set aside."""

    value: str
    label: str
    count: int
    selected: bool
    url: str


@dataclass(frozen=True, slots=True)
class Facet:
    """``values`` are shown, ``more`` only in the full list; ``selected`` counts the ticked ones.

    ``plural`` names the values: "industries".
    """

    dimension: str
    label: str
    values: tuple[FacetValue, ...]
    more: tuple[FacetValue, ...] = ()
    selected: int = 0
    plural: str = "values"

    @property
    def all_values(self) -> tuple[FacetValue, ...]:
        return (*self.values, *self.more)


@dataclass(frozen=True, slots=True)
class RailStage:
    """A step of the stage rail; ``slug`` is empty for all stages. ``key`` is its digit, if any."""

    slug: str
    label: str
    count: int
    current: bool
    url: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ResultCard:
    """A row: the asset as the database knows it and why it was found.

    ``where`` says on which pages ("p. 2, 3, 6"); ``meter`` has one flag per stage of the rail;
    ``page`` is the page to open at.
    """

    card: AssetCard
    url: str
    snippets: tuple[Snippet, ...]
    where: str
    why: str
    meter: tuple[bool, ...]
    stages: tuple[str, ...]
    personas: tuple[str, ...]
    type_label: str
    page: int | None
    score: float


@dataclass(frozen=True, slots=True)
class Pagination:
    page: int
    pages: int
    total: int
    previous_url: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class Drop:
    """A filter whose removal gives results."""

    dimension: str
    label: str
    total: int
    url: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A whole answer. ``relaxed`` and ``notice`` are sentences; ``title`` is the heading's count.

    ``counts`` are those of every facet, shown or not: key -> value or term id -> assets.
    """

    criteria: Criteria
    results: tuple[ResultCard, ...]
    total: int
    took_ms: float
    facets: tuple[Facet, ...]
    rail: tuple[RailStage, ...]
    chips: tuple[Chip, ...]
    clear_url: str
    pagination: Pagination
    sorts: tuple[tuple[str, str, str, bool], ...]  # value, label, url, chosen
    did_you_mean: Link | None = None
    corrected: bool = False
    relaxed: str | None = None
    without: tuple[Drop, ...] = ()
    closest: tuple[ResultCard, ...] = ()
    also_searched: tuple[Link, ...] = ()
    notices: tuple[str, ...] = ()
    degraded: bool = False
    partial: bool = False
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
