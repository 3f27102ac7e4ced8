"""What the pages of the shared words print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app import finding
from app.criteria import Criteria
from app.search_page import Link, ResultCard
from content_catalog import Permission, assets, taxonomy
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.taxonomy import STAGE, TOLLGATE, Dimension, Term

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Overview:
    dimension: Dimension
    terms: tuple[Term, ...]
    counts: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class TermPage:
    """``related`` are the tollgates of a stage, or the stages of a tollgate."""

    dimension: Dimension
    term: Term
    guide: tuple[tuple[str, str], ...]  # heading, Markdown
    rows: tuple[ResultCard, ...]
    total: int
    search_url: str
    related_label: str
    related: tuple[Link, ...]
    neighbours: tuple[Link, ...]
    can_edit: bool


@dataclass(frozen=True, slots=True)
class Workshop:
    """``current`` is the dimension in hand and ``term`` the term, when there is one."""

    dimensions: tuple[Dimension, ...]
    chosen: Dimension | None
    counts: Mapping[int, int]
    term: Term | None = None

    @property
    def current(self) -> Dimension:
        if self.chosen is None:
            raise NotFound("dimension")
        return self.chosen


def overview(look: Work, dimension: str) -> Overview:
    found = taxonomy.read(look).by_slug[dimension]
    return Overview(found, found.live, assets.counts_by_term(look, dimension))


def term(look: Work, found: Term) -> TermPage:
    terms = taxonomy.read(look)
    dimension = terms.by_slug[found.dimension]
    cards = assets.for_term(look, found.id, SHOWN)
    guide = (
        ("Ask", found.guide.ask),
        ("Say", found.guide.say),
        ("Do", found.guide.do),
        ("Send", found.guide.send),
    )
    other, slugs = (
        (TOLLGATE, found.tollgates) if found.dimension == STAGE else (STAGE, found.stages)
    )
    return TermPage(
        dimension=dimension,
        term=found,
        guide=tuple((heading, words) for heading, words in guide if words.strip()),
        rows=tuple(finding.rows_for(look, cards)),
        total=assets.counts_by_term(look, found.dimension).get(found.id, 0),
        search_url=Criteria(filters={found.dimension: (found.slug,)}).url(),
        related_label="Tollgates" if other == TOLLGATE else "Stages",
        related=tuple(
            Link(t.label, f"/{other}s/{t.slug}") for s in slugs if (t := terms.term(other, s))
        ),
        neighbours=tuple(Link(t.label, f"/{found.dimension}s/{t.slug}") for t in dimension.live),
        can_edit=look.actor.may(Permission.EDIT_TAXONOMY),
    )


def workshop(look: Work, slug: str | None, term_id: int | None = None) -> Workshop:
    """Raises ``NotFound`` for an unknown dimension."""
    look.actor.require(Permission.EDIT_TAXONOMY)
    terms = taxonomy.read(look)
    chosen = terms.dimension(slug) if slug is not None else None
    if slug is not None and chosen is None:
        raise NotFound("dimension", slug)
    counts = assets.counts_by_term(look, slug) if slug else {}
    in_hand = next((t for t in chosen.terms if t.id == term_id), None) if chosen else None
    return Workshop(terms.dimensions, chosen, counts, in_hand)
