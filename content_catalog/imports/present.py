"""What the library holds of the assets that a file names: read in bulk, a few statements in all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from content_catalog.assets.models import AssetRow, AssetTermRow, AssetVersionRow
from content_catalog.database import Work
from content_catalog.imports import columns
from content_catalog.imports.columns import DIMENSION
from content_catalog.imports.rules import EXPORTED_ID, Present
from content_catalog.taxonomy.types import Taxonomy

CHUNK = 400
# An asset without an external id leaves an export as asset-12, or asset-12-x where another asset
# really has that id.
_EXPORTED = re.compile(rf"{EXPORTED_ID}([0-9]{{1,9}})(?:-x{{1,9}})?")


def by_external_id(look: Work, taxonomy: Taxonomy, ids: Iterable[str]) -> dict[str, Present]:
    """External id to the asset that has it."""
    found: dict[str, Present] = {}
    for chunk in _chunks(sorted(set(ids))):
        for present in _read(look, taxonomy, AssetRow.external_id.in_(chunk)):
            if present.external_id is not None:
                found[present.external_id] = present
    return found


def by_exported_id(look: Work, taxonomy: Taxonomy, ids: Iterable[str]) -> dict[str, Present]:
    """``asset-12`` to asset 12, where that one has no external id of its own.

    Whether it really is the same asset is for the caller to see, from title or content: another
    library's asset 12 is another asset.
    """
    wanted = {int(m.group(1)): text for text in ids if (m := _EXPORTED.fullmatch(text))}
    found: dict[str, Present] = {}
    for chunk in _chunks(sorted(wanted)):
        clause = AssetRow.id.in_(chunk) & AssetRow.external_id.is_(None)
        for present in _read(look, taxonomy, clause):
            found[wanted[present.asset_id]] = present
    return found


def by_asset_id(look: Work, taxonomy: Taxonomy, ids: Iterable[int]) -> dict[int, Present]:
    found: dict[int, Present] = {}
    for chunk in _chunks(sorted(set(ids))):
        found.update({p.asset_id: p for p in _read(look, taxonomy, AssetRow.id.in_(chunk))})
    return found


def titles(look: Work, keys: Iterable[str]) -> dict[str, int]:
    """Folded title to one asset that has it."""
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(set(keys))):
        rows = look.session.execute(
            select(AssetRow.title_key, AssetRow.id).where(AssetRow.title_key.in_(chunk))
        )
        found.update({row.title_key: row.id for row in rows})
    return found


def contents(look: Work, hashes: Iterable[str]) -> dict[str, int]:
    """SHA-256 to one asset whose present version is that file."""
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(set(hashes))):
        rows = look.session.execute(
            select(AssetVersionRow.sha256, AssetRow.id)
            .join(AssetRow, AssetRow.current_version_id == AssetVersionRow.id)
            .where(AssetVersionRow.sha256.in_(chunk))
        )
        found.update({row.sha256: row.id for row in rows})
    return found


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _read(look: Work, taxonomy: Taxonomy, clause: ColumnElement[bool]) -> list[Present]:
    rows = look.session.execute(
        select(AssetRow, AssetVersionRow)
        .outerjoin(AssetVersionRow, AssetVersionRow.id == AssetRow.current_version_id)
        .where(clause),
        execution_options={"populate_existing": True},
    ).all()
    terms = _terms(look, taxonomy, [asset.id for asset, _version in rows])
    return [_present(asset, version, terms.get(asset.id, {})) for asset, version in rows]


def _terms(
    look: Work, taxonomy: Taxonomy, asset_ids: Sequence[int]
) -> dict[int, dict[str, tuple[str, ...]]]:
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    rows = look.session.execute(
        select(AssetTermRow.asset_id, AssetTermRow.term_id).where(
            AssetTermRow.asset_id.in_(asset_ids)
        )
    )
    for asset_id, term_id in rows:
        term = taxonomy.terms.get(term_id)
        if term is not None:
            slugs = found.setdefault(asset_id, {})
            slugs[term.dimension] = (*slugs.get(term.dimension, ()), term.slug)
    return found


def _present(
    asset: AssetRow, version: AssetVersionRow | None, terms: Mapping[str, tuple[str, ...]]
) -> Present:
    fields: dict[str, Any] = {
        name: getattr(asset, name)
        for name in (
            columns.TITLE,
            columns.AUDIENCE,
            columns.STATUS,
            *columns.DATES,
            *columns.TEXTS,
        )
    }
    fields[columns.OWNER] = asset.owner_email
    fields[columns.TAGS] = tuple(asset.tags)
    fields.update({DIMENSION + slug: slugs for slug, slugs in terms.items()})
    return Present(asset.id, asset.rev, asset.title, asset.external_id, fields, _content(version))


def _content(version: AssetVersionRow | None) -> tuple[str, str]:
    if version is None:
        return ("text", "")
    token = {"file": version.sha256, "link": version.url, "text": version.markdown}[version.kind]
    return (version.kind, token or "")
