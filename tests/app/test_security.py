from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from routes import Route, routes
from sites import Site, make_site

from app import limits
from app.limits import Buckets
from app.security import CONTENT_SECURITY_POLICY, safe_next
from content_catalog import Role
from content_catalog.errors import TooMany

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# What a request may leave behind without being a change: when somebody was last seen, what was
# searched for and opened, and that a try was counted.
TRACES = ("sessions", "users", "api_tokens", "sign_in_tries", "searches", "search_openings", "uses")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with make_site(tmp_path) as made:
        made.add("admin@example.com", Role.ADMIN)
        made.add("other@example.com", Role.ADMIN)
        yield made


def routes_of(site: Site, method: str | None = None) -> list[Route]:
    return [r for r in routes(site.app) if method is None or method in r.methods]


def test_X04_every_answer_has_the_policy_and_the_other_headers(site: Site) -> None:
    browser = site.browser("admin@example.com")
    urls = [route.url for route in routes_of(site, "GET")]
    urls += [
        "/nothing/here",
        "/static/app.css",
        "/static/nothing.css",
        "/trial/broken",
        "/sign-out",
    ]
    assert len(urls) > 12
    for url in urls:
        answer = browser.get(url)
        headers = answer.headers
        if "sandbox" not in headers["Content-Security-Policy"]:
            assert headers["Content-Security-Policy"] == POLICY, url
        assert headers["X-Content-Type-Options"] == "nosniff", url
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), url
        assert "camera=()" in headers["Permissions-Policy"], url
        assert "Strict-Transport-Security" not in headers, url
        answer.close()
    assert CONTENT_SECURITY_POLICY == POLICY


def test_X04_a_view_may_be_stricter(site: Site) -> None:
    headers = site.browser().get("/trial/strict").headers
    assert headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"]


def test_X04_hsts_behind_tls(tmp_path: Path) -> None:
    with make_site(tmp_path, base_url="https://finder.example.com") as site:
        answer = site.browser().get("/sign-in")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_X04_nothing_inline_on_the_pages_of_this_topic(site: Site) -> None:
    browser = site.browser("admin@example.com")
    for url in ("/profile", "/admin/users", "/admin/users/new", "/admin/users/1", "/sign-in"):
        page = browser.get(url).text + site.browser().get(url).text
        assert not re.search(
            r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", page
        )


def test_X06_fragments_are_not_stored_and_vary(site: Site) -> None:
    browser = site.browser("admin@example.com")
    page, fragment = (
        browser.get("/profile"),
        browser.get("/profile", headers={"HX-Request": "true"}),
    )
    assert "HX-Request" in page.headers["Vary"]
    assert "HX-Request" in fragment.headers["Vary"]
    assert fragment.headers["Cache-Control"] == "no-store"


def test_pages_of_one_person_are_not_kept_for_others(site: Site) -> None:
    answer = site.browser("admin@example.com").get("/admin/users")
    assert "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        (None, {}),
        ("wrong", {}),
        ("IjAwIg.aQ.x", {}),
        ("another's", {}),
        ("own", {"Origin": "https://evil.example.net"}),
        ("own", {"Origin": "null"}),
        ("own", {"Origin": "http://localhost.evil.example.net"}),
        ("own", {"Origin": "http://localhost:81"}),
        ("own", {"Sec-Fetch-Site": "cross-site"}),
        ("own", {"Sec-Fetch-Site": "same-site"}),
    ],
)
def test_X05_forged_requests_change_nothing(
    site: Site, token: str | None, headers: dict[str, str]
) -> None:
    browser, other = site.browser("admin@example.com"), site.browser("other@example.com")
    own = {"own": browser.token(), "another's": other.token()}
    fields = {"csrf_token": own.get(token, token)} if token else {}
    before = site.dump()
    tried = 0
    for route in routes_of(site):
        for method in route.unsafe:
            answer = browser.open(route.url, method=method, data=fields, headers=headers)
            assert answer.status_code == 400, f"{method} {route.url}"
            tried += 1
    assert tried > 8
    assert site.dump() == before
    assert browser.is_signed_in()


