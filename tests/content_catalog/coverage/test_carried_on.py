"""What was said before holds on: for what comes after a term, for what is planned, for what lapses."""

from __future__ import annotations

from datetime import timedelta

import make
import pytest
from catalogs import Desk

from content_catalog import SYSTEM, Actor, coverage, taxonomy
from content_catalog.assets import Status
from content_catalog.coverage import Cell, Matrix, NeedRecord, NewPlanItem, View, demand

HERE = {"stage": ("evaluate",), "persona": ("economic-buyer",)}
OTHER = ("discover", "end-user")
VIEW = View("stage", "persona")
Pair = tuple[int, int]


def ident(desk: Desk, dimension: str, slug: str) -> int:
    term = desk.ask(taxonomy.read).term(dimension, slug)
    assert term is not None
    return term.id


def pair(desk: Desk, stage: str = "evaluate", persona: str = "economic-buyer") -> Pair:
    return ident(desk, "stage", stage), ident(desk, "persona", persona)


def matrix(desk: Desk, view: View = VIEW, by: Actor = SYSTEM) -> Matrix:
    return coverage.matrix(desk.ask(coverage.picture, by=by), view)


def cell(desk: Desk, stage: str = "evaluate", persona: str = "economic-buyer") -> Cell:
    return matrix(desk).cells[pair(desk, stage, persona)]


def first(desk: Desk, view: View = VIEW) -> Pair:
    """Where to make the next asset."""
    (found,) = coverage.ranked(matrix(desk, view), 1)
    assert found.col_id is not None
    return found.row_id, found.col_id


def need(desk: Desk, record: NeedRecord) -> None:
    desk.do(coverage.set_need, record)


def plan(desk: Desk, by: Actor, ends: Pair, kind: str | None = None) -> int:
    type_id = ident(desk, "type", kind) if kind else None
    return desk.by(by, coverage.plan, NewPlanItem("To come", frozenset(ends), type_id))


@pytest.fixture
def heaviest(desk: Desk) -> Pair:
    """A cell that misses more than any other, and takes case studies only."""
    ends = pair(desk)
    types = frozenset({ident(desk, "type", "case_study")})
    need(desk, NeedRecord(*ends, target=4, types=types))
    assert first(desk) == ends
    return ends


@pytest.mark.parametrize(("kind", "enough"), [("deck", False), ("case_study", True), (None, True)])
def test_only_what_would_count_is_enough_planned(
    desk: Desk, marketer: Actor, heaviest: Pair, kind: str | None, enough: bool
) -> None:
    for _ in range(4):
        plan(desk, marketer, heaviest, kind)
    assert matrix(desk).cells[heaviest].planned == 4
    assert (first(desk) != heaviest) is enough


def test_what_has_shipped_in_a_what_if_is_not_planned_once_more(
    desk: Desk, marketer: Actor, heaviest: Pair
) -> None:
    """Two of four are planned: shipped, two are still missing, for which nothing is planned."""
    for _ in range(2):
        plan(desk, marketer, heaviest)
    elsewhere = NeedRecord(*pair(desk, *OTHER), target=0)
    need(desk, elsewhere)
    for stage in desk.ask(taxonomy.read).by_slug["stage"].live:  # every other cell asks for less
        need(desk, NeedRecord(stage.id, target=1))
    shipped = View("stage", "persona", shipped=True)
    assert matrix(desk, shipped).cells[heaviest].missing == 2
    assert first(desk, shipped) == heaviest


@pytest.mark.parametrize("date_of", ["review_by", "expires_on"])
def test_the_last_day_that_is_looked_at_has_lapsed_too(desk: Desk, date_of: str) -> None:
    due = {
        days: make.asset(
            desk, f"Due in {days}", terms=HERE, **{date_of: make.TODAY + timedelta(days=days)}
        )
        for days in (0, 29, 30, 31)
    }

    def counted(days: int) -> set[int]:
        return {
            *matrix(desk, View("stage", "persona", expiring_days=days)).cells[pair(desk)].counted
        }

    assert counted(30) == {due[31]}
    assert counted(0) == {*due.values()}  # today is still good


