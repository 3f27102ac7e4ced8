"""Search and typeahead over the API: the find page's engine, logged as coming from a program."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response, after_this_request
from pydantic import ConfigDict, Field

from app import facets as faceting
from app import finding
from app.api.asset_shapes import of_card
from app.api.door import operation
from app.api.shapes import Input, Output, PerPage, Text
from app.auth import actor
from app.criteria import (
    AUDIENCE,
    AUDIENCE_VALUES,
    FRESH,
    FRESH_VALUES,
    PAGE_LIMIT,
    STATUS,
    STATUS_VALUES,
    Criteria,
)
from app.finding import Finding
from app.search_page import ResultCard, SearchPage
from app.searching import note_search, read_criteria
from app.wiring import look, services
from content_catalog import Permission, taxonomy
from content_catalog.assets import Audience, Status
from content_catalog.taxonomy import Taxonomy
from search_index.errors import IndexUnavailable
from search_index.types import Snippet

FIXED_VALUES = {AUDIENCE: AUDIENCE_VALUES, FRESH: FRESH_VALUES, STATUS: STATUS_VALUES}
Values = Annotated[list[Text], Field(default=[])]


class SearchQuery(Input):
    """A key may repeat: OR within one dimension, AND between dimensions. Every dimension is a key,
    those that an admin added too. A value may be a slug, a label or an alias; one that means
    nothing is left out, and ``notices`` says so."""

    model_config = ConfigDict(extra="ignore")

    q: Text = ""
    persona: Values
    stage: Values
    tollgate: Values
    type: Values
    audience: Values
    industry: Values
    product: Values
    competitor: Values
    region: Values
    language: Values
    fresh: Values
    format: Values
    by: Values
    reading: Values
    status: Values
    expired: Literal["0", "1"] = "0"
    sort: Literal["relevance", "newest", "most_used"] = "relevance"
    page: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 1
    per_page: PerPage = 20


class SnippetItem(Output):
    """``text`` has hits between « and »; ``parts`` is the same in pieces, exactly as written."""

    page: int
    label: str
    text: str
    parts: list[tuple[str, bool]]


class SearchHit(Output):
    id: int
    external_id: str | None
    title: str
    url: str
    summary: str
    type: str | None
    audience: Audience
    status: Status
    format: str
    score: float
    personas: list[str]
    stages: list[str]
    tollgates: list[str]
    terms: dict[str, list[str]]
    snippets: list[SnippetItem]
    why: str
    expired: bool
    version: int


class WithoutFilter(Output):
    dimension: str
    label: str
    total: int


class FacetValueItem(Output):
    value: str
    label: str
    count: int
    selected: bool


class SearchAnswer(Output):
    """``did_you_mean`` is a corrected query; ``corrected`` says that these results are its own.
    ``relaxed`` says what was dropped to get results. A facet's count is what adding the value would
    give, its own dimension's selection set aside."""

    total: int
    page: int
    per_page: int
    took_ms: float
    query: str
    did_you_mean: str | None
    corrected: bool
    relaxed: str | None
    partial: bool
    notices: list[str]
    without: list[WithoutFilter]
    hits: list[SearchHit]
    closest: list[SearchHit]
    facets: dict[str, list[FacetValueItem]]


class SuggestQuery(Input):
    q: Text = ""


class AssetName(Output):
    id: int
    title: str
    url: str


class TermName(Output):
    dimension: str
    value: str
    label: str


class SuggestAnswer(Output):
    assets: list[AssetName]
    terms: list[TermName]
    searches: list[str]


@operation("GET", "/search", Permission.FIND, query=SearchQuery, answer=SearchAnswer, rate="search")
def search(query: SearchQuery) -> Any:
    """Find assets by words and filters, with facets, snippets and ways on."""
    reading = read_criteria()
    found = finding.find(
        look(),
        services().index,
        reading.criteria,
        owners=reading.owners,
        per_page=query.per_page,
    )
    if found.page.degraded:
        raise IndexUnavailable("Search is being rebuilt. Try again in a minute.")
    after_this_request(lambda answer: _noted(answer, found))
    page = found.page
    return SearchAnswer(
        total=page.total,
        page=page.criteria.page,
        per_page=query.per_page,
        took_ms=page.took_ms,
        query=page.criteria.query_string(),
        did_you_mean=page.did_you_mean.label if page.did_you_mean else None,
        corrected=page.corrected,
        relaxed=page.relaxed,
        partial=page.partial,
        notices=[*page.notices, *reading.notices],
        without=[
            WithoutFilter(dimension=d.dimension, label=d.label, total=d.total) for d in page.without
        ],
        hits=[_hit(row) for row in page.results],
        closest=[_hit(row) for row in page.closest],
        facets=_facets(page, taxonomy.read(look())),
    )


@operation(
    "GET", "/suggest", Permission.FIND, query=SuggestQuery, answer=SuggestAnswer, rate="typeahead"
)
def suggest(query: SuggestQuery) -> Any:
    """Titles, terms and earlier searches for the words typed so far."""
    found = finding.suggest(look(), services().index, query.q)
    return SuggestAnswer(
        assets=[AssetName(id=i, title=title, url=url) for i, title, url in found.assets],
        terms=[TermName(dimension=t.dimension, value=t.value, label=t.label) for t in found.terms],
        searches=[link.label for link in found.searches],
    )


def _hit(row: ResultCard) -> SearchHit:
    """The asset as everywhere in the API, as far as a hit tells of it, and why it was found."""
    shown = of_card(row.card)
    return SearchHit(
        **{name: value for name, value in shown.items() if name in SearchHit.model_fields},
        score=row.score,
        snippets=[_snippet(snippet) for snippet in row.snippets],
        why=row.why,
        expired=row.card.freshness.state == "expired",
    )


def _noted(answer: Response, found: Finding) -> Response:
    note_search(answer, found, "api")
    return answer


def _snippet(snippet: Snippet) -> SnippetItem:
    """Marks of the text's own would read as hits, so they give way to other quotation marks."""
    plain = [(text.replace("«", "“").replace("»", "”"), hit) for text, hit in snippet.parts]
    return SnippetItem(
        page=snippet.page,
        label=snippet.label,
        text="".join(f"«{text}»" if hit else text for text, hit in plain),
        parts=list(snippet.parts),
    )


def _facets(page: SearchPage, known: Taxonomy) -> dict[str, list[FacetValueItem]]:
    """Every dimension, also one that cannot narrow: a program decides for itself what to show."""
    keys = faceting.facet_keys(known, see_unpublished=actor().may(Permission.SEE_UNPUBLISHED))
    return {key: _values(page.criteria, known, key, page.counts.get(key, {})) for key in keys}


def _values(criteria: Criteria, known: Taxonomy, key: str, counts: Any) -> list[FacetValueItem]:
    dimension, chosen = known.dimension(key), criteria.selected(key)
    if dimension:
        pairs = [(t.slug, counts.get(str(t.id), 0), not t.retired) for t in dimension.terms]
    else:
        pairs = [(value, counts.get(value, 0), True) for value in FIXED_VALUES[key]]
    return [
        FacetValueItem(
            value=value,
            label=faceting.value_label(known, key, value),
            count=count,
            selected=value in chosen,
        )
        for value, count, shown in pairs
        if shown or count or value in chosen
    ]
