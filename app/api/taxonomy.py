"""The company's words: for everyone to read, for admins to change."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.api.door import Created, operation
from app.api.shapes import Input, Output, Text, Version
from app.idempotent import once
from app.wiring import look, work
from content_catalog import Permission, taxonomy
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.taxonomy import (
    Dimension,
    DimensionEdit,
    Guide,
    LoadReport,
    NewDimension,
    NewTerm,
    Phase,
    Term,
    TermEdit,
)


class TermEntry(Output):
    """A term as in a taxonomy file; ``tollgates`` for stages, ``phase`` for tollgates, and what to
    ``ask``, ``say``, ``do`` and ``send`` where there is such advice."""

    slug: str
    label: str
    definition: str
    aliases: list[str]
    position: int
    tollgates: list[str] | None = None
    phase: Phase | None = None
    ask: str = ""
    say: str = ""
    do: str = ""
    send: str = ""


class DimensionEntry(Output):
    slug: str
    label: str
    plural: str
    definition: str
    multi: bool
    ordered: bool
    terms: list[TermEntry]


class TaxonomyFile(Output):
    """What a taxonomy file holds."""

    version: int
    dimensions: list[DimensionEntry]


class TaxonomyData(BaseModel):
    """A taxonomy file: some dimensions with some terms; what it does not name stays."""

    model_config = ConfigDict(extra="allow", frozen=True)

    version: int
    dimensions: list[dict[str, Any]]


class GuideData(Input):
    ask: Text = ""
    say: Text = ""
    do: Text = ""
    send: Text = ""

    def value(self) -> Guide:
        return Guide(self.ask, self.say, self.do, self.send)


class NewDimensionData(Input):
    slug: Text
    label: Text
    plural: Text = ""
    definition: Text = ""
    multi: bool = True
    ordered: bool = False


class DimensionChange(Input):
    version: Version
    label: Text = ""
    plural: Text = ""
    definition: Text = ""
    multi: bool = True
    ordered: bool = False


class Position(Input):
    position: Annotated[int, Field(ge=0, le=1000, description="Counts from 0.")]


class Order(Input):
    terms: list[Text] = Field(description="Slugs; terms not named follow as they were.")


class NewTermData(Input):
    label: Text
    slug: Text = ""
    definition: Text = ""
    aliases: tuple[Text, ...] = ()
    guide: GuideData = GuideData()
    phase: Phase | None = None
    tollgates: tuple[Text, ...] = ()


class TermChange(Input):
    version: Version
    label: Text = ""
    definition: Text = ""
    aliases: tuple[Text, ...] = ()
    guide: GuideData = GuideData()
    phase: Phase | None = None
    tollgates: tuple[Text, ...] = ()


class Retirement(Input):
    successor: Text | None = Field(None, description="The term that takes its place.")


class TermDetail(Output):
    id: int
    dimension: str
    slug: str
    label: str
    definition: str
    aliases: tuple[str, ...]
    position: int
    version: int
    retired_at: datetime | None
    successor: str | None
    guide: Guide
    phase: Phase | None
    tollgates: tuple[str, ...]
    stages: tuple[str, ...]


class DimensionDetail(Output):
    """``terms`` has the retired ones too."""

    slug: str
    label: str
    plural: str
    definition: str
    multi: bool
    ordered: bool
    built_in: bool
    position: int
    version: int
    terms: list[TermDetail]


DIMENSION = "/taxonomy/dimensions/<slug>"
TERM = "/taxonomy/dimensions/<slug>/terms/<term>"


@operation("GET", "/taxonomy", Permission.FIND, answer=TaxonomyFile)
def show_taxonomy() -> Any:
    """All dimensions with the terms in use, as a taxonomy file."""
    return TaxonomyFile.model_validate(taxonomy.show(look()))


@operation("POST", "/taxonomy", Permission.EDIT_TAXONOMY, body=TaxonomyData, answer=LoadReport)
def load_taxonomy(body: TaxonomyData) -> Any:
    """Add and change terms from a taxonomy file. Twice changes nothing more."""
    with work() as unit:
        return taxonomy.load(unit, body.model_dump())


@operation(
    "POST",
    "/taxonomy/dimensions",
    Permission.EDIT_TAXONOMY,
    body=NewDimensionData,
    answer=DimensionDetail,
    status=201,
)
def add_dimension(body: NewDimensionData) -> Any:
    """Add a dimension; facets, filters and import columns follow."""
    new = NewDimension(**dict(body))
    with work() as unit:
        once(unit, lambda: str(taxonomy.add_dimension(unit, new)))
    made = _dimension(look(), body.slug.strip())
    return Created(_dimension_detail(made), f"/api/v1/taxonomy/dimensions/{made.slug}")


@operation("GET", DIMENSION, Permission.EDIT_TAXONOMY, answer=DimensionDetail)
def show_dimension(slug: str) -> Any:
    """One dimension with all its terms, the retired ones too."""
    return _dimension_detail(_dimension(look(), slug))


@operation(
    "PATCH", DIMENSION, Permission.EDIT_TAXONOMY, body=DimensionChange, answer=DimensionDetail
)
def edit_dimension(slug: str, body: DimensionChange) -> Any:
    """Change the words of a dimension."""
    with work() as unit:
        now = _dimension(unit, slug)
        names = ("version", "label", "plural", "definition", "multi", "ordered")
        present = {name: getattr(now, name) for name in names}
        sent = {name: getattr(body, name) for name in body.model_fields_set}
        taxonomy.edit_dimension(unit, slug, DimensionEdit(**(present | sent)))
    return _dimension_detail(_dimension(look(), slug))


@operation("DELETE", DIMENSION, Permission.EDIT_TAXONOMY)
def remove_dimension(slug: str) -> Any:
    """Remove a dimension that was added here and that no asset uses."""
    with work() as unit:
        taxonomy.remove_dimension(unit, slug)


@operation(
    "POST",
    f"{DIMENSION}/position",
    Permission.EDIT_TAXONOMY,
    body=Position,
    answer=DimensionDetail,
)
def move_dimension(slug: str, body: Position) -> Any:
    """Move a dimension to another place in the order of facets and columns."""
    with work() as unit:
        taxonomy.move_dimension(unit, slug, body.position)
    return _dimension_detail(_dimension(look(), slug))


@operation(
    "POST", f"{DIMENSION}/order", Permission.EDIT_TAXONOMY, body=Order, answer=DimensionDetail
)
def reorder_terms(slug: str, body: Order) -> Any:
    """Put the terms of a dimension in order."""
    with work() as unit:
        taxonomy.reorder_terms(unit, slug, body.terms)
    return _dimension_detail(_dimension(look(), slug))


@operation(
    "POST",
    f"{DIMENSION}/terms",
    Permission.EDIT_TAXONOMY,
    body=NewTermData,
    answer=TermDetail,
    status=201,
)
def add_term(slug: str, body: NewTermData) -> Any:
    """Add a term. Without a slug it gets one from its label."""
    new = NewTerm(
        dimension=slug,
        label=body.label,
        slug=body.slug,
        definition=body.definition,
        aliases=body.aliases,
        guide=body.guide.value(),
        phase=body.phase,
        tollgates=body.tollgates,
    )
    with work() as unit:
        term_id = int(once(unit, lambda: str(taxonomy.add_term(unit, new))))
    made = taxonomy.read(look()).terms[term_id]
    return Created(_term_detail(made), f"/api/v1/taxonomy/dimensions/{slug}/terms/{made.slug}")


@operation("GET", TERM, Permission.EDIT_TAXONOMY, answer=TermDetail)
def show_term(slug: str, term: str) -> Any:
    """One term, by its slug."""
    return _term_detail(_term(look(), slug, term))


@operation("PATCH", TERM, Permission.EDIT_TAXONOMY, body=TermChange, answer=TermDetail)
def edit_term(slug: str, term: str, body: TermChange) -> Any:
    """Change the words of a term. The old label stays as an alias."""
    with work() as unit:
        now = _term(unit, slug, term)
        names = ("label", "definition", "aliases", "guide", "phase", "tollgates")
        values: dict[str, Any] = {name: getattr(now, name) for name in names}
        sent = {name: getattr(body, name) for name in body.model_fields_set & set(names)}
        if "guide" in sent:
            sent["guide"] = body.guide.value()
        taxonomy.edit_term(unit, now.id, TermEdit(body.version, **(values | sent)))
    return _term_detail(_term(look(), slug, term))


@operation("POST", f"{TERM}/retire", Permission.EDIT_TAXONOMY, body=Retirement, answer=TermDetail)
def retire_term(slug: str, term: str, body: Retirement) -> Any:
    """No longer offer a term. With a successor its names lead there."""
    with work() as unit:
        taxonomy.retire_term(unit, _term(unit, slug, term).id, body.successor)
    return _term_detail(_term(look(), slug, term))


@operation("POST", f"{TERM}/restore", Permission.EDIT_TAXONOMY, answer=TermDetail)
def restore_term(slug: str, term: str) -> Any:
    """Offer a retired term again."""
    with work() as unit:
        taxonomy.restore_term(unit, _term(unit, slug, term).id)
    return _term_detail(_term(look(), slug, term))


def _dimension(unit: Work, slug: str) -> Dimension:
    found = taxonomy.read(unit).dimension(slug)
    if found is None:
        raise NotFound("dimension", slug)
    return found


def _term(unit: Work, dimension: str, slug: str) -> Term:
    _dimension(unit, dimension)
    found = taxonomy.read(unit).term(dimension, slug)
    if found is None:
        raise NotFound("term", slug)
    return found


def _dimension_detail(dimension: Dimension) -> DimensionDetail:
    names = DimensionDetail.model_fields.keys() - {"terms"}
    return DimensionDetail(
        **{name: getattr(dimension, name) for name in names},
        terms=[_term_detail(term) for term in dimension.terms],
    )


def _term_detail(term: Term) -> TermDetail:
    values = {name: getattr(term, name) for name in TermDetail.model_fields}
    return TermDetail(**values)
