"""Files made on the spot for the tests of reading: nothing binary is kept in the repository."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from content_catalog.extraction import ExtractionPool, Limits

WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SLIDES_MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class Files:
    """Writes test files into a folder and returns their paths."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, data: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def pdf(
        self,
        *pages: str,
        name: str = "file.pdf",
        media_box: str = "0 0 612 792",
        page_extra: str = "",
        catalog_extra: str = "",
        more: dict[int, bytes] | None = None,
    ) -> Path:
        """A PDF with one line of text for each page; ``more`` adds or replaces whole objects."""
        kids = " ".join(f"{10 + 2 * n} 0 R" for n in range(len(pages)))
        objects = {
            1: f"<</Type/Catalog/Pages 2 0 R {catalog_extra}>>".encode(),
            2: f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
            3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        }
        for n, text in enumerate(pages):
            number = 10 + 2 * n
            content = f"BT /F1 24 Tf 72 600 Td ({text}) Tj ET".encode("latin-1") if text else b""
            objects[number] = (
                f"<</Type/Page/Parent 2 0 R/MediaBox[{media_box}]/Contents {number + 1} 0 R"
                f"/Resources<</Font<</F1 3 0 R>>>> {page_extra}>>"
            ).encode()
            objects[number + 1] = self.stream(content)
        return self.write(name, self.pdf_bytes({**objects, **(more or {})}))

    @staticmethod
    def stream(content: bytes, extra: str = "") -> bytes:
        head = f"<</Length {len(content)} {extra}>>stream\n".encode()
        return head + content + b"\nendstream"

    @staticmethod
    def pdf_bytes(objects: dict[int, bytes]) -> bytes:
        out, offsets = bytearray(b"%PDF-1.7\n"), {}
        for number in sorted(objects):
            offsets[number] = len(out)
            out += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 1\n0000000000 65535 f \n"
        for number, offset in offsets.items():
            out += f"{number} 1\n{offset:010d} 00000 n \n".encode()
        out += f"trailer<</Size {max(objects) + 1}/Root 1 0 R>>\n".encode()
        return bytes(out) + f"startxref\n{start}\n%%EOF\n".encode()

    def zip(self, name: str, entries: dict[str, bytes | str]) -> Path:
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, data in entries.items():
                archive.writestr(entry, data)
        return path

    def docx(
        self,
        body: str,
        name: str = "file.docx",
        parts: dict[str, bytes | str] | None = None,
        relations: str = "",
        head: str = "",
    ) -> Path:
        """A DOCX whose body is the given WordprocessingML."""
        return self.zip(
            name,
            {
                "[Content_Types].xml": f'<Types><Override ContentType="{WORD_MAIN}"/></Types>',
                "_rels/.rels": self.relations(
                    f'<Relationship Id="r1" Type="{OFFICE_RELATIONS}/officeDocument"'
                    ' Target="word/document.xml"/>'
                ),
                "word/_rels/document.xml.rels": self.relations(relations),
                "word/document.xml": (
                    f'{head}<w:document xmlns:w="{W}" xmlns:r="{OFFICE_RELATIONS}"'
                    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
                    f"<w:body>{body}</w:body></w:document>"
                ),
                **(parts or {}),
            },
        )

    @staticmethod
    def relations(inner: str) -> str:
        return f'<Relationships xmlns="{RELATIONS}">{inner}</Relationships>'

    @staticmethod
    def paragraph(text: str, style: str = "") -> str:
        properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"

    def image(self, name: str, size: tuple[int, int] = (300, 200), **options: object) -> Path:
        out = io.BytesIO()
        kind = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[name.rsplit(".", 1)[-1]]
        Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
        return self.write(name, out.getvalue())

    def huge_png(self, name: str, width: int, height: int) -> Path:
        """A PNG that only says how large it is."""
        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)

        def chunk(kind: bytes, data: bytes) -> bytes:
            checksum = struct.pack(">I", zlib.crc32(kind + data))
            return struct.pack(">I", len(data)) + kind + data + checksum

        body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        return self.write(name, b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b""))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    folder = tmp_path / "files"
    folder.mkdir()
    return Files(folder)


@pytest.fixture(scope="session")
def pool() -> Iterator[ExtractionPool]:
    with ExtractionPool(1) as one:
        yield one


@pytest.fixture(scope="session")
def strict_pool() -> Iterator[ExtractionPool]:
    """Limits so small that going over them takes a moment only."""
    with ExtractionPool(1, Limits(cpu_seconds=2, wall_seconds=8.0, pages=50)) as one:
        yield one
