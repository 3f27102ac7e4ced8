"""What the find page shows before anything was asked."""

from __future__ import annotations

from dataclasses import dataclass

from app.criteria import Criteria, deal
from app.finding import rows_for
from app.search_page import ResultCard, SearchPage
from content_catalog import Permission, analytics, assets, saved, taxonomy
from content_catalog.database import Work
from content_catalog.saved import SavedSearch
from content_catalog.taxonomy import PERSONA, STAGE

SHOWN = 5
SHOWN_ABOVE = 3  # over a list, which is what was asked for


@dataclass(frozen=True, slots=True)
class HomePage:
    """Each list may be empty and is then left out. ``behind`` counts assets the search does not
    know yet, when it knows none. ``no_words`` is a taxonomy without a term, ``can_name`` whether
    this person may fill it."""

    starred: tuple[ResultCard, ...]
    searches: tuple[SavedSearch, ...]
    recent: tuple[ResultCard, ...]
    most_used: tuple[ResultCard, ...]
    new: tuple[ResultCard, ...]
    empty_library: bool
    can_fill: bool
    no_words: bool
    can_name: bool
    behind: int

    @property
    def first_visit(self) -> bool:
        return not (self.starred or self.searches or self.recent)


def page(look: Work, found: SearchPage) -> HomePage:
    """Own things first, then what colleagues use, then what is new; one reading of cards for all."""
    groups = {
        "starred": saved.starred(look)[:SHOWN],
        "recent": [r.asset_id for r in analytics.recent(look, SHOWN)],
        "most_used": analytics.most_used(look, limit=SHOWN),
        "new": analytics.new_this_week(look, SHOWN),
    }
    ids = list(dict.fromkeys(asset_id for group in groups.values() for asset_id in group))
    rows = {row.card.id: row for row in rows_for(look, assets.cards(look, ids))}
    chosen = {
        name: tuple(rows[asset_id] for asset_id in group if asset_id in rows)
        for name, group in groups.items()
    }
    stored = 0 if found.total else assets.by_title(look, "", assets.TitleFilter(), 1, 1).total
    return HomePage(
        searches=saved.searches(look)[:SHOWN],
        empty_library=not found.total and not stored,
        behind=stored,
        can_fill=look.actor.may(Permission.EDIT_ASSETS),
        no_words=not any(d.terms for d in taxonomy.read(look).dimensions),
        can_name=look.actor.may(Permission.EDIT_TAXONOMY),
        **chosen,
    )


@dataclass(frozen=True, slots=True)
class MostUsed:
    """What colleagues use most in a deal like this one; ``label`` names it: "Evaluate · CFO"."""

    label: str
    rows: tuple[ResultCard, ...]


def most_used_for(look: Work, criteria: Criteria) -> MostUsed | None:
    """Over the list of a stage or a persona before any word is typed. ``None`` for any other search,
    and where nothing was used yet."""
    chosen = [dimension for dimension in (STAGE, PERSONA) if criteria.selected(dimension)]
    if criteria.text or criteria.page > 1 or not chosen or set(criteria.filters) - set(chosen):
        return None
    stage, persona = deal(criteria, taxonomy.read(look))
    terms = [term for term in (stage, persona) if term]
    if len(terms) < len(chosen):
        return None
    ids = analytics.most_used(
        look,
        stage_id=stage.id if stage else None,
        persona_id=persona.id if persona else None,
        limit=SHOWN_ABOVE,
    )
    rows = tuple(rows_for(look, assets.cards(look, ids)))
    return MostUsed(" · ".join(term.label for term in terms), rows) if rows else None
