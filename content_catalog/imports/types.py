"""Imports: a table of rows, what would happen to each, and what did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class RowAction(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    SKIPPED = "skipped"  # an empty row


class BatchState(StrEnum):
    CHECKING = "checking"
    CHECKED = "checked"
    COMMITTING = "committing"
    COMMITTED = "committed"
    STOPPED = "stopped"
    UNDONE = "undone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """``row`` is the spreadsheet row (the header is 1), ``line`` the physical line it starts on.

    ``code`` is one of a fixed list (``bad_date``, ``unknown_term``, ``near_miss_term`` …).
    ``severity`` is ``error`` (the row is left out) or ``warning``. ``value`` is what was found,
    ``suggestion`` the slug of the nearest term, if any.
    """

    row: int
    line: int
    column: str
    code: str
    message: str
    severity: str
    value: str = ""
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class ImportRow:
    row: int
    line: int
    action: RowAction
    external_id: str
    cells: Mapping[str, str]
    problems: tuple[RowProblem, ...] = ()
    asset_id: int | None = None
    changes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    create_terms: bool = False
    column_map: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportCounts:
    create: int = 0
    update: int = 0
    unchanged: int = 0
    refused: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        return self.create + self.update + self.unchanged + self.refused + self.skipped


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """``done`` rows of ``counts.total``; ``file_notes`` are about the whole file (unknown columns)."""

    id: int
    state: BatchState
    file_name: str
    created_by: str
    created_by_id: int | None
    created_at: datetime
    counts: ImportCounts
    done: int
    started_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None
    undo_until: datetime | None
    file_notes: tuple[str, ...]
    header: tuple[str, ...]
    column_map: Mapping[str, str]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class UndoReport:
    """``kept`` are assets edited since, by id and title: they were left as they are."""

    removed: int
    restored: int
    kept: tuple[tuple[int, str], ...]
