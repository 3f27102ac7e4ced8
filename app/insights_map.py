"""What a filter hid: the assets a search finds without it, to be ticked and mapped."""

from __future__ import annotations

from app import finding
from app.criteria import Criteria
from app.insights_lists import AssetsPage, Paging
from app.insights_page import AssetLine
from app.insights_rows import map_url
from app.search_page import ResultCard, SearchPage
from content_catalog import Permission, taxonomy
from content_catalog.database import Work
from content_catalog.errors import NotFound
from search_index.protocol import SearchIndex

MOST = 50


def page(look: Work, index: SearchIndex, criteria: Criteria, key: str) -> AssetsPage:
    """What is found without the filter ``key`` and does not carry its one term, of the 50 best
    matches. Raises ``NotFound`` when the search has no such filter."""
    look.actor.require(Permission.EDIT_ASSETS)
    chosen = criteria.selected(key)
    term = taxonomy.read(look).term(key, chosen[0]) if len(chosen) == 1 else None
    if term is None:
        raise NotFound("filter", key)
    found = finding.find(look, index, criteria.removing(key), per_page=MOST).page
    rows = tuple(
        _line(row, key)
        for row in found.results
        if term.id not in {ref.id for ref in row.card.terms.get(key, ())}
    )
    return AssetsPage(
        title=f"Map to {term.label}",
        text=_text(criteria.text, found),
        fact=taxonomy.read(look).by_slug[key].label,
        rows=rows,
        paging=Paging(1, 1, len(rows), None, None),
        back="/insights",
        here=map_url(criteria, key),
        change=f"add:{key}",
        value=term.slug,
        button=f"Map the ticked ones to {term.label}",
    )


def _text(words: str, found: SearchPage) -> str:
    what = f"What “{words}” finds" if words else "What is found"
    parts = [f"{what} without that filter and is not mapped to it. Tick what is for it too."]
    if found.total > MOST:
        parts.append(f"Only the {MOST} that fit best were looked at.")
    if found.relaxed:
        parts.append(found.relaxed)
    return " ".join(parts)


def _line(row: ResultCard, key: str) -> AssetLine:
    labels = ", ".join(ref.label for ref in row.card.terms.get(key, ()))
    card = row.card
    return AssetLine(card.id, card.title, row.url, card.owner_name, labels or "None", card.uses)
