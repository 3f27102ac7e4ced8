"""The command line ``collateral-finder``; the commands of each topic live in ``app/commands``."""

from __future__ import annotations

import logging
from importlib import import_module

import click

TOPICS = ("serving", "imports", "taxonomy", "people", "demo", "database", "index", "doctor")


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


for _topic in TOPICS:
    import_module(f"app.commands.{_topic}").register(main)
