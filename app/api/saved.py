"""What a person keeps: stars, searches and coverage views."""

from __future__ import annotations

from typing import Any

from app.api.asset_shapes import item
from app.api.door import Created, operation
from app.api.shapes import AssetItem, Input, Listing, Output, Paged, Text
from app.idempotent import once
from app.wiring import look, work
from content_catalog import Permission, assets, saved
from content_catalog.database import Work
from content_catalog.errors import NotFound
from content_catalog.saved import KeptPage, SavedSearch


class NewSearch(Input):
    """``query`` is a query string as the page has it: ``q=payback&stage=evaluate`` of the find page,
    ``rows=tollgate&cols=persona`` of the coverage page."""

    name: Text
    query: Text
    page: KeptPage = KeptPage.FIND


class SearchName(Input):
    name: Text


class Searches(Output):
    total: int
    items: list[SavedSearch]


@operation("GET", "/saved/stars", Permission.KEEP_OWN, query=Paged, answer=Listing[AssetItem])
def list_stars(query: Paged) -> Any:
    """One's starred assets, the latest first."""
    cards = assets.cards(look(), saved.starred(look()))
    start = (query.page - 1) * query.per_page
    return Listing[AssetItem](
        total=len(cards),
        page=query.page,
        per_page=query.per_page,
        items=[item(card) for card in cards[start : start + query.per_page]],
    )


@operation("PUT", "/saved/stars/<int:asset_id>", Permission.KEEP_OWN)
def star_asset(asset_id: int) -> Any:
    """Keep an asset at hand; twice is once."""
    assets.page(look(), asset_id)
    with work() as unit:
        saved.star(unit, asset_id)


@operation("DELETE", "/saved/stars/<int:asset_id>", Permission.KEEP_OWN)
def unstar_asset(asset_id: int) -> Any:
    """Let an asset go."""
    with work() as unit:
        saved.unstar(unit, asset_id)


@operation("GET", "/saved/searches", Permission.KEEP_OWN, answer=Searches)
def list_searches() -> Any:
    """One's saved searches and coverage views, the latest first."""
    found = saved.pages(look())
    return Searches(total=len(found), items=list(found))


@operation(
    "POST",
    "/saved/searches",
    Permission.KEEP_OWN,
    body=NewSearch,
    answer=SavedSearch,
    status=201,
)
def save_search(body: NewSearch) -> Any:
    """Keep a search, or a view of coverage, under a name."""
    with work() as unit:
        made = int(once(unit, lambda: str(_save(unit, body))))
    return Created(_search(made), f"/api/v1/saved/searches/{made}")


@operation("GET", "/saved/searches/<int:search_id>", Permission.KEEP_OWN, answer=SavedSearch)
def show_search(search_id: int) -> Any:
    """One saved search or coverage view of one's own."""
    return _search(search_id)


@operation(
    "PATCH",
    "/saved/searches/<int:search_id>",
    Permission.KEEP_OWN,
    body=SearchName,
    answer=SavedSearch,
)
def rename_search(search_id: int, body: SearchName) -> Any:
    """Give a saved search or coverage view another name."""
    with work() as unit:
        saved.rename_search(unit, search_id, body.name)
    return _search(search_id)


@operation("DELETE", "/saved/searches/<int:search_id>", Permission.KEEP_OWN)
def remove_search(search_id: int) -> Any:
    """Forget a saved search or coverage view."""
    with work() as unit:
        saved.remove_search(unit, search_id)


def _save(unit: Work, body: NewSearch) -> int:
    return saved.save_search(unit, body.name, body.query, body.page)


def _search(search_id: int) -> SavedSearch:
    """Raises ``NotFound``, also for somebody else's."""
    found = next((s for s in saved.pages(look()) if s.id == search_id), None)
    if found is None:
        raise NotFound("saved search", search_id)
    return found
