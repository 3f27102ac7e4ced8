from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from content_catalog import Actor, Role, Side, audit, people
from content_catalog.errors import Conflict, Invalid, NotAllowed, NotFound

GOOD_PASSWORD = "seven tidy otters whistle"


def edit_of(office: Any, actor: Actor, **changes: Any) -> people.UserEdit:
    card = office.ask(people.user, actor.id)
    return replace(
        people.UserEdit(card.version, card.name, card.role, card.side, card.active), **changes
    )


def test_a_new_account_is_listed(office: Any) -> None:
    mira = office.add("mira@example.com", Role.ADMIN)
    office.add("jonas@example.com", password=None)
    cards = {card.email: card for card in office.ask(people.users, by=mira)}
    assert cards["jonas@example.com"].has_password is False
    assert cards["mira@example.com"].role is Role.ADMIN
    assert office.ask(people.admin_names) == ("Mira",)
    assert office.ask(people.by_email, "MIRA@example.com").id == mira.id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "JONAS@example.com"}, "email"),
        ({"name": " "}, "name"),
        ({"password": "password1234"}, "password"),
    ],
)
def test_what_a_new_account_may_not_be(office: Any, changes: dict[str, Any], field: str) -> None:
    office.add("jonas@example.com")
    new = people.NewUser("anna@example.com", "Anna", Role.REP, Side.SALES, GOOD_PASSWORD)
    with pytest.raises(Invalid) as refused:
        office.do(people.add_user, replace(new, **changes))
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER])
def test_only_admins_manage_accounts(office: Any, role: Role) -> None:
    anna = office.add("anna@example.com", role)
    with pytest.raises(NotAllowed):
        office.ask(people.users, by=anna)
    with pytest.raises(NotAllowed):
        office.do(people.add_user, people.NewUser("x@example.com", "X", role, Side.SALES), by=anna)
    with pytest.raises(NotAllowed):
        office.do(people.edit_user, anna.id, edit_of(office, anna, role=Role.ADMIN), by=anna)
    with pytest.raises(NotAllowed):
        office.do(people.invite, anna.id, by=anna)


def test_P02_accounts_of_others_are_unknown(office: Any) -> None:
    anna, jonas = office.add("anna@example.com"), office.add("jonas@example.com")
    assert office.ask(people.user, anna.id, by=anna).email == "anna@example.com"
    with pytest.raises(NotFound):
        office.ask(people.user, jonas.id, by=anna)


@pytest.mark.parametrize(
    ("changes", "field"), [({"role": Role.REP}, "role"), ({"active": False}, "active")]
)
def test_P06_an_admin_cannot_take_their_own_rights(
    office: Any, changes: dict[str, Any], field: str
) -> None:
    mira = office.add("mira@example.com", Role.ADMIN)
    office.add("second@example.com", Role.ADMIN)
    with pytest.raises(Invalid) as refused:
        office.do(people.edit_user, mira.id, edit_of(office, mira, **changes), by=mira)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("changes", "field"), [({"role": Role.REP}, "role"), ({"active": False}, "active")]
)
def test_P06_the_last_admin_stays(office: Any, changes: dict[str, Any], field: str) -> None:
    mira = office.add("mira@example.com", Role.ADMIN)
    with pytest.raises(Invalid) as refused:
        office.do(people.edit_user, mira.id, edit_of(office, mira, **changes))
    assert list(refused.value.fields) == [field]
    office.add("second@example.com", Role.ADMIN)
    office.do(people.edit_user, mira.id, edit_of(office, mira, **changes))


def test_P06_an_admin_who_is_off_does_not_count_as_one(office: Any) -> None:
    mira = office.add("mira@example.com", Role.ADMIN)
    second = office.add("second@example.com", Role.ADMIN)
    office.do(people.edit_user, second.id, edit_of(office, second, active=False))
    with pytest.raises(Invalid):
        office.do(people.edit_user, mira.id, edit_of(office, mira, role=Role.MARKETER))


