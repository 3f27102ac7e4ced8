"""What the API tells of coverage: between the catalog's values and JSON."""

from __future__ import annotations

from datetime import date, datetime

from app.api.shapes import AssetItem, Output
from content_catalog.coverage import (
    AxisTerm,
    Cell,
    Declared,
    Evidence,
    Matrix,
    Need,
    Outcome,
    PlanItem,
    PlanState,
    Reason,
    Totals,
    Verdict,
    Weights,
)
from content_catalog.taxonomy import Phase, Taxonomy


class NotNeededItem(Output):
    """Who marked a cell as not needed, when and why."""

    why: str
    by: str
    at: datetime | None


class NeedItem(Output):
    """What must be there: ``types`` are slugs, none means any type. A statement for each place
    where one was written down, the cell's own first."""

    target: int
    types: list[str]
    customer_ready: bool
    buyer_believes: list[str]
    rep_proves: list[str]
    not_needed: NotNeededItem | None


class ScoreItem(Output):
    """``total`` is the sum of the other four; ``sample`` is how many searches it rests on."""

    total: float
    missing: float
    unanswered: float
    unopened: float
    use: float
    sample: int


class CellItem(Output):
    """``col`` is null in a list. ``demand`` counts searches that showed nothing: ``none_found`` and
    ``filtered``, empty only because of a filter; ``unopened`` ones showed something. ``search_url``
    shows exactly the ``effective`` assets; it is null where no search can."""

    row: str
    col: str | None
    needed: bool
    target: int
    effective: int
    missing: int
    not_counted: int
    stale: int
    planned: int
    demand: int
    none_found: int
    filtered: int
    unopened: int
    uses: int
    verdict: Verdict
    score: float
    score_parts: ScoreItem
    need: NeedItem
    search_url: str | None


class TotalsItem(Output):
    """Each asset, search and use once."""

    effective: int
    stale: int
    demand: int
    none_found: int
    filtered: int
    unopened: int
    uses: int


class AxisValue(Output):
    value: str
    label: str
    phase: Phase | None
    totals: TotalsItem


class AxisItem(Output):
    dimension: str
    label: str


class DeclaredItem(Output):
    """What the numbers leave out or rest on. ``live_assets`` are published and not expired, within
    the filters; ``unmapped`` of them have no term on an axis, ``unverified`` are overdue or have no
    review date, ``multi_mapped`` carry so many of an axis's terms that they say little.
    ``unplaced_searches`` name no term of an axis."""

    live_assets: int
    counted_assets: int
    unmapped: int
    review_overdue: int
    unverified: int
    multi_mapped: int
    stale: int
    unplaced_searches: int


class WhatIf(Output):
    """``planned``: as if everything planned were there. ``expiring_days``: as if what is due for
    review or expiry within so many days had lapsed; 0 is as it is."""

    planned: bool
    expiring_days: int


class CoverageAnswer(Output):
    """A matrix, or with ``col_axis`` null a list, in the order that was asked for. ``past`` says
    that it was kept on ``day``. ``met_share`` is the share of needed cells that reach their target,
    null when none is needed."""

    as_of: datetime
    day: date
    past: bool
    what_if: WhatIf
    filters: dict[str, list[str]]
    row_axis: AxisItem
    col_axis: AxisItem | None
    rows: list[AxisValue]
    cols: list[AxisValue]
    cells: list[CellItem]
    totals: TotalsItem
    declared: DeclaredItem
    met_share: float | None
    weights: Weights
    url: str
    notices: list[str]


class NotCountedItem(Output):
    asset: AssetItem
    reasons: list[Reason]


class FailedSearchItem(Output):
    query: str
    count: int
    outcome: Outcome
    filters: dict[str, list[str]]


class PlannedItem(Output):
    id: int
    title: str
    state: PlanState
    type: str | None
    owner: str
    due_on: date | None
    reviewer: str
    agreed: bool


class NearItem(AssetItem):
    """``why`` says how it is near, ``mapped`` where it stands on the two axes."""

    why: str
    mapped: str


