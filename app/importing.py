"""Imports at work: the catalog decides, this brings the files, a few hundred rows at a time.

The command line and the worker both come through ``write_some``; each call is one transaction, so
whoever is killed leaves whole rows behind and the next call goes on.
"""

from __future__ import annotations

import logging
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.exporting import TABLE
from app.import_files import FolderFiles, KeptFiles
from app.wiring import Services
from content_catalog import SYSTEM, Actor, imports, people, taxonomy
from content_catalog.errors import CatalogError, NotAllowed, Unavailable
from content_catalog.imports import (
    BatchState,
    FileFault,
    FoundFile,
    ImportBatch,
    ImportRow,
    NoFiles,
    RowAction,
)

log = logging.getLogger(__name__)

FOLDER = "imports"
FILES_AT_ONCE = 4
ROWS_AT_ONCE = imports.ROWS_AT_ONCE
KEPT_SECONDS = 8 * 24 * 3600  # a day longer than an import can be undone
Progress = Callable[[int], None]


class _Nothing:
    """No files at all: rows that name one are refused."""

    def take(self, path: str, *, keep: bool) -> None:
        return

    def find(self, path: str) -> FoundFile | FileFault:
        return NoFiles().find(path)

    def read_text(self, path: str) -> str:
        return NoFiles().read_text(path)


def files_of(services: Services, files_root: str | None) -> FolderFiles | None:
    """The folder that an import's paths are relative to; ``None`` when it came without files."""
    if not files_root:
        return None
    root = Path(files_root)
    unpacked = root.is_relative_to(services.settings.data_dir / FOLDER)
    return FolderFiles(root, services.settings.upload_limit, root.parent if unpacked else None)


def check(services: Services, actor: Actor, batch_id: int) -> ImportBatch:
    """The dry run. Files are looked at before the transaction begins."""
    with services.catalog.look(actor) as look:
        batch = imports.batch(look, batch_id)
        rows = imports.rows(look, batch_id, per_page=1_000_000)
    files = files_of(services, batch.files_root)
    if files is not None:
        for row in rows:
            path = _path(row, batch)
            if path is not None:
                files.find(path)
        files.save()
    with services.catalog.work(actor) as work:
        return imports.check(work, batch_id, files or NoFiles())


def write_some(services: Services, actor: Actor, batch_id: int) -> bool:
    """Write the next rows; ``False`` when the import is over (done, stopped, failed)."""
    with services.catalog.look(actor) as look:
        batch = imports.batch(look, batch_id)
        rows = imports.next_rows(look, batch_id, ROWS_AT_ONCE)
        taxonomy.read(look)  # kept from a reading, so that writing needs not load it for each row
    files = files_of(services, batch.files_root)
    kept = KeptFiles(files, services.blobs) if files is not None else _Nothing()
    _take_files(kept, batch, rows)
    if files is not None:
        files.save()
    with services.catalog.work(actor) as work:
        imports.write_rows(work, batch_id, [row.row for row in rows], kept)
        return imports.batch(work, batch_id).state is BatchState.COMMITTING


def _take_files(kept: KeptFiles | _Nothing, batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    """A few at a time: each file waits for the disk, twice."""

    def take(row: ImportRow) -> None:
        path = _path(row, batch)
        if path is not None:
            kept.take(path, keep=row.action is RowAction.CREATE or "content" in row.changes)

    with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        for _done in pool.map(take, rows):
            pass


def run(
    services: Services,
    actor: Actor,
    batch_id: int,
    *,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> bool:
    """Write until the import is over or ``seconds`` have passed; ``True`` when more is left.

    A refusal of the whole import (a right that was taken away) ends it with the reason; what is
    written stays. ``Unavailable`` (a busy database, a full disk) is raised: try again later.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        try:
            more = write_some(services, actor, batch_id)
        except Unavailable:
            raise
        except CatalogError as error:
            _fail(services, batch_id, str(error))
            return False
        if progress is not None:
            with services.catalog.look(actor) as look:
                progress(imports.batch(look, batch_id).done)
        if not more or (deadline is not None and time.monotonic() >= deadline):
            return more


def resume(services: Services) -> None:
    """Let the worker go on with imports whose writer is gone: a killed command, a parked job."""
    with services.catalog.look(SYSTEM) as look:
        if imports.running(look) is None:
            return
    with services.catalog.work(SYSTEM) as work:
        found = imports.resume(work)
    if found:
        log.info("going on with %d interrupted imports", found)


def halt(services: Services, actor: Actor, batch_id: int) -> None:
    """End an import here and now as if somebody had pressed Stop; nothing if it is over."""
    with services.catalog.work(actor) as work:
        imports.ask_stop(work, batch_id)
        imports.write_rows(work, batch_id, (), NoFiles())


def owner_of(services: Services, batch: ImportBatch) -> Actor:
    """Whoever started the import, with the rights they have now.

    Raises ``NotAllowed`` when their account has been switched off.
    """
    if batch.created_by_id is None:
        return SYSTEM
    with services.catalog.look(SYSTEM) as look:
        card = people.user(look, batch.created_by_id)
    if not card.active:
        raise NotAllowed("edit_assets")
    return Actor(card.id, card.name, card.role, card.email, card.side)


def undo(services: Services, actor: Actor, batch_id: int) -> imports.UndoReport:
    """Take an import back, a few hundred rows in each transaction."""
    left = 1
    while left:
        with services.catalog.look(actor) as look:
            taxonomy.read(look)  # as above
        with services.catalog.work(actor) as work:
            left = imports.undo_rows(work, batch_id)
    with services.catalog.look(actor) as look:
        return imports.undo_report(look, batch_id)


def new_folder(services: Services) -> Path:
    """A private folder for one upload; old ones are cleared away on the way."""
    home = services.settings.data_dir / FOLDER
    home.mkdir(mode=0o750, exist_ok=True)
    for old in home.iterdir():
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = home / uuid.uuid4().hex
    folder.mkdir(mode=0o750)
    return folder


def table_in(folder: Path) -> Path | None:
    """The table that came inside a zip: ``assets.csv``, else the only CSV at the top, also when
    everything lies in one folder."""
    for place in (folder, *_only_folder(folder)):
        named = place / TABLE
        if named.is_file():
            return named
        found = [path for path in place.glob("*.csv") if path.is_file()]
        if len(found) == 1:
            return found[0]
    return None


def _only_folder(folder: Path) -> list[Path]:
    inside = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    return inside if len(inside) == 1 and inside[0].is_dir() else []


def _path(row: ImportRow, batch: ImportBatch) -> str | None:
    return imports.inner_path(row, batch.column_map)


def _fail(services: Services, batch_id: int, message: str) -> None:
    log.warning("import %d ended: %s", batch_id, message)
    with services.catalog.work(SYSTEM) as work:
        imports.fail(work, batch_id, message)
