"""Tables of needs, of the plan, and of what coverage was."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.base import Base, UtcDateTime


class NeedRow(Base):
    """What one cell needs, or one term wherever it is a row or a column.

    ``key`` is the pair, the smaller id first, so that a cell has one need whichever way round it is
    shown; a term's default ends with the colon. A cleared row keeps its version, so that a form
    opened before it was cleared cannot overwrite what was written after.
    """

    __tablename__ = "coverage_needs"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(50), unique=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("terms.id", ondelete="CASCADE"), index=True)
    second_id: Mapped[int | None] = mapped_column(
        ForeignKey("terms.id", ondelete="CASCADE"), index=True
    )
    needed: Mapped[bool | None]
    target: Mapped[int | None]
    # None in the database, not the word null in JSON: queries ask whether anything was decided.
    types: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    customer_ready: Mapped[bool | None]
    buyer_believes: Mapped[str] = mapped_column(Text, default="")
    rep_proves: Mapped[str] = mapped_column(Text, default="")
    why: Mapped[str] = mapped_column(Text, default="")
    by_name: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cleared: Mapped[bool] = mapped_column(default=False)
    demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class


class CoverageSettingsRow(Base):
    """One row at most: the site's target and the weights of the gap score."""

    __tablename__ = "coverage_settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    target: Mapped[int]
    missing: Mapped[float]
    unanswered: Mapped[float]
    unopened: Mapped[float]
    use: Mapped[float]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class


class PlanItemRow(Base):
    """An asset to be made. The reviewer's row stays as long as an item names it."""

    __tablename__ = "plan_items"
    __table_args__ = (Index("ix_plan_items_state_due_on", "state", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12))
    type_id: Mapped[int | None] = mapped_column(
        ForeignKey("terms.id", ondelete="SET NULL"), index=True
    )
    owner_email: Mapped[str] = mapped_column(String(254))
    due_on: Mapped[date | None]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asset_id: Mapped[int | None] = mapped_column(
        ForeignKey("assets.id", ondelete="SET NULL"), index=True
    )
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(200), default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_why: Mapped[str] = mapped_column(Text, default="")
    demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class


class PlanItemTermRow(Base):
    __tablename__ = "plan_item_terms"

    item_id: Mapped[int] = mapped_column(
        ForeignKey("plan_items.id", ondelete="CASCADE"), primary_key=True
    )
    term_id: Mapped[int] = mapped_column(
        ForeignKey("terms.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SnapshotRow(Base):
    """The whole picture of one calendar day at the site, packed."""

    __tablename__ = "coverage_snapshots"

    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class PointRow(Base):
    """The numbers of one day and one pair of dimensions, so that a trend unpacks no snapshot.

    ``row_dimension`` comes before ``col_dimension`` in the alphabet, whichever way round a page
    shows them; a list of one dimension has an empty ``col_dimension``. ``cells`` is made and read
    by ``grids``.
    """

    __tablename__ = "coverage_points"

    row_dimension: Mapped[str] = mapped_column(String(40), primary_key=True)
    col_dimension: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(
        ForeignKey("coverage_snapshots.day", ondelete="CASCADE"), primary_key=True, index=True
    )
    effective: Mapped[int]
    demand: Mapped[int]
    met: Mapped[int]
    needed: Mapped[int]
    cells: Mapped[bytes] = mapped_column(LargeBinary)
