"""What the index, the worker and the checks read of assets; for the system, not for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from content_catalog.assets.cards import CHUNK, terms_of
from content_catalog.assets.models import AssetRow, AssetVersionRow, FileProblemRow, PageTextRow
from content_catalog.assets.types import Audience, PageText, Reading, Status, TermRef
from content_catalog.database import Work


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """Everything search shows or finds by. ``updated_on`` is the site's day of the last change."""

    id: int
    title: str
    summary: str
    terms: tuple[TermRef, ...]
    tags: tuple[str, ...]
    status: Status
    audience: Audience
    published_on: date | None
    review_by: date | None
    expires_on: date | None
    updated_on: date
    uses: int
    format: str
    file_name: str | None
    url: str | None
    external_id: str | None
    owner_email: str
    pages: tuple[PageText, ...]
    reading: Reading


@dataclass(frozen=True, slots=True)
class VersionToRead:
    asset_id: int
    sha256: str
    size: int
    format: str


def facts(look: Work, ids: Sequence[int]) -> list[AssetFacts]:
    """For the index: what is there of these ids, drafts and archived ones included."""
    found: list[AssetFacts] = []
    for start in range(0, len(ids), CHUNK):
        found += _facts(look, ids[start : start + CHUNK])
    return found


def _facts(look: Work, ids: Sequence[int]) -> list[AssetFacts]:
    rows = look.session.execute(
        select(AssetRow, AssetVersionRow)
        .join(AssetVersionRow, AssetVersionRow.id == AssetRow.current_version_id)
        .where(AssetRow.id.in_(ids))
        .order_by(AssetRow.id)
    ).all()
    pages: dict[int, list[PageText]] = defaultdict(list)
    texts = look.session.execute(
        select(
            PageTextRow.version_id,
            PageTextRow.number,
            PageTextRow.kind,
            PageTextRow.label,
            PageTextRow.text,
        )
        .where(PageTextRow.version_id.in_([version.id for _, version in rows]))
        .order_by(PageTextRow.version_id, PageTextRow.number)
    )
    for text in texts:
        pages[text.version_id].append(PageText(text.number, text.kind, text.label, text.text))
    terms = terms_of(look, ids)
    return [
        _facts_of(look, asset, version, terms.get(asset.id, {}), pages[version.id])
        for asset, version in rows
    ]


def _facts_of(
    look: Work,
    asset: AssetRow,
    version: AssetVersionRow,
    terms: dict[str, tuple[TermRef, ...]],
    pages: list[PageText],
) -> AssetFacts:
    return AssetFacts(
        id=asset.id,
        title=asset.title,
        summary=asset.summary,
        terms=tuple(ref for refs in terms.values() for ref in refs),
        tags=tuple(asset.tags),
        status=Status(asset.status),
        audience=Audience(asset.audience),
        published_on=asset.published_on,
        review_by=asset.review_by,
        expires_on=asset.expires_on,
        updated_on=asset.updated_at.astimezone(look.zone).date(),
        uses=asset.uses,
        format=version.format,
        file_name=version.file_name,
        url=version.url,
        external_id=asset.external_id,
        owner_email=asset.owner_email,
        pages=tuple(pages),
        reading=Reading(version.reading),
    )


def all_ids(look: Work) -> list[int]:
    """Every asset there is."""
    return list(look.session.scalars(select(AssetRow.id).order_by(AssetRow.id)))


def demo_ids(look: Work) -> list[int]:
    """Assets of the demo library."""
    return list(look.session.scalars(select(AssetRow.id).where(AssetRow.demo)))


def version_to_read(look: Work, version_id: int) -> VersionToRead | None:
    """What extraction needs; ``None`` when the version is gone or has no file."""
    row = look.session.get(AssetVersionRow, version_id)
    if row is None or row.sha256 is None or row.size is None:
        return None
    return VersionToRead(row.asset_id, row.sha256, row.size, row.format)


def kept_files(look: Work) -> list[tuple[str, int]]:
    """Hash and size in bytes of every file that a version names, each once."""
    rows = look.session.execute(
        select(AssetVersionRow.sha256, AssetVersionRow.size)
        .where(AssetVersionRow.sha256.is_not(None))
        .distinct()
    )
    return [(row.sha256, row.size) for row in rows]


def named_hashes(look: Work) -> set[str]:
    """Hashes that the sweep must leave alone."""
    return {sha256 for sha256, _ in kept_files(look)}


def file_problems(look: Work) -> tuple[tuple[str, str], ...]:
    """Title of an asset and what is wrong with its file, as the last check found."""
    rows = look.session.execute(
        select(AssetRow.title, FileProblemRow.problem)
        .join(AssetVersionRow, AssetVersionRow.sha256 == FileProblemRow.sha256)
        .join(AssetRow, AssetRow.id == AssetVersionRow.asset_id)
        .distinct()
        .order_by(AssetRow.title)
    )
    return tuple((row.title, row.problem) for row in rows)
