"""The small markup of the demo texts, read into blocks that every file format can draw.

Paragraphs, ``#`` and ``##`` headings, ``-`` and ``1.`` lists, ``|`` tables (first row is the head)
and ``>`` quotes (a line ``> -- name`` says whose) are as in Markdown. ``===`` starts a new page.
Between ``:::name argument`` and ``:::`` stand ``bars`` (label | number), ``figures``
(value | caption), ``steps`` (when | what), ``notes`` (what the speaker says) and ``columns`` (left
and right side parted by ``+++``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[str, ...]
    numbered: bool


@dataclass(frozen=True, slots=True)
class Quote:
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bars:
    title: str
    unit: str
    items: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Steps:
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notes:
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    left: tuple[Block, ...]
    right: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    pass


Block = (
    Heading
    | Paragraph
    | Listing
    | Quote
    | Table
    | Bars
    | Figures
    | Steps
    | Notes
    | Columns
    | PageBreak
)

_NUMBERED = re.compile(r"\d+\.\s+")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def parse(body: str) -> tuple[Block, ...]:
    """Reads a body. A fence that is not closed or has an unknown name raises ``ValueError``."""
    return tuple(_blocks(iter([*body.splitlines(), ""])))


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Splits ``**bold**`` out of a line: pieces of text and whether each is bold."""
    for number, piece in enumerate(_BOLD.split(text)):
        if piece:
            yield piece, number % 2 == 1


def plain(text: str) -> str:
    """The text without its marks."""
    return _BOLD.sub(r"\1", text)


def _blocks(lines: Iterator[str]) -> Iterator[Block]:
    held: list[str] = []
    for line in lines:
        starts = line.startswith(("#", ":::")) or line == "==="
        if held and (starts or not line.strip() or _kind(line) != _kind(held[0])):
            yield _gathered(held)
            held = []
        if line.startswith(":::"):
            yield _fenced(line[3:].strip(), lines)
        elif line == "===":
            yield PageBreak()
        elif line.startswith("#"):
            mark, _, words = line.partition(" ")
            yield Heading(len(mark), words.strip())
        elif line.strip():
            held.append(line)


def _kind(line: str) -> str:
    for mark in ("- ", "> ", "|"):
        if line.startswith(mark):
            return mark
    return "1." if _NUMBERED.match(line) else ""


def _gathered(lines: list[str]) -> Block:
    kind = _kind(lines[0])
    if kind == "- ":
        return Listing(tuple(line[2:].strip() for line in lines), numbered=False)
    if kind == "1.":
        return Listing(tuple(_NUMBERED.sub("", line, count=1) for line in lines), numbered=True)
    if kind == "> ":
        said = [line[2:].strip() for line in lines]
        by = " ".join(line[2:].strip() for line in said if line.startswith("--"))
        return Quote(" ".join(line for line in said if not line.startswith("--")), by)
    if kind == "|":
        rows = [_cells(line) for line in lines]
        return Table(rows[0], tuple(rows[1:]))
    return Paragraph(" ".join(line.strip() for line in lines))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.rstrip()[1:].removesuffix("|").split("|"))


def _fenced(opening: str, lines: Iterator[str]) -> Block:
    name, _, argument = opening.partition(" ")
    inside: list[str] = []
    for line in lines:
        if line.strip() == ":::":
            return _fence(name, argument.strip(), inside)
        inside.append(line)
    raise ValueError(f"':::{opening}' is not closed")


def _fence(name: str, argument: str, lines: list[str]) -> Block:
    if name == "columns":
        middle = lines.index("+++")
        return Columns(parse("\n".join(lines[:middle])), parse("\n".join(lines[middle + 1 :])))
    if name == "notes":
        return Notes(" ".join(line.strip() for line in lines))
    pairs = [_pair(line) for line in lines if line.strip()]
    if name == "figures":
        return Figures(tuple(pairs))
    if name == "steps":
        return Steps(tuple(pairs))
    if name == "bars":
        title, unit = _pair(argument)
        return Bars(title, unit, tuple((label, float(value)) for label, value in pairs))
    raise ValueError(f"':::{name}' is not known")


def _pair(line: str) -> tuple[str, str]:
    left, _, right = line.partition("|")
    return left.strip(), right.strip()
