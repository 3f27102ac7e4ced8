"""Imports: a table of rows, what would happen to each, and what did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


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


class Severity(StrEnum):
    """An ``error`` leaves the row out, a ``warning`` says how a cell was read, a ``note`` is a
    hint (a likely duplicate) that changes nothing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """``row`` is the spreadsheet row (the header is 1), ``line`` the physical line it starts on.

    ``code`` is one of a fixed list (``bad_date``, ``unknown_term``, ``near_miss_term`` …).
    ``severity`` is one of ``Severity``. ``value`` is what was found, ``suggestion`` the slug of
    the nearest term, if any; ``field`` is what the column was read as.
    """

    row: int
    line: int
    column: str
    code: str
    message: str
    severity: str
    value: str = ""
    suggestion: str | None = None
    field: str = ""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """``cells`` maps header to the cell as it stands in the file; cells past the header are keyed
    ``+1``, ``+2`` …. ``changes`` maps a changed field to ``[before, after]`` in plain values."""

    row: int
    line: int
    action: RowAction
    external_id: str
    cells: Mapping[str, str]
    problems: tuple[RowProblem, ...] = ()
    asset_id: int | None = None
    changes: Mapping[str, object] = field(default_factory=dict)
    written: bool = False

    @property
    def errors(self) -> tuple[RowProblem, ...]:
        return tuple(p for p in self.problems if p.severity == Severity.ERROR)


@dataclass(frozen=True, slots=True)
class TermFix:
    """An unknown value read as a term in every row of a batch; ``term`` is a slug, or empty to
    leave the value out. ``key`` is the value as names are compared."""

    dimension: str
    key: str
    term: str


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """``column_map`` maps header to field; a header that is missing there is ignored."""

    create_terms: bool = False
    column_map: Mapping[str, str] = field(default_factory=dict)
    fixes: tuple[TermFix, ...] = ()


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

    @property
    def to_write(self) -> int:
        return self.create + self.update


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """``done`` rows of ``counts.to_write`` are written. ``file_notes`` are about the whole file
    (unknown columns). ``undo_until`` is set while the batch can be undone."""

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
    files_root: str | None = None
    create_terms: bool = False
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """All rows with one cause: the same code, field and value. ``rows`` counts them."""

    code: str
    severity: str
    field: str
    column: str
    value: str
    suggestion: str | None
    message: str
    rows: int


@dataclass(frozen=True, slots=True)
class UndoReport:
    """``kept`` are assets edited since, by id and title: they were left as they are."""

    removed: int
    restored: int
    kept: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a row names. ``size`` in bytes; ``format`` is a short kind such as ``pdf``."""

    name: str
    size: int
    sha256: str
    media_type: str
    format: str
    active_content: bool = False


@dataclass(frozen=True, slots=True)
class FileFault:
    """Why a row's file cannot be taken: ``path_traversal``, ``missing_file``, ``refused_file``."""

    code: str
    message: str


class Files(Protocol):
    """Where the rows' files lie: a folder, an unpacked zip, or nothing at all."""

    def find(self, path: str) -> FoundFile | FileFault:
        """The file at a path that stays inside by its text; the place itself may still refuse."""

    def read_text(self, path: str) -> str:
        """The file as text, for a row whose kind is ``text``; raises ``ValueError`` if it is not."""


class NoFiles:
    """For a table that came alone."""

    def find(self, path: str) -> FoundFile | FileFault:
        return FileFault("missing_file", f"{path} is not there: no files came with the table.")

    def read_text(self, path: str) -> str:
        raise ValueError("no files came with the table")
