"""The whole library in one zip that ``import`` reads back: table, files, taxonomy, requests."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.wiring import Services
from content_catalog import Actor, imports, tabular, taxonomy
from content_catalog.database import Work
from content_catalog.errors import Gone
from content_catalog.imports import Outgoing

TABLE, TAXONOMY, REQUESTS = "assets.csv", "taxonomy.json", "requests.json"
# Files of these kinds are packed already; pressing them again only costs time.
_PACKED = (".pdf", ".pptx", ".docx", ".xlsx", ".png", ".jpg", ".jpeg", ".webp", ".mp4", ".webm")


@dataclass(frozen=True, slots=True)
class ExportReport:
    """``missing`` names assets whose file is damaged: their row is there, the file is not."""

    assets: int
    files: int
    missing: tuple[str, ...] = ()


def export(
    services: Services,
    actor: Actor,
    target: Path,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write ``target``; the file appears under its name only when it is whole.

    One reading of the database, so rows fit each other. Raises ``NotAllowed`` and ``OSError``.
    """
    partial = target.with_name(f"{target.name}.part")
    try:
        with (
            services.catalog.look(actor) as look,
            zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            report = _write(services, look, archive, progress)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return report


def _write(
    services: Services,
    look: Work,
    archive: zipfile.ZipFile,
    progress: Callable[[int], None] | None,
) -> ExportReport:
    rows: list[tuple[str, ...]] = []
    missing: list[str] = []
    files = 0
    for asset in imports.outgoing(look):
        rows.append(asset.cells)
        try:
            files += _add_content(services, archive, asset)
        except Gone:
            missing.append(asset.path or str(asset.asset_id))
        if progress is not None:
            progress(len(rows))
    words = taxonomy.read(look)
    archive.writestr(TABLE, tabular.write(imports.export_header(words), rows))
    shown = json.dumps(imports.export_taxonomy(look), ensure_ascii=False, indent=1)
    archive.writestr(TAXONOMY, shown)
    archive.writestr(REQUESTS, json.dumps({"version": 1, "requests": []}))
    return ExportReport(len(rows), files, tuple(missing))


def _add_content(services: Services, archive: zipfile.ZipFile, asset: Outgoing) -> int:
    if asset.path is None:
        return 0
    if asset.markdown is not None:
        archive.writestr(asset.path, asset.markdown.encode())
    elif asset.sha256 is not None:
        packed = asset.path.lower().endswith(_PACKED)
        archive.write(
            services.blobs.path(asset.sha256, asset.size),
            asset.path,
            zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED,
        )
    return 1
