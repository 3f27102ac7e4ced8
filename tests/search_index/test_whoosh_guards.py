"""What is done so that Whoosh's known faults do not reach us, and what happens to a broken index."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import whoosh.util
from make_document import document, found, matches, put, query

from search_index import Document, IndexUnavailable, SearchIndex, open_index, writing
from search_index.whoosh_engine import WhooshIndex

Opener = Callable[[], SearchIndex]


def generation_folder(root: Path) -> Path:
    """The folder of the present generation."""
    return root / (root / "CURRENT").read_text()


def library(count: int = 30) -> list[Document]:
    """Documents with enough text that a segment has a middle to damage."""
    choose = random.Random(1)
    words = [f"word{n}" for n in range(900)]
    return [
        document(n, f"Payback {n}", " ".join(choose.choices(words, k=300)))
        for n in range(1, count + 1)
    ]


# Guards of DESIGN


def test_exactly_one_distribution_provides_whoosh() -> None:
    assert len(importlib.metadata.packages_distributions()["whoosh"]) == 1


def test_a_seeded_generator_does_not_make_segment_names_clash(on_disk: Opener) -> None:
    assert isinstance(whoosh.util.random, random.SystemRandom)
    index = on_disk()
    for number in range(1, 6):
        random.seed(42)
        np.random.seed(42)
        put(index, document(number))
    assert index.state().documents == 5


def test_Q10_forked_writers_one_after_the_other(on_disk: Opener) -> None:
    put(on_disk(), document(1, revision=0))
    for child in (1, 2):
        pid = os.fork()
        if pid == 0:
            try:
                index = on_disk()
                with index.batch() as batch:
                    for revision in range(5):
                        batch.put(document(1, revision=10 * child + revision))
                os._exit(0)
            except BaseException:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0
    assert on_disk().revisions() == {1: [24]}


def test_another_process_cannot_write_meanwhile_and_the_lock_dies_with_its_holder(
    tmp_path: Path, on_disk: Opener
) -> None:
    put(on_disk(), document(1))
    holder = _process(
        tmp_path,
        """
        with index.batch():
            print("held", flush=True)
            time.sleep(60)
        """,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Exception, match="another process is writing"), on_disk().batch():
        pass
    assert matches(on_disk(), "asset") == {1}
    holder.kill()
    holder.communicate()
    put(on_disk(), document(2))
    assert matches(on_disk(), "asset") == {1, 2}


def test_a_failing_commit_is_cancelled_and_the_next_one_works(
    on_disk: Opener, tmp_path: Path
) -> None:
    index = on_disk()
    put(index, document(1))
    folder = generation_folder(tmp_path / "index")
    with pytest.raises(TypeError):  # the caller's mistake, and said so
        put(index, document(2, facets={"stage": (object(),)}))
    (folder / "MAIN.tmp").mkdir(exist_ok=True)
    (folder / "MAIN.tmp").rename(folder / "aside")
    (folder / "MAIN.tmp").write_text("in the way")  # now the writer itself cannot start
    with pytest.raises(IndexUnavailable):
        put(index, document(3))
    (folder / "MAIN.tmp").unlink()
    put(index, document(4))
    assert matches(index, "asset") == {1, 4}
    index.verify()


def test_damage_of_the_past_is_healed_by_the_next_change(index: SearchIndex) -> None:
    assert isinstance(index, WhooshIndex)
    with index.rebuild([document(1, revision=1), document(2)]):
        pass
    with index.batch() as batch:  # the same id twice, as an earlier fault could leave it
        batch.put(document(3, "Twin", revision=1))
    snapshot = index._present()
    snapshot.leaves[-1].ids[:] = 1
    snapshot.__dict__.pop("ids", None)
    assert sorted(index.revisions()[1]) == [1, 1]
    put(index, document(1, "Healed", revision=2))
    assert index.revisions()[1] == [2]


# Private folder


def test_R10_the_folder_is_private(on_disk: Opener, tmp_path: Path) -> None:
    put(on_disk(), document(1))
    root = tmp_path / "index"
    assert root.stat().st_mode & 0o777 == 0o700
    assert generation_folder(root).stat().st_mode & 0o777 == 0o700
    root.chmod(0o755)
    on_disk()
    assert root.stat().st_mode & 0o777 == 0o700


class _Marker:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (str(self.path),))


def test_R10_a_planted_pickle_is_not_loaded(on_disk: Opener, tmp_path: Path) -> None:
    put(on_disk(), document(1))
    marker = tmp_path / "marker"
    for file in generation_folder(tmp_path / "index").glob("*.toc"):
        file.write_bytes(pickle.dumps(_Marker(marker)))
    for file in generation_folder(tmp_path / "index").glob("*.seg"):
        file.write_bytes(pickle.dumps(_Marker(marker)))
    with pytest.raises(IndexUnavailable):
        on_disk().search(query())
    assert not marker.exists()


# Damage


def _segment(root: Path) -> Path:
    return next(generation_folder(root).glob("*.seg"))


def _toc(root: Path) -> Path:
    return next(generation_folder(root).glob("*.toc"))


def _zero_middle(file: Path) -> None:
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    file.write_bytes(data)


def _other_version(root: Path) -> None:
    file = next(generation_folder(root).glob("manifest-*.json"))
    file.write_text(json.dumps(json.loads(file.read_text()) | {"fingerprint": "another"}))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "deleted": shutil.rmtree,
    "generation deleted": lambda root: shutil.rmtree(generation_folder(root)),
    "segment deleted": lambda root: _segment(root).unlink(),
    "segment truncated": lambda root: os.truncate(_segment(root), 500),
    "segment zeroed": lambda root: _zero_middle(_segment(root)),
    "segment empty": lambda root: _segment(root).write_bytes(b""),
    "contents missing": lambda root: _toc(root).unlink(),
    "contents garbage": lambda root: _toc(root).write_bytes(os.urandom(300)),
    "contents cut": lambda root: os.truncate(_toc(root), 20),
    "manifest missing": lambda root: next(generation_folder(root).glob("manifest*")).unlink(),
    "manifest garbage": lambda root: next(generation_folder(root).glob("manifest*")).write_text(
        "{"
    ),
    "pointer garbage": lambda root: (root / "CURRENT").write_bytes(b"\xff\x00../.."),
    "pointer missing": lambda root: (root / "CURRENT").unlink(),
    "wrong version": _other_version,
    "folder is a file": lambda root: (shutil.rmtree(root), root.write_text("x")),
    "generation is a file": lambda root: (
        shutil.rmtree(folder := generation_folder(root)),
        folder.write_text("x"),
    ),
}


def _mend(root: Path) -> None:
    if root.is_file():
        root.unlink()


@pytest.mark.parametrize("damage", DAMAGES)
def test_R08_a_damaged_index_is_noticed_and_rebuilt(
    on_disk: Opener, tmp_path: Path, damage: str
) -> None:
    root = tmp_path / "index"
    put(on_disk(), *library())
    DAMAGES[damage](root)
    fresh = on_disk()
    if damage in ("deleted", "folder is a file"):
        # A new process makes a new, empty index, a file in its place put aside; its revisions tell.
        assert fresh.revisions() == {}
    else:
        for ask in (fresh.state, fresh.verify, lambda: fresh.search(query("payback"))):
            with pytest.raises(IndexUnavailable):
                ask()
        with pytest.raises(IndexUnavailable), fresh.batch():
            pass
    with fresh.rebuild(library()):
        pass
    assert len(fresh.revisions()) == 30
    fresh.verify()
    assert matches(on_disk(), "payback") == set(range(1, 31))


@pytest.mark.parametrize("damage", sorted(set(DAMAGES) - {"contents cut"}))
def test_R08_a_running_index_answers_or_says_that_it_is_unavailable(
    on_disk: Opener, tmp_path: Path, damage: str
) -> None:
    root = tmp_path / "index"
    index = on_disk()
    put(index, *library())
    assert found(index, "payback")
    DAMAGES[damage](root)
    for text in ("payback", "word1 word2", '"word3 word4"', "wrd5", ""):
        with contextlib.suppress(IndexUnavailable):  # anything else would be an error on the page
            index.search(query(text))
            index.complete("pay", query(), 5)
            index.similar(1, query(), 5)
    with pytest.raises(IndexUnavailable):
        index.verify()
    _mend(root)
    with index.rebuild(library()):
        pass
    assert matches(index, "payback") == set(range(1, 31))


def test_R08_a_lock_file_left_behind_hinders_nobody(on_disk: Opener, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "LOCK").write_text("left")
    index = on_disk()
    with index.rebuild([document(1)]):
        pass
    (generation_folder(tmp_path / "index") / "MAIN_WRITELOCK").write_text("left")
    put(index, document(2))
    assert matches(index) == {1, 2}


def test_R09_silent_damage_is_found_by_the_manifest(on_disk: Opener, tmp_path: Path) -> None:
    index = on_disk()
    put(index, *library())
    index.verify()
    segment = _segment(tmp_path / "index")
    for at in (0, segment.stat().st_size // 2, segment.stat().st_size - 1):
        data = bytearray(segment.read_bytes())
        data[at] ^= 1
        segment.write_bytes(data)
        with pytest.raises(IndexUnavailable, match="damaged"):
            index.verify()
        data[at] ^= 1
        segment.write_bytes(data)
    index.verify()


# Kill


def _process(tmp_path: Path, body: str) -> subprocess.Popen[str]:
    code = f"""
