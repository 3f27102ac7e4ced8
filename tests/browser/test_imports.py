"""A spreadsheet becomes assets, and can be taken back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from live import MARKETER, LiveSite, Visit
from playwright.sync_api import expect

from content_catalog import assets

TABLE = """Id;Name;Link;Who;Stage;Odd\r
tea-1;Green tea, compared;https://www.example.com/green;CFO;Evaluate;x\r
tea-2;Black tea, compared;https://www.example.com/black;Economic bayer;Propose;y\r
tea-3;;https://www.example.com/nameless;CFO;Evaluate;\r
tea-4;White tea, compared;ftp://example.com/white;CFO;Evaluate;\r
"""


def test_from_a_table_with_faults_to_assets_and_back(visit: Visit, site: LiveSite) -> None:
    page = visit(MARKETER)
    page.goto("/library/import")
    page.get_by_label("Table as CSV").set_input_files(
        {"name": "teas.csv", "mimeType": "text/csv", "buffer": TABLE.encode("utf-8-sig")}
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("h1")).to_contain_text("teas.csv")
    for column, field in (("Id", "External ID"), ("Name", "Title"), ("Link", "Link (URL)")):
        page.get_by_label(column, exact=True).select_option(field)
    page.get_by_label("Who", exact=True).select_option("Persona")
    page.get_by_label("Stage", exact=True).select_option("Sales stage")
    expect(page.get_by_label("Odd", exact=True).locator("option:checked")).to_have_text("Ignored")
    page.get_by_role("button", name="Check").click()

    expect(page.locator("h1")).to_contain_text("teas.csv")
    expect(page.get_by_text("Nothing has been written yet.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("1to create", use_inner_text=True)
    expect(page.get_by_text("Not a known persona. Closest: Economic buyer.")).to_be_visible()
    page.get_by_role("button", name="Use Economic buyer").click()
    expect(page.locator("main")).to_contain_text("2to create", use_inner_text=True)
    assert site.ask(assets.by_external_id, "tea-1") is None

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the 2 rows left out, with reasons").click()
    left_out = Path(download.value.path()).read_text(encoding="utf-8-sig")
    refused = list(csv.DictReader(io.StringIO(left_out)))
    assert [row["Id"] for row in refused] == ["tea-3", "tea-4"]
    assert "Every asset needs a title." in " ".join(refused[0].values())
    assert "Not a link" in " ".join(refused[1].values())

    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.locator("h1")).to_have_text("Import teas.csv is running")
    site.work_off()
    expect(page.locator("h1")).to_have_text("Import teas.csv is done")  # it asks by itself
    expect(page.locator("main")).to_contain_text("2created", use_inner_text=True)
    rep = visit()
    rep.goto("/?q=tea+compared&persona=economic-buyer")
    expect(rep.get_by_role("link", name="Black tea, compared", exact=True)).to_be_visible()

    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("2 assets removed, 0 put back as they were.")).to_be_visible()
    site.index()
    rep.reload()
    expect(rep.get_by_role("link", name="Black tea, compared", exact=True)).to_have_count(0)


def test_the_rows_left_out_come_in_once_they_are_mended(visit: Visit, site: LiveSite) -> None:
    page = visit(MARKETER)
    page.goto("/library/import")
    table = "external_id,title,url\nherb-1,Mint,https://www.example.com/mint\nherb-2,,https://www.example.com/sage\n"
    page.get_by_label("Table as CSV").set_input_files(
        {"name": "herbs.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check").click()
    page.get_by_role("link", name="Edit row 3").click()
    page.get_by_label("title").fill("Sage")
    page.get_by_role("button", name="Save and check again").click()
    page.get_by_role("button", name="Import 2 rows").click()
    page.wait_for_url("**/progress")
    site.work_off()
    expect(page.locator("h1")).to_have_text("Import herbs.csv is done")
    assert site.ask(assets.by_external_id, "herb-2")
