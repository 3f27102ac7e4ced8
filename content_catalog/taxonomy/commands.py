"""Changing the taxonomy. A change of words or mapping marks the assets it concerns for the index."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm.attributes import flag_modified

from content_catalog import audit, search_state
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import Conflict, Invalid, NotFound
from content_catalog.taxonomy import queries, rules
from content_catalog.taxonomy.models import (
    DimensionRow,
    StageTollgateRow,
    TaxonomyRevisionRow,
    TermNameRow,
    TermRow,
)
from content_catalog.taxonomy.types import (
    STAGE,
    TOLLGATE,
    WITH_PAGES,
    DimensionEdit,
    Guide,
    NewDimension,
    NewTerm,
    TermEdit,
)
from content_catalog.taxonomy.used import assets_with_terms, dimension_in_use

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
    _same_version(row.version, edit.version)
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
    """Only one that was added here and that no asset uses."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    row = dimension_row(work, slug)
    if row.built_in or slug in WITH_PAGES:
        raise Invalid(f"“{row.label}” belongs to the product and stays. You may rename it.")
    if dimension_in_use(work, row.id):
        raise Invalid(f"Assets are mapped to “{row.label}”. Take the mapping away first.")
    terms = select(TermRow.id).where(TermRow.dimension_id == row.id)
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


def add_term(work: Work, new: NewTerm, *, demo: bool = False) -> int:
    """A new value of a dimension; returns its id. Raises ``Invalid`` naming a name that is taken."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    dimension = dimension_row(work, new.dimension)
    label = new.label.strip()
    if not label:
        raise Invalid(fields={"label": "Give it a name."})
    slug = new.slug.strip() or _free_slug(work, dimension.id, rules.slugify(label))
    if not rules.is_slug(slug):
        raise Invalid(fields={"slug": "Small letters, digits, hyphens and underscores only."})
    if _slug_taken(work, dimension.id, slug):
        raise Invalid(fields={"slug": f"There is a term “{slug}” already."})
    last = work.session.scalar(
        select(func.max(TermRow.position)).where(TermRow.dimension_id == dimension.id)
    )
    row = TermRow(
        dimension_id=dimension.id,
        slug=slug,
        label=label,
        definition=new.definition,
        position=(last or 0) + 1,
        phase=new.phase.value if new.phase else None,
        demo=demo,
        **_guide_columns(new.guide),
    )
    work.session.add(row)
    work.session.flush()
    set_names(work, row, new.aliases)
    if dimension.slug == STAGE:
        set_tollgates(work, row, new.tollgates)
    audit.note(
        work,
        "taxonomy.add_term",
        "term",
        row.id,
        label=row.label,
        after={"dimension": dimension.slug, "slug": slug, "aliases": list(new.aliases)},
    )
    changed(work)
    return row.id


def edit_term(work: Work, term_id: int, edit: TermEdit) -> None:
    """Change words, aliases, guide and mapping; the old label stays as an alias.

    Old addresses and spreadsheets with the old name keep working. Raises ``Conflict`` when somebody
    saved in between, ``Invalid`` for a name another term of the dimension has.
    """
    work.actor.require(Permission.EDIT_TAXONOMY)
    row = term_row(work, term_id)
    _same_version(row.version, edit.version)
    label = edit.label.strip()
    if not label:
        raise Invalid(fields={"label": "Give it a name."})
    before = _words(work, row)
    aliases = list(edit.aliases)
    if rules.key(label) != rules.key(row.label):
        aliases.append(row.label)
    row.label, row.definition = label, edit.definition
    row.phase = edit.phase.value if edit.phase else None
    for column, words in _guide_columns(edit.guide).items():
        setattr(row, column, words)
    set_names(work, row, aliases)
    if dimension_of(work, row).slug == STAGE:
        set_tollgates(work, row, edit.tollgates)
    work.session.flush()
    after = _words(work, row)
    gone, new = audit.changed(before, after)
    if not new:
        return
    flag_modified(row, "label")  # aliases and tollgates lie elsewhere, but are of this version
    audit.note(work, "taxonomy.edit_term", "term", row.id, label=label, before=gone, after=new)
    if {"label", "aliases"} & set(new):
        search_state.touch(work, assets_with_terms([row.id]))
    changed(work)


def add_alias(work: Work, term_id: int, alias: str) -> None:
    """One more name for a term; nothing happens when it has it already."""
    row = term_row(work, term_id)
    term = queries.read(work).terms[term_id]
    if rules.key(alias) in {rules.key(name) for name in (term.slug, term.label, *term.aliases)}:
        work.actor.require(Permission.EDIT_TAXONOMY)
        return
    edit_term(
        work,
        term_id,
        TermEdit(
            version=row.version,
            label=term.label,
            definition=term.definition,
            aliases=(*term.aliases, alias.strip()),
            guide=term.guide,
            phase=term.phase,
            tollgates=term.tollgates,
        ),
    )


def reorder_terms(work: Work, dimension: str, slugs: Sequence[str]) -> None:
    """The live terms in their new order; terms not named follow as they were."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    row = dimension_row(work, dimension)
    terms = list(
        work.session.scalars(
            select(TermRow).where(TermRow.dimension_id == row.id).order_by(TermRow.position)
        )
    )
    wanted = {slug: number for number, slug in enumerate(slugs)}
    unknown = set(wanted) - {term.slug for term in terms}
    if unknown:
        raise Invalid(f"There is no {row.label.lower()} “{sorted(unknown)[0]}”.")
    ordered = sorted(terms, key=lambda t: (wanted.get(t.slug, len(wanted)), t.position))
    for number, term in enumerate(ordered, 1):
        if term.position != number:
            term.position = number
    audit.note(work, "taxonomy.reorder", "dimension", row.id, label=row.label)
    changed(work)


