"""Changing assets. Each command checks the actor, notes the audit and touches the index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm.attributes import flag_modified

from content_catalog import audit, jobs, search_state, taxonomy
from content_catalog.actor import Permission
from content_catalog.assets import fields, rules
from content_catalog.assets.content import add_content
from content_catalog.assets.models import AssetRevisionRow, AssetRow, AssetVersionRow, EditingRow
from content_catalog.assets.types import (
    AssetEdit,
    BulkEdit,
    Content,
    Edited,
    FileContent,
    NewAsset,
    Reading,
    Status,
)
from content_catalog.database import Work
from content_catalog.errors import Conflict, Invalid, NotFound, TooLarge

STALE_EDITING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Quota:
    """How much one person may keep; bytes and files."""

    bytes: int = 20 * 10**9
    files: int = 2000


def create(work: Work, new: NewAsset, *, demo: bool = False, quota: Quota | None = None) -> int:
    """A new asset with its first version; returns its id.

    Raises ``Invalid`` naming the fields, ``TooLarge`` over the quota. A duplicate is not refused;
    the edge offers it.
    """
    work.actor.require(Permission.EDIT_ASSETS)
    if quota is not None and isinstance(new.content, FileContent):
        _check_quota(work, new.content.size, quota)
    values = _values_of(work, new)
    fields.check(work, values, before={})
    _check_external_id(work, values["external_id"], None)
    row = AssetRow(demo=demo, created_at=work.now, created_by=work.actor.id, updated_at=work.now)
    fields.assign(row, values)
    work.session.add(row)
    work.session.flush()
    fields.store_terms(work, row.id, values)
    add_content(work, row, new.content)
    fields.remember(work, row, values)
    audit.note(work, "asset.create", "asset", row.id, label=row.title, after=_told(values))
    search_state.touch_ids(work, [row.id])
    return row.id


def edit(work: Work, asset_id: int, change: AssetEdit) -> Edited:
    """Change fields; what somebody else changed meanwhile is merged where the fields differ.

    Raises ``Conflict`` with theirs, mine and base for fields that both changed.
    """
    work.actor.require(Permission.EDIT_ASSETS)
    row = asset_row(work, asset_id)
    theirs = fields.of_row(work, row)
    mine = _changes(change)
    merged = _merged(work, row, change.version, theirs, mine)
    return _apply(work, row, theirs, merged, "asset.edit")


def _apply(
    work: Work, row: AssetRow, theirs: Mapping[str, Any], merged: rules.Merged, action: str
) -> Edited:
    fields.check(work, merged.values, before=theirs)
    _check_external_id(work, merged.values["external_id"], row.id)
    before, after = audit.changed(theirs, merged.values)
    who = _last_editor(work, row) if merged.kept else None
    if not after:
        return Edited(row.rev, (), merged.kept, who)
    fields.assign(row, merged.values)
    _new_revision(work, row)
    fields.store_terms(work, row.id, merged.values)
    fields.remember(work, row, merged.values)
    audit.note(work, action, "asset", row.id, label=row.title, before=before, after=after)
    search_state.touch_ids(work, [row.id])
    return Edited(row.rev, tuple(after), merged.kept, who)


def _merged(
    work: Work, row: AssetRow, version: int, theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> rules.Merged:
    kept = work.session.get(AssetRevisionRow, (row.id, version))
    if kept is None or version > row.rev:
        raise Conflict("This was changed too long ago to merge. Load it again.", version=row.rev)
    # What a revision does not name yet (a dimension added since) was empty then.
    base = {name: [] if name.startswith("term:") else None for name in theirs} | kept.fields
    merged = rules.merge(base, theirs, mine)
    if merged.clashes and not fields.changed_since(work, row.id, version):
        chosen = {name: mine[name] for name in merged.clashes}  # people know better than the reader
        return rules.Merged(dict(merged.values) | chosen, (), merged.kept)
    if merged.clashes:
        who = _last_editor(work, row)
        raise Conflict(
            f"{who} saved this in between.",
            version=row.rev,
            theirs={name: theirs.get(name) for name in merged.clashes},
            mine={name: mine.get(name) for name in merged.clashes},
            base={name: base.get(name) for name in merged.clashes},
            by=who,
            at=row.updated_at,
        )
    return merged


def add_version(
    work: Work, asset_id: int, version: int, content: Content, *, quota: Quota | None = None
) -> int:
    """New content for an asset; old versions stay. Returns the version's number."""
    work.actor.require(Permission.EDIT_ASSETS)
    row = asset_row(work, asset_id)
    _same_version(work, row, version)
    if quota is not None and isinstance(content, FileContent):
        _check_quota(work, content.size, quota)
    number = add_content(work, row, content)
    _changed_outside_fields(work, row, "asset.add_version", after={"number": number})
    return number


