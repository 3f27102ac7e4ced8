"""Uploaded bytes, kept under their SHA-256 and never changed.

``staging/<uuid>.part`` while streaming, then an atomic link to ``blobs/ab/cd/<sha256>``. Files come
before rows: a rollback leaves an orphan that the sweep removes, never a row without its file.
What is made from a file (text boxes, page images) lies in ``derived/<sha256>/`` and can be deleted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from content_catalog.errors import Gone, TooLarge, Unavailable
from content_catalog.faults import fault

CHUNK = 1024 * 1024
ORPHAN_AGE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A whole upload on disk that is not kept yet; ``size`` in bytes."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class FileRef:
    """A kept file; ``size`` in bytes."""

    sha256: str
    size: int


class BlobStore(Protocol):
    """Where files are kept. The local one is the default; others hold the same promises."""

    def stage(self, stream: IO[bytes], limit: int, limit_message: str = "") -> StagedFile: ...

    def keep(self, staged: StagedFile) -> FileRef: ...

    def discard(self, staged: StagedFile) -> None: ...

    def path(self, sha256: str, size: int | None = None) -> Path: ...

    def derived(self, sha256: str) -> Path: ...

    def hashes(self) -> Iterator[str]: ...

    def check_size(self, sha256: str, size: int) -> str | None: ...

    def verify(self, sha256: str, size: int) -> str | None: ...

    def sweep(self, named: Iterable[str], now: float | None = None) -> list[str]: ...


class LocalBlobs:
    """Files below one folder on a local disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / "staging"
        self.blobs = root / "blobs"
        self.derived_root = root / "derived"
        for folder in (self.staging, self.blobs, self.derived_root):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:  # a read-only disk still serves reads
                if not folder.is_dir():
                    raise

    def stage(self, stream: IO[bytes], limit: int, limit_message: str = "") -> StagedFile:
        """Copy a stream to disk, counting and hashing; raises ``TooLarge`` past ``limit`` bytes."""
        path = self.staging / f"{uuid.uuid4().hex}.part"
        digest, size = hashlib.sha256(), 0
        try:
            with _disk_faults(), path.open("xb") as out:
                for chunk in _chunks(stream):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(limit_message or f"Over the limit of {limit // 10**6} MB.")
                    fault("upload-streaming")
                    digest.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
        except _Broken as broken:
            path.unlink(missing_ok=True)
            raise broken.error from None
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        fault("upload-staged")
        return StagedFile(path, digest.hexdigest(), size)

    def keep(self, staged: StagedFile) -> FileRef:
        """Move a staged file under its hash. The same hash again keeps the one that is there."""
        target = self._blob(staged.sha256)
        with _disk_faults():
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() and target.stat().st_size == staged.size:
                os.utime(target)  # young again, so that a sweep under way leaves it alone
                staged.path.unlink(missing_ok=True)
            else:
                staged.path.chmod(0o440)
                staged.path.replace(target)
                _sync_folder(target.parent)
        fault("upload-kept")
        return FileRef(staged.sha256, staged.size)

    def discard(self, staged: StagedFile) -> None:
        staged.path.unlink(missing_ok=True)

    def path(self, sha256: str, size: int | None = None) -> Path:
        """Where a kept file lies; raises ``Gone`` when it is missing or not ``size`` bytes long."""
        path = self._blob(sha256)
        try:
            found = path.stat().st_size
        except OSError:
            raise Gone("This file is damaged. An admin can restore it from the backup.") from None
        if size is not None and found != size:
            raise Gone("This file is damaged. An admin can restore it from the backup.")
        return path

    def derived(self, sha256: str) -> Path:
        """The folder for what is made from a file; it may not exist."""
        _check(sha256)
        return self.derived_root / sha256[:2] / sha256

    def hashes(self) -> Iterator[str]:
        """Every kept hash."""
        for path in self.blobs.glob("??/??/*"):
            yield path.name

    def check_size(self, sha256: str, size: int) -> str | None:
        """As ``verify`` without reading the bytes."""
        path = self._blob(sha256)
        if not path.is_file():
            return "missing"
        return None if path.stat().st_size == size else "truncated"

    def verify(self, sha256: str, size: int) -> str | None:
        """``None`` when the file is whole, else what is wrong ("missing", "truncated", "changed")."""
        problem = self.check_size(sha256, size)
        if problem:
            return problem
        with self._blob(sha256).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return None if digest == sha256 else "changed"

    def sweep(self, named: Iterable[str], now: float | None = None) -> list[str]:
        """Remove files that no row names and that are older than a day: list first, then delete."""
        keep, moment = set(named), time.time() if now is None else now
        old = moment - ORPHAN_AGE_SECONDS
        doomed = [p for p in self.staging.glob("*.part") if p.stat().st_mtime < old]
        orphans = [
            p for p in self.blobs.glob("??/??/*") if p.name not in keep and p.stat().st_mtime < old
        ]
        derived = [p for p in self.derived_root.glob("??/*") if p.name not in keep]
        derived = [p for p in derived if p.stat().st_mtime < old]
        for path in doomed + orphans:
            path.unlink(missing_ok=True)
        for path in derived:
            shutil.rmtree(path, ignore_errors=True)
        return [p.name for p in doomed + orphans]

    def _blob(self, sha256: str) -> Path:
        _check(sha256)
        return self.blobs / sha256[:2] / sha256[2:4] / sha256


class _Broken(Exception):
    """The stream broke, which is not the disk's fault."""

    def __init__(self, error: OSError) -> None:
        self.error = error


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while True:
        try:
            chunk = stream.read(CHUNK)
        except OSError as error:
            raise _Broken(error) from error
        if not chunk:
            return
        yield chunk


@contextmanager
def _disk_faults() -> Iterator[None]:
    """A disk that takes no more is an expected failure with a sentence."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "The server cannot save right now (disk full). Searching and downloading work.",
            "disk_full",
            60,
        ) from error


def _check(sha256: str) -> None:
    if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
        raise ValueError("not a SHA-256 in hexadecimal")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
