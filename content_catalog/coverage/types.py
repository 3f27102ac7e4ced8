"""Coverage: what is there for whom, what is missing, and how much it is wanted.

Days are calendar days at the site, times are aware UTC. Term ids name terms of any dimension; a
cell is the pair of a row's and a column's term, in whichever order a page shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from pyroaring import BitMap

from content_catalog.assets.types import Audience, Status
from content_catalog.taxonomy.types import Phase

STATEMENT_LIMIT = 1000
WHY_LIMIT = 500
TARGET_LIMIT = 99
PLAN_TITLE_LIMIT = 300
PLAN_NOTE_LIMIT = 2000
DEMAND_DAYS = 90  # searches and uses of so many days count as demand


class Reason(StrEnum):
    """Why an asset that is mapped to a cell does not count in it, in the order people are told."""

    DRAFT = "draft"
    ARCHIVED = "archived"
    EXPIRED = "expired"
    REVIEW_OVERDUE = "review_overdue"
    WRONG_TYPE = "wrong_type"
    INTERNAL = "internal"
    UNREADABLE = "unreadable"


class Verdict(StrEnum):
    """What a cell's number means beside its target."""

    GAP = "gap"  # nothing counts
    THIN = "thin"  # something counts, less than the target
    MET = "met"  # the target is reached
    AMPLE = "ample"  # twice the target or more
    NOT_NEEDED = "not_needed"


REACHED = (Verdict.MET, Verdict.AMPLE)  # the target, or more


class Outcome(StrEnum):
    """How a search failed."""

    NONE_FOUND = "none_found"
    FILTERED = "filtered"  # empty, but dropping one filter would have given something
    UNOPENED = "unopened"  # results were shown, nothing was opened


class PlanState(StrEnum):
    PROPOSED = "proposed"
    COMMITTED = "committed"
    DONE = "done"
    DROPPED = "dropped"


class Measure(StrEnum):
    """What the cells of a page show."""

    ASSETS = "assets"
    DEMAND = "demand"
    USE = "use"


class Order(StrEnum):
    PIPELINE = "pipeline"
    GAPS = "gaps"
    DEMAND = "demand"


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """All that a verdict looks at. ``types`` are term ids of the content type dimension."""

    status: Status
    audience: Audience
    types: frozenset[int]
    expired: bool = False
    overdue: bool = False
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Standard:
    """The part of a need that decides what counts: ``types`` empty means any type."""

    types: frozenset[int] = frozenset()
    customer_ready: bool = False


@dataclass(frozen=True, slots=True)
class NeedRecord:
    """What somebody wrote down: for one cell (``second_id`` set) or as the default of a term
    wherever it is a row or a column. A field that is ``None`` was not decided here."""

    first_id: int
    second_id: int | None = None
    needed: bool | None = None
    target: int | None = None
    types: frozenset[int] | None = None
    customer_ready: bool | None = None
    buyer_believes: str = ""
    rep_proves: str = ""
    why: str = ""  # why it is not needed
    by_name: str = ""
    at: datetime | None = None
    version: int = 0  # 0: nothing is written down yet


@dataclass(frozen=True, slots=True)
class Need:
    """What a cell needs, worked out from its own record, its row's, its column's and the site's.

    ``buyer_believes`` and ``rep_proves`` hold one statement for each record that has one, the
    cell's own first. ``why``, ``by_name`` and ``at`` say who marked it as not needed and when.
    """

    target: int
    needed: bool = True
    standard: Standard = Standard()
    buyer_believes: tuple[str, ...] = ()
    rep_proves: tuple[str, ...] = ()
    why: str = ""
    by_name: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """Points of the gap score: per asset missing to the target, per search without an answer, per
    search whose results nobody opened, per use of what is mapped there."""

    missing: float = 10.0
    unanswered: float = 2.0
    unopened: float = 0.5
    use: float = 0.05


@dataclass(frozen=True, slots=True)
class CoverageSettings:
    target: int = 3
    weights: Weights = Weights()
    version: int = 0


@dataclass(frozen=True, slots=True)
class AxisTerm:
    id: int
    slug: str
    label: str
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """A dimension with its terms in pipeline order. Retired terms are left out. ``multi``: an asset
    may have several of them."""

    dimension: str
    label: str
    plural: str
    ordered: bool
    terms: tuple[AxisTerm, ...]
    multi: bool = True


@dataclass(frozen=True, slots=True)
class FailedSearch:
    """Searches that failed alike: the same words (``None`` in a snapshot, where words are not
    kept), the same filters, the same outcome. ``places`` maps dimension slug to the ids of the
    terms that the filters or else the words name; ``count`` is how many searches."""

    words: str | None
    outcome: Outcome
    count: int
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """An open plan item, as the matrix needs it."""

    id: int
    terms: frozenset[int]
    type_id: int | None
    committed: bool


