"""Open an import, match its columns, mend causes once for all rows, start and stop it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, func, insert, select

from content_catalog import audit, jobs, taxonomy
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import CatalogError, Invalid, NotFound
from content_catalog.imports import columns, queries
from content_catalog.imports.models import ColumnMapRow, ImportBatchRow, ImportRowRow
from content_catalog.imports.storing import (
    batch_of,
    cells_of,
    load,
    options_of,
    recount,
    store_options,
)
from content_catalog.imports.terms import CHOICE_FIX, CHOICES
from content_catalog.imports.types import BatchState, ImportBatch, ImportOptions, RowAction, TermFix
from content_catalog.tabular import Table
from content_catalog.taxonomy import NewTerm
from content_catalog.taxonomy.rules import key

JOB = "import_rows"


def open_batch(
    work: Work,
    table: Table,
    *,
    file_name: str,
    options: ImportOptions | None = None,
    files_root: str | None = None,
) -> int:
    """Take in the rows of a table; nothing is decided yet. Returns the batch's id.

    Without ``options`` the columns are matched by name, or as they were last time for this header.
    Raises ``Invalid`` when the table has no rows, ``NotAllowed`` without the right to edit assets
    or, with ``create_terms``, the taxonomy.
    """
    work.actor.require(Permission.EDIT_ASSETS)
    if not table.records:
        raise Invalid("The table has column names but no rows.")
    if options is None:
        options = ImportOptions(column_map=remembered(work, table))
    if options.create_terms:
        work.actor.require(Permission.EDIT_TAXONOMY)
    batch = ImportBatchRow(
        state=BatchState.CHECKING,
        file_name=file_name[:255],
        files_root=files_root,
        header=list(table.header),
        counts={},
        created_at=work.now,
        created_by=work.actor.id,
        created_by_name=work.actor.name[:200],
    )
    store_options(batch, options)
    work.session.add(batch)
    work.session.flush()
    work.session.execute(
        insert(ImportRowRow),
        [
            {
                "batch_id": batch.id,
                "row": record.row,
                "line": record.line,
                "action": RowAction.SKIPPED,
                "cells": cells_of(table.header, record),
                "external_id": "",
                "problems": [],
                "changes": {},
                "written": False,
            }
            for record in table.records
        ],
    )
    return batch.id


def remembered(look: Work, table: Table) -> dict[str, str]:
    """How this header was matched last time, else what its names say."""
    words = taxonomy.read(look)
    stored = look.session.get(ColumnMapRow, _header_key(table.header))
    fields = columns.column_names(words)
    if stored is not None and all(field in fields for field in stored.mapping.values()):
        return dict(stored.mapping)
    return columns.match(table.header, words)


def columns_by_name(look: Work, table: Table) -> dict[str, str]:
    """Header to field by the names alone, whatever was remembered."""
    return columns.match(table.header, taxonomy.read(look))


def match_columns(work: Work, batch_id: int, mapping: Mapping[str, str]) -> None:
    """Say which header means which field, and remember it for this set of headers.

    Raises ``Invalid`` when a header or field is not known, a field is named twice, or the title
    or external id has no column.
    """
    batch = load(work, batch_id)
    _changeable(batch)
    fields = columns.column_names(taxonomy.read(work))
    faults: dict[str, str] = {}
    taken: dict[str, str] = {}
    for header, field in mapping.items():
        if header not in batch.header or field not in fields:
            faults[header] = "Not a column of this file, or not a field."
        elif field in taken:
            faults[header] = f"{taken[field]} is read as the same field already."
        taken.setdefault(field, header)
    for needed in (columns.EXTERNAL_ID, columns.TITLE):
        if needed not in taken:
            faults[needed] = f"No column is read as {needed}. Every row needs one."
    if faults:
        raise Invalid(fields=faults)
    store_options(batch, replace(options_of(batch), column_map=dict(mapping)))
    batch.state = BatchState.CHECKING
    work.session.merge(
        ColumnMapRow(header_key=_header_key(batch.header), mapping=dict(mapping), at=work.now)
    )


def fix_term(work: Work, batch_id: int, dimension: str, value: str, term: str) -> None:
    """Read ``value`` as ``term`` in every row; an empty ``term`` leaves the value out.

    Kept as an alias when the actor may edit the taxonomy, else for this import only. ``dimension``
    may be ``audience`` or ``status``. Check again afterwards. Raises ``Invalid``, ``NotFound``.
    """
    batch = load(work, batch_id)
    _changeable(batch)
    if dimension in CHOICES:
        if term not in CHOICES[dimension]:
            raise Invalid(f"Expected one of {', '.join(CHOICES[dimension])}.")
        dimension = CHOICE_FIX + dimension
    elif term and _kept_as_alias(work, dimension, value, term):
        return
    options = options_of(batch)
    fix = TermFix(dimension, key(value), term)
    others = tuple(f for f in options.fixes if (f.dimension, f.key) != (fix.dimension, fix.key))
    store_options(batch, replace(options, fixes=(*others, fix)))


def add_term(work: Work, batch_id: int, dimension: str, label: str) -> int:
    """Make an unknown value a term of its own; returns its id. Check again afterwards."""
    _changeable(load(work, batch_id))
    return taxonomy.add_term(work, NewTerm(dimension=dimension, label=label.strip()))


def edit_cell(work: Work, batch_id: int, row: int, column: str, text: str) -> None:
    """Correct one cell before the import. Check again afterwards."""
    batch = load(work, batch_id)
    _changeable(batch)
    stored = work.session.get(ImportRowRow, (batch_id, row))
    if stored is None or column not in batch.header:
        raise NotFound("cell", f"{column} in row {row}")
    stored.cells = {**stored.cells, column: text}


def set_files(work: Work, batch_id: int, files_root: str) -> None:
    """Name the folder that the rows' paths are relative to. Check again afterwards."""
    batch = load(work, batch_id)
    _changeable(batch)
    batch.files_root = files_root


