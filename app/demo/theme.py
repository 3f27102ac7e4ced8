"""The demo company's look, shared by its PDF pages, slides, letters and workbooks."""

from __future__ import annotations

COMPANY = "Dayloom"
FOOTER = "Dayloom · shift planning that holds"
MADE = "2026-01-12T08:30:00Z"
"""The time every generated file says it was made: the same text gives the same bytes."""

INK = "1F2933"
MUTED = "5F6C7B"
LINE = "CBD5DF"
PAPER = "F3F6F8"
WHITE = "FFFFFF"
AMBER = "B45309"

_BRAND = {"dark": "12404D", "accent": "D9663B", "tint": "E6F0F1"}
_INTERNAL = {"dark": "43315C", "accent": "B45309", "tint": "F1EDF6"}
_NUMBERS = {"dark": "1D3F72", "accent": "2F8F83", "tint": "E8EEF7"}
_PEOPLE = {"dark": "265943", "accent": "C58A16", "tint": "E9F2ED"}

_BY_TYPE = {
    "white_paper": _NUMBERS,
    "report": _NUMBERS,
    "roi_material": _NUMBERS,
    "price_list": _NUMBERS,
    "onboarding_guide": _PEOPLE,
    "case_study": _PEOPLE,
}


def palette(content_type: str, audience: str) -> dict[str, str]:
    """Colours ``dark``, ``accent`` and ``tint`` as hex; internal pieces are told by theirs."""
    return _INTERNAL if audience == "internal" else _BY_TYPE.get(content_type, _BRAND)


def rgb(colour: str) -> tuple[float, float, float]:
    """``12404D`` as three parts between 0 and 1."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4))
    return red, green, blue
