"""Word documents: real styles, headings and tables, a head and a foot line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from app.demo import theme
from app.demo.repack import repack
from app.demo.text import (
    Bars,
    Block,
    Columns,
    Figures,
    Heading,
    Listing,
    Notes,
    PageBreak,
    Paragraph,
    Quote,
    Steps,
    Table,
    runs,
)


def write_docx(
    path: Path,
    title: str,
    summary: str,
    blocks: tuple[Block, ...],
    colours: dict[str, str],
    internal: bool,
) -> Path:
    """Writes the document and answers the path."""
    letter = Document()
    letter.core_properties.title, letter.core_properties.author = title, theme.COMPANY
    _styles(letter, colours)
    section = letter.sections[0]
    section.left_margin = section.right_margin = Cm(2.4)
    notice = "   ·   Internal: not for customers" if internal else ""
    section.header.paragraphs[0].text = f"{theme.COMPANY}   ·   {title}"
    section.footer.paragraphs[0].text = f"{theme.FOOTER}{notice}"
    letter.add_heading(title, 0)
    lead = letter.add_paragraph()
    _fill(lead, summary, theme.MUTED)
    for block in blocks:
        _add(letter, block, colours)
    letter.save(str(path))
    return repack(path)


def _styles(letter: Any, colours: dict[str, str]) -> None:
    for name, size, shade in (
        ("Normal", 10.5, theme.INK),
        ("Title", 25, colours["dark"]),
        ("Heading 1", 16, colours["dark"]),
        ("Heading 2", 12, colours["accent"]),
    ):
        style = letter.styles[name]
        style.font.name, style.font.size = "Arial", Pt(size)
        style.font.color.rgb = RGBColor.from_string(shade)
        # Headings of the stock template name a theme font, which would win over the name above.
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[key]
    letter.styles["Normal"].paragraph_format.space_after = Pt(7)


def _add(letter: Any, block: Block, colours: dict[str, str]) -> None:
    match block:
        case Heading():
            letter.add_heading(block.text, block.level)
        case Paragraph():
            _fill(letter.add_paragraph(), block.text)
        case Listing():
            style = "List Number" if block.numbered else "List Bullet"
            for item in block.items:
                _fill(letter.add_paragraph(style=style), item)
        case Quote():
            quote = letter.add_paragraph(style="Intense Quote")
            _fill(quote, f"{block.text} {block.by}".strip(), colours["dark"])
        case Table():
            _table(letter, block.head, block.rows, colours)
        case Steps():
            _table(letter, ("When", "What"), block.items, colours)
        case Figures():
            values, captions = zip(*block.items, strict=True)
            _table(letter, values, (captions,), colours)
        case Bars():
            rows = tuple((name, f"{value:g} {block.unit}") for name, value in block.items)
            _table(letter, (block.title, block.unit), rows, colours)
        case PageBreak():
            letter.add_page_break()
        case Columns() | Notes():
            raise ValueError(f"a letter has no place for {type(block).__name__}")


def _fill(paragraph: Any, words: str, colour: str | None = None) -> None:
    for text, bold in runs(words):
        run = paragraph.add_run(text)
        run.bold = bold or None
        if colour:
            run.font.color.rgb = RGBColor.from_string(colour)


def _table(
    letter: Any,
    head: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    colours: dict[str, str],
) -> None:
    table = letter.add_table(rows=0, cols=len(head))
    table.style = "Table Grid"
    for number, row in enumerate((head, *rows)):
        cells = table.add_row().cells
        for cell, words in zip(cells, row, strict=True):
            _fill(cell.paragraphs[0], words, theme.WHITE if number == 0 else None)
            cell.paragraphs[0].paragraph_format.space_after = Pt(2)
            _shade(cell, colours["dark"] if number == 0 else (theme.WHITE, theme.PAPER)[number % 2])
    letter.add_paragraph()


def _shade(cell: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)  # python-docx has no public call for shading
