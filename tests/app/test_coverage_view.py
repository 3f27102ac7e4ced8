"""A coverage page's address: read with good will, written in one way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl

import pytest
from catalogs import Desk

from app.coverage_view import CoverageCriteria, CoverageReading, from_pairs
from content_catalog import taxonomy
from content_catalog.coverage.types import Measure, Order, View
from content_catalog.errors import Invalid
from content_catalog.taxonomy import NewDimension, NewTerm, Taxonomy


@pytest.fixture
def known(shop: Desk) -> Taxonomy:
    found: Taxonomy = shop.ask(taxonomy.read)
    return found


def read(known: Taxonomy, query: str) -> CoverageReading:
    return from_pairs(parse_qsl(query), known)


def test_the_bare_page_is_stage_by_persona(known: Taxonomy) -> None:
    bare = read(known, "")
    assert bare == CoverageReading(CoverageCriteria("stage", "persona"))
    assert bare.criteria.url() == "/coverage"
    assert bare.criteria.view() == View("stage", "persona")


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("cols=persona&rows=stage", ""),
        ("rows=persona", "rows=persona&cols=stage"),
        ("rows=Tollgate&cols=Personas", "rows=tollgate&cols=persona"),
        ("cols=none", "rows=stage&cols=none"),
        ("measure=USE&sort=gaps", "measure=use&sort=gaps"),
        ("persona=CFO&stage=evaluate", "stage=evaluate&persona=economic-buyer"),
        (
            "industry=healthcare&audience=Customer-ready",
            "audience=customer_ready&industry=healthcare",
        ),
        ("industry=healthcare&industry=Healthcare", "industry=healthcare"),
        ("what_if=60&what_if=planned", "what_if=planned&what_if=60"),
        ("what_if=30&what_if=60", "what_if=60"),
        ("columns=all&as_of=2026-02-01", "as_of=2026-02-01&columns=all"),
        ("cell=Evaluate.CFO&sort=demand", "sort=demand&cell=evaluate.economic-buyer"),
        ("cols=none&cell=evaluate", "rows=stage&cols=none&cell=evaluate"),
        ("utm_source=mail&page=7", ""),
        ("stage=+&rows=&as_of=", ""),
    ],
)
def test_an_address_is_understood_and_written_in_one_way(
    known: Taxonomy, query: str, canonical: str
) -> None:
    found = read(known, query)
    assert found.notices == ()
    assert found.criteria.url("/x") == ("/x?" + canonical if canonical else "/x")
    assert read(known, canonical) == found


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("shown=tollgate.persona&rows=persona&cols=persona", "rows=persona&cols=tollgate"),
        ("shown=tollgate.persona&rows=tollgate&cols=tollgate", "rows=persona&cols=tollgate"),
        ("shown=tollgate.persona&rows=type&cols=persona", "rows=type&cols=persona"),
        (
            "shown=stage.persona&rows=stage&cols=persona&cell=evaluate.seller",
            "cell=evaluate.seller",
        ),
        (
            "shown=stage.persona&rows=type&cols=persona&cell=evaluate.seller",
            "rows=type&cols=persona",
        ),
        ("shown=stage.persona&cols=none&cell=evaluate.seller", "rows=stage&cols=none"),
    ],
)
def test_what_was_shown_before_tells_what_was_changed(
    known: Taxonomy, query: str, canonical: str
) -> None:
    found = read(known, query)
    assert found.notices == ()
    assert found.criteria.url("/x") == f"/x?{canonical}"
    assert found.swapped == ("tollgate" in canonical)


@pytest.mark.parametrize("shown", ["", "persona", "persona.persona", "mood.persona", "type.none"])
def test_what_was_shown_may_be_nonsense(known: Taxonomy, shown: str) -> None:
    found = read(known, f"shown={shown}&rows=persona&cols=persona")
    assert not found.swapped
    assert "both persona, so the columns are sales stage" in found.notices[0]


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("rows=mood", "There is no dimension “mood”, so it was left out."),
        ("persona=nobody", "There is no persona “nobody”, so it was left out."),
        ("audience=all", "There is no audience “all”, so it was left out."),
        ("cell=evaluate.nobody", "There is no cell “evaluate.nobody”, so it was left out."),
        ("cell=evaluate", "There is no cell “evaluate”, so it was left out."),
        ("measure=money", "There is no measure “money”, so it was left out."),
        ("what_if=45", "There is no what-if “45”, so it was left out."),
        ("as_of=31/12/2026", "“31/12/2026” is not a day such as 2026-12-31"),
        ("rows=stage&cols=stage", "both sales stage, so the columns are persona."),
    ],
)
def test_what_is_not_understood_is_left_out_with_a_sentence(
    known: Taxonomy, query: str, notice: str
) -> None:
    found = read(known, query)
    assert len(found.notices) == 1
    assert notice in found.notices[0]
    assert found.criteria == CoverageCriteria()


def test_a_retired_name_leads_on_but_an_older_picture_keeps_it(shop: Desk) -> None:
    known = shop.ask(taxonomy.read)
    old, new = (known.term("persona", slug) for slug in ("economic-buyer", "end-user"))
    assert old
    assert new
    shop.do(taxonomy.retire_term, old.id, new.slug)
    known = shop.ask(taxonomy.read)
    assert read(known, "persona=economic-buyer").criteria.selected("persona") == ("end-user",)
    past = read(known, "persona=economic-buyer&as_of=2026-02-01").criteria
    assert past.selected("persona") == ("economic-buyer",)
    gone = known.term("persona", "end-user")
    assert gone
    shop.do(taxonomy.retire_term, gone.id)
    known = shop.ask(taxonomy.read)
    assert read(known, "persona=end-user").criteria == CoverageCriteria()
    assert read(known, "persona=end-user&as_of=2026-02-01").criteria.selected("persona")


def test_a_dot_in_a_label_does_not_hide_the_cell(shop: Desk) -> None:
    shop.do(taxonomy.add_dimension, NewDimension("place", "Place"))
    shop.do(taxonomy.add_term, NewTerm("place", "St. Gallen"))
    found = read(shop.ask(taxonomy.read), "rows=place&cell=St. Gallen.CFO")
    assert found.criteria.cell == ("st-gallen", "economic-buyer")


@pytest.mark.parametrize(
    "slug", ["rows", "cols", "measure", "cell", "as_of", "what_if", "columns", "shown"]
)
def test_no_dimension_takes_a_key_of_the_page(shop: Desk, slug: str) -> None:
    with pytest.raises(Invalid):
        shop.do(taxonomy.add_dimension, NewDimension(slug, "Mine"))


def test_another_axis_closes_the_cell_and_the_same_one_changes_places() -> None:
    opened = CoverageCriteria(cell=("evaluate", "end-user"), order=Order.GAPS)
    other = opened.changed(cols="tollgate")
    assert other == CoverageCriteria("stage", "tollgate", order=Order.GAPS)
    assert opened.changed(rows="persona") == CoverageCriteria("persona", "stage", order=Order.GAPS)
    assert opened.changed(cols="stage") == CoverageCriteria("persona", "stage", order=Order.GAPS)
    assert opened.changed(cols=None).cell is None
    assert opened.changed(measure=Measure.USE) == replace(opened, measure=Measure.USE)
    assert CoverageCriteria("stage", None).changed(cols="stage") == CoverageCriteria(
        "persona", "stage"
    )


def test_filters_are_switched_one_by_one() -> None:
    one = CoverageCriteria(as_of=date(2026, 2, 1)).toggling("industry", "retail")
    two = one.toggling("industry", "banking")
    assert two.selected("industry") == ("banking", "retail")
    assert two.toggling("industry", "banking") == one
    assert two.filtered("industry", ()).filters == {}
