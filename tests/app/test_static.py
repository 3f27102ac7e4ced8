"""The frame and its files: every component prints, within the budget, as the policy allows."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sites import Site, make_site
from sources import ROOT, templates

from app.views import dev

STATIC = ROOT / "app" / "static"
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with make_site(tmp_path, debug=True) as made:
        yield made


class Outline(HTMLParser):
    """Elements in order; remembers where tags do not pair up."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unpaired: list[str] = []
        self.feed(text)
        self.unpaired += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.unpaired.append(f"/{tag}")


def patterns(site: Site) -> Outline:
    answer = site.browser().get("/dev/patterns")
    assert answer.status_code == 200
    return Outline(answer.text)


def test_every_component_prints_well_formed_markup(site: Site) -> None:
    page = patterns(site)
    assert page.unpaired == []
    classes = {c for _, a in page.elements for c in (a.get("class") or "").split()}
    components = {
        *("cf-topbar", "cf-searchbox", "cf-typeahead", "cf-stage-rail", "cf-facets", "cf-facet"),
        *("cf-chips", "cf-result", "cf-stagemeter", "cf-peek", "cf-pages", "cf-viewer", "cf-zero"),
        *("cf-steps", "cf-table", "cf-groups", "cf-sheet", "cf-empty", "cf-error"),
        *("cf-matrix", "cf-cell", "cf-bars", "cf-legend", "cf-drill", "cf-spark"),
    }
    assert components <= classes


def test_a_card_with_a_picture_shows_its_page(site: Site) -> None:
    card = replace(dev.card(7, "Payback"), has_thumbnail=True)
    with site.app.test_request_context("/"):
        macros = site.app.jinja_env.get_template("_macros/asset.html").make_module()
        [picture] = [a for t, a in Outline(str(macros.thumb(card, 3))).elements if t == "img"]
    assert picture["src"] == "/assets/7/pages/3.webp?w=160&v=7"
    assert picture["loading"] == "lazy"


def test_ids_are_unique_and_references_lead_somewhere(site: Site) -> None:
    elements = patterns(site).elements
    ids = [a["id"] for _, a in elements if a.get("id")]
    assert sorted(ids) == sorted(set(ids))
    for attribute in (
        "for",
        "aria-describedby",
        "aria-labelledby",
        "aria-controls",
        "popovertarget",
    ):
        for _, a in elements:
            for target in (a.get(attribute) or "").split():
                assert target in ids, (attribute, target)


def test_every_control_has_a_label(site: Site) -> None:
    page = patterns(site)
    labelled = {a.get("for") for tag, a in page.elements if tag == "label"}
    for tag, a in page.elements:
        plain = tag in {"select", "textarea"} or (
            tag == "input" and a.get("type") not in {"hidden", "checkbox", "radio", "submit"}
        )
        if plain:
            assert a.get("id") in labelled or a.get("aria-label"), a


def test_forms_that_change_something_carry_a_token(site: Site) -> None:
    text = site.browser().get("/dev/patterns").text
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL)
    assert forms
    assert all('name="csrf_token"' in form for form in forms)


def test_the_patterns_page_is_not_served_otherwise(tmp_path: Path) -> None:
    with make_site(tmp_path) as site:
        assert site.browser().get("/dev/patterns").status_code == 404


def test_X04_pages_name_only_files_of_our_own(site: Site) -> None:
    page = patterns(site)
    for tag, a in page.elements:
        assert "style" not in a
        assert not [name for name in a if name.startswith("on")]
        if tag in {"script", "link", "img", "use"}:
            address = a.get("src") or a.get("href") or ""
            assert address.startswith("/"), address
            assert not address.startswith("//"), address


def test_X06_htmx_may_not_evaluate_nor_leave_the_site(site: Site) -> None:
    found = next(a for _, a in patterns(site).elements if a.get("name") == "htmx-config")
    config = json.loads(found["content"] or "")
    assert config["allowEval"] is False
    assert config["selfRequestsOnly"] is True
    assert config["includeIndicatorStyles"] is False
    assert config["historyCacheSize"] == 0
    swapped = {rule["code"] for rule in config["responseHandling"] if rule["swap"]}
    assert swapped == {"[23]..", "422", "409"}


def test_static_files_are_kept_for_a_year_under_an_address_of_their_content(site: Site) -> None:
    page = patterns(site)
    sheets = [a["href"] or "" for tag, a in page.elements if a.get("rel") == "stylesheet"]
    assert len(sheets) == 2
    for address in sheets:
        assert re.search(r"\?v=[0-9a-f]{12}$", address)
    answer = site.browser().get(sheets[-1], buffered=True)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(("theme", "shown"), [("dark", "dark"), ("light", "light"), ("x", None)])
def test_the_theme_is_in_the_first_byte(site: Site, theme: str, shown: str | None) -> None:
    browser = site.browser()
    browser.client.set_cookie("theme", theme)
    html = next(a for t, a in Outline(browser.get("/dev/patterns").text).elements if t == "html")
    assert html.get("data-bs-theme") == shown


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_styles_and_script_stay_within_the_budget() -> None:
    assert packed(STATIC / "app.css") <= 14_000
    assert packed(STATIC / "app.js") <= 8_000
    vendor = STATIC / "vendor"
    if vendor.is_dir():
        assert packed(STATIC / "app.css") + packed(vendor / "bootstrap-parts.css") <= 35_000
        assert packed(STATIC / "app.js") + packed(vendor / "htmx.min.js") <= 45_000


def test_X04_the_stylesheet_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|data:", (STATIC / "app.css").read_text())


def test_every_icon_that_a_template_names_is_in_the_list() -> None:
    known = set((ROOT / "tools" / "icons.txt").read_text().split("\n"))
    named = {
        name
        for text in templates().values()
        for call in re.findall(r"\bicon\(([^)]*)\)", text)
        for name in re.findall(r"\"([a-z0-9-]+)\"", call)
    }
    states = {"fresh", "danger", "warning", "success", "info"}
    assert {name for name in named - states if name not in known} == set()


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    *(("ink", ground, 4.5) for ground in ("bg", "surface", "surface-2", "surface-3")),
    *(("ink-2", ground, 4.5) for ground in ("bg", "surface", "surface-2", "surface-3")),
    *(("ink-3", ground, 4.5) for ground in ("bg", "surface", "surface-2")),
    *(("accent", ground, 4.5) for ground in ("bg", "surface")),
    ("accent-ink", "accent-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-hover", 4.5),
    *((name, f"{name}-soft", 4.5) for name in ("good", "warn", "bad")),
    *((name, "surface", 4.5) for name in ("good", "warn", "bad")),
    ("mark-ink", "mark", 4.5),
    ("ink-2", "accent-soft", 4.5),
    ("ink-3", "accent-soft", 4.5),
    ("line-strong", "surface", 3.0),
    ("focus", "surface", 3.0),
]


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_colours_can_be_read_in_both_themes(front: str, ground: str, least: float) -> None:
    css = (STATIC / "app.css").read_text()
    tokens = {
        name: (light, dark)
        for name, light, dark in re.findall(
            r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css
        )
    }
    for theme in (0, 1):
        assert contrast(tokens[front][theme], tokens[ground][theme]) >= least, ("light", "dark")[
            theme
        ]
