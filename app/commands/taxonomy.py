"""``taxonomy load`` and ``taxonomy show``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.terminal import Refused, finish, json_option, open_services
from content_catalog import SYSTEM
from content_catalog import taxonomy as topic
from content_catalog.errors import Invalid


def register(group: click.Group) -> None:
    group.add_command(taxonomy)


@click.group()
def taxonomy() -> None:
    """Personas, stages, tollgates and the other words the company shares."""


@taxonomy.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--default", is_flag=True, help="Load the set that comes with the program.")
@json_option
def load(file: Path | None, default: bool, as_json: bool) -> None:
    """Add or change terms by slug from FILE; none is removed."""
    if (file is None) != default:
        raise click.UsageError("Name a FILE, or --default for the set that comes with the program.")
    data = _read(file) if file else None
    with open_services(make=True) as services:
        try:
            with services.catalog.work(SYSTEM) as work:
                report = topic.load_default(work) if data is None else topic.load(work, data)
        except Invalid as error:
            raise Refused(str(error)) from error
    lines = [
        f"{report.terms_added} terms added, {report.terms_changed} changed, "
        f"{report.unchanged} unchanged.",
        *report.problems,
    ]
    finish(asdict(report), as_json, lines, failed=bool(report.problems))


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise Refused(f"{file} cannot be read as JSON: {error}") from error


@taxonomy.command()
@json_option
def show(as_json: bool) -> None:
    """Print the taxonomy as the JSON that ``load`` reads; with --json in one line."""
    with open_services() as services, services.catalog.look(SYSTEM) as look:
        shown = topic.show(look)
    finish(shown, as_json, [json.dumps(shown, ensure_ascii=False, indent=1)])
