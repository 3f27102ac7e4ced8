"""Signing in, in three steps, so that no transaction is open while a password is compared:
``begin_sign_in``, ``passwords.verify``, ``finish_sign_in``. And the sessions that come of it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from content_catalog import audit
from content_catalog.actor import Actor, Permission, Role, Side
from content_catalog.database import Work
from content_catalog.errors import NotFound, TooMany
from content_catalog.people import passwords, rules
from content_catalog.people.models import PasswordLinkRow, SessionRow, SignInTryRow, UserRow
from content_catalog.people.types import SignInAttempt

_QUIETLY = {"synchronize_session": False}


def begin_sign_in(work: Work, email: str, address: str | None) -> SignInAttempt:
    """Count a try before anything is compared, so that parallel guesses cannot slip through.

    Raises ``TooMany`` when this account from this address, this address, or this account from
    addresses it never used has to wait; a refused try does not lengthen the wait.
    """
    work.actor.require(Permission.PUBLIC)
    email = email.strip().lower()[: rules.LONGEST_EMAIL]
    user = work.session.scalar(select(UserRow).where(UserRow.email == email))
    counters = _counters(work, user, email, address)
    _refuse_if_early(work, counters)
    for key in counters:
        _count(work, key)
    known = user is not None and user.active and user.password_hash is not None
    if user is not None and known and user.password_hash is not None:
        return SignInAttempt(user.id, user.password_hash, tuple(counters))
    return SignInAttempt(None, passwords.dummy_hash(), tuple(counters))


def finish_sign_in(
    work: Work,
    attempt: SignInAttempt,
    ok: bool,
    address: str | None,
    agent: str,
    *,
    new_hash: str | None = None,
) -> str | None:
    """The secret of a new session when the password was right, otherwise ``None``.

    ``new_hash`` replaces a hash that was made at another cost; it is of the same password.
    It does not raise on a wrong password: the audit entry of the failed try must be committed.
    """
    work.actor.require(Permission.PUBLIC)
    user = work.session.get(UserRow, attempt.user_id) if attempt.user_id is not None else None
    if user is None or not ok or not user.active:
        audit.note(work, "people.sign_in_failed", "user", attempt.user_id, label=_label(user))
        return None
    _forgive(work, attempt.keys)
    if new_hash is not None:
        set_quietly(work, user.id, password_hash=new_hash)
    as_user = replace(work, actor=actor_of(user, address))
    secret = start_session(as_user, user.id, address, agent)
    audit.note(as_user, "people.sign_in", "user", user.id, label=_label(user))
    return secret


def clear_tries(work: Work, attempt: SignInAttempt) -> None:
    """The password was right in a form other than the sign-in page."""
    work.actor.require(Permission.KEEP_OWN)
    if attempt.user_id == work.actor.id:
        _forgive(work, attempt.keys)


def start_session(work: Work, user_id: int, address: str | None, agent: str) -> str:
    """A new session for oneself (or by an admin); returns its secret. Only the hash is kept."""
    _require_own(work, user_id)
    secret = rules.new_secret()
    work.session.add(
        SessionRow(
            token_hash=rules.digest(secret),
            user_id=user_id,
            created_at=work.now,
            seen_at=work.now,
            address=(address or "")[:64] or None,
            agent=agent[:200],
        )
    )
    work.session.flush()
    _seen(work, user_id)
    return secret


def touch_session(work: Work, session_id: int) -> None:
    """It was used just now."""
    work.actor.require(Permission.KEEP_OWN)
    row = _own_session(work, session_id)
    row.seen_at = work.now
    _seen(work, row.user_id)


def end_session(work: Work, session_id: int) -> None:
    """Sign out. Raises ``NotFound`` for a session of somebody else."""
    work.actor.require(Permission.KEEP_OWN)
    row = _own_session(work, session_id)
    if row.ended_at is None:
        row.ended_at = work.now
        audit.note(work, "people.sign_out", "user", row.user_id, label=work.actor.email)


def end_sessions(work: Work, user_id: int) -> int:
    """Sign somebody out everywhere; returns how many sessions ended."""
    _require_own(work, user_id)
    count = end_all(work, user_id)
    if count:
        audit.note(work, "people.end_sessions", "user", user_id, after={"sessions": count})
    return count


def end_all(work: Work, user_id: int) -> int:
    """As ``end_sessions``, for commands of this topic that checked and noted already."""
    result = work.session.execute(
        update(SessionRow)
        .where(SessionRow.user_id == user_id, SessionRow.ended_at.is_(None))
        .values(ended_at=work.now),
        execution_options=_QUIETLY,
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # a CursorResult for DML


def sweep(work: Work) -> None:
    """Forget old tries, sessions and links; nothing of them is valid any more."""
    work.actor.require(Permission.ADMINISTER)
    month_ago = work.now - timedelta(days=30)
    for stale in (
        delete(SignInTryRow).where(SignInTryRow.last_at < work.now - timedelta(days=1)),
        delete(SessionRow).where(SessionRow.created_at < month_ago),
        delete(PasswordLinkRow).where(PasswordLinkRow.expires_at < month_ago),
    ):
        work.session.execute(stale, execution_options=_QUIETLY)


def throttle(work: Work, what: str, address: str | None) -> None:
    """The same delays for another form that is open to everybody; raises ``TooMany``."""
    counter = {f"{what}:{rules.address_group(address)}": rules.FREE_PER_ADDRESS}
    _refuse_if_early(work, counter)
    _count(work, next(iter(counter)))


def set_quietly(work: Work, user_id: int, **values: object) -> None:
    """Change columns that no admin's form shows, without raising the version that form carries."""
    table = UserRow.__table__
    work.session.execute(
        update(table).where(table.c.id == user_id).values(**values)  # type: ignore[arg-type]  # a Table at run time
    )


