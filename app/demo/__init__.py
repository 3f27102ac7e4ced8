"""The demo library: one invented company with its people, its collateral and how it is used.

Everything here is plain values and small generators; loading them is another module's work.
Dayloom, its products, customers, competitors and people are invented.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import content_catalog
from app.demo.history import searches, usage
from app.demo.model import (
    Build,
    DemoAccount,
    DemoAsset,
    DemoNeed,
    DemoPlanItem,
    DemoSearch,
    DemoUse,
)
from app.demo.needs import needs, plan
from app.demo.people import accounts
from app.demo.source import library

TAXONOMY_PATH = Path(content_catalog.__file__).parent / "taxonomy" / "default_taxonomy.json"

__all__ = [
    "TAXONOMY_PATH",
    "Build",
    "DemoAccount",
    "DemoAsset",
    "DemoNeed",
    "DemoPlanItem",
    "DemoSearch",
    "DemoUse",
    "accounts",
    "assets",
    "demo_taxonomy",
    "needs",
    "plan",
    "searches",
    "taxonomy",
    "usage",
]


@cache
def assets() -> tuple[DemoAsset, ...]:
    """Every asset of the demo library, in order of external id; read once, files built on demand."""
    return library()


def taxonomy() -> dict[str, Any]:
    """The default taxonomy, in the shape of a taxonomy file: what a library starts with."""
    return _json(TAXONOMY_PATH)


def demo_taxonomy() -> dict[str, Any]:
    """The demo company's products and competitors, in the same shape; loaded after the default."""
    return _json(Path(__file__).parent / "demo_taxonomy.json")


def _json(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
