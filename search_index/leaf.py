"""One segment, opened for reading: never changes, so everything read from it may be kept."""

from __future__ import annotations

import struct
import threading
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from whoosh.reading import SegmentReader

from search_index import analysis, relevance
from search_index.cache import ByteCache
from search_index.documents import PART_BASE, Facts, StoredPages, facts_of
from search_index.whoosh_codec import BLOCK, FACTS, PAGES, read_block, read_counts

_ENTRY = struct.Struct("!ii")  # lengths of key and value in Whoosh's term index
_EXTENT = struct.Struct("!q")  # where a posting list begins, in W3TermInfo
_EXTENT_AT = 23
_FREQUENCY = struct.Struct("!I")
_FREQUENCY_AT = 5

PLACE_BITS = 24
"""A place fits in 24 bits, so document and place together make one sortable int64."""


@dataclass(frozen=True, slots=True)
class Postings:
    """Documents (local numbers, ascending) holding a word, counts per part, where places begin."""

    documents: NDArray[np.int32]
    counts: NDArray[np.uint16]
    places_at: int


class Lexicon:
    """The words of a segment in byte order with their number of documents."""

    def __init__(self, terms: Any) -> None:
        index = terms._tindex
        data = index.dbfile.get(0, index.endofdata)
        at, end = index.startofdata, index.endofdata
        words: list[str] = []
        frequencies: list[int] = []
        offsets: list[int] = []
        while at < end:
            key, value = _ENTRY.unpack_from(data, at)
            at += _ENTRY.size
            words.append(data[at + 2 : at + key].decode())  # after the two bytes of the field
            at += key
            frequencies.append(_FREQUENCY.unpack_from(data, at + _FREQUENCY_AT)[0])
            offsets.append(_EXTENT.unpack_from(data, at + _EXTENT_AT)[0])
            at += value
        self.words = words
        self.frequencies = np.array(frequencies, dtype=np.int32)
        self.offsets = np.array(offsets, dtype=np.int64)

    def index(self, word: str) -> int | None:
        """Number of ``word``, or None when no document has it."""
        at = bisect_left(self.words, word)
        return at if at < len(self.words) and self.words[at] == word else None

    @cached_property
    def by_length(self) -> dict[int, list[str]]:
        """The words of letters by their length, for spelling."""
        found: dict[int, list[str]] = {}
        for word in self.words:
            if word.isalpha():
                found.setdefault(len(word), []).append(word)
        return found

    def range(self, prefix: str) -> range:
        """Numbers of the words beginning with ``prefix``."""
        return range(
            bisect_left(self.words, prefix), bisect_left(self.words, prefix + "\U0010ffff")
        )


