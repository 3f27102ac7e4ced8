"""XLSX: the cells of each sheet, row by row."""

from __future__ import annotations

import datetime
import io
from itertools import islice

import python_calamine

from content_catalog.extraction.ooxml import Package
from content_catalog.extraction.reading import Facts, Sink, Unreadable


def read(data: bytes, sink: Sink) -> Facts:
    """Read an XLSX into ``sink``, one unit for each sheet. Raises ``Unreadable``."""
    package = Package(data, sink.limits)
    facts = Facts(title=package.title(), active_content=package.has_active_content())
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except python_calamine.PasswordError as error:
        raise Unreadable("password", "This workbook is password-protected.") from error
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise Unreadable("damaged", "This workbook is damaged and cannot be opened.") from error
    facts.page_count = len(names)
    left = sink.limits.sheet_cells
    for number, name in enumerate(names[: sink.limits.pages], start=1):
        sink.begin(number)
        try:
            rows = _rows(workbook, name, left)
        except (python_calamine.CalamineError, ValueError, OSError):
            facts.bad_pages.append(number)
            continue
        lines, used, whole = rows
        left -= used
        sink.page(number, "sheet", f"Sheet {name}", "\n".join([name, *lines]))
        if not whole:
            facts.truncated = f"Only the first {sink.limits.sheet_cells} cells were read."
            break
    return facts


def _rows(
    workbook: python_calamine.CalamineWorkbook, name: str, most: int
) -> tuple[list[str], int, bool]:
    """The filled rows as lines, the number of cells looked at, and whether that was all of it."""
    sheet = workbook.get_sheet_by_name(name)
    if sheet.width == 0:
        return [], 0, True
    most_rows = max(most // sheet.width, 0)
    lines = []
    for row in islice(sheet.iter_rows(), most_rows):
        cells = [_cell(value) for value in row]
        if any(cells):
            lines.append(" | ".join(cell for cell in cells if cell))
    return lines, min(sheet.height, most_rows) * sheet.width, sheet.height <= most_rows


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return " ".join(str(value).split())
