"""Needs and settings: who may write them down, what is refused, what is never lost."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
from catalogs import Desk, counted
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from content_catalog import SYSTEM, Actor, audit, coverage, taxonomy
from content_catalog.coverage import CoverageSettings, NeedRecord, Weights
from content_catalog.errors import Conflict, Invalid, NotAllowed, NotFound
from content_catalog.taxonomy import NewDimension, NewTerm

Pair = tuple[int, int]


@pytest.fixture
def cell(desk: Desk) -> Pair:
    """A stage and a persona."""
    return live(desk, "stage")[0], live(desk, "persona")[0]


def live(desk: Desk, dimension: str) -> list[int]:
    found = desk.ask(taxonomy.read).dimension(dimension)
    assert found is not None
    return [term.id for term in found.live]


def need(desk: Desk, pair: tuple[int, int | None], by: Actor = SYSTEM, **fields: Any) -> NeedRecord:
    """Write down a need on top of what is there; returns what is there then."""
    fields.setdefault("version", desk.ask(coverage.need_record, *pair).version)
    desk.by(by, coverage.set_need, NeedRecord(*pair, **fields))
    return desk.ask(coverage.need_record, *pair)


def log(desk: Desk) -> list[audit.AuditEntry]:
    return [e for e in desk.ask(audit.entries) if e.action.startswith("coverage.")]


def test_a_cell_has_one_need_whichever_way_round(desk: Desk, cell: Pair, marketer: Actor) -> None:
    stage, persona = cell
    types = frozenset(live(desk, "type")[:2])
    written = need(
        desk,
        (persona, stage),
        by=marketer,
        target=2,
        types=types,
        customer_ready=True,
        buyer_believes="  It pays back.  ",
        rep_proves="Two references",
    )
    assert written == desk.ask(coverage.need_record, stage, persona)
    assert (written.first_id, written.second_id) == (min(cell), max(cell))
    assert (written.target, written.types, written.customer_ready) == (2, types, True)
    assert (written.buyer_believes, written.rep_proves) == ("It pays back.", "Two references")
    assert (written.by_name, written.at, written.version) == (
        marketer.name,
        desk.clock.now,
        1,
    )
    assert desk.ask(coverage.need_records) == (written,)


def test_a_default_of_a_term_is_not_a_cell_of_it(desk: Desk, cell: Pair) -> None:
    need(desk, (cell[0], None), target=5)
    assert desk.ask(coverage.need_record, *cell) == NeedRecord(min(cell), max(cell))
    assert desk.ask(coverage.need_record, cell[0]).target == 5


def test_every_change_is_noted_with_a_name_and_before_and_after(desk: Desk, cell: Pair) -> None:
    need(desk, cell, target=2)
    slug = desk.ask(taxonomy.read).terms[live(desk, "type")[0]].slug
    need(desk, cell, target=3, types=frozenset(live(desk, "type")[:1]))
    need(desk, cell, target=3, types=frozenset(live(desk, "type")[:1]))  # nothing new, no entry
    last, first = log(desk)
    terms = desk.ask(taxonomy.read).terms
    assert {*first.label.split(" · ")} == {terms[cell[0]].label, terms[cell[1]].label}
    assert (first.before, first.after) == ({"target": None}, {"target": 2})
    assert last.before == {"target": 2, "types": None}
    assert last.after == {"target": 3, "types": [slug]}


def test_who_marked_it_as_not_needed_stays_named(
    desk: Desk, cell: Pair, marketer: Actor, admin: Actor
) -> None:
    marked = need(desk, cell, by=marketer, needed=False, why="They never meet")
    desk.clock.move(days=3)
    later = need(desk, cell, by=admin, needed=False, why="They never meet", rep_proves="Nothing")
    assert (later.by_name, later.at) == (marketer.name, marked.at)
    anew = need(desk, cell, by=admin, needed=False, why="Not before next year")
    assert (anew.by_name, anew.at) == (admin.name, desk.clock.now)
    back = need(desk, cell, by=marketer, needed=True, why="kept by the form")
    assert (back.by_name, back.why) == (marketer.name, "")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"target": -1}, "target"),
        ({"target": 100}, "target"),
        ({"needed": False, "why": "  "}, "why"),
        ({"needed": False, "why": "x" * 501}, "why"),
        ({"buyer_believes": "x" * 1001}, "buyer_believes"),
        ({"rep_proves": "x" * 1001}, "rep_proves"),
        ({"types": frozenset({99999})}, "types"),
    ],
)
def test_what_does_not_hold_is_refused_by_name(
    desk: Desk, cell: Pair, fields: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(Invalid) as refused:
        need(desk, cell, **fields)
    assert [*refused.value.fields] == [wrong]
    assert desk.ask(coverage.need_records) == ()


def test_the_limits_themselves_hold(desk: Desk, cell: Pair) -> None:
    written = need(desk, cell, target=99, needed=False, why="x" * 500, rep_proves="y" * 1000)
    assert (written.target, len(written.why), len(written.rep_proves)) == (99, 500, 1000)
    assert need(desk, cell, target=0).target == 0


def test_a_cell_needs_two_dimensions_and_content_types_are_types(desk: Desk, cell: Pair) -> None:
    with pytest.raises(Invalid, match="different dimensions"):
        need(desk, (live(desk, "stage")[0], live(desk, "stage")[1]), target=1)
    with pytest.raises(Invalid, match="content types"):
        need(desk, cell, types=frozenset(live(desk, "stage")[:1]))
    with pytest.raises(NotFound):
        need(desk, (cell[0], 99999), target=1)
    with pytest.raises(NotFound):
        need(desk, (99999, None), target=1)


def test_a_retired_term_is_refused_but_what_is_there_stays(desk: Desk, cell: Pair) -> None:
    kind = live(desk, "type")[0]
    written = need(desk, cell, types=frozenset({kind}))
    desk.do(taxonomy.retire_term, kind)
    assert need(desk, cell, types=written.types, target=4).types == {kind}
    other = live(desk, "persona")[1]
    with pytest.raises(Invalid, match="not used any more"):
        need(desk, (cell[0], other), types=frozenset({kind}))
    desk.do(taxonomy.retire_term, cell[0])
    with pytest.raises(Invalid, match="not used any more"):
        need(desk, cell, target=1)
    desk.do(taxonomy.restore_term, cell[0])
    assert desk.ask(coverage.need_record, *cell).target == 4


def test_C01_of_two_who_save_the_second_is_told(
    desk: Desk, cell: Pair, marketer: Actor, admin: Actor
) -> None:
    need(desk, cell, by=admin, target=2)
    need(desk, cell, by=marketer, target=3)
    with pytest.raises(Conflict) as told:
        need(desk, cell, by=admin, target=4, version=1)
    assert (told.value.version, told.value.by) == (2, marketer.name)
    assert (told.value.theirs, told.value.mine) == ({"target": 3}, {"target": 4})
    with pytest.raises(Conflict):
        desk.do(coverage.clear_need, *cell, 1)
    assert desk.ask(coverage.need_record, *cell).target == 3


def test_C01_who_saved_last_is_named_not_who_marked_it_as_not_needed(
    desk: Desk, cell: Pair, marketer: Actor, admin: Actor
) -> None:
    marked = need(desk, cell, by=marketer, needed=False, why="They never meet")
    desk.clock.move(days=3)
    need(desk, cell, by=admin, needed=False, why="They never meet", rep_proves="Nothing")
    saved = desk.clock.now
    desk.clock.move(hours=1)
    for late in (
        lambda: need(desk, cell, by=marketer, target=4, version=marked.version),
        lambda: desk.by(marketer, coverage.clear_need, *cell, marked.version),
    ):
        with pytest.raises(Conflict, match=f"^{admin.name} saved") as told:
            late()
        assert (told.value.by, told.value.at) == (admin.name, saved)


def test_C01_a_form_from_before_it_was_cleared_overwrites_nothing(desk: Desk, cell: Pair) -> None:
    old = need(desk, cell, target=2)
    desk.do(coverage.clear_need, *cell, old.version)
    assert need(desk, cell, target=7).target == 7
    with pytest.raises(Conflict):
        need(desk, cell, target=3, version=old.version)
    with pytest.raises(Conflict):
        need(desk, cell, target=3, version=0)


def test_cleared_is_as_if_never_written(desk: Desk, cell: Pair) -> None:
    need(desk, cell, target=2, rep_proves="References")
    desk.do(coverage.clear_need, cell[1], cell[0], 1)
    assert desk.ask(coverage.need_records) == ()
    assert log(desk)[0].action == "coverage.clear_need"
    assert log(desk)[0].before == {"target": 2, "rep_proves": "References"}
    desk.do(coverage.clear_need, *cell, 1)  # gone already
    assert len(log(desk)) == 2
    need(desk, cell, target=2)
    need(desk, cell)  # a form with everything emptied
    assert desk.ask(coverage.need_records) == ()


def test_P_only_who_may_edit_coverage_writes_and_everybody_reads(
    desk: Desk, cell: Pair, rep: Actor
) -> None:
    for command, *args in (
        (coverage.set_need, NeedRecord(*cell, target=1)),
        (coverage.clear_need, *cell, 0),
        (coverage.change_settings, CoverageSettings(target=1)),
    ):
        with pytest.raises(NotAllowed):
            desk.by(rep, command, *args)
    assert desk.ask(coverage.need_records, by=rep) == ()
    assert desk.ask(coverage.settings, by=rep) == CoverageSettings()


def test_settings_are_noted_and_guarded(desk: Desk, marketer: Actor) -> None:
    chosen = CoverageSettings(2, Weights(missing=5.0, unanswered=3.5))
    desk.by(marketer, coverage.change_settings, chosen)
    kept = desk.ask(coverage.settings)
    assert kept == replace(chosen, version=1)
    entry = log(desk)[0]
    assert (entry.before, entry.after) == (
        {"target": 3, "missing": 10.0, "unanswered": 2.0},
        {"target": 2, "missing": 5.0, "unanswered": 3.5},
    )
    with pytest.raises(Conflict) as told:
        desk.do(coverage.change_settings, CoverageSettings(9))
    assert told.value.theirs["target"] == 2
    desk.do(coverage.change_settings, replace(kept, target=4))
    desk.do(coverage.change_settings, replace(kept, target=4, version=2))
    assert desk.ask(coverage.settings).version == 2
    assert len(log(desk)) == 2


@pytest.mark.parametrize("weight", [-0.1, 1000.1, math.nan, math.inf])
@pytest.mark.parametrize("name", ["missing", "unanswered", "unopened", "use"])
def test_a_weight_is_a_number_one_can_reckon_with(desk: Desk, name: str, weight: float) -> None:
    with pytest.raises(Invalid) as refused:
        desk.do(coverage.change_settings, CoverageSettings(3, Weights(**{name: weight})))
    assert [*refused.value.fields] == [name]


@pytest.mark.parametrize("target", [-1, 100])
def test_the_target_of_the_site_has_limits(desk: Desk, target: int) -> None:
    with pytest.raises(Invalid, match="0 to 99"):
        desk.do(coverage.change_settings, CoverageSettings(target))


def test_a_dimension_that_needs_speak_of_stays_until_they_are_cleared(desk: Desk) -> None:
    desk.do(taxonomy.add_dimension, NewDimension("segment", "Segment", "segments"))
    term = desk.do(taxonomy.add_term, NewTerm("segment", "Banks"))
    pair = (term, live(desk, "stage")[0])
    need(desk, pair, target=2)
    with pytest.raises(Invalid, match="Segment"):
        desk.do(taxonomy.remove_dimension, "segment")
    desk.do(coverage.clear_need, *pair, 1)
    desk.do(taxonomy.remove_dimension, "segment")
    assert desk.ask(coverage.need_records) == ()


def test_a_demo_term_that_a_need_speaks_of_stays(desk: Desk) -> None:
    slugs = ("row", "kind", "unused", "cleared")
    ids = {
        slug: desk.do(
            taxonomy.add_term,
            NewTerm("type" if slug == "kind" else "product", slug.title(), slug),
            demo=True,
        )
        for slug in slugs
    }
    stage = live(desk, "stage")[0]
    need(desk, (ids["row"], None), types=frozenset({ids["kind"]}))
    need(desk, (ids["cleared"], stage), target=1)
    desk.do(coverage.clear_need, ids["cleared"], stage, 1)
    assert desk.do(taxonomy.remove_demo) == 2
    left = desk.ask(taxonomy.read).terms
    assert [slug for slug in slugs if ids[slug] in left] == ["row", "kind"]
    assert [r.first_id for r in desk.ask(coverage.need_records)] == [ids["row"]]


def test_what_the_demo_brought_goes_and_what_was_changed_since_stays(desk: Desk) -> None:
    first, second = live(desk, "stage")[:2]
    for stage in (first, second):
        desk.do(coverage.set_need, NeedRecord(stage, target=2), demo=True)
    need(desk, (second, None), target=4)
    desk.do(coverage.remove_demo)
    assert [r.target for r in desk.ask(coverage.need_records)] == [4]
    assert log(desk)[0].after == {"needs": 1, "plan_items": 0}


@with_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 3),  # which cell
            st.booleans(),  # named the other way round
            st.one_of(st.none(), st.integers(0, 99)),  # a target, or cleared
            st.integers(0, 2),  # how many versions behind the form is
        ),
        max_size=12,
    )
)
def test_saves_in_any_order_leave_what_the_last_fresh_one_said(
    desk: Desk, steps: list[tuple[int, bool, int | None, int]]
) -> None:
    cells = list(itertools.product(live(desk, "stage")[:2], live(desk, "persona")[:2]))
    expected: dict[int, int | None] = {
        i: desk.ask(coverage.need_record, *cell).target for i, cell in enumerate(cells)
    }
    for which, turned, target, behind in steps:
        pair = cells[which][::-1] if turned else cells[which]
        version = desk.ask(coverage.need_record, *pair).version
        shown = max(version - behind, 0)
        stale = shown != version
        try:
            if target is None:
                desk.do(coverage.clear_need, *pair, shown)
            else:
                desk.do(coverage.set_need, NeedRecord(*pair, target=target, version=shown))
        except Conflict:
            assert stale
        else:
            assert not stale or (target is None and expected[which] is None)
            expected[which] = target
    found = {(r.first_id, r.second_id): r.target for r in desk.ask(coverage.need_records)}
    wanted = {
        (min(cells[i]), max(cells[i])): target
        for i, target in expected.items()
        if target is not None
    }
    assert found == wanted


def test_reading_all_needs_is_one_statement(desk: Desk) -> None:
    for stage in live(desk, "stage"):
        need(desk, (stage, None), target=1)
    with counted(desk.catalog) as statements:
        desk.ask(coverage.need_records)
    assert len(statements) == 1
