"""The library's pages: adding, editing together, many at once, the review queue."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from forms import form
from shelf import ADMIN, MARKETER, REP, Shelf, words
from sites import Browser, make_site

from content_catalog import Role, assets, audit, taxonomy
from content_catalog.assets import AssetFilter, Status

OTHER = "marco@example.com"


@pytest.fixture
def mina(shelf: Shelf) -> Browser:
    shelf.site.do(taxonomy.load_default)
    return shelf.browser(MARKETER)


@pytest.fixture
def marco(shelf: Shelf, mina: Browser) -> Browser:
    shelf.site.add(OTHER, Role.MARKETER)
    return shelf.browser(OTHER)


def edit_form(browser: Browser, asset_id: int) -> dict[str, Any]:
    path = f"/library/{asset_id}/edit"
    return form(browser.get(path).text, path)


def shown(shelf: Shelf, asset_id: int) -> assets.AssetPage:
    page: assets.AssetPage = shelf.site.ask(assets.page, asset_id)
    return page


def listed(shelf: Shelf) -> list[str]:
    found = shelf.site.ask(assets.listing, AssetFilter(sort="title"))
    return [card.title for card in found.cards]


def told(browser: Browser, answer: Any) -> str:
    assert answer.status_code == 303, words(answer.text)
    return words(browser.get(answer.location, follow_redirects=True).text)


def test_the_table_narrows_by_words_status_and_term(shelf: Shelf, mina: Browser) -> None:
    shelf.put("Payback sheet", terms={"stage": ("evaluate",)})
    shelf.put("Payback draft", status=Status.DRAFT)
    shelf.put("Price list", terms={"stage": ("prospect",)})

    def rows(query: str) -> list[str]:
        page = mina.get(f"/library?{query}").text
        return re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', page)

    assert sorted(rows("")) == ["Payback draft", "Payback sheet", "Price list"]
    assert sorted(rows("q=payback")) == ["Payback draft", "Payback sheet"]
    assert rows("status=draft") == ["Payback draft"]
    assert rows("stage=prospect") == ["Price list"]
    assert rows("unmapped=stage") == ["Payback draft"]
    assert rows("q=nowhere") == []
    assert len(rows("status=nonsense&stage=nonsense&page=x&sort=%00")) == 3


def test_an_empty_library_says_what_to_do(mina: Browser) -> None:
    page = words(mina.get("/library").text)
    assert "Your library is empty" in page
    assert "Import a spreadsheet" in page


def test_an_asset_of_each_kind_is_added(shelf: Shelf, mina: Browser) -> None:
    fields = form(mina.get("/library/new").text, "/library/new")
    text = fields | {"title": "A text", "source": "text", "body": "# Hello\r\n\r\nworld"}
    link = {"title": "A link", "source": "link", "link": "https://www.example.com/x"}
    file = {"title": "A file", "file": (io.BytesIO(b"# Notes\n\nwords"), "notes.md")}
    for number, sent in enumerate((text, link, file)):
        answer = mina.post("/library/new", fields | sent | {"idempotency_key": f"k{number}"})
        assert (answer.status_code, answer.location) == (303, f"/assets/{number + 1}")
    assert listed(shelf) == ["A file", "A link", "A text"]
    assert shown(shelf, 1).markdown == "# Hello\n\nworld"
    assert shown(shelf, 1).card.owner_email == MARKETER


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"title": ""}, "Give it a title."),
        ({"title": "x", "source": "file"}, "Choose a file."),
        ({"title": "x", "source": "link"}, "Give the address of the link."),
        ({"title": "x", "source": "link", "link": "javascript:alert(1)"}, "Expected an address"),
        ({"title": "x", "source": "text", "body": "b", "owner": "me"}, "not an e-mail address"),
        ({"title": "x", "source": "text", "body": "b", "review_by": "soon"}, "Not a valid date"),
    ],
)
def test_what_cannot_be_added_keeps_what_was_typed(
    shelf: Shelf, mina: Browser, sent: dict[str, str], said: str
) -> None:
    fields = form(mina.get("/library/new").text, "/library/new")
    answer = mina.post("/library/new", fields | {"summary": "All of my words"} | sent)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert form(answer.text, "/library/new")["summary"] == ["All of my words"]
    assert listed(shelf) == []


def test_U03_a_program_is_refused_and_the_form_kept(shelf: Shelf, mina: Browser) -> None:
    fields = form(mina.get("/library/new").text, "/library/new")
    file = (io.BytesIO(b"MZ\x90\x00" + bytes(200)), "plan.exe")
    answer = mina.post("/library/new", fields | {"title": "Plan", "file": file})
    assert answer.status_code == 422
    assert "plan.exe was not uploaded" in words(answer.text)
    assert form(answer.text, "/library/new")["title"] == ["Plan"]


def test_many_files_become_drafts_and_a_twin_is_named(shelf: Shelf, mina: Browser) -> None:
    def send(name: str, data: bytes) -> Any:
        file = {"file": (io.BytesIO(data), name), "idempotency_key": name}
        return mina.post("/library/upload", file, headers={"Accept": "application/json"})

    first, second = send("Rota_notes.md", b"# Rota"), send("again.md", b"# Rota")
    assert (first.status_code, first.json["title"], first.json["same_as"]) == (
        201,
        "Rota notes",
        [],
    )
    assert [twin["title"] for twin in second.json["same_as"]] == ["Rota notes"]
    assert {c.status for c in shelf.site.ask(assets.listing, AssetFilter()).cards} == {Status.DRAFT}
    page = mina.get(second.json["edit_url"]).text
    assert "This is the same file as “Rota notes”" in words(page)


def test_a_twin_can_become_the_new_version_of_the_other(shelf: Shelf, mina: Browser) -> None:
    one = shelf.put_file(b"# Rota", "rota.md", read=False)
    two = shelf.put_file(b"# Rota", "rota-v2.md", read=False)
    path = f"/library/{two}/as-version"
    answer = mina.post(path, form(mina.get(f"/library/{two}/edit").text, path))
    assert "It is the new version of “rota.md”" in told(mina, answer)
    assert [v.number for v in shown(shelf, one).versions] == [2, 1]
    assert shown(shelf, one).version.file_name == "rota-v2.md"
    left = shown(shelf, two)
    assert (left.card.status, left.successor) == (Status.ARCHIVED, one)


def test_saving_unchanged_words_changes_nothing(shelf: Shelf, mina: Browser) -> None:
    asset_id = shelf.put("Sheet", summary="Two\nlines", terms={"stage": ("evaluate",)})
    answer = mina.post(f"/library/{asset_id}/edit", edit_form(mina, asset_id))
    assert "Nothing was changed." in told(mina, answer)
    assert shown(shelf, asset_id).rev == 1


def test_US9_somebody_else_editing_is_shown(shelf: Shelf, mina: Browser, marco: Browser) -> None:
    asset_id = shelf.put("Sheet")
    path = f"/library/{asset_id}/edit"
    assert "editing this too" not in words(mina.get(path).text)
    assert "Marketer is editing this too" in words(marco.get(path).text)
    shelf.site.clock.move(minutes=3)
    assert "Marketer is editing" not in words(marco.get(path).text)


def test_US9_changes_of_different_fields_are_merged(
    shelf: Shelf, mina: Browser, marco: Browser
) -> None:
    asset_id = shelf.put("Sheet")
    path = f"/library/{asset_id}/edit"
    hers, his = edit_form(mina, asset_id), edit_form(marco, asset_id)
    assert mina.post(path, hers | {"title": "Better sheet"}).status_code == 303
    answer = marco.post(path, his | {"tags": "rota, payback"})
    assert "Marketer changed Title meanwhile; both changes are kept." in told(marco, answer)
    after = shown(shelf, asset_id)
    assert (after.card.title, after.tags) == ("Better sheet", ("rota", "payback"))


def clash(shelf: Shelf, mina: Browser, marco: Browser) -> tuple[int, Any]:
    """Both change the summary; she also the talk track, he also the tags."""
    asset_id = shelf.put("Sheet", summary="First words", talk_track="Say one")
    path = f"/library/{asset_id}/edit"
    hers, his = edit_form(mina, asset_id), edit_form(marco, asset_id)
    mina.post(path, hers | {"summary": "Her words", "talk_track": "Say two"})
    return asset_id, marco.post(path, his | {"summary": "His words", "tags": "rota"})


def test_C01_a_conflict_shows_both_and_the_base(
    shelf: Shelf, mina: Browser, marco: Browser
) -> None:
    asset_id, answer = clash(shelf, mina, marco)
    assert answer.status_code == 409
    page = words(answer.text)
    assert "Marketer saved this just now" in page
    for text in ("Her words", "His words", "Before: First words", "Keep mine", "Take theirs"):
        assert text in page
    assert shown(shelf, asset_id).card.summary == "Her words"


@pytest.mark.parametrize(("choice", "summary"), [("mine", "His words"), ("theirs", "Her words")])
def test_C01_the_choice_is_saved_and_nothing_else_is_lost(
    shelf: Shelf, mina: Browser, marco: Browser, choice: str, summary: str
) -> None:
    asset_id, answer = clash(shelf, mina, marco)
    path = f"/library/{asset_id}/edit"
    sent = form(answer.text, path) | {"choice-summary": choice}
    assert marco.post(path, sent).status_code == 303
    after = shown(shelf, asset_id)
    assert (after.card.summary, after.talk_track, after.tags) == (summary, "Say two", ("rota",))


def test_C01_a_third_edit_meanwhile_is_a_conflict_again(
    shelf: Shelf, mina: Browser, marco: Browser
) -> None:
    asset_id, answer = clash(shelf, mina, marco)
    path = f"/library/{asset_id}/edit"
    mina.post(path, edit_form(mina, asset_id) | {"summary": "Her third words"})
    again = marco.post(path, form(answer.text, path) | {"choice-summary": "mine"})
    assert again.status_code == 409
    assert "Her third words" in words(again.text)
    last = marco.post(path, form(again.text, path) | {"choice-summary": "mine"})
    assert last.status_code == 303
    assert shown(shelf, asset_id).card.summary == "His words"


def test_C01_editing_mine_further_starts_from_what_is_there(
    shelf: Shelf, mina: Browser, marco: Browser
) -> None:
    asset_id, answer = clash(shelf, mina, marco)
    path = f"/library/{asset_id}/edit"
    page = marco.post(path, form(answer.text, path) | {"again": "1"})
    fields = form(page.text, path)
    assert (fields["summary"], fields["tags"]) == (["His words"], ["rota"])
    assert fields["talk_track"] == ["Say two"]
    assert marco.post(path, fields | {"summary": "Both words"}).status_code == 303
    after = shown(shelf, asset_id)
    assert (after.card.summary, after.talk_track) == ("Both words", "Say two")


def test_US9_history_lists_revisions_with_authors_and_restores(shelf: Shelf, mina: Browser) -> None:
    asset_id = shelf.put("Sheet", summary="Old words")
    path = f"/library/{asset_id}/edit"
    mina.post(path, edit_form(mina, asset_id) | {"summary": "New words"})
    page = mina.get(f"/library/{asset_id}/history").text
    assert "Summary : Old words → New words" in words(page)
    assert "Marketer" in words(page)
    restore = f"/library/{asset_id}/restore/1"
    answer = mina.post(restore, form(page, restore))
    assert "The words of revision 1 are back." in told(mina, answer)
    after = shown(shelf, asset_id)
    assert (after.card.summary, after.rev) == ("Old words", 3)


def test_restoring_from_an_old_page_is_not_forced(shelf: Shelf, mina: Browser) -> None:
    asset_id = shelf.put("Sheet", summary="One")
    path = f"/library/{asset_id}/edit"
    mina.post(path, edit_form(mina, asset_id) | {"summary": "Two"})
    restore = f"/library/{asset_id}/restore/1"
    old = form(mina.get(f"/library/{asset_id}/history").text, restore)
    mina.post(path, edit_form(mina, asset_id) | {"summary": "Three"})
    assert "saved this in between" in told(mina, mina.post(restore, old))
    assert shown(shelf, asset_id).card.summary == "Three"


def test_a_new_version_takes_the_place_of_the_old(shelf: Shelf, mina: Browser) -> None:
    asset_id = shelf.put("Sheet")
    path = f"/library/{asset_id}/version"
    fields = form(mina.get(f"/library/{asset_id}/edit").text, path)
    answer = mina.post(path, fields | {"body": "New text"})
    assert "Version 2 is in place." in told(mina, answer)
    assert shown(shelf, asset_id).markdown == "New text"
    late = mina.post(path, fields | {"body": "Later text", "idempotency_key": "other"})
    assert "was not put in place" in told(mina, late)


@pytest.mark.parametrize(
    "written", ["{}", "/assets/{}", "http://localhost/assets/{}-new-sheet?q=x"]
)
def test_readers_are_led_to_the_newer_one(shelf: Shelf, mina: Browser, written: str) -> None:
    old, new = shelf.put("Old sheet"), shelf.put("New sheet")
    path = f"/library/{old}/successor"
    fields = form(mina.get(f"/library/{old}/edit").text, path)
    told(mina, mina.post(path, fields | {"successor": written.format(new)}))
    assert shown(shelf, old).successor == new
    fields = form(mina.get(f"/library/{old}/edit").text, path)
    told(mina, mina.post(path, fields | {"successor": ""}))
    assert shown(shelf, old).successor is None


@pytest.mark.parametrize("written", ["nonsense", "/assets/999", "-1", "9" * 40])
def test_a_newer_one_that_is_none_is_refused(shelf: Shelf, mina: Browser, written: str) -> None:
    old = shelf.put("Old sheet")
    path = f"/library/{old}/successor"
    fields = form(mina.get(f"/library/{old}/edit").text, path)
    told(mina, mina.post(path, fields | {"successor": written}))
    assert shown(shelf, old).successor is None


def test_only_an_admin_erases(shelf: Shelf, mina: Browser) -> None:
    asset_id = shelf.put("Sheet")
    assert "Erase this asset" not in words(mina.get(f"/library/{asset_id}/edit").text)
    admin = shelf.browser(ADMIN)
    path = f"/library/{asset_id}/erase"
    fields = form(admin.get(f"/library/{asset_id}/edit").text, path)
    assert "“Sheet” is erased." in told(admin, admin.post(path, fields))
    assert listed(shelf) == []


def test_a_rep_sees_nothing_of_the_library(shelf: Shelf) -> None:
    rep = shelf.browser(REP)
    assert rep.get("/library").status_code == 403
    assert 'href="/library"' not in rep.get("/").text


# ---- many at once ----


def many(*ids: int, **more: str) -> str:
    pairs = [*(f"ids={i}" for i in ids), *(f"{name}={value}" for name, value in more.items())]
    return "/library/bulk?" + "&".join(pairs)


def test_a_change_to_many_is_shown_first_then_made_then_undone(shelf: Shelf, mina: Browser) -> None:
    one = shelf.put("One", terms={"stage": ("evaluate",)})
    two = shelf.put("Two", terms={"stage": ("prospect",)})
    page = mina.get(many(one, two, change="add:stage", value="evaluate"))
    assert "1 asset would change, 1 would stay" in words(page.text)
    assert shown(shelf, two).rev == 1
    answer = mina.post("/library/bulk", form(page.text, "/library/bulk") | last_form(page.text))
    assert {ref.slug for ref in shown(shelf, two).card.terms["stage"]} == {"evaluate", "prospect"}
    after = mina.get(answer.location).text
    assert "1 asset changed. Undo" in words(after)
    undo = re.search(r'<a href="([^"]+)">Undo</a>', after)
    assert undo is not None
    back = mina.get(undo[1].replace("&amp;", "&"))
    mina.post("/library/bulk", last_form(back.text))
    assert [r.slug for r in shown(shelf, two).card.terms["stage"]] == ["prospect"]
    assert [r.slug for r in shown(shelf, one).card.terms["stage"]] == ["evaluate"]


def last_form(page: str) -> dict[str, Any]:
    """The form that makes the change stands below the one that chooses the value."""
    return form(page[page.index('aria-label="Make the change"') - 200 :], "/library/bulk")


@pytest.mark.parametrize(
    ("change", "value", "look"),
    [
        ("status:archived", "", lambda card: card.status is Status.ARCHIVED),
        ("audience", "customer_ready", lambda card: card.audience == "customer_ready"),
        ("owner", "Eve@example.com", lambda card: card.owner_email == "eve@example.com"),
        ("review", "2027-01-31", lambda card: str(card.freshness.review_by) == "2027-01-31"),
        (
            "add:type",
            "case_study",
            lambda card: [t.slug for t in card.terms["type"]] == ["case_study"],
        ),
        ("remove:stage", "evaluate", lambda card: not card.terms.get("stage")),
    ],
)
def test_every_change_offered_can_be_made(
    shelf: Shelf, mina: Browser, change: str, value: str, look: Any
) -> None:
    asset_id = shelf.put("One", terms={"stage": ("evaluate",), "type": ("white_paper",)})
    page = mina.get(many(asset_id, change=change, value=value))
    assert page.status_code == 200, words(page.text)
    assert mina.post("/library/bulk", last_form(page.text)).status_code == 303
    assert look(shown(shelf, asset_id).card)


@pytest.mark.parametrize(
    "query",
    [
        {"change": "add:stage", "value": "nowhere"},
        {"change": "status", "value": "deleted"},
        {"change": "review", "value": "31.12."},
        {"change": "owner", "value": "nobody"},
    ],
)
def test_a_value_that_does_not_fit_changes_nothing(
    shelf: Shelf, mina: Browser, query: dict[str, str]
) -> None:
    asset_id = shelf.put("One")
    answer = mina.post("/library/bulk", {"ids": [str(asset_id)]} | query)
    assert answer.status_code == 422
    assert shown(shelf, asset_id).rev == 1


@pytest.mark.parametrize(
    "query", ["", "change=add:stage", "change=nonsense&ids=1", "ids=x&change=owner"]
)
def test_nothing_ticked_or_chosen_leads_back(shelf: Shelf, mina: Browser, query: str) -> None:
    shelf.put("One")
    back = mina.get(f"/library/bulk?{query}&back=https://elsewhere.example.com/")
    assert (back.status_code, back.location) == (303, "/")


def test_one_missing_asset_stops_the_whole_change(shelf: Shelf, mina: Browser) -> None:
    asset_id = shelf.put("One")
    fields = {"ids": [str(asset_id), "999"], "change": "status", "value": "draft"}
    assert mina.post("/library/bulk", fields).status_code == 404
    assert shown(shelf, asset_id).card.status is Status.PUBLISHED


# ---- the review queue ----


def test_US6_still_good_for_one_and_for_many_is_written_down_for_each(
    shelf: Shelf, mina: Browser
) -> None:
    today = shelf.site.clock().date()
    ids = [shelf.put(f"Asset {n}", review_by=today - timedelta(days=n)) for n in range(1, 6)]
    shelf.put("Far off", review_by=today + timedelta(days=60))
    page = mina.get("/library/review").text
    assert re.findall(r"<h3><a [^>]*>([^<]+)", page) == [f"Asset {n}" for n in range(5, 0, -1)]
    fields = form(page, "/library/review")
    versions = re.findall(r'name="ids" value="([^"]+)"', page)
    told(mina, mina.post("/library/review", fields | {"good": versions[0]}))
    assert shown(shelf, ids[4]).card.freshness.state == "fresh"
    fields = form(mina.get("/library/review").text, "/library/review")
    answer = mina.post("/library/review", fields | {"ids": versions[1:], "verdict": "good"})
    assert "4 assets marked as still good" in told(mina, answer)
    assert "Nothing is due" in words(mina.get("/library/review").text)
    noted = [e for e in shelf.site.ask(audit.entries) if e.action == "asset.review"]
    assert len(noted) == 5


def test_retiring_takes_it_out_and_offers_undo(shelf: Shelf, mina: Browser) -> None:
    yesterday = shelf.site.clock().date() - timedelta(days=1)
    asset_id = shelf.put("Old price", review_by=yesterday)
    fields = form(mina.get("/library/review").text, "/library/review")
    answer = mina.post("/library/review", fields | {"retire": f"{asset_id}:1"})
    assert "1 asset archived. Undo" in told(mina, answer)
    assert shown(shelf, asset_id).card.status is Status.ARCHIVED


def test_a_review_of_what_was_changed_meanwhile_marks_nothing(shelf: Shelf, mina: Browser) -> None:
    yesterday = shelf.site.clock().date() - timedelta(days=1)
    one, two = (shelf.put(title, review_by=yesterday) for title in ("One", "Two"))
    shelf.site.do(assets.edit, two, assets.AssetEdit(1, title="Two!"))
    fields = {"ids": [f"{one}:1", f"{two}:1"], "verdict": "good"}
    assert "nothing was marked" in told(mina, mina.post("/library/review", fields))
    assert shown(shelf, one).card.freshness.state == "overdue"


def test_ticking_nothing_or_nonsense_marks_nothing(mina: Browser) -> None:
    for fields in ({}, {"verdict": "good"}, {"good": "x:y"}, {"ids": ["1"], "verdict": "retire"}):
        assert "Tick some assets first" in told(mina, mina.post("/library/review", fields))


def test_mine_shows_my_own_only(shelf: Shelf, mina: Browser) -> None:
    yesterday = shelf.site.clock().date() - timedelta(days=1)
    shelf.put("Hers", review_by=yesterday)
    shelf.put("Another’s", review_by=yesterday, owner="eve@example.com")
    assert "Another’s" in words(mina.get("/library/review").text)
    assert "Another’s" not in words(mina.get("/library/review?mine=1").text)


def test_U15_over_the_quota_the_page_says_the_figure(tmp_path: Path) -> None:
    with make_site(tmp_path, user_quota_files=1) as site:
        site.add(MARKETER, Role.MARKETER)
        browser = site.browser(MARKETER)
        first = {"file": (io.BytesIO(b"one plain text of some length"), "one.txt")}
        assert browser.post("/library/upload", first).status_code == 303
        again = {"file": (io.BytesIO(b"another plain text, also longer"), "two.txt")}
        refused = browser.post("/library/upload", again)
        assert refused.status_code == 413
        assert "You have 1 files" in words(refused.text)
