"""One's own stars and searches."""

from __future__ import annotations

from sqlalchemy import select

from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.saved.models import SavedSearchRow, StarRow
from content_catalog.saved.types import SavedSearch


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
    """The latest first."""
    look.actor.require(Permission.KEEP_OWN)
    rows = look.session.scalars(
        select(SavedSearchRow)
        .where(SavedSearchRow.user_id == look.actor.id)
        .order_by(SavedSearchRow.id.desc())
    )
    return tuple(SavedSearch(r.id, r.name, r.query, r.created_at) for r in rows)
