"""One tree of search errors; each carries its facts."""

from __future__ import annotations


class SearchError(Exception):
    """Anything this package raises."""


class IndexBusy(SearchError):
    """Another writer holds the lock; come back next round."""


class IndexUnavailable(SearchError):
    """The index is missing, damaged or of another make; ``reason`` is for the health page."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
