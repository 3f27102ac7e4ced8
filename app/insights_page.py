"""What the insights pages print: figures with their rules, causes with their actions, lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from app.criteria import Criteria, report_url
from app.insights_rows import Asker, FailedRow, failed_rows
from app.search_page import Link
from app.words import ago, plural
from content_catalog import analytics, people
from content_catalog.actor import Permission
from content_catalog.analytics import Advice, Cause, SearchHealth, UsedAsset
from content_catalog.database import Work

WINDOWS = (30, 90, 365)
USUAL = 90
EMPTY_BENCHMARK, OPENED_BENCHMARK = 0.05, 0.60
ENOUGH = 50  # searches below which a share says little
SHOWN = 5  # rows of each list
LOOKED_AT = 500  # groups of failed searches, the most frequent, whose cause is worked out
NOTHING = ("none_found", "filtered")
UNOPENED = ("unopened",)
ALL = (*NOTHING, *UNOPENED)

# What each cause is called, what it means, and what there is to do.
CAUSES = {
    Cause.WRITE: (
        "Write it",
        "Nothing like it was found, under these words or close ones.",
    ),
    Cause.ALIAS: (
        "Add an alias",
        "It may be there under another name: the words come close to one, or people found it later.",
    ),
    Cause.RETITLE: (
        "Retitle",
        "Results were shown, and nothing was opened within an hour. They did not convince.",
    ),
    Cause.FILTER: (
        "Fix the filter",
        "Empty only because of a filter: without it there would have been results.",
    ),
    Cause.ANSWERED: (
        "Answered since",
        "The words are a name by now that has assets. Nothing is left to do.",
    ),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on top of the page: what it counts, how, and where its rows are. ``missed`` says that
    it is on the wrong side of the benchmark."""

    number: str
    words: str
    rule: str
    benchmark: str
    url: str
    missed: bool = False


@dataclass(frozen=True, slots=True)
class CauseBlock:
    """Failed searches with one cause: the first few, how many rows and searches there are."""

    cause: str
    title: str
    text: str
    rows: tuple[FailedRow, ...]
    total: int
    searches: int
    url: str

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class AssetLine:
    """``fact`` says why it stands in the list."""

    id: int
    title: str
    url: str
    owner: str
    fact: str
    uses: int


@dataclass(frozen=True, slots=True)
class AssetBlock:
    rows: tuple[AssetLine, ...]
    total: int
    url: str


@dataclass(frozen=True, slots=True)
class WordsLine:
    words: str
    search_url: str
    title: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class WordsBlock:
    rows: tuple[WordsLine, ...]
    total: int
    url: str


@dataclass(frozen=True, slots=True)
class InsightsPage:
    """``left`` says how much of what failed was made too seldom to be looked at one by one."""

    days: int
    windows: tuple[tuple[str, str, bool], ...]
    figures: tuple[Figure, ...]
    causes: tuple[CauseBlock, ...]
    left: Link | None
    stale: AssetBlock
    unused: AssetBlock
    words: WordsBlock
    here: str
    asker: Asker


def windows(kept_days: int) -> tuple[int, ...]:
    """Days back that can be chosen: as far as searches are kept."""
    return tuple(sorted({*(days for days in WINDOWS if days <= kept_days), min(kept_days, 365)}))


def window(asked: int | None, kept_days: int) -> int:
    """The days that were asked for, if they can be chosen; else the usual ones."""
    offered = windows(kept_days)
    return asked if asked in offered else min(USUAL, offered[-1])


def page(look: Work, days: int, kept_days: int) -> InsightsPage:
    """Everything of ``/insights``."""
    look.actor.require(Permission.SEE_INSIGHTS)
    since = look.now - timedelta(days=days)
    health = analytics.search_health(look, since)
    found = analytics.diagnosis(look, since, limit=LOOKED_AT)
    stale = analytics.stale_used(look, limit=SHOWN)
    unused = analytics.never_used(look, limit=SHOWN)
    here, asker = address("/insights", days), who_asks(look)
    looked_at = sum(one.search.count for one in found.advice)
    return InsightsPage(
        days=days,
        windows=tuple(
            (address("/insights", offered), plural(offered, "day"), offered == days)
            for offered in windows(kept_days)
        ),
        figures=(*_shares(health, days), *_counts(stale.total, unused.total)),
        causes=_blocks(look, found.advice, days, here),
        left=_left(found.searches - looked_at, found.groups - len(found.advice), days),
        stale=AssetBlock(asset_lines(look, stale.rows, overdue), stale.total, "/insights/stale"),
        unused=AssetBlock(
            asset_lines(look, unused.rows, published), unused.total, "/insights/unused"
        ),
        words=words_block(look, since, days, SHOWN * 2, 1),
        here=here,
        asker=asker,
    )


def who_asks(look: Work) -> Asker:
    """Whether the actor may add aliases, and else who can."""
    may = look.actor.may(Permission.EDIT_TAXONOMY)
    return Asker(may, () if may else people.admin_names(look)[:3])