def test_X05_htmx_and_sign_in_and_sign_out_need_the_token_too(site: Site) -> None:
    browser = site.browser("admin@example.com")
    htmx = {"HX-Request": "true"}
    assert browser.post("/trial/own", token=None, headers=htmx).status_code == 400
    right = htmx | {"X-CSRFToken": browser.token()}
    assert browser.post("/trial/own", token=None, headers=right).status_code == 200
    assert browser.post("/sign-out", token=None).status_code == 400
    fields = {"email": "admin@example.com", "password": "seven tidy otters whistle"}
    assert site.browser().post("/sign-in", fields, token=None).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
def test_X05_our_own_pages_may_send(site: Site, headers: dict[str, str]) -> None:
    assert site.browser("admin@example.com").post("/trial/own", headers=headers).status_code == 200


def test_X05_the_public_address_counts_behind_a_proxy(tmp_path: Path) -> None:
    with make_site(tmp_path, base_url="https://finder.example.com", trusted_proxies=1) as site:
        browser = site.browser(headers={"X-Forwarded-Proto": "https"})
        sent = {"headers": {"Origin": "https://finder.example.com"}}
        answer = browser.post("/sign-in", {"email": "x@example.com", "password": "y"}, **sent)
        assert answer.status_code == 422


def test_X05_reading_changes_nothing(site: Site) -> None:
    browser = site.browser("admin@example.com")
    before = site.dump(without=TRACES)
    for route in routes_of(site, "GET"):
        browser.get(route.url).close()
    assert site.dump(without=TRACES) == before


def test_X07_no_page_can_be_framed(site: Site) -> None:
    browser = site.browser("admin@example.com")
    for route in routes_of(site, "GET"):
        answer = browser.get(route.url)
        assert answer.headers["X-Frame-Options"] == "DENY", route.url
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy or "sandbox" in policy, route.url
        answer.close()


ELSEWHERE = (
    *(
        "//evil.example.net",
        "///evil.example.net",
        "////evil.example.net",
        "/\\evil.example.net",
    ),
    *("\\\\evil.example.net", "\\/evil.example.net", "/\\/evil.example.net", "https:evil"),
    *("https://evil.example.net", "http://evil.example.net", "HTTPS://EVIL", "ftp://evil/"),
    *("javascript:alert(1)", "data:text/html,x", "mailto:x@example.net", "evil.example.net"),
    *("/%2f%2fevil.example.net", "%2f%2fevil", "/%2fevil", "/%5cevil", "/%5c%5cevil"),
    *("/\tevil", "/\n/evil", "/\r\nSet-Cookie: x=y", "\t//evil", " //evil", "/ /evil", "/\x00"),
    *("/%0d%0aSet-Cookie:x=y", "/%00", "//user@evil.example.net", "https://localhost@evil/"),
    *(
        "//localhost@evil",
        "http://localhost:80@evil",
        "/profile@evil/..//evil",
        "//evil%2eexample",
    ),
    *("/\u2215\u2215evil", "/\uff0f\uff0fevil", "..//evil", "/../..//evil", "/nothing/here"),
    *(
        "/sign-in",
        "/sign-in?next=//evil",
        "/static/app.css",
        "",
        "profile",
        "?next=/",
        "#/evil",
    ),
    "/profile/" + "x" * 3000,
)


def test_X08_only_pages_of_ours_are_gone_to(site: Site) -> None:
    with site.app.test_request_context():
        assert [t for t in ELSEWHERE if safe_next(t) != "/"] == []
    gone_to = {t: site.browser().sign_in("admin@example.com", next=t).location for t in ELSEWHERE}
    assert {t: place for t, place in gone_to.items() if place != "/"} == {}
    assert len(gone_to) >= 40


@pytest.mark.parametrize("target", ["/", "/profile", "/admin/users/1?x=//evil.example.net#part"])
def test_X08_pages_of_ours_are(site: Site, target: str) -> None:
    with site.app.test_request_context():
        assert safe_next(target) == target


