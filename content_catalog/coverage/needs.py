"""What is needed where, and the numbers that hold for the whole site."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from content_catalog import audit, taxonomy
from content_catalog.actor import Permission
from content_catalog.coverage import checks
from content_catalog.coverage.models import CoverageSettingsRow, NeedRow
from content_catalog.coverage.types import (
    STATEMENT_LIMIT,
    TARGET_LIMIT,
    WHY_LIMIT,
    CoverageSettings,
    NeedRecord,
    Weights,
)
from content_catalog.database import Work
from content_catalog.errors import Conflict, Invalid
from content_catalog.taxonomy import Taxonomy

__all__ = [
    "change_settings",
    "clear_need",
    "need_record",
    "need_records",
    "set_need",
    "settings",
]

HEAVIEST = 1000.0
WEIGHTS = ("missing", "unanswered", "unopened", "use")
DECIDED = (
    "needed",
    "target",
    "types",
    "customer_ready",
    "buyer_believes",
    "rep_proves",
    "why",
)


def set_need(work: Work, record: NeedRecord, *, demo: bool = False) -> None:
    """Write down what a cell, or a term wherever it stands, needs. The whole record as it shall be;
    one that decides nothing clears what was there.

    ``version`` is the one that was shown, 0 for none; ``by_name`` and ``at`` are the actor's and
    now's, but who marked a cell as not needed stays named until that is decided anew. Raises
    ``Conflict`` with theirs and mine when somebody saved in between, ``Invalid`` naming the fields,
    ``NotFound`` for a term that is not there.
    """
    work.actor.require(Permission.EDIT_COVERAGE)
    known = taxonomy.read(work)
    first_id, second_id = _pair(record.first_id, record.second_id)
    row = _row(work, first_id, second_id)
    before = _values(row)
    mine = _checked(known, record, first_id, second_id, before)
    _same_version(work, row, record.version, before, mine)
    if mine == before:
        return
    if row is None:
        row = NeedRow(key=_key(first_id, second_id), first_id=first_id, second_id=second_id)
        work.session.add(row)
    _assign(work, row, before, mine, demo=demo)
    _note(work, "coverage.set_need", known, row, before, mine)


def clear_need(work: Work, first_id: int, second_id: int | None, version: int) -> None:
    """Back to the defaults; nothing happens where nothing is written down. Raises ``Conflict``."""
    work.actor.require(Permission.EDIT_COVERAGE)
    known = taxonomy.read(work)
    row = _row(work, *_pair(first_id, second_id))
    if row is None or row.cleared:
        return
    before, nothing = _values(row), _values(None)
    _same_version(work, row, version, before, nothing)
    _assign(work, row, before, nothing, demo=False)
    _note(work, "coverage.clear_need", known, row, before, nothing)


def need_records(look: Work) -> tuple[NeedRecord, ...]:
    """Everything that is written down, in one statement."""
    look.actor.require(Permission.SEE_COVERAGE)
    rows = look.session.scalars(select(NeedRow).where(~NeedRow.cleared).order_by(NeedRow.id))
    return tuple(_record(row) for row in rows)


def need_record(look: Work, first_id: int, second_id: int | None = None) -> NeedRecord:
    """What is written down for one cell or one term; the terms in either order.

    Where nothing is, a record that decides nothing; its version is the one to save with.
    """
    look.actor.require(Permission.SEE_COVERAGE)
    first_id, second_id = _pair(first_id, second_id)
    row = _row(look, first_id, second_id)
    return _record(row) if row is not None else NeedRecord(first_id, second_id)


def settings(look: Work) -> CoverageSettings:
    """The site's target and weights; version 0 where nobody has changed them yet."""
    look.actor.require(Permission.SEE_COVERAGE)
    row = look.session.get(CoverageSettingsRow, 1)
    return CoverageSettings() if row is None else _settings(row)


def change_settings(work: Work, new: CoverageSettings) -> None:
    """Raises ``Conflict`` when somebody saved in between, ``Invalid`` naming the fields."""
    work.actor.require(Permission.EDIT_COVERAGE)
    row = work.session.get(CoverageSettingsRow, 1)
    present = CoverageSettings() if row is None else _settings(row)
    before, mine = _numbers(present), _numbers(new)
    checks.refuse(
        {"target": _target_problem(new.target)} | {k: _weight_problem(mine[k]) for k in WEIGHTS}
    )
    if present.version != new.version:
        raise Conflict(
            "Somebody changed these numbers in between. Look at them again.",
            version=present.version,
            **_clashes(before, mine),
        )
    gone, changed = audit.changed(before, mine)
    if not changed:
        return
    if row is None:
        work.session.add(CoverageSettingsRow(id=1, **mine))
    else:
        for name, value in changed.items():
            setattr(row, name, value)
    work.session.flush()
    audit.note(
        work,
        "coverage.change_settings",
        "coverage",
        None,
        label="Target and weights",
        before=gone,
        after=changed,
    )


def _pair(first_id: int, second_id: int | None) -> tuple[int, int | None]:
    if second_id is None:
        return first_id, None
    return min(first_id, second_id), max(first_id, second_id)


def _key(first_id: int, second_id: int | None) -> str:
    return f"{first_id}:{'' if second_id is None else second_id}"


