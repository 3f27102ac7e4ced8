"""What the library's pages print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app.library_bulk import changes_offered
from app.numbers import whole_or
from app.security import safe_next
from content_catalog import assets, taxonomy
from content_catalog.assets import AssetCard, AssetFilter, AssetPage, Audience, Reading, Status
from content_catalog.database import Work
from content_catalog.taxonomy import Taxonomy

FRESHNESS = (("overdue", "Review overdue"), ("due", "Review due"), ("expired", "Expired"))
SORTS = (
    ("updated", "Last changed"),
    ("title", "Title"),
    ("review", "Review date"),
    ("uses", "Use"),
)
REVIEW_SHOWN, REVIEW_LOOKED_AT = 100, 500
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
    """``stages`` and ``personas`` are their labels, joined."""

    card: AssetCard
    stages: str
    personas: str


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
    changes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    narrowed: bool
    freshness: tuple[tuple[str, str], ...] = FRESHNESS
    sorts: tuple[tuple[str, str], ...] = SORTS
    readings: tuple[tuple[str, str], ...] = READINGS

    @property
    def empty(self) -> bool:
        """Whether the library holds nothing at all."""
        return not (self.stats.published or self.stats.drafts or self.stats.archived)

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """What an asset may lack."""
        return tuple(
            (d.slug, f"Without {d.label.lower()}") for d in self.choices.dimensions if d.live
        )

    @staticmethod
    def terms_of(dimension: taxonomy.Dimension) -> tuple[tuple[str, str], ...]:
        return tuple((term.slug, term.label) for term in dimension.live)


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
        rows=tuple(_row(card) for card in found.cards),
        total=found.total,
        page=found.page,
        pages=pages,
        previous_url=url(found.page - 1) if found.page > 1 else None,
        next_url=url(found.page + 1) if found.page < pages else None,
        here=url(found.page),
        choices=choices(look),
        stats=assets.stats(look),
        changes=changes_offered(taxonomy.read(look)),
        narrowed=any(name in args for name in args if name not in ("page", "sort") and args[name]),
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
        page=min(max(whole_or(args.get("page", "1"), 1), 1), 10_000),
    )


def _row(card: AssetCard) -> Row:
    def labels(dimension: str) -> str:
        return ", ".join(ref.label for ref in card.terms.get(dimension, ()))

    return Row(card, labels(taxonomy.STAGE), labels(taxonomy.PERSONA))


@dataclass(frozen=True, slots=True)
class EditPage:
    """``others`` have the form open as well; ``twins`` hold the same file or link."""

    asset: AssetPage
    others: tuple[str, ...]
    twins: tuple[AssetCard, ...]

    @property
    def successor_address(self) -> str:
        """Of the newer asset, as the form takes it; empty when there is none."""
        successor = self.asset.successor
        return f"/assets/{successor}" if successor else ""


def edit(look: Work, shown: AssetPage) -> EditPage:
    return EditPage(shown, assets.editors(look, shown.card.id), twins(look, shown))


def twins(look: Work, shown: AssetPage) -> tuple[AssetCard, ...]:
    """Up to three others in use with the same file or link."""
    found = assets.find_duplicates(
        look,
        sha256=assets.sha256_of(look, shown.card.id),
        url=shown.version.url,
        except_id=shown.card.id,
    )
    return tuple(card for card in found if card.status is not Status.ARCHIVED)[:3]


@dataclass(frozen=True, slots=True)
class ReviewRow:
    row: Row
    versions: str  # id:version, what the form sends back


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """``total`` counts what is due, also beyond the rows shown."""

    rows: tuple[ReviewRow, ...]
    total: int
    mine: bool


def review(look: Work, *, mine: bool) -> ReviewPage:
    """What is overdue or due, the longest overdue first."""
    cards = assets.review_queue(look, REVIEW_LOOKED_AT)
    if mine:
        cards = [card for card in cards if card.owner_email == look.actor.email]
    rows = tuple(
        ReviewRow(_row(card), f"{card.id}:{card.version}") for card in cards[:REVIEW_SHOWN]
    )
    return ReviewPage(rows, len(cards), mine)


def safe_back(url: str, default: str) -> str:
    """Only an address of ours may be gone back to."""
    return safe_next(url) if url else default
