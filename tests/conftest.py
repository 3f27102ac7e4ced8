"""What most tests stand on: a clock that only moves when told and a catalog on a real file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import make
import pytest
from catalogs import Desk, MovableClock, database_with_words

from app.wiring import Services
from content_catalog import Actor, Catalog, Role, open_catalog
from content_catalog.people import passwords


@pytest.fixture(autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """A password costs as much memory as a login may take; here it is as cheap as it can be."""
    former = passwords.use_cost(passwords.Cost(memory_kib=8, passes=1))
    yield
    passwords.use_cost(former)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def catalog(tmp_path: Path, clock: MovableClock) -> Iterator[Catalog]:
    """A catalog with the default taxonomy on a file of its own."""
    path = tmp_path / "catalog.db"
    path.write_bytes(database_with_words())
    opened = open_catalog(f"sqlite:///{path}", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def desk(catalog: Catalog, clock: MovableClock) -> Desk:
    """The catalog with short words to change and read it."""
    return Desk(catalog, clock)


@pytest.fixture
def rep(desk: Desk) -> Actor:
    return make.person(desk, "rep@example.com", Role.REP)


@pytest.fixture
def marketer(desk: Desk) -> Actor:
    return make.person(desk, "marketer@example.com", Role.MARKETER)


@pytest.fixture
def admin(desk: Desk) -> Actor:
    return make.person(desk, "admin@example.com", Role.ADMIN)


@pytest.fixture
def services(tmp_path: Path, clock: MovableClock) -> Iterator[Services]:
    """Everything the application works with, on a data folder of its own with an index on disk."""
    made = make.services(tmp_path / "data", clock)
    yield made
    made.close()


@pytest.fixture
def shop(services: Services, clock: MovableClock) -> Desk:
    """The desk of ``services``' own catalog."""
    return Desk(services.catalog, clock)
