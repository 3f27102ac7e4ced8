"""API tokens and the links that set a password. Only hashes of their secrets are stored."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from content_catalog import audit
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import Gone, Invalid, NotFound
from content_catalog.people import rules
from content_catalog.people.models import ApiTokenRow, PasswordLinkRow, UserRow
from content_catalog.people.sign_in import end_all, set_quietly

INVITATION, RESET = "invite", "reset"
MOST_TOKENS = 50


def add_token(work: Work, user_id: int, name: str) -> str:
    """A new API token for oneself (or by an admin for somebody); its secret is shown once."""
    own = work.actor.id == user_id
    work.actor.require(Permission.KEEP_OWN if own else Permission.ADMINISTER)
    user = _user(work, user_id)
    name = " ".join(name.split())
    if not name or len(name) > 100 or not name.isprintable():
        raise Invalid(fields={"name": "Name the program that will use it, in 1 to 100 characters."})
    if len(_live_tokens(work, user_id)) >= MOST_TOKENS:
        raise Invalid(fields={"name": f"There are {MOST_TOKENS} tokens already. Revoke one first."})
    secret = rules.new_secret()
    row = ApiTokenRow(
        user_id=user_id, name=name, token_hash=rules.digest(secret), created_at=work.now
    )
    work.session.add(row)
    work.session.flush()
    audit.note(work, "people.add_token", "user", user_id, label=user.email, after={"token": name})
    return secret


def revoke_token(work: Work, token_id: int) -> None:
    """It stops working at once. Raises ``NotFound`` for a token of somebody else."""
    work.actor.require(Permission.KEEP_OWN)
    row = work.session.get(ApiTokenRow, token_id)
    may = row is not None and (
        row.user_id == work.actor.id or work.actor.may(Permission.ADMINISTER)
    )
    if row is None or not may:
        raise NotFound("token", token_id)
    if row.revoked_at is None:
        row.revoked_at = work.now
        audit.note(work, "people.revoke_token", "user", row.user_id, before={"token": row.name})


def note_token_use(work: Work, secret: str) -> None:
    """Its last use was now."""
    work.actor.require(Permission.KEEP_OWN)
    work.session.execute(
        update(ApiTokenRow)
        .where(ApiTokenRow.token_hash == rules.digest(secret))
        .values(last_used_at=work.now),
        execution_options={"synchronize_session": False},
    )


def invite(work: Work, user_id: int) -> str:
    """A link that lets a person set a password within 7 days; older links end. Its secret."""
    work.actor.require(Permission.ADMINISTER)
    user = _user(work, user_id)
    if not user.active:
        raise Invalid("This account is switched off. Switch it on first.")
    audit.note(work, "people.invite", "user", user_id, label=user.email)
    return _new_link(work, user_id, INVITATION, rules.INVITATION)


def request_reset(work: Work, email: str) -> tuple[int, str] | None:
    """Who asked and the secret of a link good for one hour; ``None`` when there is no such account.

    Whoever calls this answers the same in both cases.
    """
    work.actor.require(Permission.PUBLIC)
    address = email.strip().lower()[: rules.LONGEST_EMAIL]
    user = work.session.scalar(select(UserRow).where(UserRow.email == address))
    if user is None or not user.active:
        return None
    audit.note(work, "people.request_reset", "user", user.id, label=user.email)
    return user.id, _new_link(work, user.id, RESET, rules.RESET)


def redeem_link(work: Work, secret: str, password_hash: str) -> int:
    """Set the password, use up the link, end every session; returns the user's id.

    Raises ``Gone`` when the link is unknown, used, ended or too old: one sentence for all.
    """
    work.actor.require(Permission.PUBLIC)
    link = find_link(work, secret)
    user = work.session.get(UserRow, link.user_id) if link else None
    if link is None or user is None:
        raise link_gone()
    set_password(work, user, password_hash)
    audit.note(work, "people.redeem_link", "user", user.id, label=user.email)
    return user.id


def set_password(work: Work, user: UserRow, password_hash: str) -> None:
    """Store a new hash; links and sessions that rested on the old password end."""
    set_quietly(work, user.id, password_hash=password_hash)
    end_links(work, user.id)
    end_all(work, user.id)


def find_link(look: Work, secret: str) -> PasswordLinkRow | None:
    """The live link of an active account with this secret, if any."""
    row = look.session.scalar(
        select(PasswordLinkRow)
        .join(UserRow, UserRow.id == PasswordLinkRow.user_id)
        .where(PasswordLinkRow.token_hash == rules.digest(secret), UserRow.active)
    )
    live = row is not None and row.used_at is None and look.now < row.expires_at
    return row if live else None


def link_gone() -> Gone:
    return Gone("This link is no longer available. Ask an admin for a new one.")


def end_links(work: Work, user_id: int) -> None:
    work.session.execute(
        update(PasswordLinkRow)
        .where(PasswordLinkRow.user_id == user_id, PasswordLinkRow.used_at.is_(None))
        .values(used_at=work.now),
        execution_options={"synchronize_session": False},
    )


def _new_link(work: Work, user_id: int, kind: str, good_for: timedelta) -> str:
    end_links(work, user_id)
    secret = rules.new_secret()
    expires_at: datetime = work.now + good_for
    work.session.add(
        PasswordLinkRow(
            user_id=user_id,
            kind=kind,
            token_hash=rules.digest(secret),
            created_at=work.now,
            expires_at=expires_at,
        )
    )
    work.session.flush()
    return secret


def _user(work: Work, user_id: int) -> UserRow:
    row = work.session.get(UserRow, user_id)
    if row is None:
        raise NotFound("user", user_id)
    return row


def _live_tokens(work: Work, user_id: int) -> list[int]:
    tokens = select(ApiTokenRow.id).where(
        ApiTokenRow.user_id == user_id, ApiTokenRow.revoked_at.is_(None)
    )
    return list(work.session.scalars(tokens))
