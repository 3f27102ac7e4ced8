"""A whole site for tests of the web edge: real database, real pages, a clock that can be moved."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from catalogs import MovableClock, database_with_words
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from app import create_app
from app.auth import requires
from app.settings import Settings, prepare
from app.wiring import EXTENSION, Services, build
from content_catalog import SYSTEM, Permission, Role, Side, people
from content_catalog.people import passwords

PASSWORD = "seven tidy otters whistle"


@dataclass
class Browser:
    """A person's browser: keeps cookies, sends the form token as our pages do."""

    client: FlaskClient
    address: str = "192.0.2.7"
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.open(path, method="GET", **more)

    def post(self, path: str, data: Any = None, *, token: str | None = "own", **more: Any) -> Any:
        """``token`` is the browser's own unless another is handed in; ``None`` sends none."""
        fields = dict(data or {})
        if token is not None:
            fields["csrf_token"] = self.token() if token == "own" else token
        return self.open(path, method="POST", data=fields, **more)

    def open(self, path: str, **more: Any) -> TestResponse:
        headers = self.headers | dict(more.pop("headers", {}))
        environ = {"REMOTE_ADDR": self.address} | more.pop("environ", {})
        more.setdefault("buffered", True)  # read to the end and closed, so what comes after is done
        return self.client.open(path, headers=headers, environ_overrides=environ, **more)

    def token(self) -> str:
        for page in ("/sign-in", "/profile"):
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
            if found:
                return html.unescape(found[1])
        raise AssertionError("no page shows a form token")

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> TestResponse:
        return self.post("/sign-in", {"email": email, "password": password} | more)

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None

    def is_signed_in(self) -> bool:
        return self.get("/profile").status_code == 200


@dataclass
class Site:
    app: Flask
    services: Services
    clock: MovableClock

    def browser(self, email: str | None = None, **more: Any) -> Browser:
        """A fresh browser, signed in when an address is given."""
        browser = Browser(self.app.test_client(), **more)
        if email is not None:
            assert browser.sign_in(email).status_code == 303
        return browser

    def add(self, email: str, role: Role = Role.REP) -> int:
        side = Side.SALES if role is Role.REP else Side.MARKETING
        name = email.partition("@")[0].title()
        return self.do(people.add_user, people.NewUser(email, name, role, side, PASSWORD))

    def add_one_of_each(self) -> dict[str, str]:
        """role -> address, with an account of each role."""
        emails = {role.value: f"{role.value}@example.com" for role in Role}
        for role in Role:
            self.add(emails[role.value], role)
        return emails

    def set_role(self, user_id: int, **changes: Any) -> None:
        card = self.ask(people.user, user_id)
        edit = people.UserEdit(card.version, card.name, card.role, card.side, card.active)
        self.do(people.edit_user, user_id, replace(edit, **changes))

    def api_token(self, email: str) -> str:
        card = self.ask(people.by_email, email)
        return str(self.do(people.add_token, card.id, "test"))

    def do(self, command: Any, *args: Any, **named: Any) -> Any:
        with self.services.catalog.work(SYSTEM) as work:
            return command(work, *args, **named)

    def ask(self, query: Any, *args: Any) -> Any:
        with self.services.catalog.look(SYSTEM) as look:
            return query(look, *args)

    def dump(self, *, without: tuple[str, ...] = ()) -> str:
        """Every row of every table, to see that nothing changed."""
        path = self.services.catalog.sqlite_path
        with sqlite3.connect(str(path)) as connection:
            lines = [line for line in connection.iterdump() if line.startswith("INSERT")]
        connection.close()
        return "\n".join(
            x for x in lines if not x.startswith(tuple(f'INSERT INTO "{t}"' for t in without))
        )


@contextmanager
def make_site(folder: Path, *, database: bytes | None = None, **settings: Any) -> Iterator[Site]:
    """An application on a database with nobody in it, with cheap password hashes.

    ``database`` is another one than that with the default taxonomy.
    """
    former = passwords.use_cost(passwords.Cost(memory_kib=8, passes=1))
    (folder / "catalog.db").write_bytes(database or database_with_words())
    chosen = prepare(
        Settings(data_dir=folder, index_url="whoosh:", secret_key="k" * 40, **settings)
    )
    clock = MovableClock()
    services = build(chosen, clock=clock)
    app = create_app(chosen, services)
    app.register_blueprint(trial_views())
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(_compiled_templates())
    assert app.extensions[EXTENSION] is services
    yield Site(app, services, clock)
    services.close()
    passwords.use_cost(former)


def trial_views() -> Blueprint:
    """Views that only tests have: one per permission that matters, and ones that go wrong."""
    views = Blueprint("trial", __name__)

    @views.route("/trial/own", methods=["GET", "POST"])
    @requires(Permission.KEEP_OWN)
    def own() -> str:
        return "own"

    @views.route("/trial/edit", methods=["GET", "POST"])
    @requires(Permission.EDIT_ASSETS)
    def edit() -> str:
        from flask import request

        return "|".join(f"{k}={v}" for k, v in request.form.items(multi=True) if k != "csrf_token")

    @views.route("/trial/undeclared", methods=["GET", "POST"])
    def undeclared() -> str:
        return "open to all"

    @views.get("/trial/broken")
    @requires(Permission.PUBLIC)
    def broken() -> str:
        raise RuntimeError("SELECT secret FROM /srv/finder/marker.py")

    @views.get("/trial/strict")
    @requires(Permission.PUBLIC)
    def strict() -> Any:
        return "bytes", 200, {"Content-Security-Policy": "sandbox; default-src 'none'"}

    @views.route("/api/v1/trial", methods=["GET", "POST"])
    @requires(Permission.FIND)
    def api() -> Any:
        return {"ok": True}

    return views


@cache
def _compiled_templates() -> str:
    """Each test has an application of its own; their templates are compiled once per run."""
    return mkdtemp()
