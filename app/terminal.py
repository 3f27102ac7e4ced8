"""What every command shares: its services, refusing in one sentence, printing what was done."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from app import serving
from app.settings import Settings, SettingsError, from_env
from app.wiring import Services, build

Progress = Callable[[int], None]
"""Takes how much of the whole is done so far."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object as the last line."
)


class Refused(click.ClickException):
    """Could not start: exit status 2 and one sentence."""

    exit_code = 2


def settings_or_stop() -> Settings:
    """The settings, or exit status 2 with a sentence for each wrong one."""
    try:
        return from_env()
    except SettingsError as error:
        raise Refused(str(error)) from error


@contextmanager
def open_services(*, make: bool = False) -> Iterator[Services]:
    """Everything a command works with, closed at its end.

    With ``make`` a database that is missing or older is brought up to date first; otherwise it is
    refused, so that a mistyped folder is not taken for an empty library. Exit status 2 and one
    sentence when the command cannot start.
    """
    settings = settings_or_stop()
    try:
        serving.prepare(settings) if make else serving.check_tables(settings)
    except serving.CannotServe as error:
        raise Refused(str(error)) from error
    services = build(settings)
    try:
        yield services
    finally:
        services.close()


@contextmanager
def progress_bar(length: int, label: str, *, quiet: bool = False) -> Iterator[Progress | None]:
    """A bar on a terminal, ``None`` elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(done - bar.pos)


def finish(
    summary: dict[str, Any], as_json: bool, lines: list[str], failed: bool = False
) -> NoReturn:
    """Print what happened, JSON as the last line when asked, and exit 0 or 1."""
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        for line in lines:
            click.echo(line)
    sys.exit(1 if failed else 0)
