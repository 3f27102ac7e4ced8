"""Finding: the index says which, the database says what, this says why.

Shared by the page, the API and every panel that looks for assets, so that there is one engine and
one answer. Facts on screen come from the database in the same request; a hit that the actor may
not see, or that is gone, is dropped and reported for mending.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from app import facets as faceting
from app.criteria import AUDIENCE, FIXED, FORMAT, FRESH, OWNER, READABLE, READING, STATUS, Criteria
from app.search_page import Drop, Link, Pagination, ResultCard, SearchPage
from app.words import ago, listed, plural, within
from content_catalog import analytics, assets, search_state, taxonomy
from content_catalog.actor import Permission
from content_catalog.assets import AssetCard, Kind, TitleFilter
from content_catalog.database import Work
from content_catalog.taxonomy import PERSONA, STAGE, Taxonomy
from search_index.analysis import words as folded_words
from search_index.errors import IndexUnavailable
from search_index.protocol import SearchIndex
from search_index.types import Hit, ResultPage, SearchQuery, Snippet, Sort

PER_PAGE = 20
CLOSEST = 3
SORTS = {
    Sort.RELEVANCE: "Best match",
    Sort.NEWEST: "Newest",
    Sort.MOST_USED: "Most used",
}
MARKDOWN_SIGNS = re.compile(r"\*\*|__|`|#{1,6} |\|")
REBUILDING = "Full-text search is being rebuilt. Titles and tags still work."


@dataclass(frozen=True, slots=True)
class Finding:
    """The page, and ids the index still names though the actor cannot have them (to be mended)."""

    page: SearchPage
    dropped_ids: tuple[int, ...] = ()


def find(
    look: Work,
    index: SearchIndex,
    criteria: Criteria,
    *,
    owners: Mapping[str, str] | None = None,
    per_page: int = PER_PAGE,
    typing: bool = False,
    counts_only: bool = False,
) -> Finding:
    """Search as ``look.actor``. Never raises for what a user typed. ``counts_only`` gives no rows.

    With the index away, answers from the database by title and tag, with a notice.
    """
    look.actor.require(Permission.FIND)
    started = time.perf_counter()
    terms = taxonomy.read(look)
    query = query_for(look, criteria, terms, per_page=per_page, typing=typing)
    try:
        found = index.search(query)
        lost = not (found.hits or index.state().documents) and search_state.any_indexed(look)
    except IndexUnavailable:
        lost = True
    if lost:
        return _from_database(look, criteria, terms, owners or {}, per_page, started)
    if counts_only:
        found = replace(found, hits=())
    cards = {card.id: card for card in assets.cards(look, [hit.id for hit in found.hits])}
    rows = tuple(
        _row(look, criteria, terms, cards[hit.id], hit) for hit in found.hits if hit.id in cards
    )
    page = _page(look, criteria, terms, owners or {}, found, rows, per_page, started)
    if not found.hits and criteria.page == 1 and not counts_only:
        page = _with_ways_on(look, index, page, query, found, terms)
    return Finding(page, tuple(hit.id for hit in found.hits if hit.id not in cards))


def query_for(
    look: Work, criteria: Criteria, terms: Taxonomy, *, per_page: int, typing: bool = False
) -> SearchQuery:
    """The engine's question: slugs become ids, and who asks decides what can be found."""
    see_unpublished = look.actor.may(Permission.SEE_UNPUBLISHED)
    readers = {"published"}
    if see_unpublished and criteria.selected("status"):
        readers.add("unpublished")
    return SearchQuery(
        text=criteria.text,
        readers=frozenset(readers),
        today=look.today,
        filters={
            key: frozenset(_ids(terms, key, values)) for key, values in criteria.filters.items()
        },
        synonyms=_synonyms(terms),
        facet_keys=faceting.facet_keys(terms, see_unpublished=see_unpublished),
        sort=criteria.sort,
        page=criteria.page,
        per_page=per_page,
        typing=typing,
        include_expired=criteria.expired,
    )


