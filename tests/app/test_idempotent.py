"""C04: a form sent twice is one change."""

from __future__ import annotations

import io
from typing import Any

import pytest
from forms import form
from shelf import ADMIN, MARKETER, Shelf, words

from content_catalog import assets, taxonomy
from content_catalog.assets import AssetFilter


def count(shelf: Shelf) -> int:
    total: int = shelf.site.ask(assets.listing, AssetFilter()).total
    return total


def test_C04_a_double_click_adds_one_asset(shelf: Shelf) -> None:
    browser = shelf.browser(MARKETER)
    fields = form(browser.get("/library/new").text, "/library/new")
    fields |= {"title": "Sheet", "source": "text", "body": "words"}
    answers = [browser.post("/library/new", fields) for _ in range(3)]
    assert {answer.location for answer in answers} == {"/assets/1"}
    assert count(shelf) == 1


def test_C04_back_and_other_words_are_kept_and_asked_about(shelf: Shelf) -> None:
    browser = shelf.browser(MARKETER)
    fields = form(browser.get("/library/new").text, "/library/new")
    fields |= {"title": "Sheet", "source": "text", "body": "words"}
    browser.post("/library/new", fields)
    again = browser.post("/library/new", fields | {"title": "Another"})
    assert again.status_code == 422
    assert "This form was sent already, with other words." in words(again.text)
    kept = form(again.text, "/library/new")
    assert kept["title"] == ["Another"]
    assert browser.post("/library/new", kept).location == "/assets/2"


def test_C04_the_key_is_good_for_a_day_and_for_one_person(shelf: Shelf) -> None:
    fields: dict[str, Any] = {"title": "Sheet", "source": "text", "body": "words"}
    fields |= {"audience": "internal", "status": "published", "idempotency_key": "same"}
    browser = shelf.browser(MARKETER)
    browser.post("/library/new", fields)
    shelf.browser(ADMIN).post("/library/new", fields)
    assert count(shelf) == 2
    shelf.site.clock.move(hours=25)
    shelf.browser(MARKETER).post("/library/new", fields)
    assert count(shelf) == 3


def test_C04_an_upload_sent_twice_is_one_draft(shelf: Shelf) -> None:
    browser = shelf.browser(MARKETER)

    def send(data: bytes) -> Any:
        file = (io.BytesIO(data), "notes.md")
        sent = {"file": file, "idempotency_key": "one"}
        return browser.post("/library/upload", sent, headers={"Accept": "application/json"})

    first, second = send(b"# Notes"), send(b"# Notes")
    assert first.json["id"] == second.json["id"]
    assert send(b"# Longer notes").status_code == 422
    assert count(shelf) == 1


@pytest.mark.parametrize("body", ["New text"])
def test_C04_a_new_version_sent_twice_is_one(shelf: Shelf, body: str) -> None:
    asset_id = shelf.put("Sheet")
    browser = shelf.browser(MARKETER)
    path = f"/library/{asset_id}/version"
    fields = form(browser.get(f"/library/{asset_id}/edit").text, path) | {"body": body}
    for _ in range(2):
        assert browser.post(path, fields).status_code == 303
    assert len(shelf.site.ask(assets.page, asset_id).versions) == 2


def test_C04_a_term_sent_twice_is_one(shelf: Shelf) -> None:
    shelf.site.do(taxonomy.load_default)
    admin = shelf.browser(ADMIN)
    path = "/admin/taxonomy/product/terms"
    fields = form(admin.get("/admin/taxonomy/product").text, path) | {"label": "Rota Cloud"}
    assert [admin.post(path, fields).status_code for _ in range(2)] == [303, 303]
    labels = [t.label for t in shelf.site.ask(taxonomy.read).by_slug["product"].terms]
    assert labels.count("Rota Cloud") == 1
