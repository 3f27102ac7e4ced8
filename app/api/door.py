"""How an endpoint is declared: once, for the route, its guard, its reading and its description.

``@operation`` registers a view with the shapes it takes and answers. Input is read strictly (an
unknown key is refused by name), output is printed from the declared shape, and ``OPERATIONS`` is
what the description under ``/api/v1/openapi.json`` is made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, TypeVar

from flask import Blueprint, Response, abort, request
from pydantic import BaseModel, TypeAdapter, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from app import limits
from app.api.shapes import NO_FIELD, Input, refused
from app.auth import requires
from app.errors import json_error
from content_catalog import Permission
from content_catalog.errors import Invalid

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
View = TypeVar("View", bound=Callable[..., Any])
BINARY = "application/octet-stream"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_FORM_EXTRAS = frozenset({"csrf_token", "idempotency_key"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. ``query``, ``body`` and ``form`` are what it takes, ``answer``
    what it gives back with ``status``; ``None`` is nothing. ``files`` are a form's parts beside its
    JSON ``data``. ``names`` says that the query, too, names something that may not be there."""

    name: str
    method: str
    rule: str
    summary: str
    permission: Permission
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    form: type[BaseModel] | None
    files: tuple[str, ...]
    answer: Any
    status: int
    rate: str | None
    media_type: str
    names: bool


@dataclass(frozen=True, slots=True)
class Created:
    """An answer with the address of what was made."""

    value: Any
    location: str


OPERATIONS: dict[str, Operation] = {}


def operation(
    method: str,
    rule: str,
    permission: Permission,
    *,
    answer: Any = None,
    status: int | None = None,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    form: type[BaseModel] | None = None,
    files: tuple[str, ...] = (),
    rate: str | None = None,
    media_type: str = "application/json",
    names: bool = False,
) -> Callable[[View], View]:
    """Register a view. It gets the parts of the address, and ``query``, ``body`` or ``form`` when
    declared; it returns a value of the shape ``answer``, a ``Created`` or a whole response."""

    def register(view: View) -> View:
        known = Operation(
            name=view.__name__,
            method=method,
            rule=rule,
            summary=(view.__doc__ or "").strip(),
            permission=permission,
            query=query,
            body=body,
            form=form,
            files=files,
            answer=answer,
            status=status or (200 if answer is not None or media_type == BINARY else 204),
            rate=rate,
            media_type=media_type,
            names=names,
        )
        OPERATIONS[known.name] = known
        guarded = requires(permission)(_answering(view, known))
        # One address has a view for each method, with a right of its own; none speaks for all.
        blueprint.add_url_rule(
            rule, known.name, guarded, methods=[method], provide_automatic_options=False
        )
        return view

    return register


def _answering(view: Callable[..., Any], known: Operation) -> Callable[..., Response]:
    printed = TypeAdapter(known.answer) if known.answer is not None else None

    @wraps(view)
    def answer(**parts: Any) -> Response:
        if known.rate:
            limits.check(known.rate)
        given = view(**parts, **_read(known))
        if isinstance(given, Response):
            return given
        location = given.location if isinstance(given, Created) else None
        value = given.value if isinstance(given, Created) else given
        response = Response(status=known.status)
        if printed is not None:
            response.data = printed.dump_json(value, exclude_unset=True)
            response.mimetype = "application/json"
        if location:
            response.headers["Location"] = location
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer


def _read(known: Operation) -> dict[str, Any]:
    read: dict[str, Any] = {}
    if known.query is not None:
        read["query"] = _read_query(known.query)
    if known.body is not None:
        if request.mimetype != "application/json":
            raise UnsupportedMediaType("Send the body as application/json.")
        read["body"] = parse(known.body, request.get_data(cache=True))
    if known.form is not None:
        read["form"] = _read_form(known)
    return read


def _read_query(model: type[BaseModel]) -> BaseModel:
    """A key that may repeat is a list; of any other the last one counts."""
    lists = {name for name, f in model.model_fields.items() if "list[" in str(f.annotation)}
    values: dict[str, Any] = {
        name: given if name in lists else given[-1] for name, given in request.args.lists()
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise refused(error) from error


def _read_form(known: Operation) -> BaseModel:
    """The JSON in ``data``, as a field or as a part with a file name."""
    if request.mimetype not in FORMS:
        raise UnsupportedMediaType("Send the parts as multipart/form-data.")
    part = request.files.get("data")
    raw = part.read() if part is not None else request.form.get("data", "").encode()
    unknown = {*request.form, *request.files} - {"data", *known.files} - _FORM_EXTRAS
    if unknown:
        raise Invalid(fields=dict.fromkeys(sorted(unknown), NO_FIELD))
    assert known.form is not None  # asked by the caller
    return parse(known.form, raw or b"{}")


def parse(model: type[BaseModel], raw: bytes) -> BaseModel:
    """JSON as a value of the shape. What is no JSON is a 400, what does not fit a 422."""
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        if any(fault["type"] == "json_invalid" for fault in error.errors(include_url=False)):
            _not_json(str(error.errors()[0]["ctx"]["error"]))
        raise refused(error) from error


def _not_json(reason: str) -> NoReturn:
    abort(json_error(400, "bad_request", f"The body is not JSON: {reason}."))


__all__ = ["BINARY", "OPERATIONS", "Created", "Input", "Operation", "blueprint", "operation"]
