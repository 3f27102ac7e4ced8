"""Starting up: check first, then waitress in this process and the worker as its own beside it.

The worker is supervised: when it dies it is started again after a pause. SIGTERM and Ctrl-C end
both in good order.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click
import waitress
from flask import Flask
from sqlalchemy.exc import DatabaseError

from app import paths
from app.settings import Settings
from app.wiring import EXTENSION
from content_catalog import SYSTEM, coverage, migrating
from content_catalog.database import open_catalog
from content_catalog.errors import CatalogError
from search_index.errors import SearchError

log = logging.getLogger(__name__)

STOP_SECONDS = 20
RESTART_PAUSE_SECONDS = 2.0
WARM = ("find/results.html", "find/_regions.html", "assets/show.html", "coverage/show.html")
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph"}


class CannotServe(Exception):
    """One sentence that names what is wrong and how to mend it."""


def serve(
    settings: Settings,
    *,
    host: str | None = None,
    port: int | None = None,
    with_worker: bool = True,
) -> None:
    """Until SIGTERM or Ctrl-C. Raises ``CannotServe`` before anything is started."""
    from app import create_app
    from app.demo_loading import load_if_empty

    host, port = host or settings.host, port or settings.port
    _check_port(host, port)
    prepare(settings)
    if settings.demo:
        load_if_empty(settings)
    app = create_app(settings)
    server = waitress.create_server(
        app,
        host=host,
        port=port,
        threads=settings.threads,
        ident=None,
        channel_timeout=600,
        cleanup_interval=10,
        max_request_body_size=settings.import_limit + 1_000_000,
        clear_untrusted_proxy_headers=settings.trusted_proxies == 0,  # else ProxyFix reads them
    )
    supervisor = WorkerSupervisor() if with_worker else None
    _stop_on_signals()
    _announce(settings, host, port)
    threading.Thread(target=_warm_up, args=(app,), name="warm-up", daemon=True).start()
    if supervisor:
        supervisor.start()
    try:
        server.run()
    finally:
        if supervisor:
            supervisor.stop()
        server.close()
        app.extensions[EXTENSION].close()
        log.info("stopped")


def _warm_up(app: Flask) -> None:
    """Open the index, compile the main pages and read what coverage is counted from now, so that
    nobody waits for it later."""
    services = app.extensions[EXTENSION]
    with suppress(SearchError):
        services.index.state()
    for name in WARM:
        app.jinja_env.get_template(name)
    with suppress(CatalogError), services.catalog.look(SYSTEM) as look:
        coverage.picture(look)
    _calm_the_collector()


def _calm_the_collector() -> None:
    """Python's collector went through all that is kept for good (taxonomy, index, the facts of
    coverage) every few requests: 150 ms in which nobody is answered. Reference counts free nearly
    everything here, so cycles may wait longer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def prepare(settings: Settings) -> None:
    """Migrate a new or older database; refuse a damaged, missing or newer one."""
    _check_disk(settings)
    database = _sqlite_file(settings)
    marker = settings.data_dir / "catalog.made"
    if database is not None and marker.exists() and not _has_bytes(database):
        raise CannotServe(
            f"The database {database} is missing or empty though this data folder had one. "
            "Put it back from the backup, or name an empty folder in FINDER_DATA_DIR."
        )
    try:
        if database is not None and database.exists():
            check_database(settings)
        if database is None or os.access(settings.data_dir, os.W_OK):
            migrating.upgrade(settings.database_url, paths.migrations_dir())
            marker.touch()
    except migrating.NewerSchema as error:
        raise CannotServe(str(error)) from error
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise CannotServe(_damaged(database, str(error))) from error


def check_database(settings: Settings) -> None:
    """SQLite's own quick check; raises ``CannotServe`` when the file is missing or damaged."""
    database = _sqlite_file(settings)
    if database is None:
        return
    if not database.exists():
        raise CannotServe(f"There is no database at {database}. Run: collateral-finder db upgrade")
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            verdict = [row[0] for row in connection.execute("PRAGMA quick_check")]
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise CannotServe(_damaged(database, str(error))) from error
    if verdict != ["ok"]:
        raise CannotServe(_damaged(database, str(verdict[0])))


def check_tables(settings: Settings) -> None:
    """A whole database with the tables of this version, or ``CannotServe``; changes nothing."""
    check_database(settings)
    try:
        behind = migrating.is_behind(settings.database_url, paths.migrations_dir())
    except migrating.NewerSchema as error:
        raise CannotServe(str(error)) from error
    if behind:
        raise CannotServe(
            f"The database {_sqlite_file(settings)} lacks tables of this version. "
            "Run: collateral-finder db upgrade"
        )


def _has_bytes(path: Path) -> bool:
    """SQLite takes an empty file for a new database."""
    return path.exists() and path.stat().st_size > 0


def _damaged(database: Path | None, detail: str) -> str:
    return (
        f"The database {database} is damaged ({detail.splitlines()[0]}). Nothing was changed. "
        "Stop here, put the file back from the backup, and start again."
    )


def _sqlite_file(settings: Settings) -> Path | None:
    prefix = "sqlite:///"
    url = settings.database_url
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(
                f"Port {port} on {host} cannot be used ({error.strerror}). "
                f"Set another one, for example FINDER_PORT={port + 1}."
            ) from error


def _check_disk(settings: Settings) -> None:
    """WAL needs a local disk: on a network file system two machines would damage the file."""
    try:
        mounts = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return
    best = ("", "")
    for line in mounts:
        parts = line.split(" ")
        if len(parts) > 2 and settings.data_dir.is_relative_to(parts[1].replace("\\040", " ")):
            best = max(best, (parts[1], parts[2]), key=lambda found: len(found[0]))
    if best[1] in NETWORK_FILE_SYSTEMS:
        raise CannotServe(
            f"FINDER_DATA_DIR is {str(settings.data_dir)!r} on a network file system ({best[1]}). "
            "SQLite can lose data there: name a folder on a local disk."
        )


class WorkerSupervisor:
    """Keeps one worker process alive."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="worker-supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the worker to end; after 20 s, make it."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._thread.is_alive():
            self._thread.join(5)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            started = time.monotonic()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "worker"], start_new_session=True
            )
            status = self._process.wait()
            if self._stopping.is_set():
                return
            log.warning("the worker ended with status %d; starting it again", status)
            quick = time.monotonic() - started < 10
            self._stopping.wait(RESTART_PAUSE_SECONDS * (5 if quick else 1))


def _stop_on_signals() -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)  # waitress ends its loop on this and finishes the requests in hand

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _announce(settings: Settings, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"Collateral Finder is at http://{shown}:{port}")
    catalog = open_catalog(settings.database_url)
    try:
        from app.demo_loading import sign_ins

        for line in sign_ins(catalog, settings.data_dir):
            click.echo(line)
    finally:
        catalog.close()
    sys.stdout.flush()
