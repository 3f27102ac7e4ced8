"""Adding, editing, removing and ordering dimensions."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update

from content_catalog import audit
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.taxonomy import rules
from content_catalog.taxonomy.models import (
    DimensionRow,
    TermNameRow,
    TermRow,
)
from content_catalog.taxonomy.rows import changed, dimension_row, same_version
from content_catalog.taxonomy.types import (
    WITH_PAGES,
    DimensionEdit,
    NewDimension,
)
from content_catalog.taxonomy.used import dimension_in_use, terms_planned_for

RESERVED = frozenset(
    [
        "q",
        "sort",
        "page",
        "per_page",
        "expired",
        "audience",
        "fresh",
        "format",
        "by",
        "status",
        "id",
        "version",
        "title",
        "summary",
        "owner",
        "tags",
        "url",
        "path",
        "external_id",
        "published_on",
        "review_by",
        "expires_on",
        "link",
        "body",
        "file",
        "data",
        "rows",
        "cols",
        "measure",
        "cell",
        "as_of",
        "what_if",
        "columns",
        "shown",
        "reading",
    ]
)


def add_dimension(work: Work, new: NewDimension) -> int:
    """A further dimension; facets, import columns and the API follow. Returns its id."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    slug = new.slug.strip()
    plural = (new.plural or f"{slug}s").strip()
    _check_dimension(work, slug, new.label, plural)
    last = work.session.scalar(select(func.max(DimensionRow.position))) or 0
    row = DimensionRow(
        slug=slug,
        label=new.label.strip(),
        plural=plural,
        definition=new.definition,
        multi=new.multi,
        ordered=new.ordered,
        built_in=False,
        position=last + 1,
    )
    work.session.add(row)
    work.session.flush()
    audit.note(work, "taxonomy.add_dimension", "dimension", row.id, label=row.label)
    changed(work)
    return row.id


def edit_dimension(work: Work, slug: str, edit: DimensionEdit) -> None:
    """Raises ``Conflict`` when somebody saved in between."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    row = dimension_row(work, slug)
    same_version(row.version, edit.version)
    if not edit.label.strip():
        raise Invalid(fields={"label": "Give it a name."})
    _check_plural(work, edit.plural, row.id)
    if row.multi and not edit.multi and dimension_in_use(work, row.id, several=True):
        raise Invalid(fields={"multi": "Some assets have several of these. Take one away first."})
    before = {"label": row.label, "plural": row.plural, "definition": row.definition}
    row.label, row.plural, row.definition = edit.label.strip(), edit.plural, edit.definition
    row.multi, row.ordered = edit.multi, edit.ordered
    after = {"label": row.label, "plural": row.plural, "definition": row.definition}
    audit.note(
        work,
        "taxonomy.edit_dimension",
        "dimension",
        row.id,
        label=row.label,
        before=before,
        after=after,
    )
    changed(work)


def remove_dimension(work: Work, slug: str) -> None:
    """Only one that was added here and that no asset, need or open plan item uses."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    row = dimension_row(work, slug)
    if row.built_in or slug in WITH_PAGES:
        raise Invalid(f"“{row.label}” belongs to the product and stays. You may rename it.")
    if dimension_in_use(work, row.id):
        raise Invalid(f"Assets are mapped to “{row.label}”. Take the mapping away first.")
    terms = select(TermRow.id).where(TermRow.dimension_id == row.id)
    if terms_planned_for(work, open_only=True) & set(work.session.scalars(terms)):
        raise Invalid(f"Needs or planned assets name “{row.label}”. Clear those first.")
    work.session.execute(delete(TermNameRow).where(TermNameRow.dimension_id == row.id))
    work.session.execute(update(TermRow).where(TermRow.id.in_(terms)).values(successor_id=None))
    work.session.execute(delete(TermRow).where(TermRow.dimension_id == row.id))
    work.session.delete(row)
    audit.note(work, "taxonomy.remove_dimension", "dimension", row.id, label=row.label)
    changed(work)


def move_dimension(work: Work, slug: str, position: int) -> None:
    """``position`` counts from 0 in the order of facets and columns."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    rows = list(work.session.scalars(select(DimensionRow).order_by(DimensionRow.position)))
    row = dimension_row(work, slug)
    rows.remove(row)
    rows.insert(max(0, position), row)
    for number, each in enumerate(rows, 1):
        each.position = number
    audit.note(work, "taxonomy.move_dimension", "dimension", row.id, label=row.label)
    changed(work)


def _check_dimension(work: Work, slug: str, label: str, plural: str) -> None:
    if not label.strip():
        raise Invalid(fields={"label": "Give it a name."})
    if not rules.is_slug(slug):
        raise Invalid(fields={"slug": "Small letters, digits, hyphens and underscores only."})
    if slug in RESERVED or plural in RESERVED:
        raise Invalid(fields={"slug": f"“{slug}” already means something else in addresses."})
    if work.session.scalar(select(DimensionRow.id).where(DimensionRow.slug == slug)):
        raise Invalid(fields={"slug": f"There is a dimension “{slug}” already."})
    _check_plural(work, plural, None)


def _check_plural(work: Work, plural: str, own: int | None) -> None:
    taken = work.session.scalar(select(DimensionRow).where(DimensionRow.plural == plural))
    if taken is not None and taken.id != own:
        raise Invalid(fields={"plural": f"“{plural}” is the column of “{taken.label}”."})
