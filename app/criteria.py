"""A search is a value, and every link on the page is that value with one change.

Knows nothing of Flask: a query string comes in as pairs and goes out as text, keys in one order,
so that equal searches are equal addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from app.numbers import whole_or
from content_catalog import taxonomy as taxonomies
from content_catalog.assets import Audience, Status
from content_catalog.taxonomy import PERSONA, STAGE, Taxonomy, Term
from search_index.query_text import parse
from search_index.types import Sort

AUDIENCE, FRESH, OWNER, FORMAT, STATUS = "audience", "fresh", "by", "format", "status"
READING = "reading"
FRESH_VALUES = {
    "current": "Review up to date",
    "overdue": "Review overdue",
    "unset": "No review date",
}
AUDIENCE_VALUES = {
    Audience.CUSTOMER_READY.value: "Customer-ready",
    Audience.INTERNAL.value: "Internal only",
}
STATUS_VALUES = {
    Status.PUBLISHED.value: "Published",
    Status.DRAFT.value: "Draft",
    Status.ARCHIVED.value: "Archived",
}
READABLE, UNREADABLE = "readable", "unreadable"
READING_VALUES = {READABLE: "Text readable", UNREADABLE: "Text not readable"}
FORMAT_VALUES = (
    "pdf",
    "pptx",
    "docx",
    "xlsx",
    "md",
    "txt",
    "csv",
    "png",
    "jpg",
    "webp",
    "mp4",
    "webm",
    "link",
)
FIXED = (AUDIENCE, FRESH, FORMAT, OWNER, READING, STATUS)
_CHOICES = {AUDIENCE: AUDIENCE_VALUES, FRESH: FRESH_VALUES, READING: READING_VALUES}
FIRST = ("stage", "persona", "tollgate", "type", AUDIENCE, "industry", "competitor", FRESH)
PAGE_LIMIT = 50
REPORT = ("via", "report")  # in the address of a search that a report leads to; no part of it


@dataclass(frozen=True, slots=True)
class Criteria:
    """``filters`` maps key to slugs: OR within a key, AND between keys. ``page`` counts from 1."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    expired: bool = False

    @property
    def empty(self) -> bool:
        return not self.text and not self.filters

    def selected(self, key: str) -> tuple[str, ...]:
        return self.filters.get(key, ())

    def adding(self, key: str, value: str) -> Criteria:
        return self._filtered(key, (*self.selected(key), value))

    def only(self, key: str, value: str | None) -> Criteria:
        """One value of a key, or none."""
        return self._filtered(key, () if value is None else (value,))

    def removing(self, key: str, value: str | None = None) -> Criteria:
        kept = () if value is None else tuple(v for v in self.selected(key) if v != value)
        return self._filtered(key, kept)

    def toggling(self, key: str, value: str) -> Criteria:
        return self.removing(key, value) if value in self.selected(key) else self.adding(key, value)

    def cleared(self) -> Criteria:
        return replace(self, filters={}, page=1)

    def saying(self, text: str) -> Criteria:
        return replace(self, text=text, page=1)

    def sorted_by(self, sort: Sort) -> Criteria:
        return replace(self, sort=sort, page=1)

    def on_page(self, page: int) -> Criteria:
        return replace(self, page=page)

    def _filtered(self, key: str, values: tuple[str, ...]) -> Criteria:
        filters = {k: v for k, v in self.filters.items() if k != key}
        if values:
            filters[key] = tuple(sorted(set(values)))
        return replace(self, filters=filters, page=1)

    def pairs(self) -> list[tuple[str, str]]:
        """Key and value pairs in canonical order, defaults left out."""
        keys = [k for k in FIRST if k in self.filters]
        keys += sorted(k for k in self.filters if k not in FIRST)
        found = [("q", self.text)] if self.text else []
        found += [(key, value) for key in keys for value in self.filters[key]]
        if self.expired:
            found.append(("expired", "1"))
        if self.sort is not Sort.RELEVANCE:
            found.append(("sort", self.sort.value))
        if self.page > 1:
            found.append(("page", str(self.page)))
        return found

    def query_string(self) -> str:
        return urlencode(self.pairs())

    def url(self, path: str = "/") -> str:
        query = self.query_string()
        return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True)
class Reading:
    """A query string as understood, with a sentence for each part that was not. ``owners`` are the
    names by e-mail that ``by`` was read with."""

    criteria: Criteria
    notices: tuple[str, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)


def report_url(criteria: Criteria) -> str:
    """The search's address for a page that reports on searches: looking at it is not asking it."""
    return f"/?{urlencode([*criteria.pairs(), REPORT])}"


