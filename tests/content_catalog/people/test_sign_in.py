from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text

from content_catalog import NOBODY, SYSTEM, Role, audit, people
from content_catalog.errors import NotAllowed, NotFound, TooMany
from content_catalog.people import passwords

HOME, CAFE = "192.0.2.7", "198.51.100.20"


def guesses(office: Any, count: int, emails: list[str], address: str, seconds: float) -> int:
    """How many of so many wrong guesses, one every few seconds, reach the hash."""
    reached = 0
    for number in range(count):
        try:
            attempt = office.do(
                people.begin_sign_in, emails[number % len(emails)], address, by=NOBODY
            )
        except TooMany:
            pass
        else:
            reached += 1
            office.do(people.finish_sign_in, attempt, False, address, "", by=NOBODY)
        office.clock.move(seconds=seconds)
    return reached


def test_the_right_password_opens_a_session(office: Any) -> None:
    jonas = office.add("jonas@example.com")
    secret = office.sign_in("Jonas@Example.com ")
    found = office.session(secret)
    assert found.actor.id == jonas.id
    assert found.actor.role is Role.REP
    assert found.preferences == people.Preferences()


def test_a_wrong_password_opens_nothing(office: Any) -> None:
    office.add("jonas@example.com")
    assert office.sign_in("jonas@example.com", "seven tidy otters whistl") is None
    assert office.sign_in("nobody@example.com") is None


def test_an_account_that_is_off_or_only_invited_opens_nothing(office: Any) -> None:
    jonas = office.add("jonas@example.com")
    office.add("invited@example.com", password=None)
    card = office.ask(people.user, jonas.id)
    off = people.UserEdit(card.version, card.name, card.role, card.side, active=False)
    office.do(people.edit_user, jonas.id, off)
    assert office.sign_in("jonas@example.com") is None
    assert office.sign_in("invited@example.com") is None


def test_A02_a_session_of_an_account_that_is_off_opens_nothing(office: Any) -> None:
    office.add("jonas@example.com")
    secret = office.sign_in("jonas@example.com")
    with office.catalog.engine.connect() as connection:
        connection.execute(text("UPDATE users SET active = 0"))
        connection.connection.commit()
    assert office.session(secret) is None


def test_only_the_hash_of_a_session_is_stored(office: Any) -> None:
    office.add("jonas@example.com")
    secret = office.sign_in("jonas@example.com")
    with office.catalog.engine.connect() as connection:
        dump = str(connection.execute(text("SELECT * FROM sessions")).all())
    assert secret not in dump


@pytest.mark.parametrize("every", [0, 1])
def test_A03_brute_force_on_one_account(office: Any, every: float) -> None:
    office.add("jonas@example.com")
    assert guesses(office, 1000, ["jonas@example.com"], CAFE, every) <= 30
    assert office.sign_in("jonas@example.com", address=HOME) is not None


@pytest.mark.parametrize("every", [0, 1])
def test_A03_spraying_many_accounts(office: Any, every: float) -> None:
    office.add("jonas@example.com")
    emails = [f"rep{n}@example.com" for n in range(1000)]
    assert guesses(office, 1000, emails, CAFE, every) <= 30
    assert office.sign_in("jonas@example.com", address=HOME) is not None


def test_A03_many_addresses_against_one_account(office: Any) -> None:
    office.add("jonas@example.com")
    assert office.sign_in("jonas@example.com", address=HOME) is not None
    reached = sum(
        guesses(office, 1, ["jonas@example.com"], f"198.51.{n // 250}.{n % 250}", 0)
        for n in range(1000)
    )
    assert reached == 100
    assert office.sign_in("jonas@example.com", address=HOME) is not None


def test_A03_never_a_lasting_lock(office: Any) -> None:
    office.add("jonas@example.com")
    guesses(office, 60, ["jonas@example.com"], HOME, 0.5)
    with pytest.raises(TooMany) as wait:
        office.sign_in("jonas@example.com")
    assert 0 < wait.value.retry_after <= 60
    office.clock.move(seconds=wait.value.retry_after)
    assert office.sign_in("jonas@example.com") is not None


def test_A03_a_success_does_not_buy_guesses_at_others(office: Any) -> None:
    office.add("insider@example.com")
    reached = 0
    for number in range(60):
        reached += guesses(office, 1, [f"rep{number}@example.com"], CAFE, 0)
        with suppress(TooMany):
            office.sign_in("insider@example.com", address=CAFE)
    assert reached <= 8


def test_A03_parallel_guesses_are_counted_before_they_are_compared(office: Any) -> None:
    office.add("jonas@example.com")
    begun = [office.do(people.begin_sign_in, "jonas@example.com", CAFE) for _ in range(5)]
    assert len(begun) == 5
    with pytest.raises(TooMany):
        office.do(people.begin_sign_in, "jonas@example.com", CAFE)


