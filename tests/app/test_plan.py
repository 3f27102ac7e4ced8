"""The plan: from a cell to a published asset, with a word from sales in between."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import make
import pytest
from catalogs import NOON
from forms import form
from shelf import ADMIN, MARKETER, REP, Shelf, words
from sites import Browser

from content_catalog import Role, audit, coverage, jobs, outbox, people, taxonomy
from content_catalog.assets import Status
from content_catalog.coverage import PlanItem, PlanState
from content_catalog.errors import NotFound

PLAN, NEW = "/coverage/plan", "/coverage/plan/new"
FROM_CELL = f"{NEW}?terms=stage:negotiate&terms=persona:procurement-legal"
SOON = (NOON.date() + timedelta(days=7)).isoformat()


@pytest.fixture
def marketer(shelf: Shelf) -> Browser:
    return shelf.browser(MARKETER)


@pytest.fixture
def rep(shelf: Shelf) -> Browser:
    return shelf.browser(REP)


def user_id(shelf: Shelf, email: str = REP) -> int:
    return int(shelf.site.ask(people.by_email, email).id)


def item(shelf: Shelf, item_id: int = 1) -> PlanItem:
    found: PlanItem = shelf.site.ask(coverage.plan_item, item_id)
    return found


def fields(page: str, part: str) -> dict[str, Any]:
    """Of the one form whose element id is ``part``."""
    opened = page[: page.index(f'id="{part}"')].rindex("<form")
    return form(page[opened:].partition("</form>")[0] + "</form>", action(page, part))


def action(page: str, part: str) -> str:
    opened = page[: page.index(f'id="{part}"')].rindex("<form")
    return page[opened:].partition('action="')[2].partition('"')[0].replace("&amp;", "&")


def add(shelf: Shelf, browser: Browser, path: str = FROM_CELL, **changes: Any) -> Any:
    page = browser.get(path).text
    given = {"title": "Standard redlines", "reviewer": str(user_id(shelf))} | changes
    return browser.post(action(page, "plan-new"), fields(page, "plan-new") | given)


def press(browser: Browser, move: str, item_id: int = 1) -> str:
    """Press a button of the item's page; returns what a reader then sees."""
    path = f"{PLAN}/{item_id}/{move}"
    answer = browser.post(path, form(browser.get(f"{PLAN}/{item_id}").text, path))
    assert answer.status_code == 303
    return words(browser.get(answer.location).text)


def labels(shelf: Shelf, *slugs: str) -> set[int]:
    known = shelf.site.ask(taxonomy.read)
    return {known.term(*slug.split(":")).id for slug in slugs}


def test_an_asset_is_planned_from_a_cell(shelf: Shelf, marketer: Browser) -> None:
    page = marketer.get(f"{FROM_CELL}&title=Standard+redlines&type=template")
    filled = fields(page.text, "plan-new")
    assert filled["title"] == ["Standard redlines"]
    assert filled["owner"] == [MARKETER]
    answer = add(shelf, marketer, f"{FROM_CELL}&type=template", due_on=SOON, note="Two pages")
    assert (answer.status_code, answer.location) == (303, f"{PLAN}/1")
    made = item(shelf)
    assert set(made.term_ids) == labels(shelf, "stage:negotiate", "persona:procurement-legal")
    assert {made.type_id} == labels(shelf, "type:template")
    assert (made.state, made.owner_email) == (PlanState.PROPOSED, MARKETER)
    assert made.due_on == date.fromisoformat(SOON)
    shown = words(marketer.get(f"{PLAN}/1").text)
    assert "Procurement and legal" in shown
    assert "Two pages" in shown
    assert "Waits for Rep" in shown


def test_planning_leads_back_to_the_cell(shelf: Shelf, marketer: Browser) -> None:
    back = "/coverage?cell=negotiate.procurement-legal"
    answer = add(
        shelf, marketer, f"{FROM_CELL}&next=%2Fcoverage%3Fcell%3Dnegotiate.procurement-legal"
    )
    assert answer.location == back
    assert f'href="{PLAN}/1"' in marketer.get(back).text
    elsewhere = add(shelf, marketer, f"{FROM_CELL}&next=https%3A%2F%2Felsewhere.example", title="B")
    assert elsewhere.location == "/"
    assert "Standard redlines" in words(marketer.get(FROM_CELL).text)  # planned here already