def _shares(health: SearchHealth, days: int) -> tuple[Figure, ...]:
    empty, opened = health.empty_share, health.opened_share
    lists = "/insights/searches"
    return (
        Figure(
            _percent(empty),
            "of searches without result",
            f"{_of(health.empty, health.searches)} with words or filters showed nothing."
            if health.searches
            else "Nobody has searched yet.",
            _benchmark(f"At most {EMPTY_BENCHMARK:.0%} is good", health.searches),
            address(lists, days, failed="nothing"),
            missed=empty is not None and empty > EMPTY_BENCHMARK,
        ),
        Figure(
            _percent(opened),
            "of searches led to an opening",
            f"{_of(health.opened, health.shown)} with words and results, by people, over an hour ago."
            if health.shown
            else "No search has shown results yet.",
            _benchmark(f"{OPENED_BENCHMARK:.0%} or more is good", health.shown),
            address(lists, days, failed="unopened"),
            missed=opened is not None and opened < OPENED_BENCHMARK,
        ),
    )


def _counts(stale_total: int, unused_total: int) -> tuple[Figure, ...]:
    return (
        Figure(
            f"{stale_total}",
            "stale and popular",
            "Used in 90 days, review overdue.",
            "",
            "/insights/stale",
        ),
        Figure(
            f"{unused_total}",
            "never used",
            "Published over 30 days ago, no use in 90.",
            "",
            "/insights/unused",
        ),
    )


def _percent(share: float | None) -> str:
    """One decimal where a whole number would hide on which side of a benchmark it is."""
    if share is None:
        return "–"
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {plural(whole, 'search', 'searches')}".replace(",", " ")


def _benchmark(words: str, sample: int) -> str:
    return f"{words}. Few searches so far, so this says little." if sample < ENOUGH else f"{words}."


def _blocks(look: Work, advice: Sequence[Advice], days: int, here: str) -> tuple[CauseBlock, ...]:
    """One for each cause that helps; the rows of all are made together, in as few statements."""
    by_cause = {cause: [one for one in advice if one.cause is cause] for cause in CAUSES}
    first = [one for group in by_cause.values() for one in group[:SHOWN]]
    rows = dict(zip((id(one) for one in first), failed_rows(look, first, here), strict=True))
    return tuple(
        CauseBlock(
            cause=cause.value,
            title=CAUSES[cause][0],
            text=CAUSES[cause][1],
            rows=tuple(rows[id(one)] for one in group[:SHOWN]),
            total=len(group),
            searches=sum(one.search.count for one in group),
            url=address("/insights/searches", days, cause=cause.value),
        )
        for cause, group in by_cause.items()
        if group or cause is not Cause.ANSWERED
    )


def _left(count: int, groups: int, days: int) -> Link | None:
    if not groups:
        return None
    words = f"{plural(count, 'search', 'searches')} in {plural(groups, 'other way')}"
    return Link(words, address("/insights/searches", days, failed="all"))


def asset_lines(
    look: Work, rows: Sequence[UsedAsset], fact: Callable[[Work, UsedAsset], str]
) -> tuple[AssetLine, ...]:
    """Rows of a list; ``fact`` says why an asset stands in it."""
    return tuple(
        AssetLine(
            row.id,
            row.title,
            f"/assets/{row.id}-{row.slug}",
            row.owner_name,
            fact(look, row),
            row.uses,
        )
        for row in rows
    )


def overdue(look: Work, row: UsedAsset) -> str:
    """How long a review is."""
    days = (look.today - row.review_by).days if row.review_by else 0
    return f"Overdue by {plural(days, 'day')}"


def published(look: Work, row: UsedAsset) -> str:
    """Since when people could have used it; what was added lately was not here all that time."""
    added = row.added_at.astimezone(look.zone).date()
    if row.published_on is None:
        return f"Added {ago(added, look.today)}"
    if (look.today - added).days >= 30:
        return f"Published {ago(row.published_on, look.today)}"
    return f"Published {ago(row.published_on, look.today)}, added {ago(added, look.today)}"


def words_block(look: Work, since: datetime, days: int, limit: int, number: int) -> WordsBlock:
    """One page of the words that led to use."""
    found = analytics.led_to_use(look, since, limit=limit, offset=(number - 1) * limit)
    rows = tuple(
        WordsLine(
            row.words,
            report_url(Criteria(row.words)),
            row.title,
            f"/assets/{row.asset_id}-{row.slug}",
            row.count,
        )
        for row in found.rows
    )
    return WordsBlock(rows, found.total, address("/insights/words", days))


def address(path: str, days: int, **more: str) -> str:
    """With the days where they are not the usual ones."""
    pairs = more | ({"days": str(days)} if days != USUAL else {})
    return f"{path}?{urlencode(pairs)}" if pairs else path
