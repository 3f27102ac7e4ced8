"""What the pages of an import show; put together here, printed by the templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
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
SHOWN_CELL = 60
SHOWN_NAME = 32
OTHER_COLUMNS = 2
TITLE, PATH, EXTERNAL_ID = "title", "path", "external_id"
_USUAL = ("dimension:type", "dimension:stage")
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
    columns = _columns(batch, rows, words)
    return CheckPage(
        batch=batch,
        figures=_figures(batch),
        tabs=tuple(
            (f"{label} {counts[name]}", _address(batch_id, name, 1), name == show)
            for name, label in _TABS
        ),
        columns=columns,
        rows=tuple(_shortened(row, batch, {name for name, _ in columns}) for row in rows),
        groups=groups(look, batch_id, words),
        pages=_pages(batch_id, show, page, counts[show]),
    )


def groups(look: Work, batch_id: int, words: Taxonomy) -> tuple[Group, ...]:
    may_add = look.actor.may(Permission.EDIT_TAXONOMY)
    found = [_group(one, words, may_add) for one in imports.groups(look, batch_id)]
    return tuple(sorted(found, key=lambda group: (group.minor, not group.dimension, -group.count)))


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
        groups=_left_out(look, batch),
        report=imports.undo_report(look, batch_id) if undone else None,
    )


def _left_out(look: Work, batch: ImportBatch) -> tuple[Group, ...]:
    """Why rows were left out, once it is over."""
    if batch.state is BatchState.COMMITTING:
        return ()
    found = groups(look, batch.id, taxonomy.read(look))
    return tuple(group for group in found if not group.minor)


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
    """(header, heading): title and file, and the columns that matter most on this page.

    Those with the most problems come first, then the usual ones, a handful in all: a table as wide
    as the file cannot be read.
    """
    headers = {field: header for header, field in batch.column_map.items()}
    names = imports.field_names(words)
    fixed = [headers[field] for field in (TITLE, PATH) if field in headers]
    not_shown = {*fixed, headers.get(EXTERNAL_ID)}
    troubled = Counter(
        p.column for row in rows for p in row.problems if p.severity != Severity.NOTE
    )
    wanted = [name for name, _count in troubled.most_common() if name in batch.column_map]
    wanted += [headers[field] for field in _USUAL if field in headers]
    others = [name for name in dict.fromkeys(wanted) if name not in not_shown][:OTHER_COLUMNS]
    shown = [*fixed[:1], *sorted(others, key=batch.header.index), *fixed[1:]]
    return tuple((name, names.get(batch.column_map.get(name, ""), name)) for name in shown)


def _shortened(row: ImportRow, batch: ImportBatch, shown: Collection[str]) -> ImportRow:
    """A row for the table: long cells cut, a file by its name, errors before hints; a problem in a
    column that is not shown says which one it is."""
    cells = {name: _cut(text, SHOWN_CELL) for name, text in row.cells.items()}
    path = next((header for header, field in batch.column_map.items() if field == PATH), "")
    if path in cells and not any(p.column == path for p in row.errors):
        cells[path] = _cut(row.cells[path].rpartition("/")[2], SHOWN_NAME)
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    problems = sorted(row.problems, key=lambda p: order[Severity(p.severity)])
    told = tuple(
        p if p.column in shown or not p.column else replace(p, message=_with_column(p))
        for p in problems
    )
    return replace(row, cells=cells, problems=told)


def _with_column(problem: RowProblem) -> str:
    found = f" Found: {_cut(problem.value, SHOWN_NAME)}" if problem.value else ""
    return f"{problem.column}: {problem.message}{found}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


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
        text=_sentence(cause.format(column=column, value=_cut(found.value, SHOWN_NAME))),
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


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


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
