"""An index by its address."""

from __future__ import annotations

from search_index.protocol import SearchIndex
from search_index.whoosh_engine import WhooshIndex


def open_index(url: str) -> SearchIndex:
    """Open the index at ``url``.

    ``whoosh:/var/index`` lies in that folder, ``whoosh:`` in memory. Raises ``ValueError`` for an
    address of no known engine; a damaged index is reported when it is used.
    """
    engine, colon, place = url.partition(":")
    if engine != "whoosh" or not colon:
        raise ValueError(f"{url!r} names no known search engine; known: whoosh:FOLDER, whoosh:")
    return WhooshIndex(place or None)
