"""Keeping and letting go."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from content_catalog import assets
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import Invalid, NotFound
from content_catalog.saved.models import SavedSearchRow, StarRow

MOST = 200
NAME_LIMIT = 100


def star(work: Work, asset_id: int) -> None:
    """Keep an asset at hand; twice is once. Raises ``NotFound`` for what one may not see."""
    user_id = _own(work)
    if not assets.titles(work, [asset_id]):
        raise NotFound("asset", asset_id)
    if work.session.get(StarRow, (user_id, asset_id)) is None:
        work.session.add(StarRow(user_id=user_id, asset_id=asset_id, at=work.now))
        work.session.flush()


def unstar(work: Work, asset_id: int) -> None:
    """Let go; also when it was not kept."""
    user_id = _own(work)
    work.session.execute(
        delete(StarRow).where(StarRow.user_id == user_id, StarRow.asset_id == asset_id)
    )


def save_search(work: Work, name: str, query: str) -> int:
    """``query`` is the find page's query string. Raises ``Invalid``."""
    user_id = _own(work)
    clean = _name(name)
    if len(query) > 2000:
        raise Invalid(fields={"query": "That search is too long to keep."})
    count = work.session.scalar(
        select(func.count()).select_from(SavedSearchRow).where(SavedSearchRow.user_id == user_id)
    )
    if (count or 0) >= MOST:
        raise Invalid(fields={"name": f"You keep {MOST} searches already. Remove one first."})
    row = SavedSearchRow(user_id=user_id, name=clean, query=query, created_at=work.now)
    work.session.add(row)
    work.session.flush()
    return row.id


def rename_search(work: Work, search_id: int, name: str) -> None:
    """Raises ``Invalid``, and ``NotFound`` also for somebody else's."""
    _own_search(work, search_id).name = _name(name)


def remove_search(work: Work, search_id: int) -> None:
    """Raises ``NotFound``, also for somebody else's."""
    work.session.delete(_own_search(work, search_id))


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > NAME_LIMIT:
        raise Invalid(fields={"name": f"Give it a name of at most {NAME_LIMIT} characters."})
    return clean


def _own_search(work: Work, search_id: int) -> SavedSearchRow:
    user_id = _own(work)
    row = work.session.get(SavedSearchRow, search_id)
    if row is None or row.user_id != user_id:
        raise NotFound("saved search", search_id)
    return row


def _own(work: Work) -> int:
    work.actor.require(Permission.KEEP_OWN)
    if work.actor.id is None:
        raise Invalid("Only a person can keep things.")
    return work.actor.id
