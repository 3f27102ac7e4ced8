"""What goes into the extraction and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MEGABYTE = 1024 * 1024


class MediaKind(StrEnum):
    """The file formats we take; the value is the usual extension. ``ZIP`` is for imports only."""

    PDF = "pdf"
    PPTX = "pptx"
    DOCX = "docx"
    XLSX = "xlsx"
    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"
    MP4 = "mp4"
    WEBM = "webm"
    TXT = "txt"
    MD = "md"
    CSV = "csv"
    ZIP = "zip"


MEDIA_TYPES: dict[MediaKind, str] = {
    MediaKind.PDF: "application/pdf",
    MediaKind.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    MediaKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    MediaKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    MediaKind.PNG: "image/png",
    MediaKind.JPG: "image/jpeg",
    MediaKind.WEBP: "image/webp",
    MediaKind.MP4: "video/mp4",
    MediaKind.WEBM: "video/webm",
    MediaKind.TXT: "text/plain",
    MediaKind.MD: "text/markdown",
    MediaKind.CSV: "text/csv",
    MediaKind.ZIP: "application/zip",
}

OFFICE_KINDS = frozenset({MediaKind.PPTX, MediaKind.DOCX, MediaKind.XLSX})
IMAGE_KINDS = frozenset({MediaKind.PNG, MediaKind.JPG, MediaKind.WEBP})


class Refused(Exception):
    """A file that is not taken. ``message`` is a sentence for the user, ``code`` one for programs.

    Codes: ``type`` (not an accepted format), ``mismatch`` (the name says something else than the
    content), ``macro``, ``legacy``, ``password``, ``encoding``, ``damaged``, ``too_large``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a file is by its content. ``active_content``: scripts, attachments or outside parts."""

    kind: MediaKind
    media_type: str
    active_content: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost; everything above ends the reading with a plain reason."""

    pages: int = 500
    text_chars: int = 5_000_000
    page_chars: int = 1_000_000
    pixels: int = 40_000_000
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    memory_bytes: int = 1024 * MEGABYTE
    output_bytes: int = 200 * MEGABYTE
    file_bytes: int = 100 * MEGABYTE
    unpacked_bytes: int = 1024 * MEGABYTE
    unpacked_ratio: int = 200
    zip_entries: int = 5_000
    sheet_cells: int = 200_000


class Outcome(StrEnum):
    """How reading ended."""

    READ = "read"
    PARTLY_READ = "partly_read"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one unit of a file, as people cite it.

    ``kind`` is page, slide, sheet, heading or text; ``label`` is what a result shows: "p. 3",
    "slide 5", "Sheet Prices", or the words of the heading. ``number`` counts from 1.
    """

    number: int
    kind: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """Everything read from one file.

    ``message`` is the true reason, in plain words, when not all of it was read, or a remark;
    ``code`` the same for programs. ``page_count`` is what the file has, which may be more than
    ``pages`` holds. ``language`` is ISO 639-1, None when unsure. ``aspect_ratios`` are width
    divided by height of each page that can be drawn, in order.
    """

    outcome: Outcome
    message: str | None = None
    code: str | None = None
    pages: tuple[PageText, ...] = ()
    page_count: int | None = None
    language: str | None = None
    title: str | None = None
    active_content: bool = False
    truncated: bool = False
    aspect_ratios: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class WordBox:
    """Where a word stands on its page: fractions of the page from the top left corner, 0 to 1."""

    word: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Rendered:
    """Which page images exist now; ``message`` says why some that were asked for do not."""

    numbers: tuple[int, ...]
    message: str | None = None
