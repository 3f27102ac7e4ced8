"""How segments are laid out on disk: Whoosh's files and commits, our posting lists inside.

Whoosh gives the term index, the columns, the compound files and the table of contents that makes a
commit atomic. Its own posting lists take about 5 µs a posting to read; these are flat arrays that
numpy reads as they lie.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import whoosh.codec.whoosh3 as w3
import whoosh.util
from numpy.typing import NDArray
from whoosh import columns, fields, formats
from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC, clean_files
from whoosh.writing import SegmentWriter

from search_index.documents import PART_BASE, Prepared
from search_index.relevance import PART_COUNT

LAYOUT: Final = 2
"""Raised whenever stored bytes change their meaning, and when documents gain a facet to filter by:
an index without it would find nothing under it, so it must be drawn anew."""

FIELD: Final = "text"
FACTS: Final = columns.VarBytesColumn()
PAGES: Final = columns.VarBytesColumn()

# Segment names come from the module-wide generator; two processes forked from one, or a seed set
# by somebody's test, would draw the same name twice and fail at commit.
whoosh.util.random = random.SystemRandom()


class _Words(fields.FieldType):  # type: ignore[misc]  # Whoosh carries no types
    """The one indexed field; documents reach it cut into words, so it analyses nothing."""

    indexed, stored, scorable = True, False, False

    def __init__(self) -> None:
        self.format = formats.Existence()
        self.analyzer = None

    def clean(self) -> None:
        """Nothing to drop before pickling."""


def schema() -> fields.Schema:
    """The schema of every index: words, and two columns of bytes."""
    return fields.Schema(text=_Words(), facts=fields.COLUMN(FACTS), pages=fields.COLUMN(PAGES))


class ArrayCodec(w3.W3Codec):  # type: ignore[misc]  # Whoosh carries no types
    """Whoosh's third codec with posting lists written by ``_ArrayFieldWriter``."""

    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> _ArrayFieldWriter:
        return _ArrayFieldWriter(self, storage, segment)


_TERM_INFO = struct.Struct("!BfIBBfIIqi")  # what W3TermInfo.from_bytes expects, extent included
_LIST_HEAD = struct.Struct("<III")  # postings, bytes of the first section, 1 when compressed
_BLOCK_HEAD = struct.Struct("<II")  # bytes of the block, 1 when compressed
BLOCK: Final = 128
"""Postings whose places are packed together: what a phrase check has to unpack for one document."""
_WORTH_PACKING: Final = 200  # bytes below which compression costs more than it saves


class _ArrayFieldWriter(w3.W3FieldWriter):  # type: ignore[misc]  # Whoosh carries no types
    """Takes finished lists from ``Pool`` instead of one posting at a time."""

    def add_postings(self, schema: Any, lengths: Any, items: Any) -> None:
        self.start_field(FIELD, schema[FIELD])
        for word, documents, counts, places in items:
            offset = self._postfile.tell()
            data = pack_list(documents, counts, places)
            self._postfile.write(data)
            n, last = len(documents), int(documents[-1])
            info = _TERM_INFO.pack(
                0, float(n), n, 0, 0, 1.0, int(documents[0]), last, offset, len(data)
            )
            self._tindex.add(w3.pack_ushort(self._fieldid) + word, info)
        self.finish_field()


def _packed(data: bytes) -> tuple[bytes, int]:
    if len(data) < _WORTH_PACKING:
        return data, 0
    return zlib.compress(data, 1), 1


def pack_list(
    documents: NDArray[np.int32], counts: NDArray[np.uint16], places: NDArray[np.uint32]
) -> bytes:
    """One word's postings: documents and counts per part first, then the places in blocks.

    ``counts`` has one row per document and one column per part; places lie in the same order.
    """
    first, flag = _packed(documents.tobytes() + counts.tobytes())
    pieces = [_LIST_HEAD.pack(len(documents), len(first), flag), first]
    ends = np.cumsum(counts.sum(axis=1, dtype=np.int64))
    for start in range(0, len(documents), BLOCK):
        stop = min(start + BLOCK, len(documents))
        begin = int(ends[start - 1]) if start else 0
        block, flag = _packed(places[begin : int(ends[stop - 1])].tobytes())
        pieces += [_BLOCK_HEAD.pack(len(block), flag), block]
    return b"".join(pieces)


def _unpacked(data: bytes, flag: int) -> bytes:
    return zlib.decompress(data) if flag else data


def read_counts(
    read: Callable[[int, int], bytes], offset: int
) -> tuple[NDArray[np.int32], NDArray[np.uint16], int]:
    """Documents, counts per part, and where the places begin, of the list at ``offset``."""
    n, size, flag = _LIST_HEAD.unpack(read(offset, _LIST_HEAD.size))
    begin = offset + _LIST_HEAD.size
    raw = _unpacked(read(begin, size), flag)
    documents = np.frombuffer(raw, dtype=np.int32, count=n)
    counts = np.frombuffer(raw, dtype=np.uint16, offset=4 * n).reshape(n, PART_COUNT)
    return documents, counts, begin + size


def read_block(read: Callable[[int, int], bytes], offset: int) -> tuple[NDArray[np.uint32], int]:
    """Places of the block at ``offset`` and where the next block begins."""
    size, flag = _BLOCK_HEAD.unpack(read(offset, _BLOCK_HEAD.size))
    begin = offset + _BLOCK_HEAD.size
    return np.frombuffer(_unpacked(read(begin, size), flag), dtype=np.uint32), begin + size


