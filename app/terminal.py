"""What every command shares: refusing in one sentence, printing what was done."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

import click

from app.settings import Settings, SettingsError, from_env


class Refused(click.ClickException):
    """Could not start: exit status 2 and one sentence."""

    exit_code = 2


def settings_or_stop() -> Settings:
    """The settings, or exit status 2 with a sentence for each wrong one."""
    try:
        return from_env()
    except SettingsError as error:
        raise Refused(str(error)) from error


def finish(summary: dict[str, Any], as_json: bool, lines: list[str], failed: bool) -> NoReturn:
    """Print what happened, JSON as the last line when asked, and exit 0 or 1."""
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        for line in lines:
            click.echo(line)
    sys.exit(1 if failed else 0)