class CoverageCellAnswer(Output):
    """What one cell's numbers are made of. ``counted`` and ``not_counted`` are pages of their
    lists, the most used first; their totals stand in ``cell``. ``searches`` are the most frequent
    first, with ``searches_total`` how many were made; their words are left out for who may not see
    insights and in a picture that was kept. ``near`` would count if somebody mapped them here."""

    as_of: datetime
    day: date
    past: bool
    row: AxisItem
    col: AxisItem | None
    cell: CellItem
    page: int
    per_page: int
    counted: list[AssetItem]
    not_counted: list[NotCountedItem]
    searches: list[FailedSearchItem]
    searches_total: int
    requests: list[str]
    planned: list[PlannedItem]
    near: list[NearItem]
    notices: list[str]


def cell_item(matrix: Matrix, cell: Cell, terms: Taxonomy, search_url: str | None) -> CellItem:
    points, demand = cell.score.points, cell.demand
    return CellItem(
        row=slug_of(matrix.rows.terms, cell.row_id) or "",
        col=slug_of(matrix.cols.terms, cell.col_id) if matrix.cols else None,
        needed=cell.need.needed,
        target=cell.need.target,
        effective=cell.effective,
        missing=cell.missing,
        not_counted=cell.not_counted,
        stale=cell.stale,
        planned=cell.planned,
        demand=demand.unanswered,
        none_found=demand.none_found,
        filtered=demand.filtered,
        unopened=demand.unopened,
        uses=cell.uses,
        verdict=cell.verdict,
        score=cell.score.total,
        score_parts=ScoreItem(
            total=cell.score.total,
            missing=points.missing,
            unanswered=points.unanswered,
            unopened=points.unopened,
            use=points.use,
            sample=cell.score.sample,
        ),
        need=_need(cell.need, terms),
        search_url=search_url,
    )


def _need(need: Need, terms: Taxonomy) -> NeedItem:
    types = (terms.terms.get(type_id) for type_id in sorted(need.standard.types))
    return NeedItem(
        target=need.target,
        types=[term.slug for term in types if term],
        customer_ready=need.standard.customer_ready,
        buyer_believes=list(need.buyer_believes),
        rep_proves=list(need.rep_proves),
        not_needed=None
        if need.needed
        else NotNeededItem(why=need.why, by=need.by_name, at=need.at),
    )


def slug_of(axis: tuple[AxisTerm, ...], term_id: int | None) -> str | None:
    return next((term.slug for term in axis if term.id == term_id), None)


def totals_item(totals: Totals) -> TotalsItem:
    return TotalsItem(
        effective=totals.effective,
        stale=totals.stale,
        demand=totals.demand.unanswered,
        none_found=totals.demand.none_found,
        filtered=totals.demand.filtered,
        unopened=totals.demand.unopened,
        uses=totals.uses,
    )


def declared_item(declared: Declared) -> DeclaredItem:
    return DeclaredItem(
        live_assets=len(declared.live),
        counted_assets=len(declared.counted),
        unmapped=len(declared.unmapped),
        review_overdue=len(declared.overdue),
        unverified=len(declared.unverified),
        multi_mapped=len(declared.over_tagged),
        stale=len(declared.stale),
        unplaced_searches=declared.unplaced.sample,
    )


def searches(evidence: Evidence) -> list[FailedSearchItem]:
    """Those whose words the reader may see."""
    return [
        FailedSearchItem(
            query=search.words,
            count=search.count,
            outcome=search.outcome,
            filters={key: list(values) for key, values in search.filters.items()},
        )
        for search in evidence.searches
        if search.words is not None
    ]


def planned_item(item: PlanItem, terms: Taxonomy) -> PlannedItem:
    kind = terms.terms.get(item.type_id or 0)
    return PlannedItem(
        id=item.id,
        title=item.title,
        state=item.state,
        type=kind.slug if kind else None,
        owner=item.owner_name,
        due_on=item.due_on,
        reviewer=item.reviewer_name,
        agreed=item.agreed_at is not None,
    )
