"""Between rows of the tables and the values that cross the door; shared by the commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.imports.models import ImportBatchRow, ImportRowRow
from content_catalog.imports.rules import MISSING_CELLS
from content_catalog.imports.types import (
    BatchState,
    ImportBatch,
    ImportCounts,
    ImportOptions,
    ImportRow,
    RowAction,
    RowProblem,
    TermFix,
)
from content_catalog.tabular import Record

UNDO_DAYS = 7
EXTRA_CELL = "+"


def load(work: Work, batch_id: int) -> ImportBatchRow:
    """The batch's row; raises ``NotFound``. Whoever may import may see every import."""
    work.actor.require(Permission.EDIT_ASSETS)
    found = work.session.get(ImportBatchRow, batch_id)
    if found is None:
        raise NotFound("import", batch_id)
    return found


def cells_of(header: Sequence[str], record: Record) -> dict[str, str]:
    """Cells by header; those past the header as ``+1``, ``+2`` …, missing ones left out.

    A row whose number of cells is not the header's carries the sentence about it.
    """
    found = dict(zip(header, record.cells, strict=False))
    extra = record.cells[len(header) :]
    found.update({f"{EXTRA_CELL}{place}": cell for place, cell in enumerate(extra, start=1)})
    if len(record.cells) != len(header) and not record.empty:
        found[MISSING_CELLS] = f"{len(record.cells)} cells instead of {len(header)}."
    return found


def options_of(row: ImportBatchRow) -> ImportOptions:
    stored = row.options
    return ImportOptions(
        create_terms=bool(stored.get("create_terms")),
        column_map=dict(stored.get("column_map", {})),
        fixes=tuple(TermFix(*fix) for fix in stored.get("fixes", ())),
    )


def store_options(row: ImportBatchRow, options: ImportOptions) -> None:
    row.options = {
        "create_terms": options.create_terms,
        "column_map": dict(options.column_map),
        "fixes": [[fix.dimension, fix.key, fix.term] for fix in options.fixes],
    }


def counts_of(rows: Iterable[RowAction]) -> dict[str, int]:
    counts = dict.fromkeys((f.name for f in fields(ImportCounts)), 0)
    for action in rows:
        counts[action.value] += 1
    return counts


def recount(work: Work, batch: ImportBatchRow) -> None:
    """Count the stored rows again, after some of them turned out otherwise."""
    work.session.flush()
    rows = work.session.execute(
        select(ImportRowRow.action, func.count())
        .where(ImportRowRow.batch_id == batch.id)
        .group_by(ImportRowRow.action)
    )
    counts = counts_of(())
    counts.update((action, number) for action, number in rows)
    batch.counts = counts


def batch_of(row: ImportBatchRow, now: datetime) -> ImportBatch:
    options = options_of(row)
    return ImportBatch(
        id=row.id,
        state=BatchState(row.state),
        file_name=row.file_name,
        created_by=row.created_by_name,
        created_by_id=row.created_by,
        created_at=row.created_at,
        counts=ImportCounts(**row.counts) if row.counts else ImportCounts(),
        done=row.done,
        started_at=row.started_at,
        finished_at=row.finished_at,
        undone_at=row.undone_at,
        undo_until=undo_until(row, now),
        file_notes=tuple(row.file_notes),
        header=tuple(row.header),
        column_map=options.column_map,
        error=row.error,
        files_root=row.files_root,
        create_terms=options.create_terms,
        unknown_columns=tuple(h for h in row.header if h not in options.column_map),
    )


def undo_until(row: ImportBatchRow, now: datetime) -> datetime | None:
    """Seven days from the end of the import, ``None`` when it cannot be undone (any more)."""
    finished = row.finished_at
    if finished is None or row.undone_at is not None or not row.done:
        return None
    if row.state not in {BatchState.COMMITTED, BatchState.STOPPED, BatchState.FAILED}:
        return None
    until = finished + timedelta(days=UNDO_DAYS)
    return until if now < until else None


def row_of(row: ImportRowRow) -> ImportRow:
    return ImportRow(
        row=row.row,
        line=row.line,
        action=RowAction(row.action),
        external_id=row.external_id,
        cells={name: cell for name, cell in row.cells.items() if name != MISSING_CELLS},
        problems=problems_of(row.problems),
        asset_id=row.asset_id,
        changes=dict(row.changes),
        written=row.written,
    )


def problems_of(stored: Iterable[Mapping[str, Any]]) -> tuple[RowProblem, ...]:
    return tuple(RowProblem(**problem) for problem in stored)


def stored_problems(problems: Iterable[RowProblem]) -> list[dict[str, Any]]:
    return [asdict(problem) for problem in problems]
