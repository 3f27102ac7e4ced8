"""How the demo library has been used: openings, downloads and searches of the last months."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from app.demo.model import DemoAsset, DemoSearch, DemoUse
from app.demo.people import accounts
from app.demo.source import library

SEARCHES = Path(__file__).parent / "searches.txt"
"""Lines of: days ago | person | words | key=slug ... | asset opened (may be empty)."""

WINDOW = 90
"""Days back that ``DemoAsset.opened`` and ``downloaded`` count."""


@cache
def usage() -> tuple[DemoUse, ...]:
    """Openings and downloads by the sales side, more of them lately; the same on every call.

    Each asset has exactly ``opened`` and ``downloaded`` of them, all within ``WINDOW`` days.
    """
    return tuple(use for asset in library() for use in _uses(asset))


def _uses(asset: DemoAsset) -> list[DemoUse]:
    chance = random.Random(asset.external_id)  # spreads example data, keeps no secret
    people = [account.email for account in accounts() if account.side == "sales"]
    events = ["opened"] * asset.opened + ["downloaded"] * asset.downloaded
    youngest = max(-(asset.published_on or -WINDOW), 1)
    return [
        DemoUse(
            asset.external_id,
            event,
            chance.choice(people),
            # The smaller of two draws: recent days are busier than old ones.
            min(chance.randrange(min(WINDOW, youngest)), chance.randrange(min(WINDOW, youngest))),
        )
        for event in events
    ]


def searches() -> tuple[DemoSearch, ...]:
    """Searches of the last months, newest first: some led to an asset, some found nothing."""
    lines = (line for line in SEARCHES.read_text(encoding="utf-8").splitlines() if line)
    return tuple(sorted((_search(line) for line in lines), key=lambda search: search.days_ago))


def _search(line: str) -> DemoSearch:
    days, person, words, filters, opened = (part.strip() for part in line.split("|"))
    chosen: dict[str, tuple[str, ...]] = {}
    for one in filters.split():
        key, _, slug = one.partition("=")
        chosen[key] = (*chosen.get(key, ()), slug)
    found = f"demo-{opened}" if opened else None
    return DemoSearch(f"{person}@example.com", words, chosen, int(days), found)
