"""Use and demand: written after the answer, read by home page, typeahead and reports."""

from content_catalog.analytics.commands import (
    prune,
    record_opening,
    record_search,
    record_use,
    recount,
    remove_demo,
)
from content_catalog.analytics.demand import failed_searches
from content_catalog.analytics.queries import (
    found_by,
    latest_search,
    most_used,
    new_this_week,
    past_searches,
    recent,
)
from content_catalog.analytics.types import (
    Event,
    FailedSearchCount,
    FoundBy,
    RecentAsset,
    SearchRecord,
)

__all__ = [
    "Event",
    "FailedSearchCount",
    "FoundBy",
    "RecentAsset",
    "SearchRecord",
    "failed_searches",
    "found_by",
    "latest_search",
    "most_used",
    "new_this_week",
    "past_searches",
    "prune",
    "recent",
    "record_opening",
    "record_search",
    "record_use",
    "recount",
    "remove_demo",
]
