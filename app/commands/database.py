"""``db upgrade``, ``db downgrade``, ``db current``."""

from __future__ import annotations

from typing import NoReturn

import click

from app import paths
from app.settings import Settings
from app.terminal import Refused, finish, json_option, settings_or_stop
from content_catalog import migrating


def register(group: click.Group) -> None:
    group.add_command(db)


@click.group()
def db() -> None:
    """Migrations of the database."""


@db.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Bring the tables to this version of the program."""
    settings = settings_or_stop()
    try:
        migrating.upgrade(settings.database_url, paths.migrations_dir())
    except migrating.NewerSchema as error:
        raise Refused(str(error)) from error
    _tell(settings, as_json)


@db.command()
@click.argument("revision", default="-1")
@json_option
def downgrade(revision: str, as_json: bool) -> None:
    """Go back to REVISION (default: one step)."""
    settings = settings_or_stop()
    try:
        migrating.downgrade(settings.database_url, paths.migrations_dir(), revision)
    except migrating.NoSuchRevision as error:
        raise Refused(str(error)) from error
    _tell(settings, as_json)


@db.command()
@json_option
def current(as_json: bool) -> None:
    """Print the revision the database is at."""
    _tell(settings_or_stop(), as_json)


def _tell(settings: Settings, as_json: bool) -> NoReturn:
    revision = migrating.current(settings.database_url)
    finish({"revision": revision}, as_json, [revision or "empty"])
