"""Plain text, CSV and Markdown. Markdown is cut at its headings."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from content_catalog.extraction.reading import Facts, Sink, Unreadable

UTF16_SAMPLE = 4096
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_TITLE = re.compile(r"^title[ \t]{0,9}:(.+)$", re.MULTILINE | re.IGNORECASE)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t](.+)$")
UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
MODULE_LINE = re.compile(r"^(?:import\s.+\sfrom\s+['\"]|import\s+['\"]|export\s+\w+)")
DEEPEST_SECTION = 3

COMMENTS = (("<!--", "-->"), ("{/*", "*/}"))
SCRIPT = re.compile(r"<(script|style)\b[^>]{0,2000}>.{0,50000}?</\1\s*>", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
IMAGE = re.compile(r"!\[([^\[\]]{0,1000})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,500}\")?\)")
LINK = re.compile(
    r"\[([^\[\]]{1,1000})\](?:\([^()\s]{0,2000}(?:\s+\"[^\"]{0,500}\")?\)|\[[^\[\]]{0,200}\])"
)
REFERENCE = re.compile(r"^ {0,3}\[[^\[\]\n]{1,200}\]:\s*\S+.*$", re.MULTILINE)
EMPHASIS = re.compile(r"(\*{1,3}|~~|`{1,3})(?=\S)(.{1,1000}?)(?<=\S)\1")
UNDERSCORES = re.compile(r"(?<![\w\\])(_{1,3})(?=\S)([^_\n]{1,1000}?)(?<=\S)\1(?!\w)")
RULE = re.compile(r"^ {0,3}(?:[-*_] ?){3,}$", re.MULTILINE)
QUOTE = re.compile(r"^ {0,3}(?:> ?)+", re.MULTILINE)
ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>])")


def read_text(data: bytes, sink: Sink) -> Facts:
    """A text file as one unit. Raises ``Unreadable`` when its encoding cannot be told."""
    text, remark = decode(data)
    facts = Facts(page_count=1, remark=remark)
    if not text.strip():
        facts.remark = ("empty", "There is no text in this file.")
    _page_by_page(text, sink, facts)
    return facts


def decode(data: bytes) -> tuple[str, tuple[str, str] | None]:
    """Text of ``data`` in UTF-8, UTF-16 or Windows-1252, and a remark when it had to be guessed.

    Raises ``Unreadable`` when none of them fits.
    """
    encoding = _utf16(data)
    remark: tuple[str, str] | None = None
    try:
        text = data.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        if encoding:
            raise Unreadable("damaged", "This text file is damaged (broken UTF-16).") from error
        text = windows_1252(data)
        remark = ("encoding", "Read as Windows-1252, because it is not UTF-8.")
    beginning = text[:100_000]
    if len(NOT_TEXT.findall(beginning)) > max(3, len(beginning) // 100):
        raise Unreadable("encoding", "This is not text: it holds control characters.")
    return text, remark


def read_markdown(data: bytes, sink: Sink) -> Facts:
    """Markdown (also MDX) by its headings, as the words people read. Title: front matter or #."""
    text, remark = decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    facts = Facts(remark=remark)
    front = FRONT_MATTER.match(text)
    if front:
        found = FRONT_TITLE.search(front.group(1))
        facts.title = found.group(1).strip().strip("\"'")[:200] if found else None
        text = text[front.end() :]
    sections = _sections(SCRIPT.sub(" ", _without_comments(text)))
    facts.page_count = len(sections)
    if len(sections) > sink.limits.pages:
        facts.truncated = (
            f"Only the first {sink.limits.pages} of {len(sections)} sections were read."
        )
    for number, section in enumerate(sections[: sink.limits.pages], start=1):
        heading = section.heading and readable(section.heading)
        if facts.title is None and section.level == 1:
            facts.title = heading[:200]
        body = section.words()
        kind = "heading" if heading else "text"
        sink.begin(number)
        sink.page(number, kind, heading or "Beginning", f"{heading}\n{body}" if heading else body)
    if not sections:
        facts.remark = ("empty", "There is no text in this file.")
    return facts


@dataclass(slots=True)
class _Section:
    level: int
    heading: str
    # Each piece says whether it is code, which is taken as it is.
    pieces: list[tuple[bool, str]] = field(default_factory=list)

    def words(self) -> str:
        return "\n".join(text if code else readable(text) for code, text in self._joined())

    def _joined(self) -> list[tuple[bool, str]]:
        joined: list[tuple[bool, list[str]]] = []
        for code, line in self.pieces:
            if not joined or joined[-1][0] != code:
                joined.append((code, []))
            joined[-1][1].append(line)
        return [(code, "\n".join(lines)) for code, lines in joined]


