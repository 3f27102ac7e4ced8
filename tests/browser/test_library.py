"""A marketer keeps the library."""

from __future__ import annotations

import re

from live import MARKETER, LiveSite, Visit, Watch
from playwright.sync_api import Page, expect
from small_pdf import small_pdf

from content_catalog import assets

INES = "ines.okafor@example.com"


def a_file(name: str, text: str) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": text.encode()}


def a_pdf(name: str, *lines: str) -> dict[str, object]:
    return {"name": name, "mimeType": "text/plain", "buffer": small_pdf(*lines)}


def open_edit(page: Page, asset_id: int) -> None:
    page.goto(f"/library/{asset_id}/edit")
    expect(page.locator("#edit-asset")).to_be_visible()


def save(page: Page) -> None:
    page.locator("#edit-asset").get_by_role("button", name="Save").click()


def test_a_file_becomes_an_asset_that_reps_find(visit: Visit, site: LiveSite) -> None:
    page = visit(MARKETER)
    page.goto("/library/new")
    form = page.locator("#new-asset")
    form.get_by_label("Choose a file").set_input_files(a_pdf("saffron.pdf", "Saffron by the gram"))
    form.get_by_label("Title").fill("Saffron story")
    form.get_by_label("Evaluate").check()
    form.get_by_label("Status").select_option("Published")
    form.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("“Saffron story” is added.")).to_be_visible()
    site.work_off()
    rep = visit()
    rep.goto("/?q=gram&stage=evaluate")
    expect(rep.get_by_role("link", name="Saffron story", exact=True)).to_be_visible()
    expect(rep.locator(".cf-result mark").first).to_have_text("gram")


def test_many_files_are_kept_as_drafts_each_with_its_own_word(
    visit: Visit, site: LiveSite, watch: Watch
) -> None:
    watch.expect(422)
    page = visit(MARKETER)
    page.goto("/library/new")
    before = site.ask(assets.stats).drafts
    files = [a_file(f"note-{n}.md", f"# Note {n}\n\nAbout basil {n}.") for n in range(3)]
    with page.expect_response("**/library/upload", timeout=15000):
        page.locator("#many").set_input_files([*files, a_file("plan.exe", "MZ\0\0")])
    lines = page.locator("[data-uploads] li")
    expect(lines).to_have_count(4)
    expect(lines.get_by_role("link", name="Complete it")).to_have_count(3)
    expect(lines.nth(3)).to_contain_text("plan.exe was not uploaded.")
    assert site.ask(assets.stats).drafts == before + 3
    page.locator("#many").set_input_files(files[0])
    expect(lines.nth(4)).to_contain_text("Same file as “note-0”.")
    lines.nth(0).get_by_role("link", name="Complete it").click()
    expect(page.get_by_label("Title")).to_have_value("note-0")


def test_U02_a_page_in_disguise_is_refused_in_words(
    visit: Visit, site: LiveSite, watch: Watch
) -> None:
    watch.expect(422)
    page = visit(MARKETER)
    page.goto("/library/new")
    form = page.locator("#new-asset")
    form.get_by_label("Choose a file").set_input_files(a_file("a.svg", "<svg onload=alert(1)/>"))
    form.get_by_label("Title").fill("A drawing")
    form.get_by_role("button", name="Add it").click()
    expect(page.get_by_text(re.compile("a.svg was not uploaded"))).to_be_visible()
    expect(form.get_by_label("Title")).to_have_value("A drawing")


def test_C01_changes_to_different_fields_are_merged_and_told(visit: Visit, site: LiveSite) -> None:
    asset_id = site.asset("Quick start for administrators")
    mina, marco = visit(INES), visit(MARKETER)
    open_edit(mina, asset_id)
    open_edit(marco, asset_id)
    expect(marco.get_by_text("Ines Okafor is editing this too.")).to_be_visible()
    mina.get_by_label("Title", exact=True).fill("Quick start, first day")
    save(mina)
    expect(mina.locator("h1")).to_have_text("Quick start, first day")
    marco.get_by_label("Tags").fill("admin, first day")
    save(marco)
    expect(marco.get_by_text("Ines Okafor changed Title meanwhile")).to_be_visible()
    expect(marco.locator("h1")).to_have_text("Quick start, first day")
    expect(marco.get_by_text("admin, first day")).to_be_visible()


