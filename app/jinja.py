"""What templates may use beside the values they are given: words for dates and sizes, marked text,
addresses of static files, icons. Nothing here asks the database.

``markdown`` and ``marked`` are the only two that return markup; both escape or sanitise what
they are given.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import nh3
from flask import Flask, current_app, g, request, url_for
from jinja2 import StrictUndefined
from markdown import Markdown
from markupsafe import Markup, escape

from app import words
from app.wiring import services
from content_catalog.assets.types import MARKDOWN_LIMIT
from content_catalog.clock import site_date

_TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "del", "code", "pre"),
    *("ul", "ol", "li", "blockquote", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
# A tag as the sanitiser writes it: values in double quotes, and "<" in text is always escaped.
_TAG = re.compile(r'(<[a-z][a-z0-9]*(?: [a-z]+="[^"]*")*>|</[a-z][a-z0-9]*>)')
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
_STEPS = 300_000
_HEAD_START = 1  # the page has its own h1, so a text's headings begin one level lower
_FILE_WORDS = {
    "md": "Markdown",
    "txt": "Text",
    "jpg": "Image",
    "png": "Image",
    "webp": "Image",
    "mp4": "Video",
    "webm": "Video",
    "link": "Link",
    "text": "Text",
}
_FILE_ICONS = {
    "pdf": "file-earmark-pdf",
    "pptx": "file-earmark-slides",
    "docx": "file-earmark-word",
    "xlsx": "file-earmark-spreadsheet",
    "csv": "file-earmark-spreadsheet",
    "png": "file-earmark-image",
    "jpg": "file-earmark-image",
    "webp": "file-earmark-image",
    "mp4": "file-earmark-play",
    "webm": "file-earmark-play",
    "link": "link-45deg",
}
_WIDE = frozenset({"pptx", "xlsx", "csv", "mp4", "webm", "link", "png", "jpg", "webp"})


def init_app(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        ago=ago,
        day=day,
        time=time,
        file_size=file_size,
        file_kind=file_kind,
        file_icon=file_icon,
        host=host,
        initials=initials,
        listed=words.listed,
        marked=marked,
        markdown=markdown,
        plural=words.plural,
        within=words.within,
        is_wide=is_wide,
    )
    app.jinja_env.globals.update(
        icon=icon,
        idempotency_key=idempotency_key,
        here=here,
        is_dev=lambda: "dev" in current_app.blueprints,
        static_url=static_url,
        today=today,
    )


def today() -> date:
    """The calendar day at the site."""
    catalog = services().catalog
    return site_date(catalog.clock(), catalog.zone)


def _site_zone() -> ZoneInfo:
    return services().catalog.zone


def ago(moment: date | datetime) -> Markup:
    """ "12 days ago" up to 30 days, then "11 Nov 2026", with the full time in ``title``."""
    if isinstance(moment, datetime):
        local = moment.astimezone(_site_zone())
        shown, exact, full = local.date(), moment.isoformat(), time(moment)
    else:
        shown, exact, full = moment, moment.isoformat(), day(moment)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact, full, words.ago(shown, today())
    )


def day(moment: date | datetime) -> str:
    """ "11 Nov 2026", at the site."""
    at = moment.astimezone(_site_zone()) if isinstance(moment, datetime) else moment
    return words.calendar_day(at)


def time(moment: datetime) -> str:
    """ "11 Nov 2026, 14:05 CET", at the site."""
    return f"{day(moment)}, {moment.astimezone(_site_zone()):%H:%M %Z}"


def file_size(size: int | None) -> str:
    """ "512 B", "18 KB", "1.8 MB", as file managers show them; empty for ``None``."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{size / 1000:.0f} KB"
    if size < 999_500_000:
        return f"{size / 1e6:.1f} MB"
    return f"{size / 1e9:.1f} GB"


def file_kind(kind: str) -> str:
    """The word for a format: "PDF", "Image", "Link"."""
    return _FILE_WORDS.get(kind, kind.upper() or "File")


def file_icon(kind: str) -> str:
    """The icon's name for a format."""
    return _FILE_ICONS.get(kind, "file-earmark-text")


def is_wide(kind: str) -> bool:
    """Whether a thumbnail of this format lies rather than stands."""
    return kind in _WIDE


def initials(name: str) -> str:
    """ "MO" for Mira Osei; "?" for nobody."""
    parts = [part for part in name.split() if part[0].isalnum()]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper() or "?"