def review(work: Work, asset_id: int, version: int, review_by: date | None = None) -> None:
    """ "Still good": checked today; the next review is in 180 days unless a date is given."""
    work.actor.require(Permission.EDIT_ASSETS)
    row = asset_row(work, asset_id)
    _same_version(work, row, version)
    row.reviewed_on, row.reviewed_by = work.today, work.actor.id
    row.review_by = review_by or rules.next_review(work.today)
    after = {"reviewed_on": row.reviewed_on, "review_by": row.review_by}
    _changed_outside_fields(work, row, "asset.review", after=after)


def supersede(work: Work, asset_id: int, version: int, successor_id: int | None) -> None:
    """Say that another asset took this one's place; ``None`` takes it back."""
    work.actor.require(Permission.EDIT_ASSETS)
    row = asset_row(work, asset_id)
    _same_version(work, row, version)
    if successor_id is not None:
        _check_successor(work, asset_id, successor_id)
    row.successor_id = successor_id
    _changed_outside_fields(work, row, "asset.supersede", after={"successor": successor_id})


def _check_successor(work: Work, asset_id: int, successor_id: int) -> None:
    """It exists, and no chain of successors leads back."""
    seen: set[int] = set()
    following: int | None = asset_row(work, successor_id).id
    while following is not None and following not in seen:
        if following == asset_id:
            raise Invalid(fields={"successor": "An asset cannot take its own place."})
        seen.add(following)
        following = work.session.scalar(
            select(AssetRow.successor_id).where(AssetRow.id == following)
        )


def bulk_edit(work: Work, change: BulkEdit) -> int:
    """The same change to many assets, all or nothing; returns how many changed.

    Raises ``NotFound`` naming the first id that is not there, ``Invalid`` naming the asset.
    """
    work.actor.require(Permission.EDIT_ASSETS)
    rows = {
        row.id: row
        for row in work.session.scalars(select(AssetRow).where(AssetRow.id.in_(change.asset_ids)))
    }
    missing = [asset_id for asset_id in change.asset_ids if asset_id not in rows]
    if missing:
        raise NotFound("asset", missing[0])
    changed = 0
    for asset_id in change.asset_ids:
        theirs = fields.of_row(work, rows[asset_id])
        merged = rules.merge(theirs, theirs, _bulk_values(theirs, change))
        try:
            done = _apply(work, rows[asset_id], theirs, merged, "asset.bulk_edit")
        except Invalid as error:
            raise Invalid(
                f"“{rows[asset_id].title}” ({asset_id}): {error}", error.fields
            ) from error
        changed += bool(done.changed)
    return changed


def restore_revision(work: Work, asset_id: int, rev: int, version: int) -> Edited:
    """The fields as they were at ``rev``; this is a new revision, nothing is rewritten."""
    work.actor.require(Permission.EDIT_ASSETS)
    row = asset_row(work, asset_id)
    kept = work.session.get(AssetRevisionRow, (asset_id, rev))
    if kept is None:
        raise NotFound("revision", rev)
    theirs = fields.of_row(work, row)
    known = {name: value for name, value in kept.fields.items() if name in theirs}
    return _apply(work, row, theirs, _merged(work, row, version, theirs, known), "asset.restore")


def erase(work: Work, asset_id: int) -> None:
    """For good, with versions, texts and mapping. The file is swept when nothing names it."""
    work.actor.require(Permission.ERASE_ASSETS)
    row = asset_row(work, asset_id)
    audit.note(work, "asset.erase", "asset", row.id, label=row.title)
    remove_rows(work, [asset_id])


def remove_rows(work: Work, asset_ids: list[int]) -> None:
    """Take assets out, however they came in (erase, undo of an import). The caller has checked."""
    search_state.touch_ids(work, asset_ids)
    work.session.flush()
    for start in range(0, len(asset_ids), 400):
        work.session.execute(
            delete(AssetRow).where(AssetRow.id.in_(asset_ids[start : start + 400]))
        )
    work.session.expire_all()


def note_editing(work: Work, asset_id: int) -> None:
    """The actor has the edit form open."""
    work.actor.require(Permission.EDIT_ASSETS)
    if work.actor.id is None:
        return
    work.session.execute(delete(EditingRow).where(EditingRow.at < work.now - STALE_EDITING))
    work.session.merge(EditingRow(asset_id=asset_id, user_id=work.actor.id, at=work.now))
    work.session.flush()


def retry_reading(work: Work, asset_id: int) -> None:
    """Read the current version's file again."""
    work.actor.require(Permission.EDIT_ASSETS)
    row = asset_row(work, asset_id)
    version = work.session.get(AssetVersionRow, row.current_version_id or 0)
    if version is None or version.kind != "file":
        raise Invalid("There is no file to read.")
    version.reading, version.message = Reading.PENDING.value, None
    jobs.enqueue(work, "extract", {"version_id": version.id})
    audit.note(work, "asset.read_again", "asset", asset_id, label=row.title)
    search_state.touch_ids(work, [asset_id])


def asset_row(work: Work, asset_id: int) -> AssetRow:
    """Raises ``NotFound``, also for what the actor may not know of."""
    row = work.session.get(AssetRow, asset_id)
    if row is None or not rules.visible(Status(row.status), work.actor):
        raise NotFound("asset", asset_id)
    return row


