"""PDF: text by page, word boxes, page pictures. Runs in the child only: pdfium knows no threads."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from content_catalog.extraction import active_content, pictures
from content_catalog.extraction.reading import Facts, Sink, Unreadable, clean_text, useful_title
from content_catalog.extraction.types import WordBox

HYPHEN_AT_LINE_END = "\ufffe"
WORD = re.compile(rf"[^\s{HYPHEN_AT_LINE_END}]+(?:{HYPHEN_AT_LINE_END}[^\s{HYPHEN_AT_LINE_END}]+)*")
PART = re.compile(rf"[^{HYPHEN_AT_LINE_END}]+")
# A page is compared with a square of this side, so that whole numbers are precise enough.
DEVICE = 1_000_000
RIGHTS_MANAGED = b"MicrosoftIRMServices"
FAILED_PAGES_IN_A_ROW = 50


def read(data: bytes, sink: Sink, first: int = 1) -> Facts:
    """Read pages from ``first`` on into ``sink``. Raises ``Unreadable`` when it cannot be opened."""
    document = open_document(data)
    count = len(document)
    facts = Facts(page_count=count)
    if count == 0:
        raise Unreadable("damaged", "This PDF is damaged: it has no pages that can be read.")
    facts.title = _title(document)
    facts.active_content = active_content.in_pdf(data) or _has_active_parts(document)
    last = min(count, sink.limits.pages)
    if count > last:
        facts.truncated = f"Only the first {last} of {count} pages were read."
    nothing_drawn, wordless, failed_in_a_row = 0, 0, 0
    for number in range(first, last + 1):
        sink.begin(number)
        try:
            text, has_objects = _read_page(document, number, sink)
        except (pdfium.PdfiumError, ValueError, ctypes.ArgumentError):
            facts.bad_pages.append(number)
            failed_in_a_row += 1
            if failed_in_a_row >= FAILED_PAGES_IN_A_ROW:
                facts.bad_pages.extend(range(number + 1, last + 1))
                break
            continue
        failed_in_a_row = 0
        wordless += not text.strip()
        nothing_drawn += not has_objects
    _remark(facts, data, last - first + 1 - len(facts.bad_pages), wordless, nothing_drawn)
    return facts


def open_document(data: bytes) -> pdfium.PdfDocument:
    """The open document. Raises ``Unreadable`` with the true reason."""
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == pdfium_c.FPDF_ERR_PASSWORD:
            message = "This PDF is password-protected. Upload a copy without the password."
            raise Unreadable("password", message) from error
        if code == pdfium_c.FPDF_ERR_SECURITY:
            message = "This PDF is locked by a protection we cannot open."
            raise Unreadable("password", message) from error
        message = "This PDF is damaged and cannot be opened."
        raise Unreadable("damaged", message) from error


def draw(data: bytes, numbers: list[int], sink: Sink, width: int, thumb: bool) -> None:
    """Draw pages as ``pages/<n>.webp``, ``width`` pixels wide, and with ``thumb`` a thumbnail."""
    document = open_document(data)
    for number in numbers:
        if not 1 <= number <= len(document):
            continue
        sink.begin(number)
        try:
            page = document[number - 1]
            picture = _picture(page, width)
            page.close()
        except (pdfium.PdfiumError, ValueError):
            continue
        pictures.hand_over(picture, number, sink, page=True, thumb=thumb)


def _read_page(document: pdfium.PdfDocument, number: int, sink: Sink) -> tuple[str, bool]:
    page = document[number - 1]
    try:
        width, height = page.get_size()
        textpage = page.get_textpage()
        raw = _text(textpage)
        text = raw.replace(HYPHEN_AT_LINE_END, "")
        if width > 0 and height > 0:
            sink.aspect(number, round(width / height, 4))
            if sink.with_pictures:
                sink.boxes(number, list(_boxes(page, textpage, raw)))
                if number == 1:
                    _first_thumb(page, sink)
        objects = pdfium_c.FPDFPage_CountObjects(page)
        textpage.close()
    finally:
        page.close()
    sink.page(number, "page", f"p. {number}", text)
    return text, objects > 0


def _first_thumb(page: pdfium.PdfPage, sink: Sink) -> None:
    try:
        pictures.hand_over(_picture(page, 480), 1, sink, page=False, thumb=True)
    except (pdfium.PdfiumError, ValueError):
        return  # the text of the page is worth more than its picture


def _picture(page: pdfium.PdfPage, width: int) -> pictures.Picture:
    page_width, page_height = page.get_size()
    if page_width <= 0 or page_height <= 0:
        raise ValueError("a page without a size")
    scale = width / page_width
    # A page a mile high must not become a picture a mile high.
    scale = min(scale, pictures.TALLEST / page_height)
    pixels = (max(1, int(page_width * scale)), max(1, int(page_height * scale)))
    if min(pixels) * 2000 < max(pixels):
        raise ValueError("a page that is only a line")
    bitmap = page.render(scale=scale, may_draw_forms=False)
    picture: pictures.Picture = bitmap.to_pil().convert("RGB")
    bitmap.close()
    return picture


def _text(textpage: pdfium.PdfTextPage) -> str:
    count = pdfium_c.FPDFText_CountChars(textpage)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium_c.FPDFText_GetText(textpage, 0, count, buffer)
    return bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "replace")


def _boxes(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, raw: str) -> Iterator[WordBox]:
    place = _page_to_fractions(page)
    units = _utf16_positions(raw)
    for match in WORD.finditer(raw):
        word = clean_text(match.group().replace(HYPHEN_AT_LINE_END, ""))
        if not word:
            continue
        # A word parted at a line end gets a box on either line, both with the whole word.
        for part in PART.finditer(match.group()):
            start = match.start() + part.start()
            end = match.start() + part.end() - 1
            first = _char_box(textpage, units[start] if units else start)
            last = _char_box(textpage, units[end] if units else end)
            if first is None or last is None:
                continue
            yield _word_box(word[:100], place, first, last)


def _char_box(textpage: pdfium.PdfTextPage, text_index: int) -> pdfium_c.FS_RECTF | None:
    index = pdfium_c.FPDFText_GetCharIndexFromTextIndex(textpage, text_index)
    if index < 0:
        return None
    box = pdfium_c.FS_RECTF()
    return box if pdfium_c.FPDFText_GetLooseCharBox(textpage, index, box) else None


def _word_box(
    word: str,
    place: tuple[float, float, float, float, float, float],
    first: pdfium_c.FS_RECTF,
    last: pdfium_c.FS_RECTF,
) -> WordBox:
    x_right, x_up, x_origin, y_right, y_up, y_origin = place
    corners = [
        (box_x, box_y)
        for box in (first, last)
        for box_x, box_y in ((box.left, box.bottom), (box.right, box.top))
    ]
    xs = [min(max(x * x_right + y * x_up + x_origin, 0.0), 1.0) for x, y in corners]
    ys = [min(max(x * y_right + y * y_up + y_origin, 0.0), 1.0) for x, y in corners]
    return WordBox(word, round(min(xs), 4), round(min(ys), 4), round(max(xs), 4), round(max(ys), 4))


def _page_to_fractions(page: pdfium.PdfPage) -> tuple[float, float, float, float, float, float]:
    """How a point of the page's own space becomes fractions; rotation and crop box included."""
    step = 1000.0
    zero, right, up = (_to_device(page, x, y) for x, y in ((0.0, 0.0), (step, 0.0), (0.0, step)))
    return (
        (right[0] - zero[0]) / step / DEVICE,
        (up[0] - zero[0]) / step / DEVICE,
        zero[0] / DEVICE,
        (right[1] - zero[1]) / step / DEVICE,
        (up[1] - zero[1]) / step / DEVICE,
        zero[1] / DEVICE,
    )


