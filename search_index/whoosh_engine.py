"""The embedded engine: Whoosh keeps the segments, numpy and bitmaps answer.

Any number of threads and processes read; one writes. A commit is one renamed file; a reader sees
it at its next search, opens only the segments that are new, and lets the old ones go.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from whoosh.index import TOC, FileIndex

from search_index import analysis
from search_index.cache import ByteCache
from search_index.errors import IndexUnavailable, SearchError
from search_index.leaf import Leaf
from search_index.matching import check_deadline
from search_index.one_document import matches
from search_index.searching import Searching
from search_index.snapshot import Snapshot
from search_index.store import (
    INDEX_NAME,
    DiskStore,
    MemoryStore,
    check_files,
    create_empty,
    latest,
    read_manifest,
)
from search_index.suggesting import complete, similar
from search_index.types import Document, IndexState, Matches, ResultPage, SearchQuery
from search_index.whoosh_codec import LAYOUT, schema
from search_index.writing import Changes, engine_errors, fill, write

CACHE_BYTES: Final = 64 * 2**20
"""What one process keeps of posting lists: at 10,000 assets most of what is ever asked for."""
TIME_LIMIT: Final = 0.8
"""Seconds after which a search answers with what it has."""
AT_ONCE: Final = 4
"""Searches one process runs at a time; more would only share the same processor."""

_Answer = TypeVar("_Answer")


class WhooshIndex:
    """An index in a folder, or in memory when ``path`` is None.

    A missing or empty folder becomes an empty index; anything else that cannot be opened raises
    ``IndexUnavailable`` when it is used, never here. ``time_limit`` is in seconds.
    """

    def __init__(
        self,
        path: Path | str | None,
        *,
        time_limit: float = TIME_LIMIT,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._store = MemoryStore() if path is None else DiskStore(Path(path))
        self._time_limit = time_limit
        self._cache = ByteCache(cache_bytes)
        self._refreshing = threading.Lock()
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._snapshot: Snapshot | None = None
        self._stamp: object = None
        self._closed = False
        self.fingerprint = analysis.fingerprint(LAYOUT)
        self._create_when_empty()

    def _create_when_empty(self) -> None:
        try:
            if isinstance(self._store, DiskStore) and not self._store.prepare():
                return
            with self._store.lock():
                name, storage = self._store.fresh()
                create_empty(storage, self.fingerprint)
                self._store.swap(name, storage)
        except SearchError:
            return  # said again, with its reason, when the index is used

    # Reading

    def search(self, query: SearchQuery) -> ResultPage:
        """See ``SearchIndex.search``."""
        deadline = time.monotonic() + self._time_limit
        if not self._slots.acquire(timeout=self._time_limit):
            return ResultPage(hits=(), total=0, partial=True)
        try:
            return self._answer(lambda snapshot: Searching(snapshot, query, deadline).page())
        finally:
            self._slots.release()

    def ids(self, query: SearchQuery, limit: int) -> tuple[Sequence[int], int]:
        """See ``SearchIndex.ids``."""
        deadline = time.monotonic() + self._time_limit
        return self._answer(lambda snapshot: Searching(snapshot, query, deadline).ids(limit))

    def matches(self, document_id: int, query: SearchQuery) -> Matches:
        """See ``SearchIndex.matches``."""
        check_time = partial(check_deadline, time.monotonic() + self._time_limit)
        return self._answer(lambda snapshot: matches(snapshot, document_id, query, check_time))

    def complete(self, prefix: str, query: SearchQuery, limit: int) -> Sequence[int]:
        """See ``SearchIndex.complete``."""
        return self._answer(lambda snapshot: complete(snapshot, prefix, query, limit))

    def similar(self, document_id: int, query: SearchQuery, limit: int) -> Sequence[int]:
        """See ``SearchIndex.similar``."""
        return self._answer(lambda snapshot: similar(snapshot, document_id, query, limit))

    def revisions(self) -> Mapping[int, Sequence[int]]:
        """See ``SearchIndex.revisions``."""

        def all_of(snapshot: Snapshot) -> dict[int, list[int]]:
            found: dict[int, list[int]] = {}
            pairs = zip(snapshot.ids, snapshot.revisions, snapshot.alive, strict=True)
            for document_id, revision, alive in pairs:
                if alive:
                    found.setdefault(int(document_id), []).append(int(revision))
            return found

        return self._answer(all_of)

    def state(self) -> IndexState:
        """See ``SearchIndex.state``."""
        return self._answer(
            lambda snapshot: IndexState(snapshot.documents, snapshot.generation, self.fingerprint)
        )

    def verify(self) -> None:
        """See ``SearchIndex.verify``."""

        def check(_: Snapshot) -> None:
            storage = self._store.current()[1]
            check_files(storage, self._manifest(storage, latest(storage)))

        self._answer(check, retries=3)

    def _answer(self, ask: Callable[[Snapshot], _Answer], retries: int = 1) -> _Answer:
        """Ask the present snapshot; whatever the engine throws means that the index is broken.

        A commit may remove a file between the look at the folder and its opening, so a failure
        is looked at once more before it is believed.
        """
        if self._closed:
            raise IndexUnavailable("the index is closed")
        for left in range(retries, -1, -1):
            try:
                return ask(self._present())
            except IndexUnavailable:
                self._forget()
                if not left:
                    raise
            except Exception as error:
                self._forget()
                if not left:
                    raise IndexUnavailable(f"{type(error).__name__}: {error}") from error
            time.sleep(0.02)
        raise AssertionError("unreachable")

    def _forget(self) -> None:
        with self._refreshing:
            self._snapshot, self._stamp = None, None

    def _present(self) -> Snapshot:
        """The newest snapshot; costs two looks at the folder when nothing changed."""
        stamp = self._store.stamp()
        if self._snapshot is not None and stamp == self._stamp:
            return self._snapshot
        with self._refreshing:
            if self._snapshot is not None and stamp == self._stamp:
                return self._snapshot
            self._snapshot = self._opened(self._snapshot)
            self._stamp = stamp
            return self._snapshot

    def _opened(self, old: Snapshot | None) -> Snapshot:
        name, storage = self._store.current()
        number = latest(storage)
        generation = f"{name}.{number}"
        if old is not None and old.generation == generation:
            return old
        if number < 0:
            raise IndexUnavailable("the index has no table of contents")
        manifest = self._manifest(storage, number)
        known = {leaf.name: leaf for leaf in old.leaves} if old is not None else {}
        check_files(storage, manifest, skip=frozenset(f"{leaf}.seg" for leaf in known))
        toc = TOC.read(storage, INDEX_NAME, gen=number, schema=schema())
        leaves = [
            known.get(segment.segment_id()) or Leaf(storage, toc.schema, segment, self._cache)
            for segment in toc.segments
        ]
        self._cache.forget({leaf.name for leaf in leaves})
        return Snapshot(
            generation, leaves, [sorted(segment.deleted_docs()) for segment in toc.segments]
        )

    def _manifest(self, storage: Any, number: int) -> dict[str, Any]:
        manifest = read_manifest(storage, number)
        if manifest["fingerprint"] != self.fingerprint:
            raise IndexUnavailable("the index was made by another version and must be rebuilt")
        return manifest

    # Writing

    @contextmanager
    def batch(self) -> Iterator[Changes]:
        """See ``SearchIndex.batch``."""
        with self._store.lock():
            snapshot: Snapshot = self._answer(lambda present: present)
            changes = Changes()
            yield changes
            if changes:
                documents = changes.prepared()
                index = self._handle(self._store.current()[1])
                with engine_errors():
                    write(index, snapshot, changes.latest, documents, self.fingerprint)

    @contextmanager
    def rebuild(self, documents: Iterable[Document]) -> Iterator[IndexState]:
        """See ``SearchIndex.rebuild``."""
        with self._store.lock():
            name, storage = self._store.fresh()
            try:
                create_empty(storage, self.fingerprint)
                count = fill(self._handle(storage), documents, self.fingerprint)
                check_files(storage, read_manifest(storage, latest(storage)))
                yield IndexState(count, f"{name}.{latest(storage)}", self.fingerprint)
                self._store.swap(name, storage)
            except BaseException:
                self._store.discard(name)
                raise

    @staticmethod
    def _handle(storage: Any) -> Any:
        return FileIndex(storage, schema(), INDEX_NAME)

    def close(self) -> None:
        """See ``SearchIndex.close``."""
        self._closed = True
        self._forget()