def deal(criteria: Criteria, taxonomy: Taxonomy) -> tuple[Term | None, Term | None]:
    """The stage and the persona of the deal at hand: each where exactly one was chosen."""

    def one(dimension: str) -> Term | None:
        chosen = criteria.selected(dimension)
        return taxonomy.term(dimension, chosen[0]) if len(chosen) == 1 else None

    return one(STAGE), one(PERSONA)


def from_pairs(
    pairs: Iterable[tuple[str, str]],
    taxonomy: Taxonomy,
    *,
    owners: Mapping[str, str] | None = None,
    see_unpublished: bool = False,
) -> Reading:
    """Read a query string. Unknown values are left out with a notice, never an error.

    ``owners`` maps e-mail to name, for ``by``. Slugs, labels and aliases are understood, so an old
    address with a renamed or merged term still works. ``type:deck`` in the words becomes a filter.
    """
    given = [pair for pair in pairs if pair != REPORT]
    text = " ".join(value for key, value in given if key == "q").strip()
    words = parse(text, field_names=_field_names(taxonomy))
    wanted = [(k, v) for k, v in given if k not in ("q", "sort", "page", "expired")]
    reader = _Reader(taxonomy, owners or {}, see_unpublished)
    for key, value in wanted:
        reader.take(key, value)
    left = reader.take_fields(words.fields)
    clean = words.text_without_fields if words.fields else text
    plain = " ".join([clean, *left]).strip()
    single = dict(given)
    filters = {key: tuple(sorted(values)) for key, values in reader.filters.items()}
    criteria = Criteria(
        text=plain,
        filters=filters,
        sort=Sort(single["sort"]) if single.get("sort") in set(Sort) else Sort.RELEVANCE,
        page=_page(single.get("page", "1")),
        expired=single.get("expired") == "1",
    )
    return Reading(criteria, tuple(reader.notices), reader.owners)


def _field_names(taxonomy: Taxonomy) -> frozenset[str]:
    """What may stand before a colon in the words; anything else there is a word."""
    return frozenset({*FIXED, *taxonomy.by_slug})


class _Reader:
    """Collects filters and what could not be understood."""

    def __init__(
        self, taxonomy: Taxonomy, owners: Mapping[str, str], see_unpublished: bool
    ) -> None:
        self.taxonomy = taxonomy
        self.owners = owners
        self.see_unpublished = see_unpublished
        self.filters: dict[str, set[str]] = {}
        self.notices: list[str] = []

    def take(self, key: str, value: str) -> None:
        if not value:
            return
        if key not in FIXED and self.taxonomy.dimension(key) is None:
            return  # a key of somebody else, such as a campaign tag in the address
        slug = self._slug(key, value)
        if slug is None:
            label = self._label(key)
            self.notices.append(f"There is no {label} “{value[:60]}”, so it was left out.")
        else:
            self.filters.setdefault(key, set()).add(slug)

    def take_fields(self, fields: Iterable[tuple[str, str]]) -> list[str]:
        """``key:value`` typed as words; what is not a filter of ours is given back as words."""
        left: list[str] = []
        for key, value in fields:
            slug = self._slug(key, value)
            if slug is None:
                left.append(f"{key} {value}")
            else:
                self.filters.setdefault(key, set()).add(slug)
        return left

    def _slug(self, key: str, value: str) -> str | None:
        folded = value.strip().casefold().replace("-", "_").replace(" ", "_")
        fixed = _CHOICES.get(key)
        if fixed is not None:
            return folded if folded in fixed else None
        if key == STATUS:
            return folded if self.see_unpublished and folded in STATUS_VALUES else None
        if key == FORMAT:
            return folded if folded in FORMAT_VALUES else None
        if key == OWNER:
            return self._owner(value)
        if self.taxonomy.dimension(key) is None:
            return None
        term = taxonomies.resolve(self.taxonomy, key, value)
        return term.slug if term else None

    def _owner(self, value: str) -> str | None:
        """By address, or by the start of a name or address when that is unmistakable."""
        wanted = value.strip().casefold()
        if wanted in self.owners:
            return wanted
        close = [
            email
            for email, name in self.owners.items()
            if email.startswith(wanted)
            or any(p.casefold().startswith(wanted) for p in name.split())
        ]
        return close[0] if len(close) == 1 else None

    def _label(self, key: str) -> str:
        dimension = self.taxonomy.dimension(key)
        return dimension.label.lower() if dimension else key


def _page(raw: str) -> int:
    return min(max(whole_or(raw, 1), 1), PAGE_LIMIT)
