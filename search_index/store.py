"""Where an index lies: generations, the pointer to the present one, the lock, the manifest.

index/            mode 0700, because opening an index unpickles
  LOCK            held by whoever writes
  CURRENT         name of the present generation; replaced in one step
  g-3f…/          Whoosh's files and one manifest per table of contents
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex

from search_index.errors import IndexBusy, IndexUnavailable
from search_index.whoosh_codec import MemoryStorage, schema

INDEX_NAME = "MAIN"
_SETTLED_NS = 100_000_000  # a folder's time may be this coarse; younger stamps are looked at again


class Store(Protocol):
    """One place for an index, on disk or in memory."""

    def lock(self) -> Any:
        """A context manager that holds the write lock; raises ``IndexBusy``."""
        ...

    def stamp(self) -> object:
        """Something that changes whenever the index may have changed; cheap."""
        ...

    def current(self) -> tuple[str, Any]:
        """Name and storage of the present generation; raises ``IndexUnavailable``."""
        ...

    def fresh(self) -> tuple[str, Any]:
        """Name and storage of a new, empty generation that nobody sees yet."""
        ...

    def swap(self, name: str, storage: Any) -> None:
        """Make that generation the present one and remove the others."""
        ...

    def discard(self, name: str) -> None:
        """Remove a generation that was never swapped in."""
        ...


class DiskStore:
    """An index in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bumps = 0

    def prepare(self) -> bool:
        """Make the folder private; True when there is nothing in it yet.

        A file in its place is put aside, not removed: nobody knows whose it is.
        """
        try:
            if self.path.is_file():
                self.path.rename(self.path.with_name(f"{self.path.name}.aside"))
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
            return not any(self.path.iterdir())
        except OSError as error:
            raise IndexUnavailable(f"the index folder cannot be used: {error}") from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        self.prepare()
        try:
            descriptor = os.open(self.path / "LOCK", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise IndexUnavailable(f"the index folder cannot be written: {error}") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise IndexBusy("another process is writing the index") from error
            yield
        finally:
            os.close(descriptor)
            self._bumps += 1

    def stamp(self) -> object:
        try:
            pointer = (self.path / "CURRENT").stat()
            name = (self.path / "CURRENT").read_text()
            folder = (self.path / name).stat()
        except (OSError, ValueError):
            return object()  # equal to nothing: look closely
        newest = max(pointer.st_mtime_ns, folder.st_mtime_ns)
        if time.time_ns() - newest < _SETTLED_NS:
            return object()
        return (name, pointer.st_ino, pointer.st_mtime_ns, folder.st_ino, folder.st_mtime_ns)

    def current(self) -> tuple[str, Any]:
        try:
            name = (self.path / "CURRENT").read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"there is no index: {error}") from error
        if not name.startswith("g-") or "/" in name or not (self.path / name).is_dir():
            raise IndexUnavailable("the pointer to the present index leads nowhere")
        return name, _folder_storage(self.path / name)

    def fresh(self) -> tuple[str, Any]:
        name = f"g-{secrets.token_hex(8)}"
        (self.path / name).mkdir(mode=0o700)
        return name, _folder_storage(self.path / name)

    def swap(self, name: str, storage: Any) -> None:
        beside = self.path / f".CURRENT.{secrets.token_hex(4)}"
        with beside.open("w", encoding="ascii") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        if (self.path / "CURRENT").is_dir():
            shutil.rmtree(self.path / "CURRENT")
        beside.replace(self.path / "CURRENT")
        for other in self.path.iterdir():
            if other.name.startswith(("g-", ".CURRENT")) and other.name != name:
                _remove(other)

    def discard(self, name: str) -> None:
        _remove(self.path / name)


def _folder_storage(path: Path) -> Any:
    # Without memory maps: reading a mapped file that was cut short kills the process (SIGBUS),
    # reading an open one merely fails.
    return FileStorage(str(path), supports_mmap=False)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