def _synonyms(terms: Taxonomy) -> Mapping[str, tuple[str, ...]]:
    """Other names of each name, keyed as the index folds words; worked out once per taxonomy."""
    known = _last_synonyms.get("taxonomy")
    if known is None or known[0] is not terms:
        found: dict[str, tuple[str, ...]] = {}
        for name, others in taxonomy.synonyms(terms).items():
            key = " ".join(folded_words(name))
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *others)))
        known = _last_synonyms["taxonomy"] = (terms, found)
    return known[1]


# The taxonomy is one value until somebody changes it, so one entry is all that is ever needed.
_last_synonyms: dict[str, tuple[Taxonomy, dict[str, tuple[str, ...]]]] = {}


def similar(look: Work, index: SearchIndex, asset_id: int, limit: int = 4) -> list[AssetCard]:
    """Assets closest in words to this one; none while the index is away."""
    query = query_for(look, Criteria(), taxonomy.read(look), per_page=limit)
    try:
        ids = index.similar(asset_id, query, limit)
    except IndexUnavailable:
        return []
    return assets.cards(look, list(ids))


def why(card: AssetCard, criteria: Criteria, look: Work) -> str:
    """The fit sentence: "For the economic buyer at Evaluate; reviewed 12 days ago"."""
    person = _fitting(card, criteria, PERSONA)
    stage = _fitting(card, criteria, STAGE)
    fit = f"For the {listed([within(p) for p in person[:2]])}" if person else ""
    if stage:
        fit = f"{fit} at {listed(stage[:2])}" if fit else f"For {listed(stage[:2])}"
    trust = trust_words(card, look)
    return f"{fit}; {trust[0].lower()}{trust[1:]}" if fit else trust


def trust_words(card: AssetCard, look: Work) -> str:
    """How far the asset can be trusted, in words."""
    fresh = card.freshness
    if fresh.state == "expired" and fresh.expires_on:
        return f"Expired {ago(fresh.expires_on, look.today)}"
    if fresh.state == "overdue":
        return f"Review overdue by {plural(fresh.days or 0, 'day')}"
    if fresh.reviewed_on:
        return f"Reviewed {ago(fresh.reviewed_on, look.today)}"
    if fresh.review_by:
        return f"Next review {ago(fresh.review_by, look.today)}"
    return f"Updated {ago(card.updated_at.astimezone(look.zone).date(), look.today)}"


def _fitting(card: AssetCard, criteria: Criteria, dimension: str) -> list[str]:
    """Labels of the asset's terms that were asked for, else all of them."""
    refs = card.terms.get(dimension, ())
    asked = [ref.label for ref in refs if ref.slug in criteria.selected(dimension)]
    return asked or [ref.label for ref in refs]


def _row(
    look: Work, criteria: Criteria, terms: Taxonomy, card: AssetCard, hit: Hit | None
) -> ResultCard:
    stages = terms.by_slug[STAGE].live if STAGE in terms.by_slug else ()
    mapped = {ref.id for ref in card.terms.get(STAGE, ())}
    page = next(iter(hit.hit_pages), None) if hit else None
    query = Criteria(criteria.text, criteria.filters).pairs()
    base = f"/assets/{card.id}-{card.slug}"
    if page and page > 1:
        query.append(("p", str(page)))
    return ResultCard(
        card=card,
        url=_address(base, query),
        snippets=_readable(card, hit.snippets) if hit else (),
        where=_where(hit) if hit and card.kind is not Kind.TEXT else "",
        why=why(card, criteria, look),
        meter=tuple(stage.id in mapped for stage in stages),
        stages=tuple(ref.label for ref in card.terms.get(STAGE, ())),
        personas=tuple(ref.label for ref in card.terms.get(PERSONA, ())),
        type_label=next((ref.label for ref in card.terms.get("type", ())), ""),
        page=page,
        score=hit.score if hit else 0.0,
    )


def _address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _readable(card: AssetCard, snippets: Sequence[Snippet]) -> tuple[Snippet, ...]:
    """Without the signs of Markdown, which say nothing in a line of prose."""
    if card.kind is not Kind.TEXT and card.format != "md":
        return tuple(snippets)
    return tuple(
        replace(s, parts=tuple((MARKDOWN_SIGNS.sub("", t), is_hit) for t, is_hit in s.parts))
        for s in snippets
    )


