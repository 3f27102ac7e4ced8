from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shelf import Shelf, new_shelf
from sites import make_site


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with make_site(tmp_path) as site:
        yield new_shelf(site)