class Leaf:
    """A segment's words, facts and pages."""

    def __init__(self, storage: Any, schema: Any, segment: Any, cache: ByteCache) -> None:
        self.name: str = segment.segment_id()
        self._reader = reader = SegmentReader(storage, schema, segment)
        # Searches under way may still hold a leaf that the newest snapshot has let go.
        weakref.finalize(self, reader.close)
        self._lock = threading.Lock()  # Whoosh's files remember a position
        self.cache = cache
        self.size: int = segment.doc_count_all()
        self.lexicon = Lexicon(self._reader._terms)
        self._pages = self._reader.column_reader("pages", PAGES, translate=False)
        self._facts = self._reader.column_reader("facts", FACTS, translate=False)
        self._load_facts()
        self._families: dict[str, tuple[int, ...]] = {}
        self._title_words: tuple[list[str], list[NDArray[np.int32]]] | None = None
        self._norms: tuple[float, NDArray[np.float32]] | None = None

    def _load_facts(self) -> None:
        facets: dict[str, dict[str, list[int]]] = {}
        readers: dict[str, list[int]] = {}
        titles: list[str] = []
        rows = np.zeros((self.size, 6), dtype=np.int64)
        lengths = np.zeros((self.size, relevance.PART_COUNT), dtype=np.float32)
        for number in range(self.size):
            facts = facts_of(self._facts[number])
            rows[number] = (
                facts.id,
                facts.revision,
                facts.expires,
                facts.updated,
                facts.review_by,
                facts.uses,
            )
            lengths[number] = facts.lengths
            titles.append(facts.title)
            for token in facts.visibility:
                readers.setdefault(token, []).append(number)
            for key, values in facts.facets.items():
                of_key = facets.setdefault(key, {})
                for value in values:
                    of_key.setdefault(value, []).append(number)
        self.ids = rows[:, 0].copy()
        self.revisions = rows[:, 1].copy()
        self.expires = rows[:, 2].astype(np.int32)
        self.updated = rows[:, 3].astype(np.int32)
        self.review_by = rows[:, 4].astype(np.int32)
        self.uses = rows[:, 5].astype(np.int32)
        self.lengths = lengths
        self.titles = titles
        self.readers = {token: BitMap(numbers) for token, numbers in readers.items()}
        self.facets = {
            key: {value: BitMap(numbers) for value, numbers in of_key.items()}
            for key, of_key in facets.items()
        }

    # Words

    def family(self, stemmed: str) -> tuple[int, ...]:
        """Numbers of the words that share a stem."""
        known = self._families.get(stemmed)
        if known is None:
            words = self.lexicon.words
            known = tuple(
                number
                for number in self.lexicon.range(analysis.family_prefix(stemmed))
                if analysis.stem(words[number]) == stemmed
            )
            if len(self._families) > 20_000:  # a segment's whole life may see many searches
                self._families.clear()
            self._families[stemmed] = known
        return known

    def _read(self, offset: int, length: int) -> bytes:
        data: bytes = self._reader._terms._postfile.get(offset, length)
        return data

    def postings(self, number: int) -> Postings:
        """Postings of the word with that number in the lexicon."""
        key = (self.name, "postings", number)
        found: Postings | None = self.cache.get(key)
        if found is None:
            with self._lock:
                documents, counts, at = read_counts(self._read, int(self.lexicon.offsets[number]))
            found = Postings(documents, counts, at)
            self.cache.put(key, found, documents.nbytes + counts.nbytes)
        return found

    def _blocks(self, number: int, wanted: Iterable[int]) -> dict[int, NDArray[np.uint32]]:
        """Places of the wanted blocks of a word, by block number."""
        found: dict[int, NDArray[np.uint32]] = {}
        missing: set[int] = set()
        for block in wanted:
            places = self.cache.get((self.name, "places", number, block))
            if places is None:
                missing.add(block)
            else:
                found[block] = places
        if missing:
            at = self.postings(number).places_at
            with self._lock:
                for block in range(max(missing) + 1):
                    if block not in missing:
                        (size,) = struct.unpack("<I", self._read(at, 4))
                        at += 8 + size
                        continue
                    found[block], at = read_block(self._read, at)
            for block in missing:
                self.cache.put(
                    (self.name, "places", number, block), found[block], found[block].nbytes
                )
        return found

    def mentions(self, number: int, among: NDArray[np.int32] | None = None) -> NDArray[np.int64]:
        """``document << PLACE_BITS | place`` of a word's mentions, ascending.

        Only in the documents ``among``, which ascend; in all without.
        """
        postings = self.postings(number)
        if among is None:
            chosen = np.arange(len(postings.documents))
        else:
            at = np.searchsorted(postings.documents, among)
            at = np.minimum(at, len(postings.documents) - 1)
            chosen = at[postings.documents[at] == among]
        if not len(chosen):
            return np.empty(0, dtype=np.int64)
        blocks = np.unique(chosen // BLOCK)
        read = self._blocks(number, [int(block) for block in blocks])
        keep = np.zeros(self.size, dtype=bool)
        keep[postings.documents[chosen]] = True
        pieces = []
        for block in blocks:
            inside = slice(int(block) * BLOCK, (int(block) + 1) * BLOCK)
            per = postings.counts[inside].sum(axis=1, dtype=np.int64)
            of = np.repeat(postings.documents[inside].astype(np.int64), per)
            keys = (of << PLACE_BITS) | read[int(block)].astype(np.int64)
            pieces.append(keys[keep[of]])
        return np.concatenate(pieces)

    def all_mentions(self) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Every word with its mentions, past the cache: for merging."""
        for number, word in enumerate(self.lexicon.words):
            with self._lock:
                documents, counts, at = read_counts(self._read, int(self.lexicon.offsets[number]))
                blocks = []
                for _ in range(0, len(documents), BLOCK):
                    block, at = read_block(self._read, at)
                    blocks.append(block)
            per = counts.sum(axis=1, dtype=np.int64)
            places = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
            yield (
                word,
                (np.repeat(documents.astype(np.int64), per) << PLACE_BITS)
                | places.astype(np.int64),
            )

    # Weights

    def norms(self, average_body: float) -> NDArray[np.float32]:
        """What one mention is worth in each part of each document."""
        if self._norms is None or self._norms[0] != average_body:
            pivot = relevance.PART_LENGTHS.copy()
            pivot[relevance.BODY] = average_body
            b = relevance.PART_B
            norms = relevance.PART_WEIGHTS / (1 - b + b * self.lengths / pivot)
            self._norms = (average_body, norms.astype(np.float32))
        return self._norms[1]

    def weigh(
        self, documents: NDArray[np.int32], counts: NDArray[np.uint16], average_body: float
    ) -> NDArray[np.float32]:
        """Weighted, length-normalised number of mentions for each document."""
        weights: NDArray[np.float32] = np.einsum(
            "ij,ij->i", counts, self.norms(average_body)[documents], dtype=np.float32
        )
        return weights

    # Facts, pages and titles of single documents

    def facts(self, number: int) -> Facts:
        """All facts of a document."""
        with self._lock:
            return facts_of(self._facts[number])

    def raw(self, number: int) -> tuple[bytes, bytes]:
        """Both columns of a document as stored, for merging."""
        with self._lock:
            return self._facts[number], self._pages[number]

    def pages(self, number: int) -> StoredPages:
        """The pages of a document."""
        with self._lock:
            data = self._pages[number]
        return StoredPages(data)

    def title_words(self) -> tuple[list[str], list[NDArray[np.int32]]]:
        """Words of titles in order, and for each the documents whose title has it."""
        if self._title_words is None:
            found: dict[str, list[int]] = {}
            for number, title in enumerate(self.titles):
                for word in set(analysis.words(title)):
                    found.setdefault(word, []).append(number)
            ordered = sorted(found)
            self._title_words = (
                ordered,
                [np.array(found[word], dtype=np.int32) for word in ordered],
            )
        return self._title_words


def parts_of(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The part each place is in."""
    return np.searchsorted(PART_BASE.astype(np.int64), places, side="right") - 1


def counts_of(
    mentions: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
    """Documents and counts per part from mentions (``document << PLACE_BITS | place``)."""
    documents, inverse = np.unique(mentions >> PLACE_BITS, return_inverse=True)
    parts = parts_of(mentions & ((1 << PLACE_BITS) - 1))
    counts = np.bincount(
        inverse * relevance.PART_COUNT + parts, minlength=len(documents) * relevance.PART_COUNT
    )
    shaped = counts.reshape(len(documents), relevance.PART_COUNT)
    return documents.astype(np.int32), np.minimum(shaped, 65_535).astype(np.uint16)


def _contained(values: NDArray[np.int64], ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which values are in ``ordered``; numpy's own ``isin`` sorts what is sorted."""
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    same: NDArray[np.bool_] = ordered[at] == values
    return same


def side_by_side(
    leaf: Leaf, slots: Sequence[Sequence[int]], among: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Mentions of the first slot that are followed by the others, in the documents given.

    A slot is the numbers of the words that may stand there.
    """
    found: NDArray[np.int64] | None = None
    for step, numbers in enumerate(slots):
        mentions = [leaf.mentions(number, among) - step for number in numbers]
        here = np.concatenate(mentions) if mentions else np.empty(0, dtype=np.int64)
        here.sort()
        found = here if found is None else found[_contained(found, here)]
        if not len(found):
            break
        among = np.unique(found >> PLACE_BITS).astype(np.int32)
    return found if found is not None else np.empty(0, dtype=np.int64)
