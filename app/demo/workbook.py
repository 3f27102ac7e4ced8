"""Workbooks with live formulas, from a markup of their own.

``# name`` starts a sheet, ``## text`` a section, a plain line is a note. A ``|`` line is a row; its
first after a section is the head. A cell ``[480]`` is for the reader to fill in, ``=`` starts a
formula. A cell may end in ``{€}``, ``{%}``, ``{0}`` or ``{0.0}`` (how it is shown) and then in
``@name``; formulas say ``@name`` for that cell. ``!bars title | @first | @last`` draws the column of
the two cells, labelled by the first column.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from app.demo import theme
from app.demo.formulas import Value, evaluate
from app.demo.repack import repack

_FORMATS = {"€": '#,##0 "€"', "€.": '#,##0.00 "€"', "%": "0.0%", "0": "#,##0", "0.0": "#,##0.0"}
_CELL = re.compile(r"^(?P<value>.*?)\s*(?:\{(?P<format>[^}]+)\})?\s*(?:@(?P<name>\w+))?$")
_NAME = re.compile(r"@(\w+)")
_EMPTY = re.compile(
    r'(?P<cell><c r="(?P<place>[A-Z]+\d+)"(?: s="\d+")?)>(?P<formula><f>[^<]*</f>)<v ?/?>(?:</v>)?</c>'
)
_INPUT = "FFF4CC"
_THIN = Side(style="thin", color=theme.LINE)


def write_xlsx(path: Path, title: str, summary: str, body: str, colours: dict[str, str]) -> Path:
    """Writes the workbook and answers the path. An unknown ``@name`` raises ``KeyError``."""
    book: Any = Workbook()
    book.properties.title, book.properties.creator = title, theme.COMPANY
    book.properties.created = datetime.fromisoformat(theme.MADE.removesuffix("Z"))
    book.remove(book.active)
    writer = _Writer(book, title, summary, colours)
    for line in body.splitlines():
        writer.line(line.strip())
    writer.finish()
    book.save(path)
    return repack(path, writer.with_values)


class _Writer:
    """Fills sheets line by line; formulas are finished last, when every name is known."""

    def __init__(self, book: Any, title: str, summary: str, colours: dict[str, str]) -> None:
        self._book, self._title, self._summary, self._colours = book, title, summary, colours
        self._names: dict[str, tuple[Any, int, int]] = {}
        self._formulas: dict[tuple[str, str], str] = {}
        self._charts: list[tuple[Any, int, str, str, str]] = []
        self._sheet: Any = None
        self._row = 0
        self._head_next = False

    def line(self, line: str) -> None:
        if line.startswith("# "):
            self._start(line[2:])
        elif line.startswith("## "):
            self._row += 2
            self._put(1, line[3:], Font(name="Arial", bold=True, size=12, color=self._dark))
            self._head_next = True
        elif line.startswith("!bars"):
            title, first, last = (part.strip() for part in line[5:].split("|"))
            self._charts.append((self._sheet, self._row + 2, title, first[1:], last[1:]))
            self._row += 16
        elif line.startswith("|"):
            self._cells([cell.strip() for cell in line.strip("|").split("|")])
        elif line:
            self._row += 1
            self._put(1, line, Font(name="Arial", italic=True, size=10, color=theme.MUTED))

    @property
    def _dark(self) -> str:
        return self._colours["dark"]

    def _start(self, name: str) -> None:
        self._sheet = self._book.create_sheet(name)
        self._sheet.sheet_view.showGridLines = False
        self._sheet.page_setup.orientation = "landscape"
        self._sheet.page_setup.fitToHeight = 0
        self._sheet.sheet_properties.pageSetUpPr.fitToPage = True
        for row, (words, size, colour) in enumerate(
            (
                (f"{theme.COMPANY} · {self._title}", 15, theme.WHITE),
                (self._summary, 10, theme.WHITE),
            ),
            1,
        ):
            for column in range(1, 9):
                self._sheet.cell(row, column).fill = _solid(self._dark)
            self._sheet.cell(row, 1, words).font = Font(
                name="Arial", bold=row == 1, size=size, color=colour
            )
            self._sheet.row_dimensions[row].height = 28 if row == 1 else 20
        self._row = 2

    def _put(self, column: int, value: object, font: Font) -> Any:
        cell = self._sheet.cell(self._row, column, value)
        cell.font = font
        return cell

    def _cells(self, cells: list[str]) -> None:
        self._row += 1
        head, self._head_next = self._head_next, False
        for column, words in enumerate(cells, 1):
            found = _CELL.match(words)
            if found is None:
                raise ValueError(f"not a cell: {words!r}")
            value, shown, name = found["value"], found["format"], found["name"]
            entry = value.startswith("[")
            weight = Font(
                name="Arial", size=10, bold=head, color=theme.WHITE if head else theme.INK
            )
            cell = self._put(column, _value(value.strip("[]") if entry else value), weight)
            cell.border = Border(bottom=_THIN)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
            if head:
                cell.fill = _solid(self._dark)
            elif entry:
                cell.fill = _solid(_INPUT)
            if shown:
                cell.number_format = _FORMATS[shown]
            if name:
                self._names[name] = (self._sheet, self._row, column)

    def finish(self) -> None:
        for sheet in self._book.worksheets:
            for row in sheet.iter_rows(min_row=3):
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.startswith("="):
                        self._formulas[sheet.title, cell.coordinate] = cell.value
                        cell.value = _NAME.sub(lambda found: self._address(found[1]), cell.value)
            for column in range(1, sheet.max_column + 1):
                sheet.column_dimensions[get_column_letter(column)].width = 46 if column == 1 else 19
            sheet.freeze_panes = "A3"
        for chart in self._charts:
            self._chart(*chart)

    def with_values(self, name: str, part: bytes) -> bytes:
        """A sheet's part with the value of each formula beside it, as a calculating program would
        have saved it; other parts as they are."""
        if not name.startswith("xl/worksheets/sheet"):
            return part
        number = int("".join(filter(str.isdigit, name)))
        title = self._book.worksheets[number - 1].title

        def filled(found: re.Match[str]) -> str:
            value = self._result(self._formulas[title, found["place"]])
            value = value if isinstance(value, str) else round(value, 6)
            kind = ' t="str"' if isinstance(value, str) else ""
            return f"{found['cell']}{kind}>{found['formula']}<v>{value}</v></c>"

        return _EMPTY.sub(filled, part.decode()).encode()

    def _result(self, formula: str) -> Value:
        return evaluate(_NAME.sub(r"\1", formula[1:]), self._behind)

    def _behind(self, name: str) -> Value:
        sheet, row, column = self._names[name]
        cell = sheet.cell(row, column)
        formula = self._formulas.get((sheet.title, cell.coordinate))
        found: Value = cell.value if formula is None else self._result(formula)
        return found

    def _address(self, name: str) -> str:
        sheet, row, column = self._names[name]
        return f"'{sheet.title}'!${get_column_letter(column)}${row}"

    def _chart(self, sheet: Any, row: int, title: str, first: str, last: str) -> None:
        _, top, column = self._names[first]
        bottom = self._names[last][1]
        chart = BarChart()
        chart.type, chart.title, chart.legend = "bar", title, None
        chart.add_data(Reference(sheet, min_col=column, min_row=top, max_row=bottom))
        chart.set_categories(Reference(sheet, min_col=1, min_row=top, max_row=bottom))
        chart.height, chart.width = 7, 18
        sheet.add_chart(chart, f"A{row}")


def _solid(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=colour)


def _value(words: str) -> str | float:
    try:
        return float(words) if "." in words else int(words)
    except ValueError:
        return words
