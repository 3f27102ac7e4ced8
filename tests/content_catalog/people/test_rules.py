from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from content_catalog.errors import Invalid
from content_catalog.people import passwords, rules

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("seven tidy otters whistle", True),
        ("日本語のパスワードはここ", True),
        ("only lower case words", True),
        ("x" * 5 + "q7" * 20, True),
        ("elevenchars", False),
        ("a" * 129, False),
        ("a" * 64, False),
        ("abcabcabcabc", False),
        ("password1234", False),
        ("Password2026!", False),
        ("PASSWORDPASSWORD", False),
        ("password123456789", False),
        ("123456789012", False),
        ("qwertyuiop12", False),
        ("x" * 1_000_000, False),
        ("", False),
    ],
)
def test_A04_password_rules(text: str, accepted: bool) -> None:
    assert (passwords.check_rules(text) is None) is accepted


def test_A04_the_longest_password_still_works() -> None:
    text = "otter whistle " * 9
    assert passwords.check_rules(text[:128]) is None
    assert passwords.verify(passwords.hash_password(text[:128]), text[:128])


def test_A04_a_huge_password_is_refused_without_hashing() -> None:
    costly = passwords.use_cost(passwords.Cost(memory_kib=64 * 1024, passes=50))
    try:
        assert passwords.verify(passwords.dummy_hash(), "x" * 1_000_000) is False
    finally:
        passwords.use_cost(costly)


def test_A03_the_dummy_hash_costs_what_a_real_one_costs() -> None:
    real, dummy = passwords.hash_password("a real password"), passwords.dummy_hash()
    assert real.split("$")[:4] == dummy.split("$")[:4]
    assert [len(part) for part in real.split("$")] == [len(part) for part in dummy.split("$")]
    assert not passwords.verify(dummy, "a real password")
    assert dummy != passwords.dummy_hash()


def test_a_hash_of_another_cost_is_outdated() -> None:
    old = passwords.hash_password("a real password")
    assert not passwords.is_outdated(old)
    passwords.use_cost(passwords.Cost(memory_kib=16, passes=1))
    assert passwords.is_outdated(old)
    assert passwords.verify(old, "a real password")


def test_verify_takes_any_stored_text() -> None:
    assert not passwords.verify("not a hash", "whatever it is")


def test_A03_delays_grow_to_a_minute_and_stay_there() -> None:
    waits = [rules.delay(n, 5).total_seconds() for n in range(14)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert rules.delay(10**6, 5).total_seconds() == 60


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("garbage", "unknown"),
        (None, "unknown"),
    ],
)
def test_A03_what_counts_as_one_address(address: str | None, group: str) -> None:
    assert rules.address_group(address) == group


def test_A07_a_session_ends_idle_or_old() -> None:
    def live(created_hours_ago: float, seen_hours_ago: float) -> bool:
        created = NOON - timedelta(hours=created_hours_ago)
        return rules.is_live(created, NOON - timedelta(hours=seen_hours_ago), NOON)

    assert live(0, 0)
    assert live(167.9, 11.9)
    assert not live(13, 12)
    assert not live(168, 0.1)


@pytest.mark.parametrize("text", ["Mira@Example.com", " mira@example.com ", "MIRA@EXAMPLE.COM"])
def test_an_address_is_kept_in_lower_case(text: str) -> None:
    assert rules.clean_email(text) == "mira@example.com"


@pytest.mark.parametrize(
    "text",
    [
        *("", "mira", "@example.com", "mira@", "a b@example.com", "a@b@example.com"),
        *("mira@example..com", "mira@exa\nmple.com", "mira@" + "a" * 260, "<x>@example.com"),
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.clean_email(text)
    assert "email" in refused.value.fields


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\x00b"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.clean_name(text)
    assert "name" in refused.value.fields
