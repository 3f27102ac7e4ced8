"""What is in an asset: its file and its text."""

from __future__ import annotations

from typing import Any

from app.api.asset_shapes import detail, extraction
from app.api.door import BINARY, operation
from app.api.shapes import AssetDetail, AssetText, PageTextItem
from app.views import assets as pages
from app.wiring import look, work
from content_catalog import Permission, assets


@operation("GET", "/assets/<int:asset_id>/file", Permission.FIND, media_type=BINARY)
def asset_file(asset_id: int) -> Any:
    """The file itself, as a download."""
    return pages.file(asset_id)


@operation(
    "GET", "/assets/<int:asset_id>/versions/<int:number>/file", Permission.FIND, media_type=BINARY
)
def asset_version_file(asset_id: int, number: int) -> Any:
    """The file of an older version, for those who may edit."""
    return pages.version_file(asset_id, number)


@operation("GET", "/assets/<int:asset_id>/text", Permission.FIND, answer=AssetText)
def asset_text(asset_id: int) -> Any:
    """The text of every page: what search reads."""
    version = assets.page(look(), asset_id).version
    return AssetText(
        pages=[
            PageTextItem(number=page.number, kind=page.kind, label=page.label, text=page.text)
            for page in assets.text(look(), asset_id)
        ],
        extraction=extraction(version.reading),
        message=version.message,
    )


@operation("POST", "/assets/<int:asset_id>/read-again", Permission.EDIT_ASSETS, answer=AssetDetail)
def read_asset_again(asset_id: int) -> Any:
    """Read the file once more, after it could not be read."""
    with work() as unit:
        assets.retry_reading(unit, asset_id)
    return detail(assets.page(look(), asset_id))
