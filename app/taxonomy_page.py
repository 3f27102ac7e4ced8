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
from content_catalog.taxonomy import PERSONA, STAGE, TOLLGATE, Dimension, Taxonomy, Term

SHOWN = 12


PLURALS = {"personas": PERSONA, "stages": STAGE, "tollgates": TOLLGATE}
_PATHS = {dimension: f"/{plural}" for plural, dimension in PLURALS.items()}


@dataclass(frozen=True, slots=True)
class Overview:
    """``gates`` and ``map`` (stage, one flag per gate) are for the stages and tollgates only;
    ``tabs`` are (label, address, current)."""

    dimension: Dimension
    heading: str
    terms: tuple[Term, ...]
    counts: Mapping[int, int]
    tabs: tuple[tuple[str, str, bool], ...]
    gates: tuple[Term, ...]
    map: tuple[tuple[Term, tuple[bool, ...]], ...]


@dataclass(frozen=True, slots=True)
class TermPage:
    """``related`` are the tollgates of a stage, or the stages of a tollgate."""

    dimension: Dimension
    heading: str
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
    gates: Mapping[str, str]
    term: Term | None = None

    @property
    def empty(self) -> bool:
        """Whether the company has no words yet."""
        return not any(dimension.terms for dimension in self.dimensions)

    @property
    def retired(self) -> tuple[Term, ...]:
        return tuple(term for term in self.current.terms if term.retired)

    @property
    def reading_url(self) -> str | None:
        """The page everybody reads, for dimensions that have one."""
        return _PATHS.get(self.current.slug)

    @property
    def heirs(self) -> list[tuple[str, str]]:
        """What may take the place of the term in hand: (slug, label), nothing first."""
        others = [t for t in self.current.live if self.term is None or t.id != self.term.id]
        return [("", "Nothing"), *((t.slug, t.label) for t in others)]

    def gate_names(self, stage: Term) -> str:
        return ", ".join(self.gates[slug] for slug in stage.tollgates if slug in self.gates)

    @property
    def current(self) -> Dimension:
        if self.chosen is None:
            raise NotFound("dimension")
        return self.chosen


def overview(look: Work, dimension: str) -> Overview:
    """All terms of a dimension that has pages, and the map of stages to tollgates."""
    terms = taxonomy.read(look)
    found = _dimension(terms, dimension)
    gates = _dimension(terms, TOLLGATE).live if dimension in (STAGE, TOLLGATE) else ()
    stages = _dimension(terms, STAGE).live if gates else ()
    return Overview(
        dimension=found,
        heading=heading(found),
        terms=found.live,
        counts=assets.counts_by_term(look, dimension),
        tabs=tuple(
            (heading(_dimension(terms, slug)), path, slug == dimension)
            for slug, path in _PATHS.items()
        ),
        gates=gates,
        map=tuple((s, tuple(g.slug in s.tollgates for g in gates)) for s in stages),
    )


def _dimension(terms: Taxonomy, slug: str) -> Dimension:
    """One of those with pages: an empty one while the company has loaded no words."""
    plural = next(plural for plural, own in PLURALS.items() if own == slug)
    nothing = Dimension(0, slug, slug.capitalize(), plural, "", True, False, True, 0, 0)
    return terms.dimension(slug) or nothing


def heading(dimension: Dimension) -> str:
    """The plural for people: the product's own while the company has not renamed it."""
    plural = dimension.plural.replace("_", " ")
    return plural[:1].upper() + plural[1:] or dimension.label


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
        heading=heading(dimension),
        term=found,
        guide=tuple((heading, words) for heading, words in guide if words.strip()),
        rows=tuple(finding.rows_for(look, cards)),
        total=assets.counts_by_term(look, found.dimension).get(found.id, 0),
        search_url=Criteria(filters={found.dimension: (found.slug,)}).url(),
        related_label="Tollgates" if other == TOLLGATE else "Stages",
        related=tuple(
            Link(t.label, f"{_PATHS[other]}/{t.slug}") for s in slugs if (t := terms.term(other, s))
        ),
        neighbours=tuple(
            Link(t.label, f"{_PATHS[found.dimension]}/{t.slug}") for t in dimension.live
        ),
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
    tollgates = terms.dimension(TOLLGATE)
    gates = {gate.slug: gate.label for gate in tollgates.terms} if tollgates else {}
    return Workshop(terms.dimensions, chosen, counts, gates, in_hand)
