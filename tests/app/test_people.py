from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sites import PASSWORD, Site, make_site

from app.handlers import password_mail, upkeep
from app.mail import Mail
from content_catalog import NOBODY, Role, audit, jobs, outbox, people
from content_catalog.errors import NotAllowed

NEW_PASSWORD = "a kettle of brave herons"
SESSION = "finder_session"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with make_site(tmp_path) as made:
        yield made


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Site]:
    base = "https://finder.example.com"
    with make_site(tmp_path, mail_url="smtp://localhost", base_url=base) as made:
        yield made


class Letterbox:
    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


def run_mail_jobs(site: Site) -> list[Mail]:
    """Hand every waiting mail job to its handler, as the worker does."""
    box = Letterbox()
    services = replace(site.services, mailer=box)
    handlers = {"invitation": password_mail.invitation, "password_reset": password_mail.reset}
    taken = site.do(jobs.claim, "test", timedelta(minutes=1), limit=50)
    for job in taken:
        handlers[job.kind](services, job)
    return box.mails


def link_in(text: str) -> str:
    found = re.search(r'https?://[^\s<"]+/password/[\w-]+', html.unescape(text))
    assert found, text
    return found[0]


def test_signing_in_leads_where_one_wanted_to_go(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser()
    asked = browser.get("/profile?tab=1")
    assert asked.status_code == 303
    assert asked.location == "/sign-in?next=/profile?tab%3D1"
    page = browser.get(asked.location).text
    target = html.unescape(re.search(r'name="next"[^>]*value="([^"]*)"', page)[1])
    answer = browser.sign_in("jonas@example.com", next=target)
    assert (answer.status_code, answer.location) == (303, "/profile?tab=1")
    assert browser.is_signed_in()


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("jonas@example.com", "wrong words entirely"),
        ("nobody@example.com", PASSWORD),
        ("jonas@example.com", "x" * 1_000_000),
        ("x" * 100_000, PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_A03_a_wrong_pair_says_one_and_the_same(site: Site, email: str, password: str) -> None:
    site.add("jonas@example.com")
    answer = site.browser().sign_in(email, password)
    assert answer.status_code == 422
    assert "That e-mail and password do not fit together." in answer.text
    assert SESSION not in answer.headers.get("Set-Cookie", "")


def test_A03_after_five_tries_one_waits(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser()
    for _ in range(5):
        assert browser.sign_in("jonas@example.com", "wrong words entirely").status_code == 422
    answer = browser.sign_in("jonas@example.com")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "Try again in 1 second." in answer.text
    elsewhere = site.browser(address="198.51.100.20")
    assert elsewhere.sign_in("jonas@example.com").status_code == 303


def test_A01_a_session_set_before_signing_in_is_not_taken_over(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser()
    browser.client.set_cookie(SESSION, "planted")
    browser.sign_in("jonas@example.com")
    assert browser.cookie(SESSION) not in (None, "planted")
    thief = site.browser()
    thief.client.set_cookie(SESSION, "planted")
    assert not thief.is_signed_in()


def test_A01_the_form_token_changes_at_sign_in(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser()
    before = browser.token()
    browser.sign_in("jonas@example.com")
    assert browser.post("/trial/own", token=before).status_code == 400


def test_A01_A02_a_changed_password_ends_the_other_browsers(site: Site) -> None:
    site.add("jonas@example.com")
    laptop, phone = site.browser("jonas@example.com"), site.browser("jonas@example.com")
    old = laptop.cookie(SESSION)
    fields = {"present_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert laptop.post("/profile/password", fields).status_code == 303
    assert laptop.is_signed_in()
    assert laptop.cookie(SESSION) != old
    assert not phone.is_signed_in()
    thief = site.browser()
    thief.client.set_cookie(SESSION, old or "")
    assert not thief.is_signed_in()
    assert site.browser().sign_in("jonas@example.com").status_code == 422
    assert site.browser().sign_in("jonas@example.com", NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("present", "new", "said"),
    [
        ("wrong words entirely", NEW_PASSWORD, "This is not it."),
        (PASSWORD, "short", "Use at least 12 characters."),
        (PASSWORD, "password1234", "first that are guessed"),
        (PASSWORD, "x" * 1_000_000, "Use at most 128 characters."),
        ("", NEW_PASSWORD, "Your present password is needed."),
    ],
)
def test_A04_a_password_that_cannot_be_changed_to(
    site: Site, present: str, new: str, said: str
) -> None:
    site.add("jonas@example.com")
    browser = site.browser("jonas@example.com")
    answer = browser.post("/profile/password", {"present_password": present, "new_password": new})
    assert answer.status_code == 422
    assert said in answer.text
    assert site.browser().sign_in("jonas@example.com").status_code == 303


def test_A02_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser("jonas@example.com")
    secret = browser.cookie(SESSION)
    assert browser.post("/sign-out").location == "/sign-in"
    assert browser.cookie(SESSION) is None
    browser.client.set_cookie(SESSION, secret or "")
    assert not browser.is_signed_in()


@pytest.mark.parametrize("changes", [{"active": False}, {"role": Role.MARKETER}])
def test_A02_a_change_of_rights_signs_out_two_browsers(
    site: Site, changes: dict[str, object]
) -> None:
    jonas = site.add("jonas@example.com")
    browsers = [site.browser("jonas@example.com") for _ in range(2)]
    site.set_role(jonas, **changes)
    assert [browser.is_signed_in() for browser in browsers] == [False, False]


def test_A02_an_admin_signs_somebody_out(site: Site) -> None:
    site.add("mira@example.com", Role.ADMIN)
    jonas = site.add("jonas@example.com")
    admin, rep = site.browser("mira@example.com"), site.browser("jonas@example.com")
    assert admin.post(f"/admin/users/{jonas}/end-sessions").status_code == 303
    assert not rep.is_signed_in()
    assert admin.is_signed_in()


def test_A05_an_invited_person_sets_a_password(site: Site) -> None:
    site.add("mira@example.com", Role.ADMIN)
    admin = site.browser("mira@example.com")
    fields = {"email": "Anna@Example.com", "name": "Anna", "role": "marketer", "side": "marketing"}
    answer = admin.post("/admin/users/new", fields)
    assert answer.status_code == 201
    path = "/" + link_in(answer.text).split("/", 3)[3]
    anna = site.browser()
    assert "anna@example.com" in anna.get(path).text
    assert anna.post(path, {"password": "too short"}).status_code == 422
    assert anna.post(path, {"password": NEW_PASSWORD}).status_code == 303
    assert anna.sign_in("anna@example.com", NEW_PASSWORD).status_code == 303
    assert anna.get("/trial/edit").status_code == 200
    for again in (site.browser().get(path), site.browser().post(path, {"password": PASSWORD})):
        assert again.status_code == 410
    assert site.browser().get("/password/unknown").status_code == 410


def test_A05_a_link_carries_the_configured_address(mailing: Site) -> None:
    mailing.add("mira@example.com", Role.ADMIN)
    anna = mailing.add("anna@example.com")
    admin = mailing.browser("mira@example.com", headers={"Referer": "https://x/"})
    forged = {"Host": "evil.example.net", "X-Forwarded-Host": "evil.example.net"}
    shown = admin.post(f"/admin/users/{anna}/invite", {"how": "show"})
    assert link_in(shown.text).startswith("https://finder.example.com/password/")
    stranger = mailing.browser()
    token = stranger.token()
    answer = stranger.post("/sign-in/forgotten", {"email": "anna@example.com"}, token=token)
    assert answer.status_code == 200
    stranger.get("/sign-in/forgotten", headers=forged)
    mails = run_mail_jobs(mailing)
    assert [mail.to for mail in mails] == ["anna@example.com"]
    assert link_in(mails[0].text).startswith("https://finder.example.com/password/")
    with mailing.app.test_request_context():
        from flask import url_for

        path = "/" + link_in(mails[0].text).split("/", 3)[3]
        assert path == url_for("people.set_password", secret=path.rsplit("/", 1)[1])


def test_A05_unknown_and_known_addresses_get_the_same_answer(mailing: Site) -> None:
    mailing.add("anna@example.com")
    browser = mailing.browser()
    answers = [
        browser.post("/sign-in/forgotten", {"email": email})
        for email in ("anna@example.com", "nobody@example.com")
    ]
    assert answers[0].status_code == answers[1].status_code == 200
    pages = [re.sub(r'(value|content)="[^"]*"', "", answer.text) for answer in answers]
    assert pages[0] == pages[1]
    assert [mail.to for mail in run_mail_jobs(mailing)] == ["anna@example.com"]


def test_A05_asking_for_links_is_slowed_down(mailing: Site) -> None:
    browser = mailing.browser()
    codes = {
        browser.post("/sign-in/forgotten", {"email": f"rep{n}@example.com"}).status_code
        for n in range(9)
    }
    assert codes == {200, 429}


def test_A05_without_a_mail_server_the_page_names_an_admin(site: Site) -> None:
    site.add("mira@example.com", Role.ADMIN)
    assert "Mira" in site.browser().get("/sign-in/forgotten").text


def test_A05_an_invitation_is_mailed(mailing: Site) -> None:
    mailing.add("mira@example.com", Role.ADMIN)
    anna = mailing.add("anna@example.com")
    admin = mailing.browser("mira@example.com")
    assert admin.post(f"/admin/users/{anna}/invite").status_code == 303
    mails = run_mail_jobs(mailing)
    secret = link_in(mails[0].text).rsplit("/", 1)[1]
    assert secret not in mailing.dump()
    assert site_user(mailing, secret) == anna


def site_user(site: Site, secret: str) -> int:
    return int(site.ask(people.password_link, secret).user_id)


def test_A06_a_fresh_site_opens_for_nobody(site: Site) -> None:
    browser = site.browser()
    for email, password in (("admin@example.com", "admin"), ("admin", "admin"), ("", "")):
        assert browser.sign_in(email, password).status_code == 422
    for path in ("/setup", "/install", "/register", "/sign-up"):
        assert browser.get(path).status_code == 404
    assert site.ask(people.users) == ()


def test_A07_a_session_ends_after_12_hours_of_nothing(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser("jonas@example.com")
    for _ in range(3):
        site.clock.move(hours=11)
        assert browser.is_signed_in()
    site.clock.move(hours=12)
    assert not browser.is_signed_in()


def test_A07_a_session_ends_after_7_days_of_use(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser("jonas@example.com")
    for _ in range(15):
        site.clock.move(hours=11)
        assert browser.is_signed_in()
    site.clock.move(hours=4)
    assert not browser.is_signed_in()


FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the page's own form, not those of the frame around it."""
    page = page[page.index("<main") : page.index("</main>")]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    pairs += [
        (name, value)
        for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
        if name in ("next", "kept")
    ]
    return {name: html.unescape(value) for name, value in pairs}


def test_A07_form_text_survives_re_sign_in(site: Site) -> None:
    site.add("anna@example.com", Role.MARKETER)
    browser = site.browser("anna@example.com")
    site.clock.move(hours=13)
    text = 'A long summary with "quotes", <tags> & ümlauts'
    sent = {"title": text, "title_twice": "x", "secret_password": "hush"}
    refused = browser.post("/trial/edit?page=2", sent, token="stale", headers=FROM_HERE)
    assert refused.status_code == 401
    assert "Sign in again; your text is kept." in refused.text
    assert "hush" not in refused.text
    again = browser.sign_in("anna@example.com", kept=hidden(refused.text)["kept"])
    assert again.status_code == 200
    assert html.escape(text, quote=False).split(",")[0].split('"')[0] in again.text
    fields = hidden(again.text)
    action = re.search(r'action="(/trial/edit[^"]*)"', again.text)
    assert action is not None
    assert action[1] == "/trial/edit?page=2"
    done = browser.post(action[1], fields, token=fields["csrf_token"])
    assert done.status_code == 200
    assert done.text == f"title={text}|title_twice=x"


def test_A07_a_wrong_password_does_not_lose_the_text(site: Site) -> None:
    site.add("anna@example.com", Role.MARKETER)
    browser = site.browser()
    refused = browser.post("/trial/edit", {"title": "kept"}, headers=FROM_HERE)
    wrong = browser.sign_in("anna@example.com", "no no no no no", kept=hidden(refused.text)["kept"])
    assert wrong.status_code == 422
    right = browser.sign_in("anna@example.com", kept=hidden(wrong.text)["kept"])
    assert hidden(right.text)["title"] == "kept"


def test_A07_another_site_cannot_put_words_into_the_form(site: Site) -> None:
    site.add("anna@example.com", Role.MARKETER)
    browser = site.browser()
    for headers in ({}, {"Origin": "https://evil.example.net"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = browser.post("/trial/edit", {"title": "planted"}, token=None, headers=headers)
        assert answer.status_code in (303, 400)
        assert "planted" not in answer.text
    forged = browser.sign_in("anna@example.com", kept="eyJ0aXRsZSI6InBsYW50ZWQifQ.x.y")
    assert forged.status_code == 303


def test_A07_a_stale_form_token_does_not_lose_the_text_either(site: Site) -> None:
    site.add("anna@example.com", Role.MARKETER)
    browser = site.browser("anna@example.com")
    answer = browser.post("/trial/edit", {"title": "kept"}, token="stale", headers=FROM_HERE)
    assert answer.status_code == 400
    fields = hidden(answer.text)
    assert browser.post("/trial/edit", fields, token=fields["csrf_token"]).text == "title=kept"


def test_a_fragment_sends_the_browser_to_sign_in(site: Site) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/profile?x=1"}
    answer = site.browser().get("/trial/own", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/profile?x%3D1"
    elsewhere = headers | {"HX-Current-URL": "https://evil.example.net/profile"}
    answer = site.browser().get("/trial/own", headers=elsewhere)
    assert answer.headers["HX-Redirect"] == "/sign-in"


def test_A09_forwarded_headers_count_only_from_trusted_proxies(tmp_path: Path) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    for proxies, expected in ((0, "192.0.2.7"), (1, "203.0.113.9")):
        folder = tmp_path / str(proxies)
        folder.mkdir()
        with make_site(folder, trusted_proxies=proxies) as site:
            site.add("jonas@example.com")
            browser = site.browser("jonas@example.com", headers=forged)
            assert browser.is_signed_in()
            addresses = {e.address for e in site.ask(audit.entries) if e.action == "people.sign_in"}
            assert addresses == {expected}


def test_A09_no_more_hops_are_believed_than_there_are_proxies(tmp_path: Path) -> None:
    with make_site(tmp_path, trusted_proxies=1) as site:
        site.add("jonas@example.com")
        chain = {"X-Forwarded-For": "198.51.100.66, 203.0.113.9"}
        site.browser("jonas@example.com", headers=chain)
        entry = next(e for e in site.ask(audit.entries) if e.action == "people.sign_in")
        assert entry.address == "203.0.113.9"


def test_preferences_are_rendered_at_once(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser("jonas@example.com")
    answer = browser.post("/profile/preferences", {"theme": "dark"})
    assert answer.status_code == 303
    assert 'data-bs-theme="dark"' in browser.get("/profile").text
    assert browser.cookie("theme") == "dark"
    browser.post("/sign-out")
    assert 'data-bs-theme="dark"' in browser.get("/sign-in").text
    phone = site.browser("jonas@example.com")
    assert 'data-bs-theme="dark"' in phone.get("/profile").text
    assert browser.post("/theme", {"theme": "light", "next": "//evil.example.net"}).location == "/"
    assert 'data-bs-theme="light"' in browser.get("/sign-in").text
    assert browser.post("/theme", {"theme": "purple"}).status_code == 422


def test_a_token_is_shown_once_and_opens_the_api(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser("jonas@example.com")
    answer = browser.post("/profile/tokens", {"name": "nightly export"})
    assert answer.status_code == 201
    secret = re.search(r'id="secret" value="([\w-]{43})"', answer.text)[1]
    assert secret not in browser.get("/profile").text
    program = site.browser(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/trial").json == {"ok": True}
    assert program.post("/api/v1/trial", token=None).status_code == 200
    token = site.ask(people.by_token, secret)
    assert token.email == "jonas@example.com"
    revoke = re.search(r'action="(/profile/tokens/\d+/revoke)"', browser.get("/profile").text)[1]
    browser.post(revoke)
    assert program.get("/api/v1/trial").status_code == 401


def test_tokens_open_the_api_only_and_cookies_need_a_form_token_there(site: Site) -> None:
    site.add("jonas@example.com")
    secret = site.api_token("jonas@example.com")
    program = site.browser(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/trial/own").status_code == 303
    browser = site.browser("jonas@example.com")
    assert browser.get("/api/v1/trial").status_code == 200
    assert browser.post("/api/v1/trial", token=None).status_code == 400
    right = {"X-CSRFToken": browser.token()}
    assert browser.post("/api/v1/trial", token=None, headers=right).status_code == 200
    wrong = {"Authorization": "Bearer wrong"}
    assert browser.get("/api/v1/trial", headers=wrong).status_code == 401


def test_anonymous_calls_of_the_api_get_the_error_shape(site: Site) -> None:
    answer = site.browser().get("/api/v1/trial")
    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "not_signed_in"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_two_admins_edit_one_account(site: Site) -> None:
    site.add("mira@example.com", Role.ADMIN)
    jonas = site.add("jonas@example.com")
    admin = site.browser("mira@example.com")
    fields = {"version": "1", "role": "rep", "side": "sales", "active": "y"}
    path = f"/admin/users/{jonas}"
    assert admin.post(path, fields | {"name": "Theirs"}).status_code == 303
    clash = admin.post(path, fields | {"name": "Mine"})
    assert clash.status_code == 409
    assert "theirs is Theirs, yours is Mine" in clash.text
    version = re.search(r'name="version"[^>]*value="(\d+)"', clash.text)[1]
    assert admin.post(path, fields | {"name": "Mine", "version": version}).status_code == 303
    assert site.ask(people.user, jonas).name == "Mine"


def test_P12_the_audit_has_what_happened_and_no_secrets(site: Site) -> None:
    site.add("mira@example.com", Role.ADMIN)
    jonas = site.add("jonas@example.com")
    rep, admin = site.browser("jonas@example.com"), site.browser("mira@example.com")
    site.browser().sign_in("jonas@example.com", "MARKER wrong words")
    fields = {"present_password": PASSWORD, "new_password": NEW_PASSWORD}
    rep.post("/profile/password", fields)
    rep.post("/profile/tokens", {"name": "export"})
    role = {"version": "2", "name": "Jonas", "role": "marketer", "side": "sales", "active": "y"}
    card = site.ask(people.user, jonas)
    admin.post(f"/admin/users/{jonas}", role | {"version": str(card.version)})
    admin.post(f"/admin/users/{jonas}/invite", {"how": "show"})
    noted = {e.action for e in site.ask(audit.entries)}
    assert noted >= {
        *("people.add", "people.sign_in", "people.sign_in_failed", "people.change_password"),
        *("people.add_token", "people.edit", "people.invite"),
    }
    text = "\n".join(x for x in site.dump().splitlines() if '"audit"' in x)
    for marker in ("MARKER", PASSWORD, NEW_PASSWORD, "$argon2"):
        assert marker not in text


def test_the_demo_hint_shows_in_a_demo_only(site: Site) -> None:
    assert "Demo sign-ins" not in site.browser().get("/sign-in").text


def test_the_demo_hint_says_who_one_can_be(tmp_path: Path) -> None:
    from app import demo
    from app.demo_loading import PASSWORD_FILE

    with make_site(tmp_path, demo=True) as site:
        rep = demo.accounts()[0].email
        site.add(rep)
        assert "Demo sign-ins" not in site.browser().get("/sign-in").text
        (tmp_path / PASSWORD_FILE).write_text("marker-of-this-demo")
        page = site.browser().get("/sign-in").text
    assert "marker-of-this-demo" in page
    assert rep in page


def test_signed_in_people_need_not_sign_in_again(site: Site) -> None:
    site.add("jonas@example.com")
    browser = site.browser("jonas@example.com")
    assert browser.get("/sign-in?next=/profile").location == "/profile"


def outbox_of(site: Site, email: str) -> str:
    return html.unescape(site.browser(email).get("/admin/outbox").text)


def test_A05_without_a_mail_server_a_link_waits_for_an_admin(site: Site) -> None:
    site.add("mira@example.com", Role.ADMIN)
    anna = site.add("anna@example.com")
    asked = [
        site.browser().post("/sign-in/forgotten", {"email": email}).text
        for email in ("anna@example.com", "nobody@example.com")
    ]
    assert "Mira" in asked[0]
    assert "ask an admin" in asked[0]
    (first, second) = site.do(jobs.claim, "test", timedelta(minutes=1), limit=5)
    for job in (first, second):
        password_mail.reset(site.services, job)
    page = outbox_of(site, "mira@example.com")
    assert page.count("/password/") == 1
    secret = link_in(page).rsplit("/", 1)[1]
    assert site_user(site, secret) == anna
    stranger = site.browser()
    stranger.post(f"/password/{secret}", {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert stranger.sign_in("anna@example.com", NEW_PASSWORD).status_code == 303


def test_A05_a_newer_link_takes_the_place_of_the_one_that_ended(site: Site) -> None:
    site.add("mira@example.com", Role.ADMIN)
    anna = site.add("anna@example.com")
    admin = site.browser("mira@example.com")
    shown = [link_in(admin.post(f"/admin/users/{anna}/invite").text) for _ in range(2)]
    page = outbox_of(site, "mira@example.com")
    assert [link in page for link in shown] == [False, True]
    admin.post(f"/admin/users/{anna}/invite", {"how": "show"})
    assert page.count("/password/") == outbox_of(site, "mira@example.com").count("/password/")


def test_A05_the_outbox_is_for_admins_and_forgets(site: Site) -> None:
    site.add("mira@example.com", Role.ADMIN)
    site.do(outbox.keep, "anna@example.com", "Hello", "one")
    site.clock.move(days=6)
    site.do(outbox.keep, "anna@example.com", "Other", "two")
    with pytest.raises(NotAllowed), site.services.catalog.look(NOBODY) as look:
        outbox.mails(look)
    site.clock.move(days=1, seconds=1)
    assert [mail.text for mail in site.ask(outbox.mails)] == ["two"]
    site.do(jobs.enqueue, "prune", {})
    (job,) = site.do(jobs.claim, "test", timedelta(minutes=1))
    upkeep.prune(site.services, job)
    assert "'Hello'" not in site.dump()
    (mail,) = site.ask(outbox.mails)
    admin = site.browser("mira@example.com")
    assert admin.post(f"/admin/outbox/{mail.id}/remove").status_code == 303
    assert admin.post(f"/admin/outbox/{mail.id}/remove").status_code == 404
    assert site.ask(outbox.mails) == ()
