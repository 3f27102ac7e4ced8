"""Small words that pages, the API and mails share (UI section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def calendar_day(day: date) -> str:
    """ "11 Nov 2026"."""
    return f"{day.day} {day:%b %Y}"


def ago(day: date, today: date) -> str:
    """ "12 days ago" up to 30 days, then "11 Nov 2026"; days to come are "in 3 days"."""
    days = (today - day).days
    if days == 0:
        return "today"
    if days == 1:
        return "yesterday"
    if days == -1:
        return "tomorrow"
    if 1 < days <= 30:
        return f"{days} days ago"
    if -30 <= days < 0:
        return f"in {-days} days"
    return calendar_day(day)


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 result", "14 results"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}".replace(",", " ")


def listed(names: Sequence[str], last: str = "and") -> str:
    """ "A", "A and B", "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def within(label: str) -> str:
    """A label inside a sentence: "Economic buyer" becomes "economic buyer", "CFO" stays."""
    first = label.split(" ", 1)[0]
    return label[0].lower() + label[1:] if first[1:].islower() else label
