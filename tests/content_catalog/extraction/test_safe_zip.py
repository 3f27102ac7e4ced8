"""Zip files for the import: bad entries are refused one by one, the others go on."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from content_catalog.extraction import Limits, Refused, unpack


def made(path: Path, *entries: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return path


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (mode | 0o777) << 16
    return info


def unpacked(path: Path, tmp_path: Path, limits: Limits | None = None):
    into = tmp_path / "into"
    into.mkdir()
    entries, refusals = unpack(path, into, limits)
    on_disk = {str(p.relative_to(into)) for p in into.rglob("*") if not p.is_dir()}
    assert on_disk == {entry.name for entry in entries}
    outside = {p.name for p in tmp_path.iterdir()} - {"into", path.name}
    assert outside == set()
    return entries, {refusal.name: refusal.code for refusal in refusals}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../outside.txt", "path"),
        ("a/../../outside.txt", "path"),
        ("..\\outside.txt", "path"),
        ("/tmp/outside.txt", "path"),
        ("C:\\outside.txt", "path"),
        ("a//b.txt", "name"),
        ("./../outside.txt", "path"),
        ("x" * 256 + ".txt", "name"),
        ("a\nb.txt", "name"),
        ("a\u202etxt.pdf", "name"),
        ("d/" * 40 + "deep.txt", "name"),
        ("inner.zip", "archive"),
        ("inner.tar", "archive"),
    ],
)
def test_U04_bad_names(tmp_path, name, code) -> None:
    path = made(tmp_path / "z.zip", (name, b"x"), ("good/one.txt", b"good"))
    entries, refused = unpacked(path, tmp_path)
    assert [(e.name, e.size) for e in entries] == [("good/one.txt", 4)]
    assert entries[0].path.read_bytes() == b"good"
    assert list(refused.values()) == [code]


@pytest.mark.parametrize(
    ("mode", "code"), [(stat.S_IFLNK, "link"), (stat.S_IFCHR, "device"), (stat.S_IFIFO, "device")]
)
def test_U04_links_and_devices(tmp_path, mode, code) -> None:
    path = made(tmp_path / "z.zip", (special("odd", mode), b"/etc/passwd"), ("ok.txt", b"ok"))
    entries, refused = unpacked(path, tmp_path)
    assert [e.name for e in entries] == ["ok.txt"]
    assert refused == {"odd": code}


def test_U04_duplicate_names_keep_the_first(tmp_path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = made(tmp_path / "z.zip", ("a.txt", b"one"), ("a.txt", b"two"), ("A.TXT", b"three"))
    entries, refused = unpacked(path, tmp_path)
    assert [e.path.read_bytes() for e in entries] == [b"one"]
    assert set(refused.values()) == {"duplicate"}


def test_U04_a_file_where_a_folder_must_be(tmp_path) -> None:
    path = made(tmp_path / "z.zip", ("a", b"file"), ("a/b.txt", b"x"))
    entries, refused = unpacked(path, tmp_path)
    assert [e.name for e in entries] == ["a"]
    assert refused == {"a/b.txt": "duplicate"}


def test_U04_an_archive_under_another_name(tmp_path) -> None:
    inner = made(tmp_path / "i.zip", ("a.txt", b"x")).read_bytes()
    (tmp_path / "i.zip").unlink()
    path = made(tmp_path / "z.zip", ("picture.png", inner), ("deck.pptx", inner))
    entries, refused = unpacked(path, tmp_path)
    assert refused == {"picture.png": "archive"}
    assert [e.name for e in entries] == ["deck.pptx"]


def test_U04_encrypted_and_oddly_packed_entries(tmp_path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("secret.txt", b"x")
        archive.writestr("odd.txt", b"x", zipfile.ZIP_LZMA)
        archive.writestr("ok.txt", b"ok")
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    entries, refused = unpacked(path, tmp_path)
    assert refused == {"secret.txt": "password", "odd.txt": "compression"}
    assert [e.name for e in entries] == ["ok.txt"]


@pytest.mark.parametrize("said", [1, 5_000])
def test_U04_wrong_sizes_are_found_while_unpacking(tmp_path, said) -> None:
    path = made(tmp_path / "z.zip", ("lie.txt", b"x" * 1_000), ("ok.txt", b"ok"))
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    path.write_bytes(data[: at + 24] + struct.pack("<I", said) + data[at + 28 :])
    entries, refused = unpacked(path, tmp_path)
    assert refused == {"lie.txt": "damaged"}
    assert [e.name for e in entries] == ["ok.txt"]


def test_U05_overlapping_entries(tmp_path) -> None:
    path = made(tmp_path / "z.zip", ("a.txt", b"a" * 100), ("b.txt", b"b" * 100))
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(data)
    entries, refused = unpacked(path, tmp_path)
    assert entries == []
    assert set(refused.values()) <= {"overlap", "damaged"}


def test_U05_zeros_stop_at_the_ratio_and_leave_nothing(tmp_path) -> None:
    path = made(tmp_path / "z.zip", ("zeros.txt", b"\0" * 30_000_000), ("ok.txt", b"ok"))
    assert path.stat().st_size < 100_000
    entries, refused = unpacked(path, tmp_path)
    assert refused == {"zeros.txt": "too_large"}
    assert [e.name for e in entries] == ["ok.txt"]


def test_U05_the_whole_is_counted_too(tmp_path) -> None:
    noise = zlib.compress(b"".join(n.to_bytes(4, "big") for n in range(50_000)))
    path = made(tmp_path / "z.zip", *((f"{n}.bin", noise) for n in range(6)))
    limits = Limits(unpacked_bytes=len(noise) * 3 + 10)
    entries, refused = unpacked(path, tmp_path, limits)
    assert len(entries) == 3
    assert set(refused.values()) == {"too_large"}


def test_U05_one_file_over_the_limit(tmp_path) -> None:
    path = made(tmp_path / "z.zip", ("big.bin", b"ab" * 3_000_000), ("ok.txt", b"ok"))
    _, refused = unpacked(path, tmp_path, Limits(file_bytes=1_048_576))
    assert refused == {"big.bin": "too_large"}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no directory", b"PK\x05\x06" + b"\xff" * 18])
def test_U04_what_is_no_zip_is_refused_whole(tmp_path, data) -> None:
    path = tmp_path / "z.zip"
    path.write_bytes(data)
    with pytest.raises(Refused):
        unpack(path, tmp_path / "into")