def _to_device(page: pdfium.PdfPage, x: float, y: float) -> tuple[int, int]:
    to_x, to_y = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, DEVICE, DEVICE, 0, x, y, to_x, to_y)
    return to_x.value, to_y.value


def _utf16_positions(raw: str) -> list[int] | None:
    """For each character its place counted in UTF-16 units; None when they are the same."""
    if not raw or max(raw) <= "\uffff":
        return None
    places, place = [], 0
    for character in raw:
        places.append(place)
        place += 2 if character > "\uffff" else 1
    return places


def _title(document: pdfium.PdfDocument) -> str | None:
    try:
        return useful_title(document.get_metadata_value("Title"))
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return None


def _has_active_parts(document: pdfium.PdfDocument) -> bool:
    scripts = pdfium_c.FPDFDoc_GetJavaScriptActionCount(document)
    attachments = pdfium_c.FPDFDoc_GetAttachmentCount(document)
    return bool(scripts > 0 or attachments > 0)


def _remark(facts: Facts, data: bytes, read: int, wordless: int, nothing_drawn: int) -> None:
    if RIGHTS_MANAGED in data:
        facts.partly = (
            "rights_managed",
            "This PDF is locked by Microsoft rights management. Only its cover page could be read.",
        )
    elif read and wordless == read == nothing_drawn:
        facts.remark = ("empty", "The pages of this PDF are empty.")
    elif read and wordless == read:
        facts.partly = (
            "no_text",
            "The pages are pictures or drawings without text, for example a scan. "
            "Search finds this file by title and tags only.",
        )
    elif read and wordless > 1 and wordless * 2 >= read:
        facts.partly = (
            "no_text",
            f"{wordless} of {read} pages are pictures or drawings without text.",
        )
