"""What every reader shares: where it puts what it finds, and how it says what went wrong.

Readers run in the limited child process only. A reader hands over each page as soon as it has it,
so that a page which ends the process takes no other page with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from content_catalog.extraction.types import Limits, PageText, WordBox

LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00ad": None}
)
# Control characters and lone surrogates cannot be stored or shown; line ends and tabs stay.
UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
SPACES = re.compile(r"[^\S\n]+")
BLANK_LINES = re.compile(r"\n{3,}")


class Unreadable(Exception):
    """The file as a whole cannot be read; ``message`` is the true reason in plain words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class TextLimitReached(Exception):
    """The file has more text than is kept of one file; what came before is kept."""


DAMAGED = Unreadable("damaged", "This file is damaged and cannot be opened.")


@dataclass(slots=True)
class Facts:
    """What a reader learned beside the pages. ``remark`` holds a code and a sentence."""

    title: str | None = None
    page_count: int | None = None
    active_content: bool = False
    truncated: str | None = None
    partly: tuple[str, str] | None = None
    remark: tuple[str, str] | None = None
    bad_pages: list[int] = field(default_factory=list)


def clean_text(text: str) -> str:
    """``text`` as it can be stored, searched and shown: no control characters, spaces folded."""
    text = (
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    )
    text = UNSTORABLE.sub("", text.translate(LIGATURES))
    text = SPACES.sub(" ", text)
    lines = (line.strip() for line in text.split("\n"))
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


GENERIC_TITLES = frozenset(
    {"untitled", "presentation", "powerpoint presentation", "document", "word document", "title"}
    | {"microsoft word document", "microsoft powerpoint presentation", "slide", "template", ""}
)
FILE_NAMES = (".doc", ".docx", ".ppt", ".pptx", ".xls", ".xlsx", ".indd", ".ps", ".tex", ".dvi")


def useful_title(title: str | None) -> str | None:
    """A title from a file's properties, unless it is what programs put there by themselves."""
    cleaned = clean_text(title or "").replace("\n", " ")[:200]
    bare = cleaned.lower().rstrip("0123456789 .-")
    made_up = bare in GENERIC_TITLES or cleaned.lower().endswith(FILE_NAMES)
    return None if made_up else cleaned


class Sink:
    """Takes pages, word boxes and pictures from a reader and passes them out of the process.

    ``send_json`` and ``send_blob`` are the two ways out. Raises ``TextLimitReached`` when a file
    has more text than ``limits`` allow.
    """

    def __init__(
        self,
        limits: Limits,
        send_json: Callable[[dict[str, object]], None],
        send_blob: Callable[[str, bytes], None],
        with_pictures: bool,
    ) -> None:
        self.limits = limits
        self.with_pictures = with_pictures
        self.chars = 0
        self.pages = 0
        self.sample: list[str] = []
        self._sample_chars = 0
        self._send_json = send_json
        self._send_blob = send_blob

    def begin(self, number: int) -> None:
        """Say that page ``number`` is being read now, in case that is the last thing we say."""
        self._send_json({"begin": number})

    def page(self, number: int, kind: str, label: str, text: str) -> None:
        """Hand over one page; ``text`` is cleaned here."""
        text = clean_text(text)
        whole = len(text)
        room = min(self.limits.page_chars, self.limits.text_chars - self.chars)
        text = text[: max(room, 0)]
        self.chars += len(text)
        self.pages += 1
        if self._sample_chars < 20_000:
            self.sample.append(text[:4_000])
            self._sample_chars += len(text[:4_000])
        found = PageText(number, kind, clean_text(label)[:200] or kind, text)
        self._send_json(
            {"page": [found.number, found.kind, found.label, found.text], "cut": whole > len(text)}
        )
        if self.chars >= self.limits.text_chars:
            raise TextLimitReached

    def aspect(self, number: int, ratio: float) -> None:
        """Width divided by height of page ``number``."""
        self._send_json({"aspect": [number, ratio]})

    def boxes(self, number: int, boxes: Sequence[WordBox]) -> None:
        """Where the words of page ``number`` stand."""
        if self.with_pictures:
            self._send_json(
                {"boxes": [[b.word, b.x0, b.y0, b.x1, b.y1] for b in boxes], "number": number}
            )

    def picture(self, name: str, data: bytes) -> None:
        """A picture, named as in the folder of derived files, for example ``thumbs/1.webp``."""
        self._send_blob(name, data)
