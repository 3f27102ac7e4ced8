"""``index rebuild`` and ``index check``."""

from __future__ import annotations

from dataclasses import asdict

import click

from app import indexing
from app.terminal import Refused, finish, settings_or_stop
from app.wiring import build
from search_index.errors import IndexBusy, IndexUnavailable


def register(group: click.Group) -> None:
    group.add_command(index)


@click.group()
def index() -> None:
    """The search index; it can be redrawn from the database at any time."""


@index.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def rebuild(as_json: bool) -> None:
    """Draw the index anew beside the old one, then swap."""
    services = build(settings_or_stop())
    try:
        count = indexing.rebuild(services)
    except IndexBusy as error:
        raise Refused("The worker is writing the index. Try again in a moment.") from error
    finally:
        services.close()
    finish({"documents": count}, as_json, [f"{count} documents indexed."], failed=False)


@index.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def check(as_json: bool) -> None:
    """Compare index and database; exit 1 and list what differs."""
    services = build(settings_or_stop())
    try:
        services.index.verify()
        difference = indexing.compare(services)
    except IndexUnavailable as error:
        finish({"error": error.reason}, as_json, [f"The index is broken: {error.reason}"], True)
    finally:
        services.close()
    lines = [
        f"{name}: {', '.join(map(str, ids))}" for name, ids in asdict(difference).items() if ids
    ]
    lines = lines or ["Index and database agree."]
    finish(asdict(difference), as_json, lines, failed=not difference.same)
