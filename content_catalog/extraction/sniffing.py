"""What a file is, by its content; the name must agree. Nothing is unpacked or decoded here."""

from __future__ import annotations

import re
import unicodedata
import zipfile
import zlib
from pathlib import Path

from content_catalog.extraction import active_content
from content_catalog.extraction.plain import windows_1252
from content_catalog.extraction.reading import Unreadable
from content_catalog.extraction.types import (
    IMAGE_KINDS,
    MEDIA_TYPES,
    OFFICE_KINDS,
    Limits,
    MediaKind,
    Refused,
    Sniffed,
)
from content_catalog.extraction.zip_directory import ENCRYPTED, open_zip

ACCEPTED = "PDF, PPTX, DOCX, XLSX, PNG, JPG, WEBP, MP4, WEBM, TXT, MD, CSV, links"
EXTENSIONS = {
    **{kind.value: kind for kind in MediaKind},
    "jpeg": MediaKind.JPG,
    "markdown": MediaKind.MD,
    "mdx": MediaKind.MD,
}
TEXT_KINDS = frozenset({MediaKind.TXT, MediaKind.MD, MediaKind.CSV})
LEGACY = {"doc": "DOCX", "dot": "DOCX", "ppt": "PPTX", "pps": "PPTX", "xls": "XLSX"}
MACRO = frozenset({"docm", "dotm", "pptm", "ppsm", "potm", "xlsm", "xltm", "xlsb", "xlam", "ppam"})

HEAD_BYTES = 65_536
CHUNK = 4 * 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
OLE_SEARCHED = 16 * 1024 * 1024
OTHER_MAGIC = {
    b"MZ": "a Windows program",
    b"\x7fELF": "a program",
    b"\xca\xfe\xba\xbe": "a program",
    b"{\\rtf": "an RTF document",
    b"GIF8": "a GIF picture",
    b"BM": "a BMP picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"%!PS": "a PostScript file",
}
PDF_HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?[\x00\t\n\x0c\r ]{0,1000}%PDF-?[0-9. ]")
PAGE_MARKUP = re.compile(
    rb"<\s*(?:!doctype\s+(?:html|svg)|\?xml|html|svg|script|head|body|iframe|x?html:)[\s>/?:]?",
    re.IGNORECASE,
)
MAIL_START = re.compile(
    rb"\A(?:[A-Za-z-]{1,40}:[^\n]{0,1000}\n(?:[ \t][^\n]{0,1000}\n)*){0,40}?MIME-Version:", re.I
)
MP4_BRANDS = (b"isom", b"iso", b"mp4", b"avc", b"M4V", b"dash", b"MSNV", b"f4v", b"mmp4")
CONTENT_TYPES_BYTES = 2 * 1024 * 1024
MAIN_TYPE = re.compile(
    rb"application/vnd\.(openxmlformats-officedocument\.(?:wordprocessingml\.document|"
    rb"presentationml\.presentation|spreadsheetml\.sheet)\.main\+xml|"
    rb"ms-(?:word|powerpoint|excel)[A-Za-z.]*macroEnabled[A-Za-z0-9.]*main\+xml)"
)


def sniff(path: Path, file_name: str) -> Sniffed:
    """Say what the file at ``path`` is. ``file_name`` is the name it was sent with.

    Raises ``Refused`` with a sentence for the user when it is not accepted, or when name and
    content disagree. Only the head is read, for PDF and pictures the whole file once.
    """
    shown = _shown(file_name)
    extension = _extension(file_name)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    kind = EXTENSIONS.get(extension)
    if extension in MACRO:
        raise _refusal(
            "macro", shown, "Files with macros are not accepted. Save it without macros."
        )
    if kind is None:
        raise _unknown(shown, extension, head)
    found = _kind_by_content(path, head, kind, shown)
    if found != kind:
        raise _mismatch(shown, kind, head, found)
    return Sniffed(kind, MEDIA_TYPES[kind], _is_active(path, kind, shown))


def _kind_by_content(path: Path, head: bytes, claimed: MediaKind, shown: str) -> MediaKind | None:
    if not head:
        if claimed in TEXT_KINDS:
            return claimed
        raise _refusal("damaged", shown, "The file is empty.")
    if head.startswith(OLE):
        raise _ole(path, claimed, shown)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _kind_of_zip(path, shown)
    if PDF_HEAD.match(head):
        return MediaKind.PDF
    binary = _picture_or_video(head)
    if binary is not None:
        return binary
    if claimed in TEXT_KINDS and not _other_format(head) and _is_text(head, claimed, shown):
        return claimed
    return None


def _picture_or_video(head: bytes) -> MediaKind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return MediaKind.JPG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaKind.WEBP
    if head[4:8] == b"ftyp" and head[8:12].startswith(MP4_BRANDS):
        return MediaKind.MP4
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return MediaKind.WEBM
    return None


