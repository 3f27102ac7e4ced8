"""What a filter hid: the assets a search finds without it, to be ticked and mapped."""

from __future__ import annotations

from app import finding
from app.criteria import Criteria
from app.insights_page import AssetLine, AssetsPage, Paging
from app.search_page import ResultCard
from content_catalog import Permission, taxonomy
from content_catalog.database import Work
from content_catalog.errors import NotFound
from search_index.protocol import SearchIndex

MOST = 50


def page(look: Work, index: SearchIndex, criteria: Criteria, key: str) -> AssetsPage:
    """Up to 50 assets found without the filter ``key``, the best match first, for mapping to its
    one term. Raises ``NotFound`` when the search has no such filter."""
    look.actor.require(Permission.EDIT_ASSETS)
    chosen = criteria.selected(key)
    term = taxonomy.read(look).term(key, chosen[0]) if len(chosen) == 1 else None
    if term is None:
        raise NotFound("filter", key)
    wider = criteria.removing(key)
    found = finding.find(look, index, wider, per_page=MOST).page
    dimension = taxonomy.read(look).by_slug[key].label
    rows = tuple(_line(row, key) for row in found.results)
    more = f" These are the {MOST} that fit best." if found.total > len(rows) else ""
    return AssetsPage(
        title=f"Map to {term.label}",
        text=f"What “{criteria.text}” finds without that filter. Tick what is for it too.{more}"
        if criteria.text
        else f"What is found without that filter. Tick what is for it too.{more}",
        fact=dimension,
        rows=rows,
        paging=Paging(1, 1, found.total, None, None),
        back="/insights",
        here=wider.url(),
        change=f"add:{key}",
        value=term.slug,
        button=f"Map the ticked ones to {term.label}",
    )


def _line(row: ResultCard, key: str) -> AssetLine:
    labels = ", ".join(ref.label for ref in row.card.terms.get(key, ()))
    card = row.card
    return AssetLine(card.id, card.title, row.url, card.owner_name, labels or "None", card.uses)
