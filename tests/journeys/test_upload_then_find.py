"""A marketer adds a file; minutes later a rep finds it by words on its second part, and takes it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import make
import pytest
from forms import form
from shelf import MARKETER, REP, Shelf, new_shelf, titles, words
from sites import make_site

from app import doctor
from content_catalog import SYSTEM, analytics

SHEET = b"# Payback sheet\n\nWhat it costs.\n\n# Proof\n\nHallowmere saved eleven percent.\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with make_site(tmp_path) as site:
        yield new_shelf(site)


def test_upload_then_find(shelf: Shelf) -> None:
    marketer, rep = shelf.browser(MARKETER), shelf.browser(REP)

    # The marketer adds the file with a persona and a stage.
    fields = form(marketer.get("/library/new").text, "/library/new")
    fields |= {
        "title": "ROI one-pager",
        "file": (io.BytesIO(SHEET), "../sheets/payback sheet.md"),
        "term_stage": "evaluate",
        "term_persona": "economic-buyer",
        "audience": "customer_ready",
        "status": "published",
    }
    added = marketer.post("/library/new", fields)
    assert added.status_code == 303, words(added.text)

    # It opens at once for everybody, says that it is being read, and is not found yet.
    shown = rep.get(added.location, follow_redirects=True)
    assert "ROI one-pager" in words(shown.text)
    assert titles(rep.get("/?q=hallowmere").text) == []

    # The worker reads and indexes it.
    make.work_off(shelf.site.services)

    # The rep finds it by a word inside, by the buyer's other name, and by the stage.
    for query in ("q=hallowmere", "q=CFO", "q=payback&stage=evaluate", "persona=economic-buyer"):
        assert titles(rep.get(f"/?{query}").text) == ["ROI one-pager"], query
    assert titles(rep.get("/?q=hallowmere&stage=expand").text) == []

    # The result says where the word stands; the rep downloads the very bytes.
    page = rep.get("/?q=hallowmere").text
    assert "Hallowmere" in words(page)
    file = rep.get(f"{added.location}/file")
    assert file.data == SHEET
    assert "payback sheet.md" in file.headers["Content-Disposition"]
    assert ".." not in file.headers["Content-Disposition"]

    # The use is counted, and everything is in order.
    asset_id = int(added.location.rpartition("/")[2].partition("-")[0])
    with shelf.site.services.catalog.look(SYSTEM) as look:
        assert analytics.most_used(look, limit=5) == [asset_id]
    unwell = [f for f in doctor.examine(shelf.site.services) if not f.ok and f.name != "disk"]
    assert unwell == []
