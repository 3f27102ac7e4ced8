"""Write the rows of an import, a few seconds at a time, so that the index keeps in step."""

from __future__ import annotations

from app import importing
from app.wiring import Services
from content_catalog import SYSTEM, imports, jobs
from content_catalog.errors import NotAllowed, NotFound
from content_catalog.imports import BatchState
from content_catalog.jobs import Job

SECONDS = 3.0


def run(services: Services, job: Job) -> None:
    """``payload``: ``batch_id``. Goes on where the last run ended, then asks for the next one."""
    batch_id = int(job.payload["batch_id"])
    more = _write(services, batch_id)
    with services.catalog.work(SYSTEM) as work:
        if jobs.finish(work, job) and more:
            imports.enqueue(work, batch_id, after=job.id)


def _write(services: Services, batch_id: int) -> bool:
    try:
        with services.catalog.look(SYSTEM) as look:
            batch = imports.batch(look, batch_id)
        if batch.state is not BatchState.COMMITTING:
            return False
        actor = importing.owner_of(services, batch)
    except NotFound:
        return False
    except NotAllowed:
        with services.catalog.work(SYSTEM) as work:
            imports.fail(work, batch_id, "Whoever started this import may not import any more.")
        return False
    return importing.run(services, actor, batch_id, seconds=SECONDS)