def begin(work: Work, batch_id: int) -> None:
    """Start writing, or go on after a stop. Nothing is written yet: call ``enqueue`` in the same
    transaction for the worker to write, or ``write_rows`` until nothing is left.

    Raises ``Invalid`` when the batch is not checked, has nothing to write, or another import is
    under way: there is one at a time, since two files may name the same assets.
    """
    batch = load(work, batch_id)
    if batch.state not in {BatchState.CHECKED, BatchState.STOPPED, BatchState.FAILED}:
        raise Invalid("This import has been started already.")
    other = queries.running(work)
    if other is not None:
        raise Invalid(
            f"Another import is running: {other.file_name}. Wait until it has finished, or stop it."
        )
    if not left_to_write(work, batch_id):
        raise Invalid("There is nothing to import: no row creates or changes anything.")
    batch.state, batch.stop_asked, batch.error = BatchState.COMMITTING, False, None
    batch.started_at = work.now
    batch.finished_at = None
    audit.note(
        work,
        "import.start",
        "import",
        batch.id,
        label=batch.file_name,
        after={"create": batch.counts.get("create"), "update": batch.counts.get("update")},
    )


def close_unwritten(work: Work, batch_id: int) -> ImportBatch:
    """End a checked import in which no row creates or changes anything."""
    batch = load(work, batch_id)
    _changeable(batch)
    batch.state, batch.finished_at = BatchState.COMMITTED, work.now
    return batch_of(batch, work.now)


def enqueue(work: Work, batch_id: int, *, after: int = 0) -> None:
    """Ask the worker to write the next rows; ``after`` is the job that wrote the last ones."""
    batch = load(work, batch_id)
    started = batch.started_at.isoformat() if batch.started_at else ""
    key = f"{JOB}:{batch_id}:{started}:{after}"
    jobs.enqueue(work, JOB, {"batch_id": batch_id}, key=key)


