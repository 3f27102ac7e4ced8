"""``taxonomy load`` and ``taxonomy show``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from app.terminal import Refused, finish, settings_or_stop
from app.wiring import build
from content_catalog import SYSTEM
from content_catalog import taxonomy as topic
from content_catalog.errors import Invalid


def register(group: click.Group) -> None:
    group.add_command(taxonomy)


@click.group()
def taxonomy() -> None:
    """Personas, stages, tollgates and the other words the company shares."""


@taxonomy.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def load(file: Path, as_json: bool) -> None:
    """Add or change terms by slug from FILE; none is removed."""
    try:
        data = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise Refused(f"{file} cannot be read as JSON: {error}") from error
    services = build(settings_or_stop())
    try:
        with services.catalog.work(SYSTEM) as work:
            report = topic.load(work, data)
    except Invalid as error:
        raise Refused(str(error)) from error
    finally:
        services.close()
    lines = [
        f"{report.terms_added} terms added, {report.terms_changed} changed, "
        f"{report.unchanged} unchanged.",
        *report.problems,
    ]
    finish(asdict(report), as_json, lines, failed=bool(report.problems))


@taxonomy.command()
def show() -> None:
    """Print the taxonomy as the JSON that ``load`` reads."""
    services = build(settings_or_stop())
    try:
        with services.catalog.look(SYSTEM) as look:
            click.echo(json.dumps(topic.show(look), ensure_ascii=False, indent=1))
    finally:
        services.close()
