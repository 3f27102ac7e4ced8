"""Every setting stands in the README's table, and the table promises nothing else."""

from __future__ import annotations

import re

from sources import ROOT, modules, strings

from app.settings import ENVIRONMENT

NAME = re.compile(r"\bFINDER_[A-Z_]*[A-Z]\b")


def in_the_table() -> set[str]:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    first_cells = (line.split("|")[1] for line in lines if line.startswith("|"))
    return {name for cell in first_cells for name in NAME.findall(cell)}


def test_the_readme_lists_every_setting() -> None:
    assert set(ENVIRONMENT) - in_the_table() == set()


def test_the_readme_lists_no_setting_that_is_not_there() -> None:
    assert in_the_table() - set(ENVIRONMENT) == set()


def test_no_code_reads_a_setting_past_the_settings() -> None:
    read = {
        (path, name)
        for path, tree in modules().items()
        if path != "app/settings.py"
        for _, text in strings(tree)
        for name in NAME.findall(text)
        # What the tests switch on is no setting: an ordinary start refuses it.
        if text == name and name not in ENVIRONMENT and not name.startswith("FINDER_TEST_")
    }
    assert read == set()
