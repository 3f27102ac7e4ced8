"""What counts, what a number means, how much a gap weighs. Pure functions: no tables, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from content_catalog.assets.types import Audience, Status
from content_catalog.coverage.types import (
    AssetFacts,
    Demand,
    Need,
    NeedRecord,
    Planned,
    Reason,
    Score,
    Standard,
    Verdict,
    Weights,
)

AMPLE_TIMES = 2  # of the target
OVER_TAGGED_LEAST = 4
NO_POINTS = Weights(0.0, 0.0, 0.0, 0.0)


def verdict(facts: AssetFacts, standard: Standard) -> tuple[Reason, ...]:
    """Every reason why an asset does not count towards a cell; none means that it counts.

    The one rule of effective coverage: numbers, lists, snapshots and files all come from it. An
    asset counts when it is published and current, its review is not overdue, its text could be
    read, and it is of a type and for an audience that the cell asks for.
    """
    checks = (
        (Reason.DRAFT, facts.status is Status.DRAFT),
        (Reason.ARCHIVED, facts.status is Status.ARCHIVED),
        (Reason.EXPIRED, facts.expired),
        (Reason.REVIEW_OVERDUE, facts.overdue),
        (Reason.WRONG_TYPE, bool(standard.types) and not standard.types & facts.types),
        (
            Reason.INTERNAL,
            standard.customer_ready and facts.audience is not Audience.CUSTOMER_READY,
        ),
        (Reason.UNREADABLE, facts.unreadable),
    )
    return tuple(reason for reason, holds in checks if holds)


def would_count(item: Planned, standard: Standard) -> bool:
    """Whether a planned asset would count once it is there; without a type it fits any."""
    return not standard.types or item.type_id is None or item.type_id in standard.types


def cell_verdict(effective: int, need: Need) -> Verdict:
    """What a number means beside its target. A target of 0 is always met."""
    if not need.needed:
        return Verdict.NOT_NEEDED
    if effective < need.target:
        return Verdict.THIN if effective else Verdict.GAP
    return Verdict.AMPLE if effective >= AMPLE_TIMES * max(need.target, 1) else Verdict.MET


def score(missing: int, demand: Demand, uses: int, weights: Weights, *, needed: bool) -> Score:
    """How much a gap weighs: assets missing to the target, searches without an answer, searches
    whose results nobody opened, and uses of what is there, each times its weight, added up.

    Linear on purpose: people can check it with a pencil, and the parts are shown beside the sum.
    A cell that is not needed weighs nothing.
    """
    points = Weights(
        missing * weights.missing,
        demand.unanswered * weights.unanswered,
        demand.unopened * weights.unopened,
        uses * weights.use,
    )
    total = points.missing + points.unanswered + points.unopened + points.use
    return (
        Score(round(total, 2), points, demand.sample)
        if needed
        else Score(0.0, NO_POINTS, demand.sample)
    )


def missing(effective: int, need: Need) -> int:
    """How many assets are wanted still."""
    return max(0, need.target - effective) if need.needed else 0


def need(
    records: Mapping[tuple[int, int | None], NeedRecord],
    first: int,
    second: int | None,
    target: int,
) -> Need:
    """What a cell needs: its own record decides; where that is silent its row's and its column's
    default; where both are silent the site's ``target``, any type, any audience.

    Row and column are equals, so that turning the matrix changes nothing: of two default targets
    the higher holds, of two sets of types their union, and one that asks for customer-ready, or
    says that nothing is needed, is enough.
    """
    pair = (first, second) if second is None else (min(first, second), max(first, second))
    own = records.get(pair)
    defaults = [
        found
        for term in sorted(t for t in {first, second} if t is not None)
        if (found := records.get((term, None))) is not None and found is not own
    ]
    known = [own, *defaults] if own else defaults
    spared = _needed(own, defaults)
    return Need(
        target=_target(own, defaults, target),
        needed=spared is None,
        standard=Standard(_types(own, defaults), _customer_ready(own, defaults)),
        buyer_believes=tuple(r.buyer_believes for r in known if r.buyer_believes),
        rep_proves=tuple(r.rep_proves for r in known if r.rep_proves),
        why=spared.why if spared else "",
        by_name=spared.by_name if spared else "",
        at=spared.at if spared else None,
    )


def _target(own: NeedRecord | None, defaults: Sequence[NeedRecord], site: int) -> int:
    if own is not None and own.target is not None:
        return own.target
    return max((r.target for r in defaults if r.target is not None), default=site)


def _needed(own: NeedRecord | None, defaults: Sequence[NeedRecord]) -> NeedRecord | None:
    """The record that says nothing is needed here, if one does."""
    if own is not None and own.needed is not None:
        return None if own.needed else own
    return next((r for r in defaults if r.needed is False), None)


def _types(own: NeedRecord | None, defaults: Sequence[NeedRecord]) -> frozenset[int]:
    if own is not None and own.types is not None:
        return own.types
    decided = [r.types for r in defaults if r.types is not None]
    return frozenset().union(*decided) if all(decided) else frozenset()


def _customer_ready(own: NeedRecord | None, defaults: Sequence[NeedRecord]) -> bool:
    if own is not None and own.customer_ready is not None:
        return own.customer_ready
    return any(r.customer_ready for r in defaults)


def over_tagged_from(terms: int) -> int:
    """From how many of an axis's terms on an asset says nothing by them any more: at least four,
    and more than half of all."""
    return max(OVER_TAGGED_LEAST, terms // 2 + 1)
