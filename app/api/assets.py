"""Assets over the API: adding, reading, changing, erasing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Literal

from flask import request
from pydantic import ConfigDict, Field

from app.api import asset_shapes
from app.api.asset_shapes import content_of, detail, dimension_terms, item
from app.api.door import Created, operation
from app.api.shapes import (
    AssetChange,
    AssetDetail,
    AssetEdited,
    AssetFields,
    AssetItem,
    Listing,
    NewAssetData,
    Paged,
    ReviewDone,
    Succession,
    Text,
    VersionOnly,
)
from app.idempotent import once
from app.uploading import quota
from app.wiring import look, services, work
from content_catalog import Permission, assets, taxonomy
from content_catalog.assets import AssetEdit, AssetFilter, Audience, NewAsset, Reading, Status

CLEARED = frozenset({"published_on", "review_by", "expires_on", "external_id"})


class AssetQuery(Paged):
    """The library's filters. Besides these each dimension is a key with a slug; it may repeat."""

    model_config = ConfigDict(extra="allow")

    q: Text = Field("", max_length=200, description="Words of title, file name or external id.")
    status: Status | None = None
    audience: Audience | None = None
    owner: Text | None = None
    freshness: Literal["overdue", "due", "expired"] | None = None
    extraction: Reading | None = None
    unmapped: Text | None = Field(None, description="A dimension that the asset has no term of.")
    sort: Literal["updated", "title", "review", "uses"] = "updated"


@operation("GET", "/assets", Permission.FIND, query=AssetQuery, answer=Listing[AssetItem])
def list_assets(query: AssetQuery) -> Any:
    """The library, filtered and in pages."""
    known = taxonomy.read(look())
    given = {name: request.args.getlist(name) for name in query.model_extra or {}}
    found = assets.listing(
        look(),
        AssetFilter(
            text=query.q,
            status=query.status,
            audience=query.audience,
            owner=query.owner,
            freshness=query.freshness,
            reading=query.extraction,
            unmapped=asset_shapes.known_dimension(known, query.unmapped),
            terms=dimension_terms(known, given, exact=True),
            sort=query.sort,
            page=query.page,
            per_page=query.per_page,
        ),
    )
    return Listing[AssetItem](
        total=found.total,
        page=query.page,
        per_page=query.per_page,
        items=[item(card) for card in found.cards],
    )


@operation(
    "POST",
    "/assets",
    Permission.EDIT_ASSETS,
    form=NewAssetData,
    files=("file", "link", "body"),
    answer=AssetDetail,
    status=201,
)
def create_asset(form: NewAssetData) -> Any:
    """Add an asset from a file, a link or a text in Markdown."""
    content = content_of(request)
    new = NewAsset(
        title=form.title,
        content=content,
        summary=form.summary,
        audience=form.audience,
        status=form.status,
        terms=_terms(form),
        owner=form.owner or None,
        use_when=form.use_when,
        do_not_use_when=form.do_not_use_when,
        talk_track=form.talk_track,
        tags=tuple(form.tags),
        published_on=form.published_on,
        review_by=form.review_by,
        expires_on=form.expires_on,
        external_id=form.external_id,
    )
    with work() as unit:
        asset_id = int(once(unit, lambda: str(assets.create(unit, new, quota=quota(services())))))
    return Created(detail(assets.page(look(), asset_id)), f"/api/v1/assets/{asset_id}")


@operation("GET", "/assets/<int:asset_id>", Permission.FIND, answer=AssetDetail)
def show_asset(asset_id: int) -> Any:
    """Everything about one asset."""
    return detail(assets.page(look(), asset_id))


@operation(
    "PATCH",
    "/assets/<int:asset_id>",
    Permission.EDIT_ASSETS,
    body=AssetChange,
    answer=AssetEdited,
)
def edit_asset(asset_id: int, body: AssetChange) -> Any:
    """Change the fields that are sent. What others changed since ``version`` is kept where the
    fields differ; where they do not, the answer is 409 with the present version."""
    change = _change(body)
    with work() as unit:
        done = assets.edit(unit, asset_id, change)
    shown = detail(assets.page(look(), asset_id))
    return AssetEdited(
        **{name: getattr(shown, name) for name in AssetDetail.model_fields},
        changed=[name.removeprefix("term:") for name in done.changed],
        merged=[name.removeprefix("term:") for name in done.merged],
        merged_from=done.by,
    )


@operation("DELETE", "/assets/<int:asset_id>", Permission.ERASE_ASSETS)
def erase_asset(asset_id: int) -> Any:
    """Erase an asset for good, with all its versions."""
    with work() as unit:
        assets.erase(unit, asset_id)


@operation(
    "POST",
    "/assets/<int:asset_id>/review",
    Permission.EDIT_ASSETS,
    body=ReviewDone,
    answer=AssetDetail,
)
def review_asset(asset_id: int, body: ReviewDone) -> Any:
    """Say that the asset was looked at today and is still good."""
    with work() as unit:
        once(unit, lambda: _reviewed(unit, asset_id, body.version, body.review_by))
    return detail(assets.page(look(), asset_id))


def _reviewed(unit: Any, asset_id: int, version: int, review_by: date | None) -> str:
    assets.review(unit, asset_id, version, review_by)
    return str(asset_id)


@operation(
    "POST",
    "/assets/<int:asset_id>/successor",
    Permission.EDIT_ASSETS,
    body=Succession,
    answer=AssetDetail,
)
def supersede_asset(asset_id: int, body: Succession) -> Any:
    """Lead readers to the asset that took this one's place; null takes it back."""
    with work() as unit:
        assets.supersede(unit, asset_id, body.version, body.successor)
    return detail(assets.page(look(), asset_id))


@operation(
    "POST",
    "/assets/<int:asset_id>/versions",
    Permission.EDIT_ASSETS,
    form=VersionOnly,
    files=("file", "link", "body"),
    answer=AssetDetail,
    status=201,
)
def add_asset_version(asset_id: int, form: VersionOnly) -> Any:
    """Put new content in place; older versions stay."""
    assets.page(look(), asset_id)  # before a large file is kept for nothing
    content = content_of(request)
    with work() as unit:
        once(
            unit,
            lambda: str(
                assets.add_version(unit, asset_id, form.version, content, quota=quota(services()))
            ),
        )
    shown = assets.page(look(), asset_id)
    return Created(detail(shown), f"/api/v1/assets/{asset_id}")


def _terms(given: AssetFields) -> dict[str, tuple[str, ...]]:
    return dimension_terms(taxonomy.read(look()), {**(given.model_extra or {}), **given.terms})


def _change(body: AssetChange) -> AssetEdit:
    sent = body.model_fields_set - {"version", "terms"}
    change = AssetEdit(body.version, terms=_terms(body), set_fields=frozenset(sent & CLEARED))
    values = {name: getattr(body, name) for name in sent & AssetFields.model_fields.keys()}
    if "tags" in values:
        values["tags"] = tuple(body.tags)
    return replace(change, **values)
