"""Does a file carry something that would run or reach out when opened? We never run it ourselves.

The file is kept byte for byte, because it is the user's document; people see a badge.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

# Actions and attachments themselves: an empty tree of names, which some programs write, is neither.
PDF_NAMES = re.compile(
    rb"/S\s*/(?:JavaScript|Launch|SubmitForm|ImportData|GoToE|Rendition|RichMediaExecute)\b"
    rb"|/JS\s*[(<0-9]|/EF\s*<<|/EmbeddedFile\b"
)
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
OBJECT_STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
MOST_STREAMS = 2_000
STREAM_BYTES = 4 * 1024 * 1024
OFFICE_PARTS = re.compile(r"vbaProject\.bin|/activeX/|/externalLinks/|/embeddings/|/macros/", re.I)
ELEMENT = re.compile(rb"<[^<>]{1,4000}>")


def in_pdf(data: bytes) -> bool:
    """Scripts, launch and submit actions, attachments: in the file itself or its object streams."""
    if _names(_outside_streams(data)):
        return True
    for count, found in enumerate(OBJECT_STREAM.finditer(data)):
        if count >= MOST_STREAMS:
            break
        try:
            part = zlib.decompressobj().decompress(
                data[found.end() : found.end() + STREAM_BYTES], STREAM_BYTES
            )
        except zlib.error:
            continue
        if _names(part):
            return True
    return False


def _outside_streams(data: bytes) -> bytes:
    """The file without what lies in streams: packed bytes look like any name by chance."""
    pieces, at = [], 0
    while True:
        start = data.find(b"stream", at)
        end = data.find(b"endstream", start + 6) if start >= 0 else -1
        if end < 0:
            pieces.append(data[at:])
            return b" ".join(pieces)
        pieces.append(data[at:start])
        at = end + len(b"endstream")


def _names(source: bytes) -> bool:
    plain = ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), source)
    return PDF_NAMES.search(plain) is not None


def in_office_names(names: Iterable[str]) -> bool:
    """Macros, controls, embedded objects and links to other workbooks, by the parts' names."""
    return any(OFFICE_PARTS.search("/" + name) for name in names)


def in_relationships(xml: bytes) -> bool:
    """Anything fetched from outside on opening. A hyperlink is not: it waits for a click."""
    for found in ELEMENT.finditer(xml):
        element = found.group().lower()
        if b"targetmode" in element and b"external" in element and b"/hyperlink" not in element:
            return True
    return False
