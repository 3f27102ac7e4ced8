"""The other way round: assets as rows that an import reads back without loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from content_catalog import taxonomy
from content_catalog.actor import Permission
from content_catalog.assets.models import AssetRow, AssetTermRow, AssetVersionRow
from content_catalog.assets.rules import slug
from content_catalog.database import Work
from content_catalog.imports import columns
from content_catalog.imports.columns import DIMENSION
from content_catalog.imports.present import by_asset_id
from content_catalog.imports.rules import EXPORTED_ID, Present, plain
from content_catalog.taxonomy import Taxonomy

CHUNK = 400
FOLDER = "files"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One asset. ``cells`` are in the order of ``export_header``. A file has ``sha256`` and
    ``size``, a text ``markdown``; both lie at ``path`` in the export. A link has none of them."""

    asset_id: int
    cells: tuple[str, ...]
    path: str | None = None
    sha256: str | None = None
    size: int | None = None
    markdown: str | None = None


def export_header(words: Taxonomy) -> tuple[str, ...]:
    """Every column an import knows, dimensions that an admin added included."""
    return tuple(columns.column_names(words)[field] for field in _fields(words))


def asset_ids(look: Work) -> list[int]:
    """Every asset, in the order of the export."""
    look.actor.require(Permission.EDIT_ASSETS)
    return list(look.session.scalars(select(AssetRow.id).order_by(AssetRow.id)))


def outgoing(look: Work) -> Iterator[Outgoing]:
    """Every asset by id, drafts and archived ones too. Raises ``NotAllowed``."""
    ids = asset_ids(look)
    words = taxonomy.read(look)
    fields = _fields(words)
    taken = set(
        look.session.scalars(select(AssetRow.external_id).where(AssetRow.external_id.is_not(None)))
    )
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        found = by_asset_id(look, words, chunk)
        files = _versions(look, chunk)
        for asset_id in chunk:
            yield _outgoing(found[asset_id], files[asset_id], fields, taken)


def export_taxonomy(look: Work) -> dict[str, Any]:
    """The taxonomy file's shape. Retired terms that assets still have are in it too, or their rows
    could not be read back into an empty library."""
    words, shown = taxonomy.read(look), taxonomy.show(look)
    used = look.session.scalars(select(AssetTermRow.term_id).distinct())
    retired = [words.terms[i] for i in used if i in words.terms and words.terms[i].retired]
    places = {dimension["slug"]: dimension["terms"] for dimension in shown["dimensions"]}
    for term in sorted(retired, key=lambda t: t.id):
        places[term.dimension].append(
            {
                "slug": term.slug,
                "label": term.label,
                "definition": term.definition,
                "aliases": list(term.aliases),
                "position": len(places[term.dimension]),
            }
        )
    return shown


def _fields(words: Taxonomy) -> tuple[str, ...]:
    """In the order people know from the import file: what it is, where it belongs, when."""
    first = (columns.EXTERNAL_ID, columns.PATH, columns.URL, columns.KIND, columns.TITLE)
    dimensions = tuple(DIMENSION + d.slug for d in words.dimensions)
    known = (*first, columns.SUMMARY, columns.AUDIENCE, columns.STATUS, *dimensions)
    return (*known, *(field for field in columns.FIELDS if field not in known))


def _versions(look: Work, asset_ids: list[int]) -> dict[int, AssetVersionRow | None]:
    rows = look.session.execute(
        select(AssetRow.id, AssetVersionRow)
        .outerjoin(AssetVersionRow, AssetVersionRow.id == AssetRow.current_version_id)
        .where(AssetRow.id.in_(asset_ids))
    )
    return {row[0]: row[1] for row in rows}


def _outgoing(
    asset: Present,
    version: AssetVersionRow | None,
    fields: tuple[str, ...],
    taken: set[str | None],
) -> Outgoing:
    kind, token = asset.content
    path = _path(asset, version)
    values: dict[str, Any] = dict(asset.fields)
    values[columns.EXTERNAL_ID] = asset.external_id or _made_id(asset.asset_id, taken)
    values[columns.PATH] = path or ""
    values[columns.URL] = token if kind == "link" else ""
    values[columns.KIND] = kind
    row = tuple(_cell(values, field) for field in fields)
    if kind == "text":
        return Outgoing(asset.asset_id, row, path, markdown=token)
    if kind == "file" and version is not None:
        return Outgoing(asset.asset_id, row, path, version.sha256, version.size)
    return Outgoing(asset.asset_id, row)


def _cell(values: Mapping[str, Any], field: str) -> str:
    value = values.get(field)
    if field == columns.TAGS or field.startswith(DIMENSION):
        return columns.join(value or ())
    return str(plain(value))


def _path(asset: Present, version: AssetVersionRow | None) -> str | None:
    kind = asset.content[0]
    if kind == "link":
        return None
    name = version.file_name if version is not None and kind == "file" else None
    return f"{FOLDER}/{asset.asset_id}/{name or slug(asset.title) + '.md'}"


def _made_id(asset_id: int, taken: set[str | None]) -> str:
    """``asset-12``, with ``-x`` behind it while another asset really has that id."""
    made = f"{EXPORTED_ID}{asset_id}"
    while made in taken:
        made += "x" if made.endswith("x") else "-x"
    return made
