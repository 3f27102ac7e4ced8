"""Accounts: who they are, what they may do, what they prefer."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from content_catalog import audit
from content_catalog.actor import Permission, Role
from content_catalog.database import Work
from content_catalog.errors import Conflict, Invalid, NotAllowed, NotFound
from content_catalog.people import passwords, rules
from content_catalog.people.credentials import end_links, set_password
from content_catalog.people.models import UserRow
from content_catalog.people.sign_in import end_all, set_quietly
from content_catalog.people.types import NewUser, Preferences, UserEdit

THEMES = ("system", "light", "dark")


def add_user(
    work: Work, new: NewUser, *, password_hash: str | None = None, demo: bool = False
) -> int:
    """A new account; returns its id. Raises ``Invalid`` naming the fields.

    ``new.password`` is checked against the rules and hashed in here, which takes tens of
    milliseconds; whoever hashed one already hands in ``password_hash`` instead.
    """
    work.actor.require(Permission.ADMINISTER)
    _require_still_admin(work)
    fields: dict[str, str] = {}
    email, name = _checked(new, fields)
    if new.password is not None and (fault := passwords.check_rules(new.password)):
        fields["password"] = fault
    if email and work.session.scalar(select(UserRow.id).where(UserRow.email == email)):
        fields["email"] = "There is an account with this address already."
    if fields:
        raise Invalid(fields=fields)
    if new.password is not None:
        password_hash = passwords.hash_password(new.password)
    row = UserRow(
        email=email,
        name=name,
        role=new.role.value,
        side=new.side.value,
        password_hash=password_hash,
        demo=demo,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    after = {"name": name, "role": new.role, "side": new.side}
    audit.note(work, "people.add", "user", row.id, label=email, after=after)
    return row.id


def edit_user(work: Work, user_id: int, edit: UserEdit) -> None:
    """Change name, role, side or whether the account is on; a change of rights ends its sessions.

    Raises ``Conflict`` when somebody saved in between, and ``Invalid`` when admins would take their
    own rights or leave the site without an admin.
    """
    work.actor.require(Permission.ADMINISTER)
    _require_still_admin(work)
    row = work.session.get(UserRow, user_id)
    if row is None:
        raise NotFound("user", user_id)
    name = rules.clean_name(edit.name)
    before = _values(row)
    after = {"name": name, "role": edit.role, "side": edit.side, "active": edit.active}
    old, new = audit.changed(before, after)
    if row.version != edit.version:
        raise Conflict(
            "Somebody saved this account in between.", version=row.version, theirs=old, mine=new
        )
    if not new:
        return
    _refuse_lock_out(work, row, edit)
    row.name, row.role, row.side = name, edit.role.value, edit.side.value
    row.active = edit.active
    if new.keys() & {"role", "active"}:
        end_all(work, user_id)
    if not edit.active:
        end_links(work, user_id)
    audit.note(work, "people.edit", "user", user_id, label=row.email, before=old, after=new)


def change_password(work: Work, user_id: int, new_hash: str) -> None:
    """Store the hash of a new password of one's own; every session and open link ends.

    The edge checks the present password and the rules first, outside of any transaction.
    """
    work.actor.require(Permission.KEEP_OWN)
    row = work.session.get(UserRow, user_id)
    if row is None or row.id != work.actor.id:
        raise NotFound("user", user_id)
    set_password(work, row, new_hash)
    audit.note(work, "people.change_password", "user", user_id, label=row.email)


def set_preferences(work: Work, preferences: Preferences) -> None:
    """One's own theme and keys."""
    work.actor.require(Permission.KEEP_OWN)
    if preferences.theme not in THEMES:
        raise Invalid(fields={"theme": f"Expected one of {', '.join(THEMES)}."})
    if work.actor.id is not None:
        set_quietly(
            work, work.actor.id, theme=preferences.theme, single_keys=preferences.single_keys
        )


def remove_demo(work: Work) -> int:
    """Take away the invented people; returns how many. One that something of the company's still
    refers to stays, but nobody can sign in as them any more."""
    work.actor.require(Permission.ADMINISTER)
    gone = 0
    for row in work.session.scalars(select(UserRow).where(UserRow.demo)).all():
        try:
            with work.session.begin_nested():
                work.session.delete(row)
            gone += 1
        except IntegrityError:
            row.active = False
            end_all(work, row.id)
            end_links(work, row.id)
    audit.note(work, "people.remove_demo", "user", None, after={"removed": gone})
    return gone


def _checked(new: NewUser, fields: dict[str, str]) -> tuple[str, str]:
    email = name = ""
    try:
        email = rules.clean_email(new.email)
    except Invalid as error:
        fields.update(error.fields)
    try:
        name = rules.clean_name(new.name)
    except Invalid as error:
        fields.update(error.fields)
    return email, name


def _values(row: UserRow) -> dict[str, object]:
    return {"name": row.name, "role": row.role, "side": row.side, "active": row.active}


def _refuse_lock_out(work: Work, row: UserRow, edit: UserEdit) -> None:
    fields: dict[str, str] = {}
    if row.id == work.actor.id:
        if edit.role != row.role:
            fields["role"] = "You cannot change your own role. Another admin can."
        if not edit.active:
            fields["active"] = "You cannot switch off your own account. Another admin can."
    loses_admin = row.role == Role.ADMIN and (edit.role != Role.ADMIN or not edit.active)
    if not fields and loses_admin and row.active and not _other_admins(work, row.id):
        key = "role" if edit.role != Role.ADMIN else "active"
        fields[key] = "This is the last admin. Make somebody else an admin first."
    if fields:
        raise Invalid(fields=fields)


def _other_admins(work: Work, user_id: int) -> int:
    count = select(func.count()).where(
        UserRow.role == Role.ADMIN, UserRow.active, UserRow.id != user_id
    )
    return int(work.session.scalar(count) or 0)


def _require_still_admin(work: Work) -> None:
    """Rights may have gone between the start of the request and this transaction."""
    if work.actor.id is None:
        return
    row = work.session.get(UserRow, work.actor.id)
    if row is None or not row.active or row.role != Role.ADMIN:
        raise NotAllowed(Permission.ADMINISTER)
