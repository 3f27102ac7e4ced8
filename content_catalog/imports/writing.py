"""The commit: rows are written a few hundred at a time, each whole or not at all.

Whoever writes (a job, the command line) asks ``next_rows``, puts their files into the store with
no transaction open, and then calls ``write_rows``. A row is marked in the transaction that writes
it, so after a crash the next call goes on where the last one ended, and two writers at once
cannot write a row twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from content_catalog import assets, audit, taxonomy
from content_catalog.assets import (
    AssetEdit,
    Audience,
    Content,
    FileContent,
    LinkContent,
    NewAsset,
    Status,
    TextContent,
)
from content_catalog.assets.models import AssetRow, AssetVersionRow
from content_catalog.database import Work
from content_catalog.errors import CatalogError, Unavailable
from content_catalog.faults import fault
from content_catalog.imports import columns
from content_catalog.imports.checking import evaluate, find_present, reader_for
from content_catalog.imports.columns import DIMENSION
from content_catalog.imports.commands import left_to_write
from content_catalog.imports.models import ImportBatchRow, ImportRowRow
from content_catalog.imports.rules import Decision, Present, RowValues, plain
from content_catalog.imports.storing import (
    load,
    options_of,
    recount,
    row_of,
    stored_problems,
)
from content_catalog.imports.types import (
    BatchState,
    Files,
    FoundFile,
    ImportRow,
    RowAction,
    RowProblem,
    Severity,
)
from content_catalog.taxonomy import NewTerm, Taxonomy
from content_catalog.taxonomy.rules import key

ROWS_AT_ONCE = 200
_CHANGING = (RowAction.CREATE, RowAction.UPDATE)


def next_rows(look: Work, batch_id: int, limit: int = ROWS_AT_ONCE) -> tuple[ImportRow, ...]:
    """The next rows to write; empty when the import is not running or nothing is left."""
    batch = load(look, batch_id)
    if batch.state != BatchState.COMMITTING or batch.stop_asked:
        return ()
    rows = look.session.scalars(_unwritten(batch_id).order_by(ImportRowRow.row).limit(limit))
    return tuple(row_of(row) for row in rows)


def write_rows(work: Work, batch_id: int, rows: Sequence[int], files: Files) -> int:
    """Write these rows as far as nobody did yet, and say how many assets were created or changed.

    Each row is checked again: an asset that somebody changed since the dry run is left alone and
    its row refused. When nothing is left, or a stop was asked, the batch is closed.
    """
    batch = load(work, batch_id)
    if batch.state != BatchState.COMMITTING:
        return 0
    if batch.stop_asked:
        _close(work, batch, BatchState.STOPPED)
        return 0
    stored = list(
        work.session.scalars(
            _unwritten(batch_id).where(ImportRowRow.row.in_(rows)).order_by(ImportRowRow.row)
        )
    )
    words = _with_new_terms(work, stored)
    reader = reader_for(words, options_of(batch), files)
    found = find_present(work, words, [row.external_id for row in stored])
    written = 0
    for row in stored:
        there = found.get(row.external_id)
        result = evaluate(reader, row.row, row.line, row.cells, there)
        written += _write_row(work, row, *result)
        fault(f"import-row-{row.row}")
    batch.done += written
    if not left_to_write(work, batch_id):
        _close(work, batch, BatchState.COMMITTED)
    return written


def _unwritten(batch_id: int) -> Any:
    return select(ImportRowRow).where(
        ImportRowRow.batch_id == batch_id,
        ImportRowRow.written.is_(False),
        ImportRowRow.action.in_(_CHANGING),
    )


def _close(work: Work, batch: ImportBatchRow, state: BatchState) -> None:
    batch.state, batch.finished_at, batch.stop_asked = state, work.now, False
    recount(work, batch)
    audit.note(
        work,
        "import.end",
        "import",
        batch.id,
        label=batch.file_name,
        after={"state": state.value, "written": batch.done},
    )


def _write_row(
    work: Work, row: ImportRowRow, values: RowValues, there: Present | None, decision: Decision
) -> int:
    """1 when the row created or changed an asset."""
    row.written = True
    moved = _moved(work, row, there)
    if decision.action is RowAction.UNCHANGED:
        row.action, row.asset_id = RowAction.UNCHANGED, there.asset_id if there else None
        return 0
    if decision.action is RowAction.REFUSED or moved:
        problems = list(values.problems)
        if moved:
            problems.append(_problem(row, "changed_since", moved))
        return _refuse(row, problems)
    try:
        with work.session.begin_nested():
            if there is None:
                row.asset_id = assets.create(work, _new_asset(values))
            else:
                row.before = _before(work, there, decision)
                _update(work, there, values, decision)
                row.asset_id = there.asset_id
            work.session.flush()
    except Unavailable:
        raise
    except CatalogError as error:
        row.before = None
        return _refuse(row, [*values.problems, _problem(row, "refused", str(error))])
    row.rev_after = work.session.scalar(select(AssetRow.rev).where(AssetRow.id == row.asset_id))
    return 1


def _moved(work: Work, row: ImportRowRow, there: Present | None) -> str:
    """What happened to the asset between the dry run and now, if anything."""
    if row.asset_id is None:
        return "Somebody created this asset since the check." if there else ""
    if there is None:
        return "Somebody removed this asset since the check."
    if assets.changed_since(work, there.asset_id, row.asset_rev or 0):
        return "Somebody changed this asset since the check. Their change is kept."
    return ""


def _refuse(row: ImportRowRow, problems: Sequence[RowProblem]) -> int:
    row.action = RowAction.REFUSED
    row.problems = stored_problems(problems)
    return 0


def _problem(row: ImportRowRow, code: str, message: str) -> RowProblem:
    return RowProblem(row.row, row.line, "", code, message, Severity.ERROR)


def _with_new_terms(work: Work, rows: Sequence[ImportRowRow]) -> Taxonomy:
    """Add the terms that the check announced for these rows, each once."""
    wanted: dict[tuple[str, str], str] = {}
    for row in rows:
        for problem in row.problems:
            if problem["code"] == "new_term":
                dimension = str(problem["field"]).removeprefix(DIMENSION)
                wanted.setdefault((dimension, key(problem["value"])), str(problem["value"]))
    words = taxonomy.read(work)
    for (dimension, _key), label in wanted.items():
        if taxonomy.resolve(words, dimension, label) is None:
            taxonomy.add_term(work, NewTerm(dimension=dimension, label=label))
    return taxonomy.read(work) if wanted else words


def _new_asset(values: RowValues) -> NewAsset:
    fields = values.fields
    content = content_of(values)
    assert content is not None  # a new row without content is refused by the rules
    return NewAsset(
        title=fields[columns.TITLE],
        content=content,
        summary=fields.get(columns.SUMMARY, ""),
        audience=Audience(fields.get(columns.AUDIENCE, Audience.INTERNAL)),
        status=Status(fields.get(columns.STATUS, Status.PUBLISHED)),
        terms=_terms(fields),
        owner=fields.get(columns.OWNER),
        use_when=fields.get(columns.USE_WHEN, ""),
        do_not_use_when=fields.get(columns.DO_NOT_USE_WHEN, ""),
        talk_track=fields.get(columns.TALK_TRACK, ""),
        tags=fields.get(columns.TAGS, ()),
        published_on=fields.get(columns.PUBLISHED_ON),
        review_by=fields.get(columns.REVIEW_BY),
        expires_on=fields.get(columns.EXPIRES_ON),
        external_id=values.external_id,
    )


def content_of(values: RowValues) -> Content | None:
    """The row's content as the assets topic takes it."""
    if values.content is None:
        return None
    kind, token = values.content
    if kind == "link":
        return LinkContent(token)
    if kind == "text":
        return TextContent(token)
    found = values.file
    assert found is not None
    return _file_content(found)


