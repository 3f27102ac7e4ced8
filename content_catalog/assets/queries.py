"""Reading single assets: the page, the text, the file, the history; and figures of the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from content_catalog.actor import Permission
from content_catalog.assets import rules
from content_catalog.assets.cards import cards, current
from content_catalog.assets.models import (
    AssetRevisionRow,
    AssetRow,
    AssetVersionRow,
    EditingRow,
    FileProblemRow,
    PageTextRow,
)
from content_catalog.assets.types import (
    AssetPage,
    Kind,
    PageInfo,
    PageText,
    Reading,
    Status,
    StoredFile,
    VersionCard,
)
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.people.models import UserRow


@dataclass(frozen=True, slots=True)
class Revision:
    """The editable fields as they were at one ``rev``."""

    rev: int
    at: datetime
    by_name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LibraryStats:
    published: int
    drafts: int
    archived: int
    unreadable: int
    pending: int
    overdue: int


def page(look: Work, asset_id: int) -> AssetPage:
    """Everything about one asset that the actor may know: without ``SEE_UNPUBLISHED`` only the
    current version, and a successor only when it is published. Raises ``NotFound`` also for what
    the actor may not know of."""
    card = next(iter(cards(look, [asset_id])), None)
    row = look.session.get(AssetRow, asset_id)
    if card is None or row is None:
        raise NotFound("asset", asset_id)
    versions = _versions(look, row)
    current = next(v for v in versions if v.id == row.current_version_id)
    problem = _file_problem(look, current.sha256)
    return AssetPage(
        card=card,
        version=_version(current),
        versions=tuple(_version(v) for v in versions),
        pages=_pages(look, current),
        markdown=current.markdown,
        use_when=row.use_when,
        do_not_use_when=row.do_not_use_when,
        talk_track=row.talk_track,
        tags=tuple(row.tags),
        published_on=row.published_on,
        successor=_successor(look, row),
        file_problem=problem,
        created_at=row.created_at,
        rev=row.rev,
        sha256=current.sha256,
    )


def _versions(look: Work, row: AssetRow) -> list[AssetVersionRow]:
    """Newest first. What was replaced is for those who may see what is not published."""
    query = select(AssetVersionRow).where(AssetVersionRow.asset_id == row.id)
    if not look.actor.may(Permission.SEE_UNPUBLISHED):
        query = query.where(AssetVersionRow.id == row.current_version_id)
    return list(look.session.scalars(query.order_by(AssetVersionRow.number.desc())))


def _successor(look: Work, row: AssetRow) -> int | None:
    """None also while the newer one is nothing for the actor's eyes."""
    if row.successor_id is None:
        return None
    return next((asset_id for asset_id, _ in titles(look, [row.successor_id])), None)


