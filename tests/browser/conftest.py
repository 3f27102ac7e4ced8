"""A demo library on a live site, once per run, and browsers in which nothing may go wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live import COOKIE, REP, LiveSite, Visit, Watch, copied, demo_library, serving
from playwright.sync_api import Browser, Page, expect, sync_playwright

from content_catalog.people import passwords

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP = {"width": 1440, "height": 900}

# A busy machine is slow, not wrong.
expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module stays in one process, which makes its site once; a long test may come in parts."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            part = getattr(item, "callspec", None) and item.callspec.params.get("part", "")
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}{part or ''}"))


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo library. To be copied, never to be served."""
    folder = tmp_path_factory.mktemp("library")
    former = passwords.use_cost(passwords.Cost(memory_kib=8, passes=1))
    demo_library(folder)
    passwords.use_cost(former)
    return folder


@pytest.fixture(scope="module")
def site(
    library: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[LiveSite]:
    """Each module changes a library of its own; its index may be asked to be ``broken index``."""
    folder = copied(library, tmp_path_factory.mktemp("site"))
    if getattr(request, "param", None) == "broken index":
        for path in (folder / "index").rglob("*.seg"):
            path.write_bytes(b"not an index")
    with serving(folder) as live:
        yield live


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = [path for path in map(shutil.which, NAMES) if path]
    path = os.environ.get("CHROME") or (found[0] if found else None)
    assert path, "the browser tests need Chromium; name it in CHROME"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def visit(chromium: Browser, site: LiveSite, watch: Watch) -> Iterator[Visit]:
    """``visit(email)`` opens a browser of its own in which this person is signed in."""
    contexts = []

    def open_browser(email: str | None = REP, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=site.url, **{"viewport": DESKTOP, "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(8000)
        contexts.append(context)
        watch.follow(context)
        if email is not None:
            context.add_cookies([{"name": COOKIE, "value": site.session(email), "url": site.url}])
        return context.new_page()

    yield open_browser
    try:
        watch.check()
    finally:
        for context in contexts:
            context.close()


@pytest.fixture
def page(visit: Visit) -> Page:
    """A rep at a desk."""
    return visit(REP)
