"""Needs: what a cell must hold, defaults that spare filling sixty cells, the site's numbers."""

from __future__ import annotations

from typing import Any

import pytest
from forms import form
from shelf import ADMIN, MARKETER, REP, Shelf, words
from sites import Browser

from content_catalog import audit, coverage, taxonomy
from content_catalog.coverage import NeedRecord
from content_catalog.taxonomy import Term

CELL = "/coverage/needs/stage/negotiate/persona/procurement-legal"
STAGE = "/coverage/needs/stage/negotiate"


@pytest.fixture
def marketer(shelf: Shelf) -> Browser:
    return shelf.browser(MARKETER)


def term(shelf: Shelf, slug: str, of: str) -> Term:
    found: Term = shelf.site.ask(taxonomy.read).term(of, slug)
    return found


def record(shelf: Shelf, *places: str) -> NeedRecord:
    ids = [term(shelf, slug, of).id for of, slug in (p.split(":") for p in places)]
    found: NeedRecord = shelf.site.ask(coverage.need_record, *ids)
    return found


def cell(shelf: Shelf) -> NeedRecord:
    return record(shelf, "stage:negotiate", "persona:procurement-legal")


def save(browser: Browser, path: str, **changes: Any) -> Any:
    return browser.post(path, form(browser.get(path).text, path) | changes)


def test_a_cell_says_what_it_needs_in_either_order(shelf: Shelf, marketer: Browser) -> None:
    kind = term(shelf, "case_study", "type")
    answer = save(
        marketer,
        CELL,
        buyer_believes="Terms are fair",
        rep_proves="Three peers signed",
        target="5",
        types=[str(kind.id)],
        customer_ready="yes",
    )
    assert answer.status_code == 303
    assert answer.location == "/coverage/needs?rows=stage&cols=persona"
    written = cell(shelf)
    assert (written.target, written.types, written.customer_ready) == (5, {kind.id}, True)
    assert (written.buyer_believes, written.rep_proves) == ("Terms are fair", "Three peers signed")
    turned = "/coverage/needs/persona/procurement-legal/stage/negotiate"
    shown = form(marketer.get(turned).text, turned)
    assert (shown["target"], shown["types"]) == (["5"], [str(kind.id)])
    assert "Marketer" in words(marketer.get(CELL).text)


def test_a_form_opened_from_the_matrix_leads_back_to_it(shelf: Shelf, marketer: Browser) -> None:
    back = "/coverage?cell=negotiate.procurement-legal"
    page = marketer.get(CELL, query_string={"next": back}).text
    assert marketer.post(CELL, form(page, CELL) | {"target": "4"}).location == back
    page = marketer.get(CELL, query_string={"next": "https://elsewhere.example/"}).text
    assert marketer.post(CELL, form(page, CELL) | {"target": "5"}).location == "/"


def test_the_form_says_which_default_applies_and_whose_it_is(
    shelf: Shelf, marketer: Browser
) -> None:
    assert "Empty: 3 (the site’s)" in words(marketer.get(CELL).text)
    save(marketer, STAGE, target="6", customer_ready="yes", buyer_believes="It is worth it")
    page = words(marketer.get(CELL).text)
    assert "Empty: 6 (from Negotiate)" in page
    assert "As the default says: yes (from Negotiate)" in page
    assert "It is worth it" in page
    save(
        marketer,
        "/coverage/needs/persona/procurement-legal",
        target="7",
        needed="no",
        why="Not them",
    )
    page = words(marketer.get(CELL).text)
    assert "Empty: 7 (from Procurement and legal)" in page
    save(marketer, CELL, target="1")
    assert "Empty: 7 (from Procurement and legal)" in words(marketer.get(CELL).text)
    assert "no, because: Not them (from Procurement and legal)" in page


