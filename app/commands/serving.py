"""``serve`` and ``worker``."""

from __future__ import annotations

import logging
import os
import sys

import click

from app.terminal import Refused, settings_or_stop


def register(group: click.Group) -> None:
    group.add_command(serve)
    group.add_command(worker)


@click.command()
@click.option("--host", help="Address to listen on (FINDER_HOST).")
@click.option("--port", type=int, help="Port to listen on (FINDER_PORT).")
@click.option("--no-worker", is_flag=True, help="Serve pages only; run the worker elsewhere.")
def serve(host: str | None, port: int | None, no_worker: bool) -> None:
    """Serve the pages, with the worker beside them."""
    from app import serving

    settings = settings_or_stop()
    try:
        serving.serve(settings, host=host, port=port, with_worker=not no_worker)
    except serving.CannotServe as error:
        raise Refused(str(error)) from error


@click.command()
@click.option("--until-idle", is_flag=True, help="End when nothing is left to do.")
def worker(until_idle: bool) -> None:
    """Read files, keep the index in step, run what is due."""
    from app import serving
    from app.wiring import build
    from app.worker import AnotherWorker, Worker, only_worker

    settings = settings_or_stop()
    try:
        serving.check_tables(settings)
        with only_worker(settings.data_dir):
            services = build(settings)
            running = Worker(services)
            running.on_signals()
            done = running.run_until_idle() if until_idle else running.run()
            services.close()
            if running.abandoned:  # its lease is given back; its thread must not hold us up
                os._exit(0)
    except (AnotherWorker, serving.CannotServe) as error:
        raise Refused(str(error)) from error
    logging.getLogger(__name__).info("worker stopped")
    if not done:
        sys.exit(1)
