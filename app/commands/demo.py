"""``demo load`` and ``demo remove``."""

from __future__ import annotations

import sys

import click

from app import demo_loading, serving
from app.terminal import Refused, settings_or_stop
from app.wiring import build


def register(group: click.Group) -> None:
    group.add_command(demo)


@click.group()
def demo() -> None:
    """The demo library of an invented company."""


@demo.command()
def load() -> None:
    """Add it; what is there already stays as it is."""
    settings = settings_or_stop()
    try:
        serving.prepare(settings)
    except serving.CannotServe as error:
        raise Refused(str(error)) from error
    services = build(settings)
    with click.progressbar(length=1, label="Demo library", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        report = demo_loading.load(services, progress if sys.stderr.isatty() else None)
    click.echo(f"{report.assets} assets added.")
    for line in demo_loading.sign_ins(services.catalog, settings.data_dir):
        click.echo(line)
    services.close()


@demo.command()
def remove() -> None:
    """Take it away again; your own assets stay."""
    services = build(settings_or_stop())
    report = demo_loading.remove(services)
    services.close()
    click.echo(f"{report.assets} demo assets removed.")