@pytest.mark.parametrize(
    "words", ['pricing -"economic buyer"', 'pricing -"economic buyer" model', '-"economic buyer"']
)
def test_a_name_that_was_left_out_is_not_asked_for(desk: Desk, words: str) -> None:
    terms = desk.ask(taxonomy.read)
    assert "persona" not in demand.places(terms, words, {})
    assert "persona" in demand.places(terms, words.replace("-", ""), {})


def retire(desk: Desk, dimension: str, slug: str, heir: str) -> None:
    desk.do(taxonomy.retire_term, ident(desk, dimension, slug), heir)


def test_a_cells_need_goes_to_the_successor(desk: Desk) -> None:
    need(desk, NeedRecord(*pair(desk), target=7, rep_proves="It pays back"))
    assert cell(desk, "propose").need.target != 7
    retire(desk, "stage", "evaluate", "propose")
    found = cell(desk, "propose").need
    assert (found.target, found.rep_proves) == (7, ("It pays back",))
    retire(desk, "persona", "economic-buyer", "end-user")
    assert cell(desk, "propose", "end-user").need.target == 7


def test_a_default_goes_to_the_successor(desk: Desk) -> None:
    need(desk, NeedRecord(ident(desk, "stage", "evaluate"), target=7))
    retire(desk, "stage", "evaluate", "propose")
    assert {cell(desk, "propose", slug).need.target for slug in ("developer", "end-user")} == {7}


@pytest.mark.parametrize("own_first", [True, False])
@pytest.mark.parametrize("default", [True, False])
def test_the_successors_own_word_wins(desk: Desk, own_first: bool, default: bool) -> None:
    said = {"evaluate": 7, "propose": 5}
    for slug in sorted(said, reverse=own_first):
        stage, persona = pair(desk, slug)
        need(desk, NeedRecord(stage, None if default else persona, target=said[slug]))
    retire(desk, "stage", "evaluate", "propose")
    assert cell(desk, "propose").need.target == 5


@pytest.mark.parametrize("default", [True, False])
def test_expected_types_take_the_successor_and_what_kept_the_old_type(
    desk: Desk, default: bool
) -> None:
    stage, persona = pair(desk)
    types = frozenset({ident(desk, "type", "case_study")})
    need(desk, NeedRecord(stage, None if default else persona, types=types))
    old, new, _ = (
        make.asset(desk, kind, terms=HERE | {"type": (kind,)})
        for kind in ("case_study", "deck", "white_paper")
    )
    assert {*cell(desk).counted} == {old}
    retire(desk, "type", "case_study", "deck")
    assert {*cell(desk).counted} == {old, new}


def test_a_plan_goes_on_for_the_successors(desk: Desk, marketer: Actor) -> None:
    types = frozenset({ident(desk, "type", "deck")})
    need(desk, NeedRecord(*pair(desk, "propose"), types=types))
    plan(desk, marketer, pair(desk), "case_study")
    assert (cell(desk).planned, cell(desk, "propose").planned) == (1, 0)
    retire(desk, "stage", "evaluate", "propose")
    assert (cell(desk, "propose").planned, cell(desk, "propose").coming) == (1, 0)
    retire(desk, "type", "case_study", "deck")
    assert (cell(desk, "propose").planned, cell(desk, "propose").coming) == (1, 1)


def test_P03_what_is_archived_by_now_is_in_a_marketers_past_and_in_no_reps(
    desk: Desk, rep: Actor, marketer: Actor
) -> None:
    kept, gone = (make.asset(desk, title, terms=HERE) for title in ("Kept", "Gone"))
    desk.do(coverage.take_snapshot, coverage.draw_snapshot(desk.ask(coverage.picture)))
    make.edited(desk, gone, status=Status.ARCHIVED)

    def counted(by: Actor) -> set[int]:
        then = desk.ask(coverage.past_picture, make.TODAY, by=by)
        return {*coverage.matrix(then, VIEW).cells[pair(desk)].counted}

    assert counted(rep) == {kept}
    assert counted(marketer) == {kept, gone}
