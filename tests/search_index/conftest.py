"""Every engine the contract is checked with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search_index import SearchIndex, open_index


@pytest.fixture(params=["whoosh on disk", "whoosh in memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    """An empty index of each engine."""
    url = f"whoosh:{tmp_path / 'index'}" if request.param == "whoosh on disk" else "whoosh:"
    opened = open_index(url)
    yield opened
    opened.close()


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[[], SearchIndex]:
    """Opens the same folder again and again, as several processes do."""
    return lambda: open_index(f"whoosh:{tmp_path / 'index'}")
