"""``import`` and ``export``."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from json import JSONDecodeError, loads
from pathlib import Path
from typing import Any

import click

from app import exporting, importing
from app.import_files import EXPORT_FOLDER, unpack_zip
from app.terminal import Refused, finish, json_option, open_services, progress_bar
from app.wiring import Services
from content_catalog import SYSTEM, Actor, extraction, imports, people, tabular, taxonomy
from content_catalog.errors import CatalogError
from content_catalog.imports import BatchState, ImportBatch, ImportOptions, RowProblem, Severity

SHOWN_PROBLEMS = 50
# Whoever may run commands may fill the disk anyway; an export of a large library must come back.
_EXPORT_LIMITS = extraction.Limits(
    zip_entries=200_000, unpacked_bytes=200 * 10**9, file_bytes=2 * 10**9
)


@dataclass(frozen=True, slots=True)
class _Source:
    table: Path
    files: Path
    taxonomy: Path | None = None


def register(group: click.Group) -> None:
    group.add_command(import_command)
    group.add_command(export_command)


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--files",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that paths in FILE are relative to; the folder of FILE by default.",
)
@click.option("--as", "email", metavar="EMAIL", help="Import as this user.")
@click.option("--create-terms", is_flag=True, help="Add unknown values to the taxonomy.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@json_option
def import_command(
    file: Path,
    files: Path | None,
    email: str | None,
    create_terms: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Create and update assets from FILE, a CSV or a zip written by export."""
    with open_services(make=True) as services, _source(services, file, files) as source:
        actor = _actor(services, email)
        try:
            _load_taxonomy(services, actor, source, dry_run=dry_run)
            _finish_earlier(services, actor)
            batch_id = _open(services, actor, source, file.name, create_terms)
            batch = importing.check(services, actor, batch_id)
            if not dry_run:
                batch = _write(services, actor, batch, as_json)
            problems = _problems(services, actor, batch_id)
            if dry_run:
                with services.catalog.work(actor) as work:
                    imports.discard(work, batch_id)
        except CatalogError as error:
            raise Refused(f"{file}: {error}") from error
    _report(batch, problems, as_json=as_json, dry_run=dry_run)


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def export_command(file: Path, as_json: bool) -> None:
    """Write every asset, its file, the taxonomy and the requests into FILE, a zip."""
    with open_services(make=True) as services:
        with services.catalog.look(SYSTEM) as look:
            total = len(imports.asset_ids(look))
        try:
            with progress_bar(total, "Exporting", quiet=as_json) as progress:
                report = exporting.export(services, SYSTEM, file, progress)
        except OSError as error:
            raise Refused(f"{file} cannot be written: {error.strerror}.") from error
    lines = [f"{report.assets} assets and {report.files} files written to {file}."]
    lines += [f"{path}: the file is damaged and was left out." for path in report.missing]
    finish({**asdict(report), "file": str(file)}, as_json, lines, failed=bool(report.missing))


@contextmanager
def _source(services: Services, file: Path, files: Path | None) -> Iterator[_Source]:
    """The table and the folder of its files; a zip is unpacked for the length of the command."""
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    if files is not None and not files.is_dir():
        raise Refused(f"--files: there is no folder {files}.")
    if not zipfile.is_zipfile(file):
        yield _Source(file, (files or file.parent).resolve())
        return
    folder = importing.new_folder(services)
    try:
        unpack_zip(file, folder, _EXPORT_LIMITS)
        inside = folder / EXPORT_FOLDER
        table = importing.table_in(inside)
        if table is None:
            raise Refused(f"{file} holds no table. Expected {exporting.TABLE} in it.")
        words = inside / exporting.TAXONOMY
        yield _Source(table, (files or inside).resolve(), words if words.is_file() else None)
    except extraction.Refused as refusal:
        raise Refused(f"{file}: {refusal.message}") from refusal
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _actor(services: Services, email: str | None) -> Actor:
    if email is None:
        return SYSTEM
    with services.catalog.look(SYSTEM) as look:
        card = people.by_email(look, email)
    if card is None or not card.active:
        raise Refused(f"--as: there is no user {email}.")
    return Actor(card.id, card.name, card.role, card.email, card.side)


