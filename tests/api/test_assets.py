"""Assets over the API, as a program meets them."""

from __future__ import annotations

import json
from typing import Any

import make
import pytest
from programs import Program, error_of, program
from shelf import MARKETER, REP, Shelf

from content_catalog import analytics, assets, audit


def add(program: Program, title: str = "Payback story", **more: Any) -> dict[str, Any]:
    answer = program.send("/assets", {"title": title, **more}, body="Payback in nine months.")
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


@pytest.mark.parametrize(
    ("parts", "kind", "shown"),
    [
        ({"file": (b"# Payback", "roi.md")}, "file", {"format": "md", "extraction": "pending"}),
        ({"link": "https://example.com/roi"}, "link", {"link": "https://example.com/roi"}),
        ({"body": "**Nine** months"}, "text", {"body": "**Nine** months", "extraction": "done"}),
    ],
)
def test_an_asset_is_a_file_a_link_or_a_text(
    marketer: Program, parts: dict[str, Any], kind: str, shown: dict[str, Any]
) -> None:
    answer = marketer.send("/assets", {"title": "ROI"}, **parts)
    assert answer.status_code == 201
    assert answer.json is not None
    made = marketer.read(answer.headers["Location"].removeprefix("/api/v1"))
    assert made == answer.json
    assert made["kind"] == kind
    assert shown.items() <= made.items()


def test_dimensions_are_keys_by_slug_or_plural_with_slugs_labels_or_aliases(
    marketer: Program,
) -> None:
    made = add(
        marketer, type="case_study", personas=["Economic Buyer"], stage=["awareness", "prospect"]
    )
    assert made["type"] == "case_study"
    assert made["personas"] == ["economic-buyer"]
    assert made["stages"] == ["prospect"]
    assert made["terms"] == {
        "type": ["case_study"],
        "persona": ["economic-buyer"],
        "stage": ["prospect"],
    }


def test_a_form_without_a_file_may_be_urlencoded(marketer: Program) -> None:
    fields = {"data": json.dumps({"title": "Elsewhere"}), "link": "https://example.com"}
    assert marketer.open("POST", "/assets", data=fields).status_code == 201


