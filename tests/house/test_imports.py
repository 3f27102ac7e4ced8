"""The import contracts of setup.cfg exist, and hold for the code as it is."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from sources import PACKAGES, ROOT, modules

CONFIG = ROOT / "setup.cfg"
CONTRACTS = {
    "search-index-stands-alone": {"app", "content_catalog", "flask", "sqlalchemy", "wtforms"},
    "catalog-stands-alone": {"app", "search_index", "flask", "wtforms", "jinja2"},
    "edges-hold-no-tables": {"sqlalchemy", "whoosh"},
    "what-is-right-needs-no-database": {"sqlalchemy", "content_catalog.database"},
}


def config() -> ConfigParser:
    parser = ConfigParser()
    parser.read(CONFIG, encoding="utf-8")
    return parser


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the packages in ``folder``, with the contracts of setup.cfg."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", CONFIG],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_contracts_that_carry_the_house_are_there(name: str) -> None:
    forbidden = config()[f"importlinter:contract:{name}"]["forbidden_modules"].split()
    assert set(forbidden) >= CONTRACTS[name]


def test_all_three_packages_are_under_contract() -> None:
    assert set(config()["importlinter"]["root_packages"].split()) == set(PACKAGES)


def test_the_contracts_hold() -> None:
    done = check(ROOT)
    assert done.returncode == 0, done.stdout[-4000:]


def test_one_forbidden_import_breaks_a_contract(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    for path in modules():
        copy = tmp_path / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / path).read_bytes())
    with (tmp_path / "search_index" / "types.py").open("a", encoding="utf-8") as source:
        source.write("\nimport sqlalchemy\n")
    done = check(tmp_path)
    assert done.returncode == 1
    assert "search_index.types -> sqlalchemy" in done.stdout


def test_tests_are_no_packages() -> None:
    """Test files of several topics share names; importlib mode needs their folders to be plain."""
    assert [*(ROOT / "tests").rglob("__init__.py")] == []


def test_no_module_of_app_hides_a_topic_of_the_catalog() -> None:
    """``app/assets/`` would rebind the name ``assets`` inside ``app`` as soon as it is imported."""
    topics = {path.split("/")[1] for path in modules("content_catalog") if path.count("/") == 2}
    folders = {path.split("/")[1] for path in modules("app") if path.count("/") == 2}
    imported = {
        alias.asname or alias.name
        for node in ast.walk(modules("app")["app/__init__.py"])
        if isinstance(node, ast.ImportFrom) and node.module == "content_catalog"
        for alias in node.names
    }
    assert folders & topics & imported == set()
