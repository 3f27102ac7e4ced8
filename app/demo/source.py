"""The texts in ``content/``, each a head of ``key: value`` lines, ``---`` and a body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.demo import theme
from app.demo.letter import write_docx
from app.demo.model import DemoAsset
from app.demo.pdf_pages import Cover, write_pdf
from app.demo.slides import write_pptx
from app.demo.text import parse
from app.demo.workbook import write_xlsx

CONTENT = Path(__file__).parent / "content"

_WORDS = ("title", "summary", "use_when", "do_not_use_when", "talk_track")
_LISTS = (
    "personas",
    "stages",
    "tollgates",
    "industries",
    "products",
    "competitors",
    "regions",
    "languages",
    "tags",
)
_DAYS = {"published": "published_on", "review": "review_by", "expires": "expires_on"}
_KNOWN = {*_WORDS, *_LISTS, *_DAYS, "kind", "type", "label", "audience", "owner", "status"}
_KNOWN |= {"superseded_by", "use", "url", "file"}


@dataclass(frozen=True, slots=True)
class Source:
    """One text as it stands in its file."""

    name: str
    head: dict[str, str]
    body: str


def read(path: Path) -> Source:
    """Reads one file. A head line that is not ``key: value`` or not known raises ``ValueError``."""
    head_text, _, body = ("\n" + path.read_text(encoding="utf-8")).partition("\n---\n")
    head: dict[str, str] = {}
    for line in head_text.strip().splitlines():
        key, colon, value = line.partition(":")
        if not colon or key not in _KNOWN:
            raise ValueError(f"{path.name}: {line!r} is not a known 'key: value'")
        head[key] = value.strip()
    return Source(path.stem, head, body.strip() + "\n")


def library() -> tuple[DemoAsset, ...]:
    """Every asset, in order of its external id. A file ``name@1.md`` is the older body of
    ``name.md`` and stands under its head."""
    sources = {path.stem: read(path) for path in sorted(CONTENT.glob("*.md"))}
    return tuple(
        _asset(source, [old for old in sources.values() if old.name.startswith(f"{name}@")])
        for name, source in sources.items()
        if "@" not in name
    )


def _asset(source: Source, older: list[Source]) -> DemoAsset:
    head = source.head
    opened, _, downloaded = head.get("use", "0/0").partition("/")
    built = head["kind"] not in ("text", "link")
    fields: dict[str, Any] = {key: head.get(key, "") for key in _WORDS}
    fields |= {key: _split(head.get(key, "")) for key in _LISTS}
    fields |= {name: int(head[key]) for key, name in _DAYS.items() if head.get(key)}
    return DemoAsset(
        external_id=f"demo-{source.name}",
        content_type=head["type"],
        audience=head["audience"],
        owner=f"{head['owner']}@example.com",
        status=head.get("status", "published"),
        superseded_by=head.get("superseded_by"),
        opened=int(opened),
        downloaded=int(downloaded),
        build=partial(build, source, source.body) if built else None,
        earlier=tuple(partial(build, source, old.body) for old in older),
        markdown=source.body if head["kind"] == "text" else None,
        url=head.get("url"),
        **fields,
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def build(source: Source, body: str, folder: Path) -> Path:
    """Writes the source's file with this body into ``folder`` and answers its path.

    The same source always gives the same bytes.
    """
    head = source.head
    path = folder / f"{head.get('file', source.name)}.{head['kind']}"
    colours = theme.palette(head["type"], head["audience"])
    label = head.get("label", head["type"].replace("_", " "))
    internal = head["audience"] == "internal"
    if head["kind"] == "pdf":
        language = head.get("languages", "en").split(",")[0]
        cover = Cover(head["title"], head["summary"], label, language, internal)
        return write_pdf(path, cover, parse(body), colours)
    if head["kind"] == "xlsx":
        return write_xlsx(path, head["title"], head["summary"], body, colours)
    writers = {"pptx": write_pptx, "docx": write_docx}
    writer = writers[head["kind"]]
    return writer(path, head["title"], head["summary"], parse(body), colours, internal)
