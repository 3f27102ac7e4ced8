"""Read the text of a version: slow part in a limited child, then one short transaction."""

from __future__ import annotations

from app.wiring import Services
from content_catalog import SYSTEM, assets, jobs
from content_catalog.assets import PageText, Reading, ReadResult
from content_catalog.errors import Gone
from content_catalog.extraction import Extracted, MediaKind, Outcome, thumbnail
from content_catalog.faults import fault
from content_catalog.jobs import Job

READINGS = {
    Outcome.READ: Reading.DONE,
    Outcome.PARTLY_READ: Reading.PARTLY,
    Outcome.REFUSED: Reading.FAILED,
}


def run(services: Services, job: Job) -> None:
    """``payload``: ``version_id``. Idempotent: the same version gives the same text again."""
    version_id = int(job.payload["version_id"])
    with services.catalog.look(SYSTEM) as look:
        version = assets.version_to_read(look, version_id)
    if version is None:  # erased meanwhile
        _finish(services, job)
        return
    try:
        path = services.blobs.path(version.sha256, version.size)
    except Gone as error:
        _store(
            services, job, version_id, ReadResult(Reading.FAILED, str(error), (), None, None, False)
        )
        return
    fault("extracting")
    folder = services.blobs.derived(version.sha256)
    found = services.reader.extract(path, MediaKind(version.format), derived_dir=folder)
    fault("extracted")
    _store(services, job, version_id, read_result(found, thumbnail(folder, 1).is_file()))


def read_result(found: Extracted, has_thumbnail: bool) -> ReadResult:
    """What extraction found, as the catalog keeps it."""
    return ReadResult(
        reading=READINGS[found.outcome],
        message=found.message,
        pages=tuple(PageText(p.number, p.kind, p.label, p.text) for p in found.pages),
        page_count=found.page_count,
        language=found.language,
        active_content=found.active_content,
        has_thumbnail=has_thumbnail,
        ratios=dict(enumerate(found.aspect_ratios, 1)),
    )


def _store(services: Services, job: Job, version_id: int, result: ReadResult) -> None:
    with services.catalog.work(SYSTEM) as work:
        if not jobs.finish(work, job):
            return  # the lease has gone to another, whose result counts
        assets.store_reading(work, version_id, result)
        if result.reading is not Reading.FAILED:
            jobs.enqueue(
                work, "images", {"version_id": version_id}, key=f"images:{version_id}:{job.id}"
            )


def _finish(services: Services, job: Job) -> None:
    with services.catalog.work(SYSTEM) as work:
        jobs.finish(work, job)
