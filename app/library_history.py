"""What was changed when, and what to do when two changed the same: fields in people's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.facets import dimension_label
from app.words import ago, plural
from content_catalog import assets, taxonomy
from content_catalog.assets import AssetEdit, AssetPage
from content_catalog.database import Work
from content_catalog.errors import Conflict
from content_catalog.taxonomy import Taxonomy

LABELS = {
    "title": "Title",
    "summary": "Summary",
    "audience": "Can it be sent?",
    "status": "Status",
    "owner": "Owner",
    "use_when": "Use when",
    "do_not_use_when": "Do not use when",
    "talk_track": "Say this",
    "tags": "Tags",
    "published_on": "Published on",
    "review_by": "Review by",
    "expires_on": "Expires on",
    "external_id": "Id in another system",
}
CODES = {
    "customer_ready": "Customer-ready",
    "internal": "Internal only",
    "published": "Published",
    "draft": "Draft",
    "archived": "Archived",
}
TERM = "term:"
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One revision: what changed in it, as (label, before, after)."""

    rev: int
    when: datetime
    by: str
    fields: tuple[tuple[str, str, str], ...]
    current: bool
    first: bool


@dataclass(frozen=True, slots=True)
class HistoryPage:
    asset: AssetPage
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A field both changed: what it was, what they made of it, what you typed."""

    field: str
    label: str
    base: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """``kept`` is everything that was typed, as pairs to send again; ``version`` the present one."""

    asset: AssetPage
    message: str
    version: int
    by: str
    when: str
    clashes: tuple[Clash, ...]
    kept: tuple[tuple[str, str], ...]


def history(look: Work, shown: AssetPage) -> HistoryPage:
    """Every revision with what it changed, newest first."""
    terms = taxonomy.read(look)
    revisions = assets.history(look, shown.card.id)
    changes = []
    for at, revision in enumerate(revisions):
        older = revisions[at + 1].fields if at + 1 < len(revisions) else {}
        changes.append(
            Change(
                revision.rev,
                revision.at,
                revision.by_name,
                tuple(_told(older, revision.fields, terms)),
                current=revision.rev == shown.rev,
                first=at + 1 == len(revisions),
            )
        )
    return HistoryPage(shown, tuple(changes))


def conflict(
    look: Work, shown: AssetPage, found: Conflict, kept: Sequence[tuple[str, str]]
) -> ConflictPage:
    """Both values side by side; nothing typed is lost."""
    terms = taxonomy.read(look)
    return ConflictPage(
        asset=shown,
        message=str(found),
        version=found.version,
        by=found.by or "Somebody",
        when=_since(look, found.at),
        clashes=tuple(
            Clash(
                name,
                label_of(name, terms),
                words_of(name, found.base.get(name), terms),
                words_of(name, theirs, terms),
                words_of(name, found.mine.get(name), terms),
            )
            for name, theirs in found.theirs.items()
        ),
        kept=tuple(kept),
    )


def _since(look: Work, at: datetime | None) -> str:
    """ "2 minutes ago"; "in between" when it is not known."""
    if at is None:
        return "in between"
    minutes = int((look.now - at).total_seconds() // 60)
    if minutes < 60:
        return f"{plural(minutes, 'minute')} ago" if minutes > 0 else "just now"
    return ago(at.astimezone(look.zone).date(), look.today)


def base_of(look: Work, asset_id: int, version: int) -> Fields | None:
    """The fields as the editor was shown them; ``None`` when that was too long ago."""
    revisions = assets.history(look, asset_id)
    return next((r.fields for r in revisions if r.rev == version), None)


def mine_only(typed: Fields, base: Fields) -> set[str]:
    """The fields whose value the editor changed from what they were shown."""
    return {name for name, value in typed.items() if value != base.get(name)}


def narrowed(edit: AssetEdit, keep: set[str], version: int) -> AssetEdit:
    """The edit cut down to some fields, on top of ``version``: the rest stays as others left it."""
    gone = {name: None for name in LABELS if name not in keep}
    terms = {d: slugs for d, slugs in (edit.terms or {}).items() if TERM + d in keep}
    return replace(edit, version=version, terms=terms, set_fields=edit.set_fields & keep, **gone)


def label_of(field: str, terms: Taxonomy) -> str:
    """A field's name for people; fields of terms are named ``term:stage``."""
    return LABELS.get(field) or dimension_label(terms, field.removeprefix(TERM))


def words_of(field: str, value: Any, terms: Taxonomy) -> str:
    """A field's value for people: terms by their labels, codes by their words."""
    if isinstance(value, (list, tuple)):
        return ", ".join(_term_label(field, str(item), terms) for item in value)
    if field in ("audience", "status"):
        return CODES.get(str(value), str(value or ""))
    return str(value or "")


def _term_label(field: str, slug: str, terms: Taxonomy) -> str:
    found = terms.term(field.removeprefix(TERM), slug) if field.startswith(TERM) else None
    return found.label if found else slug


def _told(older: Fields, newer: Fields, terms: Taxonomy) -> list[tuple[str, str, str]]:
    return [
        (
            label_of(name, terms),
            words_of(name, older.get(name), terms),
            words_of(name, value, terms),
        )
        for name, value in newer.items()
        if value != older.get(name) and (value or older.get(name))
    ]
