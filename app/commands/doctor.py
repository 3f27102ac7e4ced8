"""``doctor``: the invariants."""

from __future__ import annotations

from dataclasses import asdict

import click

from app import doctor as checks
from app.terminal import finish, json_option, open_services, progress_bar


def register(group: click.Group) -> None:
    group.add_command(doctor)


@click.command()
@click.option("--check", is_flag=True, help="Only look (the default).")
@click.option("--repair", is_flag=True, help="Redraw what is derived and sweep orphans first.")
@json_option
def doctor(check: bool, repair: bool, as_json: bool) -> None:
    """Check that everything fits together; exit 1 and name what is broken."""
    with open_services() as services:
        done = checks.repair(services) if repair and not check else []
        total = checks.files_to_read(services)
        with progress_bar(total, "Reading files", quiet=as_json) as progress:
            findings = checks.examine(services, progress=progress)
    lines = [
        *done,
        *(f"{'ok ' if f.ok else 'BAD'} {f.name}: {f.words} {f.advice}" for f in findings),
    ]
    summary = {"repaired": done, "findings": [asdict(f) for f in findings]}
    finish(summary, as_json, [line.strip() for line in lines], not all(f.ok for f in findings))
