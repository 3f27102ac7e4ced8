"""Who is who, and whom a secret belongs to."""

from __future__ import annotations

from sqlalchemy import select

from content_catalog.actor import Actor, Permission, Role, Side
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.people import rules
from content_catalog.people.credentials import find_link
from content_catalog.people.models import ApiTokenRow, SessionRow, UserRow
from content_catalog.people.sign_in import actor_of
from content_catalog.people.types import PasswordLink, Preferences, SignedIn, TokenCard, UserCard


def users(look: Work) -> tuple[UserCard, ...]:
    """Every account, by name. Admins only."""
    look.actor.require(Permission.ADMINISTER)
    return tuple(_card(r) for r in look.session.scalars(select(UserRow).order_by(UserRow.name)))


def user(look: Work, user_id: int) -> UserCard:
    """One account: one's own, or any for an admin. Raises ``NotFound``."""
    look.actor.require(Permission.KEEP_OWN)
    row = look.session.get(UserRow, user_id)
    if row is None or not (look.actor.id == user_id or look.actor.may(Permission.ADMINISTER)):
        raise NotFound("user", user_id)
    return _card(row)


def by_email(look: Work, email: str) -> UserCard | None:
    """The account with this address; colleagues know each other's."""
    look.actor.require(Permission.FIND)
    row = look.session.scalar(select(UserRow).where(UserRow.email == email.strip().lower()))
    return None if row is None else _card(row)


def colleagues(look: Work) -> tuple[UserCard, ...]:
    """Every active account, by name, for those who hand out work."""
    look.actor.require(Permission.EDIT_COVERAGE)
    active = select(UserRow).where(UserRow.active).order_by(UserRow.name, UserRow.id)
    return tuple(_card(row) for row in look.session.scalars(active))


def admin_names(look: Work) -> tuple[str, ...]:
    """Whom to ask: the names of the active admins."""
    admins = select(UserRow.name).where(UserRow.role == Role.ADMIN, UserRow.active)
    return tuple(look.session.scalars(admins.order_by(UserRow.name)))


def session(look: Work, secret: str) -> SignedIn | None:
    """Whose session this secret opens, if it is still live: 12 h idle, 7 days in all."""
    row = look.session.execute(
        select(SessionRow, UserRow)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(SessionRow.token_hash == rules.digest(secret), SessionRow.ended_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    found, person = row
    if not person.active or not rules.is_live(found.created_at, found.seen_at, look.now):
        return None
    preferences = Preferences(person.theme, person.single_keys)
    return SignedIn(actor_of(person), found.id, preferences, found.seen_at)


def by_token(look: Work, secret: str) -> Actor | None:
    """Who an API token speaks for, with the role they have now."""
    person = look.session.scalar(
        select(UserRow)
        .join(ApiTokenRow, ApiTokenRow.user_id == UserRow.id)
        .where(
            ApiTokenRow.token_hash == rules.digest(secret),
            ApiTokenRow.revoked_at.is_(None),
            UserRow.active,
        )
    )
    return None if person is None else actor_of(person)


def tokens(look: Work) -> tuple[TokenCard, ...]:
    """One's own API tokens that still work, newest first."""
    look.actor.require(Permission.KEEP_OWN)
    rows = look.session.scalars(
        select(ApiTokenRow)
        .where(ApiTokenRow.user_id == look.actor.id, ApiTokenRow.revoked_at.is_(None))
        .order_by(ApiTokenRow.id.desc())
    )
    return tuple(TokenCard(r.id, r.name, r.created_at, r.last_used_at, r.revoked_at) for r in rows)


def password_link(look: Work, secret: str) -> PasswordLink | None:
    """Whose password a link sets, while it is good."""
    row = find_link(look, secret)
    person = look.session.get(UserRow, row.user_id) if row else None
    if row is None or person is None:
        return None
    return PasswordLink(person.id, person.email, person.name, row.kind)


def _card(row: UserRow) -> UserCard:
    return UserCard(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        side=Side(row.side),
        active=row.active,
        version=row.version,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        has_password=row.password_hash is not None,
    )