def test_C01_a_clash_shows_both_and_loses_nothing(
    visit: Visit, site: LiveSite, watch: Watch
) -> None:
    watch.expect(409)
    asset_id = site.asset("Objections and honest answers")
    mina, marco = visit(INES), visit(MARKETER)
    open_edit(mina, asset_id)
    open_edit(marco, asset_id)
    mina.get_by_label("Summary").fill("By Ines")
    mina.get_by_label("Title", exact=True).fill("Objections, by Ines")
    save(mina)
    expect(mina.locator("h1")).to_have_text("Objections, by Ines")
    marco.get_by_label("Summary").fill("By Camille")
    marco.get_by_label("Title", exact=True).fill("Objections, by Camille")
    marco.get_by_role("textbox", name="Use when optional", exact=True).fill("Somebody doubts")
    save(marco)
    expect(marco.locator("h1")).to_have_text("Both of you changed this")
    clashes = marco.locator("fieldset")
    expect(clashes).to_have_count(2)
    for words in ("By Ines", "By Camille", "Objections, by Ines", "Objections, by Camille"):
        expect(clashes.get_by_text(words, exact=True)).to_be_visible()
    expect(marco.get_by_text("Before: Objections and honest answers")).to_be_visible()
    clashes.filter(has_text="Title").get_by_label("Take theirs").check()
    clashes.filter(has_text="Summary").get_by_label("Keep mine").check()
    marco.get_by_role("button", name="Save").click()
    expect(marco.locator("h1")).to_have_text("Objections, by Ines")
    expect(marco.get_by_text("By Camille")).to_be_visible()
    expect(marco.get_by_text("Somebody doubts")).to_be_visible()
    marco.goto(f"/library/{asset_id}/history")
    changes = marco.locator("section", has=marco.locator("#changes-heading"))
    expect(changes.get_by_text("Ines Okafor")).to_be_visible()
    expect(changes.get_by_text("Camille Aubry")).to_be_visible()


def test_A07_signed_out_while_typing_the_text_is_kept(
    visit: Visit, site: LiveSite, watch: Watch
) -> None:
    watch.expect(401)
    asset_id = site.asset("Interface reference for developers")
    page = visit(MARKETER)
    open_edit(page, asset_id)
    page.get_by_label("Summary").fill("Typed before the session ended")
    page.context.clear_cookies()
    save(page)
    expect(page.get_by_text("Sign in again; your text is kept.")).to_be_visible()
    page.get_by_label("E-mail").fill(MARKETER)
    page.get_by_label("Password", exact=True).fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("Typed before the session ended")).to_be_visible()


def test_an_older_state_is_brought_back_as_a_new_one(visit: Visit, site: LiveSite) -> None:
    asset_id = site.asset("Positioning and words we use")
    page = visit(MARKETER)
    open_edit(page, asset_id)
    page.get_by_label("Title", exact=True).fill("Positioning, spoiled")
    save(page)
    expect(page.locator("h1")).to_have_text("Positioning, spoiled")
    page.goto(f"/library/{asset_id}/history")
    rows = page.locator("section", has=page.locator("#changes-heading")).locator("tbody tr")
    count = rows.count()
    page.get_by_role("button", name=re.compile("^Bring back")).first.click()
    expect(page.locator("h1")).to_have_text("Positioning and words we use")
    page.goto(f"/library/{asset_id}/history")
    expect(rows).to_have_count(count + 1)


def test_the_review_queue_is_worked_off_by_keys(visit: Visit, site: LiveSite) -> None:
    page = visit(MARKETER)
    page.goto("/library/review")
    titles = page.locator(".cf-result h3 a")
    waiting = titles.all_inner_texts()
    page.keyboard.press("1")
    expect(titles).to_have_count(len(waiting) - 1)
    expect(titles.first).to_have_text(waiting[1])
    page.keyboard.press("j")
    page.keyboard.press("3")
    expect(titles).to_have_count(len(waiting) - 2)
    still_good = site.ask(assets.page, site.asset(waiting[0]))
    assert still_good.card.freshness.state == "fresh"
    page.keyboard.press("2")
    expect(page.locator("h2", has_text="New version")).to_be_in_viewport()


def test_many_are_changed_at_once_after_a_preview(visit: Visit, site: LiveSite) -> None:
    page = visit(MARKETER)
    page.goto("/library?q=Dayloom")
    ticks = page.locator("[name=ids]")
    expect(ticks).not_to_have_count(0)
    titles = page.locator("tbody th a").all_inner_texts()[:2]
    ticks.nth(0).check()
    ticks.nth(1).check()
    page.get_by_label("Ticked ones:").select_option("Add persona…")
    page.get_by_role("button", name="Preview the change").click()
    page.get_by_label("Persona").select_option("Partner")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("2 assets would change")).to_be_visible()
    page.get_by_role("button", name="Change 2 assets").click()
    expect(page).to_have_url(re.compile(r"/library\?"))
    for title in titles:
        expect(page.locator("tr", has_text=title)).to_contain_text("Partner")
