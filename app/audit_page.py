"""What the audit page prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.numbers import whole_or
from content_catalog import audit
from content_catalog.audit import AuditEntry
from content_catalog.database import Work

SHOWN = 50
LONGEST_VALUE = 200
# Topics and the verbs people look for most; any other beginning of an action works as well.
ACTIONS = (
    "asset.",
    "asset.edit",
    "asset.erase",
    "imports.",
    "people.",
    "people.sign_in",
    "taxonomy.",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """``changes`` are (field, before, after) in words."""

    at: datetime
    actor_name: str
    action: str
    subject: str
    subject_id: int | None
    label: str
    address: str | None
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class AuditPage:
    entries: tuple[Entry, ...]
    action: str
    actor: str
    older_url: str | None
    actions: tuple[str, ...] = ACTIONS


def build(look: Work, args: Mapping[str, str]) -> AuditPage:
    """From ``action`` (its beginning), ``actor`` (part of a name) and ``before`` (an entry's id)."""
    action, actor = args.get("action", "").strip()[:60], args.get("actor", "").strip()[:200]
    before = args.get("before", "")
    found = audit.entries(
        look,
        action=action or None,
        actor=actor or None,
        before_id=whole_or(before, 0) or None,
        limit=SHOWN + 1,
    )
    pairs = (
        [("action", action), ("actor", actor), ("before", str(found[SHOWN - 1].id))]
        if (len(found) > SHOWN)
        else []
    )
    query = urlencode([(name, value) for name, value in pairs if value])
    return AuditPage(
        entries=tuple(shown(entry) for entry in found[:SHOWN]),
        action=action,
        actor=actor,
        older_url=f"/admin/audit?{query}" if query else None,
    )


def shown(entry: AuditEntry) -> Entry:
    """An entry with its changes in words."""
    names = [*entry.after, *(name for name in entry.before if name not in entry.after)]
    return Entry(
        at=entry.at,
        actor_name=entry.actor_name,
        action=entry.action,
        subject=entry.subject,
        subject_id=entry.subject_id,
        label=entry.label,
        address=entry.address,
        changes=tuple(
            (name.replace("_", " "), _words(entry.before.get(name)), _words(entry.after.get(name)))
            for name in names
        ),
    )


def _words(value: Any) -> str:
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
