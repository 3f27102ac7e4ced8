"""How each block of a text looks on a PDF page: its height, and how to draw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.demo import theme
from app.demo.pdf_writer import Canvas, Colour, Run, text_width, wrap
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

BODY = 10.2
LEADING = 14.6
GAP = 8.0


class Look:
    """The colours of one document, ready to draw with."""

    def __init__(self, colours: dict[str, str]) -> None:
        self.dark: Colour = theme.rgb(colours["dark"])
        self.accent: Colour = theme.rgb(colours["accent"])
        self.tint: Colour = theme.rgb(colours["tint"])
        self.ink, self.muted = theme.rgb(theme.INK), theme.rgb(theme.MUTED)
        self.line, self.paper = theme.rgb(theme.LINE), theme.rgb(theme.PAPER)
        self.white: Colour = theme.rgb(theme.WHITE)


@dataclass(frozen=True, slots=True)
class Piece:
    """``height`` in points with the space below; ``draw`` takes page, left edge and upper edge."""

    height: float
    draw: Callable[[Canvas, float, float], None]


def piece(block: Block, width: float, look: Look) -> Piece:
    """The block at this width."""
    match block:
        case Heading():
            return _heading(block, width, look)
        case Paragraph():
            return _lines(_wrapped(block.text, width), look)
        case Listing():
            return _listing(block, width, look)
        case Quote():
            return _quote(block, width, look)
        case Table():
            return _table(block, width, look)
        case Bars():
            return _bars(block, width, look)
        case Figures():
            return _figures(block, width, look)
        case Steps():
            return _steps(block, width, look)
        case Columns():
            return _columns(block, width, look)
        case Notes() | PageBreak():
            raise ValueError(f"a PDF page has no place for {type(block).__name__}")


def _wrapped(text: str, width: float, size: float = BODY) -> list[list[Run]]:
    return wrap(runs(text), width, size)


def _write(
    canvas: Canvas, x: float, y: float, lines: list[list[Run]], size: float, colour: Colour
) -> None:
    """Lines below each other, the first with its top at ``y``."""
    leading = size * LEADING / BODY
    for number, line in enumerate(lines):
        canvas.text(x, y + size + number * leading, line, size, colour)


def _lines(lines: list[list[Run]], look: Look) -> Piece:
    def draw(canvas: Canvas, x: float, y: float) -> None:
        _write(canvas, x, y, lines, BODY, look.ink)

    return Piece(len(lines) * LEADING + GAP, draw)


def _heading(block: Heading, width: float, look: Look) -> Piece:
    size, above = (15.0, 8.0) if block.level == 1 else (11.5, 4.0)
    lines = wrap([(block.text, True)], width, size)
    tall = len(lines) * size * LEADING / BODY

    def draw(canvas: Canvas, x: float, y: float) -> None:
        if block.level == 1:
            canvas.rectangle(x, y + above - 4, 34, 3, look.accent)
        _write(canvas, x, y + above + 2, lines, size, look.dark)

    return Piece(above + tall + 7, draw)


def _listing(block: Listing, width: float, look: Look) -> Piece:
    items = [_wrapped(item, width - 18) for item in block.items]

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for number, lines in enumerate(items, 1):
            if block.numbered:
                canvas.text(x, y + BODY, [(f"{number}.", True)], BODY, look.accent)
            else:
                canvas.rectangle(x + 3, y + 4, 4.5, 4.5, look.accent)
            _write(canvas, x + 18, y, lines, BODY, look.ink)
            y += len(lines) * LEADING + 3

    return Piece(sum(len(lines) * LEADING + 3 for lines in items) + GAP - 2, draw)


def _quote(block: Quote, width: float, look: Look) -> Piece:
    lines = _wrapped(block.text, width - 44, 11.5)
    leading = 11.5 * LEADING / BODY
    tall = len(lines) * leading + 24 + (16 if block.by else 0)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.rectangle(x, y, width, tall, look.tint)
        canvas.rectangle(x, y, 4, tall, look.accent)
        _write(canvas, x + 20, y + 10, lines, 11.5, look.dark)
        if block.by:
            canvas.text(x + 20, y + tall - 12, block.by, 9, look.muted)

    return Piece(tall + GAP + 5, draw)


def _column_widths(block: Table, width: float) -> list[float]:
    """Room by what the cells hold: a column of figures needs less than one of sentences."""
    rows = (block.head, *block.rows)
    if len({len(row) for row in rows}) != 1:
        raise ValueError(f"rows of different length below {block.head}")
    wants = [min(max(text_width(row[n], 9.3, True) for row in rows) + 18, 240.0)
             for n in range(len(block.head))]  # fmt: skip
    return [want * width / sum(wants) for want in wants]


def _table(block: Table, width: float, look: Look) -> Piece:
    widths = _column_widths(block, width)
    size, leading = 9.3, 9.3 * LEADING / BODY
    bold_head = tuple(f"**{cell}**" if cell else "" for cell in block.head)
    shown = (bold_head, *block.rows) if any(block.head) else block.rows
    first = 0 if any(block.head) else 1
    rows = [[_wrapped(cell, wide - 14, size) for cell, wide in zip(row, widths, strict=True)]
            for row in shown]  # fmt: skip
    heights = [max(len(lines) for lines in row) * leading + 9 for row in rows]

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for number, (row, tall) in enumerate(zip(rows, heights, strict=True), first):
            ground = look.dark if number == 0 else (look.white, look.paper)[number % 2]
            canvas.rectangle(x, y, width, tall, ground)
            left = x
            for lines, wide in zip(row, widths, strict=True):
                ink = look.white if number == 0 else look.ink
                _write(canvas, left + 7, y + 4, lines, size, ink)
                left += wide
            y += tall
            canvas.line(x, y, x + width, y, look.line)

    return Piece(sum(heights) + GAP + 5, draw)


def _bars(block: Bars, width: float, look: Look) -> Piece:
    label = max(text_width(name, 9) for name, _ in block.items) + 12
    most = max(value for _, value in block.items)
    room = width - label - 74

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.rectangle(x, y, width, tall, look.paper)
        canvas.text(x + 10, y + 17, [(block.title, True)], 9.5, look.dark)
        for number, (name, value) in enumerate(block.items):
            top = y + 30 + number * 21
            canvas.text(x + 10, top + 10, name, 9, look.ink)
            long = max(room * value / most, 1.5)
            colour = look.accent if number == len(block.items) - 1 else look.dark
            canvas.rectangle(x + 10 + label, top, long, 13, colour)
            shown = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
            canvas.text(x + label + 16 + long, top + 10, f"{shown} {block.unit}", 9, look.ink)

    tall = 30 + len(block.items) * 21 + 6
    return Piece(tall + GAP + 5, draw)


def _figures(block: Figures, width: float, look: Look) -> Piece:
    gap = 10.0
    wide = (width - gap * (len(block.items) - 1)) / len(block.items)
    captions = [_wrapped(caption, wide - 24, 9) for _, caption in block.items]
    tall = 50 + max(len(lines) for lines in captions) * 13

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for (value, _), lines in zip(block.items, captions, strict=True):
            canvas.rectangle(x, y, wide, tall, look.tint)
            canvas.rectangle(x, y, wide, 3, look.accent)
            size = min(22.0, 22.0 * (wide - 24) / text_width(value, 22, True))
            canvas.text(x + 12, y + 34, [(value, True)], size, look.dark)
            _write(canvas, x + 12, y + 42, lines, 9, look.muted)
            x += wide + gap

    return Piece(tall + GAP + 6, draw)


def _steps(block: Steps, width: float, look: Look) -> Piece:
    when = max(text_width(moment, 9.3, True) for moment, _ in block.items) + 26
    whats = [_wrapped(what, width - when - 14) for _, what in block.items]
    heights = [len(lines) * LEADING + 10 for lines in whats]

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.line(x + 5, y + 8, x + 5, y + sum(heights) - heights[-1] + 8, look.line)
        for (moment, _), lines, tall in zip(block.items, whats, heights, strict=True):
            canvas.rectangle(x + 1, y + 4, 8, 8, look.accent)
            canvas.text(x + 18, y + 11.5, [(moment, True)], 9.3, look.dark)
            _write(canvas, x + when, y + 1, lines, BODY, look.ink)
            y += tall

    return Piece(sum(heights) + GAP, draw)


def _columns(block: Columns, width: float, look: Look) -> Piece:
    wide = (width - 26) / 2
    sides = [[piece(inner, wide, look) for inner in side] for side in (block.left, block.right)]
    tall = max(sum(inner.height for inner in side) for side in sides)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for side in sides:
            top = y
            for inner in side:
                inner.draw(canvas, x, top)
                top += inner.height
            x += wide + 26

    return Piece(tall, draw)
