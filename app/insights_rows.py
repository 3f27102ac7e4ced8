"""A failed search as a row: what was searched, what points to the cause, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from app.coverage_view import CoverageCriteria
from app.criteria import OWNER, Criteria, report_url
from app.facets import dimension_label, value_label
from app.search_page import Link
from app.words import listed, plural, within
from content_catalog import assets, taxonomy
from content_catalog.analytics import Advice, AliasHint, Cause, FailedSearchCount, LaterFound
from content_catalog.coverage.demand import places
from content_catalog.database import Work
from content_catalog.taxonomy import PERSONA, STAGE, Taxonomy


@dataclass(frozen=True, slots=True)
class Asker:
    """Whether the actor may add aliases, and else who can."""

    may_add: bool
    admins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AliasOffer:
    """``words`` as one more name of the term called ``label``."""

    words: str
    term_id: int
    label: str
    dimension: str


@dataclass(frozen=True, slots=True)
class FailedRow:
    """``words`` is empty where only filters were set; ``hint`` is what points to the cause. ``back``
    is where to be after an alias was added."""

    words: str
    filters: tuple[str, ...]
    search_url: str
    count: int
    last_at: datetime
    hint: str
    asset: Link | None
    links: tuple[Link, ...]
    alias: AliasOffer | None
    back: str


def failed_rows(look: Work, advice: Sequence[Advice], back: str) -> tuple[FailedRow, ...]:
    """Rows in the order given; titles are read in one statement."""
    terms = taxonomy.read(look)
    ids = {one.later.asset_id for one in advice if one.later}
    titles = dict(assets.titles(look, sorted(ids)))
    return tuple(_row(terms, one, titles, back) for one in advice)


def _row(terms: Taxonomy, one: Advice, titles: Mapping[int, str], back: str) -> FailedRow:
    search = one.search
    criteria = Criteria(search.words, search.filters)
    later = one.later if one.later and one.later.asset_id in titles else None
    return FailedRow(
        words=search.words,
        filters=tuple(_filter_words(terms, key, values) for key, values in search.filters.items()),
        search_url=report_url(criteria),
        count=search.count,
        last_at=search.last_at,
        hint=_hint(one.alias, later),
        asset=Link(titles[later.asset_id], f"/assets/{later.asset_id}") if later else None,
        links=_links(terms, one, later),
        alias=_offer(terms, one.alias),
        back=back,
    )


def _filter_words(terms: Taxonomy, key: str, values: Sequence[str]) -> str:
    """ "Stage: Propose". Whose assets somebody looked for is not told."""
    label = dimension_label(terms, key)
    if key == OWNER:
        return label
    return f"{label}: {listed([value_label(terms, key, value) for value in values], 'or')}"


def _hint(alias: AliasHint | None, later: LaterFound | None) -> str:
    if later is not None:
        times = f" ({later.count} times)" if later.count > 1 else ""
        return f"They then searched “{later.words}”{times} and opened"
    return f"“{alias.words}” is close to “{alias.name}”." if alias else ""


def _offer(terms: Taxonomy, hint: AliasHint | None) -> AliasOffer | None:
    term = terms.terms.get(hint.term_id) if hint else None
    if hint is None or term is None:
        return None
    dimension = terms.by_slug[term.dimension].label.lower()
    return AliasOffer(hint.words, term.id, term.label, dimension)


def _links(terms: Taxonomy, one: Advice, later: LaterFound | None) -> tuple[Link, ...]:
    results = Link("See the results", report_url(Criteria(one.search.words, one.search.filters)))
    match one.cause:
        case Cause.WRITE:
            return _write(terms, one.search)
        case Cause.FILTER:
            return _fix(terms, one.search)
        case Cause.ANSWERED:
            return (results,)
        case Cause.RETITLE:
            if later is None:
                return (results,)
            edit = f"/library/{later.asset_id}/edit"
            return Link("Retitle what they opened", edit), results
        case Cause.ALIAS:
            # Where no name can be offered, the words can still stand in the asset that was meant,
            # if it was what they meant.
            if later is None or one.alias is not None:
                return ()
            tags = Link("Add the words to its tags", f"/library/{later.asset_id}/edit")
            return tags, *_write(terms, one.search)


def _write(terms: Taxonomy, search: FailedSearchCount) -> tuple[Link, ...]:
    """Plan it, and look at the cell it would stand in, where the search names one."""
    named = {
        dimension: [terms.terms[i] for i in ids if i in terms.terms]
        for dimension, ids in places(terms, search.words, search.filters).items()
    }
    pairs = [("terms", f"{t.dimension}:{t.slug}") for found in named.values() for t in found]
    title = [("title", search.words[:1].upper() + search.words[1:])] if search.words else []
    plan = Link("Plan an asset", f"/coverage/plan/new?{urlencode([*pairs, *title])}")
    stages, personas = named.get(STAGE, []), named.get(PERSONA, [])
    if not stages or not personas:
        return (plan,)
    cell = CoverageCriteria(cell=(stages[0].slug, personas[0].slug))
    return plan, Link(f"{stages[0].label}, {within(personas[0].label)}", cell.url())


def _fix(terms: Taxonomy, search: FailedSearchCount) -> tuple[Link, ...]:
    """The search without each filter that emptied it, and the way to map what it finds."""
    criteria = Criteria(search.words, search.filters)
    links = []
    for key, total in sorted(search.without.items(), key=lambda item: -item[1]):
        label = dimension_label(terms, key).lower()
        links.append(
            Link(f"Without {label}: {plural(total, 'result')}", report_url(criteria.removing(key)))
        )
        chosen = search.filters.get(key, ())
        term = terms.term(key, chosen[0]) if len(chosen) == 1 else None
        if term is not None:  # that a document is fresh or ready to send cannot be added to it
            links.append(Link(f"Map them to {term.label}", map_url(criteria, key)))
    return tuple(links)


def map_url(criteria: Criteria, key: str) -> str:
    """Of the page that maps what a search finds without its filter ``key``."""
    return f"/insights/map?{urlencode([*criteria.pairs(), ('map', key)])}"