def test_what_of_the_address_is_not_known_is_said(marketer: Browser) -> None:
    page = words(marketer.get(f"{FROM_CELL}&terms=stage:nowhere&terms=odd&type=odd").text)
    assert "There is no term “stage:nowhere”" in page
    assert "There is no term “odd”" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "Give it a title."),
        ({"due_on": "2026-02-01"}, "Choose a day that is still to come."),
        ({"due_on": "soon"}, "Not a valid date value."),
        ({"reviewer": "999"}, "Not a valid choice."),
        ({"owner": "nobody@example.com"}, "Not a valid choice."),
        ({"term_stage": [], "term_persona": []}, "Say for whom or when it is meant."),
    ],
)
def test_what_cannot_be_planned_is_told_and_kept(
    shelf: Shelf, marketer: Browser, changes: dict[str, Any], said: str
) -> None:
    answer = add(shelf, marketer, note="Kept as typed", **changes)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert fields(answer.text, "plan-new")["note"] == ["Kept as typed"]
    with pytest.raises(NotFound):
        item(shelf)


def test_reviewers_are_from_sales_and_owners_may_make_assets(
    shelf: Shelf, marketer: Browser
) -> None:
    gone = shelf.site.add("gone@example.com")
    shelf.site.set_role(gone, active=False)
    page = marketer.get(FROM_CELL).text
    owners = page.partition('name="owner"')[2].partition("</select>")[0]
    reviewers = page.partition('name="reviewer"')[2].partition("</select>")[0]
    assert (REP in owners, MARKETER in owners, ADMIN in owners) == (False, True, True)
    assert [email in reviewers for email in ("Rep", "Marketer", "Gone")] == [True, False, False]


def test_it_cannot_be_committed_before_the_reviewer_agreed(
    shelf: Shelf, marketer: Browser, rep: Browser
) -> None:
    add(shelf, marketer)
    page = marketer.get(f"{PLAN}/1").text
    assert "Rep has not agreed to it yet." in words(page)
    assert f'action="{PLAN}/1/commit"' not in page
    early = marketer.post(f"{PLAN}/1/commit", {"version": str(item(shelf).version)})
    assert "has not agreed" in words(marketer.get(early.location).text)
    assert item(shelf).state is PlanState.PROPOSED
    assert "1 item waits for your agreement" in words(rep.get(PLAN).text)
    assert "You agreed." in press(rep, "agree")
    assert "for your agreement" not in words(rep.get(PLAN).text)
    assert "It is committed." in press(marketer, "commit")
    assert item(shelf).state is PlanState.COMMITTED


def test_without_a_reviewer_the_page_says_to_name_one(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer, reviewer="")
    assert "Name somebody from sales who reviews it first." in words(marketer.get(f"{PLAN}/1").text)


def test_the_reviewer_may_take_the_agreement_back(
    shelf: Shelf, marketer: Browser, rep: Browser
) -> None:
    add(shelf, marketer)
    press(rep, "agree")
    assert "taken back" in press(rep, "disagree")
    assert item(shelf).agreed_at is None


def test_P02_only_the_named_reviewer_agrees(shelf: Shelf, marketer: Browser) -> None:
    shelf.site.add("other@example.com")
    add(shelf, marketer)
    other = shelf.browser("other@example.com")
    assert f'action="{PLAN}/1/agree"' not in other.get(f"{PLAN}/1").text
    for person in (other, marketer):
        assert person.post(f"{PLAN}/1/agree").status_code == 403
    assert item(shelf).agreed_at is None


def test_nobody_agrees_to_what_was_changed_since_they_looked(
    shelf: Shelf, marketer: Browser, rep: Browser
) -> None:
    add(shelf, marketer)
    path = f"{PLAN}/1/agree"
    shown = form(rep.get(f"{PLAN}/1").text, path)
    edit(marketer, title="Something else")
    answer = rep.post(path, shown)
    assert "in between" in words(rep.get(answer.location).text)
    assert item(shelf).agreed_at is None


