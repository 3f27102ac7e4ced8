"""A page's forms as a browser would send them."""

from __future__ import annotations

from collections import defaultdict
from html.parser import HTMLParser
from typing import Any

Fields = dict[str, Any]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str | None], dict[str, list[str]]]] = []
        self._inside = False
        self._area: str | None = None
        self._select: tuple[str, bool] | None = None
        self._text = ""

    @property
    def fields(self) -> dict[str, list[str]]:
        return self.forms[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given, defaultdict(list)))
            self._inside = True
        if not self._inside:
            return
        name = given.get("name") or ""
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio", "file") or (kind != "file" and "checked" in given):
                self.fields[name].append(given.get("value") or "")
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select = (name, "multiple" in given)
        elif tag == "option" and self._select:
            held = self.fields[self._select[0]]
            if "selected" in given or (not held and not self._select[1]):
                held[:] = ([*held] if self._select[1] else []) + [given.get("value") or ""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area is not None:
            text = self._text.removeprefix("\r").removeprefix("\n")
            self.fields[self._area].append(text.replace("\r\n", "\n").replace("\n", "\r\n"))
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data


def form(page: str, action: str) -> Fields:
    """The fields of the form with this address, without the form token."""
    reader = _Reader()
    reader.feed(page)
    found = [fields for attrs, fields in reader.forms if attrs.get("action") == action]
    assert found, f"no form for {action}"
    return {name: list(values) for name, values in found[0].items() if name != "csrf_token"}
