"""Taking an uploaded zip file apart for the import, entry by entry.

A bad entry is refused with its reason and the others go on. Bytes are counted while unpacking; what
the zip file says about its own sizes is not believed.
"""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from content_catalog.extraction.types import Limits, Refused
from content_catalog.extraction.zip_directory import (
    ENCRYPTED,
    RATIO_MATTERS_ABOVE,
    UNPACKABLE,
    open_zip,
    overlapping,
)

CHUNK = 1024 * 1024
NAME_BYTES = 255
PATH_BYTES = 1024
DEEPEST = 32
ARCHIVES = (".zip", ".jar", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".zst")
OFFICE = (".docx", ".pptx", ".xlsx")
DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class UnpackedEntry:
    """A file that was taken out: its name in the zip, where it lies now, its size in bytes."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """An entry that was not taken out. Codes: path, name, link, device, password, duplicate,
    archive, damaged, overlap, too_large, compression."""

    name: str
    code: str
    message: str


@dataclass(slots=True)
class _Tally:
    written: int = 0
    seen: set[str] = field(default_factory=set)
    overlaps: set[int] = field(default_factory=set)


def unpack(
    zip_path: Path, into: Path, limits: Limits | None = None
) -> tuple[list[UnpackedEntry], list[RefusedEntry]]:
    """Unpack ``zip_path`` below the empty folder ``into``; names keep their folders.

    Returns what was unpacked and what was refused. Raises ``Refused`` when the zip file as a whole
    cannot be used, and ``OSError`` when the disk cannot take it.
    """
    limits = limits or Limits()
    entries: list[UnpackedEntry] = []
    refusals: list[RefusedEntry] = []
    with zip_path.open("rb") as stream, open_zip(stream, limits) as archive:
        infos = archive.infolist()
        tally = _Tally(overlaps=overlapping(infos))
        for info in infos:
            if info.is_dir():
                continue
            name = _cleaned(info.filename)
            try:
                _check(info, name, tally, limits)
                target = into.joinpath(*name.split("/"))
                size = _unpack_one(archive, info, target, tally, limits)
            except Refused as refused:
                refusals.append(RefusedEntry(_shown(info.filename), refused.code, refused.message))
                continue
            entries.append(UnpackedEntry(name, target, size))
    return entries, refusals


def _check(info: zipfile.ZipInfo, name: str, tally: _Tally, limits: Limits) -> None:
    """Everything that can be told before unpacking. Raises ``Refused``."""
    _check_name(info.orig_filename, name)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise Refused("link", "This entry is a link. Only files are taken.")
    if kind not in (0, stat.S_IFREG):
        raise Refused("device", "This entry is not a file.")
    if info.flag_bits & ENCRYPTED:
        raise Refused("password", "This entry is password-protected.")
    if info.compress_type not in UNPACKABLE:
        raise Refused("compression", "This entry is packed in a way that is not accepted.")
    if name.lower().endswith(ARCHIVES):
        raise Refused("archive", "An archive inside an archive is not unpacked.")
    if info.header_offset in tally.overlaps:
        raise Refused("overlap", "This entry shares its bytes with another one.")
    same = unicodedata.normalize("NFC", name).casefold()
    if same in tally.seen:
        raise Refused("duplicate", "There are two entries of this name. The first one was taken.")
    tally.seen.add(same)
    if info.file_size > limits.file_bytes:
        raise _too_large(limits)


def _check_name(raw: str, name: str) -> None:
    parts = name.split("/")
    if name.startswith("/") or DRIVE.match(name) or ".." in parts:
        raise Refused("path", "This entry points outside the folder it is unpacked to.")
    if "\x00" in raw or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name):
        raise Refused("name", "The name of this entry has characters that cannot be shown.")
    sizes = [len(part.encode()) for part in parts]
    if not all(sizes) or "." in parts or len(parts) > DEEPEST:
        raise Refused("name", "The name of this entry is not usable.")
    if max(sizes) > NAME_BYTES or len(name.encode()) > PATH_BYTES:
        raise Refused("name", f"The name of this entry is longer than {NAME_BYTES} bytes.")


def _unpack_one(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, tally: _Tally, limits: Limits
) -> int:
    """Write one entry to ``target`` and return its size; nothing stays behind when refused."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            for chunk in _chunks(archive, info, tally, limits):
                out.write(chunk)
            size = out.tell()
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused("duplicate", "A file and a folder in the zip have the same name.") from error
    except Refused:
        target.unlink(missing_ok=True)
        raise
    if _is_archive(target):
        target.unlink()
        raise Refused("archive", "An archive inside an archive is not unpacked.")
    return size


def _chunks(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, tally: _Tally, limits: Limits
) -> Iterator[bytes]:
    size = 0
    try:
        with archive.open(info) as entry:
            while chunk := entry.read(CHUNK):
                size += len(chunk)
                tally.written += len(chunk)
                if size > limits.file_bytes:
                    raise _too_large(limits)
                if tally.written > limits.unpacked_bytes:
                    raise Refused("too_large", "The zip file unpacks to more than the limit.")
                packed = max(info.compress_size, 1)
                if size > RATIO_MATTERS_ABOVE and size > packed * limits.unpacked_ratio:
                    raise Refused("too_large", "This entry unpacks to far more than its size.")
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Refused("damaged", "This entry is damaged.") from error
    if size != info.file_size:
        raise Refused("damaged", "This entry is damaged: its size is not what the zip file says.")


def _is_archive(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(4)
    return start == b"PK\x03\x04" and not path.name.lower().endswith(OFFICE)


def _cleaned(name: str) -> str:
    """The name with the separators of one kind; Windows programs write the other one."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).removeprefix("./")


def _shown(name: str) -> str:
    printable = "".join(c if c.isprintable() else "�" for c in name)
    return printable if len(printable) <= 200 else printable[:199] + "…"


def _too_large(limits: Limits) -> Refused:
    return Refused("too_large", f"This file is over the limit of {limits.file_bytes >> 20} MB.")
