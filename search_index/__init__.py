"""How to find: documents in, ranked hits out. Knows nothing of the catalog or the web."""

from search_index.errors import IndexBusy, IndexUnavailable, SearchError
from search_index.one_document import marked
from search_index.opening import open_index
from search_index.protocol import Batch, SearchIndex
from search_index.query_text import ParsedQuery, parse
from search_index.types import (
    Document,
    Hit,
    IndexState,
    Matches,
    Page,
    ResultPage,
    SearchQuery,
    Snippet,
    Sort,
)

__all__ = [
    "Batch",
    "Document",
    "Hit",
    "IndexBusy",
    "IndexState",
    "IndexUnavailable",
    "Matches",
    "Page",
    "ParsedQuery",
    "ResultPage",
    "SearchError",
    "SearchIndex",
    "SearchQuery",
    "Snippet",
    "Sort",
    "marked",
    "open_index",
    "parse",
]
