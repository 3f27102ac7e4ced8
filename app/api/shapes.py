"""What the API takes and answers, as types: read strictly, printed from the same declaration."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from content_catalog.assets import Audience, Freshness, Kind, Status
from content_catalog.errors import Invalid

NO_FIELD = "There is no field of this name."
MOST_PER_PAGE = 100
T = TypeVar("T")


class Input(BaseModel):
    """Something sent to us: a key that is not declared is refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """Something we answer: exactly the declared keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _plain(text: str) -> str:
    if any((c < " " and c not in "\n\r\t") or "\x7f" <= c <= "\x9f" for c in text):
        raise ValueError("Control characters cannot be kept.")
    return text


def _listed(value: Any) -> Any:
    """One value stands for a list of one."""
    return [value] if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(_plain)]
Id = Annotated[int, Field(ge=1, le=2**53)]
Version = Annotated[int, Field(ge=1, le=2**53, description="The version that was shown.")]
Slugs = Annotated[list[Text], BeforeValidator(_listed)]
PageNumber = Annotated[int, Field(ge=1, le=10_000, description="Counts from 1.")]
PerPage = Annotated[int, Field(ge=1, le=MOST_PER_PAGE)]

_SENTENCES = {
    "missing": "This is needed.",
    "extra_forbidden": NO_FIELD,
    "date_from_datetime_parsing": "Expected a date such as 2026-12-31.",
    "date_parsing": "Expected a date such as 2026-12-31.",
    "string_type": "Expected text.",
    "int_type": "Expected a whole number.",
    "int_parsing": "Expected a whole number.",
    "bool_type": "Expected true or false.",
    "list_type": "Expected a list.",
    "greater_than_equal": "At least {ge}.",
    "less_than_equal": "At most {le}.",
    "literal_error": "Expected {expected}.",
    "enum": "Expected {expected}.",
    "string_too_long": "At most {max_length} characters.",
    "too_long": "At most {max_length}.",
}


def refused(error: ValidationError) -> Invalid:
    """The fields by name, each with what is expected."""
    fields: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        name = ".".join(str(part) for part in fault["loc"]) or "data"
        told = _SENTENCES.get(fault["type"])
        said = told.format(**fault.get("ctx", {})) if told else fault["msg"]
        fields.setdefault(name, said.removeprefix("Value error, "))
    return Invalid(fields=fields)


class Listing(Output, Generic[T]):
    """A page of a list; ``total`` counts all of it."""

    total: int
    page: int
    per_page: int
    items: list[T]


class Paged(Input):
    page: PageNumber = 1
    per_page: PerPage = 50


class VersionOnly(Input):
    version: Version


# ---- assets ----


class AssetFields(BaseModel):
    """What may be said about an asset. Beside these, every dimension of the taxonomy is a key
    (``persona``, ``stage`` … or its plural) with a list of slugs, labels or aliases; all of them
    may also stand together in ``terms``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    title: Text = ""
    summary: Text = ""
    audience: Audience = Audience.INTERNAL
    status: Status = Status.PUBLISHED
    owner: Text = Field("", description="An e-mail address; by default one's own.")
    use_when: Text = ""
    do_not_use_when: Text = ""
    talk_track: Text = ""
    tags: list[Text] = Field(default=[], max_length=100)
    published_on: date | None = None
    review_by: date | None = None
    expires_on: date | None = None
    external_id: Text | None = None
    terms: dict[str, Slugs] = {}


class NewAssetData(AssetFields):
    title: Text


class AssetChange(AssetFields):
    version: Version


class ReviewDone(Input):
    version: Version
    review_by: date | None = Field(None, description="By default 180 days from today.")


class Succession(Input):
    version: Version
    successor: Id | None


class AssetItem(Output):
    """An asset in a list. ``terms`` maps each dimension to slugs; ``type`` is its first one."""

    id: int
    external_id: str | None
    title: str
    url: str
    summary: str
    type: str | None
    kind: Kind
    format: str
    status: Status
    audience: Audience
    personas: list[str]
    stages: list[str]
    tollgates: list[str]
    terms: dict[str, list[str]]
    owner: str
    owner_name: str
    version: int
    freshness: Freshness
    uses: int
    extraction: str
    page_count: int | None
    starred: bool
    updated_at: datetime


class VersionItem(Output):
    number: int
    kind: Kind
    format: str
    file_name: str | None
    media_type: str | None
    size: int | None
    url: str | None
    created_at: datetime
    created_by: str
    extraction: str
    message: str | None
    language: str | None


class AssetDetail(AssetItem):
    """Everything about one asset. ``link`` is where a link leads, ``body`` a text's Markdown."""

    use_when: str
    do_not_use_when: str
    talk_track: str
    tags: list[str]
    published_on: date | None
    review_by: date | None
    expires_on: date | None
    created_at: datetime
    successor: int | None
    link: str | None
    body: str | None
    file_url: str | None
    versions: list[VersionItem]


class AssetEdited(AssetDetail):
    """``changed`` are the fields that this edit changed; ``merged`` those that were sent as they had
    been, but that ``merged_from`` has changed meanwhile: theirs were kept."""

    changed: list[str]
    merged: list[str]
    merged_from: str | None


class PageTextItem(Output):
    number: int
    kind: str
    label: str
    text: str


class AssetText(Output):
    """``extraction`` is done, pending, failed or none; ``message`` says what could not be read."""

    pages: list[PageTextItem]
    extraction: str
    message: str | None
