"""The matrix as a page prints it: what each cell says, how dark it is, which columns are folded.

Darkness goes by fixed bins, of the target for assets and of round numbers for demand and use, so
that pictures of two months can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from app import coverage_words
from app.coverage_order import ordered
from app.coverage_view import CoverageCriteria
from app.words import plural
from content_catalog.coverage.types import AxisTerm, Cell, Matrix, Measure, Totals, Verdict
from content_catalog.taxonomy import Phase

MOST_COLUMNS = 12
BINS = {Measure.DEMAND: (1, 3, 10, 30), Measure.USE: (1, 10, 50, 200)}
UNITS = {
    Measure.ASSETS: ("asset", "assets"),
    Measure.DEMAND: ("unanswered search", "unanswered searches"),
    Measure.USE: ("use", "uses"),
}
CAPTIONS = {
    Measure.ASSETS: "Number of assets that count",
    Measure.DEMAND: "Number of searches in 90 days that showed nothing",
    Measure.USE: "Number of uses in 90 days",
}


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell. ``level`` is its darkness as a class; ``demand`` is 0 where the number itself says
    it; ``id`` names the link, so that focus can come back to it."""

    id: str
    url: str
    row: str
    col: str
    number: int
    unit: str
    word: str
    level: str
    demand: int
    planned: int
    wanted: str
    needed: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Head:
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Columns beyond those shown, in one: each asset once."""

    number: int
    level: str = "none"


@dataclass(frozen=True, slots=True)
class Line:
    head: Head
    cells: tuple[CellView, ...]
    other: Other | None
    total: int
    has_gap: bool


@dataclass(frozen=True, slots=True)
class Bin:
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """``others`` counts the columns behind "Other", ``folded`` those with nothing and no demand;
    both open with ``unfold_url``. ``share`` of a bar is in hundredths of the longest."""

    caption: str
    row_label: str
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    totals: tuple[int, ...]
    other_total: int
    grand_total: int
    others: int
    folded: int
    unfold_url: str
    fold_url: str | None
    legend: tuple[Bin, ...]
    shows_demand: bool
    shows_planned: bool
    shares: tuple[int, ...]
    is_list: bool


def grid(matrix: Matrix, criteria: CoverageCriteria) -> Grid:
    rows, cols = ordered(matrix, criteria.order)
    chosen = criteria.cols is not None and bool(criteria.selected(criteria.cols))
    shown, rest, folded = _columns(matrix, cols, whole=criteria.all_columns or chosen)
    measure = criteria.measure
    maker = _Maker(matrix, criteria)
    lines = tuple(maker.line(row, shown, rest) for row in rows)
    totals = [_of_totals(matrix.col_totals[col.id], measure) for col in shown]
    longest = max((line.total for line in lines), default=0)
    return Grid(
        caption=_caption(matrix, measure),
        row_label=matrix.rows.label,
        heads=tuple(_head(col) for col in shown),
        lines=lines,
        totals=tuple(totals),
        other_total=maker.other([row.id for row in rows], rest),
        grand_total=_of_totals(matrix.total, measure),
        others=len(rest),
        folded=len(folded),
        unfold_url=criteria.changed(all_columns=True).url(),
        fold_url=criteria.changed(all_columns=False).url() if criteria.all_columns else None,
        legend=_legend(matrix, measure),
        shows_demand=measure is not Measure.DEMAND,
        shows_planned=any(cell.planned for line in lines for cell in line.cells),
        shares=tuple(round(100 * line.total / longest) if longest else 0 for line in lines),
        is_list=matrix.cols is None,
    )


def target_of_all(matrix: Matrix) -> int | None:
    """The target, when all cells that apply have the same."""
    targets = {cell.need.target for cell in matrix.needed}
    return targets.pop() if len(targets) == 1 else None


class _Maker:
    def __init__(self, matrix: Matrix, criteria: CoverageCriteria) -> None:
        self.matrix, self.criteria, self.measure = matrix, criteria, criteria.measure

    def line(self, row: AxisTerm, cols: Sequence[AxisTerm], rest: Sequence[AxisTerm]) -> Line:
        columns: Sequence[AxisTerm | None] = cols if self.matrix.cols else (None,)
        cells = tuple(self.cell(row, col) for col in columns)
        return Line(
            head=_head(row),
            cells=cells,
            other=Other(self.other([row.id], rest)) if rest else None,
            total=_of_totals(self.matrix.row_totals[row.id], self.measure),
            has_gap=any(
                self.matrix.cells[row.id, col.id if col else None].verdict is Verdict.GAP
                for col in columns
            ),
        )

    def cell(self, row: AxisTerm, col: AxisTerm | None) -> CellView:
        cell = self.matrix.cells[row.id, col.id if col else None]
        number, slugs = _number(cell, self.measure), (row.slug, col.slug if col else None)
        return CellView(
            id=cell_id(cell),
            url=self.criteria.changed(cell=slugs).url(),
            row=row.label,
            col=col.label if col else "",
            number=number,
            unit=UNITS[self.measure][number != 1],
            word=coverage_words.word(cell) if number or self.measure is Measure.ASSETS else "",
            level=_level(cell, self.measure),
            demand=cell.demand.unanswered if self.measure is not Measure.DEMAND else 0,
            planned=cell.planned,
            wanted=f"{cell.effective} of {cell.need.target} wanted",
            needed=cell.need.needed,
            current=self.criteria.cell == slugs,
        )

    def other(self, rows: Sequence[int], cols: Sequence[AxisTerm]) -> int:
        """What stands behind "Other": assets once; searches and uses as often as they are placed."""
        cells = [self.matrix.cells[row, col.id] for row in rows for col in cols]
        if self.measure is Measure.ASSETS:
            return len(BitMap().union(*(cell.counted for cell in cells)))
        return sum(_number(cell, self.measure) for cell in cells)


def cell_id(cell: Cell) -> str:
    return f"c-{cell.row_id}-{cell.col_id or 0}"


def _columns(
    matrix: Matrix, cols: tuple[AxisTerm, ...], *, whole: bool
) -> tuple[tuple[AxisTerm, ...], tuple[AxisTerm, ...], tuple[AxisTerm, ...]]:
    """Those shown, those behind "Other", and those folded away; ``whole`` where somebody chose the
    columns, by a filter or by unfolding them."""
    if whole:
        return cols, (), ()
    empty = {col.id for col in cols if _is_empty(matrix, col)}
    if len(empty) == len(cols):
        empty = set()  # an empty library shows what it lacks
    filled = tuple(col for col in cols if col.id not in empty)
    folded = tuple(col for col in cols if col.id in empty)
    if len(filled) <= MOST_COLUMNS:
        return filled, (), folded
    return filled[:MOST_COLUMNS], filled[MOST_COLUMNS:], folded


def _is_empty(matrix: Matrix, col: AxisTerm) -> bool:
    total = matrix.col_totals[col.id]
    cells = (matrix.cells[row.id, col.id] for row in matrix.rows.terms)
    return not total.demand.sample and not any(c.mapped or c.planned for c in cells)


def _number(cell: Cell, measure: Measure) -> int:
    if measure is Measure.DEMAND:
        return cell.demand.unanswered
    return cell.uses if measure is Measure.USE else cell.effective


def _of_totals(totals: Totals, measure: Measure) -> int:
    if measure is Measure.DEMAND:
        return totals.demand.unanswered
    return totals.uses if measure is Measure.USE else totals.effective


def _level(cell: Cell, measure: Measure) -> str:
    """Its darkness: "l0" for a gap up to "l4"; "na" where nothing is needed, "none" for no number."""
    if not cell.need.needed:
        return "na"
    if measure is Measure.ASSETS:
        if cell.verdict is Verdict.GAP:
            return "l0"
        target = max(cell.need.target, 1)
        return f"l{1 + sum(cell.effective >= times * target for times in (1, 2, 4))}"
    reached = sum(_number(cell, measure) >= least for least in BINS[measure])
    return f"l{reached}" if reached else "none"


def _head(term: AxisTerm) -> Head:
    return Head(term.label, "after purchase" if term.phase is Phase.POST_PURCHASE else "")


def _caption(matrix: Matrix, measure: Measure) -> str:
    if matrix.cols is None:
        return f"{CAPTIONS[measure]} for each {matrix.rows.label.lower()}"
    axes = f"{matrix.rows.label.lower()} and {matrix.cols.label.lower()}"
    return f"{CAPTIONS[measure]} for each {axes}"


def _legend(matrix: Matrix, measure: Measure) -> tuple[Bin, ...]:
    if measure is not Measure.ASSETS:
        ends = (*(str(least - 1) for least in BINS[measure][1:]), "")
        found = zip(BINS[measure], ends, strict=True)
        texts = [f"{a}+" if not b else str(a) if str(a) == b else f"{a}–{b}" for a, b in found]
        word = plural(0, *UNITS[measure]).removeprefix("0 ")
        return (Bin("none", f"0 {word}"), *(Bin(f"l{n}", t) for n, t in enumerate(texts, 1)))
    target = target_of_all(matrix)
    if target is None:
        words = ("below target, thin", "on target", "twice the target", "four times")
        return (Bin("l0", "0 gap"), *(Bin(f"l{n}", text) for n, text in enumerate(words, 1)))
    return _bins_of(target)


def _bins_of(target: int) -> tuple[Bin, ...]:
    def span(low: int, high: int, word: str = "") -> str:
        return (f"{low}" if low >= high else f"{low}–{high}") + word

    if target == 0:
        found = [("l1", "0"), ("l2", "1"), ("l3", "2–3"), ("l4", "4+")]
    else:
        found = [("l0", "0 gap")]
        if target > 1:
            found.append(("l1", span(1, target - 1, " thin")))
        found += [
            ("l2", span(target, 2 * target - 1, " on target")),
            ("l3", span(2 * target, 4 * target - 1)),
            ("l4", f"{4 * target}+"),
        ]
    return tuple(Bin(level, text) for level, text in found)