def host(url: str) -> str:
    """The host of an address, as a reader should see where a link leads."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def marked(parts: Iterable[tuple[str, bool]]) -> Markup:
    """(text, is_hit) pairs as escaped text with the hits in ``<mark>``."""
    return Markup("").join(
        Markup("<mark>{}</mark>").format(text) if is_hit else escape(text) for text, is_hit in parts
    )


def markdown(text: str) -> Markup:
    """Markdown as safe markup: raw HTML shows as text, links are http, https or mailto only.

    Text over the cap of an asset's Markdown is cut. Headings begin at ``h2``.
    """
    return Markup(_rendered(text[:MARKDOWN_LIMIT]))


def marked_markdown(text: str, hits: Callable[[str], Iterable[tuple[str, bool]]]) -> Markup:
    """The same, with the hits in ``<mark>``; ``hits`` parts a text into (text, is_hit) pairs.

    Only text between tags is touched, so a hit never opens or closes one.
    """
    pieces = _TAG.split(str(markdown(text)))
    return Markup("").join(
        Markup(piece) if at % 2 else marked(hits(unescape(piece)))
        for at, piece in enumerate(pieces)
    )


@lru_cache(maxsize=256)
def _rendered(text: str) -> str:
    if _is_tangled(text):
        return _plain(text)
    engine = Markdown(extensions=["tables", "sane_lists", "fenced_code"], output_format="html")
    # Raw HTML is not Markdown here: without these two it is ordinary text and gets escaped.
    engine.preprocessors.deregister("html_block")
    for name in ("html", "image_link", "image_reference", "short_image_ref"):
        engine.inlinePatterns.deregister(name)
    return nh3.clean(
        _lowered(engine.convert(text)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )


def _allowed(_tag: str, attribute: str, value: str) -> str | None:
    """A link goes to another site or to a mailbox; an address without a scheme goes nowhere."""
    if attribute == "href" and value.partition(":")[0].strip().lower() not in _SCHEMES:
        return None
    return value


def _is_tangled(text: str) -> bool:
    """Whether looking for the ends of links would take long: each ``[`` makes the engine read on to
    its ``]`` or to the end of the block, so 20 000 open ones took it a minute."""
    steps = 0
    for block in re.split(r"\n[ \t]*\n", text):
        brackets: list[int] = []
        targets: list[int] = []
        for found in re.finditer(r"\\.|\[|\]\(?|\)", block, re.DOTALL):
            at, kind = found.start(), found[0]
            if kind == "[":
                brackets.append(at)
            elif kind == ")":
                steps += sum(at - start for start in targets)
                targets.clear()
            elif kind[0] == "]":
                steps += at - brackets.pop() if brackets else 0
                targets += [at] if kind == "](" else []
        steps += sum(len(block) - start for start in (*brackets, *targets))
    return steps > _STEPS


def _plain(text: str) -> str:
    blocks = (block for block in re.split(r"\n[ \t]*\n", text) if block.strip())
    return "".join(f"<p>{escape(block)}</p>" for block in blocks)


def _lowered(html: str) -> str:
    for level in range(6 - _HEAD_START, 0, -1):
        html = html.replace(f"<h{level}>", f"<h{level + _HEAD_START}>")
        html = html.replace(f"</h{level}>", f"</h{level + _HEAD_START}>")
    return html


def icon(name: str, large: bool = False) -> Markup:
    """A symbol of the sprite, decoration only: the word stands beside it or in a label."""
    return _icon(static_url("vendor/icons.svg"), name, large)


@lru_cache(maxsize=512)  # a page has over a hundred, of a few dozen kinds
def _icon(sprite: str, name: str, large: bool) -> Markup:
    return Markup('<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        " i-lg" if large else "", sprite, name
    )


def static_url(name: str) -> str:
    """The address of a static file with a hash of its content, so that it can be kept a year.

    Worked out once in a request: a page asks for the same few files again and again.
    """
    known: dict[str, str] = g.setdefault("static_urls", {})
    if name not in known:
        known[name] = _static_url(name)
    return known[name]


def _static_url(name: str) -> str:
    root = Path(current_app.static_folder or "")
    path = root / name
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return url_for("static", filename=name)  # the browser's 404 names the file
    return url_for("static", filename=name, v=_digest(path, changed))


@lru_cache(maxsize=64)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def idempotency_key() -> str:
    """A fresh key for one form: sent twice, it changes things once."""
    return secrets.token_urlsafe(18)


def here(*endpoints: str) -> bool:
    """Whether this request is for one of these endpoints or blueprints; for the current tab."""
    asked: Sequence[str] = (request.endpoint or "", request.blueprint or "")
    return any(name in asked for name in endpoints)
