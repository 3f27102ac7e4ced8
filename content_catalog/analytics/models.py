"""Tables of use and demand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.base import Base, UtcDateTime


class SearchRow(Base):
    """A logged search. ``key`` is the folded words, for grouping; the name goes after 30 days.

    ``opened`` says that something was opened from it. It stays when what was opened is erased and
    its opening with it: the search was answered all the same.
    """

    __tablename__ = "searches"
    __table_args__ = (Index("ix_searches_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    words: Mapped[str] = mapped_column(String(256))
    key: Mapped[str] = mapped_column(String(256))
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    total: Mapped[int]
    took_ms: Mapped[float]
    source: Mapped[str] = mapped_column(String(10))
    relaxed: Mapped[bool] = mapped_column(default=False)
    corrected: Mapped[bool] = mapped_column(default=False)
    without: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    demo: Mapped[bool] = mapped_column(default=False)
    opened: Mapped[bool] = mapped_column(default=False, server_default=false())


class SearchOpeningRow(Base):
    """What was opened from a logged search."""

    __tablename__ = "search_openings"

    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[int] = mapped_column(
        ForeignKey("searches.id", ondelete="CASCADE"), index=True
    )
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), index=True)
    page: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class UseRow(Base):
    """An opening or a download. ``stage_id`` and ``persona_id`` are those of the deal's filters."""

    __tablename__ = "uses"
    __table_args__ = (
        Index("ix_uses_asset_at", "asset_id", "at"),
        Index("ix_uses_user_at", "user_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(12))
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("terms.id", ondelete="SET NULL"))
    persona_id: Mapped[int | None] = mapped_column(ForeignKey("terms.id", ondelete="SET NULL"))
    demo: Mapped[bool] = mapped_column(default=False)
