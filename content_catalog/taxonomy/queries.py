"""Reading the taxonomy; cached by its revision, so that an unchanged one costs one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select

from content_catalog.database import Work
from content_catalog.taxonomy import rules
from content_catalog.taxonomy.models import (
    DimensionRow,
    StageTollgateRow,
    TaxonomyRevisionRow,
    TermNameRow,
    TermRow,
)
from content_catalog.taxonomy.types import STAGE, TOLLGATE, Dimension, Guide, Phase, Taxonomy, Term

_cache: WeakKeyDictionary[Engine, Taxonomy] = WeakKeyDictionary()
_OWN = "taxonomy"  # key of a session's own copy
_READ = "taxonomy read"  # key of what a reading found; it is one snapshot and cannot change


def read(look: Work) -> Taxonomy:
    """The whole taxonomy. Inside a unit of change it also sees that unit's own changes."""
    found: Taxonomy | None = look.session.info.get(_READ)
    if found is not None:
        return found
    revision = look.session.scalar(select(TaxonomyRevisionRow.revision)) or 0
    writing = look.session.connection().get_execution_options().get("writes", False)
    engine = look.session.get_bind()
    assert isinstance(engine, Engine)  # a session of ours is bound to an engine
    for known in (look.session.info.get(_OWN), _cache.get(engine)):
        if known is not None and known.revision == revision:
            break
    else:
        known = None
    taxonomy: Taxonomy = known or _load(look, revision)
    if not writing:
        look.session.info[_READ] = taxonomy
    if writing:  # what is not committed yet is nobody else's truth
        look.session.info[_OWN] = taxonomy
    else:
        _cache[engine] = taxonomy
    return taxonomy


def show(look: Work) -> dict[str, Any]:
    """The taxonomy file's shape (INTERFACES section 5), retired terms left out."""
    taxonomy = read(look)
    shown = {t.slug for d in taxonomy.dimensions if d.slug == TOLLGATE for t in d.live}
    return {"version": 1, "dimensions": [_dimension_dict(d, shown) for d in taxonomy.dimensions]}


def _dimension_dict(dimension: Dimension, tollgates: set[str]) -> dict[str, Any]:
    return {
        "slug": dimension.slug,
        "label": dimension.label,
        "plural": dimension.plural,
        "definition": dimension.definition,
        "multi": dimension.multi,
        "ordered": dimension.ordered,
        "terms": [_term_dict(term, tollgates) for term in dimension.live],
    }


def _term_dict(term: Term, tollgates: set[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "slug": term.slug,
        "label": term.label,
        "definition": term.definition,
        "aliases": list(term.aliases),
        "position": term.position,
    }
    if term.dimension == STAGE:
        result["tollgates"] = [slug for slug in term.tollgates if slug in tollgates]
    if term.phase is not None:
        result["phase"] = term.phase.value
    guide = {part: getattr(term.guide, part) for part in ("ask", "say", "do", "send")}
    return result | {part: words for part, words in guide.items() if words}


def _load(look: Work, revision: int) -> Taxonomy:
    session = look.session
    dimensions = list(session.scalars(select(DimensionRow)))
    slugs = {row.id: row.slug for row in dimensions}
    terms = list(session.scalars(select(TermRow)))
    by_id = {row.id: row for row in terms}
    aliases = _aliases(session.scalars(select(TermNameRow).where(TermNameRow.kind == "alias")))
    gates: dict[int, list[TermRow]] = defaultdict(list)
    stages: dict[int, list[TermRow]] = defaultdict(list)
    for link in session.scalars(select(StageTollgateRow)):
        gates[link.stage_id].append(by_id[link.tollgate_id])
        stages[link.tollgate_id].append(by_id[link.stage_id])
    made: dict[int, list[Term]] = defaultdict(list)
    for row in sorted(terms, key=lambda r: (r.retired_at is not None, r.position, r.id)):
        successor = by_id.get(row.successor_id) if row.successor_id else None
        made[row.dimension_id].append(
            _term(row, slugs[row.dimension_id], aliases, successor, gates, stages)
        )
    return rules.assemble((_dimension(row, made[row.id]) for row in dimensions), revision)


def _aliases(rows: Iterable[TermNameRow]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: (r.position, r.id)):
        found[row.term_id].append(row.name)
    return found


def _dimension(row: DimensionRow, terms: list[Term]) -> Dimension:
    return Dimension(
        id=row.id,
        slug=row.slug,
        label=row.label,
        plural=row.plural,
        definition=row.definition,
        multi=row.multi,
        ordered=row.ordered,
        built_in=row.built_in,
        position=row.position,
        version=row.version,
        terms=tuple(terms),
    )


def _term(
    row: TermRow,
    dimension: str,
    aliases: dict[int, list[str]],
    successor: TermRow | None,
    gates: dict[int, list[TermRow]],
    stages: dict[int, list[TermRow]],
) -> Term:
    def slugs(rows: list[TermRow]) -> tuple[str, ...]:
        return tuple(r.slug for r in sorted(rows, key=lambda r: r.position))

    return Term(
        id=row.id,
        dimension=dimension,
        slug=row.slug,
        label=row.label,
        definition=row.definition,
        aliases=tuple(aliases.get(row.id, ())),
        position=row.position,
        version=row.version,
        retired_at=row.retired_at,
        successor=successor.slug if successor else None,
        guide=Guide(row.guide_ask, row.guide_say, row.guide_do, row.guide_send),
        phase=Phase(row.phase) if row.phase else None,
        tollgates=slugs(gates[row.id]) if dimension == STAGE else (),
        stages=slugs(stages[row.id]) if dimension == TOLLGATE else (),
    )