def ask_stop(work: Work, batch_id: int) -> None:
    """Stop after the rows in hand. What is written stays and can be undone.

    The worker is asked for one more run whoever was writing: that one may be gone, or its job
    parked, and then nobody else would close the import.
    """
    batch = load(work, batch_id)
    if batch.state == BatchState.COMMITTING:
        batch.stop_asked = True
        _enqueue_anew(work, batch.id, "stop")
        audit.note(work, "import.stop", "import", batch.id, label=batch.file_name)


def resume(work: Work) -> int:
    """Ask for a job for every import under way that has none left; returns for how many."""
    served = {payload.get("batch_id") for payload in jobs.open_payloads(work, JOB)}
    under_way = work.session.scalars(
        select(ImportBatchRow.id).where(ImportBatchRow.state == BatchState.COMMITTING)
    )
    left = [batch_id for batch_id in under_way if batch_id not in served]
    for batch_id in left:
        _enqueue_anew(work, batch_id, "resume")
    return len(left)


def _enqueue_anew(work: Work, batch_id: int, why: str) -> None:
    """With a key no job had before: one that is done or parked keeps its key."""
    key = f"{JOB}:{batch_id}:{why}:{uuid4().hex}"
    jobs.enqueue(work, JOB, {"batch_id": batch_id}, key=key)


def fail(work: Work, batch_id: int, error: str) -> None:
    """Write down why an import could not go on; what is written stays and can be undone."""
    batch = work.session.get(ImportBatchRow, batch_id)
    if batch is not None and batch.state == BatchState.COMMITTING:
        batch.state, batch.error, batch.finished_at = BatchState.FAILED, error[:2000], work.now
        recount(work, batch)


def discard(work: Work, batch_id: int) -> None:
    """Forget an import that was never started."""
    batch = load(work, batch_id)
    _changeable(batch)
    _forget(work, batch)


def discard_unstarted(work: Work, older_than: datetime) -> int:
    """Forget the imports taken in before ``older_than`` and never started; returns how many."""
    work.actor.require(Permission.EDIT_ASSETS)
    left = work.session.scalars(
        select(ImportBatchRow).where(
            ImportBatchRow.state.in_((BatchState.CHECKING, BatchState.CHECKED)),
            ImportBatchRow.created_at < older_than,
        )
    ).all()
    for batch in left:
        _forget(work, batch)
    return len(left)


def _forget(work: Work, batch: ImportBatchRow) -> None:
    work.session.execute(
        delete(ImportRowRow).where(ImportRowRow.batch_id == batch.id),
        execution_options={"synchronize_session": False},
    )
    work.session.delete(batch)


def left_to_write(look: Work, batch_id: int) -> int:
    """How many rows are still to be created or updated."""
    return int(
        look.session.scalar(
            select(func.count())
            .select_from(ImportRowRow)
            .where(
                ImportRowRow.batch_id == batch_id,
                ImportRowRow.written.is_(False),
                ImportRowRow.action.in_((RowAction.CREATE, RowAction.UPDATE)),
            )
        )
        or 0
    )


def _kept_as_alias(work: Work, dimension: str, value: str, slug: str) -> bool:
    term = taxonomy.read(work).term(dimension, slug)
    if term is None:
        raise NotFound("term", slug)
    if not work.actor.may(Permission.EDIT_TAXONOMY):
        return False
    try:
        with work.session.begin_nested():
            taxonomy.add_alias(work, term.id, value.strip())
    except CatalogError:  # the name leads elsewhere: then it holds for this import only
        return False
    return True


def _changeable(batch: ImportBatchRow) -> None:
    if batch.state not in {BatchState.CHECKING, BatchState.CHECKED}:
        raise Invalid("This import has been started; it cannot be changed any more.")


def _header_key(header: object) -> str:
    names = [key(str(name)) for name in header] if isinstance(header, (list, tuple)) else []
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
