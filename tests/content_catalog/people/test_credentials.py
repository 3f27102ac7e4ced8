from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from content_catalog import NOBODY, Actor, Role, people
from content_catalog.errors import Gone, Invalid, NotAllowed, NotFound
from content_catalog.people import passwords

NEW_PASSWORD = "a kettle of brave herons"


def switch_off(office: Any, actor: Actor) -> None:
    card = office.ask(people.user, actor.id)
    edit = people.UserEdit(card.version, card.name, card.role, card.side, card.active)
    office.do(people.edit_user, actor.id, replace(edit, active=False))


def redeem(office: Any, secret: str) -> int:
    hashed = passwords.hash_password(NEW_PASSWORD)
    return office.do(people.redeem_link, secret, hashed, by=NOBODY)


def test_a_token_speaks_for_its_owner(office: Any) -> None:
    anna = office.add("anna@example.com", Role.MARKETER)
    secret = office.do(people.add_token, anna.id, "nightly export", by=anna)
    assert office.ask(people.by_token, secret).id == anna.id
    assert office.ask(people.by_token, secret + "x") is None
    assert [t.name for t in office.ask(people.tokens, by=anna)] == ["nightly export"]
    with office.catalog.engine.connect() as connection:
        for table in ("api_tokens", "audit"):
            assert secret not in str(connection.execute(text(f"SELECT * FROM {table}")).all())


def test_a_revoked_token_and_one_of_an_account_that_is_off_speak_for_nobody(office: Any) -> None:
    anna, jonas = office.add("anna@example.com"), office.add("jonas@example.com")
    first = office.do(people.add_token, anna.id, "a", by=anna)
    second = office.do(people.add_token, jonas.id, "b", by=jonas)
    office.do(people.revoke_token, office.ask(people.tokens, by=anna)[0].id, by=anna)
    switch_off(office, jonas)
    assert office.ask(people.by_token, first) is None
    assert office.ask(people.by_token, second) is None
    assert office.ask(people.tokens, by=anna) == ()


def test_P02_tokens_of_others_are_unknown(office: Any) -> None:
    anna, jonas = office.add("anna@example.com"), office.add("jonas@example.com")
    secret = office.do(people.add_token, anna.id, "a", by=anna)
    token_id = office.ask(people.tokens, by=anna)[0].id
    with pytest.raises(NotFound):
        office.do(people.revoke_token, token_id, by=jonas)
    with pytest.raises(NotAllowed):
        office.do(people.add_token, anna.id, "mine now", by=jonas)
    assert office.ask(people.tokens, by=jonas) == ()
    assert office.ask(people.by_token, secret) is not None


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_token_needs_a_name(office: Any, name: str) -> None:
    anna = office.add("anna@example.com")
    with pytest.raises(Invalid):
        office.do(people.add_token, anna.id, name, by=anna)


def test_the_last_use_of_a_token_is_known(office: Any) -> None:
    anna = office.add("anna@example.com")
    secret = office.do(people.add_token, anna.id, "a", by=anna)
    office.do(people.note_token_use, secret, by=anna)
    assert office.ask(people.tokens, by=anna)[0].last_used_at == office.clock.now


def test_A05_an_invitation_sets_a_password_once(office: Any) -> None:
    mira = office.add("mira@example.com", Role.ADMIN)
    anna = office.add("anna@example.com", password=None)
    secret = office.do(people.invite, anna.id, by=mira)
    assert office.ask(people.password_link, secret, by=NOBODY).email == "anna@example.com"
    assert redeem(office, secret) == anna.id
    assert office.sign_in("anna@example.com", NEW_PASSWORD) is not None
    assert office.ask(people.password_link, secret, by=NOBODY) is None
    with pytest.raises(Gone):
        redeem(office, secret)


@pytest.mark.parametrize(("kind", "hours"), [("invite", 7 * 24), ("reset", 1)])
def test_A05_links_end(office: Any, kind: str, hours: int) -> None:
    anna = office.add("anna@example.com")

    def new_link() -> str:
        if kind == "invite":
            return office.do(people.invite, anna.id)
        return office.do(people.request_reset, "anna@example.com", by=NOBODY)[1]

    secret = new_link()
    office.clock.move(hours=hours, seconds=-1)
    assert office.ask(people.password_link, secret) is not None
    office.clock.move(seconds=1)
    assert office.ask(people.password_link, secret) is None
    with pytest.raises(Gone):
        redeem(office, secret)
    office.clock.move(seconds=-5)
    newer = new_link()
    with pytest.raises(Gone):
        redeem(office, secret)
    assert redeem(office, newer) == anna.id


def test_A05_links_are_long_stored_hashed_and_end_with_the_password(office: Any) -> None:
    anna = office.add("anna@example.com")
    secret = office.do(people.request_reset, " Anna@Example.com", by=NOBODY)[1]
    assert len(secret) >= 43
    with office.catalog.engine.connect() as connection:
        for table in ("password_links", "audit", "jobs"):
            assert secret not in str(connection.execute(text(f"SELECT * FROM {table}")).all())
    office.do(people.change_password, anna.id, passwords.hash_password(NEW_PASSWORD), by=anna)
    with pytest.raises(Gone):
        redeem(office, secret)


def test_A05_no_link_for_an_unknown_or_switched_off_account(office: Any) -> None:
    anna = office.add("anna@example.com")
    link = office.do(people.invite, anna.id)
    switch_off(office, anna)
    assert office.do(people.request_reset, "anna@example.com", by=NOBODY) is None
    assert office.do(people.request_reset, "nobody@example.com", by=NOBODY) is None
    with pytest.raises(Invalid):
        office.do(people.invite, anna.id)
    with pytest.raises(Gone):
        redeem(office, link)


def test_A01_a_new_password_ends_every_session(office: Any) -> None:
    anna = office.add("anna@example.com")
    before = [office.sign_in("anna@example.com") for _ in range(2)]
    office.do(people.change_password, anna.id, passwords.hash_password(NEW_PASSWORD), by=anna)
    assert [office.session(secret) for secret in before] == [None, None]
    assert office.sign_in("anna@example.com") is None
    reset = office.do(people.request_reset, "anna@example.com", by=NOBODY)[1]
    after = office.sign_in("anna@example.com", NEW_PASSWORD)
    redeem(office, reset)
    assert office.session(after) is None


def test_P02_nobody_changes_the_password_of_another(office: Any) -> None:
    anna, mira = office.add("anna@example.com"), office.add("mira@example.com", Role.ADMIN)
    for actor in (mira, office.add("jonas@example.com")):
        with pytest.raises(NotFound):
            office.do(people.change_password, anna.id, "hash", by=actor)
    assert office.sign_in("anna@example.com") is not None
