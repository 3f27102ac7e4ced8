"""The files that an import's rows name: a folder of the server, or an unpacked zip.

What a file is and its hash are found once and kept beside an unpacked zip, so that checking again
after each correction does not read hundreds of megabytes again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.uploading import clean_name
from content_catalog import extraction
from content_catalog.files import BlobStore
from content_catalog.imports import FileFault, FoundFile

FACTS, REFUSALS = "facts.json", "refusals.json"
# Our own export puts its files into this folder beside the table.
EXPORT_FOLDER = "files"


class FolderFiles:
    """Files below ``root``; nothing outside is ever opened, also not through a link.

    ``limit`` is the largest file in bytes. ``memory`` is a folder that keeps what was found.
    """

    def __init__(self, root: Path, limit: int, memory: Path | None = None) -> None:
        self.root = root.resolve()
        self.limit = limit
        self._memory = memory
        self._refusals: Mapping[str, str] = _load(memory, REFUSALS)
        self._facts: dict[str, list[Any]] = dict(_load(memory, FACTS))
        self._changed = False

    def find(self, path: str) -> FoundFile | FileFault:
        """``path`` is clean (no ``..``); what it leads to may still be refused."""
        if path in self._refusals:
            return FileFault("refused_file", f"{path}: {self._refusals[path]}")
        place = self.place(path)
        if isinstance(place, FileFault):
            return place
        status = place.stat()
        stamp = [status.st_mtime_ns, status.st_size]
        known = self._facts.get(path)
        if known is None or known[0] != stamp:
            known = [stamp, self._look_at(place, status.st_size)]
            self._facts[path] = known
            self._changed = True
        facts = known[1]
        return FileFault(**facts) if "code" in facts else FoundFile(**facts)

    def read_text(self, path: str) -> str:
        place = self.place(path)
        if isinstance(place, FileFault):
            raise ValueError(place.message)
        try:
            return place.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError("it is not UTF-8") from None

    def place(self, path: str) -> Path | FileFault:
        """Where the file lies on disk."""
        outside = None
        for candidate in self._candidates(path):
            try:
                real = candidate.resolve(strict=True)
            except (OSError, RuntimeError, ValueError):
                continue
            if not real.is_relative_to(self.root):
                outside = FileFault("path_traversal", "This path leads out of the files' folder.")
            elif real.is_file():
                return real
        return outside or FileFault("missing_file", "There is no file at this path.")

    def save(self) -> None:
        """Keep what was found for the next time."""
        if self._memory is not None and self._changed:
            temporary = self._memory / f"{FACTS}.{os.getpid()}"
            temporary.write_text(json.dumps(self._facts))
            temporary.replace(self._memory / FACTS)
            self._changed = False

    def _candidates(self, path: str) -> list[Path]:
        """The path as it stands; below the one folder a zip program wrapped around everything; and
        without ``files/`` when the export's own folder was named as the root."""
        found = [self.root / path]
        wrapper = self._only_folder()
        if wrapper is not None:
            found.append(wrapper / path)
        if path.startswith(f"{EXPORT_FOLDER}/"):
            found.append(self.root / path.removeprefix(f"{EXPORT_FOLDER}/"))
        return found

    def _only_folder(self) -> Path | None:
        if self._memory is None:
            return None
        inside = [place for place in self.root.iterdir() if not place.name.startswith((".", "__"))]
        return inside[0] if len(inside) == 1 and inside[0].is_dir() else None

    def _look_at(self, place: Path, size: int) -> dict[str, Any]:
        name = clean_name(place.name)
        if size > self.limit:
            message = f"{name} is over the {self.limit // 10**6} MB limit."
            return asdict(FileFault("refused_file", message))
        try:
            sniffed = extraction.sniff(place, name)
            with place.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except extraction.Refused as refusal:
            return asdict(FileFault("refused_file", refusal.message))
        except OSError as error:
            return asdict(FileFault("missing_file", f"{name} cannot be read: {error.strerror}."))
        found = FoundFile(
            name,
            size,
            digest,
            sniffed.media_type,
            sniffed.kind.value,
            sniffed.active_content,
        )
        return asdict(found)


class KeptFiles:
    """The files of a few rows, already in the store: what the transaction that writes them sees."""

    def __init__(self, files: FolderFiles, blobs: BlobStore) -> None:
        self._files, self._blobs = files, blobs
        self._known: dict[str, FoundFile | FileFault] = {}

    def take(self, path: str, *, keep: bool) -> None:
        """Look at the file, and with ``keep`` put it into the store."""
        found = self._files.find(path)
        if keep and isinstance(found, FoundFile):
            found = self._store(path, found)
        self._known[path] = found

    def find(self, path: str) -> FoundFile | FileFault:
        """Only what was taken: files are hashed and stored before the transaction is open."""
        return self._known.get(path) or FileFault("missing_file", "There is no file at this path.")

    def read_text(self, path: str) -> str:
        """The text of a row that becomes a text asset; read from the folder when asked for."""
        return self._files.read_text(path)

    def _store(self, path: str, found: FoundFile) -> FoundFile | FileFault:
        place = self._files.place(path)
        if isinstance(place, FileFault):
            return place
        with place.open("rb") as stream:
            staged = self._blobs.stage(stream, self._files.limit)
        if staged.sha256 != found.sha256:
            self._blobs.discard(staged)
            return FileFault("refused_file", "This file is being changed. Import it again.")
        self._blobs.keep(staged)
        return found


def unpack_zip(zip_path: Path, into: Path, limits: extraction.Limits | None = None) -> list[str]:
    """Unpack an uploaded zip into ``into/files`` and keep why entries were refused.

    Returns a sentence for each refused entry. Raises ``extraction.Refused`` when the whole zip
    cannot be used.
    """
    folder = into / EXPORT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    _entries, refused = extraction.unpack(zip_path, folder, limits)
    (into / REFUSALS).write_text(json.dumps({entry.name: entry.message for entry in refused}))
    return [f"{entry.name}: {entry.message}" for entry in refused]


def _load(memory: Path | None, name: str) -> dict[str, Any]:
    if memory is None:
        return {}
    try:
        found = json.loads((memory / name).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
