"""From counts by id to facets, rail and chips with names and addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.criteria import (
    AUDIENCE,
    AUDIENCE_VALUES,
    FORMAT,
    FRESH,
    FRESH_VALUES,
    OWNER,
    READING,
    READING_VALUES,
    STATUS,
    STATUS_VALUES,
    Criteria,
)
from app.search_page import Chip, Facet, FacetValue, RailStage
from content_catalog.taxonomy import STAGE, Dimension, Taxonomy, Term

SHOWN = 5  # values of a facet before "All 11 industries"
ORDER = ("persona", AUDIENCE, "type", "industry", "competitor", FRESH, "language", "region")
LABELS = {
    AUDIENCE: "Can I send it?",
    FRESH: "Freshness",
    STATUS: "Status",
    FORMAT: "Format",
    OWNER: "Owner",
    READING: "Reading",
}
FIXED_LABELS: Mapping[str, Mapping[str, str]] = {
    AUDIENCE: AUDIENCE_VALUES,
    FRESH: FRESH_VALUES,
    READING: READING_VALUES,
    STATUS: STATUS_VALUES,
}
Counts = Mapping[str, Mapping[str, int]]


def facet_keys(taxonomy: Taxonomy, *, see_unpublished: bool) -> tuple[str, ...]:
    """What is counted: the order of the page first, then what an admin added, by position."""
    rest = [d.slug for d in taxonomy.dimensions if d.slug not in ORDER and d.slug != STAGE]
    own = (STATUS,) if see_unpublished else ()
    return (STAGE, *ORDER, *rest, *own)


def facets(
    criteria: Criteria, taxonomy: Taxonomy, counts: Counts, total: int, keys: Iterable[str]
) -> tuple[Facet, ...]:
    """Facets in order; one whose every value covers all results cannot narrow and is left out."""
    made = (_facet(criteria, taxonomy, key, counts.get(key, {})) for key in keys if key != STAGE)
    return tuple(f for f in made if f.all_values and (f.selected or _narrows(f, total)))


def rail(
    criteria: Criteria, taxonomy: Taxonomy, counts: Counts, everything: int
) -> tuple[RailStage, ...]:
    """All stages, then each stage in the pipeline's order; choosing the current one leaves it."""
    stages = taxonomy.by_slug[STAGE].live if STAGE in taxonomy.by_slug else ()
    chosen, found = criteria.selected(STAGE), counts.get(STAGE, {})
    first = RailStage(
        "", "All stages", everything, not chosen, criteria.only(STAGE, None).url(), "0"
    )
    return (
        first,
        *(
            RailStage(
                stage.slug,
                stage.label,
                found.get(str(stage.id), 0),
                stage.slug in chosen,
                criteria.only(STAGE, stage.slug).url(),
                str(number) if number <= 9 else None,
            )
            for number, stage in enumerate(stages, 1)
        ),
    )


def chips(criteria: Criteria, taxonomy: Taxonomy, owners: Mapping[str, str]) -> tuple[Chip, ...]:
    return tuple(
        Chip(
            key,
            dimension_label(taxonomy, key),
            value,
            value_label(taxonomy, key, value, owners),
            criteria.removing(key, value).url(),
        )
        for key, values in criteria.filters.items()
        for value in values
    )


def dimension_label(taxonomy: Taxonomy, key: str) -> str:
    if key == AUDIENCE:
        return "Audience"
    dimension = taxonomy.dimension(key)
    return dimension.label if dimension else LABELS.get(key, key)


def value_label(
    taxonomy: Taxonomy, key: str, value: str, owners: Mapping[str, str] | None = None
) -> str:
    fixed = FIXED_LABELS.get(key)
    if fixed is not None:
        return fixed.get(value, value)
    if key == FORMAT:
        return value.upper()
    if key == OWNER:
        return (owners or {}).get(value, value)
    term = taxonomy.term(key, value)
    return term.label if term else value


def _narrows(facet: Facet, total: int) -> bool:
    return any(value.count != total for value in facet.all_values) and any(
        value.count for value in facet.all_values
    )


def _facet(criteria: Criteria, taxonomy: Taxonomy, key: str, counts: Mapping[str, int]) -> Facet:
    chosen = criteria.selected(key)
    dimension = taxonomy.dimension(key)
    values = (
        _of_terms(criteria, dimension, counts, chosen)
        if dimension
        else _of_fixed(criteria, key, counts, chosen)
    )
    label = LABELS.get(key) or (dimension.label if dimension else key)
    shown, more = _split(values)
    # The plural doubles as a column of import files, where "content_type" may stand.
    plural = dimension.plural.lower() if dimension and dimension.plural.isalpha() else "values"
    return Facet(key, label, shown, more, len(chosen), plural)


def _split(values: list[FacetValue]) -> tuple[tuple[FacetValue, ...], tuple[FacetValue, ...]]:
    """The first five, and any ticked one in its place; the order does not depend on counts."""
    if len(values) <= SHOWN + 1:
        return tuple(values), ()
    first = {v.value for v in values[:SHOWN]} | {v.value for v in values if v.selected}
    return (
        tuple(v for v in values if v.value in first),
        tuple(v for v in values if v.value not in first),
    )


def _of_terms(
    criteria: Criteria, dimension: Dimension, counts: Mapping[str, int], chosen: tuple[str, ...]
) -> list[FacetValue]:
    def wanted(term: Term) -> bool:
        return not term.retired or term.slug in chosen or counts.get(str(term.id), 0) > 0

    return [
        FacetValue(
            term.slug,
            term.label,
            counts.get(str(term.id), 0),
            term.slug in chosen,
            criteria.toggling(dimension.slug, term.slug).url(),
        )
        for term in dimension.terms
        if wanted(term)
    ]


def _of_fixed(
    criteria: Criteria, key: str, counts: Mapping[str, int], chosen: tuple[str, ...]
) -> list[FacetValue]:
    known = FIXED_LABELS.get(key, {})
    return [
        FacetValue(
            value,
            label,
            counts.get(value, 0),
            value in chosen,
            criteria.toggling(key, value).url(),
        )
        for value, label in known.items()
    ]
