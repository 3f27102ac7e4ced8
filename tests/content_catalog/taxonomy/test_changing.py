"""Changing dimensions and terms: who may, what is refused, what follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import make
import pytest
from catalogs import Desk

from content_catalog import Actor, audit, search_state, taxonomy
from content_catalog.errors import Conflict, Invalid, NotAllowed, NotFound
from content_catalog.taxonomy import (
    Dimension,
    DimensionEdit,
    Guide,
    NewDimension,
    NewTerm,
    Phase,
    Term,
    TermEdit,
)


def dimension(desk: Desk, slug: str) -> Dimension:
    found = desk.ask(taxonomy.read).dimension(slug)
    assert found is not None
    return found


def term(desk: Desk, of: str, slug: str) -> Term:
    found = desk.ask(taxonomy.read).term(of, slug)
    assert found is not None
    return found


def as_is(shown: Term, **changes: Any) -> TermEdit:
    edit = TermEdit(
        shown.version,
        shown.label,
        shown.definition,
        shown.aliases,
        shown.guide,
        shown.phase,
        shown.tollgates,
    )
    return replace(edit, **changes)


def behind(desk: Desk) -> set[int]:
    return set(desk.ask(search_state.pending, 1000))


def in_step(desk: Desk) -> None:
    desk.do(search_state.done, desk.ask(search_state.pending, 1000))


@pytest.mark.parametrize(
    ("command", "args"),
    [
        (taxonomy.add_dimension, (NewDimension("campaign", "Campaign"),)),
        (taxonomy.edit_dimension, ("persona", DimensionEdit(1, "P", "personas", "", True, False))),
        (taxonomy.remove_dimension, ("region",)),
        (taxonomy.move_dimension, ("region", 0)),
        (taxonomy.add_term, (NewTerm("product", "Atlas"),)),
        (taxonomy.edit_term, (1, TermEdit(1, "x", "", ()))),
        (taxonomy.add_alias, (1, "CEO")),
        (taxonomy.reorder_terms, ("stage", ("expand",))),
        (taxonomy.retire_term, (1,)),
        (taxonomy.restore_term, (1,)),
        (taxonomy.load, ({"dimensions": []},)),
        (taxonomy.remove_demo, ()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("role", ["rep", "marketer"])
def test_P_only_an_admin_changes_the_words(
    desk: Desk, request: pytest.FixtureRequest, role: str, command: Any, args: tuple[Any, ...]
) -> None:
    actor: Actor = request.getfixturevalue(role)
    before = desk.ask(taxonomy.show)
    with pytest.raises(NotAllowed):
        desk.by(actor, command, *args)
    assert desk.ask(taxonomy.show) == before


def test_a_term_added_is_there_with_all_its_words(desk: Desk) -> None:
    new = NewTerm(
        "stage",
        "Rehearse",
        definition="Try it out.",
        aliases=("dry run", "Dry  Run", "rehearse"),
        guide=Guide(ask="- Why now?"),
        phase=Phase.PURCHASE,
        tollgates=("proof-accepted",),
    )
    desk.do(taxonomy.add_term, new)
    made = term(desk, "stage", "rehearse")
    assert (made.label, made.definition, made.aliases) == ("Rehearse", "Try it out.", ("dry run",))
    assert made.guide.ask == "- Why now?"
    assert made.phase is Phase.PURCHASE
    assert made.tollgates == ("proof-accepted",)
    assert "rehearse" in term(desk, "tollgate", "proof-accepted").stages
    assert made is not dimension(desk, "stage").live[0]  # it comes last


def test_two_terms_of_one_label_get_slugs_of_their_own_elsewhere(desk: Desk) -> None:
    desk.do(taxonomy.add_term, NewTerm("product", "Atlas"))
    desk.do(taxonomy.add_term, NewTerm("competitor", "Atlas"))
    assert term(desk, "product", "atlas").id != term(desk, "competitor", "atlas").id


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewTerm("persona", "CFO"), "label"),
        (NewTerm("persona", "economic_buyer", slug="eb"), "label"),
        (NewTerm("persona", "Somebody", aliases=("c.f.o.", "Cfo")), "aliases"),
        (NewTerm("persona", "Somebody", slug="economic-buyer"), "slug"),
        (NewTerm("persona", "   "), "label"),
        (NewTerm("stage", "Rehearse", tollgates=("no-such-gate",)), "tollgates"),
    ],
)
def test_a_name_means_one_thing_only(desk: Desk, new: NewTerm, field: str) -> None:
    before = desk.ask(taxonomy.show)
    with pytest.raises(Invalid) as caught:
        desk.do(taxonomy.add_term, new)
    assert list(caught.value.fields) == [field]
    assert desk.ask(taxonomy.show) == before


def test_the_old_label_stays_a_name(desk: Desk) -> None:
    old = term(desk, "stage", "evaluate")
    desk.do(taxonomy.edit_term, old.id, as_is(old, label="Prove it"))
    renamed = term(desk, "stage", "evaluate")
    assert renamed.label == "Prove it"
    assert old.label in renamed.aliases
    found = taxonomy.resolve(desk.ask(taxonomy.read), "stage", old.label)
    assert found is not None
    assert found.id == old.id


@pytest.mark.parametrize(
    "changes", [{"label": "Other"}, {"aliases": ("one more",)}, {"tollgates": ()}], ids=str
)
def test_C01_the_second_editor_of_a_term_is_told(desk: Desk, changes: dict[str, Any]) -> None:
    shown = term(desk, "stage", "evaluate")
    desk.do(taxonomy.edit_term, shown.id, as_is(shown, **changes))
    with pytest.raises(Conflict) as caught:
        desk.do(taxonomy.edit_term, shown.id, as_is(shown, definition="Mine."))
    assert caught.value.version == term(desk, "stage", "evaluate").version


def test_saving_a_term_unchanged_changes_nothing(desk: Desk) -> None:
    shown = term(desk, "stage", "evaluate")
    revision = desk.ask(taxonomy.read).revision
    desk.do(taxonomy.edit_term, shown.id, as_is(shown))
    assert term(desk, "stage", "evaluate") == shown
    assert desk.ask(taxonomy.read).revision == revision


@pytest.mark.parametrize(
    ("changes", "concerned"),
    [
        ({"label": "Prove it"}, True),
        ({"aliases": ("one more",)}, True),
        ({"definition": "Other words."}, False),
    ],
    ids=str,
)
def test_assets_are_indexed_again_when_a_name_of_their_term_changes(
    desk: Desk, changes: dict[str, Any], concerned: bool
) -> None:
    mapped = make.asset(desk, "Mapped", terms={"stage": ("evaluate",)})
    make.asset(desk, "Not mapped", terms={"stage": ("expand",)})
    in_step(desk)
    shown = term(desk, "stage", "evaluate")
    desk.do(taxonomy.edit_term, shown.id, as_is(shown, **changes))
    assert behind(desk) == ({mapped} if concerned else set())


def test_an_alias_is_added_once(desk: Desk) -> None:
    shown = term(desk, "persona", "economic-buyer")
    desk.do(taxonomy.add_alias, shown.id, "money person")
    desk.do(taxonomy.add_alias, shown.id, "Money Person")
    assert term(desk, "persona", "economic-buyer").aliases == (*shown.aliases, "money person")


def test_retired_is_not_offered_but_kept_and_can_come_back(desk: Desk) -> None:
    shown = term(desk, "stage", "evaluate")
    asset_id = make.asset(desk, terms={"stage": ("evaluate",)})
    in_step(desk)
    desk.do(taxonomy.retire_term, shown.id, "propose")
    assert "evaluate" not in {t.slug for t in dimension(desk, "stage").live}
    assert [t.slug for t in make.card(desk, asset_id).terms["stage"]] == ["evaluate"]
    assert behind(desk) == {asset_id}
    assert "evaluate" not in [t["slug"] for t in desk.ask(taxonomy.show)["dimensions"][2]["terms"]]
    desk.do(taxonomy.restore_term, shown.id)
    restored = term(desk, "stage", "evaluate")
    assert not restored.retired
    assert restored.successor is None


@pytest.mark.parametrize("successor", ["no-such-stage", "evaluate", "expand"])
def test_only_another_term_in_use_takes_the_place(desk: Desk, successor: str) -> None:
    desk.do(taxonomy.retire_term, term(desk, "stage", "expand").id)
    with pytest.raises(Invalid):
        desk.do(taxonomy.retire_term, term(desk, "stage", "evaluate").id, successor)
    assert not term(desk, "stage", "evaluate").retired


def test_terms_in_a_new_order(desk: Desk) -> None:
    desk.do(taxonomy.reorder_terms, "stage", ("expand", "prospect"))
    slugs = [t.slug for t in dimension(desk, "stage").live]
    assert slugs[:2] == ["expand", "prospect"]
    assert slugs[2:] == ["discover", "evaluate", "propose", "negotiate", "onboard"]
    with pytest.raises(Invalid, match="nowhere"):
        desk.do(taxonomy.reorder_terms, "stage", ("nowhere",))


def test_a_further_dimension_is_added_renamed_moved_and_removed(desk: Desk) -> None:
    desk.do(taxonomy.add_dimension, NewDimension("campaign", "Campaign", "campaigns"))
    desk.do(taxonomy.add_term, NewTerm("campaign", "Spring"))
    asset_id = make.asset(desk, terms={"campaign": ("spring",)})
    assert [t.label for t in make.card(desk, asset_id).terms["campaign"]] == ["Spring"]
    shown = dimension(desk, "campaign")
    edit = DimensionEdit(shown.version, "Drive", "drives", "", True, False)
    desk.do(taxonomy.edit_dimension, "campaign", edit)
    desk.do(taxonomy.move_dimension, "campaign", 0)
    assert desk.ask(taxonomy.read).dimensions[0].label == "Drive"
    with pytest.raises(Conflict):
        desk.do(taxonomy.edit_dimension, "campaign", edit)
    with pytest.raises(Invalid):
        desk.do(taxonomy.remove_dimension, "campaign")
    make.edited(desk, asset_id, terms={"campaign": ()})
    desk.do(taxonomy.remove_dimension, "campaign")
    assert desk.ask(taxonomy.read).dimension("campaign") is None


def test_the_product_s_own_dimensions_stay(desk: Desk) -> None:
    for slug in ("persona", "stage", "tollgate", "type", "language"):
        with pytest.raises(Invalid):
            desk.do(taxonomy.remove_dimension, slug)
    with pytest.raises(NotFound):
        desk.do(taxonomy.remove_dimension, "nothing")


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewDimension("q", "Query"), "slug"),
        (NewDimension("persona", "Persona", "other"), "slug"),
        (NewDimension("campaign", "Campaign", "personas"), "plural"),
        (NewDimension("Bad Slug", "Campaign"), "slug"),
        (NewDimension("campaign", " "), "label"),
    ],
)
def test_a_dimension_needs_words_that_mean_nothing_else(
    desk: Desk, new: NewDimension, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        desk.do(taxonomy.add_dimension, new)
    assert field in caught.value.fields


def test_one_of_a_kind_only_when_no_asset_has_several(desk: Desk) -> None:
    asset_id = make.asset(desk, terms={"stage": ("evaluate", "propose")})
    shown = dimension(desk, "stage")
    edit = DimensionEdit(shown.version, shown.label, shown.plural, "", False, True)
    with pytest.raises(Invalid) as caught:
        desk.do(taxonomy.edit_dimension, "stage", edit)
    assert "multi" in caught.value.fields
    make.edited(desk, asset_id, terms={"stage": ("propose",)})
    desk.do(taxonomy.edit_dimension, "stage", edit)
    assert not dimension(desk, "stage").multi


def test_every_change_of_words_is_noted(desk: Desk, admin: Actor) -> None:
    shown = term(desk, "stage", "evaluate")
    desk.by(admin, taxonomy.edit_term, shown.id, as_is(shown, label="Prove it"))
    (entry,) = desk.ask(audit.history, "term", shown.id, 1)
    assert (entry.action, entry.actor_name) == ("taxonomy.edit_term", admin.name)
    assert entry.before["label"] == shown.label
    assert entry.after["label"] == "Prove it"


def test_demo_terms_go_when_nothing_uses_them(desk: Desk) -> None:
    data = {
        "dimensions": [
            {
                "slug": "product",
                "label": "Product",
                "terms": [{"slug": "used", "label": "Used"}, {"slug": "unused", "label": "Unused"}],
            }
        ]
    }
    desk.do(taxonomy.load, data, demo=True)
    make.asset(desk, terms={"product": ("used",)})
    assert desk.do(taxonomy.remove_demo) == 1
    assert [t.slug for t in dimension(desk, "product").terms] == ["used"]
