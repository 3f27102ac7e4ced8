"""Changes into segments: one writer, one commit per batch, small segments merged in time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import numpy as np

from search_index.documents import Prepared, prepare
from search_index.errors import IndexUnavailable, SearchError
from search_index.leaf import PLACE_BITS, Leaf
from search_index.snapshot import Snapshot
from search_index.store import TocStorage, latest, read_manifest, sweep_manifests
from search_index.types import Document
from search_index.whoosh_codec import Writer

SEGMENT_MENTIONS: Final = 6_000_000
"""Words after which a segment is closed: bounds the writer's memory to some 300 MB."""
TIER: Final = 8
"""Segments of about one size that are merged into one: few segments to search, and each document
is rewritten only as often as its segment grows eightfold."""
SMALLEST: Final = 4_096  # words below which segments count as one size

_PLACE_MASK = (1 << PLACE_BITS) - 1


@contextmanager
def engine_errors() -> Iterator[None]:
    """Whatever the engine throws while writing, a full disk included, leaves as one kind."""
    try:
        yield
    except SearchError:
        raise
    except Exception as error:
        raise IndexUnavailable(f"{type(error).__name__}: {error}") from error


class Changes:
    """What a batch collects. The last change per id wins, because the engine would keep both."""

    def __init__(self) -> None:
        self.latest: dict[int, Document | None] = {}

    def put(self, document: Document) -> None:
        """Add or replace a document."""
        self.latest[document.id] = document

    def remove(self, document_id: int) -> None:
        """Take a document out; unknown ids are no error."""
        self.latest[document_id] = None

    def prepared(self) -> list[Prepared]:
        """The documents to write, cut into words."""
        return [prepare(document) for document in self.latest.values() if document is not None]

    def __bool__(self) -> bool:
        return bool(self.latest)


class _Commit:
    """Writes table of contents and manifest of one commit."""

    def __init__(self, index: Any, fingerprint: str) -> None:
        self.storage = index.storage
        self.number = latest(index.storage) + 1
        known = read_manifest(index.storage, self.number - 1)["files"]
        self.toc_storage = TocStorage(index.storage, self.number, fingerprint, known)


def write(
    index: Any,
    snapshot: Snapshot,
    changed: Iterable[int],
    documents: Iterable[Prepared],
    fingerprint: str,
) -> None:
    """Replace the ``changed`` ids by ``documents``.

    ``snapshot`` must be the present one; the commit stands when this returns.
    """
    writer = Writer(index, _Commit(index, fingerprint).toc_storage)
    try:
        gone = np.isin(snapshot.ids, list(changed)) & snapshot.alive
        for number in np.flatnonzero(gone):
            writer.delete_document(int(number))
        for document in documents:
            writer.add(document)
        leaves = {leaf.name: leaf for leaf in snapshot.leaves}
        writer.commit(mergetype=lambda w, segments: _merge(w, segments, leaves))
    except BaseException:
        _drop(writer)
        raise
    sweep_manifests(index.storage, writer.generation)


def fill(index: Any, documents: Iterable[Document], fingerprint: str) -> int:
    """Write all ``documents`` into an empty index; returns how many.

    What ``documents`` raises goes through; the engine's own errors become ``IndexUnavailable``.
    """
    writer: Writer | None = None
    seen: set[int] = set()
    try:
        for document in documents:
            if document.id in seen:
                raise ValueError(f"document {document.id} came twice")
            seen.add(document.id)
            prepared = prepare(document)
            with engine_errors():
                writer = writer or Writer(index, _Commit(index, fingerprint).toc_storage)
                writer.add(prepared)
                if writer.pool.mentions >= SEGMENT_MENTIONS:
                    writer.commit(merge=False)
                    writer = None
        with engine_errors():
            if writer is not None:
                writer.commit(merge=False)
            sweep_manifests(index.storage, latest(index.storage))
    except BaseException:
        if writer is not None:
            _drop(writer)
        raise
    return len(seen)


def _drop(writer: Writer) -> None:
    """Give a writer up. Its half-written files go with the next commit; a full disk may keep even
    the giving up from working, which must not hide the first error."""
    if not writer.is_closed:
        with suppress(Exception):
            writer.cancel()


def _merge(writer: Writer, segments: Sequence[Any], leaves: dict[str, Leaf]) -> list[Any]:
    """Rewrite what is worth it into the writer's segment; returns the segments that stay."""
    chosen = _worth_merging(segments, leaves)
    for segment in segments:
        if segment.segment_id() in chosen and segment.doc_count():
            _copy(writer, leaves[segment.segment_id()], frozenset(segment.deleted_docs()))
    return [segment for segment in segments if segment.segment_id() not in chosen]


def _worth_merging(segments: Sequence[Any], leaves: dict[str, Leaf]) -> set[str]:
    tiers: dict[int, list[str]] = {}
    chosen: set[str] = set()
    for segment in segments:
        name = segment.segment_id()
        if not segment.doc_count():
            chosen.add(name)  # nothing left in it
            continue
        size = float(leaves[name].lengths.sum())
        if size > SEGMENT_MENTIONS / 2:
            if segment.deleted_count() > segment.doc_count():
                chosen.add(name)
            continue
        tier = int(math.log(max(size, SMALLEST) / SMALLEST, TIER))
        tiers.setdefault(tier, []).append(name)
    for names in tiers.values():
        if len(names) >= TIER:
            chosen.update(names)
    return chosen


def _copy(writer: Writer, leaf: Leaf, deleted: frozenset[int]) -> None:
    """Append a segment's living documents and their words."""
    renumbered = np.full(leaf.size, -1, dtype=np.int32)
    for number in range(leaf.size):
        if number not in deleted:
            renumbered[number] = writer.docnum
            writer.add_columns(*leaf.raw(number))
    for word, mentions in leaf.all_mentions():
        documents = renumbered[mentions >> PLACE_BITS]
        kept = documents >= 0
        if kept.any():
            places = (mentions & _PLACE_MASK).astype(np.uint32)
            writer.pool.add_list(word, documents[kept], places[kept])
