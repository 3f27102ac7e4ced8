"""One change to many assets: what is offered, what it would do, and how it is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from content_catalog import assets, taxonomy
from content_catalog.assets import AssetCard, Audience, BulkEdit, Status
from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.taxonomy import Taxonomy

STATUSES = {"published": "Published", "draft": "Draft", "archived": "Archived"}
AUDIENCES = {"customer_ready": "Customer-ready", "internal": "Internal only"}
MOST = 500
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """``kind`` is add, remove, status, audience, owner or review; ``dimension`` only for the first
    two. ``value`` is empty while it is still to be chosen."""

    kind: str
    dimension: str
    value: str

    @property
    def change(self) -> str:
        return f"{self.kind}:{self.dimension}" if self.dimension else self.kind


@dataclass(frozen=True, slots=True)
class BulkRow:
    card: AssetCard
    before: str
    after: str
    changes: bool


@dataclass(frozen=True, slots=True)
class BulkPage:
    """``options`` are what may be chosen; without any, the value is typed (``input_type``)."""

    wish: Wish
    title: str
    field: str
    rows: tuple[BulkRow, ...]
    options: Options
    input_type: str
    back: str
    multi: bool
    error: str = ""

    @property
    def count(self) -> int:
        """How many would change."""
        return sum(row.changes for row in self.rows)


def changes_offered(terms: Taxonomy) -> tuple[tuple[str, Options], ...]:
    """(group, (value, label)…) for the select above the table."""
    live = [d for d in terms.dimensions if d.live]
    return (
        ("Add", tuple((f"add:{d.slug}", f"Add {d.label.lower()}…") for d in live)),
        ("Take away", tuple((f"remove:{d.slug}", f"Take away {d.label.lower()}…") for d in live)),
        ("Status", tuple((f"status:{value}", label) for value, label in STATUSES.items())),
        ("Can it be sent?", tuple((f"audience:{v}", label) for v, label in AUDIENCES.items())),
        ("Other", (("owner", "Set the owner…"), ("review", "Set the review date…"))),
    )


def read_wish(args: Mapping[str, str], terms: Taxonomy) -> Wish | None:
    """From ``change`` and ``value`` of an address or a form; ``None`` when nothing fits."""
    kind, _, rest = args.get("change", "").partition(":")
    value = args.get("value", "").strip()[:300]
    if kind in ("add", "remove"):
        return Wish(kind, rest, value) if terms.dimension(rest) else None
    if kind in ("status", "audience"):
        return Wish(kind, "", value or rest)
    return Wish(kind, "", value) if kind in ("owner", "review") else None


def edit_of(wish: Wish, ids: Sequence[int], terms: Taxonomy) -> BulkEdit:
    """Raises ``Invalid`` with a sentence when the value is not one of those expected."""
    chosen = tuple(ids)
    if wish.kind == "status" and wish.value in STATUSES:
        return BulkEdit(chosen, status=Status(wish.value))
    if wish.kind == "audience" and wish.value in AUDIENCES:
        return BulkEdit(chosen, audience=Audience(wish.value))
    if wish.kind == "owner" and wish.value:
        return BulkEdit(chosen, owner=wish.value)
    if wish.kind == "review":
        return BulkEdit(chosen, review_by=_day(wish.value))
    term = terms.term(wish.dimension, wish.value)
    if term is None:
        raise Invalid("Choose what to change it to.")
    if wish.kind == "remove":
        return BulkEdit(chosen, remove_terms={wish.dimension: (term.slug,)})
    dimension = terms.by_slug[wish.dimension]
    others = () if dimension.multi else tuple(t.slug for t in dimension.terms if t is not term)
    return BulkEdit(
        chosen, add_terms={wish.dimension: (term.slug,)}, remove_terms={wish.dimension: others}
    )


def page(look: Work, wish: Wish, ids: Sequence[int], back: str, error: str = "") -> BulkPage:
    """What would happen to these assets; nothing is changed."""
    terms = taxonomy.read(look)
    title, field = _names(wish, terms)
    return BulkPage(
        wish=wish,
        title=title,
        field=field,
        rows=tuple(_row(card, wish, terms) for card in assets.cards(look, ids[:MOST])),
        options=_options(wish, terms),
        input_type={"owner": "email", "review": "date"}.get(wish.kind, "text"),
        back=back,
        multi=not wish.dimension or terms.by_slug[wish.dimension].multi,
        error=error,
    )


def undo_url(done: BulkPage) -> str | None:
    """The page that takes the change back; ``None`` when the former values differ, since one change
    cannot restore them (each asset's history can)."""
    changed = [row for row in done.rows if row.changes]
    opposite = {"add": "remove", "remove": "add"}.get(done.wish.kind)
    if opposite:
        change, value = f"{opposite}:{done.wish.dimension}", done.wish.value
        replaced = [row for row in changed if not done.multi and row.before]
        if opposite == "remove" and replaced:
            return None
    else:
        former = {_plain(row.card, done.wish) for row in changed}
        change, value = done.wish.change, former.pop() if len(former) == 1 else ""
    if not changed or not value:
        return None
    pairs = [("change", change), ("value", value), *(("ids", str(r.card.id)) for r in changed)]
    return f"/library/bulk?{urlencode(pairs)}"


def _names(wish: Wish, terms: Taxonomy) -> tuple[str, str]:
    if wish.dimension:
        label = terms.by_slug[wish.dimension].label
        return f"{'Add' if wish.kind == 'add' else 'Take away'} {label.lower()}", label
    return {
        "status": ("Set the status", "Status"),
        "audience": ("Set whether it can be sent", "Can it be sent?"),
        "owner": ("Set the owner", "Owner"),
        "review": ("Set the review date", "Review by"),
    }[wish.kind]


def _options(wish: Wish, terms: Taxonomy) -> Options:
    if wish.dimension:
        dimension = terms.by_slug[wish.dimension]
        offered = dimension.live if wish.kind == "add" else dimension.terms
        return tuple((term.slug, term.label) for term in offered)
    return tuple({"status": STATUSES, "audience": AUDIENCES}.get(wish.kind, {}).items())


def _row(card: AssetCard, wish: Wish, terms: Taxonomy) -> BulkRow:
    if wish.dimension:
        return _term_row(card, wish, terms)
    before = _plain(card, wish)
    words = STATUSES | AUDIENCES
    return BulkRow(
        card,
        words.get(before, before),
        words.get(wish.value, wish.value),
        bool(wish.value) and wish.value.lower() != before,
    )


def _term_row(card: AssetCard, wish: Wish, terms: Taxonomy) -> BulkRow:
    present = [(ref.slug, ref.label) for ref in card.terms.get(wish.dimension, ())]
    term = terms.term(wish.dimension, wish.value)
    wanted = [pair for pair in present if pair[0] != wish.value]
    if wish.kind == "add" and term is not None:
        chosen = (term.slug, term.label)
        multi = terms.by_slug[wish.dimension].multi
        wanted = ([*present, chosen] if chosen not in present else present) if multi else [chosen]
    return BulkRow(
        card,
        ", ".join(label for _, label in present),
        ", ".join(label for _, label in wanted),
        term is not None and wanted != present,
    )


def _plain(card: AssetCard, wish: Wish) -> str:
    review_by = card.freshness.review_by
    return {
        "status": card.status.value,
        "audience": card.audience.value,
        "owner": card.owner_email,
        "review": review_by.isoformat() if review_by else "",
    }.get(wish.kind, "")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Expected a date such as 2026-12-31.") from None
