"""Whole numbers that people and programs send: plain digits, and no more than SQLite can hold."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter

DIGITS = 15  # every such number is exact in JSON and fits SQLite's integers


def whole(text: str) -> int:
    """The number written as up to 15 of the digits 0 to 9. Raises ``ValueError`` for anything else.

    Made for ``type=`` of a request's values, where the error gives the default.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise ValueError(f"“{text[:30]}” is not a whole number.")
    return int(text)


def whole_or(text: str, default: int) -> int:
    """The number, or ``default`` for what is none."""
    try:
        return whole(text)
    except ValueError:
        return default


class WholeNumber(IntegerConverter):
    """``<int:…>`` of an address; a number beyond belongs to no page, so the address is not found."""

    regex = f"[0-9]{{1,{DIGITS}}}"
