"""What single cells may hold. Pure: text in, value or the reason against it out."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import unquote

from content_catalog.assets.rules import check_email, check_url
from content_catalog.assets.types import URL_LIMIT
from content_catalog.errors import Invalid

DATE_FORM = "the form 2026-12-31"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DRIVE = re.compile(r"[A-Za-z]:")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]{2,}")
# Windows-1252 leaves five bytes without a character; text that went through a browser has these.
_HOLES = {code: code for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}

# First byte to the length of the sequence. Of the pairs only those that begin with C2 or C3: "É…"
# and "Ö–" are text people write, "Ã¼" and "Â " are not.
_LENGTHS = {
    **dict.fromkeys((0xC2, 0xC3), 2),
    **dict.fromkeys(range(0xE0, 0xF0), 3),
    **dict.fromkeys(range(0xF0, 0xF5), 4),
}


def day(text: str) -> date | None:
    """A real calendar day written as ``YYYY-MM-DD``, else ``None``; nothing is guessed."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def email(text: str) -> str | None:
    """The address in lower case, ``None`` when it is none."""
    try:
        return check_email(text)
    except Invalid:
        return None


def link(text: str) -> str | None:
    """An address that an asset may have, ``None`` when it may not."""
    try:
        return check_url(text) if len(text) <= URL_LIMIT else None
    except Invalid:
        return None


def inner_path(text: str) -> str | None:
    """The path with single slashes and no ``.`` or ``..``; ``None`` when it leaves its folder.

    Backslashes part folders too, and the path must stay inside when read with its percent signs
    decoded as well, however often they were encoded.
    """
    decoded = text
    for _ in range(5):
        if _resolved(decoded) is None:
            return None
        further = unquote(decoded)
        if further == decoded:
            return _resolved(text)
        decoded = further
    return None


def _resolved(text: str) -> str | None:
    plain = text.replace("\\", "/")
    if plain.startswith(("/", "~")) or _DRIVE.match(plain) or "\x00" in plain:
        return None
    parts: list[str] = []
    for part in PurePosixPath(plain).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return "/".join(parts)


def is_mojibake(text: str) -> bool:
    """Whether some run of characters is UTF-8 that was read as Windows-1252 ("Ã¼" for "ü")."""
    return any(_was_utf8(run.group()) for run in _NOT_ASCII.finditer(text))


def _was_utf8(run: str) -> bool:
    """Looks at every start in the run, since plain characters may stand beside the broken ones."""
    data = bytearray()
    for character in run:
        try:
            data += character.encode("cp1252")
        except UnicodeEncodeError:
            data.append(_HOLES.get(ord(character), 0xFF))  # 0xFF never occurs in UTF-8
    for start, lead in enumerate(data):
        length = _LENGTHS.get(lead)
        if length is None or len(data) < start + length:
            continue
        try:
            bytes(data[start : start + length]).decode("utf-8")
        except UnicodeDecodeError:
            continue
        return True
    return False