def _row(look: Work, first_id: int, second_id: int | None) -> NeedRow | None:
    key = _key(first_id, second_id)
    return look.session.scalar(select(NeedRow).where(NeedRow.key == key))


def _values(row: NeedRow | None) -> dict[str, Any]:
    if row is None:
        return dict.fromkeys(DECIDED[:4]) | dict.fromkeys(DECIDED[4:], "")
    return {name: getattr(row, name) for name in DECIDED}


def _checked(
    known: Taxonomy,
    record: NeedRecord,
    first_id: int,
    second_id: int | None,
    before: dict[str, Any],
) -> dict[str, Any]:
    _check_terms(known, first_id, second_id)
    believes, believes_problem = checks.tidy(record.buyer_believes, STATEMENT_LIMIT)
    proves, proves_problem = checks.tidy(record.rep_proves, STATEMENT_LIMIT)
    why, why_problem = checks.tidy(record.why if record.needed is False else "", WHY_LIMIT)
    if record.needed is False and not why:
        why_problem = "Say why nothing is needed here, so that the next one need not ask."
    kept = before["types"] or ()
    checks.refuse(
        {
            "buyer_believes": believes_problem,
            "rep_proves": proves_problem,
            "why": why_problem,
            "target": None if record.target is None else _target_problem(record.target),
            "types": checks.types_problem(known, record.types or (), kept),
        }
    )
    return {
        "needed": record.needed,
        "target": record.target,
        "types": None if record.types is None else sorted(record.types),
        "customer_ready": record.customer_ready,
        "buyer_believes": believes,
        "rep_proves": proves,
        "why": why,
    }


def _check_terms(known: Taxonomy, first_id: int, second_id: int | None) -> None:
    terms = [checks.term(known, i) for i in (first_id, second_id) if i is not None]
    for term in terms:
        if term.retired:
            raise Invalid(f"“{term.label}” is not used any more, so nothing is needed for it.")
    if len(terms) == 2 and terms[0].dimension == terms[1].dimension:
        raise Invalid("A cell needs terms of two different dimensions.")


def _same_version(
    work: Work, row: NeedRow | None, shown: int, theirs: dict[str, Any], mine: dict[str, Any]
) -> None:
    present = 0 if row is None else row.version
    if present == shown:
        return
    # The row itself names who marked it as not needed, which may be somebody else.
    last = next(iter(audit.history(work, "need", row.id, limit=1)), None) if row else None
    raise Conflict(
        f"{(last and last.actor_name) or 'Somebody'} saved this in between.",
        version=present,
        **_clashes(theirs, mine),
        by=last.actor_name if last else None,
        at=last.at if last else None,
    )


def _clashes(theirs: dict[str, Any], mine: dict[str, Any]) -> dict[str, Any]:
    before, after = audit.changed(theirs, mine)
    return {"theirs": before, "mine": after}


def _assign(
    work: Work, row: NeedRow, before: dict[str, Any], mine: dict[str, Any], *, demo: bool
) -> None:
    for name, value in mine.items():
        setattr(row, name, value)
    still = mine["needed"] is False and (before["needed"], before["why"]) == (False, mine["why"])
    if not still:
        row.by_name, row.at = work.actor.name[:200], work.now
    row.cleared, row.demo = mine == _values(None), demo
    work.session.flush()


def _note(
    work: Work,
    action: str,
    known: Taxonomy,
    row: NeedRow,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    gone, new = audit.changed(_told(known, before), _told(known, after))
    label = checks.label(known, _in_order(known, (row.first_id, row.second_id)))
    audit.note(work, action, "need", row.id, label=label, before=gone, after=new)


def _told(known: Taxonomy, values: dict[str, Any]) -> dict[str, Any]:
    types = values["types"]
    return values | {"types": None if types is None else checks.slugs(known, types)}


def _in_order(known: Taxonomy, term_ids: Iterable[int | None]) -> list[int]:
    """As people name a cell: the dimensions in the site's order, not by id."""
    wanted = {term_id for term_id in term_ids if term_id is not None}
    return [term_id for term_id in known.terms if term_id in wanted]


def _record(row: NeedRow) -> NeedRecord:
    return NeedRecord(
        first_id=row.first_id,
        second_id=row.second_id,
        needed=row.needed,
        target=row.target,
        types=None if row.types is None else frozenset(row.types),
        customer_ready=row.customer_ready,
        buyer_believes=row.buyer_believes,
        rep_proves=row.rep_proves,
        why=row.why,
        by_name=row.by_name,
        at=row.at,
        version=row.version,
    )


def _settings(row: CoverageSettingsRow) -> CoverageSettings:
    weights = Weights(row.missing, row.unanswered, row.unopened, row.use)
    return CoverageSettings(row.target, weights, row.version)


def _numbers(chosen: CoverageSettings) -> dict[str, Any]:
    return {"target": chosen.target} | {k: getattr(chosen.weights, k) for k in WEIGHTS}


def _target_problem(target: int) -> str | None:
    if 0 <= target <= TARGET_LIMIT:
        return None
    return f"Choose a number from 0 to {TARGET_LIMIT}."


def _weight_problem(weight: float) -> str | None:
    if math.isfinite(weight) and 0 <= weight <= HEAVIEST:
        return None
    return f"Choose a number from 0 to {HEAVIEST:,.0f}."
