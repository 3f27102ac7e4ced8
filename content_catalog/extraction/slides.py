"""PPTX: text by slide in the order of the show, with tables, charts, SmartArt and speaker notes."""

from __future__ import annotations

from lxml import etree

from content_catalog.extraction.ooxml import XML_RELATION, Package, attribute, local_name
from content_catalog.extraction.reading import Facts, Sink, Unreadable

# A slide number or date stands on every slide and is not what anyone looks for.
FILLED_IN = frozenset({"sldNum", "dt", "ftr", "hdr"})
DRAWN_BY_OTHER_PARTS = ("chart", "diagramData", "chartEx")


def read(data: bytes, sink: Sink) -> Facts:
    """Read a PPTX into ``sink``, one unit for each slide. Raises ``Unreadable``."""
    package = Package(data, sink.limits)
    main = package.main_part()
    facts = Facts(title=package.title(), active_content=package.has_active_content())
    presentation = package.xml(main)
    _slide_size(presentation, sink)
    names = _slide_names(package, main, presentation)
    facts.page_count = len(names)
    if len(names) > sink.limits.pages:
        facts.truncated = f"Only the first {sink.limits.pages} of {len(names)} slides were read."
    with_text = 0
    for number, name in enumerate(names[: sink.limits.pages], start=1):
        sink.begin(number)
        try:
            text = _slide_text(package, name)
        except Unreadable:
            facts.bad_pages.append(number)
            continue
        with_text += bool(text.strip())
        sink.page(number, "slide", f"slide {number}", text)
    if not names:
        facts.remark = ("empty", "This presentation has no slides.")
    elif not with_text and not facts.bad_pages:
        _why_no_text(package, facts)
    return facts


def _slide_names(package: Package, main: str, presentation: etree._Element) -> list[str]:
    relations = package.relations(main)
    names = []
    for element in presentation.iter("{*}sldId"):
        identifier = element.get(XML_RELATION + "id") or ""
        if not identifier:
            identifier = next((str(v) for k, v in element.attrib.items() if str(k) != "id"), "")
        relation = relations.get(identifier)
        names.append(relation.target if relation else "")
    return names


def _slide_text(package: Package, name: str) -> str:
    root = package.xml(name)
    parts = [_text(root)]
    for kind in DRAWN_BY_OTHER_PARTS:
        parts += [_part_text(package, part) for part in package.related(name, kind)]
    for part in package.related(name, "notesSlide"):
        notes = _part_text(package, part)
        if notes.strip():
            parts.append("Notes: " + notes)
    return "\n".join(part for part in parts if part.strip())


def _part_text(package: Package, part: str) -> str:
    try:
        root = package.xml(part)
    except Unreadable:
        return ""  # the slide's own words matter more than a broken chart
    if local_name(root) == "chartSpace":
        return _chart_text(root)
    return _text(root)


def _text(root: etree._Element) -> str:
    lines = []
    for paragraph in root.iter("{*}p"):
        if _left_out(paragraph):
            continue
        line = "".join(
            "\n" if local_name(one) == "br" else (one.text or "")
            for one in paragraph.iter("{*}t", "{*}br")
        )
        if line.strip():
            lines.append(line)
    return "\n".join(lines)


def _chart_text(root: etree._Element) -> str:
    words = [t.text or "" for t in root.iter("{*}t")]
    # Names of series and categories are cached beside the numbers, which nobody searches for.
    for cache in root.iter("{*}strCache"):
        words += [v.text or "" for v in cache.iter("{*}v")]
    return "\n".join(dict.fromkeys(word for word in words if word.strip()))


def _left_out(paragraph: etree._Element) -> bool:
    for above in paragraph.iterancestors():
        name = local_name(above)
        if name == "Fallback":
            return True
        if name == "sp":
            found = next(above.iter("{*}ph"), None)
            return found is not None and (attribute(found, "type") or "") in FILLED_IN
    return False


def _slide_size(presentation: etree._Element, sink: Sink) -> None:
    size = next(presentation.iter("{*}sldSz"), None)
    if size is None:
        return
    width, height = attribute(size, "cx") or "", attribute(size, "cy") or ""
    if (width + height).isascii() and width.isdigit() and height.isdigit() and int(height) > 0:
        sink.aspect(1, round(int(width) / int(height), 4))


def _why_no_text(package: Package, facts: Facts) -> None:
    if package.has_pictures():
        facts.partly = (
            "no_text",
            "The slides are pictures without text. Search finds this file by title and tags only.",
        )
    else:
        facts.remark = ("empty", "The slides have no text.")
