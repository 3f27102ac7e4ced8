"""Where the parts are introduced to each other: real ones here, others handed in by tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import current_app, g

from app.disk import Room, measure_least
from app.disk import measure as measure_disk
from app.mail import Mailer, open_mailer
from app.settings import Settings
from content_catalog import SYSTEM, Actor, Catalog, Work, open_catalog
from content_catalog.clock import Clock, utc_now
from content_catalog.extraction import ExtractionPool
from content_catalog.faults import fault
from content_catalog.files import BlobStore, LocalBlobs
from search_index.opening import open_index
from search_index.protocol import SearchIndex

EXTENSION = "collateral_finder"
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Services:
    """Everything a request, a job or a command works with."""

    settings: Settings
    catalog: Catalog
    index: SearchIndex
    blobs: BlobStore
    mailer: Mailer
    reader: ExtractionPool
    measure: Callable[[Path], Room] = measure_disk

    def room(self) -> Room:
        """Of the disk with the least of it, of those that hold the database and the files."""
        return measure_least((self.settings.data_dir, self.settings.files_path), self.measure)

    def close(self) -> None:
        self.reader.close()
        self.index.close()
        self.catalog.close()


def build(
    settings: Settings, *, clock: Clock = utc_now, index: SearchIndex | None = None
) -> Services:
    """The real parts for these settings. ``index`` and ``clock`` are for tests."""
    catalog = open_catalog(settings.database_url, clock=clock, zone=settings.site_zone)
    return Services(
        settings=settings,
        catalog=catalog,
        index=index or open_index(settings.index_url),
        blobs=LocalBlobs(settings.files_path),
        mailer=open_mailer(settings.mail_url, catalog),
        reader=ExtractionPool(settings.extraction_processes),
    )


def services() -> Services:
    """Those of the running application."""
    found: Services = current_app.extensions[EXTENSION]
    return found


def look() -> Work:
    """The one reading of this request: opened at the first call, closed at its end."""
    if "look" not in g:
        from app.auth import actor  # the edge of auth needs services() first

        g.look_context = services().catalog.look(actor())
        g.look = g.look_context.__enter__()
    found: Work = g.look
    return found


@contextmanager
def work(as_actor: Actor | None = None) -> Iterator[Work]:
    """One change by whoever is signed in: commits on leaving, so flash and redirect after it."""
    from app.auth import actor

    close_look()
    with services().catalog.work(as_actor or actor()) as unit:
        yield unit
    fault("change-committed")


@contextmanager
def system_work() -> Iterator[Work]:
    """A change by the application itself, such as writing the search log."""
    with services().catalog.work(SYSTEM) as unit:
        yield unit


def close_look(_error: BaseException | None = None) -> None:
    """Let the request's snapshot go; a view that has written must not read an older picture."""
    context = g.pop("look_context", None)
    g.pop("look", None)
    if context is not None:
        context.__exit__(None, None, None)
