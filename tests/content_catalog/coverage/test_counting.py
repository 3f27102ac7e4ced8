"""The matrix held against a plain loop over random libraries, and against itself."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import make
import pytest
from catalogs import Desk, counted
from make import TODAY

from content_catalog import SYSTEM, Actor, assets, coverage, open_catalog, taxonomy
from content_catalog.assets import AssetCard, Audience, BulkEdit, Reading, ReadResult, Status
from content_catalog.coverage import (
    Matrix,
    NeedRecord,
    NewPlanItem,
    NotCounted,
    Picture,
    Reason,
    Verdict,
    View,
)
from content_catalog.errors import NotFound

STAGE_PERSONA = View("stage", "persona")
VIEWS = (
    STAGE_PERSONA,
    View("tollgate", "persona"),
    View("type", "stage"),
    View("persona", None),
    View("stage", "persona", {"audience": ("customer_ready",)}),
    View("stage", "tollgate", {"persona": ("economic-buyer", "end-user")}),
    View("stage", "persona", {"stage": ("evaluate", "propose"), "type": ("case_study",)}),
    View("stage", "persona", expiring_days=30),
    View("stage", "persona", shipped=True),
)
FAILED = ReadResult(Reading.FAILED, "Damaged.", (), None, None, False)


def slugs(desk: Desk, dimension: str) -> list[str]:
    found = desk.ask(taxonomy.read).dimension(dimension)
    assert found is not None
    return [term.slug for term in found.live]


def days(dice: random.Random) -> date | None:
    return TODAY + timedelta(days=dice.randint(-40, 60)) if dice.random() < 0.7 else None


def fill(desk: Desk, dice: random.Random, size: int) -> None:
    """Assets in every state, mapped at random, some to nothing."""
    words = {d: slugs(desk, d) for d in ("stage", "persona", "tollgate")}
    types = slugs(desk, "type")
    for number in range(size):
        terms = {d: tuple(dice.sample(v, dice.choice((0, 1, 1, 2, 5)))) for d, v in words.items()}
        terms["type"] = tuple(dice.sample(types, dice.choice((0, 1, 1))))
        asset_id = make.asset(
            desk,
            f"Asset {number}",
            terms=terms,
            status=dice.choice((*Status, Status.PUBLISHED, Status.PUBLISHED)),
            audience=dice.choice(tuple(Audience)),
            review_by=days(dice),
            expires_on=days(dice),
        )
        if dice.random() < 0.15:
            version = make.card(desk, asset_id).version_id
            desk.do(assets.store_reading, version, FAILED)


def describe_needs(desk: Desk, dice: random.Random) -> None:
    terms = desk.ask(taxonomy.read)
    stages, personas, types = (terms.by_slug[d].live for d in ("stage", "persona", "type"))
    for first, second in [
        (dice.choice(stages).id, None),
        (dice.choice(personas).id, None),
        *((dice.choice(stages).id, dice.choice(personas).id) for _ in range(3)),
    ]:
        if desk.ask(coverage.need_record, first, second).version:
            continue
        record = NeedRecord(
            first,
            second,
            target=dice.choice((None, 0, 1, 2)),
            types=dice.choice((None, frozenset(t.id for t in dice.sample(types, 2)))),
            customer_ready=dice.choice((None, True)),
            needed=dice.choice((None, None, False)),
            why="Partners do it.",
        )
        desk.do(coverage.set_need, record)


@pytest.fixture(params=range(3))
def library(desk: Desk, marketer: Actor, request: pytest.FixtureRequest) -> Desk:
    dice = random.Random(request.param)
    fill(desk, dice, 30)
    describe_needs(desk, dice)
    stage, persona = slugs(desk, "stage"), slugs(desk, "persona")
    for number in range(4):
        ids = term_ids(desk, stage=dice.choice(stage), persona=dice.choice(persona))
        desk.by(marketer, coverage.plan, NewPlanItem(f"Item {number}", ids))
    return desk


def term_ids(desk: Desk, **slugs: str) -> frozenset[int]:
    terms = desk.ask(taxonomy.read)
    return frozenset(t.id for d, s in slugs.items() if (t := terms.term(d, s)))


def picture(desk: Desk, by: Actor = SYSTEM) -> Picture:
    return desk.ask(coverage.picture, by=by)


def matrix(desk: Desk, view: View = STAGE_PERSONA, by: Actor = SYSTEM) -> Matrix:
    return coverage.matrix(picture(desk, by), view)


def all_cards(desk: Desk) -> list[AssetCard]:
    return desk.ask(lambda look: assets.cards(look, assets.all_ids(look)))


def within(card: AssetCard, view: View) -> bool:
    for key, wanted in view.filters.items():
        found = (
            {card.audience.value}
            if key == "audience"
            else {ref.slug for ref in card.terms.get(key, ())}
        )
        if not found & set(wanted):
            return False
    return True


def reasons(card: AssetCard, types: frozenset[int], ready: bool, today: date) -> list[Reason]:
    """The rule once more, written down from the words it is told in."""
    found = []
    if card.status is Status.DRAFT:
        found.append(Reason.DRAFT)
    if card.status is Status.ARCHIVED:
        found.append(Reason.ARCHIVED)
    fresh = card.freshness
    if fresh.expires_on and fresh.expires_on < today:
        found.append(Reason.EXPIRED)
    if fresh.review_by and fresh.review_by < today:
        found.append(Reason.REVIEW_OVERDUE)
    if types and not types & {ref.id for ref in card.terms.get("type", ())}:
        found.append(Reason.WRONG_TYPE)
    if ready and card.audience is Audience.INTERNAL:
        found.append(Reason.INTERNAL)
    if card.reading is Reading.FAILED:
        found.append(Reason.UNREADABLE)
    return found


def carries(card: AssetCard, term_id: int | None) -> bool:
    ids = {ref.id for refs in card.terms.values() for ref in refs}
    return term_id is None or term_id in ids


def test_every_cell_and_total_is_what_a_loop_over_the_assets_counts(library: Desk) -> None:
    seen, everything = picture(library), all_cards(library)
    for view in VIEWS:
        compare_cells(seen, view, [card for card in everything if within(card, view)])


def compare_cells(seen: Picture, view: View, cards: list[AssetCard]) -> None:
    found = coverage.matrix(seen, view)
    today = TODAY + timedelta(days=view.expiring_days and view.expiring_days + 1)
    by_row: dict[int, set[int]] = {}
    everywhere: set[int] = set()
    for (row_id, col_id), cell in found.cells.items():
        standard = cell.need.standard
        mapped = [c for c in cards if carries(c, row_id) and carries(c, col_id)]
        told = {c.id: reasons(c, standard.types, standard.customer_ready, today) for c in mapped}
        good = {asset_id for asset_id, why in told.items() if not why}
        shipped = cell.planned if view.shipped and not standard.types else 0
        if not (view.shipped and standard.types):
            assert cell.effective == len(good) + shipped
        assert cell.not_counted == len(told) - len(good)
        assert cell.stale == list(told.values()).count([Reason.REVIEW_OVERDUE])
        evidence = coverage.evidence(seen, view, row_id, col_id)
        assert set(evidence.counted) == good
        assert evidence.not_counted == tuple(
            NotCounted(i, tuple(why)) for i, why in sorted(told.items()) if why
        )
        by_row.setdefault(row_id, set()).update(good)
        everywhere |= good
    if not view.shipped:
        assert {i: t.effective for i, t in found.row_totals.items()} == {
            i: len(ids) for i, ids in by_row.items()
        }
        assert found.total.effective == len(everywhere) == len(found.declared.counted)


def test_what_is_declared_is_what_a_loop_counts(library: Desk) -> None:
    seen, everything = picture(library), all_cards(library)
    for view in VIEWS:
        compare_declared(seen, view, [card for card in everything if within(card, view)])


def compare_declared(seen: Picture, view: View, cards: list[AssetCard]) -> None:
    declared = coverage.matrix(seen, view).declared
    today = TODAY + timedelta(days=view.expiring_days and view.expiring_days + 1)
    live = {
        c.id: c
        for c in cards
        if c.status is Status.PUBLISHED
        and not (c.freshness.expires_on and c.freshness.expires_on < today)
    }
    due = {i: c.freshness.review_by for i, c in live.items()}
    axes = [axis for axis in (view.rows, view.cols) if axis]
    sizes = {axis: len(seen.axes[axis].terms) for axis in axes}
    assert set(declared.live) == set(live)
    assert set(declared.unmapped) == {
        i for i, c in live.items() if any(not c.terms.get(axis) for axis in axes)
    }
    assert set(declared.overdue) == {i for i, day in due.items() if day and day < today}
    assert set(declared.unverified) == {i for i, day in due.items() if not day or day < today}
    assert set(declared.over_tagged) == {
        i
        for i, c in live.items()
        if any(len(c.terms.get(a, ())) >= max(4, sizes[a] // 2 + 1) for a in axes)
    }


def numbers(found: Matrix, *, turned: bool = False) -> dict[Any, Any]:
    def key(row: int, col: int | None) -> Any:
        return (col, row) if turned else (row, col)

    return {
        key(c.row_id, c.col_id): (c.effective, c.not_counted, c.stale, c.planned, c.need, c.score)
        for c in found.cells.values()
    }


def test_turning_the_matrix_turns_its_numbers_and_changes_none(library: Desk) -> None:
    there, back = matrix(library), matrix(library, View("persona", "stage"))
    assert numbers(there) == numbers(back, turned=True)
    assert there.row_totals == back.col_totals
    assert (there.total, there.declared.unmapped) == (back.total, back.declared.unmapped)


def test_P03_a_reps_matrix_is_that_of_a_library_without_what_a_rep_may_not_see(
    library: Desk, rep: Actor
) -> None:
    seen = {view.rows: matrix(library, view, by=rep) for view in VIEWS}
    hidden = [c.id for c in all_cards(library) if c.status is not Status.PUBLISHED]
    assert hidden
    for asset_id in hidden:
        library.do(assets.erase, asset_id)
    for view in VIEWS:
        clean = matrix(library, view)
        assert numbers(matrix(library, view, by=rep)) == numbers(clean)
    last = {view.rows: view for view in VIEWS}
    for rows, found in seen.items():
        assert numbers(found) == numbers(matrix(library, last[rows]))


def test_a_kept_picture_counts_the_same_however_the_library_goes_on(library: Desk) -> None:
    data = coverage.pack(picture(library))
    before = {
        view: (numbers(matrix(library, v)), matrix(library, v)) for view, v in enumerate(VIEWS)
    }
    for card in all_cards(library)[:10]:
        library.do(assets.erase, card.id)
    kept = coverage.unpack(data)
    for view, (cells, whole) in before.items():
        again = coverage.matrix(kept, VIEWS[view])
        assert numbers(again) == cells
        assert again.row_totals == whole.row_totals
        assert again.declared == whole.declared


def test_what_lapses_only_takes_away_and_what_ships_only_adds(library: Desk) -> None:
    soon = [matrix(library, View("stage", "persona", expiring_days=n)) for n in (0, 30, 60, 90)]
    for earlier, later in pairwise(soon):
        assert all(
            later.cells[key].effective <= cell.effective for key, cell in earlier.cells.items()
        )
    shipped = matrix(library, View("stage", "persona", shipped=True))
    for key, cell in matrix(library).cells.items():
        assert 0 <= shipped.cells[key].effective - cell.effective <= cell.planned


def test_an_asset_in_two_cells_counts_in_both_and_once_in_every_total(desk: Desk) -> None:
    make.asset(desk, terms={"stage": ("evaluate", "propose"), "persona": ("end-user",)})
    found = matrix(desk)
    assert sorted(c.effective for c in found.cells.values() if c.effective) == [1, 1]
    assert found.total.effective == 1
    assert [t.effective for t in found.col_totals.values() if t.effective] == [1]


def test_a_change_is_in_the_next_picture(desk: Desk) -> None:
    asset_id = make.asset(desk, terms={"stage": ("evaluate",), "persona": ("end-user",)})
    assert matrix(desk).total.effective == 1
    make.edited(desk, asset_id, status=Status.ARCHIVED)
    assert matrix(desk).total.effective == 0
    make.edited(desk, asset_id, status=Status.PUBLISHED)
    desk.do(assets.store_reading, make.card(desk, asset_id).version_id, FAILED)
    assert matrix(desk).total.effective == 0


def test_what_is_read_again_after_changes_is_what_a_first_reading_finds(
    library: Desk, tmp_path: Path
) -> None:
    dice = random.Random(7)
    stages = slugs(library, "stage")
    types = slugs(library, "type")
    matrix(library)
    for _ in range(12):
        cards = all_cards(library)
        one = dice.choice(cards)
        match dice.randrange(5):
            case 0:
                terms = {"stage": tuple(dice.sample(stages, 2)), "type": (dice.choice(types),)}
                make.edited(library, one.id, terms=terms)
            case 1:
                library.do(assets.erase, one.id)
            case 2:
                fill(library, dice, 2)
            case 3:
                change = BulkEdit(
                    tuple(c.id for c in dice.sample(cards, 3)),
                    add_terms={"persona": ("end-user",)},
                    status=dice.choice(tuple(Status)),
                )
                library.do(assets.bulk_edit, change)
            case 4:
                library.do(assets.store_reading, one.version_id, FAILED)
        if dice.random() < 0.5:
            library.clock.move(seconds=1)
        fresh = open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", clock=library.clock)
        first = Desk(fresh, library.clock)
        for view in VIEWS[:1]:
            assert numbers(matrix(library, view)) == numbers(matrix(first, view))
            assert matrix(library, view).declared == matrix(first, view).declared
        fresh.close()


def test_an_asset_lapses_at_midnight_without_a_write(desk: Desk, clock: Any) -> None:
    terms = {"stage": ("evaluate",), "persona": ("end-user",)}
    make.asset(desk, terms=terms, expires_on=TODAY)
    assert matrix(desk).total.effective == 1
    clock.move(days=1)
    assert matrix(desk).total.effective == 0


def test_what_to_make_next_is_ranked_by_score_and_what_is_planned_comes_last(
    desk: Desk, marketer: Actor
) -> None:
    found = coverage.ranked(matrix(desk), 5)
    assert len(found) == 5
    assert all(cell.verdict is Verdict.GAP for cell in found)
    ids = frozenset(i for i in (found[0].row_id, found[0].col_id) if i)
    for number in range(3):
        desk.by(marketer, coverage.plan, NewPlanItem(f"Item {number}", ids))
    again = coverage.ranked(matrix(desk), 5)
    assert (found[0].row_id, found[0].col_id) not in {(c.row_id, c.col_id) for c in again}


def test_the_number_of_statements_does_not_follow_the_number_of_assets(desk: Desk) -> None:
    matrix(desk)  # the settled part of the search log is read once an hour
    spent = []
    for size in (3, 40):
        fill(desk, random.Random(size), size)
        with counted(desk.catalog) as statements:
            matrix(desk)
        spent.append(len(statements))
    assert spent[0] == spent[1] <= 12


def test_a_dimension_that_is_not_there_is_told(desk: Desk) -> None:
    with pytest.raises(NotFound):
        matrix(desk, View("weather", "persona"))


def test_neighbours_would_count_and_are_not_there_yet(library: Desk) -> None:
    seen, found = picture(library), matrix(library)
    for (row_id, col_id), cell in found.cells.items():
        near = coverage.neighbours(seen, STAGE_PERSONA, row_id, col_id)
        for one in near:
            assert one.asset_id not in cell.mapped
            card = make.card(library, one.asset_id)
            standard = cell.need.standard
            assert not reasons(card, standard.types, standard.customer_ready, TODAY)
        assert [n.nearness for n in near] == sorted((n.nearness for n in near), reverse=True)
