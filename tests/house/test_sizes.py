"""Files and functions stay small enough to be read in one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sources import ROOT, modules

LONGEST_FUNCTION = 60
LONGEST_FILE = 450
USUAL_FUNCTION = 40
USUAL_FILE = 300
USUAL_SHARE = 0.95


def functions() -> Iterator[tuple[str, int]]:
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}:{node.lineno} {node.name}", length(node)


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body; a docstring is no burden."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def files() -> dict[str, int]:
    return {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in modules()}


def test_no_function_is_too_long_to_follow() -> None:
    assert {name: size for name, size in functions() if size > LONGEST_FUNCTION} == {}


def test_no_file_is_too_long_to_follow() -> None:
    assert {name: size for name, size in files().items() if size > LONGEST_FILE} == {}


def test_nearly_all_functions_are_short() -> None:
    sizes = [size for _, size in functions()]
    assert sum(size <= USUAL_FUNCTION for size in sizes) >= USUAL_SHARE * len(sizes)


def test_nearly_all_files_are_short() -> None:
    sizes = [*files().values()]
    assert sum(size <= USUAL_FILE for size in sizes) >= 0.9 * len(sizes)
