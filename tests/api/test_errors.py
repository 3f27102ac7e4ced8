"""One shape for every error, whatever went wrong, on every route."""

from __future__ import annotations

import sqlite3

import pytest
from programs import API, Program, error_of, program
from routes import UNSAFE, routes
from shelf import MARKETER, REP, Shelf


def test_without_a_token_every_route_asks_for_one(shelf: Shelf) -> None:
    nobody = shelf.site.browser()
    asked = 0
    for route in routes(shelf.site.app):
        if not route.rule.startswith(API) or route.rule.endswith("openapi.json"):
            continue
        for method in route.methods - {"HEAD", "OPTIONS"}:
            answer = nobody.open(route.url, method=method)
            assert answer.status_code == 401, f"{method} {route.url}"
            assert error_of(answer)["code"] == "not_signed_in"
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            asked += 1
    assert asked > 40


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Bearer ", "Basic cmVwOnJlcA==", "bearer", "x" * 9000]
)
def test_a_token_that_does_not_work(shelf: Shelf, header: str) -> None:
    answer = shelf.site.browser(headers={"Authorization": header}).get(f"{API}/search")
    assert answer.status_code == 401
    assert error_of(answer)["code"] == "not_signed_in"


def test_a_revoked_token_ends_at_once(shelf: Shelf, rep: Program) -> None:
    own = rep.read("/tokens")["items"][0]
    assert rep.delete(f"/tokens/{own['id']}").status_code == 204
    assert error_of(rep.get("/tokens"))["code"] == "not_signed_in"


def test_a_browsers_session_works_with_the_form_token_only(shelf: Shelf) -> None:
    browser = shelf.browser()
    assert browser.get(f"{API}/profile").status_code == 200
    answer = browser.open(f"{API}/saved/searches", method="POST", json={"name": "x", "query": ""})
    assert answer.status_code == 400
    assert error_of(answer)["code"] == "bad_request"
    sent = {"X-CSRFToken": browser.token()}
    answer = browser.open(
        f"{API}/saved/searches", method="POST", json={"name": "x", "query": ""}, headers=sent
    )
    assert answer.status_code == 201


def test_what_the_role_may_not_do_says_whom_to_ask(shelf: Shelf, rep: Program) -> None:
    shelf.put("Payback")
    before = shelf.site.dump()
    for method, path in [
        ("POST", "/assets"),
        ("PATCH", "/assets/1"),
        ("DELETE", "/assets/1"),
        ("POST", "/taxonomy/dimensions"),
        ("GET", "/users"),
        ("GET", "/audit"),
        ("GET", "/health"),
        ("POST", "/imports"),
    ]:
        answer = rep.open(method, path)
        assert answer.status_code == 403, path
        error = error_of(answer)
        assert error["code"] == "not_allowed"
        assert "Ask an admin: Admin." in error["message"]
    assert shelf.site.dump() == before


def test_no_such_address_and_no_such_method(rep: Program) -> None:
    assert error_of(rep.get("/nothing-here"))["code"] == "not_found"
    answer = rep.put("/search")
    assert answer.status_code == 405
    assert error_of(answer)["code"] == "method_not_allowed"
    assert "GET" in answer.headers["Allow"]


def test_too_large(rep: Program, marketer: Program) -> None:
    form = {"Content-Type": "application/json"}
    answer = rep.open("POST", "/saved/searches", data=b" " * 3_000_001, headers=form)
    assert answer.status_code == 413
    assert error_of(answer)["code"] == "too_large"
    answer = marketer.send("/assets", {"title": "x"}, body="x" * 20_001)
    assert error_of(answer)["fields"].keys() == {"body"}


def test_a_fault_of_ours_tells_only_a_reference(
    shelf: Shelf, rep: Program, caplog: pytest.LogCaptureFixture
) -> None:
    object.__setattr__(shelf.site.services.index, "search", None)
    answer = rep.get("/search?q=payback")
    assert answer.status_code == 500
    error = error_of(answer)
    assert error["code"] == "failed"
    assert "NoneType" not in error["message"]
    assert error["message"].split()[-1].rstrip(".") in caplog.text


def test_while_another_program_holds_the_database(shelf: Shelf, marketer: Program) -> None:
    made = marketer.send("/assets", {"title": "Payback"}, body="Words").json
    assert made is not None
    catalog = shelf.site.services.catalog
    with sqlite3.connect(str(catalog.sqlite_path), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = marketer.patch(f"/assets/{made['id']}", {"version": 1, "title": "x"})
        other.execute("ROLLBACK")
    other.close()
    assert answer.status_code == 503
    assert error_of(answer)["code"] == "unavailable"
    assert int(answer.headers["Retry-After"]) >= 1
    assert marketer.read(f"/assets/{made['id']}")["title"] == "Payback"


@pytest.mark.parametrize("body", [{}, {"x": 1}, [], "x", 7, None])
def test_no_body_makes_a_route_fail(shelf: Shelf, admin: Program, body: object) -> None:
    shelf.put("Payback")
    for route in routes(shelf.site.app):
        if route.rule.startswith(API):
            for method in set(UNSAFE) & route.methods:
                answer = admin.open(method, route.url.removeprefix(API), json=body)
                assert answer.status_code < 500, f"{method} {route.url}: {answer.text}"
                if answer.status_code >= 400:
                    error_of(answer)


def test_a_demoted_program_loses_its_rights_at_once(shelf: Shelf) -> None:
    from content_catalog import Role, people

    marketer = program(shelf.site, MARKETER)
    assert marketer.send("/assets", {"title": "x"}, body="x").status_code == 201
    card = shelf.site.ask(people.by_email, MARKETER)
    shelf.site.set_role(card.id, role=Role.REP)
    assert marketer.send("/assets", {"title": "x"}, body="x").status_code == 403
    assert program(shelf.site, REP).read("/assets")["total"] == 1
