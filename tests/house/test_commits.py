"""Only the edge commits: sessions are opened, committed and rolled back in one module."""

from __future__ import annotations

import ast

import pytest
from sources import modules

HOME = "content_catalog/database.py"
METHODS = {"commit", "rollback"}
MAKERS = {"sessionmaker", "Session", "scoped_session"}


def offences(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in METHODS and is_session(called):
            found.append(f"line {node.lineno}: .{called.attr}()")
        if isinstance(called, ast.Name) and called.id in MAKERS:
            found.append(f"line {node.lineno}: {called.id}()")
        if isinstance(called, ast.Attribute) and called.attr == "sessionmaker":
            found.append(f"line {node.lineno}: sessionmaker()")
    return found


def is_session(called: ast.Attribute) -> bool:
    """An index batch has a commit of its own; inside ``search_index`` none of this applies."""
    return not (isinstance(called.value, ast.Name) and called.value.id in {"batch", "writer"})


@pytest.mark.parametrize("package", ["app", "content_catalog"])
def test_transactions_end_in_one_module_only(package: str) -> None:
    wrong = {
        path: found
        for path, tree in modules(package).items()
        if path != HOME and (found := offences(tree))
    }
    assert wrong == {}


def test_the_rule_sees_what_it_forbids() -> None:
    source = (
        "w.session.commit()\nsession.rollback()\nmaker = sessionmaker(engine)\nbatch.commit()\n"
    )
    assert len(offences(ast.parse(source))) == 3
