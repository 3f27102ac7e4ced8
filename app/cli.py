"""The command line ``collateral-finder``; the commands of each topic live in ``app/commands``."""

from __future__ import annotations

import json
import logging
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from app.settings import SettingsError

TOPICS = ("serving", "imports", "taxonomy", "people", "demo", "database", "index", "doctor")


class Refused(click.ClickException):
    """Could not start: exit status 2 and one sentence."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="collateral-finder")
@click.pass_context
def main(context: click.Context) -> None:
    """Catalog marketing collateral, find it mid-deal, see what is missing."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    context.ensure_object(dict)


def settings_or_stop() -> Any:
    """The settings, or exit status 2 with a sentence for each wrong one."""
    from app.settings import from_env

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


for _topic in TOPICS:
    import_module(f"app.commands.{_topic}").register(main)


if __name__ == "__main__":
    main()
