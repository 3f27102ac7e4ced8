"""Documents and queries for tests of the index, with everything filled in that a test leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from search_index import Document, Page, ResultPage, SearchIndex, SearchQuery

TODAY = date(2026, 3, 1)
EVERYONE = frozenset({"everyone"})


def document(number: int, title: str = "", *texts: str, **more: Any) -> Document:
    """A document everyone may find, one page per text."""
    pages = tuple(Page(at, f"p. {at}", text) for at, text in enumerate(texts, 1))
    more.setdefault("revision", 1)
    more.setdefault("visibility", EVERYONE)
    return Document(id=number, title=title or f"Asset {number}", pages=pages, **more)


def query(text: str = "", **more: Any) -> SearchQuery:
    """A search as everyone, today."""
    more.setdefault("readers", EVERYONE)
    more.setdefault("today", TODAY)
    return SearchQuery(text=text, **more)


def put(index: SearchIndex, *documents: Document) -> None:
    """Index documents in one batch."""
    with index.batch() as batch:
        for one in documents:
            batch.put(one)


def found(index: SearchIndex, text: str = "", **more: Any) -> list[int]:
    """Ids of the hits, best first."""
    return ids(index.search(query(text, **more)))


def ids(page: ResultPage) -> list[int]:
    """Ids of a page's hits."""
    return [hit.id for hit in page.hits]


def matches(index: SearchIndex, text: str = "", **more: Any) -> set[int]:
    """Ids of everything found."""
    return set(found(index, text, per_page=100, **more))


def titles(index: SearchIndex, *lines: str) -> None:
    """Index documents 1, 2, … with these titles."""
    put(index, *(document(at, line) for at, line in enumerate(lines, 1)))


__all__: Iterable[str] = [
    "EVERYONE",
    "TODAY",
    "document",
    "found",
    "ids",
    "matches",
    "put",
    "query",
    "titles",
]