def actor_of(user: UserRow, address: str | None = None) -> Actor:
    return Actor(user.id, user.name, Role(user.role), user.email, Side(user.side), address)


def _counters(work: Work, user: UserRow | None, email: str, address: str | None) -> dict[str, int]:
    """Counter -> free tries. The account is hashed: people type passwords into the e-mail field."""
    group, account = rules.address_group(address), rules.digest(email)[:32]
    counters = {
        f"pair:{account}:{group}": rules.FREE_PER_PAIR,
        f"address:{group}": rules.FREE_PER_ADDRESS,
    }
    if user is None or not _was_here(work, user.id, address):
        counters[f"account:{account}"] = rules.FREE_PER_ACCOUNT
    return counters


def _was_here(work: Work, user_id: int, address: str | None) -> bool:
    found = select(SessionRow.id).where(
        SessionRow.user_id == user_id, SessionRow.address == (address or "")[:64]
    )
    return work.session.scalar(found.limit(1)) is not None


def _refuse_if_early(work: Work, counters: dict[str, int]) -> None:
    waits = [_wait(work, key, free) for key, free in counters.items()]
    seconds = math.ceil(max(waits).total_seconds())
    if seconds > 0:
        unit = "second" if seconds == 1 else "seconds"
        raise TooMany(f"Too many tries. Try again in {seconds} {unit}.", seconds)


def _wait(work: Work, key: str, free: int) -> timedelta:
    row = work.session.get(SignInTryRow, key)
    if row is None or _forgotten(row, work.now):
        return timedelta()
    # A clock that was set back must not turn seconds into hours.
    since = max(work.now - row.last_at, timedelta())
    return rules.delay(row.failures, free) - since


def _count(work: Work, key: str) -> None:
    row = work.session.get(SignInTryRow, key)
    if row is None:
        row = SignInTryRow(key=key, failures=0, last_at=work.now)
        work.session.add(row)
    row.failures = 1 if _forgotten(row, work.now) else row.failures + 1
    row.last_at = work.now


def _forgotten(row: SignInTryRow, now: datetime) -> bool:
    return row.last_at < now - rules.FORGOTTEN_AFTER


def _forgive(work: Work, keys: tuple[str, ...]) -> None:
    """A success clears the account's counters, and takes only its own try off the address: one
    valid account must not buy endless guesses at the others."""
    for key in keys:
        row = work.session.get(SignInTryRow, key)
        if row is not None:
            row.failures = max(row.failures - 1, 0) if key.startswith("address:") else 0


def _own_session(work: Work, session_id: int) -> SessionRow:
    row = work.session.get(SessionRow, session_id)
    if row is None or not _is_own(work, row.user_id):
        raise NotFound("session", session_id)
    return row


def _is_own(work: Work, user_id: int) -> bool:
    return work.actor.id == user_id or work.actor.may(Permission.ADMINISTER)


def _require_own(work: Work, user_id: int) -> None:
    work.actor.require(Permission.KEEP_OWN if work.actor.id == user_id else Permission.ADMINISTER)


def _seen(work: Work, user_id: int) -> None:
    set_quietly(work, user_id, last_seen_at=work.now)


def _label(user: UserRow | None) -> str:
    return "" if user is None else user.email