def _same_version(work: Work, row: AssetRow, version: int) -> None:
    if version > row.rev or fields.changed_since(work, row.id, version):
        who = _last_editor(work, row)
        raise Conflict(f"{who} saved this in between. Look at it again.", version=row.rev, by=who)


def _values_of(work: Work, new: NewAsset) -> fields.Fields:
    owner = new.owner or work.actor.email
    values: fields.Fields = {
        "title": " ".join(new.title.split()),
        "summary": new.summary,
        "audience": new.audience.value,
        "status": new.status.value,
        "owner": rules.check_email(owner) if owner else "",
        "use_when": new.use_when,
        "do_not_use_when": new.do_not_use_when,
        "talk_track": new.talk_track,
        "tags": _tags(new.tags),
        "published_on": fields.iso(new.published_on),
        "review_by": fields.iso(new.review_by),
        "expires_on": fields.iso(new.expires_on),
        "external_id": (new.external_id or "").strip() or None,
    }
    values |= {f"term:{d.slug}": [] for d in taxonomy.read(work).dimensions}
    return values | {f"term:{name}": sorted(set(slugs)) for name, slugs in new.terms.items()}


def _changes(change: AssetEdit) -> fields.Fields:
    mine: fields.Fields = {}
    for name in ("title", "summary", "use_when", "do_not_use_when", "talk_track"):
        value = getattr(change, name)
        if value is not None:
            mine[name] = " ".join(value.split()) if name == "title" else value
    if change.audience is not None:
        mine["audience"] = change.audience.value
    if change.status is not None:
        mine["status"] = change.status.value
    if change.owner is not None:
        mine["owner"] = rules.check_email(change.owner)
    if change.tags is not None:
        mine["tags"] = _tags(change.tags)
    for name in fields.DATES:
        if getattr(change, name) is not None or name in change.set_fields:
            mine[name] = fields.iso(getattr(change, name))
    if change.external_id is not None or "external_id" in change.set_fields:
        mine["external_id"] = (change.external_id or "").strip() or None
    terms = change.terms or {}
    return mine | {f"term:{name}": sorted(set(slugs)) for name, slugs in terms.items()}


def _bulk_values(theirs: Mapping[str, Any], change: BulkEdit) -> fields.Fields:
    mine: fields.Fields = {}
    for name in {*change.add_terms, *change.remove_terms}:
        slugs = set(theirs.get(f"term:{name}", [])) - set(change.remove_terms.get(name, ()))
        mine[f"term:{name}"] = sorted(slugs | set(change.add_terms.get(name, ())))
    if change.status is not None:
        mine["status"] = change.status.value
    if change.audience is not None:
        mine["audience"] = change.audience.value
    if change.owner is not None:
        mine["owner"] = rules.check_email(change.owner)
    if change.review_by is not None:
        mine["review_by"] = fields.iso(change.review_by)
    return mine


def _tags(tags: tuple[str, ...]) -> list[str]:
    clean = (" ".join(tag.split())[:100] for tag in tags)
    return list(dict.fromkeys(tag for tag in clean if tag))[:100]


def _changed_outside_fields(
    work: Work, row: AssetRow, action: str, *, after: Mapping[str, Any]
) -> None:
    """A change beside the form's fields still makes a revision, so that stale forms are noticed."""
    _new_revision(work, row)
    fields.remember(work, row, fields.of_row(work, row))
    audit.note(work, action, "asset", row.id, label=row.title, after=after)
    search_state.touch_ids(work, [row.id])


def _new_revision(work: Work, row: AssetRow) -> None:
    """One UPDATE, one ``rev`` more, also when only the mapping changed."""
    row.updated_at = work.now
    flag_modified(row, "updated_at")
    work.session.flush()


def _check_external_id(work: Work, external_id: str | None, own: int | None) -> None:
    if not external_id:
        return
    taken = work.session.scalar(select(AssetRow.id).where(AssetRow.external_id == external_id))
    if taken is not None and taken != own:
        raise Invalid(fields={"external_id": f"Another asset has the id “{external_id}”."})


def _last_editor(work: Work, row: AssetRow) -> str:
    name = work.session.scalar(
        select(AssetRevisionRow.by_name)
        .where(AssetRevisionRow.asset_id == row.id, AssetRevisionRow.by_name != fields.READER)
        .order_by(AssetRevisionRow.rev.desc())
        .limit(1)
    )
    return name or "Somebody"


def _check_quota(work: Work, size: int, quota: Quota) -> None:
    if work.actor.id is None:
        return
    version = AssetVersionRow
    total, count = work.session.execute(
        select(func.sum(version.size), func.count()).where(
            version.created_by == work.actor.id, version.kind == "file"
        )
    ).one()
    used = total or 0
    if count + 1 > quota.files:
        raise TooLarge(
            f"You have {count:,} files, the most one person may keep. "
            "Erase some, or ask an admin for more."
        )
    if used + size > quota.bytes:
        raise TooLarge(
            f"You have {used / 10**9:.1f} GB of {quota.bytes / 10**9:.1f} GB in files. "
            "Erase some, or ask an admin for more."
        )


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
