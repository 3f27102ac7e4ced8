"""Searches that gave people nothing: the demand that the library does not meet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import String, and_, case, cast, func, or_, select, true

from content_catalog.actor import Permission
from content_catalog.analytics.models import SearchRow
from content_catalog.analytics.queries import SAME_VISIT
from content_catalog.analytics.types import FailedSearchCount
from content_catalog.database import Work

NONE_FOUND, FILTERED, UNOPENED = "none_found", "filtered", "unopened"


def failed_searches(
    look: Work, since: datetime, until: datetime | None = None
) -> tuple[FailedSearchCount, ...]:
    """Searches since then, and before ``until``, that failed, alike ones together, the most frequent
    first; one statement.

    Alike are the same words without case and accents, the same filters and the same outcome. A
    search whose results nobody opened counts an hour later, for so long an opening is still
    credited to it, and only when a person typed words: who only sets filters may be looking around,
    and what a program does with results is not seen here.

    The numbers are for everybody who sees coverage. The words are for ``SEE_INSIGHTS`` alone, so a
    caller that shows them to others takes them out.
    """
    filters = cast(SearchRow.filters, String)
    # Where nothing has all the words, what a dropped filter gives does not answer them either.
    without = case((SearchRow.relaxed, "{}"), else_=cast(SearchRow.without, String))
    shown = case((SearchRow.total > 0, 1), else_=0)
    rows = look.session.execute(
        select(
            SearchRow.key,
            filters,
            shown,
            without,
            func.max(SearchRow.words),
            func.count(),
            func.max(SearchRow.at),
        )
        .where(SearchRow.at >= since, failed(look))
        .where(SearchRow.at < until if until is not None else true())
        .group_by(SearchRow.key, filters, shown, without)
    )
    return _ordered(_merged(rows))


def searches_between(look: Work, since: datetime, until: datetime) -> tuple[int, int]:
    """A value that is another when searches of that time were forgotten, for whoever keeps what was
    worked out of them: how many there are and the sum of their ids. ``until`` is left out."""
    look.actor.require(Permission.SEE_COVERAGE)
    row = look.session.execute(
        select(func.count(), func.sum(SearchRow.id)).where(
            SearchRow.at >= since, SearchRow.at < until
        )
    ).one()
    return int(row[0]), int(row[1] or 0)


def failed(look: Work) -> Any:
    """The rule of what a failed search is, for every statement over the log."""
    nothing = and_(
        SearchRow.total == 0, or_(SearchRow.key != "", cast(SearchRow.filters, String) != "{}")
    )
    return or_(nothing, unopened(look))


def with_results(look: Work) -> Any:
    """Words of a person that showed something, so long ago that an opening is credited by now."""
    return and_(
        SearchRow.total > 0,
        SearchRow.key != "",
        SearchRow.source != "api",
        SearchRow.at <= look.now - SAME_VISIT,
    )


def unopened(look: Work) -> Any:
    """Those of ``with_results`` from which nothing was opened."""
    return and_(with_results(look), ~SearchRow.opened)


def read_filters(text: str) -> dict[str, tuple[str, ...]]:
    """Filters as the log keeps them, in one order."""
    kept: Mapping[str, list[str]] = json.loads(text)
    return {key: tuple(sorted(kept[key])) for key in sorted(kept)}


def _outcome(shown: int, without: Mapping[str, int]) -> str:
    if shown:
        return UNOPENED
    return FILTERED if without else NONE_FOUND


def _merged(rows: Iterable[Any]) -> Iterable[FailedSearchCount]:
    """Filters that were written down in another order are the same filters."""
    filters_of = cache(read_filters)  # thousands of rows share a few dozen sets of filters
    found: dict[object, FailedSearchCount] = {}
    for key, text, shown, dropped, words, count, last_at in rows:
        filters = filters_of(text)
        without: dict[str, int] = {} if shown or dropped == "{}" else json.loads(dropped)
        outcome = _outcome(shown, without)
        group = (key, tuple(filters.items()), outcome)
        one = FailedSearchCount(words, filters, outcome, count, last_at, without)
        same = found.get(group)
        found[group] = one if same is None else _together(same, one)
    return found.values()


def _together(one: FailedSearchCount, other: FailedSearchCount) -> FailedSearchCount:
    latest = max(one, other, key=lambda c: c.last_at)
    return replace(latest, count=one.count + other.count)


def _ordered(counts: Iterable[FailedSearchCount]) -> tuple[FailedSearchCount, ...]:
    """By count; among equals the one asked last, which is the one still wanted."""
    latest_first = sorted(counts, key=lambda c: c.last_at, reverse=True)
    return tuple(sorted(latest_first, key=lambda c: c.count, reverse=True))
