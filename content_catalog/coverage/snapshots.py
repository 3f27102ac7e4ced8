"""How coverage was: one picture a day is kept whole, and the numbers of each beside it for trends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

from sqlalchemy import delete, select

from content_catalog.actor import Permission
from content_catalog.coverage import grids, library_reading
from content_catalog.coverage.counting import matrix
from content_catalog.coverage.keeping import pack, unpack
from content_catalog.coverage.models import PointRow, SnapshotRow
from content_catalog.coverage.picture import Picture, visible
from content_catalog.coverage.types import Matrix, TrendPoint, View
from content_catalog.database import Work
from content_catalog.errors import NotFound

__all__ = [
    "Snapshot",
    "draw_snapshot",
    "past_picture",
    "snapshot_days",
    "snapshot_due",
    "take_snapshot",
    "thin",
    "trend",
]

DAILY = timedelta(days=100)  # older than this, one of each week is kept
KEPT = timedelta(days=3 * 366)
LIST = ""  # stands for the second dimension of a list of one
QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A picture made ready to be stored; ``points`` are ``coverage_points`` without their day."""

    day: date
    at: datetime
    data: bytes
    points: tuple[Mapping[str, Any], ...]


def draw_snapshot(picture: Picture) -> Snapshot:
    """The slow part, which needs no database: every pair of dimensions is counted."""
    points = tuple(_point(matrix(picture, view)) for view in _views(picture))
    return Snapshot(picture.day, picture.at, pack(picture), points)


def snapshot_due(look: Work) -> bool:
    """Whether there is none of today yet."""
    look.actor.require(Permission.SEE_COVERAGE)
    return look.session.scalar(select(SnapshotRow.day).where(SnapshotRow.day == look.today)) is None


def take_snapshot(work: Work, snapshot: Snapshot) -> bool:
    """Keep it; one a day, so a second one changes nothing and gives False.

    For the system only: a picture as a rep sees it would leave out drafts for everybody.
    """
    work.actor.require(Permission.ADMINISTER)
    if work.session.get(SnapshotRow, snapshot.day) is not None:
        return False
    work.session.add(SnapshotRow(day=snapshot.day, at=snapshot.at, data=snapshot.data))
    work.session.flush()
    work.session.add_all(PointRow(day=snapshot.day, **point) for point in snapshot.points)
    work.session.flush()
    return True


def snapshot_days(look: Work) -> tuple[date, ...]:
    """The days that were kept, the latest first."""
    look.actor.require(Permission.SEE_COVERAGE)
    return tuple(look.session.scalars(select(SnapshotRow.day).order_by(SnapshotRow.day.desc())))


def past_picture(look: Work, day: date) -> Picture:
    """Everything as it was on a day that was kept. Who may not see unpublished assets gets those
    that were published then and still are: no number rests on what its reader may not see.

    Raises ``NotFound`` for a day that was not kept.
    """
    look.actor.require(Permission.SEE_COVERAGE)
    data = look.session.scalar(select(SnapshotRow.data).where(SnapshotRow.day == day))
    if data is None:
        raise NotFound("snapshot of", day.isoformat())
    kept = unpack(data)
    seen = visible(look, kept.library)
    if not look.actor.may(Permission.SEE_UNPUBLISHED):
        seen = seen & visible(look, library_reading.read(look))
    return replace(kept, visible=seen)


def trend(
    look: Work,
    rows: str,
    cols: str | None,
    row_id: int | None = None,
    col_id: int | None = None,
    limit: int = 26,
) -> tuple[TrendPoint, ...]:
    """The last ``limit`` snapshots, the oldest first, in one statement: of a cell, of a whole row or
    column when only that is named, or of everything.

    Days on which a term was not there are left out. Counted without filters, over all that counts,
    which is published and so the same for everybody.
    """
    look.actor.require(Permission.SEE_COVERAGE)
    if cols is not None and cols < rows:
        rows, cols, row_id, col_id = cols, rows, col_id, row_id
    whole = row_id is None and col_id is None
    totals = (PointRow.effective, PointRow.demand, PointRow.met, PointRow.needed)
    wanted: tuple[Any, ...] = totals if whole else (PointRow.cells,)
    found = look.session.execute(
        select(PointRow.day, *wanted)
        .where(PointRow.row_dimension == rows, PointRow.col_dimension == (cols or LIST))
        .order_by(PointRow.day.desc())
        .limit(limit)
    ).all()
    if whole:
        return tuple(TrendPoint(day, *numbers) for day, *numbers in reversed(found))
    numbers = ((day, grids.unpack(cells).numbers(row_id, col_id)) for day, cells in reversed(found))
    return tuple(TrendPoint(day, *known) for day, known in numbers if known is not None)


def thin(work: Work) -> int:
    """Forget what is older than three years, and of each week older than 100 days all but its first
    snapshot, which is Monday's unless the worker stood still; returns how many went."""
    work.actor.require(Permission.ADMINISTER)
    days = list(work.session.scalars(select(SnapshotRow.day).order_by(SnapshotRow.day)))
    gone, weeks = [], set()
    for day in days:
        week = day.isocalendar()[:2]
        if day < work.today - KEPT or (day < work.today - DAILY and week in weeks):
            gone.append(day)
        weeks.add(week)
    for day in gone:  # one at a time: few, and each takes its points with it
        work.session.execute(
            delete(SnapshotRow).where(SnapshotRow.day == day), execution_options=QUIETLY
        )
    return len(gone)


def _views(picture: Picture) -> Iterator[View]:
    """Each dimension as a list, and each pair once: the other way round is the same cells."""
    slugs = sorted(slug for slug, axis in picture.axes.items() if axis.terms)
    for slug in slugs:
        yield View(slug, None)
    for rows, cols in combinations(slugs, 2):
        yield View(rows, cols)


def _point(made: Matrix) -> dict[str, Any]:
    needed = made.needed
    return {
        "row_dimension": made.view.rows,
        "col_dimension": made.view.cols or LIST,
        "effective": made.total.effective,
        "demand": made.total.demand.unanswered,
        "met": sum(grids.is_met(cell) for cell in needed),
        "needed": len(needed),
        "cells": grids.pack(made),
    }
