"""Draw the page images of a version, after its text is findable."""

from __future__ import annotations

from app.wiring import Services
from content_catalog import SYSTEM, assets, jobs
from content_catalog.extraction import MediaKind, thumbnail
from content_catalog.jobs import Job


def run(services: Services, job: Job) -> None:
    """``payload``: ``version_id``. Images are written under a temporary name, then renamed."""
    version_id = int(job.payload["version_id"])
    with services.catalog.look(SYSTEM) as look:
        version = assets.version_to_read(look, version_id)
    drawn, small = 0, False
    if version is not None:
        path = services.blobs.path(version.sha256, version.size)
        folder = services.blobs.derived(version.sha256)
        rendered = services.reader.render_images(path, MediaKind(version.format), folder)
        drawn, small = max(rendered.numbers, default=0), thumbnail(folder, 1).is_file()
    with services.catalog.work(SYSTEM) as work:
        if jobs.finish(work, job) and version is not None:
            assets.store_images(work, version_id, drawn, has_thumbnail=small)
