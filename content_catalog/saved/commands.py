"""Keeping and letting go."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from content_catalog import assets
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import Invalid, NotFound
from content_catalog.saved.models import SavedSearchRow, StarRow
from content_catalog.saved.queries import shown
from content_catalog.saved.types import KeptPage, SavedSearch

MOST = 200
NAME_LIMIT = 100
QUERY_LIMIT = 2000
WORDS = {KeptPage.FIND: ("search", "searches"), KeptPage.COVERAGE: ("view", "views")}


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


def save_search(work: Work, name: str, query: str, page: KeptPage = KeptPage.FIND) -> int:
    """``query`` is the query string of ``page``. Raises ``Invalid``."""
    user_id = _own(work)
    if page is KeptPage.COVERAGE:
        work.actor.require(Permission.SEE_COVERAGE)
    clean, (one, many) = _name(name), WORDS[page]
    if len(query) > QUERY_LIMIT:
        raise Invalid(fields={"query": f"That {one} is too long to keep."})
    count = work.session.scalar(
        select(func.count())
        .select_from(SavedSearchRow)
        .where(SavedSearchRow.user_id == user_id, SavedSearchRow.page == page)
    )
    if (count or 0) >= MOST:
        raise Invalid(fields={"name": f"You keep {MOST} {many} already. Remove one first."})
    row = SavedSearchRow(user_id=user_id, name=clean, query=query, created_at=work.now, page=page)
    work.session.add(row)
    work.session.flush()
    return row.id


def rename_search(work: Work, search_id: int, name: str) -> None:
    """Raises ``Invalid``, and ``NotFound`` also for somebody else's."""
    _own_search(work, search_id).name = _name(name)


def remove_search(work: Work, search_id: int) -> SavedSearch:
    """What was removed. Raises ``NotFound``, also for somebody else's."""
    row = _own_search(work, search_id)
    work.session.delete(row)
    return shown(row)


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
