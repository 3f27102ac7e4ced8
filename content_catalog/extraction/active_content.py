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
# Packed bytes look like any name by chance, so what lies in streams is not searched as it is.
STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
OBJECT_STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
MOST_STREAMS = 2_000
STREAM_BYTES = 4 * 1024 * 1024
OFFICE_PARTS = re.compile(r"vbaProject\.bin|/activeX/|/externalLinks/|/embeddings/|/macros/", re.I)
EXTERNAL = re.compile(rb"<[^>]*\bTargetMode\s*=\s*[\"']External[\"'][^>]*>")


def in_pdf(data: bytes) -> bool:
    """Scripts, launch and submit actions, attachments: in the file itself or its object streams."""
    if _names(STREAM.sub(b" ", data)):
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


def _names(source: bytes) -> bool:
    plain = ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), source)
    return PDF_NAMES.search(plain) is not None


def in_office_names(names: Iterable[str]) -> bool:
    """Macros, controls, embedded objects and links to other workbooks, by the parts' names."""
    return any(OFFICE_PARTS.search("/" + name) for name in names)


def in_relationships(xml: bytes) -> bool:
    """Anything fetched from outside on opening. A hyperlink is not: it waits for a click."""
    return any(b"/hyperlink" not in found.group() for found in EXTERNAL.finditer(xml))
