"""An admin renames a stage; everybody sees the new name at once and finds by the old one still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import make
import pytest
from forms import form
from shelf import ADMIN, REP, Shelf, new_shelf, titles, words
from sites import make_site

from app import indexing
from content_catalog import assets, audit, taxonomy


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with make_site(tmp_path) as site:
        yield new_shelf(site)


def test_rename_then_find(shelf: Shelf) -> None:
    mapped = shelf.put("Pilot plan", terms={"stage": ("evaluate",)})
    shelf.put("Price list", terms={"stage": ("negotiate",)})
    admin, rep = shelf.browser(ADMIN), shelf.browser(REP)
    stage = shelf.site.ask(taxonomy.read).term("stage", "evaluate")
    old_link = "/?stage=evaluate"
    assert titles(rep.get(old_link).text) == ["Pilot plan"]

    # The admin gives the stage the word that sales really says.
    path = f"/admin/taxonomy/stage/terms/{stage.id}"
    answer = admin.post(path, form(admin.get(path).text, path) | {"label": "Bake-off"})
    assert answer.status_code == 303, words(answer.text)

    # At once, before the index has followed: the new name on every page, the old link still works.
    page = rep.get(old_link)
    assert titles(page.text) == ["Pilot plan"]
    assert "Bake-off" in words(page.text)
    assert "Bake-off" in words(rep.get(f"/assets/{mapped}", follow_redirects=True).text)

    # The worker writes the one asset that is concerned again; both names find it.
    assert indexing.sync(shelf.site.services) == 1
    make.work_off(shelf.site.services)
    for query in ("bake-off", "evaluate", "Evaluation"):
        assert titles(rep.get(f"/?q={query}").text) == ["Pilot plan"], query

    # A table that says the old name still means this stage, and the log knows who did it.
    found = taxonomy.resolve(shelf.site.ask(taxonomy.read), "stage", stage.label)
    assert found is not None
    assert found.label == "Bake-off"
    entry = shelf.site.ask(audit.history, "term", stage.id)[0]
    assert (entry.actor_name, entry.after["label"]) == ("Admin", "Bake-off")
    assert indexing.compare(shelf.site.services).same
    assert shelf.site.ask(assets.page, mapped).rev == 1  # the asset itself did not change