def _load_taxonomy(services: Services, actor: Actor, source: _Source, *, dry_run: bool) -> None:
    """The words that came with an export, so that its rows are understood here too."""
    if source.taxonomy is None or dry_run:
        return
    try:
        data = loads(source.taxonomy.read_text(encoding="utf-8-sig"))
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{source.taxonomy.name} cannot be read as JSON: {error}") from error
    with services.catalog.work(actor) as work:
        taxonomy.load(work, data)


def _finish_earlier(services: Services, actor: Actor) -> None:
    """One import at a time: what somebody began, or a crash left behind, is finished first."""
    with services.catalog.look(actor) as look:
        earlier = imports.running(look)
    if earlier is not None:
        click.echo(f"Finishing the earlier import of {earlier.file_name} first.", err=True)
        importing.run(services, importing.owner_of(services, earlier), earlier.id)


def _open(services: Services, actor: Actor, source: _Source, name: str, create_terms: bool) -> int:
    try:
        data = source.table.read_bytes()
    except OSError as error:
        raise Refused(f"{source.table} cannot be read: {error.strerror}.") from error
    table = tabular.read(data)
    with services.catalog.work(actor) as work:
        mapping = imports.columns_by_name(work, table)
        options = ImportOptions(create_terms=create_terms, column_map=mapping)
        return imports.open_batch(
            work, table, file_name=name, options=options, files_root=str(source.files)
        )


def _write(services: Services, actor: Actor, batch: ImportBatch, as_json: bool) -> ImportBatch:
    if not batch.counts.to_write:
        with services.catalog.work(actor) as work:
            return imports.close_unwritten(work, batch.id)
    with services.catalog.work(actor) as work:
        imports.begin(work, batch.id)
    try:
        with progress_bar(batch.counts.to_write, "Importing", quiet=as_json) as progress:
            importing.run(services, actor, batch.id, progress=progress)
    except BaseException:  # also Ctrl-C: nobody else may find the files this command has unpacked
        with suppress(CatalogError):
            importing.halt(services, actor, batch.id)
        raise
    with services.catalog.look(actor) as look:
        return imports.batch(look, batch.id)


def _problems(services: Services, actor: Actor, batch_id: int) -> tuple[RowProblem, ...]:
    with services.catalog.look(actor) as look:
        return imports.problems(look, batch_id)


def _report(
    batch: ImportBatch, problems: tuple[RowProblem, ...], *, as_json: bool, dry_run: bool
) -> None:
    of = {s: [p for p in problems if p.severity == s] for s in Severity}
    errors = of[Severity.ERROR]
    summary: dict[str, Any] = {
        **asdict(batch.counts),
        "batch": None if dry_run else batch.id,
        "dry_run": dry_run,
        "unknown_columns": list(batch.unknown_columns),
        "errors": [_as_dict(p) for p in errors],
        "warnings": [_as_dict(p) for p in of[Severity.WARNING]],
        "notes": [_as_dict(p) for p in of[Severity.NOTE]],
    }
    lines = [*batch.file_notes, *(_line(p) for p in errors[:SHOWN_PROBLEMS])]
    if len(errors) > SHOWN_PROBLEMS:
        lines.append(f"… and {len(errors) - SHOWN_PROBLEMS} more; --json lists all of them.")
    counts = batch.counts
    lines.append(
        f"{'Would be' if dry_run else 'Done'}: {counts.create} created, {counts.update} updated, "
        f"{counts.unchanged} unchanged, {counts.refused} refused, {counts.skipped} empty."
    )
    failed = batch.state is BatchState.FAILED
    if failed:
        lines.append(f"The import ended early: {batch.error}")
        summary["error"] = batch.error
    finish(summary, as_json, lines, failed=bool(errors) or failed)


def _as_dict(problem: RowProblem) -> dict[str, Any]:
    names = ("row", "line", "column", "code", "message", "value", "suggestion")
    return {name: getattr(problem, name) for name in names}


def _line(problem: RowProblem) -> str:
    found = f" Found: {problem.value[:60]}." if problem.value else ""
    return f"Row {problem.row}, {problem.column}: {problem.message}{found}"
