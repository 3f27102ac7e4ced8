"""JSON under ``/api/v1``: the same commands, queries and values as the pages."""

from importlib import import_module

from app.api.door import blueprint

TOPICS = (
    "search",
    "assets",
    "contents",
    "taxonomy",
    "coverage",
    "saved",
    "people",
    "imports",
    "admin",
    "openapi",
)
for _topic in TOPICS:
    import_module(f"app.api.{_topic}")

__all__ = ["blueprint"]
