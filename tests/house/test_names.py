"""One topic, one name: blueprint, endpoint, template, form and module are called alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sources import modules, templates

from app import create_app
from app.settings import from_env

SHARED = ("components/", "_macros/", "email/", "dev/")
FRAMES = {"layout.html", "error.html"}
PIECES_OF = re.compile(r"""(?:include|import|extends|from)\s+\[?\s*["']([^"']+)["']""")


@pytest.fixture
def flask_app(tmp_path: Path) -> Flask:
    return create_app(from_env({"FINDER_DATA_DIR": str(tmp_path)}))


def views() -> dict[str, ast.Module]:
    """Source of the views by topic."""
    found = modules("app")
    return {
        path.removeprefix("app/views/").removesuffix(".py"): tree
        for path, tree in found.items()
        if path.startswith("app/views/") and not path.endswith("__init__.py")
    }


def named_templates(tree: ast.AST) -> Iterator[str]:
    """Every string in the code that names a template."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[a-z_/-]+\.(?:html|txt)", node.value)
        ):
            yield node.value


def test_a_blueprint_is_called_like_its_topic() -> None:
    named = {
        topic: node.args[0].value
        for topic, tree in views().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Blueprint"
        and isinstance(node.args[0], ast.Constant)
    }
    assert named == {topic: topic for topic in named}


def test_an_endpoint_is_topic_and_verb(flask_app: Flask) -> None:
    endpoints = {rule.endpoint for rule in flask_app.url_map.iter_rules()} - {"static"}
    verbs = {name: flask_app.view_functions[name].__name__ for name in endpoints}
    assert {name: verb for name, verb in verbs.items() if name.partition(".")[2] != verb} == {}


def test_every_template_that_the_code_names_is_there() -> None:
    named = {
        (path, name) for path, tree in modules("app").items() for name in named_templates(tree)
    }
    missing = {(path, name) for path, name in named if "/" in name and name not in templates()}
    assert {pair for pair in missing if not pair[0].startswith("app/demo/")} == set()


def test_a_page_stands_in_the_folder_of_its_topic() -> None:
    folders = {name.split("/")[0] for name in templates() if "/" in name}
    shared = {folder.rstrip("/") for folder in SHARED}
    assert folders - shared - views().keys() == set()


def test_no_template_is_left_over() -> None:
    named = {name for tree in modules("app").values() for name in named_templates(tree)}
    named |= {name for text in templates().values() for name in PIECES_OF.findall(text)}
    pages = {name for name in templates() if not name.startswith(("email/", "dev/"))}
    assert pages - named - FRAMES == set()


def test_a_template_is_called_in_lower_case_with_underscores() -> None:
    assert [name for name in templates() if not re.fullmatch(r"[a-z_/-]+\.[a-z]+", name)] == []


def test_a_form_says_so_in_its_name() -> None:
    odd = [
        f"{path}: {node.name}"
        for path, tree in modules("app").items()
        if path.startswith("app/forms/")
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any("Form" in ast.unparse(b) for b in node.bases)
        if not node.name.endswith("Form") and not node.name.startswith("_")
    ]
    assert odd == []


def test_forms_belong_to_a_topic_with_views() -> None:
    topics = {
        path.removeprefix("app/forms/").removesuffix(".py")
        for path in modules("app")
        if path.startswith("app/forms/") and not path.endswith(("__init__.py", "/fields.py"))
    }
    assert topics - views().keys() == set()
