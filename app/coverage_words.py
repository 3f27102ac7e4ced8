"""Sentences about cells, reasons and scores, the same in matrix, drawer, lists and files."""

from __future__ import annotations

from app.words import listed, plural, within
from content_catalog.coverage.types import (
    Cell,
    Demand,
    Matrix,
    Need,
    Outcome,
    Reason,
    Score,
    Verdict,
    Weights,
)
from content_catalog.taxonomy import Taxonomy

REASONS = {
    Reason.DRAFT: "Draft",
    Reason.ARCHIVED: "Archived",
    Reason.EXPIRED: "Expired",
    Reason.REVIEW_OVERDUE: "Review overdue",
    Reason.WRONG_TYPE: "Not one of the types wanted here",
    Reason.INTERNAL: "Internal only, and this cell needs customer-ready",
    Reason.UNREADABLE: "Its text could not be read",
}
OUTCOMES = {
    Outcome.NONE_FOUND: "found nothing",
    Outcome.FILTERED: "empty only because of a filter",
    Outcome.UNOPENED: "results shown, none opened",
}


def names(matrix: Matrix, cell: Cell) -> tuple[str, ...]:
    """The labels of a cell's row and column; one label in a list of rows."""
    axes = ((matrix.rows, cell.row_id), (matrix.cols, cell.col_id))
    return tuple(
        next((term.label for term in axis.terms if term.id == wanted), "?")
        for axis, wanted in axes
        if axis is not None
    )


def title(cell: Cell) -> str:
    """ "No assets, 14 unanswered searches"; "2 assets of 3 wanted"."""
    if not cell.need.needed:
        return "Not needed"
    if not cell.effective:
        have = "No assets" if not cell.not_counted else "No assets that count"
    else:
        have = plural(cell.effective, "asset")
        if cell.missing:
            have += f" of {cell.need.target} wanted"
    asked = cell.demand.unanswered
    return f"{have}, {plural(asked, 'unanswered search', 'unanswered searches')}" if asked else have


def why(cell: Cell) -> str:
    """Why this cell should be next: what is missing, what was searched for, what is on its way."""
    target = cell.need.target
    if cell.effective:
        parts = [
            f"{cell.effective} {'counts' if cell.effective == 1 else 'count'} of {target} wanted"
        ]
    else:
        parts = [f"Nothing counts of {target} wanted"]
    if cell.missing == 0:
        parts = [f"The target of {target} is met"]
    parts += demand_parts(cell.demand)
    if cell.stale:
        parts.append(f"{cell.stale} would count after a review")
    if cell.planned:
        parts.append(f"{cell.planned} planned")
    return "; ".join(parts)


def demand_parts(demand: Demand) -> list[str]:
    """ "14 searches found nothing", each way of failing told apart."""
    counted = (
        (demand.none_found, "found nothing"),
        (demand.filtered, "empty only because of a filter"),
        (demand.unopened, "showed results that nobody opened"),
    )
    return [f"{plural(n, 'search', 'searches')} {what}" for n, what in counted if n]


def points(number: float) -> str:
    """A score or a part of it, without needless decimals: "48", "0.5"."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def score_parts(cell: Cell, weights: Weights) -> tuple[tuple[str, str], ...]:
    """The formula with this cell's numbers: (what times what, points) a line."""
    demand, got = cell.demand, cell.score.points
    lines = (
        (f"{cell.missing} missing to the target", weights.missing, got.missing),
        (
            plural(demand.unanswered, "unanswered search", "unanswered searches"),
            weights.unanswered,
            got.unanswered,
        ),
        (
            plural(demand.unopened, "search nobody opened", "searches nobody opened"),
            weights.unopened,
            got.unopened,
        ),
        (plural(cell.uses, "use"), weights.use, got.use),
    )
    return tuple((f"{what} × {points(weight)}", points(sum_)) for what, weight, sum_ in lines)


def sample(score: Score) -> str:
    """ "rests on 17 searches"."""
    if not score.sample:
        return "no failed searches"
    return f"rests on {plural(score.sample, 'search', 'searches')}"


def wanted(need: Need, taxonomy: Taxonomy) -> str:
    """ "3 assets, case study or one-pager, customer-ready"."""
    parts = [plural(need.target, "asset")]
    labels = [taxonomy.terms[one].label for one in need.standard.types if one in taxonomy.terms]
    if labels:
        parts.append(listed([within(label) for label in sorted(labels)], "or"))
    else:
        parts.append("any type")
    if need.standard.customer_ready:
        parts.append("customer-ready")
    return ", ".join(parts)


def word(cell: Cell) -> str:
    """The one word beside a cell's number, if it needs one."""
    if cell.verdict is Verdict.GAP:
        return "gap"
    if cell.verdict is Verdict.THIN:
        return "thin"
    return f"{cell.stale} stale" if cell.stale and cell.need.needed else ""
