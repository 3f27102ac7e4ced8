"""``demo load`` and ``demo remove``."""

from __future__ import annotations

from dataclasses import asdict

import click

from app import demo, demo_loading
from app.terminal import finish, json_option, open_services, progress_bar


def register(group: click.Group) -> None:
    group.add_command(demo_group)


@click.group("demo")
def demo_group() -> None:
    """The demo library of an invented company."""


@demo_group.command()
@json_option
def load(as_json: bool) -> None:
    """Add it; what is there already stays as it is."""
    with open_services(make=True) as services:
        with progress_bar(len(demo.assets()), "Demo library", quiet=as_json) as progress:
            report = demo_loading.load(services, progress)
        sign_ins = demo_loading.sign_ins(services.catalog, services.settings.data_dir)
    finish(asdict(report), as_json, [f"{report.assets} assets added.", *sign_ins])


@demo_group.command()
@json_option
def remove(as_json: bool) -> None:
    """Take it away again; your own assets stay."""
    with open_services() as services:
        report = demo_loading.remove(services)
    finish(asdict(report), as_json, [f"{report.assets} demo assets removed."])
