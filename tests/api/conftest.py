from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import Program, program
from shelf import ADMIN, MARKETER, REP, Shelf, new_shelf
from sites import make_site


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with make_site(tmp_path) as site:
        yield new_shelf(site)


@pytest.fixture
def rep(shelf: Shelf) -> Program:
    return program(shelf.site, REP)


@pytest.fixture
def marketer(shelf: Shelf) -> Program:
    return program(shelf.site, MARKETER)


@pytest.fixture
def admin(shelf: Shelf) -> Program:
    return program(shelf.site, ADMIN)
