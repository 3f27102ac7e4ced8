"""Signing in and out, and what each role may do."""

from __future__ import annotations

import pytest
from live import ADMIN, COOKIE, MARKETER, REP, LiveSite, Visit, Watch
from playwright.sync_api import Page, expect


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_A01_signing_in_leads_on_with_a_new_session(visit: Visit, site: LiveSite) -> None:
    page = visit(None)
    page.context.add_cookies([{"name": COOKIE, "value": "planted" * 6, "url": site.url}])
    page.goto("/?q=council")
    expect(page.locator("h1")).to_have_text("Sign in")
    sign_in(page, REP, site.password)
    expect(page.locator("#results-title")).to_contain_text("8 results")
    cookies = {c["name"]: c for c in page.context.cookies()}
    assert cookies[COOKIE]["value"] != "planted" * 6
    assert cookies[COOKIE]["httpOnly"]
    assert page.evaluate("document.cookie").find(COOKIE) == -1


def test_a_wrong_password_says_the_same_for_everybody(
    visit: Visit, site: LiveSite, watch: Watch
) -> None:
    watch.expect(422)
    page = visit(None)
    said = []
    for email in (REP, "nobody@example.com"):
        page.goto("/sign-in")
        sign_in(page, email, "a wrong one entirely")
        alert = page.locator("[role=alert]").first
        expect(alert).to_be_visible()
        said.append(alert.inner_text())
        expect(page.get_by_label("E-mail")).to_have_value(email)
    assert said[0] == said[1]


def test_A02_signing_out_ends_it_here_and_leaves_nothing_to_go_back_to(visit: Visit) -> None:
    page, other = visit(REP), visit(REP)
    page.goto("/saved")
    page.get_by_role("button", name="your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    page.go_back()
    page.reload()
    expect(page.locator("h1")).to_have_text("Sign in")
    other.goto("/saved")  # another browser of the same person stays signed in
    expect(other.locator("h1")).to_have_text("Saved")


def test_A02_switching_somebody_off_ends_their_sessions(visit: Visit, site: LiveSite) -> None:
    email = "edwin.kwan@example.com"
    rep, admin = visit(email), visit(ADMIN)
    rep.goto("/")
    admin.goto("/admin/users")
    admin.get_by_role("link", name="Edwin Kwan").click()
    admin.locator("input[name=active]").uncheck()
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text("The account is saved.")).to_be_visible()
    rep.goto("/saved")
    expect(rep.locator("h1")).to_have_text("Sign in")


@pytest.mark.parametrize(
    ("email", "shown", "refused"),
    [
        (
            REP,
            ["Find", "Coverage"],
            ["/library", "/library/61/edit", "/admin/users", "/library/import"],
        ),
        (
            MARKETER,
            ["Find", "Coverage", "Library"],
            ["/admin/users", "/admin/audit", "/admin/taxonomy"],
        ),
        (ADMIN, ["Find", "Coverage", "Library", "Admin"], []),
    ],
)
def test_a_role_sees_what_it_may_open_and_is_refused_the_rest(
    visit: Visit, site: LiveSite, watch: Watch, email: str, shown: list[str], refused: list[str]
) -> None:
    watch.expect(403, 404)
    page = visit(email)
    page.goto(f"/assets/{site.asset('Security questionnaire answers')}")
    assert (
        page.get_by_role("navigation", name="Main", exact=True).locator("a").all_inner_texts()
        == shown
    )
    assert page.get_by_role("link", name="Edit", exact=True).count() == (email != REP)
    for address in refused:
        answer = page.goto(address)
        assert answer
        assert answer.status == 403
        expect(page.get_by_text("Ask an admin: Samir Rahal.")).to_be_visible()
    draft = site.asset("Customer story (draft): Lindhagen Verkehr, city buses")
    for address in (f"/assets/{draft}", f"/assets/{draft}/text"):
        assert page.request.get(site.url + address).status == (404 if email == REP else 200)


def test_a_draft_is_found_by_marketers_who_ask_and_never_by_reps(visit: Visit) -> None:
    rep, marketer = visit(REP), visit(MARKETER)
    for page in (rep, marketer):
        page.goto("/?q=Lindhagen&status=draft")
    expect(marketer.locator(".cf-result")).to_have_count(1)
    expect(marketer.locator(".cf-result")).to_contain_text("Customer story (draft)")
    assert "Customer story (draft)" not in rep.locator("main").inner_text()
    rep.goto("/suggest?q=Customer+story")
    assert "Lindhagen" not in rep.content()


def test_an_admin_invites_somebody_who_sets_a_password(visit: Visit) -> None:
    admin = visit(ADMIN)
    admin.goto("/admin/users/new")
    admin.get_by_label("E-mail").fill("ada.quist@example.com")
    admin.get_by_label("Name").fill("Ada Quist")
    admin.get_by_role("button", name="Add and invite").click()
    link = admin.get_by_label("Link to set the password").input_value()
    page = visit(None)
    page.goto("/" + link.split("/", 3)[3])
    page.get_by_label("New password").or_(page.get_by_label("Password")).first.fill(
        "four geese on a quiet lake"
    )
    page.get_by_role("button", name="Set password").click()
    sign_in(page, "ada.quist@example.com", "four geese on a quiet lake")
    expect(page.locator("#q")).to_be_visible()


def test_keys_of_one_letter_can_be_switched_off(page: Page) -> None:
    page.goto("/profile")
    keys = page.locator("input[name=single_keys]")
    keys.uncheck()
    page.get_by_role("button", name="Save preferences").click()
    expect(page.get_by_text("Your preferences are saved.")).to_be_visible()
    page.goto("/?q=council")
    page.locator("#results-title").focus()
    page.keyboard.press("j")
    page.keyboard.press("3")
    page.wait_for_timeout(200)  # nothing is meant to happen
    expect(page.locator(".cf-result.is-selected")).to_have_count(0)
    assert "stage=" not in page.url
    page.keyboard.press("Control+k")
    expect(page.locator("#q")).to_be_focused()
    page.goto("/profile")
    keys.check()
    page.get_by_role("button", name="Save preferences").click()
    page.goto("/?q=council")
    page.locator("#results-title").focus()
    page.keyboard.press("j")
    expect(page.locator(".cf-result.is-selected")).to_have_count(1)
