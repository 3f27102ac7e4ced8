"""The names that lead to a term and the tollgates of a stage."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select

from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.taxonomy import rules
from content_catalog.taxonomy.models import (
    DimensionRow,
    StageTollgateRow,
    TermNameRow,
    TermRow,
)
from content_catalog.taxonomy.types import (
    TOLLGATE,
)


def set_names(work: Work, row: TermRow, aliases: Iterable[str]) -> None:
    """Store slug, label and aliases as the names that lead here.

    Raises ``Invalid`` when another term of the dimension has one of them.
    """
    work.session.execute(delete(TermNameRow).where(TermNameRow.term_id == row.id))
    work.session.flush()
    named: dict[str, TermNameRow] = {}
    # The slug last: a name equal to it but for case and hyphens is one that people read and search.
    candidates = [("label", row.label), *(("alias", a) for a in aliases), ("slug", row.slug)]
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
