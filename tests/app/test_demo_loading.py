"""The demo library on a site that has words of its own; a few of its assets stand for all."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogs import empty_database
from shelf import Shelf
from sites import make_site

from app import demo, demo_loading
from app.demo_loading import DemoReport
from content_catalog import Actor, Role, assets, audit, coverage, people, taxonomy


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts and links only, since files take seconds to build."""
    plain = [a for a in demo.assets() if a.build is None and a.superseded_by is None]
    kept = tuple(plain[:3])
    ids = {a.external_id for a in kept}
    uses = tuple(u for u in demo.usage() if u.external_id in ids)[:5]
    searches = tuple(s for s in demo.searches() if not s.opened)[:5]
    assert len(uses) == len(searches) == 5
    for name, value in {"assets": kept, "usage": uses, "searches": searches}.items():
        monkeypatch.setattr(demo, name, lambda value=value: value)


def load(shelf: Shelf) -> DemoReport:
    return demo_loading.load(shelf.site.services)


def term_id(shelf: Shelf, name: str) -> int:
    dimension, _, slug = name.partition(":")
    found = shelf.site.ask(taxonomy.read).term(dimension, slug)
    assert found is not None
    return int(found.id)


def named(shelf: Shelf) -> tuple[set[frozenset[str]], set[str]]:
    """The cells that have a need, by their terms, and the titles that are planned."""
    terms = shelf.site.ask(taxonomy.read).terms
    cells = {
        frozenset(terms[i].slug for i in (n.first_id, n.second_id) if i is not None)
        for n in shelf.site.ask(coverage.need_records)
    }
    return cells, {item.title for item in shelf.site.ask(coverage.plan_items)}


def cells_without(*slugs: str) -> set[frozenset[str]]:
    """What the demo needs, by the slugs of each cell, but for cells of these terms."""
    named = ([name for name in (n.first, n.second) if name] for n in demo.needs())
    cells = (frozenset(name.partition(":")[2] for name in names) for names in named)
    return {cell for cell in cells if not cell & {*slugs}}


def rows(shelf: Shelf, *tables: str) -> list[str]:
    wanted = tuple(f'INSERT INTO "{table}"' for table in tables)
    return [line for line in shelf.site.dump().splitlines() if line.startswith(wanted)]


def test_it_brings_needs_and_a_plan(shelf: Shelf) -> None:
    report = load(shelf)
    assert (report.assets, report.uses, report.searches) == (3, 5, 5)
    assert named(shelf) == (cells_without(), {item.title for item in demo.plan()})
    assert len(cells_without()) == len(demo.needs())


def test_twice_changes_nothing_more(shelf: Shelf) -> None:
    load(shelf)
    before = shelf.site.dump()
    assert load(shelf).assets == 0
    assert shelf.site.dump() == before


def test_an_asset_that_was_erased_comes_back_and_nothing_is_doubled(shelf: Shelf) -> None:
    load(shelf)
    erased = demo.assets()[0].external_id
    shelf.site.do(assets.erase, shelf.site.ask(assets.by_external_id, erased))
    tables = ("coverage_needs", "plan_items", "plan_item_terms", "searches", "uses")
    before = rows(shelf, *tables)
    report = load(shelf)
    assert (report.assets, report.uses, report.searches) == (1, 0, 0)
    assert shelf.site.ask(assets.by_external_id, erased) is not None
    assert rows(shelf, *tables) == before


def test_what_speaks_of_words_that_were_retired_is_left_out(shelf: Shelf) -> None:
    for name in ("persona:customer-success", "stage:onboard", "type:messaging"):
        shelf.site.do(taxonomy.retire_term, term_id(shelf, name))
    assert load(shelf).assets == 3
    cells, titles = named(shelf)
    assert cells == cells_without("customer-success", "onboard")
    assert titles == set()  # of one the type is retired, of the other the stage


def test_an_asset_comes_without_the_words_that_were_retired(shelf: Shelf) -> None:
    asset = demo.assets()[0]
    gone, *kept = asset.terms["persona"]
    shelf.site.do(taxonomy.retire_term, term_id(shelf, f"persona:{gone}"))
    load(shelf)
    made = shelf.site.ask(assets.page, shelf.site.ask(assets.by_external_id, asset.external_id))
    assert [term.slug for term in made.card.terms["persona"]] == kept


def test_what_speaks_of_words_the_site_never_had_is_left_out(tmp_path: Path) -> None:
    """A name that the site has given to another word is not taken from it."""
    own = {
        "dimensions": [
            {
                "slug": dimension,
                "label": dimension.title(),
                "terms": [{"slug": f"our-{slug}", "label": label(dimension, slug)}],
            }
            for dimension, slug in (("persona", "end-user"), ("stage", "negotiate"))
        ]
    }
    with make_site(tmp_path, database=empty_database()) as site:
        site.do(taxonomy.load, own)
        shelf = Shelf(site)
        load(shelf)
        cells, titles = named(shelf)
    assert cells == cells_without("negotiate")
    assert titles == {demo.plan()[0].title}


def label(dimension: str, slug: str) -> str:
    (found,) = (d for d in demo.taxonomy()["dimensions"] if d["slug"] == dimension)
    return str(next(t["label"] for t in found["terms"] if t["slug"] == slug))


def test_what_would_be_planned_by_somebody_who_left_is_left_out(shelf: Shelf) -> None:
    planner = demo.plan()[0].owner
    number = shelf.site.add(planner, Role.MARKETER)
    shelf.site.set_role(number, active=False)
    load(shelf)
    assert named(shelf) == (cells_without(), set())


def test_removing_takes_all_away_but_what_people_worked_on(shelf: Shelf) -> None:
    load(shelf)
    committed, waiting = (item.title for item in demo.plan())
    (mine,) = (i for i in shelf.site.ask(coverage.plan_items) if i.title == waiting)
    with shelf.site.services.catalog.work(actor(shelf, demo.plan()[1].reviewer)) as work:
        coverage.agree(work, mine.id)
    demo_loading.remove(shelf.site.services)
    assert named(shelf) == (set(), {waiting})
    (noted,) = shelf.site.ask(lambda look: audit.entries(look, action="coverage."))[:1]
    assert noted.after == {"needs": len(demo.needs()), "plan_items": 1}
    assert committed != waiting


def actor(shelf: Shelf, email: str) -> Actor:
    card = shelf.site.ask(people.by_email, email)
    return Actor(card.id, card.name, card.role, card.email, card.side)
