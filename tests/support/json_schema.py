"""Whether a value is what a schema says: the part of JSON Schema that our description uses.

An object with properties and no word on further ones is closed, so that an answer cannot carry a
key that nobody described. A keyword that is not known here is an error, not silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

_IGNORED = {"title", "description", "default", "contentMediaType", "propertyNames"}
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "") -> Iterator[str]:
    """What does not fit, each with its place; nothing when the value fits."""
    if "$ref" in schema:
        yield from faults(value, resolve(schema["$ref"], root), root, at)
        return
    known = {*_CHECKS, *_IGNORED, "type", "properties", "required", "additionalProperties"}
    known |= {"items", "prefixItems", "anyOf", "minItems", "maxItems"}
    unknown = schema.keys() - known
    assert not unknown, f"{at}: the checker knows nothing of {unknown}"
    if "anyOf" in schema:
        if all(list(faults(value, each, root, at)) for each in schema["anyOf"]):
            yield f"{at}: {value!r} is none of the alternatives"
        return
    wanted = schema.get("type")
    if wanted and (
        not isinstance(value, _TYPES[wanted])
        or (isinstance(value, bool) and wanted in ("integer", "number"))
    ):
        yield f"{at}: {value!r} is no {wanted}"
        return
    for keyword, check in _CHECKS.items():
        if keyword in schema and not check(value, schema[keyword]):
            yield f"{at}: {value!r} breaks {keyword} {schema[keyword]!r}"
    if isinstance(value, dict):
        yield from _object_faults(value, schema, root, at)
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        for number, each in enumerate(value):
            inner = first[number] if number < len(first) else schema.get("items", {})
            yield from faults(each, inner, root, f"{at}[{number}]")


def _object_faults(
    value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], at: str
) -> Iterator[str]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    further = schema.get("additionalProperties", not properties)
    for name, each in value.items():
        if name in properties:
            yield from faults(each, properties[name], root, f"{at}.{name}")
        elif further is False:
            yield f"{at}: {name} is described nowhere"
        elif isinstance(further, dict):
            yield from faults(each, further, root, f"{at}.{name}")


def resolve(ref: str, root: dict[str, Any]) -> dict[str, Any]:
    found: Any = root
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _format(value: Any, name: str) -> bool:
    if name == "date-time":
        return bool(_UTC.fullmatch(value)) and bool(datetime.fromisoformat(value))
    if name == "date":
        return date.fromisoformat(value).isoformat() == value
    raise AssertionError(f"the checker knows nothing of the format {name}")


_CHECKS = {
    "enum": lambda value, allowed: value in allowed,
    "const": lambda value, only: value == only,
    "format": _format,
    "minimum": lambda value, least: value >= least,
    "maximum": lambda value, most: value <= most,
    "maxLength": lambda value, most: len(value) <= most,
    "minLength": lambda value, least: len(value) >= least,
}
