"""Taxonomy files: in, out, and what is said about wrong ones."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from catalogs import Desk, MovableClock, counted, empty_database

from content_catalog import SYSTEM, Catalog, open_catalog, taxonomy
from content_catalog.errors import Invalid


def small(**term: Any) -> dict[str, Any]:
    first = {"slug": "atlas", "label": "Atlas", "aliases": ["rota tool"]} | term
    return {"version": 1, "dimensions": [{"slug": "product", "label": "Product", "terms": [first]}]}


def test_what_is_shown_can_be_loaded_elsewhere_and_shows_the_same(
    desk: Desk, tmp_path: Any, clock: MovableClock
) -> None:
    shown = desk.ask(taxonomy.show)
    (tmp_path / "other.db").write_bytes(empty_database())
    other = Desk(open_catalog(f"sqlite:///{tmp_path / 'other.db'}", clock=clock), clock)
    report = other.do(taxonomy.load, json.loads(json.dumps(shown)))
    assert report.problems == ()
    assert other.ask(taxonomy.show) == shown
    other.catalog.close()


def test_the_default_loaded_again_changes_nothing(desk: Desk) -> None:
    before = desk.ask(taxonomy.read)
    report = desk.do(taxonomy.load_default)
    assert (report.dimensions_added, report.dimensions_changed) == (0, 0)
    assert (report.terms_added, report.terms_changed, report.problems) == (0, 0, ())
    assert report.unchanged == len(before.terms)
    assert desk.ask(taxonomy.read).revision == before.revision


def test_a_file_adds_and_changes_but_never_removes(desk: Desk) -> None:
    first = desk.do(taxonomy.load, small())
    assert first.terms_added == 1
    second = desk.do(taxonomy.load, small(label="Atlas Rota", aliases=["planner"]))
    assert (second.terms_added, second.terms_changed) == (0, 1)
    term = desk.ask(taxonomy.read).term("product", "atlas")
    assert term is not None
    assert term.label == "Atlas Rota"
    assert set(term.aliases) == {"planner", "rota tool", "Atlas"}  # the old label too
    assert len(desk.ask(taxonomy.read).dimensions) == 9


def test_a_dimension_of_the_file_s_own_is_added(desk: Desk) -> None:
    data = small()
    data["dimensions"][0] |= {"slug": "campaign", "label": "Campaign", "plural": "campaigns"}
    report = desk.do(taxonomy.load, data)
    assert (report.dimensions_added, report.terms_added) == (1, 1)
    added = desk.ask(taxonomy.read).dimension("campaign")
    assert added is not None
    assert not added.built_in


def test_one_term_that_cannot_be_taken_does_not_stop_the_others(desk: Desk) -> None:
    data = small()
    data["dimensions"][0]["terms"] += [
        {"slug": "boreas", "label": "Rota-Tool"},  # a name of the first
        {"slug": "atlas", "label": "Twice"},
        {"slug": "cirrus", "label": "Cirrus"},
    ]
    report = desk.do(taxonomy.load, data)
    assert report.terms_added == 2
    assert [p.partition(":")[0] for p in report.problems] == ["product, term 2", "product, term 3"]
    words = desk.ask(taxonomy.read)
    assert words.term("product", "cirrus")
    assert not words.term("product", "boreas")


BROKEN: dict[str, tuple[Any, str]] = {
    "a list": ([], "the file"),
    "dimensions no list": ({"dimensions": {}}, "dimensions"),
    "terms of texts": ({"dimensions": [{"slug": "a", "label": "A", "terms": ["x"]}]}, "terms"),
    "no slug": ({"dimensions": [{"label": "A"}]}, "slug"),
    "no label": ({"dimensions": [{"slug": "product"}]}, "label"),
    "term without label": (small(label=""), "product, term 1"),
    "aliases no list": (small(aliases="x"), "aliases"),
    "position no number": (small(position="first"), "position"),
    "unknown phase": (small(phase="later"), "phase"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_of_another_shape_is_refused_naming_the_place(desk: Desk, name: str) -> None:
    data, place = copy.deepcopy(BROKEN[name])
    before = desk.ask(taxonomy.show)
    with pytest.raises(Invalid, match=place):
        desk.do(taxonomy.load, data)
    assert desk.ask(taxonomy.show) == before


def test_reading_unchanged_words_is_one_statement(desk: Desk, catalog: Catalog) -> None:
    desk.ask(taxonomy.read)
    with counted(catalog) as statements:
        desk.ask(taxonomy.read)
    assert len(statements) == 1


def test_words_not_committed_are_seen_by_nobody_else(desk: Desk, catalog: Catalog) -> None:
    with catalog.work(SYSTEM) as work:
        taxonomy.load(work, small())
        assert taxonomy.read(work).term("product", "atlas")
        assert desk.ask(taxonomy.read).term("product", "atlas") is None
        work.session.rollback()
    assert desk.ask(taxonomy.read).term("product", "atlas") is None
