"""A small line over days, drawn on the server as points of an SVG, with the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.words import calendar_day

WIDTH, HEIGHT = 120, 28


@dataclass(frozen=True, slots=True)
class Spark:
    """``points`` are those of a polyline in a box of 120 by 28; ``last`` is where it ends."""

    points: str
    words: str
    last: tuple[float, float]


def spark(values: Sequence[tuple[date, float]], unit: str = "") -> Spark | None:
    """Days in order with a value each, the days between them to scale; from 0 to the highest.

    ``None`` for fewer than two: a point is no line.
    """
    if len(values) < 2:
        return None
    (start, first), (end, last) = values[0], values[-1]
    days = (end - start).days or 1
    top = max(value for _, value in values) or 1
    places = [
        (
            round(2 + (WIDTH - 4) * (day - start).days / days, 1),
            round(HEIGHT - 3 - (HEIGHT - 6) * value / top, 1),
        )
        for day, value in values
    ]
    words = (
        f"From {first:g}{unit} on {calendar_day(start)} to {last:g}{unit} on {calendar_day(end)}"
    )
    return Spark(" ".join(f"{x},{y}" for x, y in places), words, places[-1])
