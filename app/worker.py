"""The loop beside the web: keep the index in step, run due jobs, sleep until woken.

One worker per data folder (a lock file says so); web processes may be many. Reading files happens
in child processes with no transaction open; results are stored in one short transaction, and only
while the job's lease is still one's own.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType

from app import handlers, indexing
from app.wiring import LEASE, Services
from content_catalog import SYSTEM, jobs
from content_catalog.errors import CatalogError, Unavailable
from content_catalog.jobs import Job
from search_index.errors import IndexBusy, IndexUnavailable

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
HEARTBEAT_SECONDS = 10


class AnotherWorker(Exception):
    """Somebody already works on this data folder."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """``every`` names the length of a period; the job's key holds the period's number."""

    kind: str
    every: timedelta


PERIODIC = (
    Periodic("reconcile", timedelta(days=1)),
    Periodic("check_index", timedelta(days=1)),
    Periodic("check_files", timedelta(days=1)),
    Periodic("recount_uses", timedelta(days=1)),
    Periodic("prune", timedelta(days=1)),
    Periodic("sweep", timedelta(days=1)),
)


@contextmanager
def only_worker(data_dir: Path) -> Iterator[None]:
    """Hold the worker's lock; raises ``AnotherWorker``. The kernel frees it when the holder dies."""
    path = data_dir / "worker.lock"
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AnotherWorker(f"Another worker is at work on {data_dir}.") from error
        yield


class Worker:
    """``run`` until stopped, or ``run_until_idle`` for tests and the command line."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until ``stop``; gives leases back at the end."""
        self._guarded(self._start)
        next_beat = 0.0
        while not self.stopping.is_set():
            if time.monotonic() >= next_beat:
                self._beat()
                self.services.catalog.checkpoint()  # a long import must not let the log grow
                next_beat = time.monotonic() + HEARTBEAT_SECONDS
            if not self._round():
                self.services.catalog.checkpoint()
                self.stopping.wait(IDLE_SECONDS)
        self._release()

    def run_until_idle(self, limit_seconds: float = 3600) -> None:
        """Until nothing is due now; jobs that wait for a later time are left."""
        deadline = time.monotonic() + limit_seconds
        while not self.stopping.is_set() and time.monotonic() < deadline and self._round():
            pass
        self._release()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self.stopping.set()

    def on_signals(self) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def _start(self) -> None:
        """Nobody else works here (``only_worker``), so what a worker that died had taken is free;
        and the index may have been changed or put back while nobody looked."""
        if self.services.catalog.is_sqlite:
            with self.services.catalog.work(SYSTEM) as work:
                jobs.free(work)
        with suppress(IndexUnavailable, IndexBusy):  # the first round sees to that
            indexing.reconcile(self.services)

    def _round(self) -> bool:
        """Index first, since it is what people wait for; then a handful of jobs."""
        did = self._guarded(lambda: indexing.keep_in_step(self.services)) or 0
        done = self._guarded(self._run_jobs) or 0
        return bool(did or done)

    def _run_jobs(self) -> int:
        catalog = self.services.catalog
        limit = self.services.settings.extraction_processes * 2
        with catalog.look(SYSTEM) as look:
            due = jobs.due(look)
        if not due:
            return 0
        with catalog.work(SYSTEM) as work:
            taken = jobs.claim(work, self.name, LEASE, limit=limit)
        handlers.run_all(self.services, taken, self._run_one)
        return 1  # also when all that was due has been parked: the next ones are due still

    def _run_one(self, job: Job) -> None:
        """A handler stores its result and finishes the job itself; a failure pauses the job."""
        try:
            handlers.run(self.services, job)
        except CatalogError as error:
            self._fail(job, str(error))
        except Exception as error:
            log.exception("job %d (%s) failed", job.id, job.kind)
            self._fail(job, f"{type(error).__name__}: {error}")

    def _fail(self, job: Job, message: str) -> None:
        with self.services.catalog.work(SYSTEM) as work:
            jobs.fail(work, job, message)

    def _beat(self) -> None:
        """Say that the worker lives, and ask for what is due every day."""
        self._guarded(self._enqueue_periodic)
        try:
            (self.services.settings.data_dir / "worker.alive").write_text(str(os.getpid()))
        except OSError as error:
            log.warning("the heartbeat cannot be written: %s", error)

    def _enqueue_periodic(self) -> None:
        with self.services.catalog.work(SYSTEM) as work:
            for periodic in PERIODIC:
                period = int(work.now.timestamp() // periodic.every.total_seconds())
                jobs.enqueue(work, periodic.kind, {}, key=f"{periodic.kind}:{period}")

    def _release(self) -> None:
        def release() -> int:
            with self.services.catalog.work(SYSTEM) as work:
                return jobs.release(work, self.name)

        self._guarded(release)

    def _guarded(self, action: Callable[[], int | None]) -> int | None:
        """A busy database or a full disk is weather, not an end: log it and come back."""
        try:
            return action()
        except Unavailable as error:
            log.warning("%s", error)
        except Exception:
            log.exception("the worker goes on after a fault")
            self.stopping.wait(1)
        return None