def edit(browser: Browser, item_id: int = 1, **changes: Any) -> Any:
    path = f"{PLAN}/{item_id}/edit"
    return browser.post(path, form(browser.get(path).text, path) | changes)


def test_an_edit_takes_the_agreement_back_and_says_so_before(
    shelf: Shelf, marketer: Browser, rep: Browser
) -> None:
    add(shelf, marketer)
    press(rep, "agree")
    assert "takes the agreement back" in words(marketer.get(f"{PLAN}/1/edit").text)
    assert edit(marketer, title="Longer redlines").status_code == 303
    assert (item(shelf).title, item(shelf).agreed_at) == ("Longer redlines", None)
    page = words(marketer.get(f"{PLAN}/1").text)
    assert "Title: Standard redlines → Longer redlines" in page


def test_who_left_stays_named_in_the_form(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer)
    shelf.site.set_role(user_id(shelf), active=False)
    assert edit(marketer, note="More").status_code == 303
    assert item(shelf).reviewer_id == user_id(shelf)


def test_C02_an_older_form_is_shown_what_changed_and_keeps_its_words(
    shelf: Shelf, marketer: Browser
) -> None:
    add(shelf, marketer)
    path = f"{PLAN}/1/edit"
    mine = form(marketer.get(path).text, path) | {"title": "Mine"}
    edit(shelf.browser(ADMIN), title="Theirs")
    answer = marketer.post(path, mine)
    assert answer.status_code == 409
    page = words(answer.text)
    assert "Admin changed it in between" in page
    assert "Title: Theirs" in page
    assert form(answer.text, path)["title"] == ["Mine"]
    assert item(shelf).title == "Theirs"
    assert marketer.post(path, form(answer.text, path)).status_code == 303
    assert item(shelf).title == "Mine"


def test_C04_a_double_click_plans_one_item(shelf: Shelf, marketer: Browser) -> None:
    page = marketer.get(FROM_CELL).text
    sent = fields(page, "plan-new") | {"title": "Once", "reviewer": str(user_id(shelf))}
    answers = [marketer.post(action(page, "plan-new"), sent) for _ in range(2)]
    assert [answer.location for answer in answers] == [f"{PLAN}/1", f"{PLAN}/1"]
    assert len(shelf.site.ask(coverage.plan_items)) == 1


def test_C04_an_agreement_sent_twice_is_one(shelf: Shelf, marketer: Browser, rep: Browser) -> None:
    add(shelf, marketer)
    path = f"{PLAN}/1/agree"
    shown = form(rep.get(f"{PLAN}/1").text, path)
    for _ in range(2):
        assert "You agreed." in words(rep.get(rep.post(path, shown).location).text)
    found = shelf.site.ask(lambda look: audit.entries(look, action="plan.agree"))
    assert len(found) == 1


def test_an_item_is_dropped_with_a_reason(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer)
    path = f"{PLAN}/1/drop"
    refused = marketer.post(path, form(marketer.get(f"{PLAN}/1").text, path))
    assert refused.status_code == 422
    assert "Say why." in words(refused.text)
    answer = marketer.post(path, form(refused.text, path) | {"why": "The vendor has one"})
    assert answer.status_code == 303
    assert item(shelf).state is PlanState.DROPPED
    page = marketer.get(f"{PLAN}/1").text
    assert "The vendor has one" in words(page)
    assert "/edit" not in page
    late = marketer.post(path, {"version": str(item(shelf).version), "why": "Again"})
    assert "It was dropped." in words(marketer.get(late.location).text)