def test_P07_rights_are_checked_again_inside_the_transaction(office: Any) -> None:
    mira, second = (
        office.add("mira@example.com", Role.ADMIN),
        office.add("second@example.com", Role.ADMIN),
    )
    office.do(people.edit_user, second.id, edit_of(office, second, role=Role.REP), by=mira)
    for command, *args in (
        (people.edit_user, mira.id, edit_of(office, mira, name="Taken over")),
        (people.add_user, people.NewUser("x@example.com", "X", Role.ADMIN, Side.SALES)),
    ):
        with pytest.raises(NotAllowed):
            office.do(command, *args, by=second)
    assert office.ask(people.user, mira.id).name == "Mira"


@pytest.mark.parametrize("changes", [{"role": Role.MARKETER}, {"active": False}])
def test_A02_a_change_of_rights_ends_the_sessions(office: Any, changes: dict[str, Any]) -> None:
    jonas = office.add("jonas@example.com")
    secret = office.sign_in("jonas@example.com")
    office.do(people.edit_user, jonas.id, edit_of(office, jonas, name="Jonas B", side=Side.SALES))
    assert office.session(secret) is not None
    office.do(people.edit_user, jonas.id, edit_of(office, jonas, **changes))
    assert office.session(secret) is None


def test_two_admins_edit_the_same_account(office: Any) -> None:
    jonas = office.add("jonas@example.com")
    stale = edit_of(office, jonas, name="Jonas Mine")
    office.do(people.edit_user, jonas.id, edit_of(office, jonas, name="Jonas Theirs"))
    with pytest.raises(Conflict) as conflict:
        office.do(people.edit_user, jonas.id, stale)
    assert conflict.value.theirs == {"name": "Jonas Theirs"}
    assert conflict.value.mine == {"name": "Jonas Mine"}


def test_signing_in_and_preferring_does_not_disturb_an_open_form(office: Any) -> None:
    jonas = office.add("jonas@example.com")
    edit = edit_of(office, jonas, name="Jonas B")
    office.sign_in("jonas@example.com")
    office.do(people.set_preferences, people.Preferences("dark", False), by=jonas)
    office.do(people.edit_user, jonas.id, edit)
    assert office.ask(people.user, jonas.id).name == "Jonas B"
    assert office.ask(people.user, jonas.id).last_seen_at == office.clock.now


def test_preferences_are_ones_own(office: Any) -> None:
    jonas, anna = office.add("jonas@example.com"), office.add("anna@example.com")
    office.do(people.set_preferences, people.Preferences("dark", False), by=jonas)
    secrets = [office.sign_in(actor.email) for actor in (jonas, anna)]
    assert office.session(secrets[0]).preferences == people.Preferences("dark", False)
    assert office.session(secrets[1]).preferences == people.Preferences()
    with pytest.raises(Invalid):
        office.do(people.set_preferences, people.Preferences("purple"), by=jonas)


def test_P12_a_change_of_role_is_noted(office: Any) -> None:
    jonas, mira = office.add("jonas@example.com"), office.add("mira@example.com", Role.ADMIN)
    office.do(people.edit_user, jonas.id, edit_of(office, jonas, role=Role.MARKETER), by=mira)
    entry = office.ask(audit.history, "user", jonas.id)[0]
    assert (entry.action, entry.actor_id) == ("people.edit", mira.id)
    assert (entry.before, entry.after) == ({"role": "rep"}, {"role": "marketer"})


def test_demo_users_are_told_apart(office: Any) -> None:
    office.add("jonas@example.com")
    new = people.NewUser("demo@example.com", "Demo", Role.REP, Side.SALES, GOOD_PASSWORD)
    office.do(people.add_user, new, demo=True)
    office.do(people.remove_demo)
    assert [card.email for card in office.ask(people.users)] == ["jonas@example.com"]
