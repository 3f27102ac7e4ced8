"""What is true: assets, terms, people. A library; usable from a prompt with ``open_catalog``."""

from content_catalog.actor import NOBODY, SYSTEM, Actor, Permission, Role, Side
from content_catalog.database import Catalog, Work, open_catalog

__all__ = [
    "NOBODY",
    "SYSTEM",
    "Actor",
    "Catalog",
    "Permission",
    "Role",
    "Side",
    "Work",
    "open_catalog",
]
