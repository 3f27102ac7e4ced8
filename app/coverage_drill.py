"""What stands behind one cell: what counts, what does not and why, what was searched for, what is
planned, how it came about, and how the score is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from app import coverage_words, stretching
from app.coverage_cells import cell_id
from app.coverage_page import SEARCHES, Counted, cell_url, list_url
from app.coverage_view import CoverageCriteria, search_url
from app.sparkline import Spark, spark
from app.stretching import Near
from app.words import calendar_day
from content_catalog import Permission, assets, coverage, taxonomy
from content_catalog.assets import AssetName
from content_catalog.coverage import (
    Cell,
    Evidence,
    FailedSearch,
    Matrix,
    PlanItem,
    PlanState,
    TrendPoint,
)
from content_catalog.database import Work
from content_catalog.taxonomy import Taxonomy
from search_index.protocol import SearchIndex

SHOWN, NEAR = 8, 3
PLAN_WORDS = {
    PlanState.PROPOSED: "Proposed",
    PlanState.COMMITTED: "Committed",
    PlanState.DONE: "Done",
    PlanState.DROPPED: "Dropped",
}


@dataclass(frozen=True, slots=True)
class Left:
    """An asset that does not count here, with the reasons in words."""

    asset: AssetName
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Searches that failed alike."""

    words: str
    how: str
    count: int


@dataclass(frozen=True, slots=True)
class PlanLine:
    url: str
    title: str
    told: str


@dataclass(frozen=True, slots=True)
class Drill:
    """``score`` is the sum, ``score_parts`` its lines. Addresses that only editors get are ``None``
    for everybody else. ``other_searches`` are those beyond the ones shown, or all of them where
    the words are not for the reader."""

    cell_id: str
    label: str
    title: str
    needed: bool
    not_needed: str
    why_not: str
    marked_at: datetime | None
    believes: tuple[str, ...]
    proves: tuple[str, ...]
    wanted: str
    close_url: str
    counted: tuple[AssetName, ...]
    counted_total: int
    planned_in: int
    search_url: str | None
    left: tuple[Left, ...]
    left_total: int
    all_url: str
    asked: tuple[Asked, ...]
    asked_total: int
    other_searches: int
    searches_url: str | None
    ways: tuple[str, ...]
    plan: tuple[PlanLine, ...]
    spark: Spark | None
    score: str
    score_parts: tuple[tuple[str, str], ...]
    rests_on: str
    need_url: str | None
    skip_url: str | None
    plan_url: str | None
    near_url: str | None
    here: str


@dataclass(frozen=True, slots=True)
class NearPage:
    """Assets that could be stretched to fit a cell. ``terms`` are what mapping one there would add,
    as ``dimension:slug``; empty for those who may not."""

    label: str
    rows: tuple[Near, ...]
    terms: tuple[str, ...]
    here: str


def build(look: Work, counted: Counted, cell: Cell) -> Drill:
    criteria, matrix, past = counted.criteria, counted.matrix, counted.picture.past
    evidence = _evidence(counted, cell)
    words = taxonomy.read(look)
    have, left = _assets(look, evidence)
    asked = _asked(evidence.searches)
    editor = look.actor.may(Permission.EDIT_COVERAGE) and not past
    here, need = cell_url(criteria, matrix, cell), _need_path(matrix, evidence)
    shown = sum(one.count for one in asked)
    return Drill(
        cell_id=cell_id(cell),
        label=" · ".join(coverage_words.names(matrix, cell)),
        title=coverage_words.title(cell),
        needed=cell.need.needed,
        not_needed=f"Marked by {cell.need.by_name}" if cell.need.by_name else "Marked",
        why_not=cell.need.why,
        marked_at=cell.need.at,
        believes=cell.need.buyer_believes,
        proves=cell.need.rep_proves,
        wanted=coverage_words.wanted(cell.need, words),
        close_url=criteria.changed(cell=None).url(),
        counted=have,
        counted_total=len(evidence.counted),
        planned_in=cell.effective - len(evidence.counted),
        search_url=search_url(matrix, cell, words, past=past),
        left=left,
        left_total=len(evidence.not_counted),
        all_url=list_url(criteria, "cell"),
        asked=asked,
        asked_total=cell.demand.sample,
        other_searches=cell.demand.sample - shown,
        searches_url=criteria.url(SEARCHES) if look.actor.may(Permission.SEE_INSIGHTS) else None,
        ways=tuple(coverage_words.demand_parts(cell.demand)),
        plan=() if past else _plan(look, evidence, words),
        spark=spark([(p.day, p.effective) for p in _trend(look, criteria, cell)]),
        score=coverage_words.points(cell.score.total),
        score_parts=coverage_words.score_parts(cell, matrix.weights),
        rests_on=coverage_words.sample(cell.score),
        need_url=f"{need}?{urlencode({'next': here})}" if editor else None,
        skip_url=f"{need}/not-needed" if editor and evidence.col else None,
        plan_url=_plan_url(matrix, evidence, words, here) if editor else None,
        near_url=criteria.url("/coverage/near") if cell.missing and not past else None,
        here=here,
    )


