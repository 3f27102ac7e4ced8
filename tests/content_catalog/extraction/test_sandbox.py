"""The child process can read what it was handed and answer. Nothing else."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from content_catalog.extraction import ExtractionPool, MediaKind, Outcome

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="these walls are made of parts of Linux"
)


@linux
def test_U16_the_child_has_no_way_out(files, pool, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FINDER_SECRET_KEY", "marker-of-the-secret")
    data = tmp_path / "data.db"
    data.write_text("the library")
    data.chmod(0o644)
    parent = Path(f"/proc/{os.getpid()}/environ")
    with ExtractionPool(1) as fresh:
        tried = fresh.probe(
            [data, parent, Path("/etc/passwd")], tmp_path / "written", files.pdf("x")
        )
    assert "marker-of-the-secret" not in str(tried)
    assert {name for name, _ in tried["environment"]} <= {
        "OPENBLAS_NUM_THREADS",
        "OMP_NUM_THREADS",
        "LC_CTYPE",
    }
    assert tried["user"] != 0
    assert tried["socket"] in ("EPERM", "EACCES")
    assert tried["program"] in ("EPERM", "EACCES")
    assert tried["signal"] in ("EPERM", "EACCES")
    assert set(tried["open"].values()) <= {"EPERM", "EACCES"}
    assert tried["write"] in ("EPERM", "EACCES")
    assert not (tmp_path / "written").exists()


def test_U16_every_child_says_which_walls_stand(pool) -> None:
    walls = pool.walls()
    assert walls[0] == "limits"
    assert set(walls) <= {"limits", "files", "calls", "network", "user"}


def test_R15_children_end_with_the_pool_and_leave_nothing(files) -> None:
    path, descriptors = files.pdf("x"), Path("/proc/self/fd")
    with ExtractionPool(1) as pool:
        pool.extract(path, MediaKind.PDF)
    before = sorted(descriptors.glob("*")) if descriptors.is_dir() else []
    with ExtractionPool(1) as pool:
        pool.extract(path, MediaKind.PDF)
        (child,) = [thing for thing in pool.children() if thing.alive()]
    assert not child.alive()
    assert (sorted(descriptors.glob("*")) if descriptors.is_dir() else []) == before


def test_threads_share_a_pool(files) -> None:
    paths = [files.pdf(f"file {n}", name=f"{n}.pdf") for n in range(12)]
    texts: dict[int, str] = {}

    def read(number: int) -> None:
        texts[number] = pool.extract(paths[number], MediaKind.PDF).pages[0].text

    with ExtractionPool(2) as pool:
        threads = [threading.Thread(target=read, args=(n,)) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert texts == {n: f"file {n}" for n in range(12)}


def test_a_file_that_is_not_there_is_the_callers_error(pool, files, tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        pool.extract(tmp_path / "missing.pdf", MediaKind.PDF)
    assert pool.extract(files.pdf("x"), MediaKind.PDF).outcome == Outcome.READ
