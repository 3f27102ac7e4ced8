"""R01, R02: reading goes on while nothing can be saved, and saving comes back by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from forms import form
from shelf import ADMIN, MARKETER, Shelf, words
from sites import Browser

from app import create_app
from app.disk import Room, measure_least

TOTAL = 100 * 10**9


class Disk:
    """A disk whose room is what the test says."""

    def __init__(self) -> None:
        self.percent, self.writable = 50.0, True

    def __call__(self, _folder: Path) -> Room:
        return Room(TOTAL, int(TOTAL * self.percent / 100), self.writable)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def marketer(shelf: Shelf, disk: Disk) -> Browser:
    services = replace(shelf.site.services, measure=disk)
    browser = Browser(create_app(services.settings, services).test_client())
    assert browser.sign_in(MARKETER).status_code == 303
    return browser


def save(browser: Browser, asset_id: int, title: str) -> int:
    path = f"/library/{asset_id}/edit"
    fields = form(browser.get(path).text, path)
    return int(browser.post(path, fields | {"title": title}).status_code)


def test_R01_a_full_disk_refuses_changes_and_lets_people_read(
    shelf: Shelf, disk: Disk, marketer: Browser
) -> None:
    asset_id = shelf.put("Payback sheet")
    disk.percent = 4.9
    answer = marketer.post(f"/library/{asset_id}/edit", {"title": "x"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "The server cannot save right now (disk full)" in words(answer.text)
    for path in ("/", "/?q=payback", f"/assets/{asset_id}-payback-sheet", "/library"):
        page = marketer.get(path)
        assert page.status_code == 200
        assert "The server cannot save right now (disk full)" in words(page.text)


def test_R01_saving_comes_back_at_eight_percent_not_before(
    shelf: Shelf, disk: Disk, marketer: Browser
) -> None:
    asset_id = shelf.put("Payback sheet")
    seen = []
    for disk.percent in (5.1, 4.9, 5.1, 7.9, 8.1, 5.1):
        seen.append(save(marketer, asset_id, f"With {disk.percent}"))
    assert seen == [303, 503, 503, 503, 303, 303]
    assert "cannot save" not in words(marketer.get("/library").text)


def test_R01_a_gigabyte_is_the_floor_on_small_disks() -> None:
    assert Room(total=4 * 10**9, free=999_000_000).low
    assert not Room(total=4 * 10**9, free=1_001_000_000).low


def test_R01_the_disk_of_the_files_counts_as_well(tmp_path: Path) -> None:
    data, files = tmp_path / "data", tmp_path / "disk" / "files"
    data.mkdir()
    (tmp_path / "disk").mkdir()
    rooms = {data: Room(TOTAL, TOTAL // 2), tmp_path / "disk": Room(TOTAL, TOTAL // 100)}
    assert measure_least((data, files), rooms.__getitem__).low
    assert not measure_least((data,), rooms.__getitem__).low
    rooms = {data: Room(TOTAL, TOTAL // 2, writable=False), tmp_path / "disk": Room(TOTAL, TOTAL)}
    assert not measure_least((data, files), rooms.__getitem__).writable


def test_R01_files_on_a_full_disk_of_their_own_stop_saving(tmp_path: Path, shelf: Shelf) -> None:
    files = tmp_path / "files"
    files.mkdir()
    settings = replace(shelf.site.services.settings, files_url=str(files))

    def measure(folder: Path) -> Room:
        return Room(TOTAL, TOTAL // 100 if folder == files else TOTAL)

    services = replace(shelf.site.services, settings=settings, measure=measure)
    browser = Browser(create_app(settings, services).test_client())
    assert browser.sign_in(MARKETER).status_code == 303
    assert browser.post("/library/new", {"title": "x"}).status_code == 503
    assert browser.get("/readyz").json["disk"] == "full"


def test_R02_a_folder_that_cannot_be_written_is_read(
    shelf: Shelf, disk: Disk, marketer: Browser
) -> None:
    asset_id = shelf.put("Payback sheet")
    disk.writable = False
    answer = marketer.post("/library/new", {"title": "x"})
    assert answer.status_code == 503
    assert "(the data folder cannot be written)" in words(answer.text)
    assert marketer.get(f"/library/{asset_id}/edit").status_code == 200
    disk.writable = True
    assert save(marketer, asset_id, "Better") == 303


def test_R02_the_api_says_the_same_in_its_own_shape(disk: Disk, marketer: Browser) -> None:
    disk.writable = False
    answer = marketer.post("/api/v1/trial")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")


def test_R01_signing_in_still_works_and_health_says_what_to_do(
    disk: Disk, marketer: Browser
) -> None:
    disk.percent = 3
    admin = Browser(marketer.client.application.test_client())
    assert admin.sign_in(ADMIN).status_code == 303
    page = words(admin.get("/admin/health").text)
    assert "Free some space: below 5 % or 1 GB nothing can be saved." in page
    assert admin.get("/readyz").json["disk"] == "full"
