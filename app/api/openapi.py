"""The description of the API (OpenAPI 3.1), made from the declarations it is served by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from flask import Response, jsonify
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from app.api.door import BINARY, OPERATIONS, Operation, operation
from app.api.shapes import Output
from content_catalog import Permission

Schema = dict[str, Any]
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")


class ErrorBody(Output):
    """``fields`` maps a field to what is expected of it; ``version`` comes with a conflict."""

    code: str
    message: str
    fields: dict[str, str]
    version: int | None = None


class Error(Output):
    error: ErrorBody


@operation("GET", "/openapi.json", Permission.PUBLIC, answer=dict[str, Any])
def openapi() -> Response:
    """This description."""
    answer = jsonify(document())
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@cache
def document() -> Schema:
    """The whole description."""
    refs, definitions = _schemas(OPERATIONS.values())
    paths: dict[str, Schema] = {}
    for known in OPERATIONS.values():
        path = "/api/v1" + _PART.sub(r"{\2}", known.rule)
        paths.setdefault(path, {})[known.method.lower()] = _described(known, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Collateral Finder",
            "version": "1",
            "description": "Send an API token as “Authorization: Bearer …”; tokens are made on "
            "the profile page. An Idempotency-Key header makes a repeated POST one change.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


Refs = dict[tuple[str, str], Schema]


def _schemas(operations: Iterable[Operation]) -> tuple[Refs, Schema]:
    """(operation, part) -> its schema, and the named schemas they refer to."""
    wanted: list[tuple[str, str, Any]] = [("", "error", Error)]
    for known in operations:
        parts = {"body": known.body, "form": known.form, "query": known.query}
        wanted += [(known.name, part, shape) for part, shape in parts.items() if shape]
        if known.answer is not None:
            wanted.append((known.name, "answer", known.answer))
    modes: dict[str, JsonSchemaMode] = {"answer": "serialization", "error": "serialization"}
    inputs = [
        ((name, part), modes.get(part, "validation"), TypeAdapter(shape))
        for name, part, shape in wanted
    ]
    made, rest = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    refs = {key: schema for (key, _mode), schema in made.items()}
    return refs, rest.get("$defs", {})


def _described(known: Operation, refs: Refs) -> Schema:
    summary, _, rest = known.summary.partition(". ")
    made: Schema = {
        "operationId": known.name,
        "summary": summary.rstrip("."),
        "parameters": _parameters(known),
        "responses": _responses(known, refs),
        "x-permission": known.permission.value,
    }
    if rest:
        made["description"] = " ".join(known.summary.split())
    if known.body is not None:
        content = {"application/json": {"schema": refs[known.name, "body"]}}
        made["requestBody"] = {"required": True, "content": content}
    if known.form is not None:
        made["requestBody"] = {"required": True, "content": _form(known, refs)}
    if known.permission is Permission.PUBLIC:
        made["security"] = []
    return made


def _parameters(known: Operation) -> list[Schema]:
    found: list[Schema] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if kind == "int" else "string"},
        }
        for kind, name in _PART.findall(known.rule)
    ]
    if known.query is not None:
        shape = known.query.model_json_schema(ref_template="#/components/schemas/{model}")
        needed = shape.get("required", ())
        found += [
            {"name": name, "in": "query", "required": name in needed, "schema": schema}
            for name, schema in _inlined(shape)["properties"].items()
        ]
    if known.method == "POST":
        key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
        found.append(key)
    return found


def _inlined(shape: Schema) -> Schema:
    """A query's enumerations where they are used: they are short."""
    named = {
        f"#/components/schemas/{name}": schema for name, schema in shape.get("$defs", {}).items()
    }

    def inline(value: Any) -> Any:
        if isinstance(value, dict):
            target = named.get(value.get("$ref", ""))
            return target or {key: inline(each) for key, each in value.items()}
        return [inline(each) for each in value] if isinstance(value, list) else value

    return cast(Schema, inline(shape))


def _form(known: Operation, refs: Refs) -> Schema:
    parts: Schema = {
        name: {"type": "string", "contentMediaType": BINARY}
        if name in ("file", "files", "table")
        else {"type": "string"}
        for name in known.files
    }
    schema = {
        "type": "object",
        "properties": {"data": refs[known.name, "form"], **parts},
        "additionalProperties": False,
    }
    return {
        "multipart/form-data": {
            "schema": schema,
            "encoding": {"data": {"contentType": "application/json"}},
        }
    }


def _responses(known: Operation, refs: Refs) -> Schema:
    done: Schema = {"description": "Done."}
    if known.answer is not None:
        done["content"] = {"application/json": {"schema": refs[known.name, "answer"]}}
    elif known.media_type == BINARY:
        done["content"] = {BINARY: {}}
    error = {"application/json": {"schema": refs["", "error"]}}
    answers = {str(known.status): done}
    for status, said in _errors(known).items():
        answers[str(status)] = {"description": said, "content": error}
    return answers


def _errors(known: Operation) -> dict[int, str]:
    """What can go wrong by the kind of operation."""
    found = {503: "The server cannot do this right now; try again."}
    if known.permission is not Permission.PUBLIC:
        found[401] = "No token, or one that does not work."
        found[403] = "The role may not do this."
    if "<" in known.rule or known.names:
        found[404] = "There is no such thing, or one may not know of it."
    shape: type[BaseModel] | None = known.body or known.form
    if shape is not None:
        found |= {
            400: "The body is not JSON.",
            413: "Over a limit or a quota.",
            415: "Another content type is expected.",
        }
        if "version" in shape.model_fields:
            found[409] = "Somebody saved in between; the present version is in the answer."
    if shape is not None or known.query is not None or known.method != "GET":
        found[422] = "Some fields do not fit; each is named."
    if known.rate:
        found[429] = "Too many at once; come back after Retry-After seconds."
    return dict(sorted(found.items()))
