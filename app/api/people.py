"""Accounts for admins; one's own profile and API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app import password_mail
from app.api.door import Created, operation
from app.api.shapes import Input, Listing, Output, Paged, Text, Version
from app.auth import actor
from app.idempotent import once
from app.wiring import look, services, work
from content_catalog import Permission, Role, Side, people
from content_catalog.people import NewUser, TokenCard, UserCard, UserEdit


class NewUserData(Input):
    """The person sets a password through an invitation."""

    email: Text
    name: Text
    role: Role
    side: Side


class UserChange(Input):
    version: Version
    name: Text = ""
    role: Role = Role.REP
    side: Side = Side.SALES
    active: bool = True


class Invitation(Output):
    """Where the person sets a password, within 7 days; shown once."""

    url: str


class TokenName(Input):
    name: Text


class TokenItem(Output):
    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


class Tokens(Output):
    total: int
    items: list[TokenItem]


class NewToken(TokenItem):
    """``token`` is shown once."""

    token: str


@operation("GET", "/profile", Permission.KEEP_OWN, answer=UserCard)
def show_profile() -> Any:
    """One's own account."""
    return people.user(look(), actor().id or 0)


@operation("GET", "/users", Permission.ADMINISTER, query=Paged, answer=Listing[UserCard])
def list_users(query: Paged) -> Any:
    """Every account, by name."""
    found = people.users(look())
    start = (query.page - 1) * query.per_page
    return Listing[UserCard](
        total=len(found),
        page=query.page,
        per_page=query.per_page,
        items=list(found[start : start + query.per_page]),
    )


@operation("POST", "/users", Permission.ADMINISTER, body=NewUserData, answer=UserCard, status=201)
def add_user(body: NewUserData) -> Any:
    """Make an account."""
    new = NewUser(body.email, body.name, body.role, body.side)
    with work() as unit:
        user_id = int(once(unit, lambda: str(people.add_user(unit, new))))
    return Created(people.user(look(), user_id), f"/api/v1/users/{user_id}")


@operation("GET", "/users/<int:user_id>", Permission.ADMINISTER, answer=UserCard)
def show_user(user_id: int) -> Any:
    """One account."""
    return people.user(look(), user_id)


@operation(
    "PATCH",
    "/users/<int:user_id>",
    Permission.ADMINISTER,
    body=UserChange,
    answer=UserCard,
)
def edit_user(user_id: int, body: UserChange) -> Any:
    """Change name, role or side, or switch an account off and on."""
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    with work() as unit:
        now = people.user(unit, user_id)
        present = {name: getattr(now, name) for name in ("name", "role", "side", "active")}
        people.edit_user(unit, user_id, UserEdit(**(present | sent)))
    return people.user(look(), user_id)


@operation(
    "POST",
    "/users/<int:user_id>/invitation",
    Permission.ADMINISTER,
    answer=Invitation,
    status=201,
)
def invite_user(user_id: int) -> Any:
    """A link with which the person sets a password; older links end."""
    with work() as unit:
        secret = people.invite(unit, user_id)
    return Invitation(url=password_mail.address(services().settings, secret))


@operation("POST", "/users/<int:user_id>/end-sessions", Permission.ADMINISTER)
def end_user_sessions(user_id: int) -> Any:
    """Sign the person out everywhere."""
    people.user(look(), user_id)
    with work() as unit:
        people.end_sessions(unit, user_id)


@operation("GET", "/tokens", Permission.KEEP_OWN, answer=Tokens)
def list_tokens() -> Any:
    """One's API tokens that still work, newest first, without their secrets."""
    found = people.tokens(look())
    return Tokens(total=len(found), items=[_token(card) for card in found])


@operation("POST", "/tokens", Permission.KEEP_OWN, body=TokenName, answer=NewToken, status=201)
def add_token(body: TokenName) -> Any:
    """Make an API token. Its secret is in this answer and nowhere else."""
    who = actor().id or 0
    with work() as unit:
        secret = people.add_token(unit, who, body.name)
        card = people.tokens(unit)[0]
    made = NewToken(**_token(card).model_dump(), token=secret)
    return Created(made, f"/api/v1/tokens/{card.id}")


@operation("DELETE", "/tokens/<int:token_id>", Permission.KEEP_OWN)
def revoke_token(token_id: int) -> Any:
    """It stops working at once."""
    with work() as unit:
        people.revoke_token(unit, token_id)


def _token(card: TokenCard) -> TokenItem:
    return TokenItem(
        id=card.id,
        name=card.name,
        created_at=card.created_at,
        last_used_at=card.last_used_at,
    )