def _is_text(head: bytes, claimed: MediaKind, shown: str) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return not _starts_with_markup(head.decode("utf-16", "replace").encode())
    if _starts_with_markup(head.removeprefix(b"\xef\xbb\xbf")):
        return False
    if claimed != MediaKind.MD and MAIL_START.match(head):
        return False
    sample = head[:4096]
    every_second = max(sample[0::2].count(0), sample[1::2].count(0))
    if sample.count(0) and every_second * 10 < len(sample) * 4:
        return False
    if sample.count(0):
        return True  # UTF-16 without a mark
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end in the middle of a character.
        if error.start >= len(head) - 4 and len(head) == HEAD_BYTES:
            return True
        try:
            text = windows_1252(head)
        except Unreadable as unreadable:
            raise _refusal("encoding", shown, unreadable.message) from error
    controls = sum(1 for c in text if c < " " and c not in "\t\n\r\f\x0b\x1a\x1b\x08")
    return controls <= max(3, len(text) // 100)


def _starts_with_markup(head: bytes) -> bool:
    """Whether a web page or XML begins here, comments before it set aside."""
    at = len(head) - len(head.lstrip())
    while head.startswith(b"<!--", at):
        end = head.find(b"-->", at)
        if end < 0:
            return False
        at = end + 3
        while head[at : at + 1].isspace():
            at += 1
    return PAGE_MARKUP.match(head, at) is not None


def _kind_of_zip(path: Path, shown: str) -> MediaKind | None:
    try:
        with path.open("rb") as stream, open_zip(stream, Limits()) as archive:
            names = {name.lower(): name for name in archive.namelist()}
            if "[content_types].xml" not in names:
                return _other_zip(archive)
            info = archive.getinfo(names["[content_types].xml"])
            if info.flag_bits & ENCRYPTED:
                raise Refused("password", "It is password-protected.")
            with archive.open(info) as part:
                types = part.read(CONTENT_TYPES_BYTES)
    except Refused as refused:
        raise _refusal(refused.code, shown, refused.message) from refused
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise _refusal("damaged", shown, "The file is damaged and cannot be opened.") from error
    if any(name.endswith("vbaproject.bin") for name in names) or b"macroEnabled" in types:
        raise _refusal(
            "macro", shown, "Files with macros are not accepted. Save it without macros."
        )
    found = MAIN_TYPE.search(types)
    if found is None:
        return None
    words = found.group(1)
    if b"wordprocessing" in words:
        return MediaKind.DOCX
    return MediaKind.PPTX if b"presentation" in words else MediaKind.XLSX


def _other_zip(archive: zipfile.ZipFile) -> MediaKind | None:
    """A plain zip, or one of the formats that are zip files inside and not accepted."""
    first = archive.namelist()[:1]
    names = set(archive.namelist())
    if first == ["mimetype"] or "META-INF/MANIFEST.MF" in names or "AndroidManifest.xml" in names:
        return None
    return MediaKind.ZIP


def _is_active(path: Path, kind: MediaKind, shown: str) -> bool:
    if kind == MediaKind.PDF:
        return active_content.in_pdf(path.read_bytes())
    if kind in OFFICE_KINDS:
        with path.open("rb") as stream, open_zip(stream, Limits()) as archive:
            return active_content.in_office_names(archive.namelist())
    if kind in IMAGE_KINDS and _holds_markup(path):
        raise _refusal("mismatch", shown, "The picture holds a web page inside.")
    return False


def _holds_markup(path: Path) -> bool:
    """Whether a picture carries HTML or SVG: its own metadata (XMP) is neither."""
    rest = b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            for found in PAGE_MARKUP.finditer(rest + chunk):
                if b"?xml" not in found.group().lower():
                    return True
            rest = chunk[-64:]
    return False


def _extension(file_name: str) -> str:
    """The extension as every system sees it: lower case, dots and spaces at the end ignored."""
    name = unicodedata.normalize("NFKC", file_name).replace("\x00", "").rstrip(". \t\r\n")
    _, dot, extension = name.rpartition(".")
    return extension.strip().lower() if dot else ""


def _shown(file_name: str) -> str:
    name = "".join(c if c.isprintable() else " " for c in file_name).strip() or "The file"
    return name if len(name) <= 80 else f"{name[:60]}…{name[-15:]}"


def _refusal(code: str, shown: str, reason: str) -> Refused:
    return Refused(code, f"{shown} was not uploaded. {reason}")


def _unknown(shown: str, extension: str, head: bytes) -> Refused:
    if extension in LEGACY and not PDF_HEAD.match(head):
        sentence = f"It has an old Office format. Save it as {LEGACY[extension]}."
        return _refusal("legacy", shown, sentence)
    return _refusal("type", shown, f"Accepted: {ACCEPTED}.")


def _mismatch(shown: str, kind: MediaKind, head: bytes, found: MediaKind | None) -> Refused:
    says = f"Its name says {kind.value.upper()}, but it is"
    what = f"{found.value.upper()} inside" if found else _other_format(head)
    if what is None and _starts_with_markup(head):
        what = "a web page or XML"
    if what is None:
        return _refusal(
            "mismatch",
            shown,
            f"It is not a proper {kind.value.upper()} file. Accepted: {ACCEPTED}.",
        )
    return _refusal("mismatch", shown, f"{says} {what}.")


def _other_format(head: bytes) -> str | None:
    if head.startswith(b"BM") and b"\x00" not in head[:64]:
        return None  # a text that begins with these two letters
    if head.startswith(b"MZ") and b"\x00" not in head[:512]:
        return None
    return next((what for magic, what in OTHER_MAGIC.items() if head.startswith(magic)), None)


def _ole(path: Path, claimed: MediaKind, shown: str) -> Refused:
    with path.open("rb") as stream:
        if ENCRYPTED_PACKAGE in stream.read(OLE_SEARCHED):
            sentence = "It is password-protected. Save it without the password."
            return _refusal("password", shown, sentence)
    target = claimed.value.upper() if claimed in OFFICE_KINDS else "PDF or a newer Office format"
    return _refusal("legacy", shown, f"It has an old Office format. Save it as {target}.")
