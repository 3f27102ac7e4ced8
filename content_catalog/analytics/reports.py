"""Insights: how searching goes, why searches fail, what is used and what is not.

For those who see insights; words are told, names of people never. Each report is a fixed number of
statements, however long the log is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, or_, select

from content_catalog import taxonomy
from content_catalog.actor import Permission
from content_catalog.analytics.demand import failed_searches, unopened, with_results
from content_catalog.analytics.models import SearchOpeningRow, SearchRow, UseRow
from content_catalog.analytics.queries import WINDOW, search_key
from content_catalog.analytics.rules import Names, Try, advise, later_found
from content_catalog.analytics.types import (
    AssetIds,
    Diagnosis,
    LaterFound,
    LedToUse,
    SearchHealth,
    WordsPage,
)
from content_catalog.assets.cards import current_conditions
from content_catalog.assets.models import AssetRow, AssetTermRow
from content_catalog.database import Work

LOOKED_AT = 500  # groups of failed searches whose cause is worked out
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


def diagnosis(look: Work, since: datetime) -> Diagnosis:
    """Failed searches since then, the most frequent first, each with its cause."""
    look.actor.require(Permission.SEE_INSIGHTS)
    found = failed_searches(look, since)
    later, with_assets = _later_found(look, since), _terms_with_assets(look)
    names = Names(taxonomy.read(look))
    advice = tuple(
        advise(one, names, later.get(search_key(one.words)), with_assets)
        for one in found[:LOOKED_AT]
    )
    rest = found[LOOKED_AT:]
    return Diagnosis(advice, sum(one.count for one in rest), len(rest))


def led_to_use(look: Work, since: datetime, *, limit: int, offset: int = 0) -> WordsPage:
    """Words and the current asset that was opened from them, the most frequent first.

    A page beyond the last one is empty and has no total.
    """
    look.actor.require(Permission.SEE_INSIGHTS)
    count = func.count(SearchRow.id.distinct())
    pairs = (
        select(
            func.max(SearchRow.words).label("words"), SearchOpeningRow.asset_id, count.label("n")
        )
        .join(SearchOpeningRow, SearchOpeningRow.search_id == SearchRow.id)
        .join(AssetRow, AssetRow.id == SearchOpeningRow.asset_id)
        .where(SearchRow.at >= since, SearchRow.key != "", *current_conditions(look))
        .group_by(SearchRow.key, SearchOpeningRow.asset_id)
        .subquery()
    )
    rows = look.session.execute(
        select(pairs, func.count().over())
        .order_by(pairs.c.n.desc(), pairs.c.words, pairs.c.asset_id)
        .limit(limit)
        .offset(offset)
    ).all()
    total = int(rows[0][3]) if rows else 0
    return WordsPage(total, tuple(LedToUse(row[0], row[1], int(row[2])) for row in rows))


def stale_used(look: Work, *, limit: int, offset: int = 0) -> AssetIds:
    """Current assets whose review is overdue and which are used all the same, the most used first."""
    stale = (AssetRow.review_by < look.today, AssetRow.uses > 0, *current_conditions(look))
    return _page(look, stale, (AssetRow.uses.desc(), AssetRow.id), limit, offset)


def never_used(look: Work, *, limit: int, offset: int = 0) -> AssetIds:
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
    return _page(look, (old, ~used, *current_conditions(look)), order, limit, offset)


def _page(
    look: Work, conditions: tuple[Any, ...], order: tuple[Any, ...], limit: int, offset: int
) -> AssetIds:
    look.actor.require(Permission.SEE_INSIGHTS)
    count = select(func.count()).select_from(AssetRow).where(*conditions)
    ids = select(AssetRow.id).where(*conditions).order_by(*order).limit(limit).offset(offset)
    return AssetIds(look.session.scalar(count) or 0, tuple(look.session.scalars(ids)))


def _count_of(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _later_found(look: Work, since: datetime) -> Mapping[str, LaterFound]:
    """From those searches whose person is still known; the names go after a while."""
    opened = (
        select(SearchOpeningRow.asset_id)
        .where(SearchOpeningRow.search_id == SearchRow.id)
        .order_by(SearchOpeningRow.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = look.session.execute(
        select(SearchRow.user_id, SearchRow.at, SearchRow.key, SearchRow.words, opened)
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
