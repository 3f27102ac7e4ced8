"""The built front-end files: small, whole, and at home under the strict policy in a browser."""

from __future__ import annotations

import gzip
import os
import re
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sources import ROOT, templates

VENDOR = ROOT / "app" / "static" / "vendor"
SVG = "{http://www.w3.org/2000/svg}"
# X04, without the parts that concern other pages than ours.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
)
BUDGET = {"bootstrap-parts.css": 14_000, "htmx.min.js": 19_000, "bootstrap.min.js": 18_000}


def tool(name: str) -> ModuleType:
    spec = spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


assets = tool("assets")
chromium = tool("chromium")


def icons() -> set[str]:
    return {*assets.icon_names((ROOT / "tools" / "icons.txt").read_text(encoding="utf-8"))}


def test_the_files_are_built_from_the_present_sources() -> None:
    assert assets.is_current(ROOT, assets.fingerprint(ROOT)), "run make install"


@pytest.mark.parametrize("name", BUDGET)
def test_a_file_keeps_its_budget(name: str) -> None:
    assert len(gzip.compress((VENDOR / name).read_bytes(), 6)) <= BUDGET[name]


def test_no_file_asks_for_another() -> None:
    css = (VENDOR / "bootstrap-parts.css").read_text(encoding="utf-8")
    assert re.findall(r"url\(|@import|data:", css) == []
    for script in VENDOR.glob("*.js"):
        assert "sourceMappingURL" not in script.read_text(encoding="utf-8")


def test_the_licences_travel_with_the_files() -> None:
    licences = (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    assert {"htmx", "Bootstrap", "Bootstrap Icons"} <= {*licences.splitlines()}


def test_the_sprite_holds_each_icon_of_the_list() -> None:
    root = ElementTree.parse(VENDOR / "icons.svg").getroot()
    symbols = root.findall(f"{SVG}symbol")
    assert {symbol.get("id") for symbol in symbols} == icons()
    assert all(symbol.get("viewBox") and len(symbol) for symbol in symbols)


def test_templates_use_only_icons_of_the_sprite() -> None:
    used = {
        name
        for text in templates().values()
        for pattern in (
            r"icons\.svg[^\"]*#([a-z0-9-]+)",
            r"\bicon(?:\(|_name=)\s*[\"']([a-z0-9-]+)",
        )
        for name in re.findall(pattern, text)
    }
    assert used - icons() == set()


def test_an_icon_that_does_not_exist_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(assets.AssetsError, match="no icon named flying-pig"):
        assets.sprite(["flying-pig"], tmp_path)


def test_a_changed_source_makes_the_files_stale(tmp_path: Path) -> None:
    for path in assets.INPUTS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    before = assets.fingerprint(tmp_path)
    with (tmp_path / assets.ICONS).open("a", encoding="utf-8") as names:
        names.write("alarm\n")
    assert before == assets.fingerprint(ROOT) != assets.fingerprint(tmp_path)


def test_a_missing_file_makes_the_folder_stale(tmp_path: Path) -> None:
    folder = tmp_path / assets.VENDOR
    folder.mkdir(parents=True)
    for name in assets.outputs():
        (folder / name).write_text("x", encoding="utf-8")
    (folder / ".stamp").write_text("here", encoding="ascii")
    assert assets.is_current(tmp_path, "here")
    (folder / "htmx.min.js").unlink()
    assert not assets.is_current(tmp_path, "here")


def test_CHROME_is_believed_or_refused(tmp_path: Path) -> None:
    browser = tmp_path / "my-browser"
    browser.write_text("#!/bin/sh\n", encoding="utf-8")
    browser.chmod(0o755)
    assert chromium.find({"CHROME": str(browser), "PATH": ""}) == str(browser)
    with pytest.raises(chromium.NoChromium, match="cannot be started"):
        chromium.find({"CHROME": str(tmp_path / "none"), "PATH": ""})


def test_a_browser_is_found_by_any_of_its_names(tmp_path: Path) -> None:
    assert chromium.find({"PATH": str(tmp_path)}) is None
    browser = tmp_path / "chromium-browser"
    browser.write_text("#!/bin/sh\n", encoding="utf-8")
    browser.chmod(0o755)
    assert chromium.find({"PATH": str(tmp_path)}) == str(browser)


@pytest.mark.parametrize(
    ("text", "answer"), [("ID=debian\n", True), ('NAME="x"\nID="ubuntu"\nID_LIKE=debian\n', False)]
)
def test_only_debian_itself_gets_packages(tmp_path: Path, text: str, answer: bool) -> None:
    (tmp_path / "os-release").write_text(text, encoding="utf-8")
    assert chromium.is_debian(tmp_path / "os-release") is answer
    assert chromium.is_debian(tmp_path / "missing") is False


PAGE = """<!doctype html><html lang="en" data-bs-theme="light"><head><meta charset="utf-8">
<title>Parts</title><link rel="icon" href="/icon.svg">
<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false}'>
<link rel="stylesheet" href="/vendor/bootstrap-parts.css">
<script src="/vendor/htmx.min.js" defer></script>
<script src="/vendor/bootstrap.min.js" defer></script><script src="/drive.js" defer></script>
</head><body>
<button data-bs-toggle="modal" data-bs-target="#dialog">Ask</button>
<button data-bs-toggle="offcanvas" data-bs-target="#sheet">Filters</button>
<button id="tell">Tell</button><button hx-get="/piece.html" hx-target="#place">Swap</button>
<div id="place"></div>
<svg width="16" height="16"><use href="/vendor/icons.svg#search"/></svg>
<label>Kind <select class="form-select"><option>PDF</option></select></label>
<input class="form-control is-invalid" aria-label="Title">
<input type="checkbox" class="form-check-input" aria-label="Mine">
<div class="modal fade" id="dialog" tabindex="-1" aria-label="Question"><div class="modal-dialog">
<div class="modal-content"><p>Sure?</p><button class="btn-close" data-bs-dismiss="modal"
aria-label="Close"></button></div></div></div>
<div class="offcanvas offcanvas-bottom" id="sheet" tabindex="-1" aria-label="Sheet"><p>Stage</p>
<button class="btn-close" data-bs-dismiss="offcanvas" aria-label="Hide"></button></div>
<div class="toast" id="note" role="status"><p>Link copied.</p></div></body></html>"""
DRIVE = """document.getElementById("tell").addEventListener("click", () => {
  bootstrap.Toast.getOrCreateInstance(document.getElementById("note")).show();
});"""


class Handler(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "drive.js").write_text(DRIVE)
    (tmp_path / "piece.html").write_text("<p>Swapped in</p>")
    (tmp_path / "icon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "vendor").symlink_to(VENDOR)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page() -> Iterator[Page]:
    path = chromium.find(os.environ)
    assert path, chromium.ADVICE
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser.new_page()
        browser.close()


@pytest.mark.browser
def test_X04_dialogs_sheets_toasts_and_swaps_work_under_the_policy(
    page: Page, address: str
) -> None:
    """Bootstrap's script is shipped without Popper: what we use of it must not ask for Popper."""
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(address)

    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Sure?")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Sure?")).to_be_hidden()

    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_label("Sheet")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stage")).to_be_hidden()

    page.get_by_role("button", name="Tell").click()
    expect(page.get_by_text("Link copied.")).to_be_visible()

    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("Swapped in")).to_be_visible()
    assert trouble == []
