"""What every command has in common: how it starts, how it ends, what ``--json`` prints."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from catalogs import database_with_words, empty_database
from click.testing import CliRunner, Result

from app.cli import main

ADD_MIRA = "user add mira@example.com --name Mira --role admin --side marketing"
NEED_TABLES = (
    "doctor",
    "index check",
    "index rebuild",
    "token add mira@example.com --name export",
    "taxonomy show",
    "demo remove",
    "worker --until-idle",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINDER_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def filled(folder: Path) -> Path:
    (folder / "catalog.db").write_bytes(empty_database())
    return folder


def run(line: str) -> Result:
    return CliRunner().invoke(main, line.split())


def answer(line: str) -> Any:
    """The object in the last line of what the command prints."""
    result = run(line)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("line", NEED_TABLES)
@pytest.mark.parametrize("file", [None, b""])
def test_without_tables_a_command_stops_with_one_sentence(
    folder: Path, line: str, file: bytes | None
) -> None:
    if file is not None:
        (folder / "catalog.db").write_bytes(file)
    result = run(line)
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.count("\n") == 1
    assert "collateral-finder db upgrade" in result.stderr


@pytest.mark.parametrize("line", NEED_TABLES)
def test_a_newer_database_is_refused_by_commands_too(filled: Path, line: str) -> None:
    with closing(sqlite3.connect(filled / "catalog.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    result = run(line)
    assert result.exit_code == 2
    assert "9999" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_commands_that_fill_a_library_make_its_tables_first(folder: Path) -> None:
    assert answer("taxonomy load --default --json")["terms_added"] > 50
    made = answer(f"{ADD_MIRA} --json")
    assert (made["email"], made["role"]) == ("mira@example.com", "admin")
    assert "/password/" in made["link"]
    token = answer("token add mira@example.com --name export --json")
    assert token["name"] == "export"
    assert len(token["token"]) > 20


def test_the_default_set_twice_changes_nothing(folder: Path) -> None:
    first = answer("taxonomy load --default --json")
    again = answer("taxonomy load --default --json")
    assert (again["terms_added"], again["terms_changed"]) == (0, 0)
    assert again["unchanged"] == first["terms_added"]
    shown = answer("taxonomy show --json")
    assert {"persona", "stage", "tollgate"} <= {d["slug"] for d in shown["dimensions"]}


@pytest.mark.parametrize("line", ["taxonomy load", "taxonomy load --default words.json"])
def test_a_taxonomy_comes_from_a_file_or_from_the_default_set(filled: Path, line: str) -> None:
    (filled / "words.json").write_text("{}")
    result = run(line.replace("words.json", str(filled / "words.json")))
    assert result.exit_code == 2
    assert "--default" in result.stderr


def test_the_database_commands_answer_in_json(folder: Path) -> None:
    assert answer("db current --json") == {"revision": None}
    revision = answer("db upgrade --json")["revision"]
    assert revision
    assert answer("db current --json") == {"revision": revision}
    assert answer("db downgrade base --json") == {"revision": None}
    refused = run("db downgrade")
    assert refused.exit_code == 2
    assert isinstance(refused.exception, SystemExit)


def test_the_demo_and_the_index_answer_in_json(filled: Path) -> None:
    assert answer("demo remove --json")["assets"] == 0
    assert answer("index rebuild --json") == {"documents": 0}
    assert answer("index check --json")["missing"] == []


def test_a_damaged_index_does_not_stop_the_check_from_ending(filled: Path) -> None:
    run("index rebuild")
    (filled / "index" / "CURRENT").write_text("nowhere")
    result = run("index check")
    assert result.exit_code == 1
    assert result.output.startswith("The index is broken")


def test_a_database_with_words_keeps_them_when_the_default_set_is_loaded(filled: Path) -> None:
    (filled / "catalog.db").write_bytes(database_with_words())
    assert answer("taxonomy load --default --json")["terms_changed"] == 0
