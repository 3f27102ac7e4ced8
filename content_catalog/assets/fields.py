"""An asset's editable fields as plain values: what edits compare, merge and keep in the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from content_catalog import taxonomy
from content_catalog.assets import rules
from content_catalog.assets.models import AssetRevisionRow, AssetRow, AssetTermRow
from content_catalog.assets.types import SUMMARY_LIMIT, TITLE_LIMIT, Audience, Status
from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.taxonomy import Taxonomy

DATES = ("published_on", "review_by", "expires_on")
TEXTS = ("summary", "use_when", "do_not_use_when", "talk_track")
LIMITS = {"summary": SUMMARY_LIMIT, "use_when": 2000, "do_not_use_when": 2000, "talk_track": 4000}
READER = "Reading the file"  # who made a revision when a file's text told its language
Fields = dict[str, Any]


def of_row(work: Work, row: AssetRow) -> Fields:
    """JSON-ready values; terms as ``term:stage`` -> sorted slugs."""
    values: Fields = {
        "title": row.title,
        "audience": row.audience,
        "status": row.status,
        "owner": row.owner_email,
        "tags": list(row.tags),
        "external_id": row.external_id,
    }
    values |= {name: getattr(row, name) for name in TEXTS}
    values |= {name: iso(getattr(row, name)) for name in DATES}
    terms = taxonomy.read(work)
    values |= {f"term:{d.slug}": [] for d in terms.dimensions}
    ids = work.session.scalars(
        select(AssetTermRow.term_id).where(AssetTermRow.asset_id == row.id)
    ).all()
    for term in (terms.terms[i] for i in ids if i in terms.terms):
        values[f"term:{term.dimension}"].append(term.slug)
    for name, value in values.items():
        if name.startswith("term:"):
            value.sort()
    return values


def check(work: Work, values: Mapping[str, Any], *, before: Mapping[str, Any]) -> None:
    """Raises ``Invalid`` naming every field that is wrong, and what is expected."""
    faults: dict[str, str] = {}
    title = values.get("title", "")
    if not title.strip():
        faults["title"] = "Give it a title."
    elif len(title) > TITLE_LIMIT:
        faults["title"] = f"{len(title)} characters; at most {TITLE_LIMIT}."
    for name, limit in LIMITS.items():
        if len(values.get(name) or "") > limit:
            faults[name] = f"{len(values[name]):,} characters; at most {limit:,}."
    if len(values.get("external_id") or "") > 300:
        faults["external_id"] = "At most 300 characters."
    if values["audience"] not in set(Audience):
        faults["audience"] = "Expected customer_ready or internal."
    if values["status"] not in set(Status):
        faults["status"] = "Expected published, draft or archived."
    terms = taxonomy.read(work)
    for name, slugs in values.items():
        if name.startswith("term:"):
            dimension = name.removeprefix("term:")
            fault = _term_fault(terms, dimension, slugs, before.get(name, []))
            if fault:
                faults[dimension] = fault
    if faults:
        raise Invalid(fields=faults)


def _term_fault(
    terms: Taxonomy, dimension: str, slugs: Iterable[str], kept: Iterable[str]
) -> str | None:
    known = terms.dimension(dimension)
    if known is None:
        return f"There is no dimension “{dimension}”."
    chosen = list(slugs)
    if not known.multi and len(chosen) > 1:
        return f"At most one {known.label.lower()}."
    for slug in chosen:
        term = terms.term(dimension, slug)
        if term is None:
            near = taxonomy.nearest(terms, dimension, slug)
            hint = f" The closest is “{near.slug}”." if near else ""
            return f"There is no {known.label.lower()} “{slug}”.{hint}"
        if term.retired and slug not in kept:
            return f"“{term.label}” is retired."
    return None


def assign(row: AssetRow, values: Mapping[str, Any]) -> None:
    """Set checked values on the row."""
    row.title = " ".join(values["title"].split())
    row.title_key = rules.fold(row.title)[:300]
    row.audience, row.status = values["audience"], values["status"]
    row.owner_email = values["owner"]
    row.tags = list(values["tags"])
    row.external_id = values["external_id"] or None
    for name in TEXTS:
        setattr(row, name, values[name] or "")
    for name in DATES:
        setattr(row, name, day(values[name]))


def store_terms(work: Work, asset_id: int, values: Mapping[str, Any]) -> None:
    """Make the mapping what the values say."""
    terms = taxonomy.read(work)
    wanted = {
        term.id
        for name, slugs in values.items()
        if name.startswith("term:")
        for slug in slugs
        if (term := terms.term(name.removeprefix("term:"), slug))
    }
    present = set(
        work.session.scalars(select(AssetTermRow.term_id).where(AssetTermRow.asset_id == asset_id))
    )
    if present - wanted:
        work.session.execute(
            delete(AssetTermRow).where(
                AssetTermRow.asset_id == asset_id, AssetTermRow.term_id.in_(present - wanted)
            )
        )
    work.session.add_all(
        AssetTermRow(asset_id=asset_id, term_id=term_id) for term_id in sorted(wanted - present)
    )
    work.session.flush()


def remember(
    work: Work, row: AssetRow, values: Mapping[str, Any], *, by_name: str | None = None
) -> None:
    """Keep the fields as they are at this ``rev``; ``by_name`` when it was nobody's edit."""
    work.session.merge(
        AssetRevisionRow(
            asset_id=row.id,
            rev=row.rev,
            at=work.now,
            by_id=None if by_name else work.actor.id,
            by_name=by_name or work.actor.name,
            fields=dict(values),
        )
    )
    work.session.flush()


def changed_since(look: Work, asset_id: int, rev: int) -> bool:
    """Whether somebody changed the asset after ``rev``; reading its file is nobody's change."""
    later = select(AssetRevisionRow.rev).where(
        AssetRevisionRow.asset_id == asset_id,
        AssetRevisionRow.rev > rev,
        AssetRevisionRow.by_name != READER,
    )
    return look.session.scalar(later.limit(1)) is not None


def iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
