"""From an error to an answer, in one table: a page for people, JSON under ``/api/``."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.wiring import services
from content_catalog import SYSTEM, people
from content_catalog.errors import (
    CatalogError,
    Conflict,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    TooLarge,
    TooMany,
    Unavailable,
)
from search_index.errors import IndexUnavailable, SearchError

log = logging.getLogger(__name__)

# class -> (status, code of the JSON shape, heading of the page)
TABLE: dict[type[Exception], tuple[int, str, str]] = {
    NotFound: (404, "not_found", "Nothing at this address"),
    NotAllowed: (403, "not_allowed", "Your role cannot open this"),
    Invalid: (422, "invalid", "That cannot be saved as it is"),
    Conflict: (409, "conflict", "Somebody saved this in between"),
    Gone: (410, "gone", "This is no longer available"),
    TooLarge: (413, "too_large", "That is too large"),
    TooMany: (429, "too_many_requests", "Too many tries"),
    Unavailable: (503, "unavailable", "The server cannot save right now"),
    IndexUnavailable: (503, "search_unavailable", "Search is being rebuilt"),
}
_HTTP_CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
}
_HTTP_SENTENCES = {
    400: "This request could not be understood.",
    404: "It may have been retired.",
    405: "This address does not take that kind of request.",
    413: "That is over the limit for one request.",
}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What ``templates/error.html`` prints."""

    status: int
    heading: str
    message: str
    reference: str | None = None


def init_app(app: Flask) -> None:
    app.register_error_handler(CatalogError, _expected)
    app.register_error_handler(SearchError, _expected)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    return request.path.startswith("/api/")


def json_error(
    status: int, code: str, message: str, fields: dict[str, str] | None = None, **extra: object
) -> Response:
    """The one error shape of the API."""
    body: dict[str, object] = {"code": code, "message": message, "fields": fields or {}, **extra}
    response = jsonify(error=body)
    response.status_code = status
    return response


def _expected(error: Exception) -> Response:
    status, code, heading = next(
        (TABLE[cls] for cls in type(error).__mro__ if cls in TABLE), (400, "refused", "Refused")
    )
    message = str(error)
    if isinstance(error, NotAllowed):
        message = _who_can(message)
    response = _answer(status, code, heading, message, error)
    retry_after = getattr(error, "retry_after", None)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _answer(status: int, code: str, heading: str, message: str, error: Exception) -> Response:
    if wants_json():
        extra = {"version": error.version} if isinstance(error, Conflict) else {}
        return json_error(status, code, message, getattr(error, "fields", None), **extra)
    return _page(ErrorPage(status, heading, message))


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    status = error.code or 500
    if status >= 500:
        return _unexpected(error)
    code = _HTTP_CODES.get(status, "refused")
    message = _HTTP_SENTENCES.get(status) or error.description or HTTPStatus(status).phrase
    heading = "Nothing at this address" if status == 404 else HTTPStatus(status).phrase
    page = ErrorPage(status, heading, message)
    response = json_error(status, code, message) if wants_json() else _page(page)
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    """A fault of ours: the log has the trace under a reference, the user only the reference."""
    reference = secrets.token_hex(2).upper()
    log.error("reference %s on %s %s", reference, request.method, request.path, exc_info=error)
    message = "Something failed on our side. Nothing you entered is lost."
    if wants_json():
        return json_error(500, "failed", f"{message} Reference {reference}.")
    return _page(ErrorPage(500, "Something failed on our side", message, reference))


def _page(page: ErrorPage) -> Response:
    response = make_response(render_template("error.html", error=page), page.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _who_can(message: str) -> str:
    with services().catalog.look(SYSTEM) as look:
        names = people.admin_names(look)
    return f"{message} Ask an admin: {', '.join(names[:3])}." if names else message