_MOST_MENTIONS: Final = 65_535  # of one word in one document; what a uint16 holds


def _posting_starts(keys: NDArray[np.int32], documents: NDArray[np.int32]) -> NDArray[np.int64]:
    change = (keys[1:] != keys[:-1]) | (documents[1:] != documents[:-1])
    return np.flatnonzero(np.concatenate(([True], change)))


class Pool:
    """Mentions of words gathered until the segment is written.

    Three flat arrays (word, document, place) instead of a tuple per posting, sorted once by numpy:
    12 bytes a mention.
    """

    def __init__(self) -> None:
        self.mentions = 0
        self._numbers: dict[str, int] = {}
        self._words: list[NDArray[np.int32]] = []
        self._documents: list[NDArray[np.int32]] = []
        self._places: list[NDArray[np.uint32]] = []

    def add(self, document: int, words: list[str], places: NDArray[np.uint32]) -> None:
        """Take the words of one document; documents come in ascending order."""
        numbers = self._numbers
        self._words.append(
            np.fromiter(
                (numbers.setdefault(word, len(numbers)) for word in words), np.int32, len(words)
            )
        )
        self._documents.append(np.full(len(words), document, dtype=np.int32))
        self._places.append(places)
        self.mentions += len(words)

    def iter_postings(
        self,
    ) -> Iterator[tuple[bytes, NDArray[np.int32], NDArray[np.uint16], NDArray[np.uint32]]]:
        """Every word in byte order with its documents, counts and places."""
        if not self.mentions:
            return
        spelled = sorted((word.encode(), number) for word, number in self._numbers.items())
        rank = np.empty(len(spelled), dtype=np.int32)
        rank[[number for _, number in spelled]] = np.arange(len(spelled), dtype=np.int32)
        keys = rank[np.concatenate(self._words)]
        documents, places = np.concatenate(self._documents), np.concatenate(self._places)
        self._words, self._documents, self._places = [], [], []
        # Merged segments arrive word by word, so order by document as well.
        order = np.lexsort((places, documents, keys))
        keys, documents, places = keys[order], documents[order], places[order]
        starts = _posting_starts(keys, documents)
        sizes = np.diff(np.append(starts, len(keys)))
        if sizes.max() > _MOST_MENTIONS:
            kept = np.arange(len(keys)) - np.repeat(starts, sizes) < _MOST_MENTIONS
            keys, documents, places = keys[kept], documents[kept], places[kept]
            starts = _posting_starts(keys, documents)
        parts = np.searchsorted(PART_BASE, places, side="right") - 1
        counts = np.empty((len(starts), PART_COUNT), dtype=np.uint16)
        for part in range(PART_COUNT):
            counts[:, part] = np.add.reduceat((parts == part).astype(np.int32), starts)
        of_word, of_document = keys[starts], documents[starts]
        firsts = np.searchsorted(of_word, np.arange(len(spelled) + 1))
        bounds = np.append(starts, len(places))
        for index, (word, _) in enumerate(spelled):
            a, b = int(firsts[index]), int(firsts[index + 1])
            if a < b:
                yield word, of_document[a:b], counts[a:b], places[bounds[a] : bounds[b]]

    def add_list(self, word: str, documents: NDArray[np.int32], places: NDArray[np.uint32]) -> None:
        """Take one word's mentions from a segment that is merged."""
        number = self._numbers.setdefault(word, len(self._numbers))
        self._words.append(np.full(len(documents), number, dtype=np.int32))
        self._documents.append(documents)
        self._places.append(places)
        self.mentions += len(documents)

    def cleanup(self) -> None:
        """Forget everything (called by the engine when a writer is dropped)."""
        self.__init__()  # type: ignore[misc]  # the plain way back to an empty pool


class MemoryStorage(RamStorage):  # type: ignore[misc]  # Whoosh carries no types
    """Memory all the way: the engine's own puts temporary files into a shared folder."""

    def temp_storage(self, name: str | None = None) -> MemoryStorage:
        return MemoryStorage()

    def destroy(self) -> None:
        self.files.clear()


class Writer(SegmentWriter):  # type: ignore[misc]  # Whoosh carries no types
    """Whoosh's writer fed with prepared documents. One process, one writer."""

    def __init__(self, index: Any, toc_storage: Any) -> None:
        # Without Whoosh's own lock: ours is held already, and Whoosh keeps its own until the
        # garbage is collected when a writer fails to start.
        super().__init__(index, _lk=False, codec=ArrayCodec())
        self.pool = Pool()
        self._toc_storage = toc_storage

    def add(self, document: Prepared) -> None:
        """Append one document to the segment being written."""
        self.add_columns(document.facts, document.pages)
        self.pool.add(self.docnum - 1, document.words, document.places)

    def add_columns(self, facts: bytes, pages: bytes) -> None:
        """Append a document's columns; its words follow through the pool."""
        perdoc = self.perdocwriter
        perdoc.start_doc(self.docnum)
        perdoc.add_column_value("facts", FACTS, facts)
        perdoc.add_column_value("pages", PAGES, pages)
        perdoc.finish_doc()
        self._added = True
        self.docnum += 1

    def _commit_toc(self, segments: Any) -> None:
        toc = TOC(self.schema, segments, self.generation)
        toc.write(self._toc_storage.of_segments(segments), self.indexname)
        clean_files(self.storage, self.indexname, self.generation, segments)
