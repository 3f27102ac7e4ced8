"""X04: the content security policy allows no inline script or style, so templates hold none."""

from __future__ import annotations

import ast
import re

import pytest
from sources import line_of, modules, templates

FORBIDDEN = {
    "inline script": r"<script(?![^>]*\bsrc\s*=)",
    "inline style": r"<style\b",
    "event attribute": r"<[^>{]*\son[a-z]+\s*=",
    "style attribute": r"\sstyle\s*=",
    "script in a link": r"javascript:",
    "htmx script attribute": r"\s(?:data-)?hx-on\b|\s(?:data-)?hx-vals\s*=\s*[\"']js:",
    "foreign file": r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*[\"']?(?:https?:)?//",
}
FORBIDDEN_IN_JINJA = {
    "unescaped value": r"\|\s*safe\b",
    "escaping switched off": r"{%-?\s*autoescape\s+false",
}
# Mail programs read no stylesheets, and no policy of ours reaches them.
MAIL = "email/"
IN_MAIL_TOO = {"inline script", "event attribute", "script in a link"}


def offences(text: str, *, mail: bool = False) -> list[str]:
    bare = blank(r"{#.*?#}", text)
    markup = blank(r"{%.*?%}|{{.*?}}", bare)
    rules = [(markup, what, pattern) for what, pattern in FORBIDDEN.items()]
    rules = [rule for rule in rules if not mail or rule[1] in IN_MAIL_TOO]
    rules += [(bare, what, pattern) for what, pattern in FORBIDDEN_IN_JINJA.items()]
    return [
        f"line {line_of(where, found.start())}: {what}"
        for where, what, pattern in rules
        for found in re.finditer(pattern, where, re.IGNORECASE)
    ]


def blank(pattern: str, text: str) -> str:
    """``text`` with every match replaced by as many lines of nothing."""
    return re.sub(pattern, lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)


def test_X04_templates_hold_nothing_the_policy_refuses() -> None:
    wrong = {
        name: found
        for name, text in templates().items()
        if (found := offences(text, mail=name.startswith(MAIL)))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "<script>go()</script>",
        '<script type="module">go()</script>',
        "<style>a{}</style>",
        '<a href="x" onclick="go()">',
        '<p style="color:red">',
        '<a href="javascript:go()">',
        '<div hx-on:click="go()">',
        """<div hx-vals='js:{a: 1}'>""",
        '<script src="https://cdn.example/x.js"></script>',
        "{{ text|safe }}",
        "{% autoescape false %}",
    ],
)
def test_X04_the_rule_sees_what_it_forbids(text: str) -> None:
    assert offences(text)


@pytest.mark.parametrize(
    "text",
    [
        """<script src="{{ static_url('app.js') }}" defer></script>""",
        '<a href="/once?on=1" data-lesson="x">once upon = a time</a>',
        "{# <script>never sent</script> #}",
        """{% set style = "wide" %}{{ value|escape }}""",
    ],
)
def test_X04_the_rule_lets_ordinary_markup_pass(text: str) -> None:
    assert offences(text) == []


def test_X04_markup_is_declared_safe_in_one_module_only() -> None:
    users = {
        path
        for path, tree in modules("app", "content_catalog").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (isinstance(node.func, ast.Name) and node.func.id == "Markup")
    }
    assert users <= {"app/jinja.py"}