def test_times_are_utc_with_z_and_dates_are_days(marketer: Program) -> None:
    made = add(marketer, expires_on="2027-01-31")
    assert made["created_at"] == "2026-03-02T12:00:00Z"
    assert made["expires_on"] == "2027-01-31"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": 7}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "x", "audience": "everybody"}, "audience"),
        ({"title": "x", "persona": ["nobody-we-know"]}, "persona"),
        ({"title": "x", "persona": [{"slug": "x"}]}, "persona"),
        ({"title": "x", "expires_on": "31/12/2026"}, "expires_on"),
        ({"title": "x", "owner": "nobody"}, "owner"),
        ({"title": "x", "colour": "red"}, "colour"),
        ({"title": "x", "tags": "one"}, "tags"),
    ],
)
def test_what_does_not_fit_is_named(
    shelf: Shelf, marketer: Program, data: dict[str, Any], field: str
) -> None:
    answer = marketer.send("/assets", data, body="Text")
    assert answer.status_code == 422
    assert list(error_of(answer)["fields"]) == [field]
    assert shelf.site.ask(assets.stats).published == 0


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ({}, ["file"]),
        ({"link": "https://example.com", "body": "x"}, ["body"]),
        ({"link": "javascript:alert(1)"}, ["link"]),
        ({"file": (b"MZ\x90\x00", "run.exe")}, ["file"]),
        ({"body": "x", "colour": "red"}, ["colour"]),
    ],
)
def test_the_content_is_one_of_three_and_of_a_kind_that_is_taken(
    marketer: Program, parts: dict[str, Any], fields: list[str]
) -> None:
    answer = marketer.send("/assets", {"title": "x"}, **parts)
    assert answer.status_code == 422
    assert list(error_of(answer)["fields"]) == fields


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"title", b'{"title": "\\ud800"}', b'{"title": "\xff"}', b"[" * 100_000],
)
def test_what_is_no_json_is_a_bad_request(marketer: Program, raw: bytes) -> None:
    one = add(marketer)["id"]
    answer = marketer.open(
        "PATCH", f"/assets/{one}", data=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert error_of(answer)["code"] == "bad_request"


def test_json_that_is_no_object_does_not_fit(marketer: Program) -> None:
    one = add(marketer)["id"]
    assert marketer.patch(f"/assets/{one}", [1]).status_code == 422


def test_another_content_type_is_refused(marketer: Program) -> None:
    one = add(marketer)["id"]
    answer = marketer.open("PATCH", f"/assets/{one}", data={"version": "1"})
    assert answer.status_code == 415
    assert error_of(answer)["code"] == "unsupported_media_type"


def test_only_what_is_sent_changes(marketer: Program) -> None:
    made = add(marketer, summary="Short", stage=["evaluate"], expires_on="2027-01-31")
    one = f"/assets/{made['id']}"
    changed = marketer.patch(one, {"version": 1, "title": "Payback told"}).json
    assert changed is not None
    assert (changed["title"], changed["summary"]) == ("Payback told", "Short")
    assert changed["stages"] == ["evaluate"]
    assert changed["expires_on"] == "2027-01-31"
    assert changed["changed"] == ["title"]
    cleared = marketer.patch(one, {"version": 2, "expires_on": None, "stage": []}).json
    assert cleared is not None
    assert cleared["expires_on"] is None
    assert cleared["stages"] == []
    assert cleared["version"] == 3


def test_an_edit_must_say_what_it_was_made_from(marketer: Program) -> None:
    made = add(marketer)
    answer = marketer.patch(f"/assets/{made['id']}", {"title": "x"})
    assert error_of(answer)["fields"] == {"version": "This is needed."}


def test_different_fields_are_merged_and_the_same_field_is_a_conflict(
    shelf: Shelf, marketer: Program, admin: Program
) -> None:
    made = add(marketer)
    one = f"/assets/{made['id']}"
    assert marketer.patch(one, {"version": 1, "title": "Theirs"}).status_code == 200
    sent = {"version": 1, "title": made["title"], "summary": "Mine"}
    merged = admin.patch(one, sent).json
    assert merged is not None
    assert (merged["title"], merged["summary"]) == ("Theirs", "Mine")
    assert (merged["merged"], merged["merged_from"]) == (["title"], "Marketer")
    answer = admin.patch(one, {"version": 1, "title": "Mine"})
    assert answer.status_code == 409
    assert error_of(answer)["version"] == 3
    assert admin.read(one)["title"] == "Theirs"


def test_C04_the_same_key_twice_is_one_asset(shelf: Shelf, marketer: Program) -> None:
    headers = {"Idempotency-Key": "upload-1"}
    sent = [
        marketer.send("/assets", {"title": "Once"}, file=(b"Text", "a.txt"), headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json == sent[1].json
    assert shelf.site.ask(assets.stats).published == 1
    other = marketer.send("/assets", {"title": "Twice"}, body="x", headers=headers)
    assert other.status_code == 422
    assert shelf.site.ask(assets.stats).published == 1


def test_a_new_version_replaces_the_file_and_keeps_the_old_one(
    shelf: Shelf, marketer: Program
) -> None:
    made = marketer.send("/assets", {"title": "Deck"}, file=(b"First words", "deck.txt")).json
    assert made is not None
    one = f"/assets/{made['id']}"
    late = marketer.send(f"{one}/versions", {"version": 9}, file=(b"Late", "deck.txt"))
    assert late.status_code == 409
    assert error_of(late)["version"] == 1
    answer = marketer.send(f"{one}/versions", {"version": 1}, file=(b"Second words", "new.txt"))
    assert answer.status_code == 201
    make.work_off(shelf.site.services)
    assert marketer.get(f"{one}/file").data == b"Second words"
    assert marketer.get(f"{one}/versions/1/file").data == b"First words"
    text = marketer.read(f"{one}/text")
    assert [page["text"] for page in text["pages"]] == ["Second words"]
    assert (text["extraction"], text["message"]) == ("done", None)


def test_a_file_is_handed_over_as_a_download(shelf: Shelf, rep: Program) -> None:
    made = shelf.put_file(b"Words <script>alert(1)</script>", "résumé.txt", read=False)
    answer = rep.get(f"/assets/{made}/file")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()


def test_a_link_has_no_file_and_nothing_to_read(marketer: Program) -> None:
    made = marketer.send("/assets", {"title": "Elsewhere"}, link="https://example.com").json
    assert made is not None
    assert made["file_url"] is None
    assert marketer.get(f"/assets/{made['id']}/file").status_code == 404
    text = marketer.read(f"/assets/{made['id']}/text")
    assert text == {"pages": [], "extraction": "none", "message": None}


def test_reviewed_today(marketer: Program) -> None:
    made = add(marketer)
    one = f"/assets/{made['id']}"
    done = marketer.post(f"{one}/review", {"version": 1, "review_by": "2026-12-31"}).json
    assert done is not None
    assert done["freshness"]["reviewed_on"] == "2026-03-02"
    assert done["review_by"] == "2026-12-31"
    assert marketer.post(f"{one}/review", {"version": 1}).status_code == 409


def test_erased_is_gone_and_written_down(shelf: Shelf, marketer: Program, admin: Program) -> None:
    made = add(marketer)
    one = f"/assets/{made['id']}"
    assert error_of(marketer.delete(one))["code"] == "not_allowed"
    assert admin.delete(one).status_code == 204
    assert error_of(admin.get(one))["code"] == "not_found"
    assert error_of(admin.delete(one))["code"] == "not_found"
    entry = shelf.site.ask(audit.history, "asset", made["id"])[0]
    assert (entry.action, entry.actor_name) == ("asset.erase", "Admin")
    assert entry.address == "192.0.2.7"


def test_the_list_is_filtered_and_in_pages(marketer: Program) -> None:
    for number in range(5):
        add(marketer, f"Story {number}", stage=["evaluate"] if number % 2 else [])
    first = marketer.read("/assets?sort=title&per_page=2")
    second = marketer.read("/assets?sort=title&per_page=2&page=2")
    assert first["total"] == second["total"] == 5
    titles = [each["title"] for each in first["items"] + second["items"]]
    assert titles == ["Story 0", "Story 1", "Story 2", "Story 3"]
    assert marketer.read("/assets?stage=evaluate")["total"] == 2
    assert marketer.read("/assets?unmapped=stage")["total"] == 3
    assert marketer.read("/assets?q=story+4")["total"] == 1
    assert marketer.read("/assets?page=9")["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("per_page=101", "per_page"),
        ("page=two", "page"),
        ("status=lost", "status"),
        ("stage=nowhere", "stage"),
        ("unmapped=nothing", "unmapped"),
        ("colour=red", "colour"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(marketer: Program, query: str, field: str) -> None:
    answer = marketer.get(f"/assets?{query}")
    assert answer.status_code == 422
    assert list(error_of(answer)["fields"]) == [field]


@pytest.mark.parametrize("number", [0, 10**18, 10**30])
def test_a_number_that_no_asset_has(rep: Program, number: int) -> None:
    assert error_of(rep.get(f"/assets/{number}"))["code"] == "not_found"


def test_over_the_quota(shelf: Shelf) -> None:
    settings = shelf.site.services.settings
    object.__setattr__(settings, "user_quota_files", 1)
    marketer = program(shelf.site, MARKETER)
    assert marketer.send("/assets", {"title": "x"}, file=(b"One", "1.txt")).status_code == 201
    answer = marketer.send("/assets", {"title": "x"}, file=(b"Two", "2.txt"))
    assert answer.status_code == 413
    assert error_of(answer)["code"] == "too_large"


def test_a_download_by_a_program_counts_as_use(shelf: Shelf, rep: Program) -> None:
    made = shelf.put_file(b"Words", "words.txt", read=False)
    rep.get(f"/assets/{made}/file").close()
    with shelf.site.services.catalog.look(shelf.site.ask(actor_of, REP)) as look:
        assert made in analytics.most_used(look, limit=5)


def actor_of(look: Any, email: str) -> Any:
    from content_catalog import Actor, people

    card = people.by_email(look, email)
    return Actor(card.id, card.name, card.role, card.email, card.side)