def test_an_asset_is_looked_for_and_attached(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer)
    draft = shelf.put("Redlines with comments", status=Status.DRAFT)
    shelf.put("Something else")
    page = marketer.get(f"{PLAN}/1?q=redlines").text
    assert "Redlines with comments" in words(page)
    assert "Something else" not in words(page)
    path = f"{PLAN}/1/attach"
    answer = marketer.post(path, form(page, path))
    assert "Publishing it closes the item." in words(marketer.get(answer.location).text)
    assert (item(shelf).asset_id, item(shelf).state) == (draft, PlanState.PROPOSED)
    assert "The asset is taken off." in press(marketer, "attach")
    assert item(shelf).asset_id is None
    assert "Nothing has these words." in words(marketer.get(f"{PLAN}/1?q=zzqqx").text)


def test_what_is_published_already_closes_the_item_at_once(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer)
    asset_id = shelf.put("Redlines with comments")
    answer = marketer.post(f"{PLAN}/1/attach", {"asset": str(asset_id)})
    page = words(marketer.get(answer.location).text)
    assert "It is done: the asset is published." in page
    assert item(shelf).state is PlanState.DONE
    assert marketer.post(f"{PLAN}/1/attach", {"asset": "999"}).status_code == 303
    assert item(shelf).asset_id == asset_id


UPLOAD = "/library/new?plan=1"


def upload(browser: Browser, **changes: Any) -> Any:
    page = browser.get(UPLOAD).text
    given = {"source": "text", "body": "Clause by clause."} | changes
    return browser.post("/library/new", form(page, "/library/new") | given)


def test_the_asset_is_uploaded_from_its_item(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer, f"{FROM_CELL}&type=template")
    filled = form(marketer.get(UPLOAD).text, "/library/new")
    assert filled["title"] == ["Standard redlines"]
    assert (filled["term_stage"], filled["term_type"]) == (["negotiate"], ["template"])
    answer = upload(marketer, status="draft")
    assert answer.status_code == 303
    shown = marketer.get(answer.location, follow_redirects=True)
    assert "attached to its plan item" in words(shown.text)
    made = item(shelf)
    assert made.state is PlanState.PROPOSED
    assert f"/assets/{made.asset_id}" in answer.location


def test_publishing_the_asset_closes_its_item(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer)
    answer = upload(marketer, status="published")
    shown = marketer.get(answer.location, follow_redirects=True)
    assert "Its plan item is done." in words(shown.text)
    assert item(shelf).state is PlanState.DONE
    assert "Closed it: the asset is published" in words(marketer.get(f"{PLAN}/1").text)


