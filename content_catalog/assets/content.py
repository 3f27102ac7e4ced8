"""Versions of an asset's content, and what reading them found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm.attributes import flag_modified, set_committed_value

from content_catalog import jobs, search_state, taxonomy
from content_catalog.actor import Permission
from content_catalog.assets import fields, rules
from content_catalog.assets.fields import READER
from content_catalog.assets.models import (
    AssetRow,
    AssetVersionRow,
    FileProblemRow,
    PageTextRow,
)
from content_catalog.assets.types import (
    MARKDOWN_LIMIT,
    Content,
    FileContent,
    LinkContent,
    PageText,
    Reading,
    ReadResult,
)
from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.taxonomy import LANGUAGE


def add_content(work: Work, row: AssetRow, content: Content) -> int:
    """Store content as the asset's current version and ask for its reading; returns its number."""
    last = work.session.scalar(
        select(func.max(AssetVersionRow.number)).where(AssetVersionRow.asset_id == row.id)
    )
    version = AssetVersionRow(
        asset_id=row.id,
        number=(last or 0) + 1,
        created_at=work.now,
        created_by=work.actor.id,
        created_by_name=work.actor.name,
        **_columns(content),
    )
    work.session.add(version)
    work.session.flush()
    # Outside the unit of work's own bookkeeping, so that it does not count as an edit of its own.
    work.session.execute(
        update(AssetRow)
        .where(AssetRow.id == row.id)
        .values(current_version_id=version.id)
        .execution_options(synchronize_session=False)
    )
    set_committed_value(row, "current_version_id", version.id)
    if isinstance(content, FileContent):
        jobs.enqueue(work, "extract", {"version_id": version.id}, key=f"extract:{version.id}")
    elif version.markdown is not None:
        store_pages(work, version.id, rules.markdown_pages(version.markdown), {})
    return version.number


def _columns(content: Content) -> dict[str, Any]:
    if isinstance(content, FileContent):
        return {
            "kind": "file",
            "format": content.format,
            "sha256": content.sha256,
            "size": content.size,
            "file_name": content.file_name,
            "media_type": content.media_type,
            "active_content": content.active_content,
            "reading": Reading.PENDING.value,
        }
    if isinstance(content, LinkContent):
        url = rules.check_url(content.url)
        return {
            "kind": "link",
            "format": "link",
            "url": url,
            "url_key": rules.url_key(url),
            "reading": Reading.NONE.value,
        }
    if len(content.markdown) > MARKDOWN_LIMIT:
        length = len(content.markdown)
        raise Invalid(fields={"body": f"{length:,} characters; at most {MARKDOWN_LIMIT:,}."})
    if not content.markdown.strip():
        raise Invalid(fields={"body": "Write the text."})
    text = content.markdown.replace("\r\n", "\n")
    return {"kind": "text", "format": "md", "markdown": text, "reading": Reading.DONE.value}


def store_reading(work: Work, version_id: int, result: ReadResult) -> None:
    """Keep what was read. The same result again changes nothing; an erased version is ignored."""
    work.actor.require(Permission.EDIT_ASSETS)
    version = work.session.get(AssetVersionRow, version_id)
    if version is None:
        return
    version.reading = result.reading.value
    version.message = result.message[:500] if result.message else None
    version.page_count = result.page_count
    version.language = result.language
    version.active_content = version.active_content or result.active_content
    version.has_thumbnail = result.has_thumbnail
    version.image_pages = max(version.image_pages, result.image_pages)
    store_pages(work, version_id, result.pages, result.ratios)
    _map_language(work, version)
    search_state.touch_ids(work, [version.asset_id])


def store_images(work: Work, version_id: int, image_pages: int, *, has_thumbnail: bool) -> None:
    """How many pages have images now."""
    work.actor.require(Permission.EDIT_ASSETS)
    work.session.execute(
        update(AssetVersionRow)
        .where(AssetVersionRow.id == version_id)
        .values(image_pages=image_pages, has_thumbnail=has_thumbnail)
    )


def store_pages(
    work: Work, version_id: int, pages: tuple[PageText, ...], ratios: Mapping[int, float]
) -> None:
    work.session.execute(delete(PageTextRow).where(PageTextRow.version_id == version_id))
    if pages:
        work.session.execute(
            insert(PageTextRow),
            [
                {
                    "version_id": version_id,
                    "number": page.number,
                    "kind": page.kind,
                    "label": page.label[:200],
                    "text": page.text,
                    "width_ratio": ratios.get(page.number),
                }
                for page in pages
            ],
        )


def store_file_problems(work: Work, problems: Mapping[str, str]) -> None:
    """What the nightly check found: hash -> missing, truncated or changed; the list is replaced."""
    work.actor.require(Permission.EDIT_ASSETS)
    work.session.execute(delete(FileProblemRow))
    work.session.add_all(
        FileProblemRow(sha256=sha256, problem=problem, at=work.now)
        for sha256, problem in problems.items()
    )
    work.session.flush()


def _map_language(work: Work, version: AssetVersionRow) -> None:
    """An asset nobody gave a language gets the one its text is in, if the taxonomy knows it.

    This makes a revision, so that a form opened before it does not take the language away again.
    """
    row = work.session.get(AssetRow, version.asset_id)
    if row is None or row.current_version_id != version.id or not version.language:
        return
    terms = taxonomy.read(work)
    term = taxonomy.resolve(terms, LANGUAGE, version.language)
    values = fields.of_row(work, row)
    if term is None or term.retired or values.get(f"term:{LANGUAGE}"):
        return
    values[f"term:{LANGUAGE}"] = [term.slug]
    fields.store_terms(work, row.id, values)
    flag_modified(row, "updated_at")  # one more ``rev``, but nobody changed it now
    work.session.flush()
    fields.remember(work, row, values, by_name=READER)
