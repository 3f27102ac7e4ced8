"""Kept files: whole or not at all, once per content, never below another name."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.uploading import NAME_LIMIT, clean_name
from content_catalog.errors import Gone, TooLarge, Unavailable
from content_catalog.files import CHUNK, LocalBlobs

DAY = 24 * 3600


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "data")


def keep(blobs: LocalBlobs, data: bytes) -> str:
    return blobs.keep(blobs.stage(io.BytesIO(data), 10**9)).sha256


def everything(blobs: LocalBlobs) -> list[Path]:
    return [path for path in blobs.root.rglob("*") if path.is_file()]


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_what_comes_in_comes_out(blobs: LocalBlobs, size: int) -> None:
    data = os.urandom(size)
    sha256 = keep(blobs, data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert blobs.path(sha256, size).read_bytes() == data
    assert blobs.verify(sha256, size) is None
    assert list(blobs.hashes()) == [sha256]
    assert list(blobs.staging.iterdir()) == []


def test_U09_over_the_limit_stops_early_and_leaves_nothing(blobs: LocalBlobs) -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(TooLarge, match="10 MB"):
        blobs.stage(stream, 3 * CHUNK, "Over 10 MB.")  # type: ignore[arg-type]  # reads like one
    assert stream.taken <= 5 * CHUNK
    assert everything(blobs) == []


def test_exactly_the_limit_is_taken(blobs: LocalBlobs) -> None:
    staged = blobs.stage(io.BytesIO(b"x" * 100), 100)
    assert staged.size == 100
    blobs.discard(staged)
    with pytest.raises(TooLarge):
        blobs.stage(io.BytesIO(b"x" * 101), 100)
    assert everything(blobs) == []


def test_K01_a_stream_that_breaks_leaves_nothing(blobs: LocalBlobs) -> None:
    class Breaking(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        blobs.stage(Breaking(), 10**6)  # type: ignore[arg-type]  # reads like one
    assert everything(blobs) == []


def test_R01_a_full_disk_is_said_and_leaves_nothing(blobs: LocalBlobs) -> None:
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK, former[1]))  # no file may grow over this
    try:
        with pytest.raises(Unavailable) as caught:
            blobs.stage(io.BytesIO(b"x" * 3 * CHUNK), 10**9)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert caught.value.reason == "disk_full"
    assert everything(blobs) == []
    assert keep(blobs, b"x" * 3 * CHUNK)


def test_U12_one_file_from_many_at_once_is_kept_once(blobs: LocalBlobs) -> None:
    hashes: list[str] = []
    threads = [
        threading.Thread(target=lambda: hashes.append(keep(blobs, b"same" * 1000)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(hashes) == 20
    assert list(blobs.hashes()) == [hashes[0]]
    assert [path.name for path in everything(blobs)] == [hashes[0]]


def test_a_kept_file_is_not_written_again(blobs: LocalBlobs) -> None:
    sha256 = keep(blobs, b"once")
    before = blobs.path(sha256).stat()
    keep(blobs, b"once")
    after = blobs.path(sha256).stat()
    assert before.st_ino == after.st_ino
    assert not after.st_mode & 0o222


def test_R07_a_damaged_file_is_mended_by_the_same_upload(blobs: LocalBlobs) -> None:
    sha256 = keep(blobs, b"whole")
    path = blobs.path(sha256)
    path.chmod(0o640)
    path.write_bytes(b"who")
    assert blobs.verify(sha256, 5) == "truncated"
    with pytest.raises(Gone):
        blobs.path(sha256, 5)
    keep(blobs, b"whole")
    assert blobs.verify(sha256, 5) is None


def test_R07_missing_and_changed_are_told_apart(blobs: LocalBlobs) -> None:
    sha256 = keep(blobs, b"whole")
    path = blobs.path(sha256)
    path.chmod(0o640)
    path.write_bytes(b"WHOLE")
    assert blobs.check_size(sha256, 5) is None
    assert blobs.verify(sha256, 5) == "changed"
    path.unlink()
    assert blobs.verify(sha256, 5) == "missing"
    with pytest.raises(Gone):
        blobs.path(sha256)


def test_K03_only_what_nothing_names_for_a_day_is_swept(blobs: LocalBlobs) -> None:
    named, orphan, young = (keep(blobs, word) for word in (b"named", b"orphan", b"young"))
    half = blobs.staging / "half.part"
    half.write_bytes(b"x")
    for sha256 in (named, orphan):
        folder = blobs.derived(sha256)
        folder.mkdir(parents=True)
        (folder / "1.webp").write_bytes(b"x")
        age(folder, 2 * DAY)
        age(blobs.path(sha256), 2 * DAY)
    assert blobs.sweep([named]) == [orphan]
    age(half, 2 * DAY)
    assert blobs.sweep([named]) == ["half.part"]
    assert set(blobs.hashes()) == {named, young}
    assert blobs.derived(named).is_dir()
    assert not blobs.derived(orphan).exists()


def test_K03_a_file_uploaded_again_while_swept_is_young(blobs: LocalBlobs) -> None:
    sha256 = keep(blobs, b"orphan")
    age(blobs.path(sha256), 2 * DAY)
    keep(blobs, b"orphan")
    assert blobs.sweep([]) == []
    assert blobs.path(sha256).is_file()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 63, "A" * 64, "", "g" * 64])
def test_U03_only_a_hash_names_a_file(blobs: LocalBlobs, name: str) -> None:
    for ask in (blobs.path, blobs.derived):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(name)


NASTY = st.text(
    st.one_of(st.characters(), st.sampled_from('/\\.\x00\r\n\u202e\ufeff :*?"<>|\ud800')),
    max_size=400,
)


@settings(max_examples=300, deadline=None)
@given(NASTY)
def test_U03_names(name: str) -> None:
    clean = clean_name(name)
    assert clean
    assert clean == clean_name(clean)
    assert len(clean.encode("utf-8")) <= NAME_LIMIT
    assert not set(clean) & set("/\\\x00\r\n\u202e\u200f\u202d")
    assert not clean.startswith(".")
    assert clean.isprintable()


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../x", "x"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\me\\Deck v2.pptx", "Deck v2.pptx"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (".htaccess", "htaccess"),
        ("", "file"),
        ("...", "file"),
        ("Cafe\u0301 \U0001f600.pdf", "Caf\u00e9 \U0001f600.pdf"),
        ("deck.pdf. ", "deck.pdf"),
    ],
)
def test_U03_names_by_example(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_U03_a_long_name_keeps_its_ending() -> None:
    clean = clean_name("é" * 10_000 + ".pdf")
    assert clean.endswith("é.pdf")
    assert 250 <= len(clean.encode()) <= NAME_LIMIT
