"""The folder of things made from one file: page images, thumbnails, word boxes.

``pages/<n>.webp`` (1200 px wide), ``thumbs/<n>.webp`` (160 px wide), ``boxes/<n>.json``. All of it can
be deleted and made again. Each file appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from pathlib import Path

from content_catalog.extraction.types import WordBox

PICTURE_NAME = re.compile(r"(?:pages|thumbs)/[1-9][0-9]{0,5}\.webp")


def page_image(derived_dir: Path, number: int) -> Path:
    """Where the image of page ``number`` lies, if it was made."""
    return derived_dir / "pages" / f"{number}.webp"


def thumbnail(derived_dir: Path, number: int) -> Path:
    """Where the thumbnail of page ``number`` lies, if it was made."""
    return derived_dir / "thumbs" / f"{number}.webp"


def keep_picture(derived_dir: Path, name: str, data: bytes) -> None:
    """Keep a picture that came out of the child. Raises ``ValueError`` when it is none.

    The child works on hostile input, so its word is not trusted: the name must be one of ours and
    the bytes a WebP picture, which is then safe to serve.
    """
    if not PICTURE_NAME.fullmatch(name) or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError("not a picture of ours")
    write_whole(derived_dir / name, data)


def keep_boxes(derived_dir: Path, number: int, boxes: list[list[object]]) -> None:
    """Keep the word boxes of a page; each is ``[word, x0, y0, x1, y1]``."""
    checked = [[str(b[0]), *(round(float(str(n)), 4) for n in b[1:5])] for b in boxes]
    text = json.dumps(checked, ensure_ascii=False, separators=(",", ":"))
    write_whole(derived_dir / "boxes" / f"{int(number)}.json", text.encode())


def word_boxes(derived_dir: Path, number: int) -> list[WordBox]:
    """Where the words of page ``number`` stand; empty when that is not known."""
    try:
        stored = json.loads((derived_dir / "boxes" / f"{number}.json").read_bytes())
        return [
            WordBox(str(w), *(float(n) for n in (x0, y0, x1, y1))) for w, x0, y0, x1, y1 in stored
        ]
    except (OSError, ValueError, TypeError):
        return []


def write_whole(path: Path, data: bytes) -> None:
    """Write under a temporary name, then rename: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
