"""What is read from good files, and from files with one bad part."""

from __future__ import annotations

import io

import pptx
import pytest
import xlsxwriter
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from content_catalog.extraction import MediaKind, Outcome, word_boxes

STYLES = (
    '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="body"><w:name w:val="Normal"/></w:style></w:styles>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def test_pdf_text_by_page_with_boxes(files, pool, tmp_path) -> None:
    path = files.pdf("Payback in seven months", "Second page")
    found = pool.extract(path, MediaKind.PDF, derived_dir=tmp_path / "derived")
    assert found.outcome == Outcome.READ
    assert found.message is None
    assert [(p.number, p.kind, p.label) for p in found.pages] == [
        (1, "page", "p. 1"),
        (2, "page", "p. 2"),
    ]
    assert found.pages[0].text == "Payback in seven months"
    assert found.page_count == 2
    assert found.aspect_ratios == (0.7727, 0.7727)
    boxes = word_boxes(tmp_path / "derived", 1)
    assert [box.word for box in boxes] == ["Payback", "in", "seven", "months"]
    # The line stands at 72 pt from the left and 600 pt from the bottom of 612 × 792.
    assert boxes[0].x0 == pytest.approx(72 / 612, abs=0.01)
    assert boxes[0].y0 < 1 - 600 / 792 < boxes[0].y1 + 0.001
    assert boxes[0].x1 < boxes[1].x0
    assert word_boxes(tmp_path / "derived", 99) == []


def test_boxes_follow_a_turned_page(files, pool, tmp_path) -> None:
    path = files.pdf("Turned", page_extra="/Rotate 90")
    pool.extract(path, MediaKind.PDF, derived_dir=tmp_path)
    (box,) = word_boxes(tmp_path, 1)
    # Turned clockwise, a line runs down the page, in its right part.
    assert box.y1 - box.y0 > box.x1 - box.x0
    assert box.x0 == pytest.approx(600 / 792, abs=0.02)
    assert box.y0 == pytest.approx(72 / 612, abs=0.02)


def test_one_bad_page_does_not_lose_the_document(files, pool) -> None:
    path = files.pdf("First", "Second", "Third", more={12: b"<</Type/Nothing>>"})
    found = pool.extract(path, MediaKind.PDF)
    assert found.outcome == Outcome.PARTLY_READ
    assert found.message == "Page 2 could not be read."
    assert [p.number for p in found.pages] == [1, 3]


def test_pdf_pages_beyond_the_limit_are_named(files, strict_pool) -> None:
    found = strict_pool.extract(files.pdf(*["word"] * 60), MediaKind.PDF)
    assert found.outcome == Outcome.PARTLY_READ
    assert found.truncated
    assert found.message == "Only the first 50 of 60 pages were read."
    assert (len(found.pages), found.page_count) == (50, 60)


def test_a_scan_says_that_it_has_no_text(files, pool) -> None:
    drawing = files.stream(b"0 0 100 100 re f")
    found = pool.extract(files.pdf("x", more={11: drawing}), MediaKind.PDF)
    assert found.outcome == Outcome.PARTLY_READ
    assert found.code == "no_text"
    empty = pool.extract(files.pdf("", ""), MediaKind.PDF)
    assert (empty.outcome, empty.message) == (Outcome.READ, "The pages of this PDF are empty.")


def test_damaged_pdf_is_refused_with_the_reason(files, pool) -> None:
    found = pool.extract(files.write("x.pdf", b"%PDF-1.7\nnothing"), MediaKind.PDF)
    assert found.outcome == Outcome.REFUSED
    assert found.message == "This PDF is damaged and cannot be opened."


def test_docx_by_headings_with_tables_boxes_and_footers(files, pool) -> None:
    box = (
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>"
        f"{files.paragraph('In the box')}</w:txbxContent></mc:Choice>"
        f"<mc:Fallback><w:txbxContent>{files.paragraph('In the box')}</w:txbxContent>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    table = (
        f"<w:tbl><w:tr><w:tc>{files.paragraph('Plan')}</w:tc>"
        f"<w:tc>{files.paragraph('Price')}</w:tc></w:tr></w:tbl>"
    )
    deleted = "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    path = files.docx(
        files.paragraph("Before") + files.paragraph("Costs", "H1") + table + box + deleted,
        parts={
            "word/styles.xml": STYLES,
            "word/footer1.xml": f'<f xmlns:w="{"http://schemas.openxmlformats.org/wordprocessingml/2006/main"}">'
            f"{files.paragraph('Confidential')}</f>",
        },
        relations=f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="f" Type="{OFFICE}/footer" Target="footer1.xml"/>',
    )
    found = pool.extract(path, MediaKind.DOCX)
    assert found.outcome == Outcome.READ
    assert [(p.kind, p.label) for p in found.pages] == [
        ("text", "Beginning"),
        ("heading", "Costs"),
        ("heading", "Headers and footers"),
    ]
    assert found.pages[1].text == "Costs\nPlan | Price\nIn the box"
    assert found.pages[2].text.endswith("Confidential")


