"""A small writer of PDF files: pages, filled shapes and text in Helvetica.

Places are in points from the page's upper left corner; a text's ``y`` is its base line. Only
characters of Windows-1252 can be written. The same calls give the same bytes.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable
from pathlib import Path

A4 = (595.0, 842.0)

Colour = tuple[float, float, float]
Run = tuple[str, bool]
"""A piece of text and whether it is bold."""

# Advance widths of Helvetica and Helvetica Bold in thousandths of the size, for the characters
# from space to tilde in order of their code.
_PLAIN = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 "
    "556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 "
    "260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 "
    "556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 "
    "722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 "
    "556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 "
    "280 389 584"
)
_BEYOND = {
    "–": (556, 556),
    "—": (1000, 1000),
    "‘": (222, 278),
    "’": (222, 278),
    "“": (333, 500),
    "”": (333, 500),
    "„": (333, 500),
    "•": (350, 350),
    "…": (1000, 1000),
    "€": (556, 556),
    "£": (556, 556),
    "×": (584, 584),
    "ß": (611, 611),
    "æ": (889, 889),
    "œ": (944, 944),
    "ø": (611, 611),
    "Ø": (778, 778),
    "«": (556, 556),
    "»": (556, 556),
    "°": (400, 400),
    "·": (278, 278),
    "§": (556, 556),
    "©": (737, 737),
    "\u00a0": (278, 278),
}
_WIDTHS = [[int(number) for number in table.split()] for table in (_PLAIN, _BOLD)]


def text_width(text: str, size: float, bold: bool = False) -> float:
    """How wide the text is in points. A character without a known width raises ``ValueError``."""
    return sum(_advance(character, bold) for character in text) * size / 1000


def _advance(character: str, bold: bool) -> int:
    beyond = _BEYOND.get(character)
    if beyond:
        return beyond[bold]
    # An accented letter is as wide as the letter below the accent.
    code = ord(unicodedata.normalize("NFD", character)[0]) - 32
    if not 0 <= code < len(_WIDTHS[0]):
        raise ValueError(f"no width is known for {character!r}")
    return _WIDTHS[bold][code]


def wrap(runs: Iterable[Run], width: float, size: float) -> list[list[Run]]:
    """Breaks text between words into lines at most ``width`` points wide.

    A word that alone is wider stands on a line of its own.
    """
    lines: list[list[Run]] = [[]]
    used = 0.0
    for text, bold in runs:
        for word in _words(text):
            wide = text_width(word, size, bold)
            if lines[-1] and used + text_width(word.rstrip(), size, bold) > width:
                lines.append([])
                used, word = 0.0, word.lstrip()
                wide = text_width(word, size, bold)
            if word:
                lines[-1].append((word, bold))
            used += wide
    return [_joined(line) for line in lines if line]


def _words(text: str) -> list[str]:
    """Words, each with the space that follows it."""
    words = [word + " " for word in text.split(" ")]
    words[-1] = words[-1][:-1]
    return words


def _joined(line: list[Run]) -> list[Run]:
    """Neighbours of one weight in one piece: fewer pieces, and text that reads well when copied."""
    joined: list[Run] = []
    for text, bold in line:
        if joined and joined[-1][1] == bold:
            joined[-1] = (joined[-1][0] + text, bold)
        else:
            joined.append((text, bold))
    joined[-1] = (joined[-1][0].rstrip(), joined[-1][1])
    return joined


class Canvas:
    """One page to draw on."""

    def __init__(self, size: tuple[float, float]) -> None:
        self.width, self.height = size
        self._operators: list[str] = []

    def rectangle(self, x: float, y: float, width: float, height: float, fill: Colour) -> None:
        """A filled rectangle; ``x`` and ``y`` are its upper left corner."""
        below = self.height - y - height
        self._operators.append(
            f"{_colour(fill)} rg {x:.2f} {below:.2f} {width:.2f} {height:.2f} re f"
        )

    def line(self, x: float, y: float, to_x: float, to_y: float, colour: Colour) -> None:
        """A thin straight line."""
        start, end = self.height - y, self.height - to_y
        self._operators.append(
            f"{_colour(colour)} RG 0.6 w {x:.2f} {start:.2f} m {to_x:.2f} {end:.2f} l S"
        )

    def text(
        self, x: float, y: float, words: str | Iterable[Run], size: float, colour: Colour
    ) -> None:
        """One line of text, starting at ``x``; plain when a string, else pieces with weight."""
        pieces = [(words, False)] if isinstance(words, str) else words
        shown = " ".join(
            f"/{'B' if bold else 'R'} {size:g} Tf ({_escaped(text)}) Tj" for text, bold in pieces
        )
        self._operators.append(
            f"{_colour(colour)} rg BT {x:.2f} {self.height - y:.2f} Td {shown} ET"
        )

    def stream(self) -> bytes:
        """What was drawn, as the operators of a page, compressed."""
        return zlib.compress("\n".join(self._operators).encode("cp1252"), 9)


class PdfDocument:
    """Pages in order, then one file."""

    def __init__(self, title: str, author: str, language: str, made: str) -> None:
        """``made`` is the time to note in the file, as ``20250102093000Z``."""
        self._title, self._author, self._language, self._made = title, author, language, made
        self.pages: list[Canvas] = []

    def add_page(self, size: tuple[float, float] = A4) -> Canvas:
        """A new page at the end."""
        page = Canvas(size)
        self.pages.append(page)
        return page

    def save(self, path: Path) -> Path:
        """Writes the file, over one that is there, and answers its path."""
        objects = self._objects()
        content = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, item in enumerate(objects, 1):
            offsets.append(len(content))
            content += f"{number} 0 obj\n".encode() + item + b"\nendobj\n"
        table = len(content)
        content += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
        content += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
        content += (
            f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 5 0 R >>\n"
            f"startxref\n{table}\n%%EOF\n"
        ).encode()
        path.write_bytes(content)
        return path

    def _objects(self) -> list[bytes]:
        first_page = 6
        kids = " ".join(f"{first_page + 2 * n} 0 R" for n in range(len(self.pages)))
        font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
        objects = [
            f"<< /Type /Catalog /Pages 2 0 R /Lang ({self._language}) >>".encode(),
            f"<< /Type /Pages /Count {len(self.pages)} /Kids [{kids}] >>".encode(),
            font.format("Helvetica").encode(),
            font.format("Helvetica-Bold").encode(),
            b"<< /Title " + _unicode(self._title) + b" /Author " + _unicode(self._author)
            + f" /CreationDate (D:{self._made}) >>".encode(),
        ]  # fmt: skip
        for number, page in enumerate(self.pages):
            stream = page.stream()
            objects.append(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.width:g} {page.height:g}] "
                "/Resources << /Font << /R 3 0 R /B 4 0 R >> >> "
                f"/Contents {first_page + 2 * number + 1} 0 R >>".encode()
            )
            objects.append(
                f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode()
                + stream
                + b"\nendstream"
            )
        return objects


def _colour(colour: Colour) -> str:
    return " ".join(f"{part:.3f}" for part in colour)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _unicode(text: str) -> bytes:
    return b"<" + (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode() + b">"
