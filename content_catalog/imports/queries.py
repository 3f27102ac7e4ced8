"""What pages, the API and the command line show of imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, func, select

from content_catalog import tabular, taxonomy
from content_catalog.actor import Permission
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.imports import columns
from content_catalog.imports.models import ImportBatchRow, ImportRowRow
from content_catalog.imports.storing import EXTRA_CELL, batch_of, load, options_of, row_of
from content_catalog.imports.types import (
    BatchState,
    ImportBatch,
    ImportRow,
    ProblemGroup,
    RowAction,
    RowProblem,
    Severity,
)

SAMPLES = 3
REASON = "reason"


def batch(look: Work, batch_id: int) -> ImportBatch:
    """Raises ``NotFound``."""
    return batch_of(load(look, batch_id), look.now)


def batches(look: Work, page: int = 1, per_page: int = 20) -> tuple[ImportBatch, ...]:
    """One page of everybody's imports, newest first."""
    look.actor.require(Permission.EDIT_ASSETS)
    rows = look.session.scalars(
        select(ImportBatchRow)
        .order_by(ImportBatchRow.id.desc())
        .offset(max(page - 1, 0) * per_page)
        .limit(per_page)
    )
    return tuple(batch_of(row, look.now) for row in rows)


def count(look: Work) -> int:
    """How many imports ``batches`` has in all."""
    look.actor.require(Permission.EDIT_ASSETS)
    return int(look.session.scalar(select(func.count()).select_from(ImportBatchRow)) or 0)


def running(look: Work) -> ImportBatch | None:
    """The import under way, if any."""
    found = look.session.scalars(
        select(ImportBatchRow).where(ImportBatchRow.state == BatchState.COMMITTING).limit(1)
    ).first()
    return batch_of(found, look.now) if found is not None else None


def rows(
    look: Work, batch_id: int, show: str = "all", page: int = 1, per_page: int = 100
) -> tuple[ImportRow, ...]:
    """One page of rows: ``problems`` (errors and warnings), ``updates``, ``refused`` or ``all``."""
    load(look, batch_id)
    found = look.session.scalars(
        _shown(batch_id, show)
        .order_by(ImportRowRow.row)
        .offset(max(page - 1, 0) * per_page)
        .limit(per_page)
    )
    return tuple(row_of(row) for row in found)


def row(look: Work, batch_id: int, number: int) -> ImportRow:
    """One row by its spreadsheet number. Raises ``NotFound``."""
    load(look, batch_id)
    found = look.session.get(ImportRowRow, (batch_id, number))
    if found is None:
        raise NotFound("row", number)
    return row_of(found)


def row_counts(look: Work, batch_id: int) -> dict[str, int]:
    """How many rows each view of ``rows`` would show."""
    load(look, batch_id)
    return {
        show: int(
            look.session.scalar(select(func.count()).select_from(_shown(batch_id, show).subquery()))
            or 0
        )
        for show in ("problems", "updates", "refused", "all")
    }


def _shown(batch_id: int, show: str) -> Select[ImportRowRow]:
    query = select(ImportRowRow).where(ImportRowRow.batch_id == batch_id)
    if show == "problems":
        return query.where(func.json_array_length(ImportRowRow.problems) > 0)
    if show == "updates":
        return query.where(ImportRowRow.action == RowAction.UPDATE)
    if show == "refused":
        return query.where(ImportRowRow.action == RowAction.REFUSED)
    return query


def problems(look: Work, batch_id: int) -> tuple[RowProblem, ...]:
    """Every problem of every row, in the order of the file."""
    load(look, batch_id)
    found = look.session.execute(
        select(ImportRowRow.problems)
        .where(ImportRowRow.batch_id == batch_id, func.json_array_length(ImportRowRow.problems) > 0)
        .order_by(ImportRowRow.row)
    )
    return tuple(RowProblem(**problem) for row in found for problem in row.problems)


def groups(look: Work, batch_id: int) -> tuple[ProblemGroup, ...]:
    """Problems by cause, errors first, then by how many rows they are in.

    Unknown and near-miss values are a cause each; other codes are one cause per column.
    """
    counted: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], RowProblem] = {}
    for problem in problems(look, batch_id):
        by_value = problem.code in {"unknown_term", "near_miss_term", "new_term", "retired_term"}
        cause = (problem.code, problem.field, problem.value if by_value else "")
        counted[cause] += 1
        examples.setdefault(cause, problem)
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    found = [
        ProblemGroup(
            code,
            example.severity,
            field,
            example.column,
            value,
            example.suggestion,
            example.message,
            number,
        )
        for (code, field, value), number in counted.items()
        for example in (examples[code, field, value],)
    ]
    return tuple(sorted(found, key=lambda g: (order[Severity(g.severity)], -g.rows, g.code)))


def samples(look: Work, batch_id: int) -> dict[str, tuple[str, ...]]:
    """Up to three different values of each column, from the first rows that have any."""
    batch_row = load(look, batch_id)
    found: dict[str, list[str]] = {name: [] for name in batch_row.header}
    stored = look.session.scalars(
        select(ImportRowRow.cells)
        .where(ImportRowRow.batch_id == batch_id)
        .order_by(ImportRowRow.row)
        .limit(200)
    )
    for given in stored:
        for name, values in found.items():
            cell = given.get(name, "").strip()
            if cell and cell not in values and len(values) < SAMPLES:
                values.append(cell)
    return {name: tuple(values) for name, values in found.items()}


def guessed_columns(look: Work, batch_id: int) -> Mapping[str, str]:
    """The batch's matching, with guesses for the columns that have none yet."""
    batch_row = load(look, batch_id)
    sure = options_of(batch_row).column_map
    guesses = columns.guess(batch_row.header, samples(look, batch_id), taxonomy.read(look))
    free = {h: f for h, f in guesses.items() if h not in sure and f not in sure.values()}
    return {**sure, **free}


def refused_csv(look: Work, batch_id: int) -> bytes:
    """The rows that cannot be imported as they stand in the file, with the reasons in a column of
    its own; the file can be corrected and imported again (the extra column is ignored)."""
    batch_row = load(look, batch_id)
    left_out = list(look.session.scalars(_shown(batch_id, "refused").order_by(ImportRowRow.row)))
    found = [row_of(row) for row in left_out]
    header = [name for name in batch_row.header if name != REASON]
    return tabular.write([*header, REASON], [_with_reason(row, header) for row in found])


def _with_reason(row: ImportRow, header: Sequence[str]) -> list[str]:
    """Cells in order and the reasons. A row with too few or too many cells keeps their number,
    so that it is refused again until somebody mends it."""
    reasons = "; ".join(_reason(problem) for problem in row.errors)
    known = [row.cells[name] for name in header if name in row.cells]
    extra = [cell for name, cell in row.cells.items() if name.startswith(EXTRA_CELL)]
    return [*known, *extra, f"Row {row.row}: {reasons}"]


def _reason(problem: RowProblem) -> str:
    found = f" Found: {problem.value}." if problem.value else ""
    return f"{problem.column}: {problem.message}{found}" if problem.column else problem.message
