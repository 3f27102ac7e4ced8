"""Which names lead to which term."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from catalogs import Desk
from hypothesis import given
from hypothesis import strategies as st

from content_catalog import taxonomy
from content_catalog.errors import Invalid
from content_catalog.taxonomy import NewTerm, Taxonomy

Resolve = Callable[[str, str], str | None]


@pytest.fixture
def words(desk: Desk) -> Taxonomy:
    return desk.ask(taxonomy.read)


@pytest.mark.parametrize(
    "written",
    ["economic-buyer", "Economic buyer", "economic_buyer", "  ECONOMIC   BUYER ", "CFO", "cfo"],
)
def test_slug_label_and_alias_lead_to_the_term_however_they_are_written(
    words: Taxonomy, written: str
) -> None:
    found = taxonomy.resolve(words, "persona", written)
    assert found is not None
    assert found.slug == "economic-buyer"


def test_accents_do_not_matter(desk: Desk) -> None:
    desk.do(taxonomy.add_term, NewTerm("product", "Café Père"))
    found = taxonomy.resolve(desk.ask(taxonomy.read), "product", "cafe pere")
    assert found is not None
    assert found.label == "Café Père"


@pytest.mark.parametrize(
    ("dimension", "written"),
    [("persona", "evaluate"), ("persona", "nobody at all"), ("nothing", "CFO"), ("persona", "")],
)
def test_a_name_of_nothing_or_of_another_dimension_leads_nowhere(
    words: Taxonomy, dimension: str, written: str
) -> None:
    assert taxonomy.resolve(words, dimension, written) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Econmic buyer", "economic-buyer"), ("Fin. Director", "economic-buyer"), ("qwzx", None)],
)
def test_the_nearest_name_to_a_misspelt_one(
    words: Taxonomy, written: str, meant: str | None
) -> None:
    found = taxonomy.nearest(words, "persona", written)
    assert (found.slug if found else None) == meant


def test_a_retired_name_leads_to_the_successor_of_its_successor(desk: Desk) -> None:
    ids = [desk.do(taxonomy.add_term, NewTerm("product", f"Atlas {n}")) for n in (1, 2, 3)]
    desk.do(taxonomy.retire_term, ids[0], "atlas-2")
    desk.do(taxonomy.retire_term, ids[1], "atlas-3")
    words = desk.ask(taxonomy.read)
    for name in ("Atlas 1", "atlas-2", "Atlas 3"):
        found = taxonomy.resolve(words, "product", name)
        assert found is not None
        assert found.slug == "atlas-3"


def test_a_retired_name_without_successor_still_names_its_term(desk: Desk) -> None:
    term_id = desk.do(taxonomy.add_term, NewTerm("product", "Atlas"))
    desk.do(taxonomy.retire_term, term_id)
    words = desk.ask(taxonomy.read)
    found = taxonomy.resolve(words, "product", "Atlas")
    assert found is not None
    assert found.retired
    assert taxonomy.nearest(words, "product", "Atlass") is None


def test_synonyms_are_the_other_names_of_the_same_live_term(desk: Desk) -> None:
    term_id = desk.do(taxonomy.add_term, NewTerm("product", "Atlas", aliases=("Rota Tool", "R")))
    others = taxonomy.synonyms(desk.ask(taxonomy.read))
    assert others["atlas"] == ("Rota Tool",)
    assert others["rota tool"] == ("Atlas",)
    assert "r" not in others
    desk.do(taxonomy.retire_term, term_id)
    assert "atlas" not in taxonomy.synonyms(desk.ask(taxonomy.read))


@given(st.text(max_size=60))
def test_a_key_of_a_key_is_the_key_and_a_slug_is_one(text: str) -> None:
    assert taxonomy.key(taxonomy.key(text)) == taxonomy.key(text)
    slug = taxonomy.slugify(text)
    assert slug
    assert slug == taxonomy.slugify(slug)


@pytest.mark.parametrize("slug", ["../x", "Upper", "a b", "é", "a/b", "-a"])
def test_a_slug_is_fit_for_an_address(desk: Desk, slug: str) -> None:
    with pytest.raises(Invalid) as caught:
        desk.do(taxonomy.add_term, NewTerm("product", "Atlas", slug=slug))
    assert "slug" in caught.value.fields
