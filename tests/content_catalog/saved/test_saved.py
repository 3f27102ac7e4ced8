"""What a person keeps is their own."""

from __future__ import annotations

import make
import pytest
from catalogs import Desk

from content_catalog import SYSTEM, Actor, Permission, Role, actor, saved
from content_catalog.assets import Status
from content_catalog.errors import Invalid, NotAllowed, NotFound
from content_catalog.saved import KeptPage


def test_stars_are_kept_once_latest_first_and_let_go(desk: Desk, rep: Actor) -> None:
    ids = [make.asset(desk, f"Deck {n}") for n in range(3)]
    for asset_id in (*ids, ids[0]):
        desk.by(rep, saved.star, asset_id)
        desk.clock.move(seconds=1)
    assert desk.ask(saved.starred, by=rep) == [ids[2], ids[1], ids[0]]
    desk.by(rep, saved.unstar, ids[1])
    desk.by(rep, saved.unstar, ids[1])
    assert desk.ask(saved.starred, by=rep) == [ids[2], ids[0]]


def test_P_only_what_one_may_see_is_starred(desk: Desk, rep: Actor, marketer: Actor) -> None:
    hidden = make.asset(desk, status=Status.DRAFT)
    for asset_id in (hidden, 999):
        with pytest.raises(NotFound):
            desk.by(rep, saved.star, asset_id)
    desk.by(marketer, saved.star, hidden)
    assert desk.ask(saved.starred, by=marketer) == [hidden]
    assert desk.ask(saved.starred, by=rep) == []


def test_a_star_goes_with_its_asset(desk: Desk, rep: Actor) -> None:
    from content_catalog import assets

    asset_id = make.asset(desk)
    desk.by(rep, saved.star, asset_id)
    desk.do(assets.erase, asset_id)
    assert desk.ask(saved.starred, by=rep) == []


def test_searches_are_kept_renamed_and_removed(desk: Desk, rep: Actor) -> None:
    first = desk.by(rep, saved.save_search, "  My   deals ", "q=roi&stage=evaluate")
    second = desk.by(rep, saved.save_search, "Other", "q=x")
    desk.by(rep, saved.rename_search, first, "Deals")
    found = desk.ask(saved.searches, by=rep)
    assert [(s.id, s.name, s.query) for s in found] == [
        (second, "Other", "q=x"),
        (first, "Deals", "q=roi&stage=evaluate"),
    ]
    desk.by(rep, saved.remove_search, second)
    assert [s.id for s in desk.ask(saved.searches, by=rep)] == [first]


def test_coverage_views_are_kept_beside_searches_and_told_apart(desk: Desk, rep: Actor) -> None:
    search = desk.by(rep, saved.save_search, "Deals", "q=roi")
    view = desk.by(rep, saved.save_search, "Gates", "rows=tollgate", KeptPage.COVERAGE)
    assert [(s.id, s.page) for s in desk.ask(saved.searches, by=rep)] == [(search, KeptPage.FIND)]
    found = [(s.id, s.page) for s in desk.ask(saved.pages, by=rep)]
    assert found == [(view, KeptPage.COVERAGE), (search, KeptPage.FIND)]
    assert desk.by(rep, saved.remove_search, view).page is KeptPage.COVERAGE
    assert [s.id for s in desk.ask(saved.pages, by=rep)] == [search]


def test_as_many_views_as_searches_may_be_kept(
    desk: Desk, rep: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_catalog.saved.commands.MOST", 1)
    desk.by(rep, saved.save_search, "One", "q=x")
    desk.by(rep, saved.save_search, "One", "", KeptPage.COVERAGE)
    with pytest.raises(Invalid, match="1 searches"):
        desk.by(rep, saved.save_search, "Two", "q=x")
    with pytest.raises(Invalid, match="1 views"):
        desk.by(rep, saved.save_search, "Two", "", KeptPage.COVERAGE)


def test_P_only_who_sees_coverage_keeps_a_view(
    desk: Desk, rep: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(actor.GRANTS, Role.REP, frozenset({Permission.KEEP_OWN}))
    desk.by(rep, saved.save_search, "Search", "q=x")
    with pytest.raises(NotAllowed):
        desk.by(rep, saved.save_search, "View", "", KeptPage.COVERAGE)


def test_P_another_s_searches_are_not_there(desk: Desk, rep: Actor, admin: Actor) -> None:
    search_id = desk.by(rep, saved.save_search, "Mine", "q=x")
    assert desk.ask(saved.searches, by=admin) == ()
    with pytest.raises(NotFound):
        desk.by(admin, saved.rename_search, search_id, "Yours")
    with pytest.raises(NotFound):
        desk.by(admin, saved.remove_search, search_id)
    assert desk.ask(saved.searches, by=rep)[0].name == "Mine"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_search_has_a_name_of_some_length(desk: Desk, rep: Actor, name: str) -> None:
    search_id = desk.by(rep, saved.save_search, "x" * 100, "q=x")
    with pytest.raises(Invalid):
        desk.by(rep, saved.save_search, name, "q=x")
    with pytest.raises(Invalid):
        desk.by(rep, saved.rename_search, search_id, name)
    with pytest.raises(Invalid):
        desk.by(rep, saved.save_search, "Long", "q=" + "x" * 2000)
    assert len(desk.ask(saved.searches, by=rep)) == 1


def test_nobody_and_the_system_keep_nothing(desk: Desk) -> None:
    from content_catalog import NOBODY

    with pytest.raises(NotAllowed):
        desk.by(NOBODY, saved.star, make.asset(desk))
    with pytest.raises(Invalid):
        desk.by(SYSTEM, saved.save_search, "x", "q=x")
