"""What came out of a child so far. It stays when the child dies."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from content_catalog.extraction import derived
from content_catalog.extraction.process import ChildEnded
from content_catalog.extraction.types import Extracted, Outcome, PageText

ENDED = {
    "time": "Reading took too long and was stopped",
    "memory": "Reading needs more memory than is allowed and was stopped",
    "output": "The file has more content than is allowed and reading was stopped",
    "crash": "The file is damaged in a way that ended the reading",
}


@dataclass(slots=True)
class Gathered:
    """Pages and facts of one file, taken frame by frame."""

    derived_dir: Path | None
    pages: list[PageText] = field(default_factory=list)
    aspects: dict[int, float] = field(default_factory=dict)
    bad_pages: list[int] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    refused: tuple[str, str] | None = None
    ended: str | None = None
    cut: bool = False
    now: int | None = None

    def on_json(self, frame: dict[str, Any]) -> bool:
        """Take one frame; True when it was the last."""
        if "begin" in frame:
            self.now = int(frame["begin"])
        elif "page" in frame:
            number, kind, label, text = frame["page"]
            self.pages.append(PageText(int(number), str(kind), str(label), str(text)))
            self.cut = self.cut or bool(frame["cut"])
        elif "aspect" in frame:
            self.aspects[int(frame["aspect"][0])] = float(frame["aspect"][1])
        elif "boxes" in frame:
            if self.derived_dir is not None:
                derived.keep_boxes(self.derived_dir, int(frame["number"]), frame["boxes"])
        elif "unreadable" in frame:
            self.refused = (str(frame["unreadable"][0]), str(frame["unreadable"][1]))
            return True
        elif "memory" in frame:
            raise ChildEnded("memory")
        elif "done" in frame:
            self.facts = dict(frame["done"])
            self.bad_pages += [int(n) for n in self.facts["bad_pages"]]
            return True
        return False

    def on_blob(self, name: str, data: bytes) -> None:
        """Keep a picture. Raises ``ValueError`` when it is none of ours."""
        if self.derived_dir is not None:
            derived.keep_picture(self.derived_dir, name, data)

    def conclude(self) -> Extracted:
        """Outcome and reason, the gravest first."""
        code, message = self._reason()
        remark = self.facts.get("remark")
        if code is None:
            outcome = Outcome.READ
            code, message = remark or (None, None)
        else:
            outcome = Outcome.PARTLY_READ if self._something_read() else Outcome.REFUSED
        return Extracted(
            outcome=outcome,
            message=message,
            code=code,
            pages=tuple(self.pages),
            page_count=self.facts.get("page_count") or len(self.pages) or None,
            language=self.facts.get("language"),
            title=self.facts.get("title"),
            active_content=bool(self.facts.get("active_content")),
            truncated=self.cut or bool(self.facts.get("truncated")),
            aspect_ratios=tuple(self.aspects[n] for n in sorted(self.aspects)),
        )

    def _something_read(self) -> bool:
        return bool(self.pages) or bool(self.facts.get("partly"))

    def _reason(self) -> tuple[str | None, str | None]:
        if self.refused is not None:
            return self.refused
        if self.ended is not None:
            where = f" after {self.pages[-1].label}" if self.pages else ""
            return self.ended, ENDED[self.ended] + where + "."
        if self.bad_pages:
            return "bad_page", _bad_pages_sentence(self.bad_pages)
        if self.facts.get("truncated"):
            return "truncated", str(self.facts["truncated"])
        if self.cut:
            return (
                "truncated",
                "The file has more text than can be searched. The first part was read.",
            )
        partly = self.facts.get("partly")
        return (str(partly[0]), str(partly[1])) if partly else (None, None)


@dataclass(slots=True)
class Drawing:
    """Which page is being drawn, and why drawing failed."""

    derived_dir: Path
    now: int = 0
    message: str | None = None

    def on_json(self, frame: dict[str, Any]) -> bool:
        """Take one frame; True when it was the last."""
        if "begin" in frame:
            self.now = int(frame["begin"])
        elif "memory" in frame:
            raise ChildEnded("memory")
        elif "unreadable" in frame:
            self.message = str(frame["unreadable"][1])
            return True
        return "done" in frame

    def on_blob(self, name: str, data: bytes) -> None:
        """Keep a picture. Raises ``ValueError`` when it is none of ours."""
        derived.keep_picture(self.derived_dir, name, data)


def _bad_pages_sentence(numbers: list[int]) -> str:
    shown = [str(n) for n in sorted(set(numbers))]
    if len(shown) == 1:
        return f"Page {shown[0]} could not be read."
    if len(shown) > 6:
        return f"{len(shown)} pages could not be read, the first is page {shown[0]}."
    return f"Pages {', '.join(shown[:-1])} and {shown[-1]} could not be read."
