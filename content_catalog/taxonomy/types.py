"""Dimensions and terms: the words the company shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# These three have pages of their own, and ``type`` and ``language`` are read by the product
# itself; a company may rename them but not remove them.
PERSONA, STAGE, TOLLGATE, TYPE = "persona", "stage", "tollgate", "type"
INDUSTRY, PRODUCT, COMPETITOR = "industry", "product", "competitor"
REGION, LANGUAGE = "region", "language"
BUILT_IN = (PERSONA, STAGE, TOLLGATE, TYPE, INDUSTRY, PRODUCT, COMPETITOR, REGION, LANGUAGE)
WITH_PAGES = (PERSONA, STAGE, TOLLGATE)


class Phase(StrEnum):
    PURCHASE = "purchase"
    POST_PURCHASE = "post_purchase"


@dataclass(frozen=True, slots=True)
class Guide:
    """What a rep does at this stage, tollgate or with this persona; Markdown."""

    ask: str = ""
    say: str = ""
    do: str = ""
    send: str = ""


@dataclass(frozen=True, slots=True)
class NewDimension:
    slug: str
    label: str
    plural: str = ""
    definition: str = ""
    multi: bool = True
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class DimensionEdit:
    version: int
    label: str
    plural: str
    definition: str
    multi: bool
    ordered: bool


@dataclass(frozen=True, slots=True)
class NewTerm:
    """``slug`` may be empty: it is made from the label. ``tollgates`` are slugs, for stages only."""

    dimension: str
    label: str
    slug: str = ""
    definition: str = ""
    aliases: tuple[str, ...] = ()
    guide: Guide = Guide()
    phase: Phase | None = None
    tollgates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermEdit:
    version: int
    label: str
    definition: str
    aliases: tuple[str, ...]
    guide: Guide = Guide()
    phase: Phase | None = None
    tollgates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """``assets`` is not counted here; pages that need it ask the assets topic.

    ``successor`` is the slug of the term that took a retired one's place. ``tollgates`` are the
    slugs a stage corresponds to; for a tollgate, ``stages`` are the stages it belongs to.
    """

    id: int
    dimension: str
    slug: str
    label: str
    definition: str
    aliases: tuple[str, ...]
    position: int
    version: int
    retired_at: datetime | None = None
    successor: str | None = None
    guide: Guide = Guide()
    phase: Phase | None = None
    tollgates: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()

    @property
    def retired(self) -> bool:
        return self.retired_at is not None


@dataclass(frozen=True, slots=True)
class Dimension:
    """``terms`` are in order, retired ones last; ``plural`` is the import column's name."""

    id: int
    slug: str
    label: str
    plural: str
    definition: str
    multi: bool
    ordered: bool
    built_in: bool
    position: int
    version: int
    terms: tuple[Term, ...] = ()

    @property
    def live(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if not term.retired)


@dataclass(frozen=True)
class Taxonomy:
    """All dimensions with all terms: one value that a request reads once.

    Look-ups never raise: an unknown slug, label or alias gives ``None``.
    """

    dimensions: tuple[Dimension, ...]
    revision: int
    by_slug: Mapping[str, Dimension]
    terms: Mapping[int, Term]
    keys: Mapping[tuple[str, str], Term]

    def dimension(self, slug: str) -> Dimension | None:
        return self.by_slug.get(slug)

    def term(self, dimension: str, slug: str) -> Term | None:
        """By exact slug."""
        found = self.by_slug.get(dimension)
        return next((t for t in found.terms if t.slug == slug), None) if found else None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading a taxonomy file did; ``problems`` name place, what was found, what is expected."""

    dimensions_added: int = 0
    dimensions_changed: int = 0
    terms_added: int = 0
    terms_changed: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()