def _where(hit: Hit) -> str:
    """ "p. 2, 3, 6", "slide 5": up to three places, in reading order."""
    if not hit.snippets:
        return ""
    first = hit.snippets[0].label
    head, _, number = first.rpartition(" ")
    if head not in ("p.", "slide") or not (number.isascii() and number.isdigit()):
        return first
    pages = sorted(list(hit.hit_pages)[:3]) or [int(number)]
    return f"{head} {', '.join(str(page) for page in pages)}"


def _ids(terms: Taxonomy, key: str, slugs: Sequence[str]) -> list[str]:
    if key in FIXED:
        return list(slugs)
    return [str(term.id) for slug in slugs if (term := terms.term(key, slug))]


def _page(
    look: Work,
    criteria: Criteria,
    terms: Taxonomy,
    owners: Mapping[str, str],
    found: ResultPage,
    rows: tuple[ResultCard, ...],
    per_page: int,
    started: float,
) -> SearchPage:
    keys = faceting.facet_keys(terms, see_unpublished=look.actor.may(Permission.SEE_UNPUBLISHED))
    everything = found.without.get(STAGE, found.total) if criteria.selected(STAGE) else found.total
    meant = found.did_you_mean
    notices = (found.truncated,) if found.truncated else ()
    return SearchPage(
        criteria=criteria,
        results=rows,
        total=found.total,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        facets=faceting.facets(criteria, terms, found.facets, found.total, keys),
        rail=faceting.rail(criteria, terms, found.facets, everything),
        chips=faceting.chips(criteria, terms, owners),
        clear_url=criteria.cleared().url(),
        pagination=_pagination(criteria, found.total, per_page),
        sorts=tuple(
            (sort.value, label, criteria.sorted_by(sort).url(), sort is criteria.sort)
            for sort, label in SORTS.items()
        ),
        did_you_mean=Link(meant, criteria.saying(meant).url()) if meant else None,
        corrected=found.corrected,
        relaxed=_relaxed(found.dropped),
        notices=notices,
        partial=found.partial,
        counts=found.facets,
    )


def _relaxed(dropped: Sequence[str]) -> str | None:
    if not dropped:
        return None
    words = listed([f"“{word}”" for word in dropped], last="or")
    return f"Nothing has all your words. These may leave out {words}."


