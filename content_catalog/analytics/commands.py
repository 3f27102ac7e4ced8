"""Recording what people search and use."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select, update

from content_catalog import search_state
from content_catalog.actor import Permission
from content_catalog.analytics.models import SearchOpeningRow, SearchRow, UseRow
from content_catalog.analytics.queries import REFINED, WINDOW, search_key
from content_catalog.analytics.types import Event, SearchRecord
from content_catalog.assets.models import AssetRow
from content_catalog.database import Work
from content_catalog.errors import NotFound

WORDS_LIMIT = 256


def record_search(work: Work, record: SearchRecord, *, demo: bool = False) -> int:
    """Log a search; returns its id.

    While somebody types, each letter is a search on the screen but one in the log: a search whose
    words go on from the same person's last one, within ten seconds, takes its place.
    """
    work.actor.require(Permission.FIND)
    words = " ".join(record.words.split())[:WORDS_LIMIT]
    row = None if demo else _going_on(work, words, record.source)
    if row is None:
        row = SearchRow(user_id=work.actor.id, demo=demo)
        work.session.add(row)
    row.at, row.words, row.key = work.now, words, search_key(words)
    row.filters = {key: sorted(values) for key, values in record.filters.items()}
    row.total, row.took_ms, row.source = record.total, record.took_ms, record.source
    row.relaxed, row.corrected = record.relaxed, record.corrected
    row.without = {key: total for key, total in sorted(record.without.items()) if total}
    work.session.flush()
    return row.id


def record_opening(work: Work, search_id: int, asset_id: int, page: int | None) -> None:
    """An asset was opened from a logged search."""
    work.actor.require(Permission.FIND)
    search = work.session.get(SearchRow, search_id)
    if search is None or (work.actor.id is not None and search.user_id != work.actor.id):
        raise NotFound("search", search_id)
    _require_asset(work, asset_id)
    search.opened = True
    work.session.add(
        SearchOpeningRow(search_id=search_id, asset_id=asset_id, page=page, at=work.now)
    )
    work.session.flush()


def record_use(
    work: Work,
    asset_id: int,
    event: Event,
    stage_id: int | None = None,
    persona_id: int | None = None,
    *,
    demo: bool = False,
) -> None:
    """An opening or a download, with the deal's stage and persona where they were chosen.

    The asset's count follows at once; its place in the index follows with the nightly count, so
    that reading does not keep the index busy.
    """
    work.actor.require(Permission.FIND)
    _require_asset(work, asset_id)
    work.session.add(
        UseRow(
            at=work.now,
            user_id=work.actor.id,
            asset_id=asset_id,
            event=event.value,
            stage_id=stage_id,
            persona_id=persona_id,
            demo=demo,
        )
    )
    work.session.execute(
        update(AssetRow).where(AssetRow.id == asset_id).values(uses=AssetRow.uses + 1),
        execution_options={"synchronize_session": False},
    )
    work.session.flush()


def recount(work: Work) -> int:
    """Count the uses of the last 90 days anew; returns how many assets changed."""
    work.actor.require(Permission.ADMINISTER)
    counted = (
        select(func.count())
        .where(UseRow.asset_id == AssetRow.id, UseRow.at >= work.now - WINDOW)
        .scalar_subquery()
    )
    changed = list(work.session.scalars(select(AssetRow.id).where(AssetRow.uses != counted)))
    behind = set(changed)
    # The count itself follows each use at once; the index learns of it here. A week back, so that a
    # worker that stood still over a long weekend leaves nothing behind.
    lately = select(UseRow.asset_id).where(UseRow.at >= work.now - timedelta(days=7))
    behind.update(work.session.scalars(lately.distinct()))
    work.session.execute(
        update(AssetRow).where(AssetRow.uses != counted).values(uses=counted),
        execution_options={"synchronize_session": False},
    )
    search_state.touch_ids(work, behind)
    return len(changed)


def prune(work: Work, keep_days: int, name_days: int) -> None:
    """Forget searches after ``keep_days`` and who made them after ``name_days``."""
    work.actor.require(Permission.ADMINISTER)
    quiet = {"synchronize_session": False}
    work.session.execute(
        delete(SearchRow).where(SearchRow.at < work.now - timedelta(days=keep_days)),
        execution_options=quiet,
    )
    work.session.execute(
        update(SearchRow)
        .where(SearchRow.at < work.now - timedelta(days=name_days))
        .values(user_id=None),
        execution_options=quiet,
    )


def remove_demo(work: Work) -> None:
    """Searches and uses that came with the demo library."""
    work.actor.require(Permission.ADMINISTER)
    work.session.execute(delete(SearchRow).where(SearchRow.demo))
    work.session.execute(delete(UseRow).where(UseRow.demo))


def _require_asset(work: Work, asset_id: int) -> None:
    if work.session.scalar(select(AssetRow.id).where(AssetRow.id == asset_id)) is None:
        raise NotFound("asset", asset_id)


def _going_on(work: Work, words: str, source: str) -> SearchRow | None:
    last = work.session.scalar(
        select(SearchRow)
        .where(SearchRow.user_id == work.actor.id, SearchRow.source == source)
        .order_by(SearchRow.id.desc())
        .limit(1)
    )
    if last is None or last.at < work.now - REFINED or last.at > work.now:
        return None
    grows = search_key(words).startswith(last.key) or last.key.startswith(search_key(words))
    return last if grows and not last.opened else None
