"""What is taken, what is refused, and in which words."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from content_catalog.extraction import MediaKind, Refused, sniff

HTML = b"<!DOCTYPE html><html><script>document.title='marker'</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 600
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 40
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
MP4 = b"\x00\x00\x00\x20ftypisom" + b"\x00" * 40
WEBM = b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm" + b"\x00" * 40
MATROSKA = b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska" + b"\x00" * 40
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
PROTECTED = OLD_OFFICE + "EncryptedPackage".encode("utf-16-le")

TAKEN = [
    ("plan.pdf", PDF, MediaKind.PDF),
    ("PLAN.PDF", PDF, MediaKind.PDF),
    ("plan.pdf. ", PDF, MediaKind.PDF),
    ("plan.Pdf.", PDF, MediaKind.PDF),
    ("plan.pdf", b"\xef\xbb\xbf\n%PDF-1.4\n", MediaKind.PDF),
    ("photo.jpg", JPG, MediaKind.JPG),
    ("photo.JPEG", JPG, MediaKind.JPG),
    ("chart.png", PNG, MediaKind.PNG),
    ("clip.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 ", MediaKind.WEBP),
    ("film.mp4", MP4, MediaKind.MP4),
    ("film.webm", WEBM, MediaKind.WEBM),
    ("notes.txt", b"Ask for the budget owner.", MediaKind.TXT),
    ("notes.txt", "Grüße".encode("cp1252"), MediaKind.TXT),
    ("notes.txt", "Grüße aus Köln".encode("utf-16"), MediaKind.TXT),
    ("notes.txt", "plain western text".encode("utf-16-le"), MediaKind.TXT),
    ("notes.txt", b"", MediaKind.TXT),
    ("notes.txt", b"BMW asked for a price.", MediaKind.TXT),
    ("page.md", b'<p align="center">Logo</p>\n# Title', MediaKind.MD),
    ("page.md", b"<!-- a comment -->\n# Title", MediaKind.MD),
    ("page.mdx", b"import X from 'x'\n\n# Title", MediaKind.MD),
    ("page.markdown", b"# Title", MediaKind.MD),
    ("rows.csv", b"a;b\n1;2\n", MediaKind.CSV),
]

REFUSED = [
    ("plan.exe", EXE, "type"),
    ("plan.pdf", EXE, "mismatch"),
    ("plan.pdf ", EXE, "mismatch"),
    ("plan", PDF, "type"),
    ("", PDF, "type"),
    ("plan.jpg", PDF, "mismatch"),
    ("plan.pdf", JPG, "mismatch"),
    ("plan.pdf", HTML, "mismatch"),
    ("plan.pdf", HTML + PDF, "mismatch"),
    ("plan.html", PDF, "type"),
    ("plan.html", PDF + HTML, "type"),
    ("a.svg", SVG, "type"),
    ("a.SVG", SVG, "type"),
    ("a.svg.png", SVG, "mismatch"),
    ("a.png.svg", PNG, "type"),
    ("a.xml", b"<?xml version='1.0'?><a/>", "type"),
    ("a.htm", HTML, "type"),
    ("a.xhtml", HTML, "type"),
    ("a.mhtml", b"MIME-Version: 1.0\n", "type"),
    ("a.txt", b"From: a@example.com\nMIME-Version: 1.0\n\n" + HTML, "mismatch"),
    ("a.txt", HTML, "mismatch"),
    ("a.txt", b"\xef\xbb\xbf  \n" + SVG, "mismatch"),
    ("a.txt", HTML.decode().encode("utf-16"), "mismatch"),
    ("a.md", b"<!-- x -->\n" + HTML, "mismatch"),
    ("a.csv", b"<?xml version='1.0'?><a/>", "mismatch"),
    ("a.txt", b"{\\rtf1 text}", "mismatch"),
    ("a.txt", EXE, "mismatch"),
    ("a.txt", b"\x81\x8d\x8f\x90 ebcdic", "encoding"),
    ("a.txt", "Some words ".encode("cp500") * 9, "encoding"),
    ("a.txt", "Несколько слов".encode("cp1251"), "encoding"),
    ("photo.jpg", JPG + HTML, "mismatch"),
    ("photo.png", PNG + b"<svg onload=x>", "mismatch"),
    ("film.webm", MATROSKA, "mismatch"),
    ("film.mp4", b"\x00\x00\x00\x20ftypheic" + b"\x00" * 40, "mismatch"),
    ("deck.ppt", OLD_OFFICE, "legacy"),
    ("text.docx", OLD_OFFICE, "legacy"),
    ("prices.xlsx", PROTECTED, "password"),
    ("prices.xlsm", b"PK\x03\x04", "macro"),
    ("plan.pdf", b"", "damaged"),
]


@pytest.mark.parametrize(("name", "data", "kind"), TAKEN)
def test_U10_content_and_name_agree(
    tmp_path: Path, name: str, data: bytes, kind: MediaKind
) -> None:
    path = tmp_path / "blob"
    path.write_bytes(data)
    assert sniff(path, name).kind == kind


@pytest.mark.parametrize(("name", "data", "code"), REFUSED)
def test_U01_U02_U10_refused(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / "blob"
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        sniff(path, name)
    assert refused.value.code == code
    assert refused.value.message.startswith((name.strip() or "The file") + " was not uploaded. ")


def test_refusal_names_what_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(EXE)
    with pytest.raises(Refused, match="Accepted: PDF, PPTX, DOCX, XLSX, PNG, JPG"):
        sniff(path, "plan.exe")
    with pytest.raises(Refused, match="Its name says PDF, but it is a Windows program"):
        sniff(path, "plan.pdf")


def test_U03_a_name_full_of_tricks_is_shown_clean(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(EXE)
    with pytest.raises(Refused) as refused:
        sniff(path, "a\r\nSet-Cookie: x\x00\u202e" + "y" * 10_000 + ".exe")
    assert len(refused.value.message) < 250
    assert not any(c in refused.value.message for c in "\r\n\x00\u202e")


def test_office_files_are_told_apart(files) -> None:
    assert sniff(files.docx(files.paragraph("x")), "x.docx").kind == MediaKind.DOCX
    with pytest.raises(Refused) as refused:
        sniff(files.docx(files.paragraph("x")), "x.pptx")
    assert refused.value.message.endswith("Its name says PPTX, but it is DOCX inside.")
    assert sniff(files.zip("x.zip", {"a.txt": "a"}), "x.zip").kind == MediaKind.ZIP
    with pytest.raises(Refused):
        sniff(files.zip("y.zip", {"mimetype": "application/epub+zip"}), "y.zip")


def test_U11_macros_are_refused_and_embedded_objects_marked(files) -> None:
    with_macro = files.docx("", parts={"word/vbaProject.bin": b"x"})
    with pytest.raises(Refused) as refused:
        sniff(with_macro, "x.docx")
    assert refused.value.code == "macro"
    embedded = files.docx("", parts={"word/embeddings/oleObject1.bin": b"x"})
    assert sniff(embedded, "x.docx").active_content
    assert not sniff(files.docx(""), "x.docx").active_content


@pytest.mark.parametrize(
    ("extra", "active"),
    [
        ("/OpenAction<</S/JavaScript/JS(app.alert(1))>>", True),
        ("/OpenAction<</S/Launch/F(cmd.exe)>>", True),
        ("/OpenAction<</S/J#61vaScript/J#53(app.alert(1))>>", True),
        ("/AA<</WC<</S/SubmitForm/F(http://127.0.0.1/)>>>>", True),
        ("/OpenAction[10 0 R/Fit]", False),
        ("/Names<</JavaScript 99 0 R>>", False),
        ("", False),
    ],
)
def test_U11_active_content_in_pdf(files, extra: str, active: bool) -> None:
    path = files.pdf("x", catalog_extra=extra)
    assert sniff(path, "x.pdf").active_content is active


def test_U05_a_zip_with_a_huge_directory_is_not_opened(files) -> None:
    path = files.folder / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5_001):
            archive.writestr(str(number), "")
    with pytest.raises(Refused, match="too many entries"):
        sniff(path, "many.zip")


@pytest.mark.parametrize("cut", [30, 200, 400])
def test_a_cut_off_office_file_is_refused_as_damaged(files, cut: int) -> None:
    whole = files.docx(files.paragraph("x")).read_bytes()
    with pytest.raises(Refused) as refused:
        sniff(files.write("cut.docx", whole[:-cut]), "cut.docx")
    assert refused.value.code == "damaged"