import sys, time
sys.path[:0] = {sys.path!r}
from make_document import document
from search_index import open_index
index = open_index("whoosh:{tmp_path / "index"}")
{textwrap.dedent(body)}
"""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_K07_killed_while_writing_the_index_has_the_old_or_the_new(
    on_disk: Opener, tmp_path: Path
) -> None:
    put(on_disk(), document(0, revision=0))
    choose = random.Random()
    acknowledged = 0
    for _ in range(5):
        writer = _process(
            tmp_path,
            f"""
            for revision in range({acknowledged} + 1, 100_000):
                with index.batch() as batch:
                    for number in range(3):
                        batch.put(document(number, "Payback", "some text " * 50, revision=revision))
                print(revision, flush=True)
            """,
        )
        assert writer.stdout is not None
        acknowledged = int(writer.stdout.readline())
        time.sleep(choose.uniform(0, 0.15))
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, writer.communicate()[0].split())])
        index = on_disk()
        index.verify()
        revisions = {tuple(value) for value in index.revisions().values()}
        assert revisions in ({(acknowledged,)}, {(acknowledged + 1,)})
        assert matches(index, "payback") == {0, 1, 2}
        (acknowledged,) = revisions.pop()
    index = on_disk()
    put(index, document(9))
    folder = generation_folder(tmp_path / "index")
    alive = {leaf.name for leaf in index._present().leaves}  # type: ignore[attr-defined]  # files
    assert {file.name.split(".")[0] for file in folder.glob("MAIN_*.*")} <= alive


def test_K07_killed_while_rebuilding_the_present_index_stays(
    on_disk: Opener, tmp_path: Path
) -> None:
    put(on_disk(), document(1, "Payback"))
    writer = _process(
        tmp_path,
        """
        def documents():
            yield document(2, "New")
            print("filling", flush=True)
            time.sleep(60)
        with index.rebuild(documents()):
            pass
        """,
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()
    index = on_disk()
    assert matches(index, "payback") == {1}
    with index.rebuild([document(3)]):
        pass
    assert len(list((tmp_path / "index").glob("g-*"))) == 1


# Readers and writers at once


def test_readers_see_whole_batches_while_another_writes_and_rebuilds(on_disk: Opener) -> None:
    reader, writer = on_disk(), on_disk()
    put(writer, *(document(n, "Payback", revision=0) for n in range(5)))
    stop, wrong = threading.Event(), list[object]()

    def read() -> None:
        while not stop.is_set():
            try:
                revisions = {revision for (revision,) in reader.revisions().values()}
                if len(revisions) != 1 or len(found(reader, "payback")) != 5:
                    wrong.append(revisions)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for revision in range(1, 30):
        documents = [document(n, "Payback", revision=revision) for n in range(5)]
        if revision % 7:
            put(writer, *documents)
        else:
            with writer.rebuild(documents):
                pass
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert {revision for (revision,) in reader.revisions().values()} == {29}


def test_another_process_sees_a_commit_at_its_next_search(on_disk: Opener) -> None:
    reader, writer = on_disk(), on_disk()
    for number in range(1, 20):  # faster than a folder's time may tick
        put(writer, document(number, "Payback"))
        assert reader.state().documents == number
        assert len(matches(reader, "payback")) == number


# Time


@pytest.fixture
def slow() -> Iterator[SearchIndex]:
    index = WhooshIndex(None, time_limit=0.0)
    put(index, *(document(n, "Payback story") for n in range(50)))
    yield index
    index.close()


def test_Q02_out_of_time_the_answer_is_partial_and_the_next_one_is_not_hindered(
    slow: SearchIndex,
) -> None:
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(slow.search(query("payback")).partial))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert results == [True] * 20
    patient = open_index("whoosh:")
    put(patient, document(1, "Payback story"))
    assert not patient.search(query("payback")).partial


def test_a_word_with_very_many_completions_is_bounded() -> None:
    index = open_index("whoosh:")
    put(index, *(document(n, f"cat{chr(97 + n % 26)}{chr(97 + n // 26)}") for n in range(500)))
    page = index.search(query("cat", typing=True))
    assert 90 < page.total < 110


def test_a_large_rebuild_closes_segments_as_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SEGMENT_MENTIONS", 2_000)  # words a segment may have
    index = WhooshIndex(None)
    with index.rebuild(library()):
        pass
    assert len(index._present().leaves) > 3
    assert matches(index, "payback") == set(range(1, 31))
    for number in (1, 15, 30):
        assert found(index, f'"payback {number}"') == [number]
    put(index, document(15, "Changed"))
    assert matches(index, "payback") == set(range(1, 31)) - {15}
    index.verify()


def test_a_document_that_comes_twice_is_refused_in_a_rebuild(index: SearchIndex) -> None:
    put(index, document(1, "Old"))
    with pytest.raises(ValueError, match="twice"), index.rebuild([document(2), document(2)]):
        pass
    assert matches(index) == {1}


def test_folders_are_not_shared_by_indexes_in_memory() -> None:
    one, other = open_index("whoosh:"), open_index("whoosh:")
    put(one, document(1))
    assert matches(other) == set()


def test_an_unknown_engine_is_refused() -> None:
    for url in ("lucene:/x", "whoosh", ""):
        with pytest.raises(ValueError, match="no known search engine"):
            open_index(url)