def test_pptx_slides_with_notes_tables_groups_and_charts(files, pool) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Why now"
    table = slide.shapes.add_table(1, 2, 0, 0, Inches(3), Inches(1)).table
    table.cell(0, 0).text = "Cell"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "Grouped"
    data = CategoryChartData()
    data.categories = ["Northern region"]
    data.add_series("Savings", (1,))
    slide.shapes.add_chart(
        XL_CHART_TYPE.PIE, 0, 0, Inches(2), Inches(2), data
    ).chart.has_legend = True
    slide.notes_slide.notes_text_frame.text = "Ask about the renewal"
    deck.slides.add_slide(deck.slide_layouts[6])
    out = io.BytesIO()
    deck.save(out)
    found = pool.extract(files.write("deck.pptx", out.getvalue()), MediaKind.PPTX)
    assert [(p.number, p.kind, p.label) for p in found.pages] == [
        (1, "slide", "slide 1"),
        (2, "slide", "slide 2"),
    ]
    for words in ("Why now", "Cell", "Grouped", "Northern region", "Savings"):
        assert words in found.pages[0].text
    assert "Notes: Ask about the renewal" in found.pages[0].text
    assert found.aspect_ratios == (1.3333,)


def test_xlsx_by_sheet(files, pool) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Prices")
        sheet.write_row(0, 0, ["Plan", 12, 1.5])
        book.add_worksheet("Notes").write(0, 0, "Valid until March")
        chart = book.add_chart({"type": "pie"})
        chart.add_series({"values": "=Prices!$B$1:$C$1"})
        book.add_chartsheet("Only a chart").set_chart(chart)
    found = pool.extract(files.write("x.xlsx", out.getvalue()), MediaKind.XLSX)
    assert [(p.kind, p.label, p.text) for p in found.pages] == [
        ("sheet", "Sheet Prices", "Prices\nPlan | 12 | 1.5"),
        ("sheet", "Sheet Notes", "Notes\nValid until March"),
    ]


MARKDOWN = """---
title: "The front title"
draft: true
---
import Chart from './chart'

Before any heading.

# First *heading*

See [the guide](https://example.com/a "title") and ![a chart](chart.png).
<div align="center">**Bold** &amp; `code`</div>

```sh
# not a heading
run --now
```

Second
------
| Plan | Price |
|------|-------|
| Team | 12    |

#### Too deep to cut
End.
"""


def test_markdown_by_headings_as_people_read_it(files, pool) -> None:
    found = pool.extract(files.write("x.md", MARKDOWN), MediaKind.MD)
    assert found.title == "The front title"
    assert [(p.kind, p.label) for p in found.pages] == [
        ("text", "Beginning"),
        ("heading", "First heading"),
        ("heading", "Second"),
    ]
    first = found.pages[1].text
    assert "See the guide and a chart." in first
    assert "Bold & code" in first
    assert "# not a heading" in first
    assert "example.com" not in first
    assert "Team 12" in found.pages[2].text
    assert "Too deep to cut" in found.pages[2].text
    assert "import" not in found.pages[0].text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_text_in_its_encoding(files, pool, encoding: str) -> None:
    text = "Größe: 12 €, für die Prüfung"
    found = pool.extract(files.write("x.txt", text.encode(encoding)), MediaKind.TXT)
    assert found.pages[0].text == text
    assert (found.code == "encoding") is (encoding == "cp1252")


def test_text_that_cannot_be_stored_is_made_storable(files, pool) -> None:
    found = pool.extract(files.write("x.txt", "a\x01b\u00adc\ufffe e\u0301"), MediaKind.TXT)
    assert found.pages[0].text == "abc e\u0301"


GERMAN = "Der Kunde fragt nach den Kosten und nach der Sicherheit der Lösung. " * 3
ENGLISH = "The buyer asks about the price and about the security of the product. " * 3


@pytest.mark.parametrize(
    ("text", "language"),
    [(GERMAN, "de"), (ENGLISH, "en"), ("Q3 2026", None), ("1 2 3 " * 90, None)],
)
def test_language(files, pool, text: str, language: str | None) -> None:
    assert pool.extract(files.write("x.txt", text), MediaKind.TXT).language == language


def test_video_has_no_text_and_zip_is_for_imports(files, pool) -> None:
    assert pool.extract(files.write("x.mp4", b"x"), MediaKind.MP4).outcome == Outcome.READ
    assert pool.extract(files.zip("x.zip", {}), MediaKind.ZIP).outcome == Outcome.REFUSED
