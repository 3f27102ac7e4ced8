"""Changing terms. A change of words or mapping marks the assets it concerns for the index."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from content_catalog import audit, search_state
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.taxonomy import queries, rules
from content_catalog.taxonomy.models import (
    StageTollgateRow,
    TermNameRow,
    TermRow,
)
from content_catalog.taxonomy.names import set_names, set_tollgates
from content_catalog.taxonomy.rows import (
    changed,
    dimension_of,
    dimension_row,
    same_version,
    term_row,
)
from content_catalog.taxonomy.types import (
    STAGE,
    Guide,
    NewTerm,
    TermEdit,
)
from content_catalog.taxonomy.used import assets_with_terms, terms_planned_for


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
    same_version(row.version, edit.version)
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
    """Take away the demo's terms that no asset, need or plan item uses and that nothing succeeds
    to."""
    work.actor.require(Permission.EDIT_TAXONOMY)
    rows = list(work.session.scalars(select(TermRow).where(TermRow.demo)))
    removed, planned_for = 0, terms_planned_for(work)
    for row in rows:
        used = work.session.scalar(assets_with_terms([row.id]).limit(1))
        heirs = work.session.scalar(select(TermRow.id).where(TermRow.successor_id == row.id))
        if used is None and heirs is None and row.id not in planned_for:
            work.session.delete(row)
            removed += 1
    changed(work)
    return removed


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
