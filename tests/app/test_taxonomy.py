"""The company's words: pages to read, and the workshop to change them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalogs import empty_database
from forms import form
from shelf import ADMIN, MARKETER, REP, Shelf, words
from sites import Browser, Site, make_site

from content_catalog import taxonomy
from content_catalog.assets import Status
from content_catalog.taxonomy import Dimension, Term


@pytest.fixture
def admin(shelf: Shelf) -> Browser:
    shelf.site.do(taxonomy.load_default)
    return shelf.browser(ADMIN)


def dimension(shelf: Shelf, slug: str) -> Dimension:
    found: Dimension = shelf.site.ask(taxonomy.read).by_slug[slug]
    return found


def term(shelf: Shelf, slug: str, of: str = "stage") -> Term:
    return next(t for t in dimension(shelf, of).terms if t.slug == slug)


def edit_path(shelf: Shelf, slug: str, of: str = "stage") -> str:
    return f"/admin/taxonomy/{of}/terms/{term(shelf, slug, of).id}"


def edit(shelf: Shelf, admin: Browser, slug: str, **changes: Any) -> Any:
    path = edit_path(shelf, slug)
    return admin.post(path, form(admin.get(path).text, path) | changes)


@pytest.mark.parametrize("plural", ["personas", "stages", "tollgates"])
def test_everybody_reads_the_words(shelf: Shelf, admin: Browser, plural: str) -> None:
    rep = shelf.browser(REP)
    page = rep.get(f"/{plural}")
    first = dimension(shelf, plural.removesuffix("s")).live[0]
    assert first.definition in words(page.text)
    assert "/admin/" not in page.text
    assert first.definition in words(rep.get(f"/{plural}/{first.slug}").text)


def test_a_term_shows_its_assets_and_what_to_do(shelf: Shelf, admin: Browser) -> None:
    shelf.put("Payback sheet", terms={"stage": ("evaluate",)})
    shelf.put("Draft of it", terms={"stage": ("evaluate",)}, status=Status.DRAFT)
    assert (
        edit(shelf, admin, "evaluate", ask="* Who signs?", send="The **sheet**").status_code == 303
    )
    page = words(shelf.browser(REP).get("/stages/evaluate").text)
    assert "1 asset" in page
    assert "Payback sheet" in page
    assert "Draft of it" not in page
    assert "Who signs?" in page


def test_an_old_name_leads_to_the_term(shelf: Shelf, admin: Browser) -> None:
    edit(shelf, admin, "evaluate", label="Prove")
    answer = admin.get("/stages/Evaluate")
    assert (answer.status_code, answer.location) == (301, "/stages/evaluate")
    assert admin.get("/stages/nowhere").status_code == 404


def test_the_map_of_stages_and_tollgates_is_edited_at_the_stage(
    shelf: Shelf, admin: Browser
) -> None:
    gates = [g.slug for g in dimension(shelf, "tollgate").live[:2]]
    edit(shelf, admin, "evaluate", tollgates=gates)
    assert set(term(shelf, "evaluate").tollgates) == set(gates)
    edit(shelf, admin, "evaluate", tollgates=[])
    assert term(shelf, "evaluate").tollgates == ()
    assert "Stages and the customer’s tollgates" in words(admin.get("/stages").text)


def test_a_dimension_is_added_used_and_removed(shelf: Shelf, admin: Browser) -> None:
    path = "/admin/taxonomy"
    fields = form(admin.get(path).text, path) | {
        "label": "Season",
        "slug": "season",
        "plural": "seasons",
    }
    assert admin.post(path, fields).location == "/admin/taxonomy/season"
    terms = "/admin/taxonomy/season/terms"
    page = admin.get("/admin/taxonomy/season").text
    assert admin.post(terms, form(page, terms) | {"label": "Winter"}).status_code == 303
    assert [t.slug for t in dimension(shelf, "season").live] == ["winter"]
    assert "Winter" in admin.get("/library/new").text
    asset_id = shelf.put("Sheet", terms={"season": ("winter",)})
    remove = "/admin/taxonomy/season/remove"
    held = admin.get(admin.post(remove).location)
    assert "Take the mapping away first" in words(held.text)
    bulk = {"ids": [str(asset_id)], "change": "remove:season", "value": "winter"}
    assert admin.post("/library/bulk", bulk).status_code == 303
    assert admin.post(remove).location == "/admin/taxonomy"
    assert shelf.site.ask(taxonomy.read).dimension("season") is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": "", "slug": "x"}, "Give it a name."),
        ({"label": "Stage", "slug": "stage"}, "There is a dimension “stage” already."),
        ({"label": "Query", "slug": "q"}, "already means something else"),
        ({"label": "Odd", "slug": "Not A Slug"}, "Small letters"),
    ],
)
def test_a_dimension_that_does_not_fit_is_refused(
    shelf: Shelf, admin: Browser, changes: dict[str, str], said: str
) -> None:
    path = "/admin/taxonomy"
    answer = admin.post(path, form(admin.get(path).text, path) | changes)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert form(answer.text, path)["label"] == [changes["label"]]


def test_a_dimension_is_renamed_and_moved(shelf: Shelf, admin: Browser) -> None:
    path = "/admin/taxonomy/stage"
    fields = form(admin.get(path).text, path)
    assert admin.post(path, fields | {"dimension-label": "Deal stage"}).status_code == 303
    assert dimension(shelf, "stage").label == "Deal stage"
    before = [d.slug for d in shelf.site.ask(taxonomy.read).dimensions]
    admin.post(f"/admin/taxonomy/{before[1]}/move", {"way": "up"})
    after = [d.slug for d in shelf.site.ask(taxonomy.read).dimensions]
    assert after[:2] == [before[1], before[0]]


def test_terms_are_reordered(shelf: Shelf, admin: Browser) -> None:
    first, second, *rest = [t.slug for t in dimension(shelf, "stage").live]
    admin.post("/admin/taxonomy/stage/order", {"move": f"{first}:down"})
    assert [t.slug for t in dimension(shelf, "stage").live] == [second, first, *rest]
    admin.post("/admin/taxonomy/stage/order", {"move": "nonsense:up"})
    assert [t.slug for t in dimension(shelf, "stage").live] == [second, first, *rest]


def test_a_retired_term_leads_to_its_successor_and_comes_back(shelf: Shelf, admin: Browser) -> None:
    path = edit_path(shelf, "propose")
    retire = f"{path}/retire"
    page = admin.get(path).text
    admin.post(retire, form(page, retire) | {"successor": "negotiate"})
    assert admin.get("/stages/propose").location == "/stages/negotiate"
    assert "Propose" not in words(admin.get("/stages").text)
    admin.post(f"{path}/restore")
    assert admin.get("/stages/propose").status_code == 200


def test_a_retired_term_cannot_succeed_itself(shelf: Shelf, admin: Browser) -> None:
    retire = f"{edit_path(shelf, 'propose')}/retire"
    answer = admin.get(admin.post(retire, {"successor": "propose"}).location)
    assert "Choose a term that is in use." in words(answer.text)
    assert not term(shelf, "propose").retired


def test_a_name_another_term_has_is_refused_beside_the_field(shelf: Shelf, admin: Browser) -> None:
    answer = edit(shelf, admin, "evaluate", label="Propose")
    assert answer.status_code == 422
    assert "“Propose” is already a name of “Propose”" in words(answer.text)


def test_C02_saving_over_somebody_elses_edit_asks_again(shelf: Shelf, admin: Browser) -> None:
    path = edit_path(shelf, "evaluate")
    mine = form(admin.get(path).text, path) | {"label": "Mine"}
    edit(shelf, admin, "evaluate", label="Theirs")
    answer = admin.post(path, mine)
    assert answer.status_code == 409
    assert "save again to keep it" in words(answer.text)
    assert term(shelf, "evaluate").label == "Theirs"
    assert admin.post(path, form(answer.text, path)).status_code == 303
    assert term(shelf, "evaluate").label == "Mine"


def test_a_term_of_another_dimension_is_not_found(shelf: Shelf, admin: Browser) -> None:
    wrong = edit_path(shelf, "evaluate").replace("/stage/", "/persona/")
    assert admin.get(wrong).status_code == 404
    assert admin.post(f"{wrong}/retire").status_code == 404
    assert not term(shelf, "evaluate").retired


def test_marketers_read_but_do_not_change(shelf: Shelf, admin: Browser) -> None:
    marketer = shelf.browser(MARKETER)
    assert marketer.get("/admin/taxonomy").status_code == 403
    assert "/admin/taxonomy" not in marketer.get("/stages").text


@pytest.fixture
def wordless(tmp_path: Path) -> Iterator[Site]:
    """A site whose company has no terms of its own yet."""
    with make_site(tmp_path, database=empty_database()) as made:
        made.add_one_of_each()
        yield made


def test_a_company_without_words_starts_with_the_default_set(wordless: Site) -> None:
    admin = wordless.browser(ADMIN)
    assert 'href="/admin/taxonomy"' in admin.get("/").text.partition("Your library is empty")[2]
    page = admin.get("/admin/taxonomy").text
    path = "/admin/taxonomy/default/load"
    assert "Start with the default set" in words(page)
    assert admin.post(path, form(page, path)).status_code == 303
    assert "terms are added" in words(admin.get("/admin/taxonomy").text)
    assert "Start with the default set" not in admin.get("/admin/taxonomy").text
    stages = wordless.ask(taxonomy.read).by_slug["stage"]
    assert len(stages.live) > 3
    before = wordless.dump()
    admin.post(path)
    assert wordless.dump() == before
    assert "There are terms already" in words(admin.get("/admin/taxonomy").text)


@pytest.mark.parametrize("role", [REP, MARKETER, ADMIN])
def test_every_page_opens_before_there_are_words(wordless: Site, role: str) -> None:
    browser = wordless.browser(role)
    pages = ["/", "/?q=payback&persona=cfo", "/personas", "/stages", "/tollgates", "/saved"]
    if role != REP:
        pages += ["/library", "/library/new", "/library/import", "/library/review"]
    if role == ADMIN:
        pages += ["/admin/taxonomy", "/admin/health"]
    assert {path: browser.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
