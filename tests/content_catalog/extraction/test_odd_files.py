"""Odd files of many kinds: none crashes or hangs, each ends with the true reason.

With a folder of such files beside the working tree (``ODD_FILES`` or ``../shared/corpus/odd``)
every file in it goes through, and what its list says about it is compared. Without one, files made
here stand for the same kinds.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from PIL import Image

from content_catalog.extraction import (
    Extracted,
    ExtractionPool,
    MediaKind,
    Outcome,
    Refused,
    sniff,
    unpack,
)

FOLDER = Path(
    os.environ.get("ODD_FILES")
    or Path(__file__).resolve().parents[3].parent / "shared" / "corpus" / "odd"
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2_000


def through(pool: ExtractionPool, path: Path, derived: Path) -> tuple[Outcome, str | None, str]:
    """Send a file the way an upload goes. Returns outcome, code and sentence."""
    try:
        kind = sniff(path, path.name).kind
    except Refused as refused:
        return Outcome.REFUSED, refused.code, refused.message
    if kind == MediaKind.ZIP:
        into = derived / "unpacked"
        into.mkdir(parents=True)
        entries, refusals = unpack(path, into)
        if not entries and refusals:
            return Outcome.REFUSED, refusals[0].code, refusals[0].message
        return (Outcome.PARTLY_READ if refusals else Outcome.READ), "zip", str(len(refusals))
    found: Extracted = pool.extract(path, kind, derived_dir=derived)
    pool.render_images(path, kind, derived, range(1, 4))
    return found.outcome, found.code, found.message or ""


def expected_of(row: dict[str, str]) -> set[tuple[str, str | None]]:
    """What may truly be said of a listed file, by its kind and what was found out about it."""
    name, category = row["path"], row["category"]
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if extension in ("xlsm", "ppsm"):
        return {("refused", "macro")}
    if extension in ("doc", "ppt", "xls"):
        return {("refused", "legacy"), ("refused", "password")}
    if extension not in {kind.value for kind in MediaKind}:
        return {("refused", "type")}
    if "pages=?" in row["probe"] and category in ("encrypted", "restricted"):
        return {("refused", "password")}
    table: dict[str, set[tuple[str, str | None]]] = {
        "archive_recursive": {
            ("partly_read", "zip"),
            ("refused", "archive"),
            ("refused", "compression"),
        },
        "embedded": {("partly_read", "zip"), ("read", None), ("refused", "archive")},
        "encoding": {("refused", "encoding")},
        "encrypted": {
            ("refused", "password"),
            ("read", "empty"),
            ("partly_read", "rights_managed"),
        },
        "restricted": {("read", None)},
        "scanned": {("partly_read", "no_text"), ("read", None)},
    }
    anything_readable: set[tuple[str, str | None]] = {
        ("read", None),
        ("read", "empty"),
        ("partly_read", "no_text"),
        ("partly_read", "bad_page"),
        ("partly_read", "unread_part"),
        ("refused", "bad_page"),
        ("refused", "damaged"),
    }
    return table.get(category, anything_readable)


def test_every_odd_file_ends_with_its_true_reason(pool, files, tmp_path) -> None:
    rows = _listed() if FOLDER.is_dir() else []
    for number, row in enumerate(rows):
        outcome, code, message = through(pool, FOLDER / row["path"], tmp_path / str(number))
        assert (outcome.value, code) in expected_of(row), (row["path"], outcome, code, message)
        assert outcome == Outcome.READ or message, row["path"]
    for number, (path, outcome, code) in enumerate(_made(files)):
        found = through(pool, path, tmp_path / f"made{number}")
        assert found[:2] == (outcome, code), (path.name, found)
        assert outcome == Outcome.READ or found[2].endswith("."), path.name


def _listed() -> list[dict[str, str]]:
    with (FOLDER / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _made(files) -> list[tuple[Path, Outcome, str | None]]:
    picture = io.BytesIO()
    Image.new("RGB", (40, 20)).save(picture, "PNG")
    scan = files.stream(
        b"\x00" * 300,
        "/Type/XObject/Subtype/Image/Width 10/Height 10/BitsPerComponent 8/ColorSpace/DeviceRGB",
    )
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 11 0 R"
        b"/Resources<</XObject<</X 20 0 R>>>>>>"
    )
    drawn = {10: page, 11: files.stream(b"99 0 0 99 0 0 cm /X Do"), 20: scan}
    good = files.pdf("Words that are read", name="good.pdf").read_bytes()
    with_pictures = {"word/media/image1.png": picture.getvalue()}
    chunk = files.relations(
        '<Relationship Id="c" Target="other.rtf" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"/>'
    )
    read, partly, refused = Outcome.READ, Outcome.PARTLY_READ, Outcome.REFUSED
    return [
        (files.write("good.pdf", good), read, None),
        (files.write("no-xref.pdf", good.replace(b"startxref", b"startxxxx")), read, None),
        (files.write("cut.pdf", good[:200]), refused, "damaged"),
        (files.pdf("x", name="scan.pdf", more=drawn), partly, "no_text"),
        (files.pdf("a", "b", name="bad.pdf", more={12: b"null"}), partly, "bad_page"),
        (files.docx("", name="scan.docx", parts=with_pictures), partly, "no_text"),
        (files.docx("", name="empty.docx"), read, "empty"),
        (files.docx("<w:p><w:r><w:t>cut", name="broken.docx"), refused, "damaged"),
        (
            files.docx(
                files.paragraph("Words") + '<w:altChunk r:id="c"/>',
                name="chunk.docx",
                parts={"word/_rels/document.xml.rels": chunk},
            ),
            partly,
            "unread_part",
        ),
        (files.write("old.ppt", OLD_OFFICE), refused, "legacy"),
        (files.write("macro.xlsm", b"PK\x03\x04"), refused, "macro"),
        (
            files.write("locked.xlsx", OLD_OFFICE + "EncryptedPackage".encode("utf-16-le")),
            refused,
            "password",
        ),
        (files.write("ebcdic.txt", "Some words ".encode("cp500") * 20), refused, "encoding"),
        (files.write("mail.eml", b"MIME-Version: 1.0\n"), refused, "type"),
        (files.write("page.html", b"<html></html>"), refused, "type"),
        (files.write("empty.md", b"---\ntitle: x\n---\n"), read, "empty"),
        (files.zip("nested.zip", {"inner.zip": b"PK\x05\x06" + b"\0" * 18}), refused, "archive"),
    ]


def test_a_pdf_behind_a_password_says_so(files, pool) -> None:
    # The standard handler, revision 2: with the hashes of another file no password fits.
    encrypted = files.pdf("secret", name="locked.pdf").read_bytes()
    handler = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32
    path = files.write(
        "locked.pdf",
        encrypted.replace(b"/Root 1 0 R", handler + b">>>/ID[<00><00>]/Root 1 0 R"),
    )
    found = pool.extract(path, MediaKind.PDF)
    assert (found.outcome, found.code) == (Outcome.REFUSED, "password")
    assert found.message == "This PDF is password-protected. Upload a copy without the password."
