"""Tables of the taxonomy."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.base import Base, UtcDateTime


class DimensionRow(Base):
    __tablename__ = "dimensions"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    plural: Mapped[str] = mapped_column(String(40), unique=True)
    definition: Mapped[str] = mapped_column(Text, default="")
    multi: Mapped[bool] = mapped_column(default=True)
    ordered: Mapped[bool] = mapped_column(default=False)
    built_in: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class


class TermRow(Base):
    """``key`` is the normalised label, unique in its dimension together with all aliases' keys."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("dimension_id", "slug"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    dimension_id: Mapped[int] = mapped_column(ForeignKey("dimensions.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(120))
    definition: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int]
    phase: Mapped[str | None] = mapped_column(String(20))
    guide_ask: Mapped[str] = mapped_column(Text, default="")
    guide_say: Mapped[str] = mapped_column(Text, default="")
    guide_do: Mapped[str] = mapped_column(Text, default="")
    guide_send: Mapped[str] = mapped_column(Text, default="")
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("terms.id"))
    demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it from the class


class TermNameRow(Base):
    """Every name that leads to a term: its slug, label and aliases, normalised.

    ``key`` is unique per dimension, so a name cannot mean two things.
    """

    __tablename__ = "term_names"
    __table_args__ = (UniqueConstraint("dimension_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dimension_id: Mapped[int] = mapped_column(ForeignKey("dimensions.id"))
    term_id: Mapped[int] = mapped_column(ForeignKey("terms.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # slug | label | alias
    name: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)


class StageTollgateRow(Base):
    __tablename__ = "stage_tollgates"

    stage_id: Mapped[int] = mapped_column(
        ForeignKey("terms.id", ondelete="CASCADE"), primary_key=True
    )
    tollgate_id: Mapped[int] = mapped_column(
        ForeignKey("terms.id", ondelete="CASCADE"), primary_key=True
    )


class TaxonomyRevisionRow(Base):
    """One row; its number is another after every change, so a cached ``Taxonomy`` knows it is old.

    Drawn at random: a counter would come to the same number again in a database restored from a
    backup, and the cache would show the words of before.
    """

    __tablename__ = "taxonomy_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, default=1)
