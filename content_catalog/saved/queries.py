"""One's own stars, searches and coverage views."""

from __future__ import annotations

from sqlalchemy import select

from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.saved.models import SavedSearchRow, StarRow
from content_catalog.saved.types import KeptPage, SavedSearch


def starred(look: Work) -> list[int]:
    """Ids of starred assets, the latest first; some may not be visible any more."""
    look.actor.require(Permission.KEEP_OWN)
    return list(
        look.session.scalars(
            select(StarRow.asset_id)
            .where(StarRow.user_id == look.actor.id)
            .order_by(StarRow.at.desc(), StarRow.asset_id.desc())
        )
    )


def searches(look: Work) -> tuple[SavedSearch, ...]:
    """Those of the find page, the latest first."""
    return tuple(one for one in pages(look) if one.page is KeptPage.FIND)


def pages(look: Work) -> tuple[SavedSearch, ...]:
    """Searches and coverage views, the latest first."""
    look.actor.require(Permission.KEEP_OWN)
    rows = look.session.scalars(
        select(SavedSearchRow)
        .where(SavedSearchRow.user_id == look.actor.id)
        .order_by(SavedSearchRow.id.desc())
    )
    return tuple(shown(row) for row in rows)


def shown(row: SavedSearchRow) -> SavedSearch:
    return SavedSearch(row.id, row.name, row.query, row.created_at, KeptPage(row.page))
