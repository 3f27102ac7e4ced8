"""One document as the index keeps it: its words with their places, its facts, its pages.

Places share one number line. Each part of a document owns a range of it (``PART_BASE``), so one list
of places per word tells which part a mention is in, which page it is on, and what stands beside it.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search_index import analysis, relevance
from search_index.types import Document, Page

PART_BASE: Final = np.array([0, 10_000, 20_000, 30_000, 40_000], dtype=np.uint32)
_SHORT_PART: Final = 5_000  # words of a title, summary, … beyond which no person reads
_GAP: Final = 10  # places between two fields or pages, so that no phrase spans them
MAX_BODY_WORDS: Final = 1_000_000
"""Words of one document's pages that are indexed; about 2,500 pages."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What filters, sorting and ties need of a document; dates as day numbers, 0 for none."""

    id: int
    revision: int
    expires: int
    updated: int
    review_by: int
    uses: int
    visibility: tuple[str, ...]
    facets: dict[str, list[str]]
    lengths: tuple[int, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be written: ``words[i]`` stands at ``places[i]``, places ascending."""

    words: list[str]
    places: NDArray[np.uint32]
    facts: bytes
    pages: bytes


def prepare(document: Document) -> Prepared:
    """Cut a document into words. Pure; the costly step of indexing."""
    words: list[str] = []
    places: list[NDArray[np.uint32]] = []
    lengths: list[int] = []
    for part, texts in enumerate(_short_parts(document)):
        lengths.append(_place(words, places, int(PART_BASE[part]), texts, _SHORT_PART))
    starts: list[int] = []
    at, body = int(PART_BASE[relevance.BODY]), 0
    for page in document.pages:
        starts.append(at)
        if body < MAX_BODY_WORDS:
            count = _place(words, places, at, (page.text,), MAX_BODY_WORDS - body)
            body += count
            at += count
        at += _GAP
    lengths.append(body)
    joined = np.concatenate(places) if places else np.empty(0, dtype=np.uint32)
    return Prepared(
        words, joined, _facts_bytes(document, lengths), pack_pages(document.pages, starts)
    )


def _short_parts(document: Document) -> Iterator[Sequence[str]]:
    yield (document.title,)
    yield (document.summary,)
    yield document.labels
    yield (document.file_name, *document.codes)


def _place(
    words: list[str],
    places: list[NDArray[np.uint32]],
    start: int,
    texts: Sequence[str],
    limit: int,
) -> int:
    """Append the words of ``texts`` from place ``start`` on; returns how many."""
    count, at = 0, start
    for text in texts:
        found = analysis.words(text)[: limit - count]
        if found:
            words += found
            places.append(np.arange(at, at + len(found), dtype=np.uint32))
            count += len(found)
            at += len(found)
        at += _GAP
    return count


def _day(value: date | None) -> int:
    return value.toordinal() if value else 0


def _facts_bytes(document: Document, lengths: Sequence[int]) -> bytes:
    return json.dumps(
        [
            document.id,
            document.revision,
            _day(document.expires_on),
            _day(document.updated_on),
            _day(document.review_by),
            document.uses,
            sorted(document.visibility),
            {key: list(dict.fromkeys(values)) for key, values in document.facets.items()},
            list(lengths),
            document.title,
        ],
        separators=(",", ":"),
    ).encode()


def facts_of(data: bytes) -> Facts:
    """Inverse of what ``prepare`` stores."""
    row: list[Any] = json.loads(data)
    document_id, revision, expires, updated, review_by, uses, readers, facets, lengths, title = row
    return Facts(
        id=document_id,
        revision=revision,
        expires=expires,
        updated=updated,
        review_by=review_by,
        uses=uses,
        visibility=tuple(readers),
        facets=facets,
        lengths=tuple(lengths),
        title=title,
    )


# A document's pages are kept as one value: length of a header, the header, then each page's text
# compressed by itself, so that a hit on page 140 unpacks page 140 alone.
_HEAD = struct.Struct("<I")


def pack_pages(pages: Sequence[Page], starts: Sequence[int]) -> bytes:
    """Pages with the place of each one's first word."""
    if not pages:
        return b""
    chunks = [zlib.compress(page.text.encode("utf-8", "replace"), 6) for page in pages]
    header = json.dumps(
        [
            [page.number for page in pages],
            [page.label for page in pages],
            list(starts),
            [len(chunk) for chunk in chunks],
        ],
        separators=(",", ":"),
    ).encode()
    packed = zlib.compress(header, 6)
    return b"".join([_HEAD.pack(len(packed)), packed, *chunks])


class StoredPages:
    """Pages of one document as read back; text is unpacked when asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.numbers: list[int] = []
        self.labels: list[str] = []
        self.starts: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._ends: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._sizes: list[int] = []
        if data:
            (length,) = _HEAD.unpack_from(data)
            base = _HEAD.size + length
            header = json.loads(zlib.decompress(data[_HEAD.size : base]))
            self.numbers, self.labels, starts, self._sizes = header
            self.starts = np.array(starts, dtype=np.int64)
            self._ends = np.cumsum(np.array(self._sizes, dtype=np.int64)) + base

    def __len__(self) -> int:
        return len(self.numbers)

    def text(self, index: int) -> str:
        """Text of the page at ``index`` (from 0)."""
        end = int(self._ends[index])
        return zlib.decompress(self._data[end - self._sizes[index] : end]).decode()

    def index_of(self, places: NDArray[np.uint32]) -> NDArray[np.int64]:
        """For places inside the body: the index of the page each is on."""
        return np.searchsorted(self.starts, places.astype(np.int64), side="right") - 1
