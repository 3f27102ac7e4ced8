"""File in, facts out. Knows no database and no web.

``sniff`` says what a file is, by its content. ``ExtractionPool`` (or ``extract_file`` for a single
one) reads text, language and word boxes in a limited child process, and draws page images.
``unpack`` takes a zip file apart for the import.
"""

from content_catalog.extraction.derived import page_image, thumbnail, word_boxes
from content_catalog.extraction.office_pages import office_program
from content_catalog.extraction.pool import (
    ExtractionPool,
    extract_file,
    render_images,
    render_page,
)
from content_catalog.extraction.safe_zip import RefusedEntry, UnpackedEntry, unpack
from content_catalog.extraction.sniffing import ACCEPTED, sniff
from content_catalog.extraction.types import (
    MEDIA_TYPES,
    Extracted,
    Limits,
    MediaKind,
    Outcome,
    PageText,
    Refused,
    Rendered,
    Sniffed,
    WordBox,
)

__all__ = [
    "ACCEPTED",
    "MEDIA_TYPES",
    "Extracted",
    "ExtractionPool",
    "Limits",
    "MediaKind",
    "Outcome",
    "PageText",
    "Refused",
    "RefusedEntry",
    "Rendered",
    "Sniffed",
    "UnpackedEntry",
    "WordBox",
    "extract_file",
    "office_program",
    "page_image",
    "render_images",
    "render_page",
    "sniff",
    "thumbnail",
    "unpack",
    "word_boxes",
]