@dataclass(frozen=True, slots=True)
class View:
    """Which matrix: ``cols`` is ``None`` for a list of rows. ``filters`` maps dimension slug, or
    ``audience``, to slugs: OR within a key, AND between keys; assets, searches and plan items are
    narrowed alike (but a search or plan item has no audience).

    ``shipped`` asks what if everything planned were there; ``expiring_days`` what if everything
    due for review or expiry within so many days, the last one with them, had lapsed.
    """

    rows: str
    cols: str | None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shipped: bool = False
    expiring_days: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """Numbers of searches by outcome."""

    none_found: int = 0
    filtered: int = 0
    unopened: int = 0

    @property
    def unanswered(self) -> int:
        """Searches that showed nothing."""
        return self.none_found + self.filtered

    @property
    def sample(self) -> int:
        return self.none_found + self.filtered + self.unopened


@dataclass(frozen=True, slots=True)
class Score:
    """``total`` is the sum of the four ``points``; ``sample`` is how many searches it rests on."""

    total: float
    points: Weights
    sample: int


@dataclass(frozen=True, slots=True)
class Cell:
    """``col_id`` is ``None`` in a list of rows. ``effective`` assets count; ``not_counted`` are
    mapped but do not; ``stale`` of those would count if somebody reviewed them. ``uses`` of the
    last 90 days are those of all current assets mapped here."""

    row_id: int
    col_id: int | None
    need: Need
    verdict: Verdict
    effective: int
    missing: int  # to the target
    not_counted: int
    stale: int
    planned: int
    demand: Demand
    uses: int
    score: Score
    counted: BitMap = field(repr=False, compare=False)
    mapped: BitMap = field(repr=False, compare=False)
    coming: int = 0  # planned ones that would count and are not counted yet


@dataclass(frozen=True, slots=True)
class Totals:
    """Each asset, search and use once, in however many cells it stands."""

    effective: int
    stale: int
    demand: Demand
    uses: int


@dataclass(frozen=True, slots=True)
class Declared:
    """What the numbers leave out or rest on. Sets hold asset ids.

    ``live``: published and not expired, within the filters. ``unmapped``: of those, without a term
    on an axis. ``overdue``: review date passed. ``unverified``: overdue or without a review date.
    ``over_tagged``: carry at least four terms and more than half of those of an axis.
    ``unplaced``: searches that name no term of an axis, or none of a dimension that is filtered by.
    """

    live: BitMap
    counted: BitMap
    unmapped: BitMap
    overdue: BitMap
    unverified: BitMap
    over_tagged: BitMap
    stale: BitMap
    unplaced: Demand


@dataclass(frozen=True, slots=True)
class Matrix:
    """One page's numbers; rows and columns in pipeline order. ``cells`` by (row id, column id)."""

    at: datetime
    day: date
    view: View
    rows: Axis
    cols: Axis | None
    cells: Mapping[tuple[int, int | None], Cell]
    row_totals: Mapping[int, Totals]
    col_totals: Mapping[int | None, Totals]
    total: Totals
    declared: Declared
    weights: Weights

    @property
    def needed(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells.values() if cell.need.needed)

    def having(self, verdict: Verdict) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells.values() if cell.verdict is verdict)

    @property
    def met(self) -> tuple[Cell, ...]:
        """Those that apply and reach their target."""
        return tuple(cell for cell in self.cells.values() if cell.verdict in REACHED)

    @property
    def met_share(self) -> float | None:
        """Share of the cells that apply whose target is reached, 0 to 1; ``None`` without any."""
        needed = self.needed
        if not needed:
            return None
        return len(self.met) / len(needed)


@dataclass(frozen=True, slots=True)
class NotCounted:
    asset_id: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a cell's numbers are made of; ids in no particular order, searches most frequent first."""

    cell: Cell
    row: AxisTerm
    col: AxisTerm | None
    counted: tuple[int, ...]
    not_counted: tuple[NotCounted, ...]
    searches: tuple[FailedSearch, ...]
    planned: tuple[int, ...]  # ids of plan items


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One snapshot's numbers of a cell, or of the whole matrix. ``met`` and ``needed`` are cells."""

    day: date
    effective: int
    demand: int
    met: int
    needed: int


@dataclass(frozen=True, slots=True)
class NewPlanItem:
    """``terms`` are term ids, those of the cell among them. ``reviewer_id`` is a user on the sales
    side. Raises ``Invalid`` when planned with fields that do not hold."""

    title: str
    terms: frozenset[int]
    type_id: int | None = None
    owner_email: str | None = None  # None: the actor's own
    due_on: date | None = None
    reviewer_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanEdit:
    """The whole item as it shall be; ``version`` is the one the editor was shown."""

    version: int
    title: str
    terms: frozenset[int]
    type_id: int | None
    owner_email: str
    due_on: date | None
    reviewer_id: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """``agreed_at`` is when the reviewer agreed. ``asset_id`` is what was made of it. ``term_ids``
    in the taxonomy's order."""

    id: int
    title: str
    state: PlanState
    term_ids: tuple[int, ...]
    type_id: int | None
    owner_email: str
    owner_name: str
    due_on: date | None
    reviewer_id: int | None
    reviewer_name: str
    agreed_at: datetime | None
    asset_id: int | None
    note: str
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    closed_why: str
    version: int