def retire_term(work: Work, term_id: int, successor: str | None = None) -> None:
    """No longer offered; assets keep it. With a successor, its names lead there from now on."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    row = term_row(work, term_id)
    if successor:
        heir = work.session.scalar(
            select(TermRow).where(
                TermRow.dimension_id == row.dimension_id, TermRow.slug == successor
            )
        )
        if heir is None or heir.id == row.id or heir.retired_at is not None:
            raise Invalid(fields={"successor": "Choose a term that is in use."})
        row.successor_id = heir.id
    row.retired_at = row.retired_at or work.now
    audit.note(
        work,
        "taxonomy.retire_term",
        "term",
        row.id,
        label=row.label,
        after={"successor": successor},
    )
    search_state.touch(work, assets_with_terms([row.id]))
    changed(work)


def restore_term(work: Work, term_id: int) -> None:
    """A retired term is offered again."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    row = term_row(work, term_id)
    row.retired_at, row.successor_id = None, None
    audit.note(work, "taxonomy.restore_term", "term", row.id, label=row.label)
    search_state.touch(work, assets_with_terms([row.id]))
    changed(work)


def remove_demo(work: Work) -> int:
    """Take away the demo's terms that no asset uses and that nothing succeeds to."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    rows = list(work.session.scalars(select(TermRow).where(TermRow.demo)))
    removed = 0
    for row in rows:
        used = work.session.scalar(assets_with_terms([row.id]).limit(1))
        heirs = work.session.scalar(select(TermRow.id).where(TermRow.successor_id == row.id))
        if used is None and heirs is None:
            work.session.delete(row)
            removed += 1
    changed(work)
    return removed


def changed(work: Work) -> None:
    """The taxonomy has a new revision; cached copies are old from now on."""
    work.session.flush()
    work.session.merge(TaxonomyRevisionRow(id=1, revision=secrets.randbits(53)))
    work.session.flush()


def set_names(work: Work, row: TermRow, aliases: Iterable[str]) -> None:
    """Store slug, label and aliases as the names that lead here.

    Raises ``Invalid`` when another term of the dimension has one of them.
    """
    work.session.execute(delete(TermNameRow).where(TermNameRow.term_id == row.id))
    work.session.flush()
    named: dict[str, TermNameRow] = {}
    candidates = [("slug", row.slug), ("label", row.label), *(("alias", a) for a in aliases)]
    for number, (kind, name) in enumerate(candidates):
        name = " ".join(name.split())[: rules.NAME_LIMIT]
        key = rules.key(name)
        if key and key not in named:
            named[key] = TermNameRow(
                dimension_id=row.dimension_id,
                term_id=row.id,
                kind=kind,
                name=name,
                key=key,
                position=number,
            )
    taken = work.session.execute(
        select(TermNameRow.key, TermNameRow.name, TermRow.label, TermNameRow.kind)
        .join(TermRow, TermRow.id == TermNameRow.term_id)
        .where(TermNameRow.dimension_id == row.dimension_id, TermNameRow.key.in_(list(named)))
    ).first()
    if taken is not None:
        field = "label" if named[taken.key].kind in ("label", "slug") else "aliases"
        raise Invalid(
            fields={field: f"“{named[taken.key].name}” is already a name of “{taken.label}”."}
        )
    work.session.add_all(named.values())
    work.session.flush()


def set_tollgates(work: Work, stage: TermRow, slugs: Iterable[str]) -> None:
    """The tollgates a stage corresponds to. Raises ``Invalid`` for one that does not exist."""
    wanted = set(slugs)
    gates = work.session.execute(
        select(TermRow.id, TermRow.slug)
        .join(DimensionRow, DimensionRow.id == TermRow.dimension_id)
        .where(DimensionRow.slug == TOLLGATE, TermRow.slug.in_(wanted))
    ).all()
    missing = wanted - {gate.slug for gate in gates}
    if missing:
        raise Invalid(fields={"tollgates": f"There is no tollgate “{sorted(missing)[0]}”."})
    work.session.execute(delete(StageTollgateRow).where(StageTollgateRow.stage_id == stage.id))
    work.session.add_all(StageTollgateRow(stage_id=stage.id, tollgate_id=g.id) for g in gates)
    work.session.flush()


def dimension_row(work: Work, slug: str) -> DimensionRow:
    """Raises ``NotFound``."""
    row = work.session.scalar(select(DimensionRow).where(DimensionRow.slug == slug))
    if row is None:
        raise NotFound("dimension", slug)
    return row


def term_row(work: Work, term_id: int) -> TermRow:
    """Raises ``NotFound``."""
    row = work.session.get(TermRow, term_id)
    if row is None:
        raise NotFound("term", term_id)
    return row


def dimension_of(work: Work, row: TermRow) -> DimensionRow:
    found = work.session.get(DimensionRow, row.dimension_id)
    assert found is not None  # a foreign key
    return found


def _check_dimension(work: Work, slug: str, label: str, plural: str) -> None:
    if not label.strip():
        raise Invalid(fields={"label": "Give it a name."})
    if slug != rules.slugify(slug).replace("-", "_") and slug != rules.slugify(slug):
        raise Invalid(fields={"slug": "Small letters, digits and hyphens only."})
    if slug in RESERVED or plural in RESERVED:
        raise Invalid(fields={"slug": f"“{slug}” already means something else in addresses."})
    if work.session.scalar(select(DimensionRow.id).where(DimensionRow.slug == slug)):
        raise Invalid(fields={"slug": f"There is a dimension “{slug}” already."})
    _check_plural(work, plural, None)


def _check_plural(work: Work, plural: str, own: int | None) -> None:
    taken = work.session.scalar(select(DimensionRow).where(DimensionRow.plural == plural))
    if taken is not None and taken.id != own:
        raise Invalid(fields={"plural": f"“{plural}” is the column of “{taken.label}”."})


def _same_version(present: int, shown: int) -> None:
    if present != shown:
        raise Conflict("Somebody saved this in between. Look at it again.", version=present)


def _slug_taken(work: Work, dimension_id: int, slug: str) -> bool:
    taken = select(TermRow.id).where(TermRow.dimension_id == dimension_id, TermRow.slug == slug)
    return work.session.scalar(taken) is not None


def _free_slug(work: Work, dimension_id: int, wanted: str) -> str:
    taken = set(
        work.session.scalars(select(TermRow.slug).where(TermRow.dimension_id == dimension_id))
    )
    candidates = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(slug for slug in candidates if slug not in taken)


def _guide_columns(guide: Guide) -> dict[str, str]:
    return {
        "guide_ask": guide.ask,
        "guide_say": guide.say,
        "guide_do": guide.do,
        "guide_send": guide.send,
    }


def _words(work: Work, row: TermRow) -> dict[str, object]:
    names = work.session.execute(
        select(TermNameRow.name)
        .where(TermNameRow.term_id == row.id, TermNameRow.kind == "alias")
        .order_by(TermNameRow.position)
    ).scalars()
    gates = work.session.scalars(
        select(StageTollgateRow.tollgate_id).where(StageTollgateRow.stage_id == row.id)
    )
    return {
        "label": row.label,
        "definition": row.definition,
        "aliases": list(names),
        "phase": row.phase,
        "tollgates": sorted(gates),
        **_guide_columns(Guide(row.guide_ask, row.guide_say, row.guide_do, row.guide_send)),
    }
