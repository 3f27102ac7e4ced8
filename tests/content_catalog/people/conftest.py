"""A catalog on a real SQLite file, a clock that only moves when told, and cheap hashes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from catalogs import MovableClock, empty_database

from content_catalog import SYSTEM, Actor, Catalog, Role, Side, open_catalog, people
from content_catalog.people import passwords

GOOD_PASSWORD = "seven tidy otters whistle"


NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Office:
    """The catalog, its clock, and short words for what these tests do all the time."""

    def __init__(self, catalog: Catalog, clock: MovableClock) -> None:
        self.catalog, self.clock = catalog, clock

    def add(self, email: str, role: Role = Role.REP, **more: Any) -> Actor:
        side = Side.SALES if role is Role.REP else Side.MARKETING
        name = email.partition("@")[0].title()
        new = people.NewUser(email, name, role, side, **({"password": GOOD_PASSWORD} | more))
        user_id = self.do(people.add_user, new)
        return Actor(user_id, name, role, email, side)

    def do(self, command: Any, *args: Any, by: Actor = SYSTEM, **named: Any) -> Any:
        with self.catalog.work(by) as work:
            return command(work, *args, **named)

    def ask(self, query: Any, *args: Any, by: Actor = SYSTEM) -> Any:
        with self.catalog.look(by) as look:
            return query(look, *args)

    def sign_in(
        self, email: str, password: str = GOOD_PASSWORD, address: str | None = "192.0.2.7"
    ) -> str | None:
        attempt = self.do(people.begin_sign_in, email, address)
        ok = passwords.verify(attempt.password_hash, password)
        return self.do(people.finish_sign_in, attempt, ok, address, "test browser")

    def session(self, secret: str | None) -> people.SignedIn | None:
        return self.ask(people.session, secret or "")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = MovableClock(NINE)
    path = tmp_path / "people.db"
    path.write_bytes(empty_database())
    catalog = open_catalog(f"sqlite:///{path}", clock=clock)
    yield Office(catalog, clock)
    catalog.close()
