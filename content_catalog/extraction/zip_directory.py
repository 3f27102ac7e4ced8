"""What a zip file says about itself, checked before anything in it is unpacked."""

from __future__ import annotations

import zipfile
from typing import IO

from content_catalog.extraction.types import Limits, Refused

DIRECTORY_BYTES = 16 * 1024 * 1024
TAIL = 65_557
END_MARK = b"PK\x05\x06"
ENCRYPTED = 0x1
# Other packings ask for as much memory as the file likes.
UNPACKABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Small parts compress as they like: the ratio matters only where it can hurt.
RATIO_MATTERS_ABOVE = 10 * 1024 * 1024


def open_zip(stream: IO[bytes], limits: Limits) -> zipfile.ZipFile:
    """The opened archive, with the size of its directory and the number of entries checked.

    Raises ``Refused`` (``damaged`` or ``too_large``); nothing is unpacked.
    """
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(max(0, size - TAIL))
    tail = stream.read(TAIL)
    at = tail.rfind(END_MARK)
    if at < 0 or len(tail) < at + 22:
        raise Refused("damaged", "This zip file is damaged: its list of contents is missing.")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    if directory > DIRECTORY_BYTES or entries > limits.zip_entries:
        raise Refused(
            "too_large", f"This zip file has too many entries. The limit is {limits.zip_entries}."
        )
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused("damaged", "This zip file is damaged.") from error
    if len(archive.infolist()) > limits.zip_entries:
        archive.close()
        raise Refused(
            "too_large", f"This zip file has too many entries. The limit is {limits.zip_entries}."
        )
    return archive


def check_declared_sizes(archive: zipfile.ZipFile, limits: Limits, size: int) -> None:
    """Refuse an office file that says it unpacks beyond the limits, or whose entries overlap.

    ``size`` is that of the packed file in bytes. Raises ``Refused``.
    """
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    if total > limits.unpacked_bytes:
        raise Refused("too_large", "This file unpacks to more than the limit of 1 GB.")
    if total > RATIO_MATTERS_ABOVE and total > size * limits.unpacked_ratio:
        raise Refused(
            "too_large", "This file unpacks to far more than its size: it looks like a bomb."
        )
    if any(info.flag_bits & ENCRYPTED for info in infos):
        raise Refused("password", "This file is password-protected.")
    if any(info.compress_type not in UNPACKABLE for info in infos):
        raise Refused("damaged", "This file is packed in a way that is not accepted.")
    if overlapping(infos):
        raise Refused("damaged", "This file is damaged: parts of it overlap.")


def overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Offsets of entries that use the same bytes as another one."""
    found, end, last = set[int](), 0, -1
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            found |= {info.header_offset, last}
        end = max(end, info.header_offset + 30 + info.compress_size)
        last = info.header_offset
    return found - {-1}
