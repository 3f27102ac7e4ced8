"""How the demo library has been used: openings, downloads and searches of the last months."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from app.demo.model import DemoAsset, DemoSearch, DemoUse
from app.demo.people import accounts
from app.demo.source import library

SEARCHES = Path(__file__).parent / "searches.txt"
"""Lines of: days ago | person | words | key=slug ... | what came of it.

``5+3`` is three minutes after the line above. What came of it is the asset that was opened, or
``shown`` when results were looked at and none was opened, or ``without stage=4`` when nothing was
found but dropping the stage would have given four, or empty when nothing was found at all.
"""

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
    """Searches of the last months, newest first: some led to an asset, some failed."""
    made: list[DemoSearch] = []
    for line in SEARCHES.read_text(encoding="utf-8").splitlines():
        if line:
            made.append(_search(line, made))
    return tuple(sorted(made, key=lambda search: search.days_ago))


def _search(line: str, before: Sequence[DemoSearch]) -> DemoSearch:
    when, person, words, filters, came = (part.strip() for part in line.split("|"))
    days, _, later = when.partition("+")
    # Spread over the day, so that only what follows on purpose looks like a second try.
    minutes = before[-1].minutes - int(later) if later else len(before) % 24 * 17 + 10
    fault = came.startswith("without ")
    opened = f"demo-{came}" if came and came != "shown" and not fault else None
    return DemoSearch(
        f"{person}@example.com",
        words,
        _pairs(filters),
        int(days),
        opened,
        total=3 if opened or came == "shown" else 0,
        without={key: int(n) for key, (n,) in _pairs(came[len("without ") :]).items()}
        if fault
        else {},
        minutes=minutes,
    )


def _pairs(text: str) -> dict[str, tuple[str, ...]]:
    """ "stage=propose stage=expand" -> the values of each key."""
    chosen: dict[str, tuple[str, ...]] = {}
    for one in text.split():
        key, _, value = one.partition("=")
        chosen[key] = (*chosen.get(key, ()), value)
    return chosen
