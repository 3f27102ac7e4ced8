"""What a rep sees of one asset."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

from live import MARKETER, LiveSite, Visit
from playwright.sync_api import Page, expect
from small_pdf import small_pdf

from app import uploading
from content_catalog import assets

GUIDE = "Shift planning and the works council: a guide to an agreement that holds"
INTERNAL = "Battlecard: Kadenzo"
LINK = "Payback in two minutes: the small calculator on the web"


def put_pdf(site: LiveSite, title: str, *lines: str) -> int:
    kept = uploading.keep_file(site.services, io.BytesIO(small_pdf(*lines)), f"{title}.pdf")
    return int(site.do(assets.create, assets.NewAsset(title, kept, owner=MARKETER)))


def test_it_opens_at_the_first_page_with_a_hit(page: Page, site: LiveSite) -> None:
    put_pdf(
        site, "Cardamom", "Green pods", "Black pods", "The weight of a quintal", "Quintal again"
    )
    site.work_off()
    page.goto("/?q=quintal")
    row = page.locator(".cf-result")
    expect(row).to_contain_text("p. 3")
    row.get_by_role("link", name="Cardamom", exact=True).click()
    expect(page.locator("#pages [aria-current=true]")).to_contain_text("p. 3")
    expect(page.locator("#pages .cf-hit")).to_have_count(2)
    boxes = page.locator("svg.marks rect")
    expect(boxes).to_have_count(1)
    image, box = page.locator(".cf-paper img").bounding_box(), boxes.bounding_box()
    assert image
    assert box
    # The line begins 72 points from the left and 700 from the bottom of an A4 page.
    assert 0.3 < (box["x"] - image["x"]) / image["width"] < 0.6
    assert 0.12 < (box["y"] - image["y"]) / image["height"] < 0.2
    assert page.evaluate("document.querySelector('.cf-paper img').naturalWidth") > 500


def test_N_goes_to_the_next_page_with_a_hit_and_back(page: Page, site: LiveSite) -> None:
    page.goto(f"/assets/{site.asset(GUIDE)}?q=agreement")
    current = page.locator("#viewer .cf-viewbar .end .num")
    expect(current).to_have_text("p. 1 of 3")
    page.keyboard.press("n")
    expect(current).to_have_text("p. 2 of 3")
    page.keyboard.press("n")
    expect(current).to_have_text("p. 3 of 3")
    page.keyboard.press("Shift+N")
    expect(current).to_have_text("p. 2 of 3")
    page.go_back()
    expect(current).to_have_text("p. 3 of 3")
    expect(page.locator(".cf-topbar")).to_be_visible()


def test_J_goes_to_the_next_result_of_the_same_search(page: Page) -> None:
    page.goto("/?q=council")
    titles = page.locator(".cf-result h3 a").all_inner_texts()
    page.locator(".cf-result h3 a").first.click()
    expect(page.locator("h1")).to_have_text(titles[0])
    page.keyboard.press("j")
    expect(page.locator("h1")).to_have_text(titles[1])
    page.keyboard.press("k")
    expect(page.locator("h1")).to_have_text(titles[0])


def test_the_text_view_says_what_the_pictures_show(page: Page, site: LiveSite) -> None:
    page.goto(f"/assets/{site.asset(GUIDE)}?q=agreement")
    page.get_by_role("link", name="Text view").click()
    expect(page.locator("h1")).to_have_text("Text view")
    expect(page.locator("article")).to_have_count(3)
    expect(page.locator("article mark").first).to_have_text(re.compile("^agreement$", re.I))
    page.get_by_role("link", name=GUIDE).click()
    expect(page.locator("h1")).to_have_text(GUIDE)


def test_the_download_is_the_stored_file(page: Page, site: LiveSite) -> None:
    asset_id = site.asset(GUIDE)
    stored = site.ask(assets.stored_file, asset_id)
    page.goto(f"/assets/{asset_id}")
    with page.expect_download() as download:
        page.keyboard.press("d")
    data = Path(download.value.path()).read_bytes()
    assert hashlib.sha256(data).hexdigest() == stored.sha256
    assert download.value.suggested_filename == stored.file_name


def test_what_to_say_is_copied_by_key(visit: Visit, site: LiveSite) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/assets/{site.asset(GUIDE)}")
    page.keyboard.press("t")
    expect(page.locator(".cf-toast")).to_contain_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#say-text").inner_text().strip()
    assert len(copied) > 20


def test_a_link_names_its_host_and_opens_apart(page: Page, site: LiveSite) -> None:
    page.goto(f"/assets/{site.asset(LINK)}")
    link = page.get_by_role("link", name="Open link on www.example.com, in a new tab")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(page.get_by_role("heading", name="www.example.com")).to_be_visible()


def test_an_internal_asset_says_so_and_offers_no_way_to_share(page: Page, site: LiveSite) -> None:
    for address in (f"/assets/{site.asset(INTERNAL)}", "/?q=kadenzo", "/saved"):
        page.goto(address)
        assert page.get_by_role("button", name=re.compile("share|copy link", re.I)).count() == 0
        assert page.get_by_role("link", name=re.compile("share|copy link", re.I)).count() == 0
    page.goto(f"/assets/{site.asset(INTERNAL)}")
    expect(page.get_by_text("Internal only. Do not send.")).to_be_visible()


def test_a_file_in_line_can_be_downloaded_and_appears_by_itself(page: Page, site: LiveSite) -> None:
    lines = ("Ginger bread by the pound", "Second page")
    asset_id = put_pdf(site, "Ginger", *lines)
    page.goto(f"/assets/{asset_id}")
    expect(page.get_by_text("The file is being read.")).to_be_visible()
    expect(
        page.get_by_text("Pages appear in a moment. You can download it now.").first
    ).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).click()
    assert Path(download.value.path()).read_bytes() == small_pdf(*lines)
    site.work_off()
    expect(page.locator("#pages a")).to_have_count(2)  # asked again every 3 seconds
    expect(page.get_by_text("The file is being read.")).to_have_count(0)
    page.goto("/?q=%22ginger+bread%22")
    expect(page.locator(".cf-result h3 a")).to_have_text("Ginger")


def test_words_that_led_to_it_are_told_to_those_who_plan(
    page: Page, visit: Visit, site: LiveSite
) -> None:
    page.goto("/?q=co-determination&persona=business-leader")
    page.get_by_role("link", name=GUIDE, exact=True).click()
    expect(page.locator("h1")).to_have_text(GUIDE)
    expect(page.get_by_role("heading", name="Found by searching")).to_have_count(0)
    marketer = visit(MARKETER)
    marketer.goto(f"/assets/{site.asset(GUIDE)}")
    found = marketer.locator("section", has_text="Found by searching")
    expect(found.get_by_role("link", name="co-determination")).to_be_visible()
