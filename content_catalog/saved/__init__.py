"""What a person keeps: starred assets and named searches; nobody else sees them."""

from content_catalog.saved.commands import remove_search, rename_search, save_search, star, unstar
from content_catalog.saved.queries import searches, starred
from content_catalog.saved.types import SavedSearch

__all__ = [
    "SavedSearch",
    "remove_search",
    "rename_search",
    "save_search",
    "searches",
    "star",
    "starred",
    "unstar",
]