def test_any_type_is_told_apart_from_the_default(shelf: Shelf, marketer: Browser) -> None:
    kind = str(term(shelf, "case_study", "type").id)
    save(marketer, STAGE, types=[kind])
    save(marketer, CELL, types=["any"])
    assert cell(shelf).types == frozenset()
    assert save(marketer, CELL, types=["any", kind]).status_code == 422
    save(marketer, CELL, types=[])
    assert cell(shelf).types is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"needed": "no"}, "Say why, so that nobody has to ask."),
        ({"needed": "no", "why": "  "}, "Say why, so that nobody has to ask."),
        ({"target": "100"}, "A whole number from 0 to 99."),
        ({"target": "many"}, "“many” is not a whole number."),
        ({"target": "-1"}, "“-1” is not a whole number."),
        ({"types": ["999"]}, "valid choice"),
    ],
)
def test_what_a_need_cannot_say_is_told_beside_the_field(
    shelf: Shelf, marketer: Browser, changes: dict[str, Any], said: str
) -> None:
    answer = save(marketer, CELL, rep_proves="Kept", **changes)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert form(answer.text, CELL)["rep_proves"] == ["Kept"]
    assert cell(shelf).version == 0


def test_a_cell_is_marked_as_not_needed_from_the_matrix(shelf: Shelf, marketer: Browser) -> None:
    save(marketer, CELL, target="5")
    back = "/coverage?cell=negotiate.procurement-legal"
    fields = {"why": "Nobody buys this way", "next": back, "idempotency_key": "k1"}
    answer = marketer.post(f"{CELL}/not-needed", fields)
    assert (answer.status_code, answer.location) == (303, back)
    written = cell(shelf)
    assert (written.needed, written.why, written.target) == (False, "Nobody buys this way", 5)
    assert written.by_name == "Marketer"
    page = marketer.get(CELL).text
    assert "No, nothing is needed" in words(page)
    assert save(marketer, CELL, needed="yes", why="left over").status_code == 303
    assert (cell(shelf).needed, cell(shelf).why) == (True, "")


def test_a_cell_is_not_marked_without_a_reason(shelf: Shelf, marketer: Browser) -> None:
    answer = marketer.post(f"{CELL}/not-needed", {"why": " "})
    assert answer.status_code == 422
    assert "Say why" in words(answer.text)
    assert form(answer.text, CELL)["needed"] == ["no"]
    assert cell(shelf).version == 0


def test_a_need_is_cleared_to_the_defaults(shelf: Shelf, marketer: Browser) -> None:
    save(marketer, CELL, target="5")
    clear = f"{CELL}/clear"
    page = marketer.get(CELL).text
    assert marketer.post(clear, form(page, clear)).status_code == 303
    assert cell(shelf).target is None
    assert shelf.site.ask(coverage.need_records) == ()
    assert f'action="{clear}"' not in marketer.get(CELL).text
    save(marketer, CELL, target="4")
    stale = marketer.post(clear, form(page, clear))  # the same form again: done once already
    assert stale.status_code == 303
    assert cell(shelf).target == 4


def test_C02_saving_over_somebody_elses_need_shows_theirs_and_keeps_mine(
    shelf: Shelf, marketer: Browser
) -> None:
    mine = form(marketer.get(CELL).text, CELL) | {"target": "9", "rep_proves": "Mine"}
    save(shelf.browser(ADMIN), CELL, target="2", rep_proves="Theirs")
    answer = marketer.post(CELL, mine)
    assert answer.status_code == 409
    page = words(answer.text)
    assert "Admin saved this" in page
    assert "Target: 2 The rep must prove: Theirs" in page
    assert form(answer.text, CELL)["rep_proves"] == ["Mine"]
    assert cell(shelf).target == 2
    assert marketer.post(CELL, form(answer.text, CELL)).status_code == 303
    assert (cell(shelf).target, cell(shelf).rep_proves) == (9, "Mine")


def test_C02_clearing_what_somebody_changed_meanwhile_clears_nothing(
    shelf: Shelf, marketer: Browser
) -> None:
    save(marketer, CELL, target="5")
    clear = f"{CELL}/clear"
    fields = form(marketer.get(CELL).text, clear)
    save(shelf.browser(ADMIN), CELL, target="6")
    answer = marketer.post(clear, fields)
    assert "Nothing was cleared" in words(marketer.get(answer.location).text)
    assert cell(shelf).target == 6


def test_C04_a_need_sent_twice_is_one_change(shelf: Shelf, marketer: Browser) -> None:
    fields = form(marketer.get(CELL).text, CELL) | {"target": "5"}
    first, second = marketer.post(CELL, fields), marketer.post(CELL, fields)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert second.status_code == 303
    assert cell(shelf).version == 1


NEEDS = "/coverage/needs?rows=stage&cols=persona"


def changes_of_needs(shelf: Shelf) -> Any:
    return shelf.site.ask(lambda look: audit.entries(look, action="coverage.set_need"))


