"""An uploaded table and its zip: taken apart into a private folder, the same for pages and API."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from werkzeug.datastructures import FileStorage

from app import importing
from app.import_files import EXPORT_FOLDER, unpack_zip
from app.uploading import clean_name
from app.wiring import Services
from content_catalog import extraction, tabular
from content_catalog.errors import Invalid, Unavailable


@dataclass(frozen=True, slots=True)
class Taken:
    """``files_root`` is where the zip's files lie, ``refused`` why entries were not taken."""

    table: tabular.Table
    file_name: str
    files_root: str | None
    refused: tuple[str, ...]


def take(services: Services, table: FileStorage | None, files: FileStorage | None) -> Taken:
    """Read the table and unpack the zip; a zip that brings its table is enough.

    Raises ``Invalid`` or ``TooLarge`` with the reason, ``Unavailable`` on a full disk; nothing of
    the upload stays then.
    """
    folder = importing.new_folder(services)
    try:
        root, refused = _unpack(files, folder) if files is not None else (None, ())
        data, name = _table(table, root)
        read = tabular.read(data)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if root is None:
        folder.rmdir()
    return Taken(read, name, str(root) if root else None, refused)


def take_files(services: Services, files: FileStorage) -> str:
    """Unpack a zip that follows later; returns where its files lie. Raises as ``take``."""
    folder = importing.new_folder(services)
    try:
        root, _refused = _unpack(files, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return str(root)


def forget(taken: Taken) -> None:
    """Nothing came of it: remove what was unpacked."""
    if taken.files_root is not None:
        shutil.rmtree(Path(taken.files_root).parent, ignore_errors=True)


def _table(given: FileStorage | None, root: Path | None) -> tuple[bytes, str]:
    if given is not None:
        return given.stream.read(tabular.MAX_BYTES + 1), clean_name(given.filename or "")
    inside = importing.table_in(root) if root else None
    if inside is None:
        raise Invalid("Choose a CSV file, or a zip with a CSV in it.", {"table": "Choose a CSV."})
    return inside.read_bytes(), clean_name(inside.name)


def _unpack(given: FileStorage, folder: Path) -> tuple[Path, tuple[str, ...]]:
    archive = folder / "upload.zip"
    try:
        given.save(archive)
        refused = unpack_zip(archive, folder)
    except extraction.Refused as refusal:
        raise Invalid(refusal.message, {"files": refusal.message}) from refusal
    except OSError as error:
        raise Unavailable(
            "The server cannot save right now (disk full). Searching and downloading work.",
            "disk_full",
            60,
        ) from error
    finally:
        archive.unlink(missing_ok=True)
    return folder / EXPORT_FOLDER, tuple(refused)