def test_A03_known_and_unknown_accounts_do_the_same_work(office: Any) -> None:
    office.add("jonas@example.com")
    known = office.do(people.begin_sign_in, "jonas@example.com", HOME)
    unknown = office.do(people.begin_sign_in, "nobody@example.com", HOME)
    parts = [a.password_hash.split("$")[1:4] for a in (known, unknown)]
    assert parts[0] == parts[1]
    assert len(known.keys) == len(unknown.keys)


def test_A03_a_clock_set_back_does_not_lock(office: Any) -> None:
    office.add("jonas@example.com")
    guesses(office, 30, ["jonas@example.com"], HOME, 0)
    office.clock.move(hours=-2)
    with pytest.raises(TooMany) as wait:
        office.sign_in("jonas@example.com")
    assert wait.value.retry_after <= 60


def test_A01_every_sign_in_is_a_new_session(office: Any) -> None:
    office.add("jonas@example.com")
    assert office.sign_in("jonas@example.com") != office.sign_in("jonas@example.com")


def test_A02_signing_out_ends_this_session_only(office: Any) -> None:
    jonas = office.add("jonas@example.com")
    laptop, phone = office.sign_in("jonas@example.com"), office.sign_in("jonas@example.com")
    office.do(people.end_session, office.session(laptop).session_id, by=jonas)
    assert office.session(laptop) is None
    assert office.session(phone) is not None


def test_A02_an_admin_ends_all_of_them(office: Any) -> None:
    jonas, mira = office.add("jonas@example.com"), office.add("mira@example.com", Role.ADMIN)
    secrets = [office.sign_in("jonas@example.com") for _ in range(3)]
    assert office.do(people.end_sessions, jonas.id, by=mira) == 3
    assert [office.session(secret) for secret in secrets] == [None] * 3


def test_P02_nobody_ends_or_touches_the_session_of_another(office: Any) -> None:
    jonas, anna = office.add("jonas@example.com"), office.add("anna@example.com")
    secret = office.sign_in("jonas@example.com")
    session_id = office.session(secret).session_id
    for command in (people.end_session, people.touch_session):
        with pytest.raises(NotFound):
            office.do(command, session_id, by=anna)
    with pytest.raises(NotAllowed):
        office.do(people.end_sessions, jonas.id, by=anna)
    with pytest.raises(NotAllowed):
        office.do(people.start_session, jonas.id, HOME, "", by=anna)
    assert office.session(secret) is not None


def test_A07_idle_and_absolute_ends(office: Any) -> None:
    jonas = office.add("jonas@example.com")
    idle, used = office.sign_in("jonas@example.com"), office.sign_in("jonas@example.com")
    for _ in range(16):
        office.clock.move(hours=10)
        office.do(people.touch_session, office.session(used).session_id, by=jonas)
    assert office.session(idle) is None
    assert office.session(used) is not None
    office.clock.move(hours=9)
    assert office.session(used) is None


def test_P12_sign_ins_are_noted_without_secrets(office: Any) -> None:
    jonas = office.add("jonas@example.com")
    typed = "my-password-in-the-wrong-box"
    office.sign_in("jonas@example.com", "WRONG-guess-marker")
    office.sign_in(typed, "irrelevant text")
    secret = office.sign_in("jonas@example.com")
    entries = office.ask(audit.entries)
    assert {"people.sign_in", "people.sign_in_failed"} <= {e.action for e in entries}
    signed_in = next(e for e in entries if e.action == "people.sign_in")
    assert (signed_in.actor_id, signed_in.address) == (jonas.id, HOME)
    with office.catalog.engine.connect() as connection:
        dump = str(connection.execute(text("SELECT * FROM audit")).all())
        tries = str(connection.execute(text("SELECT * FROM sign_in_tries")).all())
    for marker in ("WRONG-guess-marker", typed, secret, "$argon2"):
        assert marker not in dump
    assert typed not in tries


def test_a_hash_of_an_old_cost_is_renewed_at_sign_in(office: Any) -> None:
    office.add("jonas@example.com")
    passwords.use_cost(passwords.Cost(memory_kib=16, passes=1))
    attempt = office.do(people.begin_sign_in, "jonas@example.com", HOME)
    fresh = passwords.hash_password("seven tidy otters whistle")
    assert office.do(people.finish_sign_in, attempt, True, HOME, "", new_hash=fresh)
    again = office.do(people.begin_sign_in, "jonas@example.com", HOME)
    assert again.password_hash == fresh


def test_throttle_delays_a_form_that_is_open_to_everybody(office: Any) -> None:
    for _ in range(8):
        office.do(people.throttle, "reset", CAFE, by=NOBODY)
    with pytest.raises(TooMany):
        office.do(people.throttle, "reset", CAFE, by=NOBODY)
    office.do(people.throttle, "reset", HOME, by=NOBODY)


def test_sweep_forgets_what_is_over(office: Any) -> None:
    office.add("jonas@example.com")
    old = office.sign_in("jonas@example.com")
    office.clock.move(days=31)
    new = office.sign_in("jonas@example.com")
    office.do(people.sweep, by=SYSTEM)
    with office.catalog.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar() == 1
    assert office.session(old) is None
    assert office.session(new) is not None
