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
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from types import FrameType

from app import handlers, importing, indexing
from app.wiring import LEASE, Services
from content_catalog import SYSTEM, jobs
from content_catalog.errors import CatalogError, Unavailable
from content_catalog.jobs import Job
from search_index.errors import IndexBusy, IndexUnavailable

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
BUSY_SYNC_SECONDS = 1.0
JOB_WAIT_SECONDS = 0.2
STOP_SECONDS = 15.0
HEARTBEAT_SECONDS = 10


class AnotherWorker(Exception):
    """Somebody already works on this data folder."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """``every`` names the length of a period; the job's key holds the period's number, counted by
    the clock on the site's wall, so that a day's work belongs to the day people mean."""

    kind: str
    every: timedelta


PERIODIC = (
    Periodic("reconcile", timedelta(days=1)),
    Periodic("check_index", timedelta(days=1)),
    Periodic("check_files", timedelta(days=1)),
    Periodic("recount_uses", timedelta(days=1)),
    Periodic("coverage_snapshot", timedelta(days=1)),
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
        self.faults = 0
        self._places = services.settings.extraction_processes
        self._pool = self._new_pool()
        self._jobs: set[Future[None]] = set()
        self._synced = 0.0

    def run(self) -> bool:
        """Until ``stop``; gives leases back at the end. Faults on the way are weather: True."""
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
        return True

    def run_until_idle(self, limit_seconds: float = 3600) -> bool:
        """Until nothing is due now; jobs that wait for a later time are left.

        False when something failed on the way, so that a script can tell.
        """
        deadline = time.monotonic() + limit_seconds
        self.faults = 0
        self._guarded(self._start)
        while not self.stopping.is_set() and time.monotonic() < deadline and self._round():
            pass
        self._release()
        return self.faults == 0

    def _new_pool(self) -> ThreadPoolExecutor:
        """Its threads only wait for child processes; they start with the first job."""
        return ThreadPoolExecutor(self._places, thread_name_prefix="job")

    @property
    def abandoned(self) -> bool:
        """Whether a job was still at work when the time to end was up."""
        return any(not job.done() for job in self._jobs)

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
        importing.resume(self.services)
        with suppress(IndexUnavailable, IndexBusy):  # the first round sees to that
            indexing.reconcile(self.services)

    def _round(self) -> bool:
        """Index first, since it is what people wait for; then take what is due.

        Jobs run beside this loop, so that one slow file delays neither the index nor the sign of
        life. While they do, the index is written at most once a second: a commit for every text
        that comes in would cost more than the texts.
        """
        self._jobs = {job for job in self._jobs if not job.done()}
        did = 0
        if not self._jobs or time.monotonic() - self._synced >= BUSY_SYNC_SECONDS:
            did = self._guarded(lambda: indexing.keep_in_step(self.services)) or 0
            self._synced = time.monotonic()
        if did:  # something was edited, and perhaps published, that the plan waits for
            self._guarded(lambda: handlers.coverage.close_delivered(self.services))
        taken = self._guarded(self._take_jobs) or 0
        if self._jobs and not taken:
            wait(self._jobs, timeout=JOB_WAIT_SECONDS, return_when=FIRST_COMPLETED)
        return bool(did or taken or self._jobs)

    def _take_jobs(self) -> int:
        free = self._places - len(self._jobs)
        with self.services.catalog.look(SYSTEM) as look:
            if not free or not jobs.due(look):
                return 0
        with self.services.catalog.work(SYSTEM) as work:
            taken = jobs.claim(work, self.name, LEASE, limit=free)
        self._jobs |= {self._pool.submit(self._run_one, job) for job in taken}
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
        catalog = self.services.catalog
        now = catalog.clock().astimezone(catalog.zone).replace(tzinfo=UTC).timestamp()
        wanted = {p.kind: f"{p.kind}:{int(now // p.every.total_seconds())}" for p in PERIODIC}
        with catalog.look(SYSTEM) as look:
            missing = set(wanted.values()) - jobs.known(look, wanted.values())
        if not missing:  # the usual case takes no write lock
            return
        with catalog.work(SYSTEM) as work:
            for kind, key in wanted.items():
                jobs.enqueue(work, kind, {}, key=key)

    def _release(self) -> None:
        """Let the jobs at work end, within reason, and give back what is not done."""
        wait(self._jobs, timeout=STOP_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._new_pool()

        def release() -> int:
            with self.services.catalog.work(SYSTEM) as work:
                return jobs.release(work, self.name)

        self._guarded(release)

    def _guarded(self, action: Callable[[], int | None]) -> int | None:
        """A busy database or a full disk is weather, not an end: log it and come back."""
        try:
            return action()
        except Unavailable as error:
            self.faults += 1
            log.warning("%s", error)
        except Exception:
            self.faults += 1
            log.exception("the worker goes on after a fault")
            self.stopping.wait(1)
        return None
