"""Accounts, sessions, tokens: what goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from content_catalog.actor import Actor, Role, Side


@dataclass(frozen=True, slots=True)
class NewUser:
    """``password`` may be ``None``: the person then sets one through an invitation."""

    email: str
    name: str
    role: Role
    side: Side
    password: str | None = None


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


@dataclass(frozen=True, slots=True)
class TokenCard:
    """An API token without its secret."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