def _pagination(criteria: Criteria, total: int, per_page: int) -> Pagination:
    pages = max(1, -(-total // per_page))
    page = min(criteria.page, pages)
    return Pagination(
        page=page,
        pages=pages,
        total=total,
        previous_url=criteria.on_page(page - 1).url() if page > 1 else None,
        next_url=criteria.on_page(page + 1).url() if page < min(pages, 50) else None,
    )


def _with_ways_on(
    look: Work,
    index: SearchIndex,
    page: SearchPage,
    query: SearchQuery,
    found: ResultPage,
    terms: Taxonomy,
) -> SearchPage:
    """A failed search is not a dead end: which filter to drop, what is closest, what others asked."""
    criteria = page.criteria
    drops = [
        Drop(key, _drop_label(criteria, terms, key), total, criteria.removing(key).url())
        for key, total in sorted(found.without.items(), key=lambda item: -item[1])
        if total
    ]
    loose = [replace(query, filters={}, per_page=CLOSEST)] if query.filters else []
    if query.filters and query.text:
        loose.insert(0, replace(query, text="", per_page=CLOSEST))
    return replace(
        page,
        without=tuple(drops),
        closest=_closest(look, index, criteria, terms, loose),
        also_searched=tuple(
            Link(words, Criteria(words).url())
            for words in analytics.past_searches(look, criteria.text.split(" ")[0], 3)
            if words != criteria.text
        ),
    )


def _closest(
    look: Work,
    index: SearchIndex,
    criteria: Criteria,
    terms: Taxonomy,
    queries: Sequence[SearchQuery],
) -> tuple[ResultCard, ...]:
    ids: list[int] = []
    with suppress(IndexUnavailable):  # lost since the search: the page is whole without these
        for query in queries:
            ids += [hit.id for hit in index.search(query).hits if hit.id not in ids]
    cards = assets.cards(look, ids[:CLOSEST])
    return tuple(_row(look, criteria, terms, card, None) for card in cards)


def _drop_label(criteria: Criteria, terms: Taxonomy, key: str) -> str:
    values = [faceting.value_label(terms, key, value) for value in criteria.selected(key)]
    return f"{faceting.dimension_label(terms, key)}: {listed(values)}"


def _from_database(
    look: Work,
    criteria: Criteria,
    terms: Taxonomy,
    owners: Mapping[str, str],
    per_page: int,
    started: float,
) -> Finding:
    """Poorer, never absent: titles and tags, without facets and page hits."""
    wanted = TitleFilter(
        terms={
            key: tuple(int(i) for i in _ids(terms, key, values))
            for key, values in criteria.filters.items()
            if key not in FIXED
        },
        audiences=criteria.selected(AUDIENCE),
        freshness=criteria.selected(FRESH),
        formats=criteria.selected(FORMAT),
        owners=criteria.selected(OWNER),
        statuses=criteria.selected(STATUS),
        readable=_readable_only(criteria),
        with_expired=criteria.expired,
    )
    found = assets.by_title(look, criteria.text, wanted, criteria.page, per_page)
    rows = tuple(_row(look, criteria, terms, card, None) for card in found.cards)
    page = _page(
        look, criteria, terms, owners, ResultPage((), found.total), rows, per_page, started
    )
    return Finding(replace(page, notices=(*page.notices, REBUILDING), degraded=True, facets=()))


def _readable_only(criteria: Criteria) -> bool | None:
    """Both values together narrow nothing."""
    chosen = criteria.selected(READING)
    return READABLE in chosen if len(chosen) == 1 else None


@dataclass(frozen=True, slots=True)
class TermSuggestion:
    dimension: str
    dimension_label: str
    value: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """At most eight lines in three groups (UI section 5.1)."""

    assets: tuple[tuple[int, str, str], ...]  # id, title, url
    terms: tuple[TermSuggestion, ...]
    searches: tuple[Link, ...]


def suggest(look: Work, index: SearchIndex, text: str) -> Suggestions:
    """Lines for the words typed so far; empty under two characters."""
    look.actor.require(Permission.FIND)
    words = " ".join(text.split())[:100]
    if len(words) < 2:
        return Suggestions((), (), ())
    terms = taxonomy.read(look)
    titles = _titles(look, index, words, terms)
    return Suggestions(
        assets=tuple((i, title, f"/assets/{i}-{assets.slug(title)}") for i, title in titles),
        terms=tuple(_term_lines(terms, words)[:3]),
        searches=tuple(Link(w, Criteria(w).url()) for w in analytics.past_searches(look, words, 3)),
    )


def _titles(
    look: Work, index: SearchIndex, words: str, terms: Taxonomy
) -> Sequence[tuple[int, str]]:
    query = query_for(look, Criteria(text=words), terms, per_page=4, typing=True)
    try:
        ids = index.complete(words, query, 4)
    except IndexUnavailable:
        return assets.title_prefix(look, words, 4)
    return assets.titles(look, list(ids))


def _term_lines(terms: Taxonomy, words: str) -> list[TermSuggestion]:
    """Terms one of whose names starts with what was typed; the name's own order decides."""
    wanted = taxonomy.key(words)

    def starts(name: str) -> bool:
        return taxonomy.key(name).startswith(wanted)

    return [
        TermSuggestion(
            dimension.slug,
            dimension.label,
            term.slug,
            term.label,
            Criteria(filters={dimension.slug: (term.slug,)}).url(),
        )
        for dimension in terms.dimensions
        for term in dimension.live
        if starts(term.label) or any(starts(alias) for alias in term.aliases)
    ]


def rows_for(look: Work, cards: Sequence[AssetCard]) -> list[ResultCard]:
    """Rows of assets that no search found: a star list, what is new, what is near."""
    terms = taxonomy.read(look)
    return [_row(look, Criteria(), terms, card, None) for card in cards]