def defaults(browser: Browser, slug: str) -> dict[str, Any]:
    """The fields of one dimension's table."""
    page = browser.get(NEEDS).text
    start = page.index(f'id="defaults-{slug}"')
    action = NEEDS.replace("&", "&amp;")
    return form(f'<form action="{action}" {page[start:].partition("</form>")[0]}</form>', NEEDS)


def test_defaults_are_set_in_one_table(shelf: Shelf, marketer: Browser) -> None:
    negotiate = term(shelf, "negotiate", "stage").id
    save(marketer, STAGE, rep_proves="Kept", needed="yes")
    before = len(changes_of_needs(shelf))
    fields = defaults(marketer, "stage")
    fields[f"target_{negotiate}"] = "8"
    fields[f"ready_{negotiate}"] = "yes"
    answer = marketer.post(NEEDS, fields)
    assert answer.location == f"{NEEDS}#stage-heading"
    written = record(shelf, "stage:negotiate")
    assert (written.target, written.customer_ready, written.rep_proves) == (8, True, "Kept")
    assert len(changes_of_needs(shelf)) == before + 1, "rows nobody touched are left alone"
    page = words(marketer.get(NEEDS).text)
    assert "The rep must prove: Kept" in page
    fields = defaults(marketer, "stage")
    fields[f"target_{negotiate}"], fields[f"ready_{negotiate}"] = "", ""
    marketer.post(NEEDS, fields)
    assert record(shelf, "stage:negotiate").target is None


def test_a_row_that_was_cleared_since_can_be_filled_again(shelf: Shelf, marketer: Browser) -> None:
    save(marketer, STAGE, target="5")
    page = marketer.get(STAGE).text
    marketer.post(f"{STAGE}/clear", form(page, f"{STAGE}/clear"))
    fields = defaults(marketer, "stage")
    fields[f"target_{term(shelf, 'negotiate', 'stage').id}"] = "2"
    assert marketer.post(NEEDS, fields).status_code == 303
    assert record(shelf, "stage:negotiate").target == 2


def test_a_table_with_a_wrong_number_is_kept_as_typed(shelf: Shelf, marketer: Browser) -> None:
    fields = defaults(marketer, "persona")
    buyer = term(shelf, "procurement-legal", "persona").id
    answer = marketer.post(NEEDS, fields | {f"target_{buyer}": "1000"})
    assert answer.status_code == 422
    assert "A whole number from 0 to 99." in words(answer.text)
    assert 'value="1000"' in answer.text
    assert marketer.post(NEEDS, fields | {"dimension": "nothing"}).status_code == 404


def test_C02_two_people_in_one_table_lose_nothing(shelf: Shelf, marketer: Browser) -> None:
    negotiate, propose = (term(shelf, s, "stage").id for s in ("negotiate", "propose"))
    mine, other = defaults(marketer, "stage"), defaults(marketer, "stage")
    save(shelf.browser(ADMIN), STAGE, target="2")
    assert marketer.post(NEEDS, other | {f"target_{propose}": "6"}).status_code == 303
    assert record(shelf, "stage:negotiate").target == 2, "a row I did not touch"
    answer = marketer.post(NEEDS, mine | {f"target_{negotiate}": "9"})
    assert answer.status_code == 409
    assert "Negotiate: Admin saved this in between. It says now: Target: 2." in words(answer.text)
    assert record(shelf, "stage:negotiate").target == 2
    page = answer.text[answer.text.index('id="defaults-stage"') :].partition("</form>")[0]
    again = form(f'<form action="x" {page}</form>', "x")
    assert again[f"target_{negotiate}"] == ["9"]
    assert marketer.post(NEEDS, again).status_code == 303
    assert record(shelf, "stage:negotiate").target == 9
    assert record(shelf, "stage:propose").target == 6, "theirs in a row I did not touch"


def test_the_overview_shows_every_target_and_what_differs(shelf: Shelf, marketer: Browser) -> None:
    assert "None does." in words(marketer.get(NEEDS).text)
    save(marketer, STAGE, target="6")
    save(marketer, CELL, needed="no", why="Never in the room")
    page = marketer.get(NEEDS).text
    assert (
        'aria-label="Negotiate, Procurement and legal: not needed: Never in the room, its own"'
        in page
    )
    assert 'aria-label="Negotiate, Technical leader: target 6"' in page
    assert 'aria-label="Propose, Procurement and legal: target 3"' in page
    assert "Needed: No: Never in the room" in words(page)