def titles(look: Work, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Titles of what the actor may see, in the order given."""
    query = select(AssetRow.id, AssetRow.title, AssetRow.status).where(AssetRow.id.in_(ids))
    found = {
        row.id: row.title
        for row in look.session.execute(query)
        if rules.visible(Status(row.status), look.actor)
    }
    return [(asset_id, found[asset_id]) for asset_id in ids if asset_id in found]


def _file_problem(look: Work, sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    query = select(FileProblemRow.problem).where(FileProblemRow.sha256 == sha256)
    return look.session.scalar(query)


def text(look: Work, asset_id: int) -> tuple[PageText, ...]:
    """The text of every page of the current version. Raises ``NotFound``."""
    row = _visible_row(look, asset_id)
    rows = look.session.scalars(
        select(PageTextRow)
        .where(PageTextRow.version_id == row.current_version_id)
        .order_by(PageTextRow.number)
    )
    return tuple(PageText(r.number, r.kind, r.label, r.text) for r in rows)


def page_text(look: Work, version_id: int, number: int) -> PageText | None:
    row = look.session.get(PageTextRow, (version_id, number))
    return PageText(row.number, row.kind, row.label, row.text) if row else None


def stored_file(look: Work, asset_id: int, number: int | None = None) -> StoredFile:
    """What a download needs; ``number`` asks for an older version. Raises ``NotFound``.

    Old versions are for those who may edit: what was replaced is not sent any more.
    """
    row = _visible_row(look, asset_id)
    query = select(AssetVersionRow).where(AssetVersionRow.asset_id == asset_id)
    if number is None:
        query = query.where(AssetVersionRow.id == row.current_version_id)
    else:
        query = query.where(AssetVersionRow.number == number)
    version = look.session.scalar(query)
    current = version is not None and version.id == row.current_version_id
    if not current and not look.actor.may(Permission.SEE_UNPUBLISHED):
        raise NotFound("file of asset", asset_id)
    if version is None or version.sha256 is None or version.size is None:
        raise NotFound("file of asset", asset_id)
    return StoredFile(
        version.sha256,
        version.size,
        version.file_name or "file",
        version.media_type or "application/octet-stream",
        version.format,
    )


def history(look: Work, asset_id: int) -> tuple[Revision, ...]:
    """Every revision of the fields, newest first."""
    look.actor.require(Permission.SEE_UNPUBLISHED)
    _visible_row(look, asset_id)
    rows = look.session.scalars(
        select(AssetRevisionRow)
        .where(AssetRevisionRow.asset_id == asset_id)
        .order_by(AssetRevisionRow.rev.desc())
        .limit(200)
    )
    return tuple(Revision(r.rev, r.at, r.by_name, dict(r.fields)) for r in rows)


def editors(look: Work, asset_id: int) -> tuple[str, ...]:
    """Names of others who opened the edit form within the last two minutes."""
    rows = look.session.scalars(
        select(UserRow.name)
        .join(EditingRow, EditingRow.user_id == UserRow.id)
        .where(
            EditingRow.asset_id == asset_id,
            EditingRow.at > look.now - timedelta(minutes=2),
            UserRow.id != (look.actor.id or 0),
        )
        .order_by(UserRow.name)
    )
    return tuple(rows)


def owners(look: Work) -> list[tuple[str, str, int]]:
    """E-mail, name (the e-mail where there is no account), number of assets; by name.

    Without ``SEE_UNPUBLISHED`` only current assets count: who owns nothing else is not named.
    """
    count = func.count(AssetRow.id)
    query = (
        select(AssetRow.owner_email, UserRow.name, count)
        .join(UserRow, UserRow.email == AssetRow.owner_email, isouter=True)
        .where(AssetRow.owner_email != "")
        .group_by(AssetRow.owner_email, UserRow.name)
    )
    if not look.actor.may(Permission.SEE_UNPUBLISHED):
        query = current(look, query)
    rows = look.session.execute(query)
    found = [(email, name or email, int(n)) for email, name, n in rows]
    return sorted(found, key=lambda owner: owner[1].casefold())


def owner_names(look: Work) -> dict[str, str]:
    """E-mail -> name of the ``owners``."""
    return {email: name for email, name, _ in owners(look)}


def stats(look: Work) -> LibraryStats:
    """How many there are of what an editor looks after."""
    look.actor.require(Permission.SEE_UNPUBLISHED)
    statuses = dict(
        look.session.execute(select(AssetRow.status, func.count()).group_by(AssetRow.status)).all()
    )
    readings = dict(
        look.session.execute(
            select(AssetVersionRow.reading, func.count())
            .join(AssetRow, AssetRow.current_version_id == AssetVersionRow.id)
            .group_by(AssetVersionRow.reading)
        ).all()
    )
    overdue = look.session.scalar(
        current(look, select(func.count(AssetRow.id))).where(AssetRow.review_by < look.today)
    )
    return LibraryStats(
        published=statuses.get("published", 0),
        drafts=statuses.get("draft", 0),
        archived=statuses.get("archived", 0),
        unreadable=readings.get("failed", 0),
        pending=readings.get("pending", 0),
        overdue=overdue or 0,
    )


def by_external_id(look: Work, external_id: str) -> int | None:
    return look.session.scalar(select(AssetRow.id).where(AssetRow.external_id == external_id))


def sha256_of(look: Work, asset_id: int) -> str | None:
    """Of the current version's file."""
    row = _visible_row(look, asset_id)
    return look.session.scalar(
        select(AssetVersionRow.sha256).where(AssetVersionRow.id == row.current_version_id)
    )


def _visible_row(look: Work, asset_id: int) -> AssetRow:
    row = look.session.get(AssetRow, asset_id)
    if row is None or not rules.visible(Status(row.status), look.actor):
        raise NotFound("asset", asset_id)
    return row


def _version(row: AssetVersionRow) -> VersionCard:
    return VersionCard(
        id=row.id,
        number=row.number,
        kind=Kind(row.kind),
        file_name=row.file_name,
        media_type=row.media_type,
        format=row.format,
        size=row.size,
        url=row.url,
        created_at=row.created_at,
        created_by=row.created_by_name,
        reading=Reading(row.reading),
        message=row.message,
        page_count=row.page_count,
        language=row.language,
        active_content=row.active_content,
    )


def _pages(look: Work, version: AssetVersionRow) -> tuple[PageInfo, ...]:
    """The pages as units of text; pictures without text are pages all the same."""
    rows = look.session.execute(
        select(PageTextRow.number, PageTextRow.label, PageTextRow.width_ratio)
        .where(PageTextRow.version_id == version.id)
        .order_by(PageTextRow.number)
    ).all()
    by_number = {row.number: row for row in rows}
    drawable = drawable_pages(version.format, version.page_count, version.image_pages)
    numbers = sorted({*by_number, *range(1, drawable + 1)})
    return tuple(
        PageInfo(
            number=number,
            label=by_number[number].label if number in by_number else f"p. {number}",
            has_image=number <= drawable,
            width_ratio=by_number[number].width_ratio if number in by_number else None,
        )
        for number in numbers
    )


def drawable_pages(file_format: str, page_count: int | None, drawn: int) -> int:
    """Up to which page there is an image: all of a PDF (drawn when asked for), else what is drawn."""
    return max(page_count or 0, drawn) if file_format == "pdf" and drawn else drawn
