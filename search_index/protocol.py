"""The contract every engine keeps; ``tests/search_index/test_contract.py`` is the same executable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from search_index.types import Document, IndexState, Matches, ResultPage, SearchQuery


class Batch(Protocol):
    """Changes that become visible together. The last change per id wins."""

    def put(self, document: Document) -> None: ...

    def remove(self, document_id: int) -> None: ...


class SearchIndex(Protocol):
    """An index of documents.

    Reading never blocks on writing and always sees the last committed batch. Any number of
    threads and processes may read; one writes.
    """

    def batch(self) -> AbstractContextManager[Batch]:
        """Take the exclusive write lock; commit on leaving, discard on an exception.

        Raises ``IndexBusy`` at once when another writer holds the lock, ``IndexUnavailable`` when
        the index cannot be opened. The lock is let go whatever happens, also when the commit fails.
        """
        ...

    def search(self, query: SearchQuery) -> ResultPage:
        """Ranked page, total, facet counts and snippets.

        Text a user typed never raises: over the caps it is cut and ``truncated`` says so.
        Raises ``IndexUnavailable`` when the index is missing or damaged (found at the first error
        of any class), never anything of the engine's own.
        """
        ...

    def ids(self, query: SearchQuery, limit: int) -> tuple[Sequence[int], int]:
        """The first ids of ``search`` in its order, whatever the page, and the total.

        For neighbours of a hit: no facets, pages or snippets are worked out.
        """
        ...

    def matches(self, document_id: int, query: SearchQuery) -> Matches:
        """Where the query's words stand in one document."""
        ...

    def complete(self, prefix: str, query: SearchQuery, limit: int) -> Sequence[int]:
        """Ids of visible documents whose title has words starting with the words typed, best first."""
        ...

    def similar(self, document_id: int, query: SearchQuery, limit: int) -> Sequence[int]:
        """Ids of visible documents closest in words to the given one, best first."""
        ...

    def revisions(self) -> Mapping[int, Sequence[int]]:
        """Every indexed id with the revisions found under it (more than one: a duplicate)."""
        ...

    def state(self) -> IndexState:
        """Raises ``IndexUnavailable``."""
        ...

    def verify(self) -> None:
        """Compare size and hash of every file with the manifest; raises ``IndexUnavailable``."""
        ...

    def rebuild(self, documents: Iterable[Document]) -> AbstractContextManager[IndexState]:
        """Fill a new index beside the present one, then swap it in when the block is left well.

        Holds the write lock throughout, searches meanwhile see the old one. Starts in an empty
        folder, so a broken present index cannot hinder it.
        """
        ...

    def close(self) -> None: ...


DocumentSource = Iterator[Document]
