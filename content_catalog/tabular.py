"""Tables as text: reading CSV whatever a spreadsheet program made of it, and writing it safely.

Reading recognises UTF-8 (with or without BOM) and Windows-1252, and comma, semicolon or tab.
Writing marks every text cell that a spreadsheet would run as a formula with a leading apostrophe;
reading takes that mark off again, so that our own export comes back as it was.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from content_catalog.errors import Invalid, TooLarge

if TYPE_CHECKING:
    import _csv  # names the type of csv.reader(), which exists for type checkers only

MAX_BYTES = 100 * 10**6
MAX_ROWS = 50_000
MAX_COLUMNS = 200
BOM = "\ufeff"
DELIMITERS = (",", ";", "\t")
_FORMULA_STARTS = frozenset("=+-@＝＋－＠")  # the full-width twins too
_SPACES = " \u00a0\u3000\u200b\u2060\ufeff"
_CONTROLS = "".join(chr(code) for code in (*range(32), *range(127, 160)))
_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or a zip"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF-", "a PDF"),
)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: ``row`` as a spreadsheet counts (the header is 1), ``line`` the physical line on
    which it starts, ``cells`` as they stand in the file, our formula mark taken off."""

    row: int
    line: int
    cells: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """``encoding`` is ``utf-8`` or ``windows-1252``. Header names are trimmed and distinct."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    records: tuple[Record, ...]


def read(data: bytes) -> Table:
    """Read a whole CSV file.

    Raises ``Invalid`` with the reason when it is not one in a known encoding, has no header or a
    quotation mark that never closes, and ``TooLarge`` past 100 MB or 50,000 rows.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"The table is over {MAX_BYTES // 10**6} MB. Split it and import the parts.")
    text, encoding = _decode(data)
    delimiter = _delimiter(text)
    header, records = _records(text, delimiter)
    return Table(encoding, delimiter, _distinct(header), records)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could run this cell: its first visible character starts a formula, or
    the cell begins with a tab or a line break."""
    if text[:1] in {"\t", "\r", "\n"}:
        return True
    return text.lstrip(_SPACES + _CONTROLS)[:1] in _FORMULA_STARTS


def safe_cell(text: str) -> str:
    """The cell as text that no spreadsheet runs; ``plain_cell`` gives back exactly ``text``."""
    return f"'{text}" if is_formula(text.lstrip("'")) else text


def plain_cell(text: str) -> str:
    """Take off the mark that ``safe_cell`` put there; any other text stays as it is."""
    return text[1:] if text.startswith("'") and is_formula(text.lstrip("'")) else text


def write(header: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> bytes:
    """A CSV that every spreadsheet opens: UTF-8 with BOM, commas, all text quoted and made safe.

    Numbers stay numbers, ``None`` is an empty cell.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in header])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return (BOM + out.getvalue()).encode()


def _cell(value: str | int | float | None) -> str | int | float:
    if value is None:
        return ""
    return safe_cell(value) if isinstance(value, str) else value


def _decode(data: bytes) -> tuple[str, str]:
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise Invalid(f"This is {name}, not a table as text. Save it as CSV UTF-8 first.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid("This file is saved as UTF-16. Save it as CSV UTF-8 and upload it again.")
    if b"\x00" in data:
        raise Invalid("This file holds zero bytes, so it is no text. Save the table as CSV UTF-8.")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        fault = error
    try:
        return data.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError:
        line = data.count(b"\n", 0, fault.start) + 1
        raise Invalid(
            f"Line {line} is neither UTF-8 nor Windows-1252. Save the table as CSV UTF-8."
        ) from None


def _delimiter(text: str) -> str:
    """The separator that parts the header most often; a comma when none does."""
    return max(DELIMITERS, key=lambda mark: _columns(text, mark))


def _columns(text: str, delimiter: str) -> int:
    try:
        return len(next(_reader(text, delimiter), []))
    except csv.Error:  # a quoted name is followed by another separator than this one
        return 0


def _reader(text: str, delimiter: str) -> _csv.Reader:
    # io.StringIO splits at CR and LF only, as the CSV format does; str.splitlines knows more
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _records(text: str, delimiter: str) -> tuple[list[str], tuple[Record, ...]]:
    reader = _reader(text, delimiter)
    header: list[str] | None = None
    records: list[Record] = []
    row, line = 0, 1
    try:
        for cells in reader:
            row += 1
            if header is None:
                header = cells
            else:
                records.append(Record(row, line, tuple(plain_cell(cell) for cell in cells)))
            line = reader.line_num + 1
            if len(records) > MAX_ROWS:
                raise TooLarge(f"The table has over {MAX_ROWS:,} rows. Split it into parts.")
    except csv.Error as error:
        raise Invalid(_quoting(row + 1, line, str(error))) from error
    while records and not records[-1].cells:  # line breaks after the last row are no rows
        records.pop()
    if header is None or not any(cell.strip() for cell in header):
        raise Invalid("The first line holds no column names. Put external_id, title, … there.")
    if len(header) > MAX_COLUMNS:
        raise TooLarge(f"The table has {len(header)} columns; at most {MAX_COLUMNS} are taken.")
    return header, tuple(records)


def _quoting(row: int, line: int, reason: str) -> str:
    if "field larger" in reason:
        return (
            f"Row {row} (line {line}) has a cell of over {csv.field_size_limit():,} characters, "
            "or a quotation mark there never closes."
        )
    return (
        f"Row {row} (line {line}) has a quotation mark that never closes or stands inside a quoted "
        "cell. Write it twice inside a cell, and save again."
    )


def _distinct(header: Sequence[str]) -> tuple[str, ...]:
    """Trimmed names; an empty one is named by its place, the second of two alike is numbered."""
    names: list[str] = []
    for place, raw in enumerate(header, start=1):
        base = plain_cell(raw).strip() or f"column {place}"
        name, number = base, 2
        while name in names:
            name, number = f"{base} ({number})", number + 1
        names.append(name)
    return tuple(names)
