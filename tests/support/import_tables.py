"""Tables and files for tests of the import, with everything filled in that a test leaves out."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from content_catalog import SYSTEM, imports, open_catalog, tabular, taxonomy
from content_catalog.database import Work
from content_catalog.imports import FileFault, FoundFile, ImportBatch, ImportOptions
from content_catalog.tables import metadata

HEADER = (
    "external_id",
    "path",
    "title",
    "summary",
    "content_type",
    "audience",
    "personas",
    "stages",
    "industries",
    "owner",
    "published_on",
    "review_by",
    "expires_on",
    "tags",
)
WORDS: dict[str, Any] = {
    "version": 1,
    "dimensions": [
        {
            "slug": "persona",
            "label": "Persona",
            "plural": "personas",
            "multi": True,
            "terms": [
                {
                    "slug": "economic-buyer",
                    "label": "Economic buyer",
                    "aliases": ["CFO", "finance director"],
                },
                {"slug": "developer", "label": "Developer", "aliases": ["engineer"]},
                {"slug": "security", "label": "Security", "aliases": ["CISO"]},
            ],
        },
        {
            "slug": "stage",
            "label": "Stage",
            "plural": "stages",
            "multi": True,
            "ordered": True,
            "terms": [
                {"slug": "evaluate", "label": "Evaluate", "aliases": ["proof of concept"]},
                {"slug": "negotiate", "label": "Negotiate", "aliases": []},
            ],
        },
        {
            "slug": "type",
            "label": "Content type",
            "multi": False,
            "terms": [
                {"slug": "case_study", "label": "Case study", "aliases": ["success story"]},
                {"slug": "battlecard", "label": "Battlecard", "aliases": ["battle card"]},
            ],
        },
        {
            "slug": "industry",
            "label": "Industry",
            "plural": "industries",
            "multi": True,
            "terms": [
                {
                    "slug": "financial-services",
                    "label": "Financial services",
                    "aliases": ["banking"],
                },
            ],
        },
        {
            "slug": "language",
            "label": "Language",
            "plural": "languages",
            "multi": True,
            "terms": [{"slug": "en", "label": "English", "aliases": ["eng"]}],
        },
    ],
}


class Shelf:
    """Files that exist only as bytes in a test."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})

    def find(self, path: str) -> FoundFile | FileFault:
        if path not in self.files:
            return FileFault("missing_file", "There is no file at this path.")
        data = self.files[path]
        name = path.rpartition("/")[2]
        digest = hashlib.sha256(data).hexdigest()
        return FoundFile(name, len(data), digest, "text/markdown", "md")

    def read_text(self, path: str) -> str:
        return self.files[path].decode()


@cache
def empty_database() -> bytes:
    """All tables and the taxonomy of these tests, nothing else."""
    path = Path(mkdtemp()) / "words.db"
    catalog = open_catalog(f"sqlite:///{path}")
    metadata.create_all(catalog.engine)
    with catalog.work(SYSTEM) as work:
        taxonomy.load(work, WORDS)
    catalog.checkpoint()
    catalog.close()
    return path.read_bytes()


def row(number: int, **cells: str) -> dict[str, str]:
    """A row that is fine, but for what a test changes."""
    fine = {
        "external_id": f"guide-{number}",
        "path": f"guides/{number}.md",
        "title": f"Guide number {number}",
        "content_type": "case_study",
        "audience": "customer_ready",
        "personas": "developer",
        "stages": "evaluate",
        "owner": "lena@example.com",
    }
    return fine | cells


def table(*rows: Mapping[str, str], header: tuple[str, ...] = HEADER) -> bytes:
    """CSV as a spreadsheet program writes it."""
    extra = tuple(name for one in rows for name in one if name not in header)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [*header, *dict.fromkeys(extra)], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def shelf(*numbers: int, text: str = "Words of guide") -> Shelf:
    """The files that ``row`` names."""
    return Shelf({f"guides/{n}.md": f"# Guide {n}\n\n{text} {n}.".encode() for n in numbers})


def open_and_check(work: Work, data: bytes, files: imports.Files, **options: Any) -> ImportBatch:
    """Take a table in, columns by name, and check it."""
    read = tabular.read(data)
    mapping = imports.columns_by_name(work, read)
    chosen = ImportOptions(column_map=mapping, **options)
    batch_id = imports.open_batch(work, read, file_name="guides.csv", options=chosen)
    return imports.check(work, batch_id, files)


def codes(look: Work, batch_id: int) -> dict[int, list[str]]:
    """Row to the codes of what is wrong with it, notes left out."""
    found: dict[int, list[str]] = {}
    for problem in imports.problems(look, batch_id):
        if problem.severity != "note":
            found.setdefault(problem.row, []).append(problem.code)
    return found
