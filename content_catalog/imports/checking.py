"""The dry run: every row read, compared with the library, and nothing changed but the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from content_catalog import taxonomy
from content_catalog.assets.rules import fold
from content_catalog.database import Work
from content_catalog.errors import Invalid
from content_catalog.imports import cells, columns, present
from content_catalog.imports.models import ImportBatchRow, ImportRowRow
from content_catalog.imports.rules import (
    MISSING_CELLS,
    Decision,
    Present,
    RowReader,
    RowValues,
    decide,
)
from content_catalog.imports.storing import (
    batch_of,
    counts_of,
    load,
    options_of,
    stored_problems,
)
from content_catalog.imports.terms import TermReader
from content_catalog.imports.types import (
    BatchState,
    Files,
    ImportBatch,
    ImportOptions,
    ImportRow,
    NoFiles,
    RowAction,
    RowProblem,
    Severity,
)
from content_catalog.taxonomy import Taxonomy


@dataclass(slots=True)
class _Checked:
    row: int
    line: int
    cells: Mapping[str, str]
    external_id: str
    values: RowValues | None = None
    present: Present | None = None
    decision: Decision = field(default_factory=lambda: Decision(RowAction.SKIPPED))


def check(work: Work, batch_id: int, files: Files | None = None) -> ImportBatch:
    """Say for every row what it would do; nothing but the batch is written.

    Raises ``NotFound``, and ``Invalid`` when the batch has been started already or no column is
    read as the external id or the title.
    """
    batch = load(work, batch_id)
    if batch.state not in {BatchState.CHECKING, BatchState.CHECKED}:
        raise Invalid("This import has been started already.")
    words = taxonomy.read(work)
    options = options_of(batch)
    for needed in (columns.EXTERNAL_ID, columns.TITLE):
        if needed not in options.column_map.values():
            raise Invalid(f"No column is read as {needed}. Every row needs one.")
    rows = _load_rows(work, batch.id, options)
    found = find_present(work, words, [row.external_id for row in rows])
    reader = reader_for(words, options, files or NoFiles())
    _decide_all(rows, reader, found)
    _hint_duplicates(work, rows)
    _store(work, batch, rows)
    batch.state = BatchState.CHECKED
    batch.counts = counts_of(row.decision.action for row in rows)
    batch.file_notes = _notes(batch, options)
    work.session.flush()
    return batch_of(batch, work.now)


def reader_for(words: Taxonomy, options: ImportOptions, files: Files) -> RowReader:
    terms = TermReader(words, options.fixes, create=options.create_terms)
    return RowReader(options.column_map, terms, files)


def find_present(look: Work, words: Taxonomy, external_ids: Sequence[str]) -> dict[str, Present]:
    """External id of the file to the asset it means."""
    found = present.by_external_id(look, words, external_ids)
    missing = [one for one in external_ids if one and one not in found]
    return {**present.by_exported_id(look, words, missing), **found}


def same_asset(values: RowValues, there: Present) -> bool:
    """Whether an asset found by an exported id (``asset-12``) is the one that was exported."""
    if there.external_id is not None:
        return True
    title = values.fields.get(columns.TITLE)
    return values.content == there.content or (
        isinstance(title, str) and fold(title) == fold(there.title)
    )


def evaluate(
    reader: RowReader, row: int, line: int, given: Mapping[str, str], there: Present | None
) -> tuple[RowValues, Present | None, Decision]:
    """Read one row and decide; the asset handed back is the one it really means."""
    values = reader.read(row, line, given, there)
    if there is not None and not same_asset(values, there):
        there = None
        values = reader.read(row, line, given, None)
    return values, there, decide(values, there)


def _load_rows(work: Work, batch_id: int, options: ImportOptions) -> list[_Checked]:
    header = next((h for h, f in options.column_map.items() if f == columns.EXTERNAL_ID), "")
    stored = work.session.execute(
        select(ImportRowRow.row, ImportRowRow.line, ImportRowRow.cells)
        .where(ImportRowRow.batch_id == batch_id)
        .order_by(ImportRowRow.row)
    )
    return [
        _Checked(row, line, given, given.get(header, "").strip()[:300])
        for row, line, given in stored
    ]


def _decide_all(rows: Sequence[_Checked], reader: RowReader, found: Mapping[str, Present]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        if not any(cell.strip() for name, cell in row.cells.items() if name != MISSING_CELLS):
            continue
        row.values, row.present, row.decision = evaluate(
            reader, row.row, row.line, row.cells, found.get(row.external_id)
        )
        if MISSING_CELLS in row.cells or not row.external_id:
            continue
        if row.external_id in first:
            _refuse_duplicate(row, reader, first[row.external_id])
        else:
            first[row.external_id] = row.row


def _refuse_duplicate(row: _Checked, reader: RowReader, first: int) -> None:
    assert row.values is not None
    column = reader.headers.get(columns.EXTERNAL_ID, columns.EXTERNAL_ID)
    message = f"Row {first} has the same one. The first is taken."
    row.values.problems.append(
        RowProblem(
            row.row,
            row.line,
            column,
            "duplicate_external_id",
            message,
            Severity.ERROR,
            row.external_id[:200],
            field=columns.EXTERNAL_ID,
        )
    )
    row.decision = Decision(RowAction.REFUSED)


def _hint_duplicates(work: Work, rows: Sequence[_Checked]) -> None:
    """Notes about rows that look like another asset or an earlier row: same file, link or title."""
    new = [row for row in rows if row.values and row.decision.action is RowAction.CREATE]
    known_titles = present.titles(work, (fold(_title(row)) for row in new))
    known_files = present.contents(
        work, (row.values.file.sha256 for row in new if row.values and row.values.file)
    )
    seen: dict[tuple[str, str], int] = {}
    for row in new:
        values = row.values
        assert values is not None
        if values.file is not None:
            _hint(row, columns.PATH, "file", values.file.sha256, known_files, seen)
        elif values.content is not None and values.content[0] == "link":
            _hint(row, columns.URL, "link", values.content[1], {}, seen)
        _hint(row, columns.TITLE, "title", fold(_title(row)), known_titles, seen)


def _hint(
    row: _Checked,
    place: str,
    rule: str,
    token: str,
    known: Mapping[str, int],
    seen: dict[tuple[str, str], int],
) -> None:
    assert row.values is not None
    before = seen.setdefault((rule, token), row.row)
    if token in known:
        message = f"Same {rule} as asset {known[token]}."
    elif before != row.row:
        message = f"Same {rule} as row {before}."
    else:
        return
    row.values.problems.append(
        RowProblem(
            row.row, row.line, place, f"duplicate_{rule}", message, Severity.NOTE, field=place
        )
    )


def _title(row: _Checked) -> str:
    return str(row.values.fields.get(columns.TITLE, "")) if row.values else ""


def _store(work: Work, batch: ImportBatchRow, rows: Sequence[_Checked]) -> None:
    changes: list[dict[str, Any]] = [
        {
            "batch_id": batch.id,
            "row": row.row,
            "action": row.decision.action.value,
            "external_id": row.external_id,
            "problems": stored_problems(row.values.problems if row.values else ()),
            "changes": dict(row.decision.changes),
            "asset_id": row.present.asset_id if row.present else None,
            "asset_rev": row.present.rev if row.present else None,
        }
        for row in rows
    ]
    if changes:
        work.session.execute(update(ImportRowRow), changes)
    work.session.expire_all()


def _notes(batch: ImportBatchRow, options: ImportOptions) -> list[str]:
    unknown = [name for name in batch.header if name not in options.column_map]
    if not unknown:
        return []
    names = ", ".join(unknown)
    return [f"Not a known column, ignored: {names}."]


def inner_path(row: ImportRow, column_map: Mapping[str, str]) -> str | None:
    """The clean path of the file that a row names; ``None`` when it names none or leaves."""
    header = next((h for h, field in column_map.items() if field == columns.PATH), None)
    text = row.cells.get(header, "").strip() if header else ""
    return cells.inner_path(text) or None if text else None
