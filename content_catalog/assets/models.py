"""Tables of assets."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.base import Base, UtcDateTime


class AssetRow(Base):
    """``rev`` is what the form carries; it grows by one with every accepted edit.

    ``title_key`` is the folded title: the search without an index and the duplicate hint use it.
    """

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_status_updated", "status", "updated_at"),
        Index("ix_assets_status_review", "status", "review_by"),
        # An erased id must not come back: addresses, audit and imports still name it.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(300), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    title_key: Mapped[str] = mapped_column(String(300), index=True)
    summary: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(20))
    audience: Mapped[str] = mapped_column(String(20))
    owner_email: Mapped[str] = mapped_column(String(254), index=True)
    use_when: Mapped[str] = mapped_column(Text, default="")
    do_not_use_when: Mapped[str] = mapped_column(Text, default="")
    talk_track: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    published_on: Mapped[date | None]
    review_by: Mapped[date | None]
    expires_on: Mapped[date | None] = mapped_column(index=True)
    reviewed_on: Mapped[date | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id", ondelete="SET NULL"))
    current_version_id: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    demo: Mapped[bool] = mapped_column(default=False, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rev: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": rev}  # noqa: RUF012  # SQLAlchemy reads it from the class


class AssetVersionRow(Base):
    """One version of the content. Never changed but for what reading it found."""

    __tablename__ = "asset_versions"
    __table_args__ = (UniqueConstraint("asset_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    format: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int | None]
    file_name: Mapped[str | None] = mapped_column(String(255))
    media_type: Mapped[str | None] = mapped_column(String(100))
    url: Mapped[str | None] = mapped_column(String(2000))
    url_key: Mapped[str | None] = mapped_column(String(2000), index=True)
    markdown: Mapped[str | None] = mapped_column(Text)
    active_content: Mapped[bool] = mapped_column(default=False)
    reading: Mapped[str] = mapped_column(String(10))
    message: Mapped[str | None] = mapped_column(String(500))
    language: Mapped[str | None] = mapped_column(String(10))
    page_count: Mapped[int | None]
    has_thumbnail: Mapped[bool] = mapped_column(default=False)
    image_pages: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_by_name: Mapped[str] = mapped_column(String(200), default="")


class PageTextRow(Base):
    """Text by page, slide, sheet or heading of one version."""

    __tablename__ = "page_texts"

    version_id: Mapped[int] = mapped_column(
        ForeignKey("asset_versions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    width_ratio: Mapped[float | None]


class AssetTermRow(Base):
    """A mapping of an asset to a term."""

    __tablename__ = "asset_terms"

    asset_id: Mapped[int] = mapped_column(
        ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True
    )
    term_id: Mapped[int] = mapped_column(ForeignKey("terms.id"), primary_key=True, index=True)


class AssetRevisionRow(Base):
    """What the editable fields were at each ``rev``: base of a three-way merge, and the history."""

    __tablename__ = "asset_revisions"

    asset_id: Mapped[int] = mapped_column(
        ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True
    )
    rev: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(String(200))
    fields: Mapped[dict[str, object]] = mapped_column(JSON)


class EditingRow(Base):
    """Who has an edit form open, so that the next one is told; a row older than 2 minutes is stale."""

    __tablename__ = "editing"

    asset_id: Mapped[int] = mapped_column(
        ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class FileProblemRow(Base):
    """A kept file that the nightly check found missing, truncated or changed."""

    __tablename__ = "file_problems"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    problem: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
