"""Killed at every point of the way from upload to findable; afterwards all is well by itself."""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import make
import pytest
from catalogs import Desk, MovableClock, database_with_words
from crashes import KILLED_AT_POINT, in_child

from app import doctor, indexing, uploading
from app.wiring import Services
from app.worker import Worker
from content_catalog import SYSTEM, assets, jobs, search_state
from content_catalog.assets import Reading
from content_catalog.errors import CatalogError, TooLarge

TEXT = "# Zebra\n\nPays back in nine months."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "catalog.db").write_bytes(database_with_words())
    return data


Start = Callable[..., Services]


@pytest.fixture
def start(folder: Path, clock: MovableClock) -> Iterator[Start]:
    """Opens the folder as a process that starts does; closed again whatever happens."""
    opened: list[Services] = []

    def run(**settings: Any) -> Services:
        opened.append(make.services(folder, clock, **settings))
        return opened[-1]

    yield run
    for made in opened:
        made.close()


def upload_and_work(folder: Path, clock: MovableClock) -> Callable[[], None]:
    def run() -> None:
        made = make.services(folder, clock)
        make.upload(made, TEXT, "zebra.md")
        make.work_off(made)

    return run


def restarted(start: Start) -> Services:
    """The next worker on the same folder; all that was to be done is done."""
    made = start()
    worker = Worker(made)
    worker.stopping.set()
    worker.run()  # takes over what the dead one had, then stops
    make.work_off(made)
    return made


def unwell(made: Services) -> list[str]:
    """What the doctor minds, the machine's own disk and file rights left out."""
    checks = doctor.examine(made)
    assert {"database", "files", "index", "jobs"} <= {f.name for f in checks}
    return [f"{f.name}: {f.words}" for f in checks if not f.ok and f.name in INVARIANTS]


INVARIANTS = {"database", "files", "index", "jobs"}


def in_step(made: Services) -> bool:
    with made.catalog.look(SYSTEM) as look:
        behind, _ = search_state.lag(look)
        waiting, _ = jobs.waiting(look)
    return not behind and not waiting and indexing.compare(made).same


@pytest.mark.parametrize(
    ("point", "kept"),
    [
        pytest.param("upload-streaming", 0, id="K01 while streaming"),
        pytest.param("upload-staged", 0, id="K02 before the rename"),
        pytest.param("upload-kept", 0, id="K03 before the commit"),
        pytest.param("extracting", 1, id="K05 while extracting"),
        pytest.param("extracted", 1, id="K06 before the text is stored"),
        pytest.param("index-writing", 1, id="K07 in the middle of an index write"),
        pytest.param("index-written", 1, id="K08 before the ledger knows"),
    ],
)
def test_K_killed_at(
    start: Start, folder: Path, clock: MovableClock, point: str, kept: int
) -> None:
    assert in_child(upload_and_work(folder, clock), fault=point) == KILLED_AT_POINT
    made = restarted(start)
    shop = Desk(made.catalog, clock)
    ids = shop.ask(assets.all_ids)
    assert len(ids) == kept
    assert unwell(made) == []
    assert in_step(made)
    for asset_id in ids:
        assert make.card(shop, asset_id).reading is Reading.DONE
        assert [p.label for p in shop.ask(assets.text, asset_id)] == ["Zebra"]
        assert len(list(made.index.revisions()[asset_id])) == 1
    again = make.upload(made, TEXT, "zebra.md")  # what did not get in gets in now
    make.work_off(made)
    assert make.card(shop, again).reading is Reading.DONE
    assert len(list(made.blobs.hashes())) == 1


def test_K_what_is_left_of_a_killed_upload_is_swept_after_a_day(
    start: Start, folder: Path, clock: MovableClock
) -> None:
    in_child(upload_and_work(folder, clock), fault="upload-staged")
    in_child(upload_and_work(folder, clock), fault="upload-kept")
    made = start()
    left = [path for part in ("staging", "blobs") for path in (folder / part).rglob("*")]
    assert len([path for path in left if path.is_file()]) == 2
    assert made.blobs.sweep([]) == []
    assert len(made.blobs.sweep([], now=time.time() + 25 * 3600)) == 2


def test_K_random_kills_lose_nothing_that_was_answered(
    start: Start, folder: Path, clock: MovableClock
) -> None:
    """A child uploads, edits and works, writing down what it was told is saved; then it is gone."""
    told = folder / "told"
    chance = random.Random(7)

    def work() -> None:
        made = make.services(folder, clock)
        desk = Desk(made.catalog, clock)
        with told.open("a") as out:
            for number in range(1000):
                asset_id = make.upload(made, f"{TEXT} {number}", f"deck {number}.md")
                print(asset_id, 1, file=out, flush=True)
                done = make.edited(desk, asset_id, summary=f"{number}", version=1)
                print(asset_id, done.version, file=out, flush=True)
                indexing.keep_in_step(made)

    for _ in range(5):
        in_child(work, kill_after=chance.uniform(0.3, 1.2))
    made = restarted(start)
    shop = Desk(made.catalog, clock)
    saved: dict[int, int] = {}
    for line in told.read_text().splitlines():
        if len(line.split()) == 2:
            asset_id, rev = map(int, line.split())
            saved[asset_id] = max(rev, saved.get(asset_id, 0))
    assert saved
    for asset_id, rev in saved.items():
        assert make.rev(shop, asset_id) >= rev
    assert unwell(made) == []
    assert in_step(made)


def test_R15_files_and_descriptors_are_back_at_the_start(
    start: Start, folder: Path, clock: MovableClock
) -> None:
    made = start()

    def good_and_bad(count: int) -> int:
        for number in range(count):
            with pytest.raises(CatalogError):
                make.upload(made, b"<svg/>" if number % 2 else b"MZ\x90\x00 not a page", "x.pdf")
            make.upload(made, f"{TEXT} {number}", "y.md")
        make.work_off(made)
        return len(list(Path("/proc/self/fd").iterdir()))

    before = good_and_bad(3)
    assert good_and_bad(20) <= before + 6  # connections that are kept, not one per upload
    assert list((folder / "staging").iterdir()) == []


def test_U12_20_uploads_of_one_file_at_once(
    start: Start, folder: Path, clock: MovableClock
) -> None:
    made = start()
    shop = Desk(made.catalog, clock)
    ids: list[int] = []
    threads = [
        threading.Thread(target=lambda: ids.append(make.upload(made, TEXT, "same.md")))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(set(ids)) == 20
    assert len(list(made.blobs.hashes())) == 1
    for asset_id in ids[1:]:
        shop.do(assets.erase, asset_id)
    named = shop.ask(assets.named_hashes)
    assert made.blobs.sweep(named, now=time.time() + 25 * 3600) == []
    file = shop.ask(assets.stored_file, ids[0])
    assert made.blobs.path(file.sha256, file.size).read_text() == TEXT


def test_the_stream_is_not_read_past_the_limit(
    start: Start, folder: Path, clock: MovableClock
) -> None:
    made = start(upload_limit=10**6)
    with pytest.raises(TooLarge, match="1 MB"):
        uploading.keep_file(made, io.BytesIO(b"x" * 3_000_000), "big.txt")
    assert list((folder / "staging").iterdir()) == []
