"""Taking an import back: what it created goes, what it changed returns, later edits stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from content_catalog import assets, audit, taxonomy
from content_catalog.actor import Permission
from content_catalog.assets import Content, FileContent, LinkContent, TextContent
from content_catalog.assets.models import AssetRow
from content_catalog.database import Work
from content_catalog.errors import CatalogError, Invalid, NotAllowed, Unavailable
from content_catalog.imports import cells, columns
from content_catalog.imports.columns import DIMENSION
from content_catalog.imports.models import ImportBatchRow, ImportRowRow
from content_catalog.imports.present import by_asset_id
from content_catalog.imports.rules import Present
from content_catalog.imports.storing import load, undo_until
from content_catalog.imports.types import BatchState, RowAction, UndoReport
from content_catalog.imports.writing import edit_of

REMOVED, RESTORED, KEPT = "removed", "restored", "kept"
ROWS_AT_ONCE = 200


def undo_rows(work: Work, batch_id: int, limit: int = ROWS_AT_ONCE) -> int:
    """Take back the last ``limit`` rows that still stand; returns how many are left.

    Call it, each time in a transaction of its own, until it returns 0: then the batch is undone.
    One's own import for 7 days, anybody's for an admin. Raises ``NotAllowed`` and ``Invalid``.
    """
    batch = load(work, batch_id)
    _allowed(work, batch)
    rows = list(work.session.scalars(_standing(batch_id).limit(limit)))
    present = by_asset_id(work, taxonomy.read(work), [r.asset_id for r in rows if r.asset_id])
    gone: list[Present] = []
    for row in rows:
        there = present.get(row.asset_id or 0)
        row.undo = _undo_row(work, row, there)
        if row.undo == REMOVED and there is not None:
            gone.append(there)
    _remove(work, batch, gone)
    left = work.session.scalar(select(func.count()).select_from(_standing(batch_id).subquery()))
    if not left:
        batch.state, batch.undone_at = BatchState.UNDONE, work.now
        audit.note(work, "import.undo", "import", batch.id, label=batch.file_name)
    return left or 0


def _remove(work: Work, batch: ImportBatchRow, gone: list[Present]) -> None:
    """Whoever may import may take back what the import made; erasing at will takes more."""
    for asset in gone:
        after = {"import": batch.id}
        audit.note(work, "asset.erase", "asset", asset.asset_id, label=asset.title, after=after)
    work.session.flush()
    assets.remove_rows(work, [asset.asset_id for asset in gone])


def undo_report(look: Work, batch_id: int) -> UndoReport:
    """What has been taken back so far, and what was kept because somebody edited it since."""
    load(look, batch_id)
    rows = look.session.execute(
        select(ImportRowRow.undo, ImportRowRow.asset_id, AssetRow.title)
        .outerjoin(AssetRow, AssetRow.id == ImportRowRow.asset_id)
        .where(ImportRowRow.batch_id == batch_id, ImportRowRow.undo.is_not(None))
        .order_by(ImportRowRow.row)
    ).all()
    kept = tuple((row.asset_id, row.title or "") for row in rows if row.undo == KEPT)
    return UndoReport(
        removed=sum(row.undo == REMOVED for row in rows),
        restored=sum(row.undo == RESTORED for row in rows),
        kept=kept,
    )


def _standing(batch_id: int) -> Any:
    return (
        select(ImportRowRow)
        .where(
            ImportRowRow.batch_id == batch_id,
            ImportRowRow.written.is_(True),
            ImportRowRow.undo.is_(None),
            ImportRowRow.action.in_((RowAction.CREATE, RowAction.UPDATE)),
        )
        .order_by(ImportRowRow.row.desc())
    )


def _allowed(work: Work, batch: ImportBatchRow) -> None:
    own = batch.created_by is not None and batch.created_by == work.actor.id
    if not own and not work.actor.may(Permission.UNDO_ANY_IMPORT):
        raise NotAllowed(Permission.UNDO_ANY_IMPORT)
    if batch.undone_at is not None:
        raise Invalid("This import has been undone already.")
    if batch.state == BatchState.COMMITTING:
        raise Invalid("This import is still running. Stop it first.")
    if undo_until(batch, work.now) is None:
        raise Invalid("This import can no longer be undone: that is possible for 7 days.")


def _undo_row(work: Work, row: ImportRowRow, there: Present | None) -> str:
    if there is None:
        return REMOVED  # somebody erased it before
    if assets.changed_since(work, there.asset_id, row.rev_after or 0):
        return KEPT
    if row.action == RowAction.CREATE:
        return REMOVED
    try:
        with work.session.begin_nested():
            _restore(work, row.before or {}, there)
            work.session.flush()
    except Unavailable:
        raise
    except CatalogError:
        return KEPT  # such as a former term that has been retired meanwhile
    return RESTORED


def _restore(work: Work, before: Mapping[str, Any], there: Present) -> None:
    version = there.rev
    changed = {name: _value(name, v) for name, v in before.items() if name != "content"}
    if changed:
        version = assets.edit(work, there.asset_id, edit_of(version, changed, there)).version
    if "content" in before:
        assets.add_version(work, there.asset_id, version, _content(before["content"]))


def _value(name: str, stored: Any) -> Any:
    if name in columns.DATES:
        return cells.day(stored) if stored else None
    if name == columns.TAGS or name.startswith(DIMENSION):
        return tuple(stored or ())
    return stored


def _content(stored: Mapping[str, Any]) -> Content:
    if stored["kind"] == "link":
        return LinkContent(stored["url"])
    if stored["kind"] == "text":
        return TextContent(stored["markdown"])
    names = ("sha256", "size", "file_name", "media_type", "format", "active_content")
    return FileContent(**{name: stored[name] for name in names})