def _file_content(found: FoundFile) -> FileContent:
    return FileContent(
        sha256=found.sha256,
        size=found.size,
        file_name=found.name,
        media_type=found.media_type,
        format=found.format,
        active_content=found.active_content,
    )


def _terms(fields: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        name.removeprefix(DIMENSION): slugs
        for name, slugs in fields.items()
        if name.startswith(DIMENSION) and slugs
    }


def _update(work: Work, there: Present, values: RowValues, decision: Decision) -> None:
    version = there.rev
    names = [name for name in decision.changes if name != "content"]
    if names:
        edit = edit_of(version, {name: values.fields[name] for name in names}, there)
        version = assets.edit(work, there.asset_id, edit).version
    content = content_of(values)
    if "content" in decision.changes and content is not None:
        assets.add_version(work, there.asset_id, version, content)


def edit_of(version: int, changed: Mapping[str, Any], there: Present) -> AssetEdit:
    """The edit that sets these import fields and leaves the others alone."""
    given = {name: value for name, value in changed.items() if not name.startswith(DIMENSION)}
    for name, kind in ((columns.AUDIENCE, Audience), (columns.STATUS, Status)):
        if name in given:
            given[name] = kind(given[name])
    dimensions = {n: v for n, v in changed.items() if n.startswith(DIMENSION)}
    if dimensions:
        present = {n: v for n, v in there.fields.items() if n.startswith(DIMENSION)}
        merged = {**present, **dimensions}
        given["terms"] = {n.removeprefix(DIMENSION): tuple(v) for n, v in merged.items()}
    dates = frozenset(name for name in columns.DATES if name in changed)
    return AssetEdit(version=version, set_fields=dates, **given)


def _before(work: Work, there: Present, decision: Decision) -> dict[str, Any]:
    """What undo puts back: the changed fields as JSON keeps them, and the former content."""
    kept: dict[str, Any] = {}
    for name in decision.changes:
        if name != "content":
            value = there.fields.get(name)
            kept[name] = list(value) if isinstance(value, tuple) else value
            if isinstance(value, date):
                kept[name] = plain(value)
    if "content" in decision.changes:
        kept["content"] = _former_content(work, there.asset_id)
    return kept


def _former_content(work: Work, asset_id: int) -> dict[str, Any]:
    version = work.session.scalars(
        select(AssetVersionRow)
        .join(AssetRow, AssetRow.current_version_id == AssetVersionRow.id)
        .where(AssetRow.id == asset_id)
    ).one()
    names = ("kind", "sha256", "size", "file_name", "media_type", "format", "active_content")
    return {name: getattr(version, name) for name in (*names, "url", "markdown")}
