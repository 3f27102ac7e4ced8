"""Files made to do harm: each ends soon, for a true reason, and the next file is read."""

from __future__ import annotations

import io
import socket
import time
import zlib

import pytest
import xlsxwriter

from content_catalog.extraction import ExtractionPool, Limits, MediaKind, Outcome
from content_catalog.extraction.derived import page_image, thumbnail

MARKER = "marker-of-the-local-file"
# Far above what any of these takes, far below a hang.
PATIENCE = 30


def goes_on(pool: ExtractionPool, files) -> bool:
    found = pool.extract(files.pdf("next", name="next.pdf"), MediaKind.PDF)
    return found.outcome == Outcome.READ and found.pages[0].text == "next"


def test_U05_office_zip_bomb_is_refused_before_it_is_unpacked(files, pool) -> None:
    path = files.docx("", parts={"word/big.xml": b"\0" * (40 * 1024 * 1024)})
    found = pool.extract(path, MediaKind.DOCX)
    assert (found.outcome, found.code) == (Outcome.REFUSED, "too_large")
    assert found.message == "This file unpacks to far more than its size: it looks like a bomb."


def test_U05_a_lying_directory_does_not_help_a_bomb(files, pool) -> None:
    body = b"<x>" + b"a" * (30 * 1024 * 1024)
    data = bytearray(files.docx("", parts={"word/document.xml": body}).read_bytes())
    true_size = len(body).to_bytes(4, "little")
    assert data.count(true_size) >= 1
    found = pool.extract(
        files.write("lie.docx", bytes(data).replace(true_size, (50).to_bytes(4, "little"))),
        MediaKind.DOCX,
    )
    assert (found.outcome, found.code) == (Outcome.REFUSED, "damaged")
    assert goes_on(pool, files)


def test_U06_entities_and_external_parts_are_never_opened(files, pool, tmp_path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(MARKER)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        heads = [
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>',
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]>',
            f'<!DOCTYPE x SYSTEM "{address}x.dtd">',
            f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{address}p.dtd"> %p;]>',
        ]
        for head in heads:
            reference = "&e;" if "ENTITY e" in head else ""
            path = files.docx(files.paragraph(f"words {reference}"), head=head)
            found = pool.extract(path, MediaKind.DOCX)
            assert (found.outcome, found.code) == (Outcome.REFUSED, "unsafe_xml"), head
            assert MARKER not in str(found)
        template = files.relations(
            '<Relationship Id="t" TargetMode="External" Target="' + address + 't.dotx" Type='
            '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/>'
        )
        path = files.docx(
            files.paragraph("words"), parts={"word/_rels/settings.xml.rels": template}
        )
        found = pool.extract(path, MediaKind.DOCX)
        assert found.outcome == Outcome.READ
        assert found.active_content
        with pytest.raises(BlockingIOError):
            server.accept()


def test_U06_entity_expansion(files, pool) -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    path = files.docx(files.paragraph("&a9;"), head=f"<!DOCTYPE x [{entities}]>")
    started = time.monotonic()
    assert pool.extract(path, MediaKind.DOCX).outcome == Outcome.REFUSED
    assert time.monotonic() - started < PATIENCE


def test_U06_a_sheet_of_very_many_cells_is_read_in_part(files) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Many")
        for row in range(2_000):
            sheet.write_row(row, 0, [row] * 10)
    path = files.write("many.xlsx", out.getvalue())
    with ExtractionPool(1, Limits(sheet_cells=5_000)) as pool:
        found = pool.extract(path, MediaKind.XLSX)
    assert found.outcome == Outcome.PARTLY_READ
    assert found.truncated
    assert found.message == "Only the first 5000 cells were read."
    assert found.pages[0].text.count("\n") == 500


def test_text_beyond_the_limit_is_cut_and_said(files) -> None:
    path = files.write("long.md", "# One\n" + "word " * 1_000 + "\n# Two\nmore")
    with ExtractionPool(1, Limits(text_chars=1_000)) as pool:
        found = pool.extract(path, MediaKind.MD)
    assert (found.outcome, found.truncated) == (Outcome.PARTLY_READ, True)
    assert sum(len(page.text) for page in found.pages) == 1_000
    assert found.language == "en" or found.language is None


def stacked_flate(files) -> bytes:
    data = b"0 0 m " * 4_000_000
    packed = zlib.compress(data, 9)
    for _ in range(2):
        packed = zlib.compress(packed, 9)
    return files.stream(packed, "/Filter[/FlateDecode/FlateDecode/FlateDecode]")


