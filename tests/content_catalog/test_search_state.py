"""The ledger between catalog and index: what changed since the index last saw it."""

from __future__ import annotations

from catalogs import Desk, counted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import column, func, select
from sqlalchemy.types import Integer

from content_catalog import Catalog, search_state


def rows(*ids: int):  # type: ignore[no-untyped-def]  # a Select of whatever ids
    """A select of ids, as a command hands one in."""
    return select(func.json_each(str([*ids])).table_valued(column("value", Integer)).c.value)


def pending(desk: Desk) -> dict[int, int]:
    return desk.ask(search_state.pending, 1000)


def test_each_touch_is_a_revision_more(desk: Desk) -> None:
    desk.do(search_state.touch_ids, [1, 2, 2])
    desk.do(search_state.touch, rows(2, 3))
    assert pending(desk) == {1: 1, 2: 2, 3: 1}


def test_what_was_seen_is_no_longer_pending_unless_it_changed_meanwhile(desk: Desk) -> None:
    desk.do(search_state.touch_ids, [1, 2])
    seen = pending(desk)
    desk.do(search_state.touch_ids, [2])
    desk.do(search_state.done, seen)
    assert pending(desk) == {2: 2}
    desk.do(search_state.done, {2: 1})  # an older batch answers late
    assert pending(desk) == {2: 2}
    desk.do(search_state.done, {2: 2})
    assert pending(desk) == {}
    assert desk.ask(search_state.revisions) == {1: 1, 2: 2}


def test_a_removal_is_kept_until_the_index_has_seen_it(desk: Desk) -> None:
    desk.do(search_state.touch_ids, [7])
    seen = pending(desk)
    desk.do(search_state.touch_ids, [7])
    desk.do(search_state.done, seen, [7])
    assert pending(desk) == {7: 2}
    desk.do(search_state.done, pending(desk), [7])
    assert desk.ask(search_state.revisions) == {}


def test_the_oldest_change_first_in_batches(desk: Desk) -> None:
    for number in (5, 3, 4):
        desk.clock.move(seconds=1)
        desk.do(search_state.touch_ids, [number])
    assert list(desk.ask(search_state.pending, 2)) == [5, 3]
    count, since = desk.ask(search_state.lag)
    assert (count, (desk.clock.now - since).total_seconds() if since else None) == (3, 2.0)


def test_a_thousand_are_done_at_once(desk: Desk) -> None:
    desk.do(search_state.touch_ids, range(1, 1001))
    seen = pending(desk)
    assert len(seen) == 1000
    desk.do(search_state.done, seen)
    assert desk.ask(search_state.lag) == (0, None)


def test_a_touch_of_many_is_two_statements(desk: Desk, catalog: Catalog) -> None:
    with counted(catalog) as statements:
        desk.do(search_state.touch, rows(*range(1, 200)))
    assert len(statements) == 2


steps = st.lists(
    st.tuples(st.sampled_from(["touch", "look", "done"]), st.integers(1, 4)), max_size=30
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_nothing_changed_is_ever_lost(desk: Desk, order: list[tuple[str, int]]) -> None:
    """However looks, changes and acknowledgements mix, what changed after a look stays pending."""
    desk.do(search_state.touch_ids, [1, 2, 3, 4])
    desk.do(search_state.done, pending(desk))
    unseen: set[int] = set()
    seen: dict[int, int] = {}
    covered: set[int] = set()
    for what, asset_id in order:
        if what == "touch":
            desk.do(search_state.touch_ids, [asset_id])
            unseen.add(asset_id)
            covered.discard(asset_id)
        elif what == "look":
            seen, covered = pending(desk), set(unseen)
        else:
            desk.do(search_state.done, seen)
            unseen -= covered
            covered = set()
            seen = {}
    assert set(pending(desk)) == unseen
