"""The plan: what it takes to commit, what closes an item, and who is told what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import make
import pytest
from catalogs import Desk, counted

from content_catalog import SYSTEM, Actor, Role, Side, assets, audit, coverage, people, taxonomy
from content_catalog.assets import Status
from content_catalog.coverage import NewPlanItem, PlanEdit, PlanItem, PlanState
from content_catalog.errors import Conflict, Invalid, NotAllowed, NotFound
from content_catalog.taxonomy import NewDimension, NewTerm

DRAFT = {"status": Status.DRAFT}


def live(desk: Desk, dimension: str) -> list[int]:
    found = desk.ask(taxonomy.read).dimension(dimension)
    assert found is not None
    return [term.id for term in found.live]


def cell(desk: Desk) -> frozenset[int]:
    return frozenset({live(desk, "stage")[0], live(desk, "persona")[0]})


@pytest.fixture
def planned(desk: Desk, marketer: Actor) -> Callable[..., PlanItem]:
    """A new item, by the marketer."""

    def make_one(title: str = "Checklist for procurement", **fields: Any) -> PlanItem:
        fields.setdefault("terms", cell(desk))
        return read(desk, desk.by(marketer, coverage.plan, NewPlanItem(title, **fields)))

    return make_one


Planner = Callable[..., PlanItem]


def read(desk: Desk, item_id: int, by: Actor = SYSTEM) -> PlanItem:
    return desk.ask(coverage.plan_item, item_id, by=by)


def edit_of(item: PlanItem, **changes: Any) -> PlanEdit:
    as_it_is = PlanEdit(
        item.version,
        item.title,
        frozenset(item.term_ids),
        item.type_id,
        item.owner_email,
        item.due_on,
        item.reviewer_id,
        item.note,
    )
    return replace(as_it_is, **changes)


def log(desk: Desk, item: PlanItem) -> list[str]:
    return [e.action for e in desk.ask(audit.history, "plan_item", item.id)][::-1]


def committed(desk: Desk, item: PlanItem, rep: Actor) -> PlanItem:
    desk.by(rep, coverage.agree, item.id)
    desk.do(coverage.commit_plan, item.id, read(desk, item.id).version)
    return read(desk, item.id)


def test_a_proposal_says_what_for_whom_by_whom(
    desk: Desk, planned: Planner, rep: Actor, marketer: Actor
) -> None:
    kind, due = live(desk, "type")[0], make.TODAY + timedelta(days=30)
    item = planned(
        "  Checklist   for procurement ", type_id=kind, due_on=due, reviewer_id=rep.id, note=" One "
    )
    assert (item.title, item.note) == ("Checklist for procurement", "One")
    assert (item.state, item.type_id, item.due_on) == (PlanState.PROPOSED, kind, due)
    assert (item.owner_email, item.owner_name) == (marketer.email, marketer.name)
    assert (item.reviewer_id, item.reviewer_name) == (rep.id, rep.name)
    assert (item.created_by, item.created_at, item.agreed_at) == (
        marketer.name,
        desk.clock.now,
        None,
    )
    order = [*desk.ask(taxonomy.read).terms]
    assert [*item.term_ids] == sorted(cell(desk), key=order.index)
    (entry,) = desk.ask(audit.history, "plan_item", item.id)
    assert (entry.action, entry.label) == ("plan.add", "Checklist for procurement")
    assert (entry.after["reviewer"], entry.after["due"]) == (rep.name, due.isoformat())


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": "   "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"note": "x" * 2001}, "note"),
        ({"terms": frozenset()}, "terms"),
        ({"terms": frozenset({99999})}, "terms"),
        ({"type_id": 99999}, "type_id"),
        ({"owner_email": "nobody@example.com"}, "owner_email"),
        ({"owner_email": ""}, "owner_email"),
        ({"reviewer_id": 99999}, "reviewer_id"),
        ({"due_on": make.TODAY - timedelta(days=1)}, "due_on"),
    ],
)
def test_what_does_not_hold_is_refused_by_name(
    desk: Desk, planned: Planner, fields: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(Invalid) as refused:
        planned(**fields)
    assert [*refused.value.fields] == [wrong]
    assert desk.ask(coverage.plan_items) == ()


def test_only_active_people_own_and_only_sales_reviews(
    desk: Desk, planned: Planner, rep: Actor, marketer: Actor
) -> None:
    with pytest.raises(Invalid, match="from sales"):
        planned(reviewer_id=marketer.id)
    assert planned(owner_email=" REP@example.com ", due_on=make.TODAY).owner_name == rep.name
    switch_off(desk, rep)
    with pytest.raises(Invalid, match="from sales"):
        planned(reviewer_id=rep.id)
    with pytest.raises(Invalid, match="Nobody here"):
        planned(owner_email=rep.email)


def switch_off(desk: Desk, person: Actor) -> None:
    assert person.id is not None
    card = desk.ask(people.user, person.id)
    off = people.UserEdit(card.version, card.name, card.role, card.side, active=False)
    desk.do(people.edit_user, person.id, off)


def test_nothing_is_committed_before_the_named_reviewer_agreed(
    desk: Desk, planned: Planner, rep: Actor, marketer: Actor
) -> None:
    item = planned()
    with pytest.raises(Invalid) as refused:
        desk.by(marketer, coverage.commit_plan, item.id, item.version)
    assert [*refused.value.fields] == ["reviewer_id"]
    desk.by(marketer, coverage.edit_plan, item.id, edit_of(item, reviewer_id=rep.id))
    with pytest.raises(Invalid, match=f"{rep.name} has not agreed"):
        desk.by(marketer, coverage.commit_plan, item.id, 2)
    assert read(desk, item.id).state is PlanState.PROPOSED
    desk.by(rep, coverage.agree, item.id)
    desk.by(rep, coverage.agree, item.id)  # twice is once
    agreed = read(desk, item.id)
    assert agreed.agreed_at == desk.clock.now
    desk.by(marketer, coverage.commit_plan, item.id, agreed.version)
    assert read(desk, item.id).state is PlanState.COMMITTED
    assert log(desk, item) == ["plan.add", "plan.edit", "plan.agree", "plan.commit"]
    with pytest.raises(Invalid, match="committed already"):
        desk.by(marketer, coverage.commit_plan, item.id, agreed.version + 1)


def test_P_only_the_named_reviewer_agrees(
    desk: Desk, planned: Planner, rep: Actor, marketer: Actor, admin: Actor
) -> None:
    item, nobodys = planned(reviewer_id=rep.id), planned("Another")
    other = make.person(desk, "other@example.com", Role.REP)
    for who in (other, marketer, admin, SYSTEM):
        for command in (coverage.agree, coverage.disagree):
            with pytest.raises(NotAllowed):
                desk.by(who, command, item.id)
            with pytest.raises(NotAllowed):
                desk.by(who, command, nobodys.id)
    assert read(desk, item.id).agreed_at is None


def test_an_agreement_is_taken_back_until_it_is_committed(
    desk: Desk, planned: Planner, rep: Actor
) -> None:
    item = planned(reviewer_id=rep.id)
    desk.by(rep, coverage.agree, item.id)
    desk.by(rep, coverage.disagree, item.id)
    assert read(desk, item.id).agreed_at is None
    committed(desk, item, rep)
    with pytest.raises(Invalid, match="committed already"):
        desk.by(rep, coverage.disagree, item.id)


@pytest.mark.parametrize("what", ["title", "type_id", "terms", "reviewer_id"])
def test_a_change_of_what_was_agreed_to_takes_the_agreement_back(
    desk: Desk, planned: Planner, rep: Actor, what: str
) -> None:
    other = make.person(desk, "other@example.com", Role.REP)
    changes = {
        "title": "Something else",
        "type_id": live(desk, "type")[1],
        "terms": frozenset(live(desk, "stage")[:2]),
        "reviewer_id": other.id,
    }
    item = committed(desk, planned(reviewer_id=rep.id), rep)
    desk.do(coverage.edit_plan, item.id, edit_of(item, **{what: changes[what]}))
    after = read(desk, item.id)
    assert (after.state, after.agreed_at) == (PlanState.PROPOSED, None)
    assert desk.ask(audit.history, "plan_item", item.id)[0].after["state"] == "proposed"
    with pytest.raises(Invalid):
        desk.do(coverage.commit_plan, item.id, after.version)


def test_another_day_or_owner_leaves_the_agreement(
    desk: Desk, planned: Planner, rep: Actor
) -> None:
    item = committed(desk, planned(reviewer_id=rep.id), rep)
    later = edit_of(
        item, due_on=make.TODAY + timedelta(days=9), owner_email=rep.email, note="Longer"
    )
    desk.do(coverage.edit_plan, item.id, later)
    after = read(desk, item.id)
    assert (after.state, after.agreed_at) == (PlanState.COMMITTED, item.agreed_at)
    assert (after.due_on, after.owner_name, after.note) == (later.due_on, rep.name, "Longer")


def test_what_went_out_of_use_since_does_not_hold_up_an_edit(
    desk: Desk, planned: Planner, rep: Actor
) -> None:
    kind = live(desk, "type")[0]
    item = planned(reviewer_id=rep.id, owner_email=rep.email, type_id=kind, due_on=make.TODAY)
    switch_off(desk, rep)
    for term_id in (*item.term_ids, kind):
        desk.do(taxonomy.retire_term, term_id)
    desk.clock.move(days=2)
    desk.do(coverage.edit_plan, item.id, edit_of(item, note="Still wanted"))
    assert read(desk, item.id).note == "Still wanted"
    with pytest.raises(Invalid, match="not used any more"):
        planned("Another", terms=frozenset(item.term_ids))
    with pytest.raises(Invalid, match="not used any more"):
        planned("Another", terms=frozenset(live(desk, "stage")[:1]), type_id=kind)


def test_C01_of_two_who_save_the_second_is_told(
    desk: Desk, planned: Planner, rep: Actor, marketer: Actor
) -> None:
    item = planned(reviewer_id=rep.id)
    terms = frozenset(live(desk, "stage")[:2])
    desk.do(coverage.edit_plan, item.id, edit_of(item, terms=terms))  # in a table of its own
    for command, *args in (
        (coverage.edit_plan, edit_of(item, title="Mine")),
        (coverage.drop, item.version, "no"),
        (coverage.commit_plan, item.version),
    ):
        with pytest.raises(Conflict):
            desk.by(marketer, command, item.id, *args)
    with pytest.raises(Conflict):
        desk.by(rep, coverage.agree, item.id, item.version)
    kept = read(desk, item.id)
    assert (kept.title, kept.state, kept.agreed_at) == (item.title, PlanState.PROPOSED, None)
    assert frozenset(kept.term_ids) == terms


def test_a_dropped_item_is_out_of_the_plan_and_says_why(
    desk: Desk, planned: Planner, marketer: Actor, rep: Actor
) -> None:
    item = planned(reviewer_id=rep.id)
    with pytest.raises(Invalid):
        desk.by(marketer, coverage.drop, item.id, 1, "x" * 501)
    desk.by(marketer, coverage.drop, item.id, 1, "Sales has one")
    after = read(desk, item.id)
    assert (after.state, after.closed_at, after.closed_why) == (
        PlanState.DROPPED,
        desk.clock.now,
        "Sales has one",
    )
    assert desk.ask(coverage.plan_items) == ()
    assert desk.ask(coverage.planned) == ()
    assert desk.ask(coverage.awaiting_review, by=rep) == ()
    for command, *args in (
        (coverage.edit_plan, edit_of(after, title="Again")),
        (coverage.drop, after.version, ""),
        (coverage.commit_plan, after.version),
        (coverage.attach, make.asset(desk, **DRAFT)),
    ):
        with pytest.raises(Invalid, match="dropped"):
            desk.do(command, item.id, *args)
    with pytest.raises(Invalid, match="dropped"):
        desk.by(rep, coverage.agree, item.id)


@pytest.mark.parametrize("state", [PlanState.PROPOSED, PlanState.COMMITTED])
def test_publishing_the_asset_closes_the_item(
    desk: Desk, planned: Planner, rep: Actor, state: PlanState
) -> None:
    item = planned(reviewer_id=rep.id)
    if state is PlanState.COMMITTED:
        committed(desk, item, rep)
    asset_id = make.asset(desk, **DRAFT)
    desk.do(coverage.attach, item.id, asset_id)
    assert not desk.ask(coverage.any_delivered)
    assert desk.do(coverage.close_delivered) == ()
    assert read(desk, item.id).state is state
    make.edited(desk, asset_id, status=Status.PUBLISHED)
    assert desk.ask(coverage.any_delivered)
    assert desk.do(coverage.close_delivered) == (item.id,)
    after = read(desk, item.id)
    assert (after.state, after.asset_id, after.closed_at) == (
        PlanState.DONE,
        asset_id,
        desk.clock.now,
    )
    assert log(desk, item)[-1] == "plan.deliver"
    assert desk.do(coverage.close_delivered) == ()  # and nothing more


def test_an_asset_that_is_published_already_closes_at_once(
    desk: Desk, planned: Planner, marketer: Actor
) -> None:
    item, other = planned(), planned("Another")
    expired = make.asset(desk, "Old", expires_on=make.TODAY)
    desk.clock.move(days=1)
    desk.by(marketer, coverage.attach, other.id, expired)
    assert read(desk, other.id).state is PlanState.PROPOSED  # nobody finds it
    desk.by(marketer, coverage.attach, item.id, make.asset(desk))
    assert read(desk, item.id).state is PlanState.DONE
    assert read(desk, other.id).state is PlanState.PROPOSED


def test_an_asset_is_taken_off_and_must_be_there(
    desk: Desk, planned: Planner, marketer: Actor
) -> None:
    item, asset_id = planned(), make.asset(desk, **DRAFT)
    with pytest.raises(NotFound):
        desk.by(marketer, coverage.attach, item.id, 99999)
    desk.by(marketer, coverage.attach, item.id, asset_id)
    desk.by(marketer, coverage.attach, item.id, asset_id)
    assert read(desk, item.id).asset_id == asset_id
    desk.by(marketer, coverage.attach, item.id, None)
    assert read(desk, item.id).asset_id is None
    assert log(desk, item) == ["plan.add", "plan.attach", "plan.attach"]


def test_an_erased_asset_is_let_go_and_the_item_stays_open(desk: Desk, planned: Planner) -> None:
    item, asset_id = planned(), make.asset(desk, **DRAFT)
    desk.do(coverage.attach, item.id, asset_id)
    desk.do(assets.erase, asset_id)
    after = read(desk, item.id)
    assert (after.asset_id, after.state) == (None, PlanState.PROPOSED)


def test_P03_a_rep_reads_the_plan_but_not_the_id_of_a_draft(
    desk: Desk, planned: Planner, rep: Actor
) -> None:
    item, asset_id = planned(reviewer_id=rep.id), make.asset(desk, **DRAFT)
    desk.do(coverage.attach, item.id, asset_id)
    assert read(desk, item.id, by=rep).asset_id is None
    assert [i.title for i in desk.ask(coverage.plan_items, by=rep)] == [item.title]
    for command, *args in (
        (coverage.plan, NewPlanItem("Mine", cell(desk))),
        (coverage.edit_plan, item.id, edit_of(item)),
        (coverage.commit_plan, item.id, 2),
        (coverage.drop, item.id, 2),
        (coverage.attach, item.id, asset_id),
        (coverage.close_delivered,),
    ):
        with pytest.raises(NotAllowed):
            desk.by(rep, command, *args)
    make.edited(desk, asset_id, status=Status.PUBLISHED)
    assert read(desk, item.id, by=rep).asset_id == asset_id


def test_there_is_no_item_that_was_never_planned(desk: Desk) -> None:
    with pytest.raises(NotFound):
        read(desk, 99999)
    with pytest.raises(NotFound):
        desk.do(coverage.drop, 99999, 1)


def test_the_plan_of_a_cell_in_the_order_it_is_due(desk: Desk, planned: Planner) -> None:
    stages, persona = live(desk, "stage"), live(desk, "persona")[0]
    here, there = frozenset({stages[0], persona}), frozenset({stages[1], persona})
    planned("Some day", terms=here)
    planned("Soon", terms=here, due_on=make.TODAY + timedelta(days=2))
    planned("Sooner", terms=here | {stages[1]}, due_on=make.TODAY + timedelta(days=1))
    planned("Elsewhere", terms=there)

    def titles(**wanted: Any) -> list[str]:
        return [item.title for item in desk.ask(coverage.plan_items, **wanted)]

    assert titles(terms=here) == ["Sooner", "Soon", "Some day"]
    assert titles(terms=there) == ["Sooner", "Elsewhere"]
    assert titles() == ["Sooner", "Soon", "Some day", "Elsewhere"]
    dropped = desk.ask(coverage.plan_items)[0]
    desk.do(coverage.drop, dropped.id, dropped.version)
    assert titles(terms=there) == ["Elsewhere"]
    assert titles(terms=there, open_only=False) == ["Sooner", "Elsewhere"]


def test_what_waits_for_somebody_is_their_own(desk: Desk, planned: Planner, rep: Actor) -> None:
    other = make.person(desk, "other@example.com", Role.REP)
    mine, agreed = planned(reviewer_id=rep.id), planned("Agreed", reviewer_id=rep.id)
    planned("Theirs", reviewer_id=other.id)
    desk.by(rep, coverage.agree, agreed.id)
    assert [item.id for item in desk.ask(coverage.awaiting_review, by=rep)] == [mine.id]
    assert desk.ask(coverage.awaiting_review) == ()  # the system reviews nothing


def test_the_matrix_learns_of_open_items_in_one_statement(
    desk: Desk, planned: Planner, rep: Actor
) -> None:
    kind = live(desk, "type")[0]
    open_one = planned(type_id=kind)
    sure = committed(desk, planned("Sure", reviewer_id=rep.id), rep)
    gone = planned("Gone")
    desk.do(coverage.drop, gone.id, gone.version)
    with counted(desk.catalog) as statements:
        found = desk.ask(coverage.planned, by=rep)
    assert len(statements) == 1
    assert [(p.id, p.terms, p.type_id, p.committed) for p in found] == [
        (open_one.id, cell(desk), kind, False),
        (sure.id, cell(desk), None, True),
    ]
    with counted(desk.catalog) as statements:
        desk.ask(coverage.plan_items)
    assert len(statements) <= 3  # with the taxonomy's revision


def test_a_dimension_with_open_items_stays_and_closed_ones_do_not_hold_it(
    desk: Desk, planned: Planner
) -> None:
    desk.do(taxonomy.add_dimension, NewDimension("segment", "Segment", "segments"))
    banks = desk.do(taxonomy.add_term, NewTerm("segment", "Banks"))
    item = planned(terms=cell(desk) | {banks})
    with pytest.raises(Invalid, match="Segment"):
        desk.do(taxonomy.remove_dimension, "segment")
    desk.do(coverage.drop, item.id, item.version)
    desk.do(taxonomy.remove_dimension, "segment")
    assert frozenset(read(desk, item.id).term_ids) == cell(desk)


def test_demo_terms_and_people_that_the_plan_names_stay(
    desk: Desk, planned: Planner, marketer: Actor
) -> None:
    demo: dict[str, int] = {
        email: desk.do(
            people.add_user,
            people.NewUser(email, email.partition("@")[0], Role.REP, Side.SALES, make.PASSWORD),
            demo=True,
        )
        for email in ("named@example.com", "unused@example.com")
    }
    terms = {
        slug: desk.do(taxonomy.add_term, NewTerm("product", slug, slug), demo=True)
        for slug in ("planned", "spare")
    }
    kind = desk.do(taxonomy.add_term, NewTerm("type", "Demo kind", "demo-kind"), demo=True)
    item = planned(
        terms=frozenset({terms["planned"]}), type_id=kind, reviewer_id=demo["named@example.com"]
    )
    theirs = desk.do(
        coverage.plan,
        NewPlanItem("Of the demo", cell(desk), owner_email=marketer.email),
        demo=True,
    )
    desk.do(coverage.remove_demo)
    assert desk.do(taxonomy.remove_demo) == 1
    assert desk.do(people.remove_demo) == 1
    after = read(desk, item.id)
    assert (after.term_ids, after.type_id) == ((terms["planned"],), kind)
    assert after.reviewer_name == "named"
    with pytest.raises(NotFound):
        read(desk, theirs)


def of_the_demo(desk: Desk, reviewer: Actor, owner: Actor, title: str = "Of the demo") -> PlanItem:
    new = NewPlanItem(title, cell(desk), owner_email=owner.email, reviewer_id=reviewer.id)
    return read(desk, desk.do(coverage.plan, new, demo=True))


def agree_and_disagree(desk: Desk, item: PlanItem, rep: Actor) -> None:
    desk.by(rep, coverage.agree, item.id, demo=True)
    desk.by(rep, coverage.disagree, item.id)


def commit_agreed(desk: Desk, item: PlanItem, rep: Actor) -> None:
    desk.by(rep, coverage.agree, item.id, demo=True)
    desk.do(coverage.commit_plan, item.id, read(desk, item.id).version)


@pytest.mark.parametrize(
    "move",
    [
        lambda desk, item, rep: desk.do(coverage.edit_plan, item.id, edit_of(item, note="Ours")),
        lambda desk, item, rep: desk.by(rep, coverage.agree, item.id),
        agree_and_disagree,
        commit_agreed,
        lambda desk, item, rep: desk.do(coverage.attach, item.id, make.asset(desk, **DRAFT)),
        lambda desk, item, rep: desk.do(coverage.drop, item.id, item.version, "Not for us"),
    ],
    ids=["edit", "agree", "disagree", "commit", "attach", "drop"],
)
def test_an_item_of_the_demo_that_somebody_worked_on_is_theirs(
    desk: Desk, rep: Actor, marketer: Actor, move: Callable[..., None]
) -> None:
    item = of_the_demo(desk, rep, marketer)
    move(desk, item, rep)
    desk.do(coverage.remove_demo)
    assert read(desk, item.id).title == item.title


def test_what_the_demo_itself_agreed_to_and_committed_goes_and_is_noted_once(
    desk: Desk, rep: Actor, marketer: Actor, planned: Planner
) -> None:
    item, theirs = of_the_demo(desk, rep, marketer), planned(reviewer_id=rep.id)
    of_the_demo(desk, rep, marketer, "Untouched")
    for each in (item, theirs):  # nobody's own item becomes one of the demo by this
        desk.by(rep, coverage.agree, each.id, demo=True)
        version = read(desk, each.id).version
        desk.do(coverage.commit_plan, each.id, version, demo=True)
    desk.do(coverage.remove_demo)
    desk.do(coverage.remove_demo)
    assert [i.id for i in desk.ask(coverage.plan_items)] == [theirs.id]
    noted = desk.ask(lambda look: audit.entries(look, action="coverage.remove_demo"))
    assert [e.after for e in noted] == [{"needs": 0, "plan_items": 2}]
