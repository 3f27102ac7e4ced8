"""What a person keeps: starred assets, named searches and coverage views; nobody else sees them."""

from content_catalog.saved.commands import remove_search, rename_search, save_search, star, unstar
from content_catalog.saved.queries import pages, searches, starred
from content_catalog.saved.types import KeptPage, SavedSearch

__all__ = [
    "KeptPage",
    "SavedSearch",
    "pages",
    "remove_search",
    "rename_search",
    "save_search",
    "searches",
    "star",
    "starred",
    "unstar",
]
