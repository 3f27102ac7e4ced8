"""From a stream to a kept file: count and hash, look what it is, keep it under its hash.

Files come before rows: what happens here is outside any transaction, and a later failure leaves an
orphan that the sweep removes.
"""

from __future__ import annotations

import unicodedata
from typing import IO

from app.wiring import Services
from content_catalog import extraction
from content_catalog.assets import FileContent, Quota
from content_catalog.errors import Invalid

NAME_LIMIT = 255  # bytes of UTF-8, what common file systems take


def keep_file(services: Services, stream: IO[bytes], file_name: str) -> FileContent:
    """Raises ``TooLarge`` over the upload limit and ``Invalid`` for a kind that is not taken."""
    name = clean_name(file_name)
    limit = services.settings.upload_limit
    megabytes = limit // 10**6
    staged = services.blobs.stage(
        stream,
        limit,
        f"{name} is over the {megabytes} MB limit. Put it where it is streamed and add it as a link.",
    )
    try:
        sniffed = extraction.sniff(staged.path, name)
    except extraction.Refused as refusal:
        services.blobs.discard(staged)
        raise Invalid(fields={"file": refusal.message}) from refusal
    kept = services.blobs.keep(staged)
    return FileContent(
        sha256=kept.sha256,
        size=kept.size,
        file_name=name,
        media_type=sniffed.media_type,
        format=sniffed.kind.value,
        active_content=sniffed.active_content,
    )


def quota(services: Services) -> Quota:
    """What one person may keep, by page and by API; an import is the company's, not a person's."""
    settings = services.settings
    return Quota(settings.user_quota_bytes, settings.user_quota_files)


def clean_name(file_name: str) -> str:
    """A name for people to read: never part of a path, no control or direction characters.

    ``../../x`` becomes ``x``; what is left empty becomes ``file``.
    """
    text = file_name.encode("utf-8", "replace").decode("utf-8")
    text = text.replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in unicodedata.normalize("NFC", text) if _printable(c))
    text = " ".join(text.split()).lstrip(". ").rstrip(". ")
    while len(text.encode("utf-8")) > NAME_LIMIT:
        stem, dot, suffix = text.rpartition(".")
        text = f"{stem[:-1]}{dot}{suffix}" if dot and len(suffix) < 10 and stem else text[:-1]
    return text or "file"


def _printable(character: str) -> bool:
    """Controls, direction overrides, surrogates and unassigned code points are left out."""
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
