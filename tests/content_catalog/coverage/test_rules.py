"""What counts, what a number means, what a gap weighs: tables of examples."""

from __future__ import annotations

from dataclasses import replace

import pytest

from content_catalog.assets import Audience, Status
from content_catalog.coverage import rules
from content_catalog.coverage.types import (
    AssetFacts,
    Demand,
    Need,
    NeedRecord,
    Planned,
    Reason,
    Standard,
    Verdict,
    Weights,
)

GOOD = AssetFacts(Status.PUBLISHED, Audience.CUSTOMER_READY, frozenset({7}))
ANY, CASES = Standard(), Standard(frozenset({7, 8}), customer_ready=True)


@pytest.mark.parametrize(
    ("changes", "standard", "reasons"),
    [
        ({}, ANY, []),
        ({}, CASES, []),
        ({"status": Status.DRAFT}, ANY, [Reason.DRAFT]),
        ({"status": Status.ARCHIVED}, ANY, [Reason.ARCHIVED]),
        ({"expired": True}, ANY, [Reason.EXPIRED]),
        ({"overdue": True}, ANY, [Reason.REVIEW_OVERDUE]),
        ({"types": frozenset({9})}, ANY, []),
        ({"types": frozenset({9})}, CASES, [Reason.WRONG_TYPE]),
        ({"types": frozenset()}, CASES, [Reason.WRONG_TYPE]),
        ({"types": frozenset({8, 9})}, CASES, []),
        ({"audience": Audience.INTERNAL}, ANY, []),
        ({"audience": Audience.INTERNAL}, CASES, [Reason.INTERNAL]),
        ({"unreadable": True}, ANY, [Reason.UNREADABLE]),
        (
            {"status": Status.DRAFT, "expired": True, "overdue": True, "unreadable": True},
            CASES,
            [Reason.DRAFT, Reason.EXPIRED, Reason.REVIEW_OVERDUE, Reason.UNREADABLE],
        ),
    ],
)
def test_every_reason_is_told_and_none_means_that_it_counts(
    changes: dict[str, object], standard: Standard, reasons: list[Reason]
) -> None:
    assert list(rules.verdict(replace(GOOD, **changes), standard)) == reasons  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("effective", "target", "verdict"),
    [
        (0, 3, Verdict.GAP),
        (1, 3, Verdict.THIN),
        (2, 3, Verdict.THIN),
        (3, 3, Verdict.MET),
        (5, 3, Verdict.MET),
        (6, 3, Verdict.AMPLE),
        (0, 0, Verdict.MET),
        (2, 0, Verdict.AMPLE),
    ],
)
def test_a_number_is_read_beside_its_target(effective: int, target: int, verdict: Verdict) -> None:
    assert rules.cell_verdict(effective, Need(target)) is verdict
    assert rules.cell_verdict(effective, Need(target, needed=False)) is Verdict.NOT_NEEDED


def test_the_score_is_the_sum_of_its_parts_and_says_what_it_rests_on() -> None:
    weights = Weights(missing=10, unanswered=2, unopened=0.5, use=0.1)
    found = rules.score(2, Demand(3, 1, 4), 30, weights, needed=True)
    assert found.points == Weights(20, 8, 2, 3)
    assert (found.total, found.sample) == (33, 8)
    spared = rules.score(2, Demand(3, 1, 4), 30, weights, needed=False)
    assert (spared.total, spared.sample) == (0, 8)


def needs(*records: NeedRecord) -> dict[tuple[int, int | None], NeedRecord]:
    return {(r.first_id, r.second_id): r for r in records}


def test_a_cell_without_a_word_about_it_has_the_sites_target() -> None:
    assert rules.need({}, 1, 2, target=3) == Need(3)


def test_the_cell_decides_then_row_and_column_then_the_site() -> None:
    row = NeedRecord(1, None, target=2, types=frozenset({7}), buyer_believes="row")
    col = NeedRecord(2, None, target=5, types=frozenset({8}), customer_ready=True)
    assert rules.need(needs(row), 1, 2, 3).target == 2
    both = rules.need(needs(row, col), 1, 2, 3)
    assert (both.target, both.standard) == (5, Standard(frozenset({7, 8}), True))
    cell = NeedRecord(1, 2, target=1, types=frozenset(), customer_ready=False, buyer_believes="it")
    own = rules.need(needs(row, col, cell), 1, 2, 3)
    assert (own.target, own.standard, own.buyer_believes) == (1, Standard(), ("it", "row"))


def test_a_default_that_takes_any_type_leaves_any_type() -> None:
    any_type = NeedRecord(1, None, types=frozenset())
    cases = NeedRecord(2, None, types=frozenset({7}))
    assert rules.need(needs(any_type, cases), 1, 2, 3).standard.types == frozenset()
    assert rules.need(needs(cases), 1, 2, 3).standard.types == frozenset({7})


def test_not_needed_by_row_can_be_taken_back_for_a_cell() -> None:
    row = NeedRecord(1, None, needed=False, why="Partners do this.", by_name="Mina")
    found = rules.need(needs(row), 1, 2, 3)
    assert (found.needed, found.why, found.by_name) == (False, "Partners do this.", "Mina")
    again = rules.need(needs(row, NeedRecord(1, 2, needed=True)), 1, 2, 3)
    assert (again.needed, again.why) == (True, "")


def test_turning_the_matrix_changes_no_need() -> None:
    row = NeedRecord(1, None, target=2, rep_proves="a", needed=False, why="x")
    col = NeedRecord(2, None, target=4, rep_proves="b", types=frozenset({3}))
    cell = NeedRecord(1, 2, rep_proves="c")
    for known in (needs(row, col), needs(row, col, cell), needs(cell)):
        assert rules.need(known, 1, 2, 3) == rules.need(known, 2, 1, 3)


@pytest.mark.parametrize(
    ("type_id", "standard", "fits"),
    [(None, CASES, True), (7, CASES, True), (9, CASES, False), (9, ANY, True)],
)
def test_a_planned_asset_would_count_where_its_type_is_wanted(
    type_id: int | None, standard: Standard, fits: bool
) -> None:
    assert rules.would_count(Planned(1, frozenset(), type_id, False), standard) is fits


@pytest.mark.parametrize(("terms", "least"), [(2, 4), (6, 4), (7, 4), (8, 5), (20, 11)])
def test_over_tagged_is_more_than_half_and_at_least_four(terms: int, least: int) -> None:
    assert rules.over_tagged_from(terms) == least