class MemoryStore:
    """An index that ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._present: tuple[str, Any] | None = None
        self._changes = 0

    @contextmanager
    def lock(self) -> Iterator[None]:
        if not self._lock.acquire(blocking=False):
            raise IndexBusy("another thread is writing the index")
        try:
            yield
        finally:
            self._changes += 1
            self._lock.release()

    def stamp(self) -> object:
        return self._changes

    def current(self) -> tuple[str, Any]:
        if self._present is None:
            raise IndexUnavailable("there is no index")
        return self._present

    def fresh(self) -> tuple[str, Any]:
        return f"g-{secrets.token_hex(8)}", MemoryStorage()

    def swap(self, name: str, storage: Any) -> None:
        self._present = (name, storage)
        self._changes += 1

    def discard(self, name: str) -> None:
        """Nothing is kept of it anyway."""


# The manifest


def _manifest_name(number: int) -> str:
    return f"manifest-{number}.json"


def _digest(storage: Any, name: str) -> list[int | str]:
    """[size, hash] of one file."""
    if isinstance(storage, MemoryStorage):
        data = bytes(storage.files[name])
        return [len(data), hashlib.blake2b(data, digest_size=16).hexdigest()]
    with (Path(storage.folder) / name).open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
        return [file.tell(), found.hexdigest()]


def read_manifest(storage: Any, number: int) -> dict[str, Any]:
    """What the index consisted of at that commit; raises ``IndexUnavailable``."""
    name = _manifest_name(number)
    try:
        if isinstance(storage, MemoryStorage):
            data = bytes(storage.files[name])
        else:
            data = (Path(storage.folder) / name).read_bytes()
        manifest: dict[str, Any] = json.loads(data)
        if not isinstance(manifest["files"], dict):
            raise TypeError("files")
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnavailable(f"the index has no readable manifest: {error}") from error
    return manifest


def write_manifest(storage: Any, number: int, fingerprint: str, files: dict[str, Any]) -> None:
    """Write the manifest of commit ``number``; ``files`` maps names to [size, hash]."""
    text = json.dumps({"fingerprint": fingerprint, "files": files}).encode()
    name = _manifest_name(number)
    if isinstance(storage, MemoryStorage):
        storage.files[name] = text
        return
    beside = Path(storage.folder) / f".{name}"
    beside.write_bytes(text)
    beside.replace(Path(storage.folder) / name)


def sweep_manifests(storage: Any, number: int) -> None:
    """Remove the manifests of earlier commits."""
    for name in list(storage.list()):
        if name.startswith("manifest-") and name != _manifest_name(number):
            storage.delete_file(name)


def check_files(storage: Any, manifest: dict[str, Any], skip: frozenset[str] = frozenset()) -> None:
    """Compare size and hash of every file named; raises ``IndexUnavailable``."""
    for name, expected in manifest["files"].items():
        if name not in skip and _digest(storage, name) != expected:
            raise IndexUnavailable(f"the index file {name} is damaged")


class TocStorage:
    """Stands between Whoosh's table of contents and the storage, at the moment of commit.

    The manifest is written after the table of contents has its bytes and before it has its name,
    so neither exists without the other, whenever the process dies.
    """

    def __init__(self, storage: Any, number: int, fingerprint: str, known: dict[str, Any]) -> None:
        self._storage = storage
        self._number = number
        self._fingerprint = fingerprint
        self._known = known  # digests of segments that have not changed

    def create_file(self, name: str) -> Any:
        return self._storage.create_file(name)

    def rename_file(self, old: str, new: str, safe: bool = False) -> None:
        files = {
            name: self._known.get(name) or _digest(self._storage, name)
            for name in self._storage.list()
            if name.startswith(f"{INDEX_NAME}_") and name.endswith(".seg") and name in self._wanted
        }
        files[new] = _digest(self._storage, old)
        write_manifest(self._storage, self._number, self._fingerprint, files)
        self._storage.rename_file(old, new, safe=safe)

    def of_segments(self, segments: Any) -> TocStorage:
        """Restrict the manifest to these segments' files."""
        self._wanted = {segment.make_filename(segment.COMPOUND_EXT) for segment in segments}
        return self


def create_empty(storage: Any, fingerprint: str) -> Any:
    """Make an index without documents in an empty storage; returns Whoosh's handle."""
    toc = TOC(schema(), [], 0)
    toc.write(TocStorage(storage, 0, fingerprint, {}).of_segments(()), INDEX_NAME)
    return FileIndex(storage, schema(), INDEX_NAME)


def latest(storage: Any) -> int:
    """Number of the newest table of contents, -1 when there is none."""
    number: int = TOC._latest_generation(storage, INDEX_NAME)
    return number
