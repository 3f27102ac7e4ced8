"""The privilege matrix, held against every route there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from routes import UNSAFE, Route, routes
from sites import PASSWORD, Site, make_site

from content_catalog import Permission as P
from content_catalog import Role, people
from content_catalog.actor import GRANTS

# Method, pattern of the rule, and what it needs: the first that fits counts. It is written down a
# second time here on purpose; a route that fits no row fails the test.
ROWS = [
    ("*", r"/(healthz|readyz|favicon\.ico)", P.PUBLIC),
    ("*", r"/(sign-in(/forgotten)?|sign-out|theme|password/<secret>)", P.PUBLIC),
    ("GET", r"/api/v1/openapi\.json", P.PUBLIC),
    ("GET", r"/(suggest|api/v1/(search|suggest|taxonomy))?", P.FIND),
    ("POST", r"/assets/<int:asset_id>/read-again", P.EDIT_ASSETS),
    ("GET", r"/assets/<int:asset_id>.*", P.FIND),
    ("GET", r"/<any\(personas, ?stages, ?tollgates\):\w+>(/<slug>)?", P.FIND),
    ("GET", r"/(personas|stages|tollgates)(/<slug>)?", P.FIND),
    ("*", r"/(saved|stars|searches|profile)(/.*)?", P.KEEP_OWN),
    ("*", r"/library/<int:asset_id>/erase", P.ERASE_ASSETS),
    ("*", r"/library(/.*)?", P.EDIT_ASSETS),
    ("POST", r"/insights/alias", P.EDIT_TAXONOMY),
    ("GET", r"/insights/map", P.EDIT_ASSETS),
    ("GET", r"/insights(/.*)?", P.SEE_INSIGHTS),
    ("*", r"/admin/taxonomy(/.*)?", P.EDIT_TAXONOMY),
    ("*", r"/admin(/.*)?", P.ADMINISTER),
    ("GET", r"/coverage/plan(/<int:item_id>)?", P.SEE_COVERAGE),
    ("POST", r"/coverage/plan/<int:item_id>/(agree|disagree)", P.SEE_COVERAGE),
    ("*", r"/coverage/(plan|needs|settings)(/.*)?", P.EDIT_COVERAGE),
    ("GET", r"/coverage\.csv", P.EDIT_COVERAGE),
    ("POST", r"/coverage/map", P.EDIT_ASSETS),
    ("GET", r"/coverage/searches", P.SEE_INSIGHTS),
    ("GET", r"/coverage(/(assets|cells|near))?", P.SEE_COVERAGE),
    ("GET", r"/api/v1/coverage\.csv", P.EDIT_COVERAGE),
    ("GET", r"/api/v1/coverage(/.*)?", P.SEE_COVERAGE),
    ("GET", r"/api/v1/assets(/.*)?", P.FIND),
    ("DELETE", r"/api/v1/assets(/.*)?", P.ERASE_ASSETS),
    ("*", r"/api/v1/(assets|imports)(/.*)?", P.EDIT_ASSETS),
    ("*", r"/api/v1/(saved|stars|searches|profile|tokens)(/.*)?", P.KEEP_OWN),
    ("*", r"/api/v1/taxonomy(/.*)?", P.EDIT_TAXONOMY),
    ("*", r"/api/v1/(users|audit|health|admin)(/.*)?", P.ADMINISTER),
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with make_site(tmp_path) as made:
        made.add_one_of_each()
        yield made


def needed(route: Route, method: str) -> P:
    if method in ("HEAD", "OPTIONS"):
        method = min(route.methods - {"HEAD", "OPTIONS"})
    for row_method, pattern, permission in ROWS:
        if row_method in ("*", method) and re.fullmatch(pattern, route.rule):
            return permission
    raise AssertionError(f"no row of the matrix fits {method} {route.rule}")


def cases(site: Site) -> list[tuple[Route, str]]:
    found = [(route, m) for route in routes(site.app) for m in sorted(route.methods)]
    assert len(found) > 20
    return found


def declared(site: Site, route: Route) -> tuple[P, ...]:
    return tuple(getattr(site.app.view_functions[route.endpoint], "permissions", ()))


def test_P01_every_route_declares_what_the_matrix_says(site: Site) -> None:
    wrong = []
    for route, method in cases(site):
        wanted = {needed(route, m) for m in route.methods} if method != "OPTIONS" else set()
        given = set(declared(site, route))
        # A view that reads and writes may declare the stronger of the two.
        if wanted and not given & wanted:
            wrong.append(f"{method} {route.rule}: {given or 'nothing'} instead of {wanted}")
    assert wrong == []


@pytest.mark.parametrize("role", [None, "rep", "marketer", "admin"])
def test_P01_the_whole_matrix(site: Site, role: str | None) -> None:
    browser = site.browser(f"{role}@example.com" if role else None)
    fields = {"csrf_token": browser.token()}
    grants = GRANTS[Role(role) if role else None]
    wrong = []
    for route, method in cases(site):
        allowed = needed(route, method) in grants
        if allowed and method in UNSAFE:
            continue  # what these do is tested where they belong
        data = fields if method in UNSAFE else None
        answer = browser.open(route.url, method=method, data=data)
        code, place = answer.status_code, answer.headers.get("Location", "")
        answer.close()
        sent_away = code == 401 or (code == 303 and place.startswith("/sign-in"))
        if allowed:
            fits = not sent_away and code not in (401, 403) and code < 500
        elif role is None:
            fits = sent_away
        else:
            fits = code == 403
        if not fits:
            wrong.append(f"{method} {route.url}: {code} {place}")
    assert wrong == []


@pytest.mark.parametrize("role", [None, "rep", "marketer"])
def test_P01_refused_requests_change_nothing(site: Site, role: str | None) -> None:
    browser = site.browser(f"{role}@example.com" if role else None)
    fields = {"csrf_token": browser.token(), "name": "MARKER", "title": "MARKER", "email": "MARKER"}
    grants = GRANTS[Role(role) if role else None]
    before = site.dump()
    for route, method in cases(site):
        if method in UNSAFE and needed(route, method) not in grants:
            browser.open(route.url, method=method, data=fields)
    assert site.dump() == before


@pytest.mark.parametrize("role", [None, "rep"])
def test_P01_other_spellings_open_nothing(site: Site, role: str | None) -> None:
    browser = site.browser(f"{role}@example.com" if role else None)
    grants = GRANTS[Role(role) if role else None]
    opened = []
    for route, method in cases(site):
        if method != "GET" or needed(route, method) in grants:
            continue
        for url in spellings(route.url):
            answer = browser.get(url)
            if answer.status_code < 300:
                opened.append(url)
            answer.close()
    assert opened == []


def spellings(url: str) -> list[str]:
    return [
        url + "/",
        "/" + url,
        url.replace("/", "//"),
        url.replace("/", "/./", 1),
        "/x/.." + url,
        url[0] + url[1:].replace("/", "%2f"),
        url.upper(),
        url + "%20",
        url + ";x",
        url + "?_method=GET",
        url + "%00",
    ]


@pytest.mark.parametrize(
    "override",
    [
        {"X-HTTP-Method-Override": "GET"},
        {"X-HTTP-Method": "GET"},
        {"X-Original-URL": "/healthz"},
        {"X-Rewrite-URL": "/healthz"},
        {"X-Forwarded-Prefix": "/healthz"},
    ],
)
def test_P01_no_header_goes_around_the_guard(site: Site, override: dict[str, str]) -> None:
    rep = site.browser("rep@example.com")
    assert rep.get("/admin/users", headers=override).status_code == 403
    assert (
        rep.post("/admin/users/new", {"email": "x@example.com"}, headers=override).status_code
        == 403
    )
    assert site.browser().get("/admin/users", headers=override).status_code == 303


def test_P01_a_view_without_a_declaration_is_closed_to_all(site: Site) -> None:
    for email in (None, "rep@example.com", "admin@example.com"):
        answer = site.browser(email).get("/trial/undeclared")
        assert answer.status_code == 403
        assert "open to all" not in answer.text


def test_P02_what_belongs_to_another_is_not_there(site: Site) -> None:
    rep, marketer = site.browser("rep@example.com"), site.browser("marketer@example.com")
    rep.post("/profile/tokens", {"name": "mine"})
    revoke = re.search(r'action="(/profile/tokens/\d+/revoke)"', rep.get("/profile").text)
    assert revoke is not None
    before = site.dump()
    assert marketer.post(revoke[1]).status_code == 404
    assert site.dump() == before
    assert "mine" not in marketer.get("/profile").text


COLUMNS = {
    "id": "1",
    "email": "taken@example.com",
    "name": "Taken",
    "role": "admin",
    "side": "marketing",
    "password_hash": "MARKER",
    "password": "MARKER-long-enough",
    "active": "",
    "demo": "1",
    "created_at": "2001-01-01",
    "last_seen_at": "2001-01-01",
    "version": "99",
    "user_id": "3",
    "is_admin": "1",
    "actor": "3",
    "role[]": "admin",
    "user.role": "admin",
    "token_hash": "MARKER",
    "revoked_at": "2001-01-01",
}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/profile/preferences", {"theme": "dark"}),
        ("/theme", {"theme": "dark"}),
        ("/profile/tokens", {}),
        ("/profile/password", {"present_password": PASSWORD, "new_password": "brave new herons"}),
    ],
)
def test_P05_fields_that_no_form_has_are_ignored(
    site: Site, path: str, fields: dict[str, str]
) -> None:
    rep = site.browser("rep@example.com")
    before = [site.ask(people.user, user_id) for user_id in (1, 2, 3)]
    assert rep.post(path, COLUMNS | fields).status_code < 400
    after = [site.ask(people.user, user_id) for user_id in (1, 2, 3)]
    assert after == before
    assert "MARKER" not in site.dump()


def test_P05_an_admin_form_sets_only_what_it_shows(site: Site) -> None:
    admin = site.browser("admin@example.com")
    fields = {"version": "1", "name": "Rep B", "role": "rep", "side": "sales", "active": "y"}
    before = site.ask(people.user, 1)
    admin.post("/admin/users/1", COLUMNS | fields)
    after = site.ask(people.user, 1)
    assert after.name == "Rep B"
    assert (after.email, after.created_at) == (before.email, before.created_at)
    assert "MARKER" not in site.dump()
    admin.post("/admin/users/new", COLUMNS | {"email": "new@example.com", "role": "rep"})
    assert site.ask(people.by_email, "new@example.com").has_password is False


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"role": "rep"}, "You cannot change your own role."),
        ({"active": ""}, "You cannot switch off your own account."),
    ],
)
def test_P06_admins_cannot_lock_themselves_out(
    site: Site, changes: dict[str, str], said: str
) -> None:
    admin = site.browser("admin@example.com")
    me = site.ask(people.by_email, "admin@example.com")
    fields = {"version": str(me.version), "name": me.name, "role": "admin", "side": "marketing"}
    sent = fields | {"active": "y"} | changes
    answer = admin.post(f"/admin/users/{me.id}", {k: v for k, v in sent.items() if v})
    assert answer.status_code == 422
    assert said in answer.text
    assert site.ask(people.user, me.id).role is Role.ADMIN
    assert admin.is_signed_in()


@pytest.mark.parametrize("role", ["rep", "marketer"])
def test_P06_nobody_promotes_themselves(site: Site, role: str) -> None:
    browser = site.browser(f"{role}@example.com")
    me = site.ask(people.by_email, f"{role}@example.com")
    fields = {"version": "1", "name": me.name, "role": "admin", "side": "sales", "active": "y"}
    assert browser.post(f"/admin/users/{me.id}", fields).status_code == 403
    assert site.ask(people.user, me.id).role is Role(role)


def test_P07_a_right_that_was_taken_away_is_gone_at_the_next_request(site: Site) -> None:
    marketer = site.browser("marketer@example.com")
    token = marketer.token()
    secret = site.api_token("marketer@example.com")
    assert marketer.get("/trial/edit").status_code == 200
    card = site.ask(people.by_email, "marketer@example.com")
    site.set_role(card.id, role=Role.REP)
    assert marketer.post("/trial/edit", {"title": "late"}, token=token).status_code == 303
    program = site.browser(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/trial").status_code == 200
    site.set_role(card.id, active=False)
    assert program.get("/api/v1/trial").status_code == 401
