"""Assets: what goes in and comes out. Dates are calendar days at the site, times are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

TITLE_LIMIT = 300
SUMMARY_LIMIT = 2000
MARKDOWN_LIMIT = 20_000
URL_LIMIT = 2000


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Audience(StrEnum):
    CUSTOMER_READY = "customer_ready"
    INTERNAL = "internal"


class Kind(StrEnum):
    FILE = "file"
    LINK = "link"
    TEXT = "text"


class Reading(StrEnum):
    """How far the text of a version has been read (``extraction`` in the API)."""

    NONE = "none"  # nothing to read: a link
    PENDING = "pending"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file already kept in the blob store. ``format`` is a short kind such as ``pdf``."""

    sha256: str
    size: int
    file_name: str
    media_type: str
    format: str
    active_content: bool = False


@dataclass(frozen=True, slots=True)
class LinkContent:
    url: str


@dataclass(frozen=True, slots=True)
class TextContent:
    markdown: str


Content = FileContent | LinkContent | TextContent


@dataclass(frozen=True, slots=True)
class NewAsset:
    """``terms`` maps dimension slug to term slugs. ``owner`` is an e-mail address, ``None`` for
    the actor's own. ``external_id`` is the other system's key, unique when given."""

    title: str
    content: Content
    summary: str = ""
    audience: Audience = Audience.INTERNAL
    status: Status = Status.PUBLISHED
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owner: str | None = None
    use_when: str = ""
    do_not_use_when: str = ""
    talk_track: str = ""
    tags: tuple[str, ...] = ()
    published_on: date | None = None
    review_by: date | None = None
    expires_on: date | None = None
    external_id: str | None = None


UNSET: object = object()


@dataclass(frozen=True, slots=True)
class AssetEdit:
    """Changes to an asset; a field that is ``None`` stays as it is, except the three dates and
    ``content``: they change when named in ``set_fields``.

    ``version`` is the one the editor was shown. When somebody saved in between, fields that only
    one of the two changed are merged; a field both changed raises ``Conflict``.
    """

    version: int
    title: str | None = None
    summary: str | None = None
    audience: Audience | None = None
    status: Status | None = None
    terms: Mapping[str, tuple[str, ...]] | None = None
    owner: str | None = None
    use_when: str | None = None
    do_not_use_when: str | None = None
    talk_track: str | None = None
    tags: tuple[str, ...] | None = None
    published_on: date | None = None
    review_by: date | None = None
    expires_on: date | None = None
    external_id: str | None = None
    set_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Edited:
    """``merged`` names fields somebody else changed meanwhile and that were kept; ``by`` is who."""

    version: int
    changed: tuple[str, ...]
    merged: tuple[str, ...] = ()
    by: str | None = None


@dataclass(frozen=True, slots=True)
class TermRef:
    id: int
    dimension: str
    slug: str
    label: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """Words come from the template; ``state`` is ``fresh``, ``due`` (review within 14 days),
    ``overdue``, ``expired`` or ``unset``. ``days`` is the distance to the date that decides:
    days overdue for ``overdue``, days left for ``due``, days since the last review otherwise."""

    state: str
    days: int | None
    reviewed_on: date | None
    review_by: date | None
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class AssetName:
    """As much of an asset as a link to it shows."""

    id: int
    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class AssetCard:
    """What a list shows of an asset; read from the database in the request that shows it."""

    id: int
    slug: str
    external_id: str | None
    title: str
    summary: str
    kind: Kind
    format: str
    status: Status
    audience: Audience
    freshness: Freshness
    terms: Mapping[str, tuple[TermRef, ...]]
    owner_name: str
    owner_email: str
    version: int
    version_id: int
    page_count: int | None
    has_thumbnail: bool
    uses: int
    reading: Reading
    updated_at: datetime
    starred: bool = False


@dataclass(frozen=True, slots=True)
class VersionCard:
    """One version of the content; ``number`` counts from 1."""

    id: int
    number: int
    kind: Kind
    file_name: str | None
    media_type: str | None
    format: str
    size: int | None
    url: str | None
    created_at: datetime
    created_by: str
    reading: Reading
    message: str | None
    page_count: int | None
    language: str | None
    active_content: bool


@dataclass(frozen=True, slots=True)
class PageInfo:
    """``width_ratio`` is width / height, for a layout that does not jump; ``None`` when unknown."""

    number: int
    label: str
    has_image: bool
    width_ratio: float | None


@dataclass(frozen=True, slots=True)
class AssetPage:
    """Everything the asset page, the edit form and the API show."""

    card: AssetCard
    version: VersionCard
    versions: tuple[VersionCard, ...]
    pages: tuple[PageInfo, ...]
    markdown: str | None
    use_when: str
    do_not_use_when: str
    talk_track: str
    tags: tuple[str, ...]
    published_on: date | None
    successor: int | None
    file_problem: str | None
    created_at: datetime
    rev: int
    sha256: str | None = None  # of the current version's file


@dataclass(frozen=True, slots=True)
class PageText:
    """Text of one page; ``kind`` is page, slide, sheet, heading or text."""

    number: int
    kind: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What extraction found for a version, in plain values."""

    reading: Reading
    message: str | None
    pages: tuple[PageText, ...]
    page_count: int | None
    language: str | None
    active_content: bool
    has_thumbnail: bool = False
    image_pages: int = 0
    ratios: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What a download needs."""

    sha256: str
    size: int
    file_name: str
    media_type: str
    format: str


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """The library table's filters; empty means all. ``terms`` maps dimension slug to slugs."""

    text: str = ""
    status: Status | None = None
    audience: Audience | None = None
    owner: str | None = None
    freshness: str | None = None
    reading: Reading | None = None
    unmapped: str | None = None
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "updated"
    page: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True)
class TitleFilter:
    """What narrows a search without an index: OR within a key, AND between keys, empty means all.

    ``terms`` maps dimension slug to term ids. ``freshness`` is of current, overdue and unset.
    ``readable`` asks for assets whose text could not be read (``False``) or for all others.
    Without ``statuses`` only what is published is found, and never more than the actor may see.
    """

    terms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    audiences: tuple[str, ...] = ()
    freshness: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    readable: bool | None = None
    with_expired: bool = False


@dataclass(frozen=True, slots=True)
class AssetList:
    total: int
    page: int
    per_page: int
    cards: tuple[AssetCard, ...]


@dataclass(frozen=True, slots=True)
class BulkEdit:
    """One change to many assets: add or remove terms of a dimension, or set a field."""

    asset_ids: tuple[int, ...]
    add_terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remove_terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: Status | None = None
    audience: Audience | None = None
    owner: str | None = None
    review_by: date | None = None
