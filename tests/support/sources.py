"""The project's own files, for the tests that read source instead of running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "content_catalog", "search_index")


@cache
def modules(*packages: str) -> dict[str, ast.Module]:
    """Parsed source by path relative to the checkout, of these packages or of all three."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"), str(path))
        for package in packages or PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


@cache
def templates() -> dict[str, str]:
    """The text of every template by its path below ``templates/``."""
    folder = ROOT / "templates"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".html", ".txt", ".svg", ".xml"}
    }


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, text) of every string constant that is not a docstring."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def line_of(text: str, offset: int) -> int:
    """The line, from 1, on which ``text[offset]`` stands."""
    return text.count("\n", 0, offset) + 1
