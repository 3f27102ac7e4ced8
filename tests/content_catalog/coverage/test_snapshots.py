"""How coverage was: kept once a day, read back exactly, thinned out, and told as a trend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import make
import pytest
from catalogs import Desk, counted

from content_catalog import Actor, analytics, assets, coverage, taxonomy
from content_catalog.analytics import SearchRecord
from content_catalog.assets import Status
from content_catalog.coverage import CoverageSettings, NeedRecord, NewPlanItem, View
from content_catalog.errors import NotAllowed, NotFound
from content_catalog.taxonomy import NewTerm

STAGE_PERSONA = View("stage", "persona")
VIEWS = (
    STAGE_PERSONA,
    View("persona", "stage"),
    View("tollgate", "persona", {"audience": ("internal",)}),
    View("stage", None),
    View("stage", "persona", shipped=True),
    View("stage", "persona", expiring_days=30),
)


def live(desk: Desk, dimension: str) -> list[taxonomy.Term]:
    found = desk.ask(taxonomy.read).dimension(dimension)
    assert found is not None
    return [*found.live]


def keep(desk: Desk) -> bool:
    """What the nightly job does."""
    drawn = coverage.draw_snapshot(desk.ask(coverage.picture))
    return desk.do(coverage.take_snapshot, drawn)


def mapped(desk: Desk, title: str = "Payback", at: int = 0, **more: Any) -> int:
    """An asset in the cell of a stage and the persona at the same place."""
    stage, persona = live(desk, "stage")[at], live(desk, "persona")[at]
    return make.asset(
        desk, title, terms={"stage": (stage.slug,), "persona": (persona.slug,)}, **more
    )


def searched(desk: Desk, by: Actor, words: str, at: int = 0) -> None:
    """Nothing was found, in the cell at this place."""
    filters = {d: (live(desk, d)[at].slug,) for d in ("stage", "persona")}
    desk.clock.move(minutes=1)
    desk.by(by, analytics.record_search, SearchRecord(words, filters, 0, 5.0))


@pytest.fixture
def busy(desk: Desk, rep: Actor, marketer: Actor) -> Desk:
    """A library with something of everything that a picture holds."""
    stage, persona = live(desk, "stage")[0], live(desk, "persona")[0]
    mapped(desk, review_by=make.TODAY + timedelta(days=20))
    mapped(desk, "Overdue", review_by=make.TODAY - timedelta(days=1))
    mapped(desk, "Draft", status=Status.DRAFT)
    mapped(desk, "Elsewhere", at=1)
    make.asset(desk, "Unmapped")
    searched(desk, rep, "a secret customer")
    desk.do(coverage.set_need, NeedRecord(stage.id, persona.id, target=1, rep_proves="It works"))
    desk.do(coverage.set_need, NeedRecord(live(desk, "stage")[1].id, needed=False, why="No"))
    new = NewPlanItem("To come", frozenset({stage.id, persona.id}), owner_email=marketer.email)
    desk.do(coverage.plan, new)
    return desk


def numbers(desk: Desk, day: date | None = None, by: Actor | None = None) -> list[Any]:
    """Every matrix of now or of a day, without what a matrix says about when it was read."""
    named = {"by": by} if by else {}
    found = (
        desk.ask(coverage.picture, **named)
        if day is None
        else desk.ask(coverage.past_picture, day, **named)
    )
    made = [coverage.matrix(found, view) for view in VIEWS]
    return [(m.day, m.cells, m.row_totals, m.col_totals, m.total, m.weights) for m in made]


def test_a_day_is_read_back_exactly_whatever_became_of_it(busy: Desk) -> None:
    day, then = busy.ask(coverage.picture).day, numbers(busy)
    assert keep(busy)
    busy.clock.move(days=40)
    for asset_id in busy.ask(assets.all_ids):
        busy.do(assets.erase, asset_id)
    busy.do(coverage.change_settings, CoverageSettings(target=9))
    for stage in live(busy, "stage")[1:]:
        busy.do(taxonomy.retire_term, stage.id)
    assert numbers(busy, day) == then
    assert numbers(busy) != then
    kept = busy.ask(coverage.past_picture, day)
    assert (kept.day, kept.at) == (day, busy.clock.now - timedelta(days=40))


def test_P03_the_past_shows_a_rep_no_draft(busy: Desk, rep: Actor) -> None:
    day, then = busy.ask(coverage.picture).day, numbers(busy, by=rep)
    keep(busy)
    assert numbers(busy, day, by=rep) == then
    assert numbers(busy, day) != then  # the draft that does not count

    def mapped_here(by: Actor | None) -> set[int]:
        picture = busy.ask(coverage.past_picture, day, **({"by": by} if by else {}))
        cell = next(iter(coverage.matrix(picture, STAGE_PERSONA).cells.values()))
        return {*cell.mapped}

    assert len(mapped_here(None) - mapped_here(rep)) == 1


def test_no_words_of_searches_are_kept(busy: Desk) -> None:
    day = busy.ask(coverage.picture).day
    assert any(s.words for s in busy.ask(coverage.picture).searches)
    keep(busy)
    found = busy.ask(coverage.past_picture, day).searches
    assert [s.words for s in found] == [None]
    assert sum(s.count for s in found) == 1


def test_one_a_day_and_the_second_changes_nothing(busy: Desk) -> None:
    day = busy.ask(coverage.picture).day
    assert busy.ask(coverage.snapshot_due)
    assert keep(busy)
    then = numbers(busy, day)
    mapped(busy, "Another")
    assert not busy.ask(coverage.snapshot_due)
    assert not keep(busy)
    assert numbers(busy, day) == then
    busy.clock.move(days=1)
    assert busy.ask(coverage.snapshot_due)
    assert keep(busy)
    assert busy.ask(coverage.snapshot_days) == (day + timedelta(days=1), day)
    assert len(busy.ask(coverage.trend, "stage", "persona")) == 2


def test_a_day_that_was_not_kept_is_not_invented(busy: Desk) -> None:
    keep(busy)
    with pytest.raises(NotFound, match="2026-03-01"):
        busy.ask(coverage.past_picture, date(2026, 3, 1))


def test_P_only_the_system_keeps_and_forgets(desk: Desk, marketer: Actor, rep: Actor) -> None:
    drawn = coverage.draw_snapshot(desk.ask(coverage.picture))
    for who in (rep, marketer):
        with pytest.raises(NotAllowed):
            desk.by(who, coverage.take_snapshot, drawn)
        with pytest.raises(NotAllowed):
            desk.by(who, coverage.thin)
    assert desk.ask(coverage.snapshot_days, by=rep) == ()


def test_a_trend_is_what_each_day_s_matrix_said(desk: Desk, rep: Actor) -> None:
    expected: list[coverage.Matrix] = []
    for number in range(3):
        mapped(desk, f"New {number}", at=number % 2)
        if number:
            searched(desk, rep, f"wanted {number}")
        expected.append(coverage.matrix(desk.ask(coverage.picture), STAGE_PERSONA))
        keep(desk)
        desk.clock.move(days=1)
    for at in range(3):
        stage, persona = live(desk, "stage")[at], live(desk, "persona")[at]
        cells = [m.cells[stage.id, persona.id] for m in expected]
        told = desk.ask(coverage.trend, "stage", "persona", stage.id, persona.id)
        assert [(p.day, p.effective, p.demand, p.met, p.needed) for p in told] == [
            (m.day, c.effective, c.demand.unanswered, int(c.missing == 0), 1)
            for m, c in zip(expected, cells, strict=True)
        ]
        # The same cells, whichever way round the page shows them.
        assert told == desk.ask(coverage.trend, "persona", "stage", persona.id, stage.id)
    whole = desk.ask(coverage.trend, "stage", "persona")
    assert [(p.effective, p.demand, p.needed) for p in whole] == [
        (m.total.effective, m.total.demand.unanswered, len(m.needed)) for m in expected
    ]
    assert [p.effective for p in whole] == [1, 2, 3]
    assert [p.demand for p in whole] == [0, 1, 2]
    assert whole == desk.ask(coverage.trend, "persona", "stage")
    assert desk.ask(coverage.trend, "stage", "persona", limit=2) == whole[1:]


def test_a_trend_counts_met_and_needed_cells(desk: Desk) -> None:
    stage, persona = live(desk, "stage")[0], live(desk, "persona")[0]
    size = len(live(desk, "persona"))
    mapped(desk)
    for other in live(desk, "persona")[1:3]:
        need = NeedRecord(stage.id, other.id, needed=False, why="They never meet")
        desk.do(coverage.set_need, need)
    desk.do(coverage.set_need, NeedRecord(stage.id, persona.id, target=1))
    keep(desk)
    (row,) = desk.ask(coverage.trend, "stage", "persona", row_id=stage.id)
    assert (row.effective, row.met, row.needed) == (1, 1, size - 2)
    (same,) = desk.ask(coverage.trend, "persona", "stage", col_id=stage.id)
    assert same == row
    (cell,) = desk.ask(coverage.trend, "stage", "persona", stage.id, live(desk, "persona")[1].id)
    assert (cell.met, cell.needed) == (0, 0)
    (gap,) = desk.ask(coverage.trend, "stage", "persona", stage.id, live(desk, "persona")[3].id)
    assert (gap.effective, gap.met, gap.needed) == (0, 0, 1)
    (listed,) = desk.ask(coverage.trend, "stage", None, stage.id)
    assert (listed.effective, listed.met, listed.needed) == (1, 0, 1)  # the site's target is 3
    (lists,) = desk.ask(coverage.trend, "stage", None)
    assert (lists.effective, lists.needed) == (1, len(live(desk, "stage")))
    assert desk.ask(coverage.trend, "stage", "no-such") == ()


def test_days_before_a_term_was_there_are_left_out(desk: Desk) -> None:
    keep(desk)
    desk.clock.move(days=1)
    late = desk.do(taxonomy.add_term, NewTerm("stage", "Afterwards"))
    keep(desk)
    persona = live(desk, "persona")[0].id
    for terms in ((late, persona), (late, None)):
        (only,) = desk.ask(coverage.trend, "stage", "persona", *terms)
        assert only.day == desk.clock.now.date()
    assert len(desk.ask(coverage.trend, "stage", "persona", None, persona)) == 2


def test_a_trend_is_one_statement_and_an_index_serves_it(busy: Desk, rep: Actor) -> None:
    keep(busy)
    stage, persona = live(busy, "stage")[0].id, live(busy, "persona")[0].id
    for terms in ((), (stage, persona), (stage, None)):
        with counted(busy.catalog) as statements:
            assert busy.ask(coverage.trend, "stage", "persona", *terms, by=rep)
        assert len(statements) == 1
    with busy.catalog.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN " + statements[0], ("stage", "persona", 26, 0)
        ).fetchall()
    assert "SEARCH" in str(plan)
    assert "SCAN" not in str(plan)


@pytest.fixture
def bare(desk: Desk) -> Callable[[date], None]:
    """A day that was kept, with next to nothing in it: for counting days."""

    def one(day: date) -> None:
        drawn = coverage.Snapshot(day, desk.clock.now, b"", ())
        assert desk.do(coverage.take_snapshot, drawn)

    return one


def test_old_days_are_thinned_out_to_mondays_and_end_after_three_years(
    desk: Desk, bare: Callable[[date], None]
) -> None:
    today = desk.clock.now.date()
    days = [today - timedelta(days=n) for n in range(1200)]
    with desk.catalog.engine.begin() as connection:
        for day in days:
            connection.exec_driver_sql(
                "INSERT INTO coverage_snapshots VALUES (?, '2026-03-02 12:00:00', x'')",
                (day.isoformat(),),
            )
    desk.do(coverage.thin)
    left = desk.ask(coverage.snapshot_days)
    assert left[:101] == tuple(days[:101])
    assert {day.weekday() for day in left[101:]} == {0}
    assert left[-1] > today - timedelta(days=3 * 366 + 7)
    assert all(b - a == timedelta(days=7) for b, a in pairwise(left[101:]))
    assert desk.do(coverage.thin) == 0  # and nothing more


def test_a_week_whose_monday_is_missing_keeps_its_first_day(
    desk: Desk, bare: Callable[[date], None]
) -> None:
    wednesday = date(2025, 3, 5)
    for day in range(4):
        bare(wednesday + timedelta(days=day))
    assert desk.do(coverage.thin) == 3
    assert desk.ask(coverage.snapshot_days) == (wednesday,)


def test_what_is_forgotten_takes_its_points_with_it(desk: Desk) -> None:
    for _ in range(2):
        keep(desk)
        desk.clock.move(days=1)
    desk.clock.move(days=120)
    assert desk.do(coverage.thin) == 1
    assert len(desk.ask(coverage.trend, "stage", "persona")) == 1
    desk.clock.move(days=1200)
    assert desk.do(coverage.thin) == 1
    assert desk.ask(coverage.trend, "stage", "persona") == ()
