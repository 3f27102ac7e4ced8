"""Assets that could be stretched to fit a cell: near in terms, or in words, or in both."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from app import finding
from app.criteria import Criteria
from app.words import listed
from content_catalog import assets, coverage, taxonomy
from content_catalog.assets import AssetCard
from content_catalog.coverage import Evidence, Picture, View
from content_catalog.database import Work
from search_index.errors import IndexUnavailable
from search_index.protocol import SearchIndex

TEXTS = 3  # failed searches, or statements of the need, that are searched for again
HITS = 10  # of each
# A first hit for what was searched in vain is worth as much as standing in the next cell.
TEXT_POINTS = 3.0
NEARNESS = {
    3: "Stands next to it",
    2: "Fits one side, unmapped on the other",
    1: "Fits one side",
}


@dataclass(frozen=True, slots=True)
class Near:
    """``mapped`` are the terms it has on the two axes now; ``why`` says how it is near."""

    card: AssetCard
    mapped: str
    why: str


def near(
    look: Work,
    index: SearchIndex,
    picture: Picture,
    view: View,
    evidence: Evidence,
    limit: int = 3,
) -> tuple[Near, ...]:
    """The nearest assets that would count in the cell if they were mapped there.

    By terms: neighbouring stages, or one of the cell's two terms. By words: what people searched
    for in vain there, else what the need says, searched for in the whole library. With the index
    away, by terms alone.
    """
    row_id, col_id = evidence.row.id, evidence.col.id if evidence.col else None
    fitting = coverage.could_fit(picture, view, row_id, col_id)
    points: dict[int, float] = {}
    reasons: dict[int, list[str]] = {}
    for text in _texts(evidence):
        for rank, asset_id in enumerate(_hits(look, index, text)):
            if asset_id in fitting:
                points[asset_id] = points.get(asset_id, 0.0) + TEXT_POINTS / (1 + rank)
                reasons.setdefault(asset_id, []).append(f"Found by “{text}”")
    for one in coverage.neighbours(picture, view, row_id, col_id):
        points[one.asset_id] = points.get(one.asset_id, 0.0) + one.nearness
        reasons.setdefault(one.asset_id, []).append(NEARNESS[one.nearness])
    best = sorted(points, key=lambda i: (-points[i], i))[:limit]
    return tuple(
        Near(card, _mapped(card, view), reasons[card.id][0]) for card in assets.cards(look, best)
    )


def _texts(evidence: Evidence) -> list[str]:
    asked = [search.words for search in evidence.searches if search.words]
    need = evidence.cell.need
    said = [" ".join(text.split()[:12]) for text in (*need.buyer_believes, *need.rep_proves)]
    return list(dict.fromkeys(asked or said))[:TEXTS]


def _hits(look: Work, index: SearchIndex, text: str) -> Sequence[int]:
    query = finding.query_for(look, Criteria(text), taxonomy.read(look), per_page=HITS)
    with suppress(IndexUnavailable):
        return [hit.id for hit in index.search(query).hits]
    return ()


def _mapped(card: AssetCard, view: View) -> str:
    axes = [axis for axis in (view.rows, view.cols) if axis]
    sides = [listed([ref.label for ref in card.terms.get(axis, ())[:3]]) for axis in axes]
    named = [side for side in sides if side]
    return f"Mapped to {' · '.join(named)}" if named else "Unmapped"
