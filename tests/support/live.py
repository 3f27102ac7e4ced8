"""The application as people meet it: waitress on loopback, real data, a browser that tells on it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import waitress
from catalogs import database_with_words
from flask import Flask
from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Response
from waitress import wasyncore

from app import create_app, demo_loading, indexing
from app.settings import Settings, prepare
from app.wiring import Services, build
from app.worker import Worker
from content_catalog import SYSTEM, Role, Side, assets, people

REP = "nora.whitfield@example.com"
MARKETER = "camille.aubry@example.com"
ADMIN = "samir.rahal@example.com"
COOKIE = "finder_session"
Visit = Callable[..., Page]


def _services(folder: Path) -> Services:
    return build(prepare(Settings(data_dir=folder, secret_key="k" * 40, host="127.0.0.1")))


def demo_library(folder: Path) -> None:
    """The demo library in this folder: every file read, every page drawn, all of it indexed."""
    (folder / "catalog.db").write_bytes(database_with_words())
    services = _services(folder)
    demo_loading.load(services)
    Worker(services).run_until_idle(limit_seconds=120)
    services.close()


@dataclass
class LiveSite:
    """A running application and short words for what happens behind its pages."""

    url: str
    app: Flask
    services: Services
    folder: Path

    @property
    def password(self) -> str:
        return demo_loading.demo_password(self.folder)

    def do(self, command: Any, *args: Any, **named: Any) -> Any:
        with self.services.catalog.work(SYSTEM) as work:
            return command(work, *args, **named)

    def ask(self, query: Any, *args: Any, **named: Any) -> Any:
        with self.services.catalog.look(SYSTEM) as look:
            return query(look, *args, **named)

    def work_off(self) -> None:
        """Everything the worker has to do, done in this thread."""
        Worker(self.services).run_until_idle(limit_seconds=60)

    def index(self) -> None:
        indexing.sync_all(self.services)

    def asset(self, title: str) -> int:
        """Id of the newest asset with this title."""
        found = self.ask(assets.find_duplicates, title=title)
        assert found, f"there is no asset {title!r}"
        return int(max(card.id for card in found))

    def add_person(self, email: str, name: str, role: Role) -> int:
        side = Side.SALES if role is Role.REP else Side.MARKETING
        return int(self.do(people.add_user, people.NewUser(email, name, role, side)))

    def session(self, email: str) -> str:
        """The secret of a session, as if this person had signed in."""
        card = self.ask(people.by_email, email)
        return str(self.do(people.start_session, card.id, "127.0.0.1", "test"))


@contextmanager
def serving(folder: Path) -> Iterator[LiveSite]:
    """The application on this data folder, on a free port of its own."""
    services = _services(folder)
    app = create_app(services.settings, services)
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=6, ident=None)
    thread = threading.Thread(target=_run, args=(server,), name="live site", daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.effective_port}"
        yield LiveSite(url, app, services, folder)
    finally:
        # Sockets may be closed only by the thread that waits on them.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
        thread.join(10)
        services.close()


def _run(server: Any) -> None:
    with suppress(OSError):
        server.run()
    server.task_dispatcher.shutdown(timeout=5)


def copied(library: Path, folder: Path) -> Path:
    shutil.copytree(library, folder, dirs_exist_ok=True)
    return folder


# Told elsewhere: a failed load by its status, where a test can expect it; and htmx calls it an error
# that a newer search took the place of one under way, which is meant.
NO_TROUBLE = ("Failed to load resource", "htmx:sendAbort,", "htmx:afterRequest,")
# A report of the policy is told at once, also where nobody waits for it.
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))"""


@dataclass
class Watch:
    """Everything that went wrong in a browser, and what a test says may go wrong."""

    trouble: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    log: list[Response] = field(default_factory=list)

    def expect(self, *statuses: int) -> None:
        """Answers that this test means to get."""
        self.statuses |= {*statuses}

    def expect_words(self, *beginnings: str) -> None:
        """Errors that this test means to see in the console."""
        self.words += beginnings

    def follow(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("page", lambda page: self.pages.append(page))
        context.on("console", self._console)
        context.on("weberror", lambda error: self.trouble.append(f"script: {error.error}"))
        context.on("response", self._response)
        context.on("dialog", self._dialog)

    def check(self) -> None:
        """Fails when anything went wrong; waits for what is still on its way."""
        for page in self.pages:
            if not page.is_closed():
                page.title()
        assert not self.trouble, "\n".join(self.trouble)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith((*NO_TROUBLE, *self.words)):
            self.trouble.append(f"console: {message.text} at {message.location.get('url')}")

    def _response(self, response: Response) -> None:
        self.log.append(response)
        if response.status >= 400 and response.status not in self.statuses:
            where = urlsplit(response.url)
            self.trouble.append(f"{response.status} from {where.path}?{where.query}")

    def _dialog(self, dialog: Dialog) -> None:
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()
