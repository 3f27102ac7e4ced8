"""What a coverage page can be asked for: axes, measure, order, filters, day, and what if."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.coverage_view import EXPIRING, NO_COLS, CoverageCriteria
from app.criteria import AUDIENCE
from app.facets import value_label
from app.search_page import Chip
from app.words import calendar_day, plural
from content_catalog.assets import Audience
from content_catalog.coverage.types import Axis, Measure, Order
from content_catalog.taxonomy import Dimension, Taxonomy

MEASURES = {
    Measure.ASSETS: "Assets",
    Measure.DEMAND: "Unmet demand",
    Measure.USE: "Use",
}
ORDERS = {
    Order.PIPELINE: "Pipeline order",
    Order.GAPS: "Most gaps first",
    Order.DEMAND: "Most demand first",
}


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """One dimension to filter by; ``selected`` counts the ticked ones."""

    dimension: str
    label: str
    values: tuple[Choice, ...]
    selected: int


@dataclass(frozen=True, slots=True)
class Controls:
    """``chosen`` counts what is set behind "More filters"."""

    rows: tuple[Choice, ...]
    cols: tuple[Choice, ...]
    measures: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    days: tuple[Choice, ...]
    expiring: tuple[Choice, ...]
    groups: tuple[FilterGroup, ...]
    customer_ready: bool
    shipped: bool
    all_columns: bool
    chosen: int


def controls(
    criteria: CoverageCriteria, taxonomy: Taxonomy, axes: Mapping[str, Axis], days: Sequence[date]
) -> Controls:
    """``days`` are those that were kept, the newest first."""
    named = [(axis.dimension, axis.label) for axis in axes.values() if axis.terms]
    groups = tuple(_group(criteria, dimension) for dimension in taxonomy.dimensions)
    return Controls(
        rows=_choices(named, criteria.rows),
        cols=_choices([*named, (NO_COLS, "None, as a list")], criteria.cols or NO_COLS),
        measures=_choices(MEASURES.items(), criteria.measure),
        orders=_choices(ORDERS.items(), criteria.order),
        days=_days(criteria, days),
        expiring=_choices(
            [
                ("", "Nothing expires"),
                *((str(n), f"What is due in {n} days lapses") for n in EXPIRING),
            ],
            str(criteria.expiring_days or ""),
        ),
        groups=tuple(group for group in groups if group.values),
        customer_ready=criteria.selected(AUDIENCE) == (Audience.CUSTOMER_READY.value,),
        shipped=criteria.shipped,
        all_columns=criteria.all_columns,
        chosen=sum(group.selected for group in groups)
        + criteria.what_if
        + (criteria.as_of is not None),
    )


def chips(criteria: CoverageCriteria, taxonomy: Taxonomy) -> tuple[Chip, ...]:
    """The filters, each with the address of the page without it."""
    found = []
    for key, values in criteria.filters.items():
        dimension = taxonomy.dimension(key)
        for value in values:
            rest = criteria.changed(cell=None).toggling(key, value).url()
            found.append(
                Chip(
                    key,
                    dimension.label if dimension else "Audience",
                    value,
                    value_label(taxonomy, key, value),
                    rest,
                )
            )
    return tuple(found)


def supposition(criteria: CoverageCriteria) -> str:
    """The sentence of a page that asks "what if"; empty for one that does not."""
    parts = []
    if criteria.shipped:
        parts.append("everything planned is there")
    if criteria.expiring_days:
        days = plural(criteria.expiring_days, "day")
        parts.append(f"everything due for review or expiry within {days} has lapsed")
    return f"What if {' and '.join(parts)}." if parts else ""


def _choices(named: Iterable[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, label, value == chosen) for value, label in named)


def _days(criteria: CoverageCriteria, days: Sequence[date]) -> tuple[Choice, ...]:
    return (
        Choice("", "Now", criteria.as_of is None),
        *(Choice(day.isoformat(), calendar_day(day), day == criteria.as_of) for day in days),
    )


def _group(criteria: CoverageCriteria, dimension: Dimension) -> FilterGroup:
    chosen = criteria.selected(dimension.slug)
    values = tuple(Choice(t.slug, t.label, t.slug in chosen) for t in dimension.live)
    return FilterGroup(dimension.slug, dimension.label, values, len(chosen))
