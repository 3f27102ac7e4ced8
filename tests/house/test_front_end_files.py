"""The built front-end files: small, whole, and at home under the strict policy in a browser."""

from __future__ import annotations

import gzip
import re
import xml.etree.ElementTree as ElementTree
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from sources import ROOT, templates

VENDOR = ROOT / "app" / "static" / "vendor"
SVG = "{http://www.w3.org/2000/svg}"
BUDGET = {"bootstrap-parts.css": 14_000, "htmx.min.js": 19_000, "bootstrap.min.js": 18_000}


def tool(name: str) -> ModuleType:
    spec = spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


assets = tool("assets")
chromium = tool("chromium")


def icons() -> set[str]:
    return {*assets.icon_names((ROOT / "tools" / "icons.txt").read_text(encoding="utf-8"))}


def test_the_files_are_built_from_the_present_sources() -> None:
    assert assets.is_current(ROOT, assets.fingerprint(ROOT)), "run make install"


@pytest.mark.parametrize("name", BUDGET)
def test_a_file_keeps_its_budget(name: str) -> None:
    assert len(gzip.compress((VENDOR / name).read_bytes(), 6)) <= BUDGET[name]


def test_no_file_asks_for_another() -> None:
    css = (VENDOR / "bootstrap-parts.css").read_text(encoding="utf-8")
    assert re.findall(r"url\(|@import|data:", css) == []
    for script in VENDOR.glob("*.js"):
        assert "sourceMappingURL" not in script.read_text(encoding="utf-8")


def test_the_licences_travel_with_the_files() -> None:
    licences = (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    assert {"htmx", "Bootstrap", "Bootstrap Icons"} <= {*licences.splitlines()}


def test_the_sprite_holds_each_icon_of_the_list() -> None:
    root = ElementTree.parse(VENDOR / "icons.svg").getroot()
    symbols = root.findall(f"{SVG}symbol")
    assert {symbol.get("id") for symbol in symbols} == icons()
    assert all(symbol.get("viewBox") and len(symbol) for symbol in symbols)


def test_templates_use_only_icons_of_the_sprite() -> None:
    used = {
        name
        for text in templates().values()
        for pattern in (
            r"icons\.svg[^\"]*#([a-z0-9-]+)",
            r"\bicon(?:\(|_name=)\s*[\"']([a-z0-9-]+)",
        )
        for name in re.findall(pattern, text)
    }
    assert used - icons() == set()


def test_an_icon_that_does_not_exist_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(assets.AssetsError, match="no icon named flying-pig"):
        assets.sprite(["flying-pig"], tmp_path)


def test_a_changed_source_makes_the_files_stale(tmp_path: Path) -> None:
    for path in assets.INPUTS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    before = assets.fingerprint(tmp_path)
    with (tmp_path / assets.ICONS).open("a", encoding="utf-8") as names:
        names.write("alarm\n")
    assert before == assets.fingerprint(ROOT) != assets.fingerprint(tmp_path)


def test_a_missing_file_makes_the_folder_stale(tmp_path: Path) -> None:
    folder = tmp_path / assets.VENDOR
    folder.mkdir(parents=True)
    for name in assets.outputs():
        (folder / name).write_text("x", encoding="utf-8")
    (folder / ".stamp").write_text("here", encoding="ascii")
    assert assets.is_current(tmp_path, "here")
    (folder / "htmx.min.js").unlink()
    assert not assets.is_current(tmp_path, "here")


def test_CHROME_is_believed_or_refused(tmp_path: Path) -> None:
    browser = tmp_path / "my-browser"
    browser.write_text("#!/bin/sh\n", encoding="utf-8")
    browser.chmod(0o755)
    assert chromium.find({"CHROME": str(browser), "PATH": ""}) == str(browser)
    with pytest.raises(chromium.NoChromium, match="cannot be started"):
        chromium.find({"CHROME": str(tmp_path / "none"), "PATH": ""})


def test_a_browser_is_found_by_any_of_its_names(tmp_path: Path) -> None:
    assert chromium.find({"PATH": str(tmp_path)}) is None
    browser = tmp_path / "chromium-browser"
    browser.write_text("#!/bin/sh\n", encoding="utf-8")
    browser.chmod(0o755)
    assert chromium.find({"PATH": str(tmp_path)}) == str(browser)


@pytest.mark.parametrize(
    ("text", "answer"), [("ID=debian\n", True), ('NAME="x"\nID="ubuntu"\nID_LIKE=debian\n', False)]
)
def test_only_debian_itself_gets_packages(tmp_path: Path, text: str, answer: bool) -> None:
    (tmp_path / "os-release").write_text(text, encoding="utf-8")
    assert chromium.is_debian(tmp_path / "os-release") is answer
    assert chromium.is_debian(tmp_path / "missing") is False
