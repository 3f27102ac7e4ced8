"""``index rebuild`` and ``index check``."""

from __future__ import annotations

from dataclasses import asdict

import click

from app import indexing
from app.terminal import Refused, finish, json_option, open_services, progress_bar
from content_catalog import SYSTEM, assets
from search_index.errors import IndexBusy, IndexUnavailable


def register(group: click.Group) -> None:
    group.add_command(index)


@click.group()
def index() -> None:
    """The search index; it can be redrawn from the database at any time."""


@index.command()
@json_option
def rebuild(as_json: bool) -> None:
    """Draw the index anew beside the old one, then swap."""
    with open_services() as services:
        with services.catalog.look(SYSTEM) as look:
            total = len(assets.all_ids(look))
        try:
            with progress_bar(total, "Indexing", quiet=as_json) as progress:
                count = indexing.rebuild(services, progress)
        except IndexBusy as error:
            raise Refused("The worker is writing the index. Try again in a moment.") from error
        except IndexUnavailable as error:
            raise Refused(f"The index cannot be written: {error.reason}") from error
    finish({"documents": count}, as_json, [f"{count} documents indexed."])


@index.command()
@json_option
def check(as_json: bool) -> None:
    """Compare index and database; exit 1 and list what differs."""
    with open_services() as services:
        try:
            services.index.verify()
            difference = indexing.compare(services)
        except IndexUnavailable as error:
            words = [f"The index is broken: {error.reason}"]
            finish({"error": error.reason}, as_json, words, failed=True)
    lines = [
        f"{name}: {', '.join(map(str, ids))}" for name, ids in asdict(difference).items() if ids
    ]
    lines = lines or ["Index and database agree."]
    finish(asdict(difference), as_json, lines, failed=not difference.same)