@pytest.mark.parametrize("query", ["?rows=nothing&cols=stage", "?rows=type&cols=type", ""])
def test_odd_dimensions_give_way(marketer: Browser, query: str) -> None:
    assert marketer.get(f"/coverage/needs{query}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/coverage/needs/stage/nowhere",
        "/coverage/needs/nothing/negotiate",
        "/coverage/needs/stage/negotiate/stage/propose",
    ],
)
def test_a_cell_that_cannot_be_is_not_found(marketer: Browser, path: str) -> None:
    assert marketer.get(path).status_code == 404
    assert marketer.post(path, {"target": "1", "version": "0"}).status_code == 404


def test_nothing_is_needed_for_a_retired_term(shelf: Shelf, marketer: Browser) -> None:
    shelf.site.do(taxonomy.retire_term, term(shelf, "negotiate", "stage").id, None)
    assert marketer.get(CELL).status_code == 404
    assert marketer.get(STAGE).status_code == 404


def test_another_name_of_a_term_leads_to_its_need(marketer: Browser) -> None:
    answer = marketer.get("/coverage/needs/stage/Negotiate?next=/coverage")
    assert (answer.status_code, answer.location) == (301, f"{STAGE}?next=/coverage")


def test_the_needs_of_a_rep_are_the_marketers(shelf: Shelf) -> None:
    rep = shelf.browser(REP)
    assert rep.get(CELL).status_code == 403
    assert rep.post(f"{CELL}/not-needed", {"why": "No"}).status_code == 403
    assert cell(shelf).version == 0


SETTINGS = "/coverage/settings"


def test_weights_are_changed_with_an_example_and_a_history(shelf: Shelf, marketer: Browser) -> None:
    page = words(marketer.get(SETTINGS).text)
    assert "2 missing × 10 20" in page
    assert "Score 53" in page
    assert "Nobody has changed them yet." in page
    assert save(marketer, SETTINGS, target="5", unopened="1.5").status_code == 303
    settings = shelf.site.ask(coverage.settings)
    assert (settings.target, settings.weights.unopened, settings.weights.missing) == (5, 1.5, 10)
    page = words(marketer.get(SETTINGS).text)
    assert "4 missing × 10 40" in page
    assert "Target: 3 → 5" in page
    assert "Search with nothing opened: 0.5 → 1.5" in page
    (entry,) = shelf.site.ask(lambda look: audit.entries(look, action="coverage.change_settings"))
    assert (entry.actor_name, entry.before["target"], entry.after["target"]) == ("Marketer", 3, 5)


def test_small_weights_are_shown_and_kept_as_they_are(shelf: Shelf, marketer: Browser) -> None:
    save(marketer, SETTINGS, use="0.0005", missing="12")
    assert form(marketer.get(SETTINGS).text, SETTINGS)["use"] == ["0.0005"]
    assert form(marketer.get(SETTINGS).text, SETTINGS)["missing"] == ["12"]
    save(marketer, SETTINGS, target="4")
    assert shelf.site.ask(coverage.settings).weights.use == 0.0005


@pytest.mark.parametrize(
    "changes",
    [{"missing": "-1"}, {"use": "1001"}, {"use": "NaN"}, {"use": ""}, {"target": ""}, {"use": "x"}],
)
def test_weights_that_are_none_are_refused(
    shelf: Shelf, marketer: Browser, changes: dict[str, str]
) -> None:
    answer = save(marketer, SETTINGS, **changes)
    assert answer.status_code == 422
    assert 'class="form-error"' in answer.text
    assert shelf.site.ask(coverage.settings).version == 0


def test_C02_settings_changed_by_two_people_ask_again(shelf: Shelf, marketer: Browser) -> None:
    mine = form(marketer.get(SETTINGS).text, SETTINGS) | {"target": "7"}
    save(shelf.browser(ADMIN), SETTINGS, target="4")
    answer = marketer.post(SETTINGS, mine)
    assert answer.status_code == 409
    assert "save again to keep it" in words(answer.text)
    assert marketer.post(SETTINGS, form(answer.text, SETTINGS)).status_code == 303
    assert shelf.site.ask(coverage.settings).target == 7
