"""Accounts, sessions, tokens: what goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from content_catalog.actor import Actor, Role, Side


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to be made. Without a password the person sets one through an invitation."""

    email: str
    name: str
    role: Role
    side: Side
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UserEdit:
    """What an admin changes; ``version`` is the one the form was shown with."""

    version: int
    name: str
    role: Role
    side: Side
    active: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """``theme`` is ``system``, ``light`` or ``dark``; ``single_keys`` switches one-letter keys."""

    theme: str = "system"
    single_keys: bool = True


@dataclass(frozen=True, slots=True)
class UserCard:
    id: int
    email: str
    name: str
    role: Role
    side: Side
    active: bool
    version: int
    created_at: datetime
    last_seen_at: datetime | None
    has_password: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session: who, and the preferences that every page needs."""

    actor: Actor
    session_id: int
    preferences: Preferences
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class TokenCard:
    """An API token without its secret."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """Between the steps of a sign-in: whose password is to be compared, if anybody's.

    ``password_hash`` is a dummy of the same cost when there is no such account, so that the
    answer takes as long. ``keys`` name the counters that a success clears.
    """

    user_id: int | None
    password_hash: str = field(repr=False)
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """A live invitation or reset: whose it is, shown on the page that sets the password."""

    user_id: int
    email: str
    name: str
    kind: str
