"""What templates print: marked text, Markdown, dates, sizes. Nothing a user typed becomes markup."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from sources import ROOT

from app import jinja
from app.wiring import EXTENSION
from content_catalog.database import open_catalog

NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "del", "code", "pre"),
    *("ul", "ol", "li", "blockquote", "a", "table", "thead", "tbody", "tr", "th", "td"),
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """A bare application whose site is in Tokyo, where the day is already the next one."""
    app = Flask("app", static_folder=str(ROOT / "app" / "static"))
    zone = ZoneInfo("Asia/Tokyo")
    catalog = open_catalog(f"sqlite:///{tmp_path / 'c.db'}", clock=lambda: NOW, zone=zone)
    app.extensions[EXTENSION] = SimpleNamespace(catalog=catalog)
    jinja.init_app(app)
    with app.test_request_context("/"):
        yield app
    catalog.close()


class Seen(HTMLParser):
    """Every element and attribute a browser would make of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def assert_harmless(markup: str) -> None:
    for tag, attributes in Seen(markup).elements:
        assert tag in TAGS, markup
        assert set(attributes) <= {"href", "title", "rel", "start"}, markup
        if tag == "a":
            assert attributes["rel"] == "nofollow noopener noreferrer"
        if href := attributes.get("href"):
            assert href.lower().startswith(("http:", "https:", "mailto:")), markup


# --- X01 ---------------------------------------------------------------------------------------

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><p><style><img src=x onerror=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example>",
    '<a href="javascript:alert(1)" onclick=alert(1)>x</a>',
    '<div hx-get="/x" data-hx-get="/y" hx-trigger="load">x</div>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<details open ontoggle=alert(1)>",
    "[x](javascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[ref]\n\n[ref]: javascript:alert(1) 'x'",
    '[x](http://a.example "q\' onmouseover=alert(1)")',
    '[x](http://a.example" onmouseover="alert(1))',
    '![x](x"onerror="alert(1))',
    "![x](http://tracker.example/pixel.png)",
    "<javascript:alert(1)>",
    "```\n<script>alert(1)</script>\n```",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "> <blink onclick=alert(1)>x",
    "a\x00b<\x00script>alert(1)</script>",
    "</p></div></main><form action=/sign-out method=post>",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_X01_markdown_makes_nothing_that_runs_or_leads_astray(text: str) -> None:
    assert_harmless(jinja.markdown(text))


@given(st.text(alphabet="<>[]()!\"'`*_#:/ \n\tajvscriptonerror=&;\\-|", max_size=200))
def test_X01_no_text_gets_through(text: str) -> None:
    assert_harmless(jinja.markdown(text))


def test_X01_raw_html_is_shown_as_it_was_typed() -> None:
    assert Seen(jinja.markdown("press <b>here</b>")).words.strip() == "press <b>here</b>"


@pytest.mark.parametrize(
    "piece", ["[", "![", "[][", "[a](", "[a](<", "[a][b]", "*a_b", "> ", "```\n", "<", "\\", "_a"]
)
def test_X01_ten_megabytes_of_markup_are_cut_and_quick(piece: str) -> None:
    started = time.monotonic()
    assert_harmless(jinja.markdown(piece * (10_000_000 // len(piece))))
    assert time.monotonic() - started < 15, "a hang guard: brackets alone took a minute once"


def test_markdown_keeps_what_writers_use() -> None:
    made = jinja.markdown(
        "# Head\n\nA **b** [c](https://d.example) and `e`\n\n* one\n* two\n\n|x|y|\n|-|-|\n|1|2|"
    )
    tags = [tag for tag, _ in Seen(made).elements]
    assert {"h2", "strong", "a", "code", "ul", "li", "table", "td"} <= set(tags)
    assert "h1" not in tags, "the page has its own"


# --- X03 ---------------------------------------------------------------------------------------


def test_X03_hits_are_marked_on_escaped_text() -> None:
    parts = (("<mark onmouseover=alert(1)>", False), ("pay<b>back", True), (" & more", False))
    assert jinja.marked(parts) == (
        "&lt;mark onmouseover=alert(1)&gt;<mark>pay&lt;b&gt;back</mark> &amp; more"
    )


def test_X03_templates_escape_what_they_are_given(app: Flask) -> None:
    template = app.jinja_env.from_string("{{ a }}{{ b | initials }}{{ c | host }}{{ icon(d) }}")
    bad = '"><script>'
    assert "<script>" not in template.render(a=bad, b=bad, c=f"http://{bad}", d=bad)


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (date(2026, 3, 3), "today"),
        (date(2026, 3, 2), "yesterday"),
        (date(2026, 2, 1), "30 days ago"),
        (date(2026, 1, 31), "31 Jan 2026"),
        (date(2026, 3, 6), "in 3 days"),
        (NOW, "today"),
        (datetime(2026, 3, 2, 14, 59, tzinfo=UTC), "yesterday"),
    ],
)
def test_dates_are_told_as_the_site_counts_days(
    app: Flask, moment: date | datetime, words: str
) -> None:
    assert Seen(jinja.ago(moment)).words == words


def test_the_full_time_is_in_the_title(app: Flask) -> None:
    [(_, attributes)] = Seen(jinja.ago(NOW)).elements
    assert attributes == {
        "datetime": "2026-03-02T23:30:00+00:00",
        "title": "3 Mar 2026, 08:30 JST",
    }


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (None, ""),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (18_400, "18 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (1_800_000, "1.8 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_sizes(size: int | None, words: str) -> None:
    assert jinja.file_size(size) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Nora Whitfield", "NW"), ("Lotte de Vries", "LV"), ("Cher", "C"), ("", "?"), ("‮ !", "?")],
)
def test_initials(name: str, letters: str) -> None:
    assert jinja.initials(name) == letters


def test_a_name_that_is_not_handed_over_is_an_error(app: Flask) -> None:
    with pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ page.titel }}").render(page={"title": "x"})


def test_the_address_of_a_file_changes_with_its_content(tmp_path: Path, app: Flask) -> None:
    app.static_folder = str(tmp_path)
    (tmp_path / "a.css").write_text("one")
    first = jinja.static_url("a.css")
    assert jinja.static_url("a.css") == first
    (tmp_path / "a.css").write_text("two, longer")
    g.pop("static_urls")  # as between two requests
    second = jinja.static_url("a.css")
    assert first.startswith("/static/a.css?v=")
    assert first != second
    assert jinja.static_url("gone.css") == "/static/gone.css"
