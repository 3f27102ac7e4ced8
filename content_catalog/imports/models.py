"""Tables of imports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.base import Base, UtcDateTime


class ImportBatchRow(Base):
    """``files_root`` is the folder the rows' paths are relative to (unpacked zip or ``--files``)."""

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(255))
    csv_sha256: Mapped[str | None] = mapped_column(String(64))
    csv_size: Mapped[int | None]
    zip_sha256: Mapped[str | None] = mapped_column(String(64))
    zip_size: Mapped[int | None]
    files_root: Mapped[str | None] = mapped_column(String(1000))
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    header: Mapped[list[str]] = mapped_column(JSON, default=list)
    file_notes: Mapped[list[str]] = mapped_column(JSON, default=list)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    done: Mapped[int] = mapped_column(default=0)
    stop_asked: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_by_name: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportRowRow(Base):
    """One row of the file. ``before`` is what undo restores, ``rev_after`` tells later edits."""

    __tablename__ = "import_rows"
    __table_args__ = (Index("ix_import_rows_state", "batch_id", "written", "row"),)

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batches.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    action: Mapped[str] = mapped_column(String(12))
    external_id: Mapped[str] = mapped_column(String(300), default="")
    cells: Mapped[dict[str, str]] = mapped_column(JSON)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    written: Mapped[bool] = mapped_column(default=False)
    asset_id: Mapped[int | None] = mapped_column(index=True)
    asset_rev: Mapped[int | None]  # the asset's rev when the row was checked
    rev_after: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undo: Mapped[str | None] = mapped_column(String(10))  # removed | restored | kept


class ColumnMapRow(Base):
    """How a header was matched last time, so that nobody matches it twice."""

    __tablename__ = "column_maps"

    header_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
