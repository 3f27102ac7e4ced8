"""Makes office files the same every time: their zip and their notes on when they were made."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from app.demo.theme import MADE

Change = Callable[[str, bytes], bytes]

_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_ZIP_TIME = (2026, 1, 12, 8, 30, 0)


def repack(path: Path, change: Change = lambda _name, part: part) -> Path:
    """Writes the file anew with fixed times, inner workbooks of charts included.

    ``change`` gets name and content of each part and answers the content to keep.
    """
    path.write_bytes(_repacked(path.read_bytes(), change))
    return path


def _repacked(content: bytes, change: Change) -> bytes:
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = change(name, old.read(name))
            if name.endswith(".xlsx"):
                part = _repacked(part, change)
            elif name == "docProps/core.xml":
                part = _STAMP.sub(rb"\g<1>" + MADE.encode() + rb"\g<2>", part)
            new.writestr(zipfile.ZipInfo(name, _ZIP_TIME), part, zipfile.ZIP_DEFLATED)
    return written.getvalue()