def test_C04_an_upload_sent_twice_is_one_asset_of_its_item(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer)
    sent = form(marketer.get(UPLOAD).text, "/library/new") | {"source": "text", "body": "Text."}
    answers = [marketer.post("/library/new", sent) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert f"/assets/{item(shelf).asset_id}" in answers[0].location


def test_an_asset_is_kept_although_its_item_was_dropped_meanwhile(
    shelf: Shelf, marketer: Browser
) -> None:
    add(shelf, marketer)
    sent = form(marketer.get(UPLOAD).text, "/library/new") | {"source": "text", "body": "Text."}
    shelf.site.do(coverage.drop, 1, item(shelf).version, "Not now")
    answer = marketer.post("/library/new", sent)
    shown = marketer.get(answer.location, follow_redirects=True)
    assert "was closed meanwhile" in words(shown.text)
    assert item(shelf).asset_id is None
    assert marketer.get("/library/new?plan=1").status_code == 200
    assert marketer.get("/library/new?plan=999").status_code == 200


def test_the_list_tells_states_and_what_is_late(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer, due_on=SOON)
    add(shelf, marketer, f"{NEW}?terms=stage:propose", title="Discount one-pager", due_on=SOON)
    shelf.site.do(coverage.drop, 2, item(shelf, 2).version, "Not now")
    shelf.site.clock.move(days=7)
    assert "Overdue" not in words(shelf.browser(MARKETER).get(PLAN).text), "due today"
    shelf.site.clock.move(days=2)
    late = shelf.browser(MARKETER)  # sessions end before that
    page = words(late.get(PLAN).text)
    assert "Standard redlines" in page
    assert "Overdue by 2 days" in page
    assert "Discount one-pager" not in page
    assert "Dropped (1)" in page
    dropped = words(late.get(f"{PLAN}?state=dropped").text)
    assert "Discount one-pager" in dropped
    assert "Overdue" not in dropped
    assert "Nothing here" in words(late.get(f"{PLAN}?terms=persona:developer").text)
    assert "Standard redlines" in words(late.get(f"{PLAN}?state=odd&terms=stage:negotiate").text)


def test_reps_read_the_plan_and_change_nothing(
    shelf: Shelf, marketer: Browser, rep: Browser
) -> None:
    draft = shelf.put("A draft nobody may see", status=Status.DRAFT)
    add(shelf, marketer, reviewer="")
    shelf.site.do(coverage.attach, 1, draft)
    page = rep.get(f"{PLAN}/1").text
    assert "Standard redlines" in words(page)
    assert "A draft nobody may see" not in page
    assert f'action="{PLAN}/1' not in page
    assert "/coverage/plan/new" not in rep.get(PLAN).text
    for move in ("edit", "commit", "drop", "attach"):
        assert rep.post(f"{PLAN}/1/{move}", {"version": "1", "why": "x"}).status_code == 403
    assert item(shelf).state is PlanState.PROPOSED


def test_the_reviewer_is_asked_by_mail_once(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer)
    edit(marketer, title="Longer redlines")
    make.work_off(shelf.site.services)
    (mail,) = shelf.site.ask(outbox.mails)
    assert mail.to == REP
    assert "Longer redlines" in mail.subject
    assert "Marketer plans" in mail.text
    assert f"{PLAN}/1\n" in mail.text
    shelf.site.do(outbox.remove, mail.id)
    edit(marketer, note="More")
    make.work_off(shelf.site.services)
    assert shelf.site.ask(outbox.mails) == ()


def mailed(shelf: Shelf) -> list[tuple[str, str]]:
    """To whom and about what a mail went out since one last asked."""
    make.work_off(shelf.site.services)
    found = shelf.site.ask(outbox.mails)
    for mail in found:
        shelf.site.do(outbox.remove, mail.id)
    return [(mail.to, mail.subject.rpartition(": ")[2]) for mail in found]


def test_the_reviewer_is_asked_again_when_an_edit_takes_the_agreement_back(
    shelf: Shelf, marketer: Browser, rep: Browser
) -> None:
    add(shelf, marketer)
    assert mailed(shelf) == [(REP, "Standard redlines")]
    for title in ("Longer redlines", "Longest redlines"):
        press(rep, "agree")
        edit(marketer, note=f"Not so for {title}")
        assert mailed(shelf) == []
        edit(marketer, title=title)
        assert mailed(shelf) == [(REP, title)]
    press(rep, "agree")
    press(rep, "disagree")
    edit(marketer, title="Redlines")  # they took it back themselves
    assert mailed(shelf) == []


def test_who_is_named_as_reviewer_again_is_asked_again(shelf: Shelf, marketer: Browser) -> None:
    other = "other@example.com"
    shelf.site.add(other, Role.REP)
    add(shelf, marketer)
    assert mailed(shelf) == [(REP, "Standard redlines")]
    for email in (other, REP):
        edit(marketer, reviewer=str(user_id(shelf, email)))
        assert mailed(shelf) == [(email, "Standard redlines")]


def test_an_edit_long_after_the_mail_asks_nobody(shelf: Shelf, marketer: Browser) -> None:
    add(shelf, marketer)
    assert len(mailed(shelf)) == 1
    shelf.site.do(jobs.sweep, NOON + timedelta(days=60))  # what was done is forgotten
    edit(marketer, note="More")
    assert mailed(shelf) == []


def test_nobody_is_asked_about_what_no_longer_waits_for_them(
    shelf: Shelf, marketer: Browser
) -> None:
    shelf.site.add("other@example.com", Role.REP)
    add(shelf, marketer)
    edit(marketer, reviewer=str(user_id(shelf, "other@example.com")))
    add(shelf, marketer, title="Dropped")
    shelf.site.do(coverage.drop, 2, item(shelf, 2).version, "Not now")
    make.work_off(shelf.site.services)
    assert [mail.to for mail in shelf.site.ask(outbox.mails)] == ["other@example.com"]
