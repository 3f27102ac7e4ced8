"""Every route of the application with an address that fits it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
_VALUES = {"WholeNumber": 999, "PathConverter": "x/y", "UnicodeConverter": "x"}


@dataclass(frozen=True)
class Route:
    endpoint: str
    rule: str
    url: str
    methods: frozenset[str]

    @property
    def blueprint(self) -> str:
        return self.endpoint.rpartition(".")[0]

    @property
    def unsafe(self) -> list[str]:
        return [method for method in UNSAFE if method in self.methods]


def routes(app: Flask) -> Iterator[Route]:
    """All of them, static files and views that only tests have left out."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.startswith("trial."):
            continue
        url = adapter.build(rule.endpoint, _values(rule), force_external=False)
        yield Route(rule.endpoint, rule.rule, url, frozenset(rule.methods or ()))


def _values(rule: Rule) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        if kind == "AnyConverter":
            values[name] = sorted(converter.items)[0]
        else:
            values[name] = _VALUES[kind]
    return values | dict(rule.defaults or {})
