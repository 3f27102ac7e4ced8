"""A wheel holds all that a running site needs, and finds it without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from sources import PACKAGES, ROOT

pytestmark = pytest.mark.xdist_group("wheel")  # one process builds it, once

SOURCES = ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
FOLDERS = (*PACKAGES, "templates", "migrations")
RENAMED = {
    "templates": "collateral_finder_templates",
    "migrations": "collateral_finder_migrations",
}
NOT_SHIPPED = ("app/static/scss/", "__pycache__", ".pyc", "app/static/vendor/.stamp")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, with the setuptools of the lock and no network."""
    place = tmp_path_factory.mktemp("build")
    for name in SOURCES:
        shutil.copy(ROOT / name, place)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    done = run(["-W", "ignore", "-c", build], place, dict(os.environ))
    return place / "dist" / done.splitlines()[-1]


@pytest.fixture(scope="module")
def held(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as an installer unpacks it."""
    place = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def run(arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.strip()


def wanted(folder: str) -> set[str]:
    """Every file below ``folder`` of the checkout, under its name in the wheel."""
    top, _, rest = folder.partition("/")
    return {
        "/".join((RENAMED.get(top, top), rest, path.relative_to(ROOT / folder).as_posix())).replace(
            "//", "/"
        )
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not any(mark in path.as_posix() for mark in NOT_SHIPPED)
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_of_the_checkout_is_in_the_wheel(folder: str, held: set[str]) -> None:
    assert wanted(folder) - held == set()


def test_nothing_else_is_in_the_wheel(held: set[str]) -> None:
    tops = {name.split("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        *PACKAGES,
        *RENAMED.values(),
    }
    assert [name for name in held if any(mark in name for mark in NOT_SHIPPED[:3])] == []


def test_front_end_files_are_in_the_wheel_once_they_are_built(held: set[str]) -> None:
    built = wanted("app/static/vendor")
    assert built, "run make install first: it builds app/static/vendor"
    assert built <= held


def test_an_installed_wheel_finds_its_folders(site: Path, tmp_path: Path) -> None:
    ask = "from app import paths as p; print(p.templates_dir(), p.migrations_dir(), p.static_dir())"
    answer = run(["-c", ask], tmp_path, {**os.environ, "PYTHONPATH": str(site)})
    assert answer.split() == [
        str(site / "collateral_finder_templates"),
        str(site / "collateral_finder_migrations"),
        str(site / "app" / "static"),
    ]


def test_an_installed_wheel_serves_pages(site: Path, tmp_path: Path) -> None:
    serve = (
        "from app import create_app\n"
        "from app.settings import from_env\n"
        "client = create_app(from_env()).test_client()\n"
        "print(client.get('/sign-in').status_code, client.get('/static/vendor/icons.svg').status)\n"
    )
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("FINDER_")},
        "PYTHONPATH": str(site),
        "FINDER_DATA_DIR": str(tmp_path / "data"),
    }
    assert run(["-W", "ignore", "-c", serve], tmp_path, environment) == "200 200 OK"


def test_the_command_is_installed_with_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "collateral-finder = app.cli:main" in archive.read(name).decode()
