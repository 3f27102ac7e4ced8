"""What the coverage page prints: the figures, what they rest on, the matrix, what to make next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from app import coverage_words
from app.coverage_cells import Grid, cell_id, grid, target_of_all
from app.coverage_controls import Controls, chips, controls, supposition
from app.coverage_view import CoverageCriteria
from app.search_page import Chip
from app.sparkline import Spark, spark
from app.words import calendar_day, plural
from content_catalog import Permission, coverage, taxonomy
from content_catalog.coverage import Cell, Matrix, Order, Picture, TrendPoint, Verdict
from content_catalog.database import Work
from content_catalog.errors import NotFound

NEXT_SHOWN = 8
QUARTER = timedelta(days=90)
QUARTER_SLACK = timedelta(days=15)  # a snapshot so near to 90 days ago is that of last quarter
POINTS = 120  # as many days as are kept one by one, and some
LISTS = "/coverage/assets"
CELLS = "/coverage/cells"
SEARCHES = "/coverage/searches"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, the words after it, a line below, where its evidence is, and how it came about."""

    number: str
    words: str
    below: str
    url: str | None = None
    spark: Spark | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A part of the line that says what the numbers rest on."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """A cell to fill. ``why`` is a sentence; ``rests_on`` says how many searches speak for it."""

    url: str
    label: str
    score: str
    why: str
    rests_on: str


@dataclass(frozen=True, slots=True)
class CoveragePage:
    """``title`` names the axes. ``counted_at`` is when the numbers were counted; ``as_of`` the day
    of an older picture. ``supposed`` is the sentence of a "what if". ``empty`` says that there is
    no asset at all. ``kept_query`` is the query string to keep: this view without the open cell."""

    criteria: CoverageCriteria
    notices: tuple[str, ...]
    title: str
    counted_at: datetime
    as_of: date | None
    now_url: str
    supposed: str
    as_is_url: str
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]
    controls: Controls
    chips: tuple[Chip, ...]
    clear_url: str
    grid: Grid
    next: tuple[Next, ...]
    next_total: int
    next_url: str
    target: int
    csv_url: str
    kept_query: str
    empty: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """One view of one picture, counted; ``criteria`` are those it could be counted for."""

    criteria: CoverageCriteria
    picture: Picture
    matrix: Matrix
    notices: tuple[str, ...]


def count(look: Work, criteria: CoverageCriteria, notices: Sequence[str] = ()) -> Counted:
    """The matrix of these criteria. A day that was not kept gives way to now, with a notice; a cell
    that this matrix has not, is not open.

    Raises ``NotFound`` while no dimension has a term.
    """
    told = tuple(notices)
    if criteria.as_of is not None:
        try:
            picture = coverage.past_picture(look, criteria.as_of)
        except NotFound:
            told += (
                f"Nothing was kept of {calendar_day(criteria.as_of)}, so the numbers are those of now.",
            )
            criteria = criteria.changed(as_of=None)
            picture = coverage.picture(look)
    else:
        picture = coverage.picture(look)
    criteria = _with_known_axes(criteria, picture)
    found = Counted(criteria, picture, coverage.matrix(picture, criteria.view()), told)
    if current_cell(found) is None:
        found = replace(found, criteria=criteria.changed(cell=None))
    return found


def build(look: Work, counted: Counted) -> CoveragePage:
    criteria, matrix, terms = counted.criteria, counted.matrix, taxonomy.read(look)
    days = coverage.snapshot_days(look)
    points = _trend(look, criteria)
    order = [cell for cell in coverage.ranked(matrix, len(matrix.cells)) if cell.score.total > 0]
    plain = criteria.changed(cell=None)
    return CoveragePage(
        criteria=criteria,
        notices=counted.notices,
        title=_title(matrix),
        counted_at=matrix.at,
        as_of=criteria.as_of,
        now_url=plain.changed(as_of=None).url(),
        supposed=supposition(criteria),
        as_is_url=plain.changed(shipped=False, expiring_days=0).url(),
        figures=_figures(plain, matrix, points),
        facts=_facts(look, plain, counted),
        controls=controls(criteria, terms, counted.picture.axes, days),
        chips=chips(criteria, terms),
        clear_url=plain.changed(filters={}).url(),
        grid=grid(matrix, criteria),
        next=tuple(next_line(criteria, matrix, cell) for cell in order[:NEXT_SHOWN]),
        next_total=len(order),
        next_url=_listed(CELLS, plain, "next"),
        target=counted.picture.target,
        csv_url=plain.url("/coverage.csv"),
        kept_query=urlencode(plain.pairs()),
        empty=not (matrix.declared.live or criteria.filters or criteria.as_of),
    )


def next_line(criteria: CoverageCriteria, matrix: Matrix, cell: Cell) -> Next:
    return Next(
        url=cell_url(criteria, matrix, cell),
        label=" · ".join(coverage_words.names(matrix, cell)),
        score=coverage_words.points(cell.score.total),
        why=coverage_words.why(cell),
        rests_on=coverage_words.sample(cell.score),
    )


def cell_url(criteria: CoverageCriteria, matrix: Matrix, cell: Cell) -> str:
    row = next(t.slug for t in matrix.rows.terms if t.id == cell.row_id)
    cols = matrix.cols.terms if matrix.cols else ()
    col = next((t.slug for t in cols if t.id == cell.col_id), None)
    return criteria.changed(cell=(row, col)).url()


def list_url(criteria: CoverageCriteria, which: str) -> str:
    """The assets behind a number of this view."""
    return _listed(LISTS, criteria, which)


def cells_url(criteria: CoverageCriteria, which: str) -> str:
    """The cells behind a number of this view."""
    return _listed(CELLS, criteria, which)


def current_cell(counted: Counted) -> Cell | None:
    """The cell that the address opens, if this view has it."""
    wanted, matrix = counted.criteria.cell, counted.matrix
    if wanted is None:
        return None
    rows = {t.slug: t.id for t in matrix.rows.terms}
    cols = {t.slug: t.id for t in matrix.cols.terms} if matrix.cols else {}
    row, col = rows.get(wanted[0]), cols.get(wanted[1]) if wanted[1] else None
    return matrix.cells.get((row, col)) if row is not None else None


def focus_id(cell: Cell) -> str:
    return cell_id(cell)


def _listed(path: str, criteria: CoverageCriteria, which: str) -> str:
    return f"{path}?{urlencode([('which', which), *criteria.pairs()])}"


def _with_known_axes(criteria: CoverageCriteria, picture: Picture) -> CoverageCriteria:
    """An older picture may lack a dimension that was added since, and one without terms makes no
    rows: another takes its place, and without a second one there is a list."""
    named = [slug for slug, axis in picture.axes.items() if axis.terms]
    if not named:
        raise NotFound("dimension", criteria.rows)
    rows = criteria.rows if criteria.rows in named else named[0]
    cols = criteria.cols if criteria.cols in named and criteria.cols != rows else None
    if (rows, cols) == (criteria.rows, criteria.cols):
        return criteria
    return criteria.changed(rows=rows, cols=cols)


def _title(matrix: Matrix) -> str:
    if matrix.cols is None:
        return matrix.rows.label
    return f"{matrix.rows.label} × {matrix.cols.label}"


def _trend(look: Work, criteria: CoverageCriteria) -> tuple[TrendPoint, ...]:
    """The past of the whole matrix; with filters or a "what if" nothing comparable was kept."""
    if criteria.filters or criteria.what_if or criteria.as_of:
        return ()
    return coverage.trend(look, criteria.rows, criteria.cols, limit=POINTS)


def _last_quarter(points: Sequence[TrendPoint], day: date) -> str:
    wanted = day - QUARTER
    near = [p for p in points if abs(p.day - wanted) <= QUARTER_SLACK and p.needed]
    if not near:
        return ""
    point = min(near, key=lambda p: abs(p.day - wanted))
    return f" · {_percent(point.met, point.needed)} last quarter"


def _percent(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}%" if whole else "0%"


def _figures(
    criteria: CoverageCriteria, matrix: Matrix, points: Sequence[TrendPoint]
) -> tuple[Figure, ...]:
    needed, gaps = len(matrix.needed), matrix.having(Verdict.GAP)
    met, thin = len(matrix.met), len(matrix.having(Verdict.THIN))
    wanted = sum(1 for cell in gaps if cell.demand.unanswered)
    target, stale = target_of_all(matrix), len(matrix.declared.stale)
    by_gaps = criteria.changed(order=Order.GAPS)
    return (
        Figure(
            _percent(met, needed),
            "of cells meet target",
            f"{met} of {needed} that apply{_last_quarter(points, matrix.day)}",
            cells_url(criteria, "met"),
            spark([(p.day, round(100 * p.met / p.needed)) for p in points if p.needed], " %"),
        ),
        Figure(
            str(len(gaps)),
            "gap" if len(gaps) == 1 else "gaps",
            f"{wanted} of them with unmet demand",
            cells_url(by_gaps, "gap"),
        ),
        Figure(
            str(thin),
            "thin cell" if thin == 1 else "thin cells",
            f"Fewer than {plural(target, 'asset')}" if target else "Below their target",
            cells_url(by_gaps, "thin"),
        ),
        Figure(
            str(stale),
            "stale asset" if stale == 1 else "stale assets",
            "Past review date, not counted",
            list_url(criteria, "stale"),
        ),
    )


def _facts(look: Work, criteria: CoverageCriteria, counted: Counted) -> tuple[Fact, ...]:
    """The line that says what the numbers leave out and rest on; never left away."""
    declared = counted.matrix.declared
    live, asked = len(declared.live), declared.unplaced.sample
    lost = f"{plural(asked, 'search', 'searches')} could not be placed"
    words_shown = look.actor.may(Permission.SEE_INSIGHTS)
    facts = [
        Fact(f"{_with_planned(counted.matrix)} counted", list_url(criteria, "counted")),
        Fact(f"of {live} live", list_url(criteria, "live")),
        Fact(f"{len(declared.unmapped)} unmapped", list_url(criteria, "unmapped")),
        Fact(
            f"{_percent(len(declared.unverified), live)} unverified",
            list_url(criteria, "unverified"),
        ),
        Fact(f"{len(declared.over_tagged)} over-tagged", list_url(criteria, "over_tagged")),
        Fact(lost, criteria.url(SEARCHES) if words_shown else None),
    ]
    return tuple(facts)


def _with_planned(matrix: Matrix) -> str:
    """ "30 assets", or "30 assets and 3 planned" where what is planned counts too."""
    have = len(matrix.declared.counted)
    planned = matrix.total.effective - have
    return plural(have, "asset") + (f" and {planned} planned" if planned else "")
