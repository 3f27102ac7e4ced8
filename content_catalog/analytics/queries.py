"""What use and demand tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import case, func, or_, select

from content_catalog.actor import Permission, Role
from content_catalog.analytics.models import SearchOpeningRow, SearchRow, UseRow
from content_catalog.analytics.types import FoundBy, RecentAsset
from content_catalog.assets.cards import current_conditions
from content_catalog.assets.models import AssetRow
from content_catalog.assets.rules import fold
from content_catalog.database import Work
from content_catalog.people.models import UserRow

WINDOW = timedelta(days=90)
REFINED = timedelta(seconds=10)
SAME_VISIT = timedelta(hours=1)


def search_key(words: str) -> str:
    """Words as they are grouped: without case and accents."""
    return fold(words)[:256]


def recent(look: Work, limit: int) -> list[RecentAsset]:
    """What the actor opened or downloaded last, each asset once."""
    look.actor.require(Permission.KEEP_OWN)
    last = func.max(UseRow.at)
    rows = look.session.execute(
        select(UseRow.asset_id, last)
        .where(UseRow.user_id == look.actor.id, UseRow.at >= look.now - WINDOW)
        .group_by(UseRow.asset_id)
        .order_by(last.desc())
        .limit(limit)
    )
    return [RecentAsset(row[0], row[1]) for row in rows]


def most_used(
    look: Work, *, stage_id: int | None = None, persona_id: int | None = None, limit: int
) -> list[int]:
    """Ids of current assets colleagues used most in the last 90 days."""
    look.actor.require(Permission.FIND)
    query = (
        select(UseRow.asset_id)
        .join(AssetRow, AssetRow.id == UseRow.asset_id)
        .where(
            UseRow.at >= look.now - WINDOW,
            *current_conditions(look),
        )
        .group_by(UseRow.asset_id)
        .order_by(func.count().desc(), UseRow.asset_id)
        .limit(limit)
    )
    if stage_id is not None:
        query = query.where(UseRow.stage_id == stage_id)
    if persona_id is not None:
        query = query.where(UseRow.persona_id == persona_id)
    return list(look.session.scalars(query))


def new_this_week(look: Work, limit: int) -> list[int]:
    """Ids of current assets that came in the last seven days, the newest first."""
    look.actor.require(Permission.FIND)
    return list(
        look.session.scalars(
            select(AssetRow.id)
            .where(
                AssetRow.created_at >= look.now - timedelta(days=7),
                *current_conditions(look),
            )
            .order_by(AssetRow.id.desc())
            .limit(limit)
        )
    )


def past_searches(look: Work, prefix: str, limit: int) -> list[str]:
    """Searches of the last 90 days that start so and had results, the most frequent first.

    Words a single person typed may name a customer, so a search is offered to others only when two
    people made it, or to the one who made it.
    """
    look.actor.require(Permission.FIND)
    key = search_key(prefix)
    if not key:
        return []
    # A search of somebody who sees drafts may have found nothing else: only finders' searches count.
    reps = select(UserRow.id).where(UserRow.role == Role.REP.value)
    people = func.count(case((SearchRow.user_id.in_(reps), SearchRow.user_id)).distinct())
    mine = func.max(SearchRow.user_id == look.actor.id)
    rows = look.session.execute(
        select(func.max(SearchRow.words))
        .where(
            SearchRow.key.startswith(key, autoescape=True),
            SearchRow.at >= look.now - WINDOW,
            SearchRow.total > 0,
        )
        .group_by(SearchRow.key)
        .having(or_(people > 1, mine))
        .order_by(func.count().desc(), SearchRow.key)
        .limit(limit)
    )
    return [row[0] for row in rows]


def found_by(look: Work, asset_id: int, limit: int = 5) -> tuple[FoundBy, ...]:
    """Words that led to an asset in the last 90 days; no names. For those who see insights."""
    if not look.actor.may(Permission.SEE_INSIGHTS):
        return ()
    count = func.count()
    rows = look.session.execute(
        select(func.max(SearchRow.words), count)
        .join(SearchOpeningRow, SearchOpeningRow.search_id == SearchRow.id)
        .where(
            SearchOpeningRow.asset_id == asset_id,
            SearchRow.at >= look.now - WINDOW,
            SearchRow.key != "",
        )
        .group_by(SearchRow.key)
        .order_by(count.desc(), SearchRow.key)
        .limit(limit)
    )
    return tuple(FoundBy(row[0], int(row[1])) for row in rows)


def latest_search(look: Work, words: str, filters: Mapping[str, tuple[str, ...]]) -> int | None:
    """The actor's own search of the last hour with these words and filters."""
    rows = look.session.execute(
        select(SearchRow.id, SearchRow.filters)
        .where(
            SearchRow.user_id == look.actor.id,
            SearchRow.key == search_key(" ".join(words.split())[:256]),
            SearchRow.at >= look.now - SAME_VISIT,
        )
        .order_by(SearchRow.id.desc())
        .limit(20)
    )
    wanted = {key: sorted(values) for key, values in filters.items()}
    return next((row.id for row in rows if row.filters == wanted), None)
