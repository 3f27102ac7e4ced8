from __future__ import annotations

import re
from pathlib import Path

import pytest
from catalogs import database_with_words
from click.testing import CliRunner, Result

from app.cli import main
from app.settings import Settings, prepare
from app.wiring import build
from content_catalog import NOBODY, SYSTEM, people

PASSWORD = "seven tidy otters whistle"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINDER_DATA_DIR", str(tmp_path))
    (tmp_path / "catalog.db").write_bytes(database_with_words())
    return tmp_path


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, list(words), input=typed)


def add(*more: str, email: str = "Mira@example.com", typed: str | None = None) -> Result:
    words = ("--name", "Mira Osei", "--role", "admin", "--side", "marketing")
    return run("user", "add", email, *words, *more, typed=typed)


def test_A06_the_first_admin_comes_from_the_command_line(folder: Path) -> None:
    assert add("--password-stdin", typed=PASSWORD + "\n").exit_code == 0
    services = build(prepare(Settings(data_dir=folder, index_url="whoosh:")))
    with services.catalog.work(NOBODY) as work:
        attempt = people.begin_sign_in(work, "mira@example.com", None)
    services.close()
    assert people.verify(attempt.password_hash, PASSWORD)


def test_without_a_password_a_link_is_printed(folder: Path) -> None:
    printed = add().output
    secret = re.search(r"http://127\.0\.0\.1:8000/password/([\w-]+)", printed)
    assert secret is not None
    services = build(prepare(Settings(data_dir=folder, index_url="whoosh:")))
    with services.catalog.look(SYSTEM) as look:
        link = people.password_link(look, secret[1])
    services.close()
    assert link is not None
    assert link.email == "mira@example.com"


@pytest.mark.parametrize(
    ("email", "typed", "said"),
    [
        ("mira@example.com", "password1234\n", "first that are guessed"),
        ("mira@example.com", "\n", "at least 12 characters"),
        ("no address", PASSWORD + "\n", "Expected an e-mail address"),
    ],
)
def test_what_cannot_be_added_is_said(folder: Path, email: str, typed: str, said: str) -> None:
    result = add("--password-stdin", email=email, typed=typed)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_the_same_address_twice_is_refused(folder: Path) -> None:
    assert add().exit_code == 0
    again = add(email="MIRA@example.com")
    assert again.exit_code == 2
    assert "already" in again.output


def test_a_token_is_printed_and_works(folder: Path) -> None:
    add()
    result = run("token", "add", "mira@example.com", "--name", "nightly export")
    assert result.exit_code == 0
    services = build(prepare(Settings(data_dir=folder, index_url="whoosh:")))
    with services.catalog.look(NOBODY) as look:
        actor = people.by_token(look, result.output.strip())
    services.close()
    assert actor is not None
    assert actor.email == "mira@example.com"


def test_a_token_for_nobody_is_refused(folder: Path) -> None:
    result = run("token", "add", "nobody@example.com", "--name", "x")
    assert result.exit_code == 2
    assert "There is no account nobody@example.com." in result.output