def near_page(look: Work, index: SearchIndex, counted: Counted, cell: Cell) -> NearPage:
    """Slower than the rest, since it searches: asked for when the rest is on the screen."""
    criteria, matrix = counted.criteria, counted.matrix
    evidence = _evidence(counted, cell)
    may = look.actor.may(Permission.EDIT_ASSETS)
    return NearPage(
        label=" · ".join(coverage_words.names(matrix, cell)),
        rows=stretching.near(look, index, counted.picture, criteria.view(), evidence, NEAR),
        terms=_terms(matrix, evidence) if may else (),
        here=cell_url(criteria, matrix, cell),
    )


def reasons(found: Sequence[coverage.Reason]) -> str:
    """ "Draft. Review overdue." """
    return ". ".join(coverage_words.REASONS[reason] for reason in found)


def newest_first(ids: Sequence[int]) -> list[int]:
    return sorted(ids, reverse=True)


def _assets(look: Work, evidence: Evidence) -> tuple[tuple[AssetName, ...], tuple[Left, ...]]:
    """The first of both lists in one reading."""
    have = newest_first(evidence.counted)[:SHOWN]
    why = {found.asset_id: found.reasons for found in evidence.not_counted}
    left = newest_first([*why])[:SHOWN]
    known = assets.names(look, [*have, *left])
    return (
        tuple(known[i] for i in have if i in known),
        tuple(Left(known[i], reasons(why[i])) for i in left if i in known),
    )


def _asked(searches: Sequence[FailedSearch]) -> tuple[Asked, ...]:
    """The most frequent ones with words; the same words may have failed in several ways."""
    named = [s for s in searches if s.words]
    return tuple(
        Asked(s.words or "", coverage_words.OUTCOMES[s.outcome], s.count) for s in named[:SHOWN]
    )


def _plan(look: Work, evidence: Evidence, words: Taxonomy) -> tuple[PlanLine, ...]:
    if not evidence.planned:
        return ()
    terms = frozenset(t.id for t in (evidence.row, evidence.col) if t is not None)
    return tuple(
        PlanLine(f"/coverage/plan/{item.id}", item.title, _told(item, words))
        for item in coverage.plan_items(look, terms=terms)
        if item.id in evidence.planned
    )


def _told(item: PlanItem, words: Taxonomy) -> str:
    parts = [PLAN_WORDS[item.state]]
    kind = words.terms.get(item.type_id or 0)
    if kind:
        parts.append(kind.label)
    parts.append(item.owner_name)
    if item.due_on:
        parts.append(f"due {calendar_day(item.due_on)}")
    return " · ".join(parts)


def _trend(look: Work, criteria: CoverageCriteria, cell: Cell) -> tuple[TrendPoint, ...]:
    """With filters or a "what if" nothing comparable was kept."""
    if criteria.filters or criteria.what_if:
        return ()
    found = coverage.trend(look, criteria.rows, criteria.cols, cell.row_id, cell.col_id)
    return tuple(sorted(found, key=lambda point: point.day))


def _evidence(counted: Counted, cell: Cell) -> Evidence:
    view = counted.criteria.view()
    return coverage.evidence(counted.picture, view, cell.row_id, cell.col_id)


def _terms(matrix: Matrix, evidence: Evidence) -> tuple[str, ...]:
    """The cell's terms as "dimension:slug"."""
    found = [f"{matrix.rows.dimension}:{evidence.row.slug}"]
    if matrix.cols is not None and evidence.col is not None:
        found.append(f"{matrix.cols.dimension}:{evidence.col.slug}")
    return tuple(found)


def _need_path(matrix: Matrix, evidence: Evidence) -> str:
    return "/coverage/needs/" + "/".join(_terms(matrix, evidence)).replace(":", "/")


def _plan_url(matrix: Matrix, evidence: Evidence, words: Taxonomy, here: str) -> str:
    pairs = [("terms", term) for term in _terms(matrix, evidence)]
    types = [words.terms[i].slug for i in evidence.cell.need.standard.types if i in words.terms]
    if len(types) == 1:
        pairs.append(("type", types[0]))
    return f"/coverage/plan/new?{urlencode([*pairs, ('next', here)])}"
