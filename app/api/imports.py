"""Imports over the API: send a table with its files, look at the check, start, stop, undo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from flask import Response, request
from pydantic import Field

from app import import_upload, importing
from app.api.door import BINARY, Created, operation
from app.api.shapes import Input, Listing, Output, Paged, Text
from app.auth import actor
from app.idempotent import once
from app.wiring import look, services, work
from content_catalog import Permission, imports, taxonomy
from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.imports import BatchState, ImportBatch, ImportOptions, ImportRow, RowAction


class NewImport(Input):
    """``columns`` maps a column of the file to what it is read as, where the name does not say."""

    create_terms: bool = False
    columns: dict[Text, Text] = Field(default_factory=dict)


class ImportCountsItem(Output):
    create: int
    update: int
    unchanged: int
    refused: int
    skipped: int


class ImportItem(Output):
    """``done`` counts the rows written so far, of ``create`` and ``update`` together."""

    id: int
    state: BatchState
    file_name: str
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undo_until: datetime | None
    counts: ImportCountsItem
    done: int
    columns: Mapping[str, str]
    unknown_columns: list[str]
    error: str | None


class ProblemItem(Output):
    row: int
    line: int
    column: str
    code: str
    message: str
    severity: str
    value: str
    suggestion: str | None


class RowItem(Output):
    row: int
    line: int
    action: RowAction
    external_id: str
    asset_id: int | None
    changes: Mapping[str, Any]
    problems: list[ProblemItem]


class RowQuery(Paged):
    show: Literal["all", "problems", "updates", "refused"] = "all"


class UndoItem(Output):
    """``kept`` are ids of assets that were edited since and left as they are."""

    removed: int
    restored: int
    kept: list[int]


@operation(
    "POST",
    "/imports",
    Permission.EDIT_ASSETS,
    form=NewImport,
    files=("table", "files"),
    answer=ImportItem,
    status=201,
)
def create_import(form: NewImport) -> Any:
    """Send a CSV as ``table``, a zip as ``files``, or both. It is checked, nothing is written."""
    taken = import_upload.take(services(), request.files.get("table"), request.files.get("files"))
    try:
        with work() as unit:
            batch_id = int(once(unit, lambda: str(_open(unit, taken, form))))
        batch = importing.check(services(), actor(), batch_id)
    except Invalid:
        import_upload.forget(taken)
        raise
    return Created(_item(batch), f"/api/v1/imports/{batch_id}")


@operation("GET", "/imports", Permission.EDIT_ASSETS, query=Paged, answer=Listing[ImportItem])
def list_imports(query: Paged) -> Any:
    """Everybody's imports, newest first."""
    items = [_item(batch) for batch in imports.batches(look(), query.page, query.per_page)]
    total = imports.count(look())
    return Listing[ImportItem](total=total, page=query.page, per_page=query.per_page, items=items)


@operation("GET", "/imports/<int:batch_id>", Permission.EDIT_ASSETS, answer=ImportItem)
def show_import(batch_id: int) -> Any:
    """How far an import is."""
    return _item(imports.batch(look(), batch_id))


@operation(
    "GET",
    "/imports/<int:batch_id>/rows",
    Permission.EDIT_ASSETS,
    query=RowQuery,
    answer=Listing[RowItem],
)
def list_import_rows(batch_id: int, query: RowQuery) -> Any:
    """What each row does, and what is wrong with it."""
    found = imports.rows(look(), batch_id, query.show, query.page, query.per_page)
    total = imports.row_counts(look(), batch_id)[query.show]
    items = [_row(row) for row in found]
    return Listing[RowItem](total=total, page=query.page, per_page=query.per_page, items=items)


@operation("GET", "/imports/<int:batch_id>/refused.csv", Permission.EDIT_ASSETS, media_type=BINARY)
def import_refused_rows(batch_id: int) -> Any:
    """The rows left out, as CSV with the reasons; can be corrected and sent again."""
    answer = Response(imports.refused_csv(look(), batch_id), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="left-out.csv")
    return answer


@operation("POST", "/imports/<int:batch_id>/start", Permission.EDIT_ASSETS, answer=ImportItem)
def start_import(batch_id: int) -> Any:
    """Write the rows that can be written, in the background. Also goes on after a stop."""
    with work() as unit:
        imports.begin(unit, batch_id)
        imports.enqueue(unit, batch_id)
    return _item(imports.batch(look(), batch_id))


@operation("POST", "/imports/<int:batch_id>/stop", Permission.EDIT_ASSETS, answer=ImportItem)
def stop_import(batch_id: int) -> Any:
    """Stop after the rows in hand."""
    with work() as unit:
        imports.ask_stop(unit, batch_id)
    return _item(imports.batch(look(), batch_id))


@operation("POST", "/imports/<int:batch_id>/undo", Permission.EDIT_ASSETS, answer=UndoItem)
def undo_import(batch_id: int) -> Any:
    """Remove what the import created and put back what it changed, within 7 days."""
    report = importing.undo(services(), actor(), batch_id)
    kept = [asset_id for asset_id, _title in report.kept]
    return UndoItem(removed=report.removed, restored=report.restored, kept=kept)


@operation("DELETE", "/imports/<int:batch_id>", Permission.EDIT_ASSETS)
def discard_import(batch_id: int) -> Any:
    """Forget an import that was never started."""
    with work() as unit:
        imports.discard(unit, batch_id)


def _open(unit: Work, taken: import_upload.Taken, form: NewImport) -> int:
    named = imports.columns_by_name(unit, taken.table)
    known = imports.column_names(taxonomy.read(unit))
    fields = {name: field for field, name in known.items()}
    mapping = dict(named)
    for header, name in form.columns.items():
        if header not in taken.table.header or name not in fields:
            raise Invalid(fields={f"columns.{header}": "Not a column of the file, or no field."})
        mapping = {h: f for h, f in mapping.items() if f != fields[name]}
        mapping[header] = fields[name]
    return imports.open_batch(
        unit,
        taken.table,
        file_name=taken.file_name,
        options=ImportOptions(form.create_terms, mapping),
        files_root=taken.files_root,
    )


def _item(batch: ImportBatch) -> ImportItem:
    counts = batch.counts
    return ImportItem(
        id=batch.id,
        state=batch.state,
        file_name=batch.file_name,
        created_by=batch.created_by,
        created_at=batch.created_at,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        undo_until=batch.undo_until,
        counts=ImportCountsItem(
            create=counts.create,
            update=counts.update,
            unchanged=counts.unchanged,
            refused=counts.refused,
            skipped=counts.skipped,
        ),
        done=batch.done,
        columns=batch.column_map,
        unknown_columns=list(batch.unknown_columns),
        error=batch.error,
    )


def _row(row: ImportRow) -> RowItem:
    return RowItem(
        row=row.row,
        line=row.line,
        action=row.action,
        external_id=row.external_id,
        asset_id=row.asset_id,
        changes=row.changes,
        problems=[
            ProblemItem(
                row=p.row,
                line=p.line,
                column=p.column,
                code=p.code,
                message=p.message,
                severity=p.severity,
                value=p.value,
                suggestion=p.suggestion,
            )
            for p in row.problems
        ],
    )
