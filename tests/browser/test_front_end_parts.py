"""The shipped parts of Bootstrap and htmx at work under the strict policy, on a page of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sources import ROOT

VENDOR = ROOT / "app" / "static" / "vendor"
# X04, without the parts that concern other pages than ours.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
)

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
def parts(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def test_X04_dialogs_sheets_toasts_and_swaps_work_under_the_policy(
    parts: Page, address: str
) -> None:
    """Bootstrap's script is shipped without Popper: what we use of it must not ask for Popper."""
    trouble: list[str] = []
    parts.on("console", lambda message: trouble.append(message.text))
    parts.on("pageerror", lambda error: trouble.append(str(error)))
    parts.goto(address)

    parts.get_by_role("button", name="Ask").click()
    expect(parts.get_by_text("Sure?")).to_be_visible()
    parts.get_by_role("button", name="Close").click()
    expect(parts.get_by_text("Sure?")).to_be_hidden()

    parts.get_by_role("button", name="Filters").click()
    expect(parts.get_by_label("Sheet")).to_be_focused()
    parts.keyboard.press("Escape")
    expect(parts.get_by_text("Stage")).to_be_hidden()

    parts.get_by_role("button", name="Tell").click()
    expect(parts.get_by_text("Link copied.")).to_be_visible()

    parts.get_by_role("button", name="Swap").click()
    expect(parts.get_by_text("Swapped in")).to_be_visible()
    assert trouble == []