def _sections(text: str) -> list[_Section]:
    sections = [_Section(0, "")]
    fence = ""
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence):
                fence = ""
            else:
                sections[-1].pieces.append((True, line))
            continue
        if mark:
            fence = mark.group(1)
            continue
        heading = HEADING.match(line)
        if heading and len(heading.group(1)) <= DEEPEST_SECTION:
            sections.append(_Section(len(heading.group(1)), _heading_words(heading.group(2))))
        elif UNDERLINE.match(line) and _last_is_a_heading(sections[-1]):
            title = sections[-1].pieces.pop()[1]
            sections.append(_Section(1 if "=" in line else 2, title.strip()))
        elif not MODULE_LINE.match(line):
            sections[-1].pieces.append(
                (False, _heading_words(heading.group(2)) if heading else line)
            )
    return [s for s in sections if s.heading or s.words().strip()]


def _heading_words(words: str) -> str:
    """Without the closing marks that some put behind a heading."""
    words = words.strip()
    bare = words.rstrip("#")
    return bare.rstrip() if bare.endswith((" ", "\t")) or not bare else words


def _without_comments(text: str) -> str:
    for start, end in COMMENTS:
        pieces, at = [], 0
        while (begins := text.find(start, at)) >= 0:
            ends = text.find(end, begins + len(start))
            if ends < 0:
                break
            pieces.append(text[at:begins])
            at = ends + len(end)
        text = " ".join([*pieces, text[at:]])
    return text


def _is_table_rule(line: str) -> bool:
    """The line below a table's head, such as ``|---|:-:|``."""
    return "-" in line and "|" in line and not line.strip("|:- \t")


def _last_is_a_heading(section: _Section) -> bool:
    """Whether a line of = or - below makes the last line a heading: a paragraph of one line."""
    if not section.pieces:
        return False
    code, line = section.pieces[-1]
    before = section.pieces[-2][1].strip() if len(section.pieces) > 1 else ""
    return bool(not code and not before and re.match(r" {0,3}[^\s>|#*+-]", line))


def readable(markdown: str) -> str:
    """The words of ``markdown`` without its marks, addresses and HTML tags."""
    text = TAG.sub(" ", markdown)
    text = REFERENCE.sub("", RULE.sub("", QUOTE.sub("", text)))
    text = "\n".join(one for one in text.split("\n") if not _is_table_rule(one))
    text = IMAGE.sub(r"\1", text)
    for _ in range(2):  # a picture inside a link, bold around a link
        text = EMPHASIS.sub(r"\2", UNDERSCORES.sub(r"\2", LINK.sub(r"\1", text)))
    text = ESCAPE.sub(r"\1", text.replace("|", " ") if "|" in text else text)
    return html.unescape(text).strip()


def _utf16(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = data[:UTF16_SAMPLE]
    if len(sample) < 4 or len(data) % 2:
        return None
    # Western text in UTF-16 without a mark has a zero in every second byte.
    if sample[1::2].count(0) * 10 > len(sample) * 4 and sample[0::2].count(0) == 0:
        return "utf-16-le"
    if sample[0::2].count(0) * 10 > len(sample) * 4 and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def windows_1252(data: bytes) -> str:
    """Text of ``data`` in Windows-1252. Raises ``Unreadable`` when it is hardly that.

    Nearly any bytes can be read so, Cyrillic or mainframe text included, but what comes out then
    has few plain letters.
    """
    unknown = Unreadable("encoding", "The encoding of this text is not known. Save it as UTF-8.")
    beginning = data[:100_000]
    if sum(byte >= 0x80 for byte in beginning) > max(4, len(beginning) * 3 // 10):
        raise unknown
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise unknown from error


def _page_by_page(text: str, sink: Sink, facts: Facts) -> None:
    """Long texts go out in pieces, so that one unit stays below the limit of a page."""
    size = sink.limits.page_chars
    pieces = [text[start : start + size] for start in range(0, len(text), size)] or [""]
    for number, piece in enumerate(pieces, start=1):
        label = "Text" if len(pieces) == 1 else f"part {number}"
        sink.begin(number)
        sink.page(number, "text", label, piece)
    facts.page_count = len(pieces)
