"""The ledger between catalog and index: level-triggered, so nothing is replayed and nothing lost.

A command that changes anything search shows calls ``touch`` in its own transaction. Whoever keeps
the index asks ``pending``, loads the present state of those assets, writes the index, and then
says ``done`` with the revisions it saw. A crash anywhere means the same work again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from content_catalog.base import Base, UtcDateTime
from content_catalog.database import Work


class SearchStateRow(Base):
    """No foreign key on purpose: the row outlives its asset until the removal is acknowledged."""

    __tablename__ = "search_state"

    asset_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(default=1)
    indexed: Mapped[int] = mapped_column(default=0)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)


def touch(work: Work, assets: Select[int]) -> None:
    """Mark all assets of the select as changed; one UPDATE and one INSERT however many."""
    ids = assets.order_by(None).scalar_subquery()
    state = SearchStateRow
    work.session.flush()
    work.session.execute(
        update(state)
        .where(state.asset_id.in_(ids))
        .values(revision=state.revision + 1, touched_at=work.now),
        execution_options={"synchronize_session": False},
    )
    known = select(state.asset_id)
    fresh = assets.order_by(None).subquery()
    column = fresh.columns[0]
    work.session.execute(
        insert(state).from_select(
            ["asset_id", "revision", "indexed", "touched_at"],
            select(
                column,
                _literal(1),
                _literal(0),
                _literal(work.now),
            )
            .distinct()
            .where(column.not_in(known)),
        )
    )


def touch_ids(work: Work, asset_ids: Iterable[int]) -> None:
    """As ``touch`` for ids at hand, also of assets that are no more."""
    ids = sorted(set(asset_ids))
    state = SearchStateRow
    for start in range(0, len(ids), 400):
        chunk = ids[start : start + 400]
        known = set(work.session.scalars(select(state.asset_id).where(state.asset_id.in_(chunk))))
        work.session.execute(
            update(state)
            .where(state.asset_id.in_(known))
            .values(revision=state.revision + 1, touched_at=work.now),
            execution_options={"synchronize_session": False},
        )
        fresh = [i for i in chunk if i not in known]
        if fresh:
            work.session.execute(
                insert(state),
                [
                    {"asset_id": i, "revision": 1, "indexed": 0, "touched_at": work.now}
                    for i in fresh
                ],
            )


def pending(look: Work, limit: int) -> dict[int, int]:
    """asset id -> revision to be indexed, oldest change first."""
    state = SearchStateRow
    rows = look.session.execute(
        select(state.asset_id, state.revision)
        .where(state.indexed < state.revision)
        .order_by(state.touched_at, state.asset_id)
        .limit(limit)
    )
    return {row.asset_id: row.revision for row in rows}


def done(work: Work, revisions: Mapping[int, int], gone: Iterable[int] = ()) -> None:
    """Acknowledge what was seen; rows of assets that are gone and unchanged since are dropped."""
    state = SearchStateRow
    by_revision: dict[int, list[int]] = {}
    for asset_id, revision in revisions.items():
        by_revision.setdefault(revision, []).append(asset_id)
    for revision, ids in by_revision.items():
        for start in range(0, len(ids), 400):
            work.session.execute(
                update(state)
                .where(state.asset_id.in_(ids[start : start + 400]), state.indexed < revision)
                .values(indexed=revision),
                execution_options={"synchronize_session": False},
            )
    lost = [(i, revisions[i]) for i in gone if i in revisions]
    for start in range(0, len(lost), 400):
        work.session.execute(
            delete(state).where(
                tuple_(state.asset_id, state.revision).in_(lost[start : start + 400])
            ),
            execution_options={"synchronize_session": False},
        )


def revisions(look: Work) -> dict[int, int]:
    """Every asset id in the ledger with its present revision."""
    rows = look.session.execute(select(SearchStateRow.asset_id, SearchStateRow.revision))
    return {row.asset_id: row.revision for row in rows}


@dataclass(frozen=True, slots=True)
class Ledger:
    """A value that is another after every change: ids never come back and a row's revision only
    grows, so with a row added the highest id differs, with one taken away (and none added) the
    count, with one changed the sum of the revisions. ``touched_at`` is the last change's time."""

    count: int
    revisions: int
    highest: int
    touched_at: datetime


def ledger(look: Work) -> Ledger:
    """The state of the whole ledger, for whoever keeps what was worked out of assets."""
    state = SearchStateRow
    count, revisions, highest, touched_at = look.session.execute(
        select(
            func.count(),
            func.sum(state.revision),
            func.max(state.asset_id),
            func.max(state.touched_at),
        )
    ).one()
    return Ledger(int(count), int(revisions or 0), int(highest or 0), touched_at or look.now)


def lag(look: Work) -> tuple[int, datetime | None]:
    """How many assets wait for the index, and since when the oldest does."""
    state = SearchStateRow
    row = look.session.execute(
        select(func.count(), func.min(state.touched_at)).where(state.indexed < state.revision)
    ).one()
    return int(row[0]), row[1]


def any_indexed(look: Work) -> bool:
    """Whether the index ever took anything in, so that an empty one must have been lost."""
    taken = select(SearchStateRow.asset_id).where(SearchStateRow.indexed > 0).limit(1)
    return look.session.scalar(taken) is not None


def _literal(value: int | datetime) -> BindParameter[Any]:
    return literal(value, UtcDateTime() if isinstance(value, datetime) else None)
