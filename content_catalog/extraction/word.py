"""DOCX: text by headings, with tables, text boxes, headers, footers, notes and comments' text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree, html

from content_catalog.extraction.ooxml import Package, attribute, local_name
from content_catalog.extraction.plain import decode
from content_catalog.extraction.reading import Facts, Sink, Unreadable

HEADING_STYLE = re.compile(r"^(?:heading|überschrift|titre|título|rubrik|kop)\s*([1-3])$|^(title)$")
DEEPEST_OUTLINE = 2
# Fallbacks repeat what stands beside them for older programs; deleted text is gone.
LEFT_OUT = frozenset({"Fallback", "del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sdtPr"})
LINE_ENDS = frozenset({"br", "cr"})
SIDE_PARTS = (
    (("header", "footer"), "Headers and footers"),
    (("footnotes", "endnotes"), "Notes"),
    (("comments",), "Comments"),
)


@dataclass(slots=True)
class _Unit:
    heading: str
    lines: list[str] = field(default_factory=list)


def read(data: bytes, sink: Sink) -> Facts:
    """Read a DOCX into ``sink``, one unit for each heading. Raises ``Unreadable``."""
    package = Package(data, sink.limits)
    main = package.main_part()
    facts = Facts(title=package.title(), active_content=package.has_active_content())
    walk = _Walk(package, main, facts)
    walk.blocks(package.xml(main))
    units = [u for u in walk.units if u.heading or any(line.strip() for line in u.lines)]
    units += _side_units(package, main, facts)
    facts.page_count = len(units)
    if len(units) > sink.limits.pages:
        facts.truncated = f"Only the first {sink.limits.pages} of {len(units)} sections were read."
    for number, unit in enumerate(units[: sink.limits.pages], start=1):
        sink.begin(number)
        text = "\n".join([unit.heading, *unit.lines]) if unit.heading else "\n".join(unit.lines)
        kind = "heading" if unit.heading else "text"
        sink.page(number, kind, unit.heading or "Beginning", text)
    if not units and facts.partly is None:
        facts.remark, facts.partly = _why_no_text(package)
    return facts


class _Walk:
    """Goes through the body in order and starts a unit at each heading."""

    def __init__(self, package: Package, main: str, facts: Facts) -> None:
        self.package = package
        self.facts = facts
        self.relations = package.relations(main)
        self.headings = _heading_styles(package, main)
        self.units = [_Unit("")]

    def blocks(self, element: etree._Element) -> None:
        """Walk the block elements below ``element``."""
        for child in element:
            name = local_name(child)
            if name in LEFT_OUT:
                continue
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self.units[-1].lines += _table_lines(child)
            elif name == "altChunk":
                self._chunk(child)
            elif name == "subDoc":
                self._missing("A part of this document is another file, which was not read.")
            else:
                self.blocks(child)

    def _paragraph(self, paragraph: etree._Element) -> None:
        text = text_of(paragraph)
        if self._is_heading(paragraph) and text.strip():
            heading, _, rest = text.strip().partition("\n")
            self.units.append(_Unit(heading, [rest] if rest else []))
        else:
            self.units[-1].lines.append(text)

    def _is_heading(self, paragraph: etree._Element) -> bool:
        for properties in paragraph:
            if local_name(properties) != "pPr":
                continue
            for one in properties:
                value = attribute(one, "val") or ""
                if local_name(one) == "pStyle" and value in self.headings:
                    return True
                if local_name(one) == "outlineLvl" and value.isascii() and value.isdigit():
                    return int(value) <= DEEPEST_OUTLINE
        return False

    def _chunk(self, chunk: etree._Element) -> None:
        relation = self.relations.get(attribute(chunk, "id") or "")
        try:
            if relation is None or not relation.target.lower().endswith((".html", ".htm", ".txt")):
                raise Unreadable("unread_part", "")
            text, _ = decode(self.package.bytes_of(relation.target))
        except Unreadable:
            self._missing("A part of this document is stored in another format and was not read.")
            return
        if not relation.target.lower().endswith(".txt"):
            text = _words_of_html(text)
        self.units[-1].lines.append(text)

    def _missing(self, sentence: str) -> None:
        self.facts.partly = ("unread_part", sentence)


def text_of(element: etree._Element) -> str:
    """Visible text of a paragraph, text boxes in it included."""
    pieces: list[str] = []
    _collect(element, pieces)
    return "".join(pieces)


def _collect(element: etree._Element, pieces: list[str]) -> None:
    stack: list[etree._Element | str] = [element]
    while stack:  # a list, not recursion: files may nest deeper than Python allows
        one = stack.pop()
        if isinstance(one, str):
            pieces.append(one)
            continue
        name = local_name(one)
        if name in LEFT_OUT:
            continue
        if name == "t":
            pieces.append(one.text or "")
        elif name == "tab":
            pieces.append("\t")
        elif name in LINE_ENDS:
            pieces.append("\n")
        elif name == "noBreakHyphen":
            pieces.append("-")
        else:
            if one is not element and name in ("p", "txbxContent", "tc"):
                stack.append("\n")
            stack.extend(reversed(one))


def _table_lines(table: etree._Element) -> list[str]:
    lines = []
    for row in table.iter("{*}tr"):
        cells = [" ".join(text_of(cell).split()) for cell in row if local_name(cell) == "tc"]
        if any(cells):
            lines.append(" | ".join(cells))
    return lines


def _heading_styles(package: Package, main: str) -> set[str]:
    found = set[str]()
    for part in package.related(main, "styles"):
        try:
            styles = package.xml(part)
        except Unreadable:
            continue
        for style in styles:
            name = next((attribute(c, "val") or "" for c in style if local_name(c) == "name"), "")
            identifier = attribute(style, "styleId")
            if identifier and HEADING_STYLE.match(name.lower()):
                found.add(identifier)
    return found


def _side_units(package: Package, main: str, facts: Facts) -> list[_Unit]:
    units = []
    for kinds, label in SIDE_PARTS:
        lines: list[str] = []
        for part in package.related(main, *kinds):
            try:
                root = package.xml(part)
            except Unreadable:
                facts.partly = ("unread_part", f"{label} could not be read.")
                continue
            text = [text_of(paragraph).strip() for paragraph in root.iter("{*}p")]
            lines += [line for line in text if line and line not in lines]
        if lines:
            units.append(_Unit(label, lines))
    return units


def _why_no_text(package: Package) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    if package.has_pictures():
        sentence = (
            "This document holds pictures without text. Search finds it by title and tags only."
        )
        return None, ("no_text", sentence)
    return ("empty", "This document is empty."), None


def _words_of_html(source: str) -> str:
    try:
        root = html.document_fromstring(source)
    except (etree.ParserError, ValueError):
        return ""
    for unseen in root.xpath("//script|//style|//head"):
        unseen.drop_tree()
    return "\n".join(line.strip() for line in root.itertext() if line.strip())
