"""What the pages of an import show; put together here, printed by the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for

from app.words import plural
from content_catalog import imports, taxonomy
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.imports import (
    BatchState,
    ImportBatch,
    ImportRow,
    ProblemGroup,
    RowProblem,
    Severity,
    UndoReport,
)
from content_catalog.taxonomy import Taxonomy

PER_PAGE = 100
SHOWN_CELL = 120
# The columns everybody looks for first; those with problems are added.
_FIRST = ("title", "dimension:type", "dimension:stage", "path")
_TABS = (("problems", "Problems"), ("updates", "Updates"), ("all", "All"))
_BY_VALUE = {"unknown_term", "near_miss_term", "retired_term"}
DIMENSION = "dimension:"
_CAUSES = {
    "normalised_term": "{column} spelled differently, read anyway",
    "formula_cell": "{column} looks like a formula, kept as text",
    "mojibake": "{column} looks read in a wrong encoding",
    "missing_file": "No file at the path",
    "path_traversal": "The path leaves the files' folder",
    "refused_file": "File not accepted",
    "missing_title": "No title",
    "overlong_title": "Title over 300 characters",
    "missing_external_id": "No external id",
    "duplicate_external_id": "External id stands twice in the file",
    "bad_date": "{column} is not a date",
    "bad_owner": "Owner is not an e-mail address",
    "bad_url": "Not a link",
    "column_count": "More or fewer cells than the header",
    "duplicate_title": "Title is like another one",
    "duplicate_file": "File is the same as another one",
    "duplicate_link": "Link is the same as another one",
    "new_term": "“{value}” becomes a new {column}",
    "unknown_term": "“{value}” is not a known {column}",
    "near_miss_term": "“{value}” is not a known {column}",
    "retired_term": "“{value}” is a retired {column}",
    "changed_since": "Changed by somebody since the check",
    "left_out": "“{value}” left out of {column}",
}


@dataclass(frozen=True, slots=True)
class Group:
    """One cause. With ``dimension`` it can be mended for all rows: ``suggestion`` is a ready
    answer (value, label), ``choices`` are all."""

    count: int
    text: str
    minor: bool
    dimension: str = ""
    value: str = ""
    suggestion: tuple[str, str] | None = None
    choices: tuple[tuple[str, str], ...] = ()
    may_add: bool = False
    add_files: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    page: int
    pages: int
    previous_url: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class CheckPage:
    batch: ImportBatch
    figures: tuple[tuple[object, ...], ...]
    tabs: tuple[tuple[str, str, bool], ...]
    columns: tuple[tuple[str, str], ...]
    rows: tuple[ImportRow, ...]
    groups: tuple[Group, ...]
    pages: Pages


@dataclass(frozen=True, slots=True)
class Column:
    """A column on the matching page: its name, samples, and the field it is read as."""

    place: int
    name: str
    samples: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """``detail`` is a sentence on rate and time left; ``report`` is there once undone."""

    batch: ImportBatch
    done: int
    total: int
    detail: str
    may_undo: bool
    groups: tuple[Group, ...]
    report: UndoReport | None


def check_page(look: Work, batch_id: int, show: str, page: int) -> CheckPage:
    batch = imports.batch(look, batch_id)
    counts = imports.row_counts(look, batch_id)
    show = show if show in counts else "problems" if counts["problems"] else "all"
    rows = imports.rows(look, batch_id, show, page, PER_PAGE)
    words = taxonomy.read(look)
    return CheckPage(
        batch=batch,
        figures=_figures(batch),
        tabs=tuple(
            (f"{label} {counts[name]}", _address(batch_id, name, 1), name == show)
            for name, label in _TABS
        ),
        columns=_columns(batch, rows, words),
        rows=tuple(_shortened(row) for row in rows),
        groups=groups(look, batch_id, words),
        pages=_pages(batch_id, show, page, counts[show]),
    )


def groups(look: Work, batch_id: int, words: Taxonomy) -> tuple[Group, ...]:
    may_add = look.actor.may(Permission.EDIT_TAXONOMY)
    return tuple(_group(found, words, may_add) for found in imports.groups(look, batch_id))


def matching(look: Work, batch_id: int) -> tuple[Column, ...]:
    batch = imports.batch(look, batch_id)
    guessed = imports.guessed_columns(look, batch_id)
    samples = imports.samples(look, batch_id)
    return tuple(
        Column(place, name, samples.get(name, ()), guessed.get(name, ""))
        for place, name in enumerate(batch.header)
    )


def progress_page(look: Work, batch_id: int) -> ProgressPage:
    batch = imports.batch(look, batch_id)
    own = batch.created_by_id is not None and batch.created_by_id == look.actor.id
    undone = batch.undone_at is not None
    return ProgressPage(
        batch=batch,
        done=batch.done,
        total=batch.counts.to_write,
        detail=_rate(batch, look.now),
        may_undo=batch.undo_until is not None
        and (own or look.actor.may(Permission.UNDO_ANY_IMPORT)),
        groups=()
        if batch.state is BatchState.COMMITTING
        else groups(look, batch_id, taxonomy.read(look)),
        report=imports.undo_report(look, batch_id) if undone else None,
    )


def _figures(batch: ImportBatch) -> tuple[tuple[object, ...], ...]:
    counts = batch.counts
    return (
        (counts.create, "to create", "New assets"),
        (counts.update, "to update", "Matched on external id"),
        (counts.unchanged, "unchanged", "Same file, same fields"),
        (counts.refused, "cannot be imported", "Rows left out unless fixed", "bad")
        if counts.refused
        else (0, "cannot be imported", "Every row is fine"),
    )


def _columns(
    batch: ImportBatch, rows: Sequence[ImportRow], words: Taxonomy
) -> tuple[tuple[str, str], ...]:
    """(header, heading) of the usual columns and of those with a problem on this page."""
    headers = {field: header for header, field in batch.column_map.items()}
    names = imports.field_names(words)
    wanted = [headers[field] for field in _FIRST if field in headers]
    troubled = [p.column for row in rows for p in row.problems if p.severity != Severity.NOTE]
    wanted += [name for name in batch.header if name in troubled and name not in wanted]
    return tuple((name, names.get(batch.column_map.get(name, ""), name)) for name in wanted)


def _shortened(row: ImportRow) -> ImportRow:
    """A row for the table: very long cells cut, hints below what was found."""
    cells = {
        name: text if len(text) <= SHOWN_CELL else f"{text[:SHOWN_CELL]}…"
        for name, text in row.cells.items()
    }
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    problems: list[RowProblem] = sorted(row.problems, key=lambda p: order[Severity(p.severity)])
    return ImportRow(
        row.row, row.line, row.action, row.external_id, cells, tuple(problems), row.asset_id
    )


def _group(found: ProblemGroup, words: Taxonomy, may_add: bool) -> Group:
    column = found.column.replace("_", " ") or "value"
    choices: tuple[tuple[str, str], ...] = ()
    dimension = ""
    if found.code in _BY_VALUE and found.field.startswith(DIMENSION):
        dimension = found.field.removeprefix(DIMENSION)
        home = words.dimension(dimension)
        column = home.label.lower() if home else column
        choices = tuple((t.slug, t.label) for t in home.live) if home else ()
    elif found.code in _BY_VALUE:
        dimension = found.field
        allowed = imports.CHOICES.get(found.field, ())
        choices = tuple((slug, slug.replace("_", " ").capitalize()) for slug in allowed)
    cause = _CAUSES.get(found.code, found.message)
    labels = dict(choices)
    return Group(
        count=found.rows,
        text=cause.format(column=column, value=found.value),
        minor=found.severity != Severity.ERROR,
        dimension=dimension,
        value=found.value,
        suggestion=(found.suggestion, labels[found.suggestion])
        if found.suggestion in labels and dimension
        else None,
        choices=choices,
        may_add=may_add and found.field.startswith(DIMENSION) and bool(dimension),
        add_files=found.code == "missing_file",
    )


def _pages(batch_id: int, show: str, page: int, total: int) -> Pages:
    last = max(1, -(-total // PER_PAGE))
    return Pages(
        page,
        last,
        _address(batch_id, show, page - 1) if page > 1 else None,
        _address(batch_id, show, page + 1) if page < last else None,
    )


def _address(batch_id: int, show: str, page: int) -> str:
    return url_for("imports.check", batch_id=batch_id, show=show, page=page if page > 1 else None)


def _rate(batch: ImportBatch, now: datetime) -> str:
    """ "60 rows a second, about 20 seconds left"; empty before anything was written."""
    if batch.started_at is None or batch.state is not BatchState.COMMITTING or not batch.done:
        return "Runs in the background; you can close this page."
    spent = max((now - batch.started_at) / timedelta(seconds=1), 0.1)
    rate = batch.done / spent
    left = max(batch.counts.to_write - batch.done, 0) / rate
    time_left = plural(round(left / 60), "minute") if left >= 90 else plural(round(left), "second")
    speed = f"{rate:.0f} rows a second" if rate >= 1 else f"{rate * 60:.0f} rows a minute"
    return f"{speed}, about {time_left} left. You can close this page."
