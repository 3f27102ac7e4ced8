"""Presentations: one slide per ``#`` heading, with native tables and charts and speaker notes."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Emu, Inches, Pt

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

WIDE, TALL = Inches(13.333), Inches(7.5)
LEFT, TOP, ROOM = Inches(0.7), Inches(1.55), Inches(11.93)
ONE_LINE = 48
"""Characters of a heading that fit on one line at full size."""
LINE_HEIGHT = Inches(0.46)
ROW_HEIGHT = Inches(0.62)


def write_pptx(
    path: Path,
    title: str,
    summary: str,
    blocks: tuple[Block, ...],
    colours: dict[str, str],
    internal: bool,
) -> Path:
    """Writes the slides, a title slide first, and answers the path."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDE, TALL
    deck.core_properties.title, deck.core_properties.author = title, theme.COMPANY
    _title_slide(deck, title, summary, colours)
    for number, (heading, inside) in enumerate(_slides(blocks), 2):
        slide = _Slide(deck, heading.text, number, colours, internal)
        for block in inside:
            slide.add(block)
    deck.save(str(path))
    return repack(path)


def _rgb(colour: str) -> Any:
    red, green, blue = bytes.fromhex(colour)
    return RGBColor(red, green, blue)  # type: ignore[no-untyped-call]  # pptx leaves it untyped


def _slides(blocks: tuple[Block, ...]) -> list[tuple[Heading, list[Block]]]:
    slides: list[tuple[Heading, list[Block]]] = []
    for starts, run in groupby(blocks, lambda b: isinstance(b, Heading) and b.level == 1):
        for block in run:
            if starts and isinstance(block, Heading):
                slides.append((block, []))
            else:
                slides[-1][1].append(block)
    return slides


def _title_slide(deck: Any, title: str, summary: str, colours: dict[str, str]) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    _block(slide, 0, 0, WIDE, TALL, colours["dark"])
    _block(slide, 0, TALL - Inches(0.35), WIDE, Inches(0.35), colours["accent"])
    for row in range(3):
        for column in range(4):
            shade = colours["accent"] if (row + column) % 2 == 0 else colours["tint"]
            left = Inches(10.9) + column * Inches(0.36)
            _block(slide, left, Inches(0.7) + row * Inches(0.36), *(Inches(0.3),) * 2, shade)
    _text(slide, LEFT, Inches(0.7), Inches(6), theme.COMPANY, 24, theme.WHITE, bold=True)
    _name(slide, title, Inches(2.4), Inches(2), 44, theme.WHITE)
    _text(slide, LEFT, Inches(4.7), Inches(10), summary, 20, colours["tint"])


def _name(slide: Any, words: str, top: int, tall: int, size: int, colour: str) -> None:
    """Puts the words into the slide's own title, so that readers of the outline find them."""
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = LEFT, Emu(top), ROOM, Emu(tall)
    shape.element.getparent().append(shape.element)  # above what was drawn before
    frame = shape.text_frame
    frame.word_wrap = True
    _fill(frame.paragraphs[0], words, size, colour, bold=True)
    frame.paragraphs[0].alignment = 1


def _block(slide: Any, left: int, top: int, wide: int, tall: int, colour: str) -> Any:
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, left, top, wide, tall)
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(colour)
    shape.line.fill.background()
    shape.shadow.inherit = False
    return shape


def _text(
    slide: Any,
    left: int,
    top: int,
    wide: int,
    words: str,
    size: int,
    colour: str,
    bold: bool = False,
) -> None:
    frame = slide.shapes.add_textbox(left, top, wide, Inches(0.5)).text_frame
    frame.word_wrap = True
    _fill(frame.paragraphs[0], words, size, colour, bold)


def _fill(paragraph: Any, words: str, size: int, colour: str, bold: bool = False) -> None:
    for words_part, strong in runs(words):
        run = paragraph.add_run()
        run.text = words_part
        run.font.size, run.font.bold = Pt(size), bold or strong
        run.font.name = "Arial"
        run.font.color.rgb = _rgb(colour)


