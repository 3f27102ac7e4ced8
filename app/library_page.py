"""What the library's pages print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app import finding
from app.facets import dimension_label
from app.security import safe_next
from app.words import ago
from content_catalog import assets, taxonomy
from content_catalog.assets import AssetCard, AssetFilter, AssetPage, Audience, Reading, Status
from content_catalog.database import Work
from content_catalog.errors import Conflict
from content_catalog.taxonomy import Taxonomy

FRESHNESS = (("overdue", "Review overdue"), ("due", "Review due"), ("expired", "Expired"))
SORTS = (
    ("updated", "Last changed"),
    ("title", "Title"),
    ("review", "Review date"),
    ("uses", "Use"),
)
READINGS = (
    (Reading.FAILED.value, "Not readable"),
    (Reading.PARTLY.value, "Partly read"),
    (Reading.PENDING.value, "Being read"),
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the selects offer: (value, label)."""

    dimensions: tuple[taxonomy.Dimension, ...]
    owners: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    card: AssetCard
    trust: str
    updated: str


@dataclass(frozen=True, slots=True)
class Table:
    """The library table with its filters as they were understood."""

    filter: AssetFilter
    rows: tuple[Row, ...]
    total: int
    page: int
    pages: int
    previous_url: str | None
    next_url: str | None
    here: str
    choices: Choices
    stats: assets.LibraryStats
    freshness: tuple[tuple[str, str], ...] = FRESHNESS
    sorts: tuple[tuple[str, str], ...] = SORTS
    readings: tuple[tuple[str, str], ...] = READINGS


def table(look: Work, args: MultiDict[str, str]) -> Table:
    """Unknown values in the address are left out."""
    wanted = _filter(args, taxonomy.read(look))
    found = assets.listing(look, wanted)
    pages = max(1, -(-found.total // found.per_page))
    pairs = [(k, v) for k, v in args.items(multi=True) if k != "page" and v]

    def url(page: int) -> str:
        return f"/library?{urlencode([*pairs, ('page', str(page))])}"

    return Table(
        filter=wanted,
        rows=tuple(_row(look, card) for card in found.cards),
        total=found.total,
        page=found.page,
        pages=pages,
        previous_url=url(found.page - 1) if found.page > 1 else None,
        next_url=url(found.page + 1) if found.page < pages else None,
        here=url(found.page),
        choices=choices(look),
        stats=assets.stats(look),
    )


def choices(look: Work) -> Choices:
    owners = tuple((email, name) for email, name, _ in assets.owners(look))
    return Choices(taxonomy.read(look).dimensions, owners)


def _filter(args: Mapping[str, str], terms: Taxonomy) -> AssetFilter:
    def one(key: str, allowed: Sequence[str]) -> str | None:
        value = args.get(key, "")
        return value if value in allowed else None

    status = one("status", list(Status))
    audience = one("audience", list(Audience))
    reading = one("reading", list(Reading))
    page = args.get("page", "1")
    return AssetFilter(
        text=args.get("q", "")[:200].strip(),
        status=Status(status) if status else None,
        audience=Audience(audience) if audience else None,
        owner=args.get("owner") or None,
        freshness=one("freshness", [value for value, _ in FRESHNESS]),
        reading=Reading(reading) if reading else None,
        unmapped=one("unmapped", list(terms.by_slug)),
        terms={
            slug: (args[slug],)
            for slug in terms.by_slug
            if args.get(slug) and terms.term(slug, args[slug])
        },
        sort=one("sort", [value for value, _ in SORTS]) or "updated",
        page=min(max(int(page), 1), 10_000) if page.isdigit() and len(page) < 7 else 1,
    )


def _row(look: Work, card: AssetCard) -> Row:
    updated = ago(card.updated_at.astimezone(look.zone).date(), look.today)
    return Row(card, finding.trust_words(card, look), updated)


@dataclass(frozen=True, slots=True)
class EditPage:
    """``others`` have the form open as well."""

    asset: AssetPage
    others: tuple[str, ...]


def edit(look: Work, shown: AssetPage) -> EditPage:
    return EditPage(shown, assets.editors(look, shown.card.id))


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
    asset: AssetPage
    message: str
    version: int
    by: str
    when: str
    clashes: tuple[Clash, ...]


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


def conflict(shown: AssetPage, found: Conflict, terms: Taxonomy) -> ConflictPage:
    """Both texts side by side; nothing typed is lost."""
    return ConflictPage(
        asset=shown,
        message=str(found),
        version=found.version,
        by=found.by or "Somebody",
        when=f"{found.at:%H:%M}" if found.at else "",
        clashes=tuple(
            Clash(
                field,
                label_of(field, terms),
                _words(found.base.get(field)),
                _words(found.theirs[field]),
                _words(found.mine.get(field)),
            )
            for field in found.theirs
        ),
    )


def label_of(field: str, terms: Taxonomy) -> str:
    """Fields of terms are named ``term:stage`` or by the dimension itself."""
    key = field.rpartition(":")[2]
    return LABELS.get(field) or dimension_label(terms, key)


def _words(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(item) for item in value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Change:
    """One revision: what changed in it, as (label, before, after)."""

    rev: int
    when: Any
    by: str
    fields: tuple[tuple[str, str, str], ...]
    current: bool


@dataclass(frozen=True, slots=True)
class HistoryPage:
    asset: AssetPage
    changes: tuple[Change, ...]


def history(look: Work, shown: AssetPage) -> HistoryPage:
    terms = taxonomy.read(look)
    revisions = assets.history(look, shown.card.id)  # newest first
    changes = []
    for at, revision in enumerate(revisions):
        older = revisions[at + 1].fields if at + 1 < len(revisions) else {}
        fields = tuple(
            (label_of(name, terms), _words(before), _words(after))
            for name, before, after in _changed(older, revision.fields)
        )
        changes.append(
            Change(revision.rev, revision.at, revision.by_name, fields, revision.rev == shown.rev)
        )
    return HistoryPage(shown, tuple(changes))


def _changed(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Terms are one mapping among the fields; each of its dimensions counts as a field."""
    flat_old, flat_new = _flat(older), _flat(newer)
    return [
        (name, flat_old.get(name), value)
        for name, value in flat_new.items()
        if value != flat_old.get(name) and (value or flat_old.get(name))
    ]


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in fields.items() if name != "terms"}
    terms = fields.get("terms") or {}
    return plain | {f"term:{name}": value for name, value in terms.items()}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    row: Row
    versions: str  # id:version, what the form sends back


@dataclass(frozen=True, slots=True)
class ReviewPage:
    rows: tuple[ReviewRow, ...]
    mine: bool


def review(look: Work, *, mine: bool) -> ReviewPage:
    cards = assets.review_queue(look, 100)
    if mine:
        cards = [card for card in cards if card.owner_email == look.actor.email]
    return ReviewPage(
        tuple(ReviewRow(_row(look, card), f"{card.id}:{card.version}") for card in cards), mine
    )


def safe_back(url: str, default: str) -> str:
    """Only an address of ours may be gone back to."""
    return safe_next(url) if url else default
