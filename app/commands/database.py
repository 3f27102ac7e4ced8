"""``db upgrade``, ``db downgrade``, ``db current``."""

from __future__ import annotations

import click

from app import paths
from app.terminal import Refused, settings_or_stop
from content_catalog import migrating


def register(group: click.Group) -> None:
    group.add_command(db)


@click.group()
def db() -> None:
    """Migrations of the database."""


@db.command()
def upgrade() -> None:
    """Bring the tables to this version of the program."""
    settings = settings_or_stop()
    try:
        migrating.upgrade(settings.database_url, paths.migrations_dir())
    except migrating.NewerSchema as error:
        raise Refused(str(error)) from error
    click.echo(migrating.current(settings.database_url) or "empty")


@db.command()
@click.argument("revision", default="-1")
def downgrade(revision: str) -> None:
    """Go back to REVISION (default: one step)."""
    settings = settings_or_stop()
    migrating.downgrade(settings.database_url, paths.migrations_dir(), revision)
    click.echo(migrating.current(settings.database_url) or "empty")


@db.command()
def current() -> None:
    """Print the revision the database is at."""
    settings = settings_or_stop()
    click.echo(migrating.current(settings.database_url) or "empty")
