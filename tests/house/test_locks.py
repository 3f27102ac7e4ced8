"""What is installed is what was reviewed: every package pinned by hash, no registry named."""

from __future__ import annotations

import json
import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from sources import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
HOST = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host")


def pins(lock: Path) -> dict[str, str]:
    """Version by normalised name."""
    text = lock.read_text(encoding="utf-8")
    found = (PIN.match(line) for line in text.splitlines())
    return {plain(match[1]): match[2] for match in found if match}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(lines: str) -> set[str]:
    """The package names that a requirement list asks for."""
    names = (re.match(r"[A-Za-z0-9._-]+", line.strip()) for line in lines.splitlines())
    return {plain(name[0]) for name in names if name and not name[0].startswith("-")}


def test_there_is_a_lock_for_every_list() -> None:
    assert {lock.stem for lock in LOCKS} >= {"base", "test", "bench", "uv", "node"}
    assert {lock.stem for lock in LOCKS} == {p.stem for p in (ROOT / "requirements").glob("*.in")}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_is_pinned_with_a_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8").strip())
    assert all(PIN.match(entry) and "--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_no_lock_names_a_registry(lock: Path) -> None:
    assert HOST.findall(lock.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_wanted_package_is_in_its_lock(lock: Path) -> None:
    wanted = direct(lock.with_suffix(".in").read_text(encoding="utf-8"))
    assert wanted <= pins(lock).keys()


def test_the_locks_agree_with_each_other() -> None:
    base = pins(ROOT / "requirements/base.txt")
    for name in ("test", "bench"):
        other = pins(ROOT / f"requirements/{name}.txt")
        assert {key: other[key] for key in other.keys() & base.keys()} == {
            key: base[key] for key in other.keys() & base.keys()
        }


def test_the_wheel_asks_for_what_the_lock_holds() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = direct(config["options"]["install_requires"])
    assert wanted == direct((ROOT / "requirements/base.in").read_text(encoding="utf-8"))


def test_the_build_tool_is_locked_and_new_enough() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    oldest = int(re.sub(r"\D", "", build["requires"][0]))
    assert int(pins(ROOT / "requirements/uv.txt")["setuptools"].split(".")[0]) >= oldest


def test_front_end_packages_are_exact_and_have_hashes() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    fetched = {name: entry for name, entry in lock.items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in fetched.values())
    assert all("resolved" not in entry for entry in fetched.values())
