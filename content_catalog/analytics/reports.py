"""Insights: how searching goes, why searches fail, what is used and what is not.

For those who see insights; words are told, names of people never. Each report is a fixed number of
statements, however long the log is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, or_, select

from content_catalog import taxonomy
from content_catalog.actor import Permission
from content_catalog.analytics.demand import (
    FILTERED,
    NONE_FOUND,
    UNOPENED,
    failed_searches,
    unopened,
    with_results,
)
from content_catalog.analytics.models import SearchOpeningRow, SearchRow, UseRow
from content_catalog.analytics.queries import WINDOW, search_key
from content_catalog.analytics.rules import Names, Try, advise, later_found
from content_catalog.analytics.types import (
    Diagnosis,
    LaterFound,
    LedToUse,
    SearchHealth,
    UsedAsset,
    UsedAssets,
    WordsPage,
)
from content_catalog.assets.cards import current_conditions
from content_catalog.assets.models import AssetRow, AssetTermRow
from content_catalog.assets.rules import slug
from content_catalog.database import Work
from content_catalog.people.models import UserRow

OUTCOMES = (NONE_FOUND, FILTERED, UNOPENED)
SETTLED = timedelta(days=30)  # an asset younger than this has had no time to be used


def search_health(look: Work, since: datetime) -> SearchHealth:
    """How many searches since then showed nothing, and how many of those shown were opened."""
    look.actor.require(Permission.SEE_INSIGHTS)
    asked = or_(SearchRow.key != "", cast(SearchRow.filters, String) != "{}")
    row = look.session.execute(
        select(
            func.count(),
            _count_of(SearchRow.total == 0),
            _count_of(with_results(look)),
            _count_of(unopened(look)),
        ).where(SearchRow.at >= since, asked)
    ).one()
    searches, empty, shown, left = (int(value or 0) for value in row)
    return SearchHealth(searches, empty, shown, shown - left)


def diagnosis(
    look: Work,
    since: datetime,
    *,
    outcomes: Collection[str] = OUTCOMES,
    limit: int = 500,
    offset: int = 0,
) -> Diagnosis:
    """Failed searches since then, the most frequent first, each with its cause.

    What people found later is told while it is known who searched, which is forgotten after a while.
    """
    look.actor.require(Permission.SEE_INSIGHTS)
    found = [one for one in failed_searches(look, since) if one.outcome in outcomes]
    later, with_assets = _later_found(look, since), _terms_with_assets(look)
    names = Names(taxonomy.read(look))
    advice = tuple(
        advise(one, names, later.get(search_key(one.words)), with_assets)
        for one in found[offset : offset + limit]
    )
    return Diagnosis(advice, sum(one.count for one in found), len(found))


def led_to_use(look: Work, since: datetime, *, limit: int, offset: int = 0) -> WordsPage:
    """Words and the current asset that was opened from them, the most frequent first.

    A page beyond the last one is empty and has no total.
    """
    look.actor.require(Permission.SEE_INSIGHTS)
    count = func.count(SearchRow.id.distinct())
    pairs = (
        select(
            func.max(SearchRow.words).label("words"),
            SearchOpeningRow.asset_id.label("asset_id"),
            count.label("n"),
        )
        .join(SearchOpeningRow, SearchOpeningRow.search_id == SearchRow.id)
        .where(SearchRow.at >= since, SearchRow.key != "")
        .group_by(SearchRow.key, SearchOpeningRow.asset_id)
        .subquery()
    )
    rows = look.session.execute(
        select(pairs.c.words, AssetRow.id, AssetRow.title, pairs.c.n, func.count().over())
        .join(AssetRow, AssetRow.id == pairs.c.asset_id)
        .where(*current_conditions(look))
        .order_by(pairs.c.n.desc(), pairs.c.words, AssetRow.id)
        .limit(limit)
        .offset(offset)
    ).all()
    total = int(rows[0][4]) if rows else 0
    return WordsPage(total, tuple(LedToUse(r[0], r[1], slug(r[2]), r[2], int(r[3])) for r in rows))


def stale_used(look: Work, *, limit: int, offset: int = 0) -> UsedAssets:
    """Current assets whose review is overdue and which are used all the same, the most used first."""
    stale = (AssetRow.review_by < look.today, AssetRow.uses > 0)
    return _assets(look, stale, (AssetRow.uses.desc(), AssetRow.id), limit, offset)


def never_used(look: Work, *, limit: int, offset: int = 0) -> UsedAssets:
    """Current assets published over 30 days ago which nobody used in the last 90, oldest first.

    One without a day of publication counts from the day it was added.
    """
    day = look.today - SETTLED
    old = or_(
        AssetRow.published_on <= day,
        and_(AssetRow.published_on.is_(None), AssetRow.created_at <= look.now - SETTLED),
    )
    used = exists().where(UseRow.asset_id == AssetRow.id, UseRow.at >= look.now - WINDOW)
    order = (func.coalesce(AssetRow.published_on, AssetRow.created_at), AssetRow.id)
    return _assets(look, (old, ~used), order, limit, offset)


def _assets(
    look: Work, conditions: tuple[Any, ...], order: tuple[Any, ...], limit: int, offset: int
) -> UsedAssets:
    look.actor.require(Permission.SEE_INSIGHTS)
    rows = look.session.execute(
        select(AssetRow, UserRow.name, func.count().over())
        .join(UserRow, UserRow.email == AssetRow.owner_email, isouter=True)
        .where(*conditions, *current_conditions(look))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    ).all()
    return UsedAssets(int(rows[0][2]) if rows else 0, tuple(_used(r[0], r[1]) for r in rows))


def _used(row: AssetRow, owner: str | None) -> UsedAsset:
    return UsedAsset(
        id=row.id,
        slug=slug(row.title),
        title=row.title,
        owner_name=owner or row.owner_email,
        uses=row.uses,
        review_by=row.review_by,
        published_on=row.published_on,
        added_at=row.created_at,
    )


def _count_of(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _later_found(look: Work, since: datetime) -> Mapping[str, LaterFound]:
    """From those searches whose person is still known; the names go after a while."""
    asset_id = (
        select(SearchOpeningRow.asset_id)
        .where(SearchOpeningRow.search_id == SearchRow.id)
        .order_by(SearchOpeningRow.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = look.session.execute(
        select(
            SearchRow.user_id,
            SearchRow.at,
            SearchRow.key,
            SearchRow.words,
            SearchRow.opened,
            asset_id,
        )
        .where(SearchRow.at >= since, SearchRow.user_id.is_not(None), SearchRow.key != "")
        .order_by(SearchRow.user_id, SearchRow.at, SearchRow.id)
    )
    return later_found(Try(*row) for row in rows)


def _terms_with_assets(look: Work) -> frozenset[int]:
    rows = look.session.scalars(
        select(AssetTermRow.term_id)
        .join(AssetRow, AssetRow.id == AssetTermRow.asset_id)
        .where(*current_conditions(look))
        .distinct()
    )
    return frozenset(rows)