def deep_nesting(files) -> bytes:
    return (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Deep " + b"[" * 50_000 + b"]" * 50_000 + b">>"
    )


def drawing_loop(files) -> dict[int, bytes]:
    itself = "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 20 0 R>>>>"
    return {
        10: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 11 0 R"
        b"/Resources<</XObject<</X 20 0 R>>>>>>",
        11: files.stream(b"/X Do /X Do"),
        20: files.stream(b"/X Do " * 50, itself),
    }


def test_U07_pdf_bombs_end_and_the_next_file_is_read(files, strict_pool, tmp_path) -> None:
    makers = {
        "page tree in a loop": lambda: files.pdf(
            "x", more={2: b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 100000>>"}
        ),
        "drawing in a loop": lambda: files.pdf("x", more=drawing_loop(files)),
        "cross references in a loop": lambda: files.write(
            "file.pdf",
            files.pdf("x").read_bytes().replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev 9 /XRefStm 9"),
        ),
        "100 000 pages": lambda: files.pdf(
            "x", more={2: b"<</Type/Pages/Kids[" + b"10 0 R " * 100_000 + b"]/Count 100000>>"}
        ),
        "says 100 000 pages": lambda: files.pdf(
            "x", more={2: b"<</Type/Pages/Kids[10 0 R]/Count 100000>>"}
        ),
        "huge page": lambda: files.pdf("x", media_box="0 0 1000000 1000000"),
        "page like a line": lambda: files.pdf("x", media_box="0 0 1 1000000"),
        "deep nesting": lambda: files.pdf("x", more={10: deep_nesting(files)}),
        "stacked packing": lambda: files.pdf("x", more={11: stacked_flate(files)}),
    }
    for name, make in makers.items():
        path, derived = make(), tmp_path / name
        started = time.monotonic()
        found = strict_pool.extract(path, MediaKind.PDF, derived_dir=derived)
        if "page" in name and "pages" not in name:
            strict_pool.render_images(path, MediaKind.PDF, derived, [1])
        assert time.monotonic() - started < PATIENCE, name
        assert found.outcome == Outcome.READ or found.message, name
        assert goes_on(strict_pool, files), name


def slow_page(files) -> bytes:
    """A page whose drawing takes far longer than it may."""
    return files.stream(b"0 0 m 600 700 l 0 700 l 600 0 l f* " * 400_000)


def test_U07_a_child_over_its_time_is_ended_and_pages_before_stay(files, tmp_path) -> None:
    path = files.pdf("First", "Second", more={13: slow_page(files)})
    with ExtractionPool(1, Limits(cpu_seconds=1, wall_seconds=4.0)) as pool:
        drawn = pool.render_images(path, MediaKind.PDF, tmp_path, [1, 2])
        assert drawn.numbers == (1,)
        assert drawn.message == "Reading took too long and was stopped."
        assert page_image(tmp_path, 1).is_file()
        started = time.monotonic()
        assert goes_on(pool, files)
        assert time.monotonic() - started < PATIENCE


def test_memory_over_the_limit_is_said(files) -> None:
    with ExtractionPool(1, Limits(memory_bytes=420 * 1024 * 1024)) as pool:
        path = files.folder / "wide.txt"
        with path.open("wb") as stream:
            stream.truncate(400 * 1024 * 1024)
        found = pool.extract(path, MediaKind.TXT)
        assert (found.outcome, found.code) == (Outcome.REFUSED, "memory")
        assert found.message == "Reading needs more memory than is allowed and was stopped."
        assert goes_on(pool, files)


def test_U08_image_bombs(files, pool, tmp_path) -> None:
    huge = pool.extract(files.huge_png("x.png", 50_000, 50_000), MediaKind.PNG)
    assert huge.outcome == Outcome.REFUSED
    assert huge.message == "This picture has 50000 × 50000 pixels. The limit is 40 megapixels."
    whole = files.image("x.jpg", (800, 600)).read_bytes()
    cut = files.write("cut.jpg", whole[: len(whole) // 2])
    broken = pool.extract(cut, MediaKind.JPG, derived_dir=tmp_path)
    assert broken.outcome == Outcome.PARTLY_READ
    assert broken.message == "This picture is damaged. Part of it is shown."
    assert thumbnail(tmp_path, 1).is_file()
    nothing = pool.extract(files.write("n.png", b"\x89PNG\r\n\x1a\nxxxx"), MediaKind.PNG)
    assert (nothing.outcome, nothing.code) == (Outcome.REFUSED, "damaged")
    assert goes_on(pool, files)
