"""What the find page shows before anything was asked."""

from __future__ import annotations

from dataclasses import dataclass

from app.finding import rows_for
from app.search_page import ResultCard, SearchPage
from content_catalog import Permission, analytics, assets, saved, taxonomy
from content_catalog.database import Work
from content_catalog.saved import SavedSearch

SHOWN = 5


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
