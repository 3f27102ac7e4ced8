"""Starting: what is wrong is said in a sentence before anything is touched."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import make
import pytest

from app import serving
from app.serving import CannotServe
from app.settings import Settings, SettingsError, from_env, prepare


def env(folder: Path, **more: str) -> dict[str, str]:
    return {"FINDER_DATA_DIR": str(folder), **more}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FINDER_PORT", "0"),
        ("FINDER_PORT", "70000"),
        ("FINDER_PORT", "http"),
        ("FINDER_HOST", "a b"),
        ("FINDER_DATABASE_URL", "mysql://x"),
        ("FINDER_DATABASE_URL", "sqlite:///"),
        ("FINDER_DATABASE_URL", "postgresql://db/finder"),
        ("FINDER_INDEX_URL", "elastic:9200"),
        ("FINDER_INDEX_URL", "whoosh:"),
        ("FINDER_FILES_URL", "s3://bucket"),
        ("FINDER_SECRET_KEY", "short"),
        ("FINDER_BASE_URL", "finder.example.com"),
        ("FINDER_DEMO", "yes"),
        ("FINDER_SITE_ZONE", "Mars/Olympus"),
        ("FINDER_MAIL_URL", "mail.example.com"),
        ("FINDER_TRUSTED_PROXIES", "-1"),
        ("FINDER_UPLOAD_LIMIT_MB", "0"),
        ("FINDER_USER_QUOTA_FILES", "many"),
        ("FINDER_THREADS", "1000"),
        ("FINDER_SEARCH_LOG_DAYS", "1.5"),
        ("FINDER_PROT", "8000"),
        ("FINDER_TEST_FAULT", "extracting"),
    ],
)
def test_R19_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    folder = tmp_path / "data"
    with pytest.raises(SettingsError) as caught:
        from_env(env(folder, **{name: value}))
    lines = str(caught.value).splitlines()
    assert len(lines) == 1
    assert name in lines[0]
    assert not folder.exists()


def test_R19_another_database_is_refused_in_so_many_words(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PostgreSQL is not supported yet"):
        from_env(env(tmp_path, FINDER_DATABASE_URL="postgresql://db/finder"))


def test_the_index_is_looked_after_where_it_lies(tmp_path: Path) -> None:
    elsewhere = tmp_path / "fast" / "index"
    assert from_env(env(tmp_path)).index_path == tmp_path / "index"
    assert from_env(env(tmp_path, FINDER_INDEX_URL=f"whoosh:{elsewhere}")).index_path == elsewhere


def test_R19_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    wrong = env(tmp_path, FINDER_PORT="x", FINDER_DEMO="x", FINDER_NONSENSE="x")
    with pytest.raises(SettingsError) as caught:
        from_env(wrong)
    assert len(str(caught.value).splitlines()) == 3


def test_R19_there_is_no_default_secret(tmp_path: Path) -> None:
    first, second = (from_env(env(tmp_path / name)) for name in ("a", "b"))
    assert first.secret_key != second.secret_key
    assert len(first.secret_key) >= 48
    assert from_env(env(tmp_path / "a")).secret_key == first.secret_key
    assert (tmp_path / "a" / "secret_key").stat().st_mode & 0o077 == 0
    assert first.secret_key not in repr(first)


def test_R19_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="FINDER_DATA_DIR"):
        from_env(env(tmp_path / "file" / "data"))


@pytest.fixture
def ready(tmp_path: Path) -> Settings:
    """A data folder that was served from before."""
    made = make.services(tmp_path / "data")
    make.upload(made, "# Zebra", "zebra.md")
    made.catalog.checkpoint()
    made.close()
    settings = prepare(Settings(data_dir=tmp_path / "data"))
    (settings.data_dir / "catalog.made").touch()
    return settings


def test_R06_a_database_that_is_gone_is_not_replaced_by_an_empty_one(ready: Settings) -> None:
    database = ready.data_dir / "catalog.db"
    database.unlink()
    with pytest.raises(CannotServe, match=r"missing.*backup"):
        serving.prepare(ready)
    assert not database.exists()


@pytest.mark.parametrize("damage", ["header", "middle", "cut", "empty"])
def test_R06_a_damaged_database_is_not_served_and_not_touched(ready: Settings, damage: str) -> None:
    database = ready.data_dir / "catalog.db"
    data = bytearray(database.read_bytes())
    if damage == "header":
        data[:64] = os.urandom(64)
    elif damage == "middle":
        data[4096:40960] = b"\xff" * 36864
    elif damage == "cut":
        del data[len(data) // 2 :]
    else:
        data.clear()
    database.write_bytes(bytes(data))
    with pytest.raises(CannotServe, match=r"(damaged|empty).*backup"):
        serving.prepare(ready)
    assert database.read_bytes() == bytes(data)


def test_a_new_folder_gets_its_tables_and_an_old_one_is_left_alone(tmp_path: Path) -> None:
    settings = prepare(Settings(data_dir=tmp_path / "new"))
    serving.prepare(settings)
    database = tmp_path / "new" / "catalog.db"
    connection = sqlite3.connect(database)
    assert connection.execute("SELECT count(*) FROM assets").fetchone() == (0,)
    connection.close()
    before = database.read_bytes()
    serving.prepare(settings)
    assert database.read_bytes() == before


def test_a_worker_without_a_database_says_what_to_run(tmp_path: Path) -> None:
    settings = prepare(Settings(data_dir=tmp_path))
    with pytest.raises(CannotServe, match="db upgrade"):
        serving.check_database(settings)
    assert not (tmp_path / "catalog.db").exists()


def test_a_taken_port_is_said_with_another_one_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = prepare(Settings(data_dir=tmp_path / "data", port=port))
        with pytest.raises(CannotServe, match=f"FINDER_PORT={port + 1}"):
            serving.serve(settings)
    assert not (tmp_path / "data" / "catalog.db").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_K13_K14_served_from_nothing_the_worker_killed_is_back_and_the_end_is_in_order(
    tmp_path: Path,
) -> None:
    """The command people run: pages, a worker beside them that is kept alive, and SIGTERM."""
    folder, port = tmp_path / "data", free_port()
    environ = {k: v for k, v in os.environ.items() if not k.startswith("FINDER_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve"],
        env=environ | env(folder, FINDER_PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        alive = folder / "worker.alive"
        wait_for(alive.exists, process)
        worker = int(alive.read_text())
        alive.unlink()
        os.kill(worker, signal.SIGKILL)
        assert answer(port, "/healthz") == 200  # the other goes on
        wait_for(alive.exists, process)
        assert int(alive.read_text()) != worker
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        assert f"http://127.0.0.1:{port}" in output
        assert "Traceback" not in output
        assert not Path(f"/proc/{alive.read_text()}").exists()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def answer(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
        return int(response.status)


def wait_for(done: object, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not done():  # type: ignore[operator]  # a function without arguments
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)
