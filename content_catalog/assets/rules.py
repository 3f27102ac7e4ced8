"""What is right about assets: who sees them, how fresh they are, how two edits become one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from content_catalog.actor import Actor, Permission
from content_catalog.assets.types import URL_LIMIT, Freshness, PageText, Status
from content_catalog.errors import Invalid

DUE_DAYS = 14
REVIEW_DAYS = 180
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*)$")
_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$")


def visible(status: Status, actor: Actor) -> bool:
    """Who may find sees what is published; the rest is for those who may see unpublished."""
    if status is Status.PUBLISHED:
        return actor.may(Permission.FIND)
    return actor.may(Permission.SEE_UNPUBLISHED)


def freshness(
    review_by: date | None, reviewed_on: date | None, expires_on: date | None, today: date
) -> Freshness:
    """An asset is good through the day it expires; a review is overdue from the day after."""
    state, days = "unset", None
    if expires_on is not None and expires_on < today:
        state, days = "expired", (today - expires_on).days
    elif review_by is not None and review_by < today:
        state, days = "overdue", (today - review_by).days
    elif review_by is not None and (review_by - today).days <= DUE_DAYS:
        state, days = "due", (review_by - today).days
    elif review_by is not None or reviewed_on is not None:
        state = "fresh"
        days = (today - reviewed_on).days if reviewed_on else None
    return Freshness(state, days, reviewed_on, review_by, expires_on)


def next_review(today: date) -> date:
    return today + timedelta(days=REVIEW_DAYS)


def fold(text: str) -> str:
    """For comparing titles: no case, no accents, one space."""
    small = unicodedata.normalize("NFKD", text).casefold()  # and again: some fall apart only then
    decomposed = unicodedata.normalize("NFKD", small)
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def slug(title: str) -> str:
    """The decoration of an address; never empty."""
    return _NOT_WORD.sub("-", fold(title)).strip("-")[:60].rstrip("-") or "asset"


def url_key(url: str) -> str:
    """The same link written differently: scheme, host and a last slash do not count."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # not an address, so the same as no other
        return url.strip()[:URL_LIMIT]
    host = (parts.hostname or "").removeprefix("www.")
    return urlunsplit(("", host, parts.path.rstrip("/"), parts.query, ""))[:URL_LIMIT]


def check_url(url: str) -> str:
    """A link that may be kept: http or https with a host, no user name. Raises ``Invalid``."""
    text = url.strip()
    expected = "Expected an address that starts with https:// or http://."
    if len(text) > URL_LIMIT:
        raise Invalid(fields={"link": f"{len(text):,} characters; at most {URL_LIMIT:,}."})
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        raise Invalid(fields={"link": expected}) from None
    plain = all(c.isprintable() and not c.isspace() for c in text)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or not port_fits:
        raise Invalid(fields={"link": expected})
    if parts.username or parts.password:
        raise Invalid(fields={"link": "Leave user name and password out of the link."})
    return text


def check_email(text: str) -> str:
    """An address in lower case. Raises ``Invalid`` on ``owner``."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.match(email):
        raise Invalid(fields={"owner": f"“{text[:80]}” is not an e-mail address."})
    return email


@dataclass(frozen=True, slots=True)
class Merged:
    """``values`` is what to store; ``clashes`` are fields both changed to different values;
    ``kept`` are fields only the other one changed."""

    values: Mapping[str, Any]
    clashes: tuple[str, ...]
    kept: tuple[str, ...]


def merge(base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Merged:
    """Three-way: a field that only one side changed takes that side's value.

    ``mine`` holds only the fields that were sent.
    """
    values = dict(theirs)
    clashes, kept = [], []
    for name, wanted in mine.items():
        start, there = base.get(name), theirs.get(name)
        if wanted == start:
            if there != start:
                kept.append(name)
        elif there in (start, wanted):
            values[name] = wanted
        else:
            clashes.append(name)
    return Merged(values, tuple(clashes), tuple(kept))


def markdown_pages(text: str) -> tuple[PageText, ...]:
    """Markdown by headings, so that a hit can be shown where it stands."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading:
            parts.append((heading.group(2).strip().rstrip("#").strip(), []))
        else:
            parts[-1][1].append(line)
    pages: list[PageText] = []
    for label, lines in parts:
        body = "\n".join(lines).strip()
        if label or body:
            words = f"{label}\n{body}".strip()
            number = len(pages) + 1
            kind = "heading" if label else "text"
            pages.append(PageText(number, kind, label[:200] or "Text", words))
    return tuple(pages)
