"""The rows behind the insights' numbers, in pages: searches, assets, words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.insights_page import (
    CAUSES,
    LOOKED_AT,
    NOTHING,
    UNOPENED,
    AssetLine,
    WordsLine,
    address,
    asset_lines,
    overdue,
    published,
    who_asks,
    words_block,
)
from app.insights_rows import Asker, FailedRow, failed_rows
from content_catalog import analytics
from content_catalog.analytics import Cause
from content_catalog.database import Work

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Paging:
    page: int
    pages: int
    total: int
    previous_url: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class SearchesPage:
    """All rows of one number; ``searches`` is that number."""

    title: str
    text: str
    rows: tuple[FailedRow, ...]
    searches: int
    paging: Paging
    back: str
    here: str
    asker: Asker


@dataclass(frozen=True, slots=True)
class AssetsPage:
    """A list of assets, to be ticked for ``change`` where there is one; ``value`` is what to."""

    title: str
    text: str
    fact: str
    rows: tuple[AssetLine, ...]
    paging: Paging
    back: str
    here: str
    change: str = ""
    value: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class WordsPage:
    rows: tuple[WordsLine, ...]
    paging: Paging
    back: str
    days: int


def searches(
    look: Work, days: int, cause: Cause | None, outcomes: tuple[str, ...], number: int
) -> SearchesPage:
    """The failed searches of a cause, or those with these outcomes, one page of them."""
    since = look.now - timedelta(days=days)
    if cause is None:
        offset = (number - 1) * PER_PAGE
        found = analytics.diagnosis(look, since, outcomes=outcomes, limit=PER_PAGE, offset=offset)
        advice, total, count = found.advice, found.groups, found.searches
        title, text = _all_words(outcomes)
    else:
        found = analytics.diagnosis(look, since, limit=LOOKED_AT)
        fitting = [one for one in found.advice if one.cause is cause]
        advice = tuple(fitting[(number - 1) * PER_PAGE : number * PER_PAGE])
        total, count = len(fitting), sum(one.search.count for one in fitting)
        title, text = CAUSES[cause]
    shown = {"cause": cause.value} if cause else {"failed": _failed_key(outcomes)}
    url = address("/insights/searches", days, **shown)
    return SearchesPage(
        title=title,
        text=text,
        rows=failed_rows(look, advice, url),
        searches=count,
        paging=_paging(number, total, url),
        back=address("/insights", days),
        here=url,
        asker=who_asks(look),
    )


def stale(look: Work, number: int) -> AssetsPage:
    found = analytics.stale_used(look, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    return AssetsPage(
        title="Stale and popular",
        text="Used in the last 90 days although the review is overdue, the most used first.",
        fact="Review",
        rows=asset_lines(look, found.rows, overdue),
        paging=_paging(number, found.total, "/insights/stale"),
        back="/insights",
        here="/insights/stale",
        change="review",
        button="Set the review date of the ticked ones",
    )


def unused(look: Work, number: int) -> AssetsPage:
    found = analytics.never_used(look, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    return AssetsPage(
        title="Never used",
        text="Published over 30 days ago, and not opened or downloaded once in the last 90 days.",
        fact="Published",
        rows=asset_lines(look, found.rows, published),
        paging=_paging(number, found.total, "/insights/unused"),
        back="/insights",
        here="/insights/unused",
        change="status",
        value="archived",
        button="Archive the ticked ones",
    )


def led_to_use(look: Work, days: int, number: int) -> WordsPage:
    found = words_block(look, look.now - timedelta(days=days), days, PER_PAGE, number)
    paging = _paging(number, found.total, found.url)
    return WordsPage(found.rows, paging, address("/insights", days), days)


def _all_words(outcomes: tuple[str, ...]) -> tuple[str, str]:
    if outcomes == NOTHING:
        return "Searches without result", "Alike ones together, the most frequent first."
    if outcomes == UNOPENED:
        return "Searches from which nothing was opened", CAUSES[Cause.RETITLE][1]
    return "All searches that failed", "Alike ones together, the most frequent first."


def _failed_key(outcomes: tuple[str, ...]) -> str:
    return {NOTHING: "nothing", UNOPENED: "unopened"}.get(outcomes, "all")


def _paging(number: int, total: int, url: str) -> Paging:
    pages = max(1, -(-total // PER_PAGE))
    joint = "&" if "?" in url else "?"

    def at(page: int) -> str:
        return f"{url}{joint}page={page}"

    before, after = number > 1, number < pages
    return Paging(
        number, pages, total, at(number - 1) if before else None, at(number + 1) if after else None
    )
