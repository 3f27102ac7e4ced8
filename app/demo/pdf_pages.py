"""Lays a text out on designed PDF pages: title band, headings, tables, bars, columns, boxes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from app.demo import theme
from app.demo.pdf_blocks import Look, Piece, piece
from app.demo.pdf_writer import A4, Canvas, PdfDocument, text_width, wrap
from app.demo.text import Block, Heading, PageBreak

LEFT = 54.0
WIDTH = A4[0] - 2 * LEFT
TOP = 64.0
BOTTOM = A4[1] - 54.0


@dataclass(frozen=True, slots=True)
class Cover:
    """What the title band says. ``label`` is the kind of piece in words."""

    title: str
    summary: str
    label: str
    language: str
    internal: bool


def write_pdf(path: Path, cover: Cover, blocks: tuple[Block, ...], colours: dict[str, str]) -> Path:
    """Writes the pages and answers the path. ``colours`` come from ``theme.palette``."""
    made = theme.MADE.translate({ord(mark): None for mark in "-:T"})
    document = PdfDocument(cover.title, theme.COMPANY, cover.language, made)
    look = Look(colours)
    page = document.add_page()
    y = _title_band(page, cover, look) + 20
    pieces = [(block, _piece(block, look)) for block in blocks]
    for (block, drawn), (_, following) in pairwise([*pieces, (PageBreak(), Piece(0.0, _nothing))]):
        needed = drawn.height + (min(following.height, 90.0) if isinstance(block, Heading) else 0.0)
        if isinstance(block, PageBreak) or y + needed > BOTTOM:
            page = document.add_page()
            _running_head(page, cover, look)
            y = TOP
        drawn.draw(page, LEFT, y)
        y += drawn.height
    for number, sheet in enumerate(document.pages, 1):
        _foot(sheet, number, len(document.pages), cover, look)
    return document.save(path)


def _nothing(_canvas: Canvas, _x: float, _y: float) -> None:
    """A page break draws nothing."""


def _piece(block: Block, look: Look) -> Piece:
    return Piece(0.0, _nothing) if isinstance(block, PageBreak) else piece(block, WIDTH, look)


def _title_band(page: Canvas, cover: Cover, look: Look) -> float:
    """Draws the band over the first page and answers where it ends."""
    title = wrap([(cover.title, True)], WIDTH - 40, 23)
    summary = wrap([(cover.summary, False)], WIDTH - 40, 11.5)
    height = 86 + 28 * len(title) + 16 * len(summary)
    page.rectangle(0, 0, A4[0], height, look.dark)
    page.rectangle(0, height, A4[0], 5, look.accent)
    _weave(page, A4[0] - LEFT - 46, 26, look)
    page.text(LEFT, 42, [(theme.COMPANY, True)], 14, look.white)
    page.text(LEFT, 60, cover.label.upper(), 8.5, look.tint)
    y = 88.0
    for line in title:
        page.text(LEFT, y, line, 23, look.white)
        y += 28
    for line in summary:
        page.text(LEFT, y - 4, line, 11.5, look.tint)
        y += 16
    return height + 5


def _weave(page: Canvas, x: float, y: float, look: Look) -> None:
    """The company's mark: threads crossing like shifts in a week."""
    for row in range(3):
        for column in range(4):
            lit = (row + column) % 2 == 0
            page.rectangle(x + column * 12, y + row * 12, 10, 10, look.accent if lit else look.tint)


def _running_head(page: Canvas, cover: Cover, look: Look) -> None:
    page.rectangle(0, 0, A4[0], 34, look.dark)
    page.rectangle(0, 34, A4[0], 2, look.accent)
    page.text(LEFT, 22, [(theme.COMPANY, True)], 9.5, look.white)
    short = wrap([(cover.title, False)], WIDTH - 90, 9)[0][0][0]
    page.text(A4[0] - LEFT - text_width(short, 9), 22, short, 9, look.tint)


def _foot(page: Canvas, number: int, count: int, cover: Cover, look: Look) -> None:
    y = A4[1] - 28
    page.line(LEFT, y - 14, A4[0] - LEFT, y - 14, look.line)
    page.text(LEFT, y, theme.FOOTER, 8, look.muted)
    place = f"{number} / {count}"
    page.text(A4[0] - LEFT - text_width(place, 8), y, place, 8, look.muted)
    if cover.internal:
        notice = [("Internal: not for customers", True)]
        page.text(A4[0] / 2 - text_width(notice[0][0], 8, True) / 2, y, notice, 8, look.accent)
