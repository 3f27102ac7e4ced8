"""The time, asked once per unit of work so that a whole command has one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Aware, in UTC."""
    return datetime.now(UTC)


def site_date(now: datetime, zone: ZoneInfo) -> date:
    """The calendar day at the site; an asset that expires on day D is found until D ends there."""
    return now.astimezone(zone).date()