class _Slide:
    """One slide being filled from the top down."""

    def __init__(
        self, deck: Any, heading: str, number: int, colours: dict[str, str], internal: bool
    ) -> None:
        self._colours = colours
        self._slide = deck.slides.add_slide(deck.slide_layouts[5])
        self._left: int = LEFT
        self._wide: int = ROOM
        self._top: int = TOP
        _block(self._slide, 0, 0, Inches(0.28), TALL, colours["dark"])
        _block(self._slide, LEFT, Inches(1.25), Inches(0.9), Inches(0.06), colours["accent"])
        size = 28 if len(heading) <= ONE_LINE else 22
        _name(self._slide, heading, Inches(0.35), Inches(0.9), size, colours["dark"])
        foot = f"{theme.FOOTER}   ·   {number}"
        _text(self._slide, LEFT, Inches(7.0), Inches(8), foot, 10, theme.MUTED)
        if internal:
            words = "Internal: not for customers"
            place = Inches(10), Inches(7.0), Inches(2.8)
            _text(self._slide, *place, words, 10, theme.AMBER, bold=True)

    def add(self, block: Block) -> None:
        match block:
            case Notes():
                self._slide.notes_slide.notes_text_frame.text = block.text
            case Paragraph() | Heading():
                self._words([block.text], 24, isinstance(block, Heading))
            case Listing():
                marks = [f"{n}." if block.numbered else "•" for n in range(1, 20)]
                items = [f"{mark}  {item}" for mark, item in zip(marks, block.items, strict=False)]
                self._words(items, 24)
            case Quote():
                self._quote(block)
            case Table():
                self._table(block.head, block.rows)
            case Steps():
                self._table(("When", "What"), block.items)
            case Bars():
                self._chart(block)
            case Figures():
                self._figures(block)
            case Columns():
                self._columns(block)
            case PageBreak():
                raise ValueError("a slide ends where the next heading stands")

    def _columns(self, block: Columns) -> None:
        left, wide, top = self._left, self._wide, self._top
        half = Emu((wide - Inches(0.5)) // 2)
        lowest = top
        for number, side in enumerate((block.left, block.right)):
            self._left, self._wide = Emu(left + number * (half + Inches(0.5))), half
            self._top = top
            for inner in side:
                self.add(inner)
            lowest = max(lowest, self._top)
        self._left, self._wide, self._top = left, wide, lowest

    def _lines(self, words: str, size: int) -> int:
        """How many lines the words will take, on the safe side."""
        per_line = max(int(self._wide / Pt(size) / 0.5), 1)
        return -(-len(words) // per_line)

    def _words(self, items: list[str], size: int, bold: bool = False) -> None:
        lines = sum(self._lines(item, size) for item in items)
        tall = Emu(lines * LINE_HEIGHT + len(items) * Inches(0.16))
        box = self._slide.shapes.add_textbox(self._left, self._top, self._wide, tall)
        box.text_frame.word_wrap = True
        for number, item in enumerate(items):
            frame = box.text_frame
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(12)
            _fill(paragraph, item, size, self._colours["dark"] if bold else theme.INK, bold)
        self._top += tall + Inches(0.2)

    def _quote(self, block: Quote) -> None:
        lines = self._lines(block.text, 28)
        tall = Emu(lines * Inches(0.52) + Inches(0.95))
        _block(self._slide, self._left, self._top, self._wide, tall, self._colours["tint"])
        _block(self._slide, self._left, self._top, Inches(0.07), tall, self._colours["accent"])
        inner, wide = self._left + Inches(0.25), self._wide - Inches(0.4)
        _text(self._slide, inner, self._top + Inches(0.08), wide, block.text, 28,
              self._colours["dark"])  # fmt: skip
        _text(self._slide, inner, self._top + tall - Inches(0.45), wide, block.by, 14, theme.MUTED)
        self._top += tall + Inches(0.2)

    def _table(self, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
        shape = self._slide.shapes.add_table(
            len(rows) + 1, len(head), self._left, self._top, self._wide, ROW_HEIGHT
        )
        wants = [min(max(len(row[n]) for row in (head, *rows)) + 4, 60) for n in range(len(head))]
        for n, want in enumerate(wants):
            shape.table.columns[n].width = Emu(int(self._wide * want / sum(wants)))
        for number, row in enumerate((head, *rows)):
            for n, words in enumerate(row):
                self._cell(shape.table.cell(number, n), words, number)
            shape.table.rows[number].height = ROW_HEIGHT
        self._top += ROW_HEIGHT * (len(rows) + 1) + Inches(0.25)

    def _cell(self, cell: Any, words: str, row: int) -> None:
        cell.fill.solid()
        ground = self._colours["dark"] if row == 0 else (theme.WHITE, theme.PAPER)[row % 2]
        cell.fill.fore_color.rgb = _rgb(ground)
        ink = theme.WHITE if row == 0 else theme.INK
        _fill(cell.text_frame.paragraphs[0], words, 18, ink, bold=row == 0)

    def _chart(self, block: Bars) -> None:
        data: Any = CategoryChartData()  # type: ignore[no-untyped-call]  # pptx leaves it untyped
        data.categories = [name for name, _ in block.items]
        data.add_series(f"{block.title} ({block.unit})", [value for _, value in block.items])
        tall = Inches(1.0 + 0.62 * len(block.items))
        place = self._left, self._top, self._wide, tall
        kind = XL_CHART_TYPE.BAR_CLUSTERED
        chart = self._slide.shapes.add_chart(kind, *place, data).chart
        chart.has_legend = False
        chart.has_title = True
        _fill(chart.chart_title.text_frame.paragraphs[0], f"{block.title} ({block.unit})", 14,
              self._colours["dark"], bold=True)  # fmt: skip
        chart.category_axis.reverse_order = True
        chart.category_axis.tick_labels.font.size = Pt(16)
        chart.value_axis.visible = False
        chart.value_axis.has_major_gridlines = False
        plot = chart.plots[0]
        plot.gap_width, plot.has_data_labels = 45, True
        plot.data_labels.font.size = Pt(16)
        plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
        plot.series[0].format.fill.solid()
        colour = _rgb(self._colours["accent"])
        plot.series[0].format.fill.fore_color.rgb = colour
        self._top += tall + Inches(0.15)

    def _figures(self, block: Figures) -> None:
        gap = Inches(0.25)
        wide = Emu((self._wide - gap * (len(block.items) - 1)) // len(block.items))
        for number, (value, caption) in enumerate(block.items):
            left = self._left + number * (wide + gap)
            _block(self._slide, left, self._top, wide, Inches(2.2), self._colours["tint"])
            _block(self._slide, left, self._top, wide, Inches(0.06), self._colours["accent"])
            inner = left + Inches(0.1), wide - Inches(0.2)
            for down, words, size, colour, bold in (
                (0.25, value, 44, self._colours["dark"], True),
                (1.2, caption, 18, theme.MUTED, False),
            ):
                top = self._top + Inches(down)
                _text(self._slide, inner[0], top, inner[1], words, size, colour, bold)
        self._top += Inches(2.5)
