"""The words users read: plain, calm, never begging, cheering or joking about failure."""

from __future__ import annotations

import re

import pytest
from jinja2 import Environment
from sources import line_of, modules, strings, templates

UNWANTED = re.compile(r"\b(please|oops|whoops|successfully|sorry|uh-oh)\b", re.IGNORECASE)
NO_TEXT = re.compile(r"<!--.*?-->|<!doctype[^>]*>|<[/a-z][^<>]*>", re.IGNORECASE | re.DOTALL)
SHOWN = re.compile(r"\b(?:title|alt|placeholder|aria-label|content)\s*=\s*\"([^\"]*)\"")


def said(template: str) -> list[tuple[int, str]]:
    """(line, text) of everything in a template that a user may read, in markup or in strings."""
    found = []
    for line, kind, text in Environment().lex(template):
        if kind == "data":
            found += [(line + line_of(text, m.start()) - 1, m[1]) for m in SHOWN.finditer(text)]
            found.append((line, NO_TEXT.sub(" ", text)))
        elif kind == "string":
            found.append((line, text[1:-1]))
    return found


def complaints(texts: list[tuple[int, str]], *, cheering: bool = True) -> list[str]:
    return [
        f"line {line}: {text.strip()[:80]}"
        for line, text in texts
        if UNWANTED.search(text) or (cheering and re.search(r"\w!(?!=)", text))
    ]


def test_templates_speak_plainly() -> None:
    wrong = {name: found for name, text in templates().items() if (found := complaints(said(text)))}
    assert wrong == {}


def test_messages_in_the_code_speak_plainly() -> None:
    wrong = {
        path: found
        for path, tree in modules().items()
        # The demo library holds documents of an invented company, in its own voice.
        if not path.startswith("app/demo/")
        and (found := complaints([*strings(tree)], cheering=False))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "template",
    [
        "<p>Saved!</p>",
        '<input placeholder="Search here!">',
        "<p>Please try again.</p>",
        "{{ note('Successfully saved.') }}",
    ],
)
def test_the_rule_hears_what_it_forbids(template: str) -> None:
    assert complaints(said(template))


@pytest.mark.parametrize(
    "template",
    ["<!doctype html><p>Saved.</p><!-- a! -->", "{% if a != b %}<b>yes</b>{% endif %}"],
)
def test_the_rule_ignores_what_nobody_reads(template: str) -> None:
    assert complaints(said(template)) == []