def cookies_of(site: Site) -> dict[str, str]:
    browser = site.browser(headers={"X-Forwarded-Proto": "https"})
    browser.get("/sign-in", base_url=site.services.settings.base_url)
    token = re.search(
        r'name="csrf_token" value="([^"]+)"',
        browser.get("/sign-in", base_url=site.services.settings.base_url).text,
    )
    assert token is not None
    answer = browser.post(
        "/sign-in",
        {"email": "admin@example.com", "password": "seven tidy otters whistle"},
        token=token[1],
        base_url=site.services.settings.base_url,
    )
    assert answer.status_code == 303
    return {c.partition("=")[0]: c for c in answer.headers.getlist("Set-Cookie")}


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8000", "https://finder.example.com"])
def test_X10_cookies(tmp_path: Path, base_url: str) -> None:
    with make_site(tmp_path, base_url=base_url) as site:
        site.add("admin@example.com", Role.ADMIN)
        cookies = cookies_of(site)
    secure = base_url.startswith("https")
    prefix = "__Host-" if secure else ""
    assert set(cookies) == {f"{prefix}finder_session", f"{prefix}finder_form", "theme"}
    for cookie in cookies.values():
        flags = {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite", "path"} <= flags
        assert "domain" not in flags
        assert ("secure" in flags) is secure
        assert "SameSite=Lax" in cookie


def test_X11_a_fault_shows_a_reference_and_nothing_else(site: Site) -> None:
    browser = site.browser("admin@example.com")
    blueprints = {r.blueprint: r for r in routes_of(site, "GET") if r.blueprint}
    for route in blueprints.values():
        break_view(site.app, route.endpoint)
        answer = browser.get(route.url)
        assert answer.status_code == 500, route.url
        for word in ("Traceback", "marker.py", "SELECT", "RuntimeError", "/srv/", "Werkzeug"):
            assert word not in answer.text, route.url
        assert re.search(r"\b[0-9A-F]{4}\b", answer.text), route.url
        assert "Python" not in answer.headers.get("Server", "")
    assert "people" in blueprints


def break_view(app: Flask, endpoint: str) -> None:
    def broken(**_values: Any) -> str:
        raise RuntimeError("SELECT secret FROM /srv/finder/marker.py")

    broken.permissions = app.view_functions[endpoint].permissions  # type: ignore[attr-defined]
    app.view_functions[endpoint] = broken


def test_U09_whoever_may_not_upload_may_not_send_much(site: Site) -> None:
    site.add("rep@example.com", Role.REP)
    rep, admin = site.browser("rep@example.com"), site.browser("admin@example.com")
    body = {"text": "x" * 1_500_000, "more": "y" * 1_600_000}
    assert rep.post("/trial/own", body).status_code == 413
    small = {"text": "x" * 100_000}
    assert rep.post("/trial/own", small).status_code == 200
    assert admin.post("/trial/own", small).status_code == 200


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_limits_a_bucket_empties_and_fills_again() -> None:
    clock = Ticks()
    bucket = Buckets(rate=10, burst=15, clock=clock)
    assert [bucket.take("anna") for _ in range(15)] == [0.0] * 15
    assert bucket.take("anna") == pytest.approx(0.1)
    assert bucket.take("jonas") == 0.0
    clock.now += 0.1
    assert bucket.take("anna") == 0.0
    assert bucket.take("anna") > 0
    clock.now += 3600
    assert sum(bucket.take("anna") == 0.0 for _ in range(100)) == 15


def test_limits_over_time_no_more_than_the_rate() -> None:
    clock = Ticks()
    bucket = Buckets(rate=10, burst=15, clock=clock)
    passed = 0
    for _ in range(1000):
        passed += bucket.take("anna") == 0.0
        clock.now += 0.01
    assert 100 <= passed <= 116


def test_limits_memory_stays_flat() -> None:
    bucket = Buckets(rate=1, clock=Ticks(), most=100)
    for number in range(10_000):
        bucket.take(number)
    assert len(bucket) == 100


def test_limits_a_hurried_program_is_slowed_and_others_are_not(site: Site) -> None:
    from app.auth import requires
    from content_catalog import Permission

    @requires(Permission.FIND)
    @limits.limited("search")
    def hurried() -> str:
        return "found"

    site.app.add_url_rule("/trial/hurried", "trial.hurried", hurried)
    admin, other = site.browser("admin@example.com"), site.browser("other@example.com")
    answers = [admin.get("/trial/hurried") for _ in range(60)]
    codes = [answer.status_code for answer in answers]
    assert codes[0] == 200
    assert 429 in codes
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["Retry-After"] == "1"
    assert other.get("/trial/hurried").status_code == 200


def test_limits_a_few_searches_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_LONGEST_QUEUE_S", 0.01)
    with ExitStack() as slots:
        for _ in range(4):
            slots.enter_context(limits.search_slot())
        with pytest.raises(TooMany):
            slots.enter_context(limits.search_slot())
    with limits.search_slot():
        pass


def test_limits_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no rate"):
        limits.limited("everything")
