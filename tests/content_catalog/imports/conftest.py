"""A library with a taxonomy and no assets, and a marketer who imports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from import_tables import empty_database

from content_catalog import SYSTEM, Actor, Catalog, Role, Side, open_catalog, people


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    path = tmp_path / "catalog.db"
    path.write_bytes(empty_database())
    catalog = open_catalog(f"sqlite:///{path}")
    yield catalog
    catalog.close()


@pytest.fixture
def marketer(catalog: Catalog) -> Actor:
    return somebody(catalog, "mina@example.com", Role.MARKETER)


@pytest.fixture
def other(catalog: Catalog) -> Actor:
    """Another marketer."""
    return somebody(catalog, "marco@example.com", Role.MARKETER)


@pytest.fixture
def admin(catalog: Catalog) -> Actor:
    return somebody(catalog, "ada@example.com", Role.ADMIN)


@pytest.fixture
def rep(catalog: Catalog) -> Actor:
    return somebody(catalog, "rita@example.com", Role.REP)


def somebody(catalog: Catalog, email: str, role: Role) -> Actor:
    with catalog.work(SYSTEM) as work:
        user_id = people.add_user(
            work, people.NewUser(email, email.partition("@")[0].title(), role, Side.MARKETING)
        )
    return Actor(user_id, email, role, email)
