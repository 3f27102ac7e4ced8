"""Reading a taxonomy file: terms are added or changed by slug, none is removed; twice is once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.taxonomy import commands, queries, rules
from content_catalog.taxonomy.dimensions import add_dimension
from content_catalog.taxonomy.models import DimensionRow, TermRow
from content_catalog.taxonomy.rows import changed, dimension_row, term_row
from content_catalog.taxonomy.types import (
    BUILT_IN,
    STAGE,
    Guide,
    LoadReport,
    NewDimension,
    NewTerm,
    Phase,
    Taxonomy,
    Term,
    TermEdit,
)
from content_catalog.taxonomy.used import dimension_in_use

DEFAULT = Path(__file__).parent / "default_taxonomy.json"
PLURALS = {
    "persona": "personas",
    "stage": "stages",
    "tollgate": "tollgates",
    "type": "content_type",
    "industry": "industries",
    "product": "products",
    "competitor": "competitors",
    "region": "regions",
    "language": "languages",
}


def load_default(work: Work) -> LoadReport:
    """The set a company starts with that has none of its own."""
    return load(work, json.loads(DEFAULT.read_text(encoding="utf-8")))


def load(work: Work, data: Mapping[str, Any], *, demo: bool = False) -> LoadReport:
    """Load a file of the shape of INTERFACES section 5.

    Raises ``Invalid`` for a file of another shape, naming the place; a single term that cannot be
    taken (its name belongs to another) is listed in the report's problems and left out.
    """
    work.actor.require(Permission.EDIT_TAXONOMY)
    counts: Counter[str] = Counter()
    problems: list[str] = []
    dimensions = _list(data, "dimensions", "the file")
    for raw in dimensions:
        slug = _text(raw, "slug", "dimensions")
        counts[_load_dimension(work, slug, raw)] += 1
    # Tollgates before stages: a stage names the tollgates it corresponds to.
    for raw in sorted(dimensions, key=lambda d: d["slug"] == STAGE):
        known = queries.read(work)
        for number, term in enumerate(_list(raw, "terms", raw["slug"]), 1):
            place = f"{raw['slug']}, term {number}"
            try:
                with work.session.begin_nested():
                    counts[_load_term(work, known, raw["slug"], term, place, number, demo)] += 1
            except Invalid as error:
                if not error.fields:
                    raise
                problems.append(f"{place}: {' '.join(error.fields.values())}")
    return LoadReport(
        dimensions_added=counts["dimension added"],
        dimensions_changed=counts["dimension changed"],
        terms_added=counts["added"],
        terms_changed=counts["changed"],
        unchanged=counts["unchanged"],
        problems=tuple(problems),
    )


def _load_dimension(work: Work, slug: str, raw: Mapping[str, Any]) -> str:
    row = work.session.scalar(select(DimensionRow).where(DimensionRow.slug == slug))
    wanted: dict[str, Any] = {
        "label": _text(raw, "label", slug),
        "plural": str(raw.get("plural") or PLURALS.get(slug) or f"{slug}s"),
        "definition": str(raw.get("definition") or ""),
        "multi": _flag(raw, "multi", slug, True),
        "ordered": _flag(raw, "ordered", slug, False),
    }
    if row is None:
        add_dimension(work, NewDimension(slug=slug, **wanted))
        if slug in BUILT_IN:
            dimension_row(work, slug).built_in = True
        return "dimension added"
    changes = {k: v for k, v in wanted.items() if k in raw and getattr(row, k) != v}
    if changes.get("multi") is False and dimension_in_use(work, row.id, several=True):
        raise Invalid(f"{slug}: some assets have several of these, so “multi” stays true.")
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        changed(work)
    return "dimension changed" if changes else "dimension unchanged"


def _load_term(
    work: Work,
    known: Taxonomy,
    dimension: str,
    raw: Mapping[str, Any],
    place: str,
    number: int,
    demo: bool,
) -> str:
    slug = _text(raw, "slug", place)
    present = known.term(dimension, slug)
    position = raw.get("position", number)
    if not isinstance(position, int):
        raise Invalid(f"{place}: position is {position!r}, expected a whole number.")
    if present is None:
        term_id = commands.add_term(work, _new_term(dimension, raw, place), demo=demo)
        term_row(work, term_id).position = position
        changed(work)
        return "added"
    edit = _edit(present, raw, place)
    moved = present.position != position and "position" in raw
    if _same(present, edit) and not moved:
        return "unchanged"
    if not _same(present, edit):
        commands.edit_term(work, present.id, edit)
    if moved:
        _row(work, present.id).position = position
        changed(work)
    return "changed"


def _row(work: Work, term_id: int) -> TermRow:
    return term_row(work, term_id)


def _new_term(dimension: str, raw: Mapping[str, Any], place: str) -> NewTerm:
    return NewTerm(
        dimension=dimension,
        slug=_text(raw, "slug", place),
        label=_text(raw, "label", place),
        definition=str(raw.get("definition") or ""),
        aliases=_texts(raw, "aliases", place),
        guide=_guide(raw, Guide()),
        phase=_phase(raw, place),
        tollgates=_texts(raw, "tollgates", place),
    )


def _edit(present: Term, raw: Mapping[str, Any], place: str) -> TermEdit:
    """Keys that a file leaves out stay as they are; aliases already there are kept."""
    aliases = _texts(raw, "aliases", place)
    kept = [alias for alias in present.aliases if alias not in aliases]
    return TermEdit(
        version=present.version,
        label=_text(raw, "label", place),
        definition=str(raw.get("definition", present.definition) or ""),
        aliases=(*aliases, *kept),
        guide=_guide(raw, present.guide),
        phase=_phase(raw, place) if "phase" in raw else present.phase,
        tollgates=_texts(raw, "tollgates", place) if "tollgates" in raw else present.tollgates,
    )


def _same(present: Term, edit: TermEdit) -> bool:
    names = {rules.key(name) for name in (present.slug, present.label, *present.aliases)}
    return (
        present.label == edit.label
        and present.definition == edit.definition
        and names.issuperset(rules.key(alias) for alias in edit.aliases)
        and present.guide == edit.guide
        and present.phase == edit.phase
        and set(present.tollgates) == set(edit.tollgates)
    )


def _guide(raw: Mapping[str, Any], present: Guide) -> Guide:
    given = raw.get("guide")
    source = given if isinstance(given, Mapping) else raw

    def part(name: str) -> str:
        words = source.get(name, getattr(present, name))
        return "\n".join(f"- {w}" for w in words) if isinstance(words, list) else str(words or "")

    return Guide(part("ask"), part("say"), part("do"), part("send"))


def _phase(raw: Mapping[str, Any], place: str) -> Phase | None:
    value = raw.get("phase")
    if value is None:
        return None
    if value not in set(Phase):
        raise Invalid(f"{place}: phase is {value!r}, expected purchase or post_purchase.")
    return Phase(value)


def _flag(raw: Mapping[str, Any], name: str, place: str, default: bool) -> bool:
    value = raw.get(name, default)
    if not isinstance(value, bool):
        raise Invalid(f"{place}: “{name}” is {value!r}, expected true or false.")
    return value


def _list(raw: Any, name: str, place: str) -> list[Mapping[str, Any]]:
    value = raw.get(name, []) if isinstance(raw, Mapping) else None
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Invalid(f"{place}: “{name}” is not a list of objects.")
    return value


def _text(raw: Mapping[str, Any], name: str, place: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{place}: “{name}” is missing or not a text.")
    return value.strip()


def _texts(raw: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    value = raw.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Invalid(f"{place}: “{name}” is not a list of texts.")
    return tuple(dict.fromkeys(item.strip() for item in value if item.strip()))
