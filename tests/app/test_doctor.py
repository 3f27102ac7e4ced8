"""The doctor finds what is broken, mends what is derived, and deletes nothing that a row names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time

import make
import pytest
from catalogs import Desk, MovableClock

from app import doctor, indexing
from app.wiring import Services
from content_catalog import assets, jobs
from content_catalog.jobs import MAX_ATTEMPTS


@pytest.fixture
def sound(services: Services) -> Services:
    make.upload(services, "# Zebra", "zebra.md")
    make.work_off(services)
    return services


def complaints(services: Services, **more: bool) -> dict[str, str]:
    """Name of each check that is not well -> its words; the machine's own disk left out."""
    found = doctor.examine(services, **more)
    assert all(f.advice for f in found if not f.ok)
    return {f.name: f.words for f in found if not f.ok and f.name != "disk"}


def test_all_is_well(sound: Services) -> None:
    assert complaints(sound) == {}
    assert doctor.repair(sound) == []


def test_R07_a_changed_file_is_found_by_reading_it(sound: Services, shop: Desk) -> None:
    (sha256,) = sound.blobs.hashes()
    path = sound.blobs.path(sha256)
    path.chmod(0o600)
    path.write_bytes(b"x" * path.stat().st_size)
    assert complaints(sound, every_hash=False) == {}
    assert list(complaints(sound)) == ["files"]
    doctor.repair(sound)
    assert path.is_file()  # what a row names is never taken away


def test_R09_an_index_that_differs_is_found_and_mended(sound: Services, shop: Desk) -> None:
    (asset_id,) = shop.ask(assets.all_ids)
    with sound.index.batch() as batch:
        batch.remove(asset_id)
    assert list(complaints(sound)) == ["index"]
    assert len(doctor.repair(sound)) == 1
    assert complaints(sound) == {}


def test_R08_a_broken_index_is_drawn_anew(sound: Services) -> None:
    for path in sound.settings.index_path.glob("*/*.seg"):
        path.write_bytes(b"x")
    assert list(complaints(sound)) == ["index"]
    assert doctor.repair(sound)
    assert complaints(sound) == {}
    assert indexing.compare(sound).same


def test_R08_a_lost_index_is_drawn_anew(sound: Services) -> None:
    shutil.rmtree(sound.settings.index_path)
    assert list(complaints(sound)) == ["index"]
    assert doctor.repair(sound)
    assert complaints(sound) == {}


def test_R06_a_broken_reference_is_found(sound: Services) -> None:
    connection = sqlite3.connect(str(sound.catalog.sqlite_path))
    with connection:
        connection.execute("INSERT INTO asset_terms VALUES (1, 12345)")
    connection.close()
    assert "asset_terms" in complaints(sound)["database"]


def test_parked_jobs_are_told(sound: Services, shop: Desk, clock: MovableClock) -> None:
    shop.do(jobs.enqueue, "nobody knows", {})
    for _ in range(MAX_ATTEMPTS):
        make.work_off(sound)
        clock.move(hours=2)
    assert list(complaints(sound)) == ["jobs"]


def test_orphans_are_swept_after_a_day_only(sound: Services, shop: Desk) -> None:
    (asset_id,) = shop.ask(assets.all_ids)
    (sha256,) = sound.blobs.hashes()
    shop.do(assets.erase, asset_id)
    make.work_off(sound)
    assert doctor.repair(sound) == []
    old = time.time() - 2 * 24 * 3600
    os.utime(sound.blobs.path(sha256), (old, old))
    assert doctor.repair(sound) == ["1 files that nothing names were swept."]
    assert list(sound.blobs.hashes()) == []


def test_a_secret_that_others_may_read_is_told(sound: Services) -> None:
    key = sound.settings.data_dir / "secret_key"
    key.write_text("k")
    key.chmod(0o644)
    assert "secret_key" in complaints(sound)["permissions"]
