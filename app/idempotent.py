"""The same form sent twice is one change: a double click, a retry, back and resubmit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import request

from content_catalog import idempotency
from content_catalog.database import Work
from content_catalog.errors import Invalid

FIELD, HEADER = "idempotency_key", "Idempotency-Key"


def once(work: Work, change: Callable[[], str]) -> str:
    """Run ``change`` unless this key already has a result; the result is a short text.

    The key and the change are stored in one transaction. Without a key the change just runs.
    Raises ``Invalid`` when the key was used with another body.
    """
    key = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not key:
        return change()
    body = _body_hash()
    try:
        known = idempotency.recall(work, key[:100], body)
    except Invalid as error:
        if request.headers.get(HEADER):
            raise
        raise Invalid(
            "This form was sent already, with other words. What you typed now is below; "
            "send it again to add it as well."
        ) from error
    if known is not None:
        return known
    result = change()
    idempotency.remember(work, key[:100], body, result)
    return result


def once_only(work: Work, change: Callable[[], object]) -> None:
    """The same for a change that has no result."""

    def run() -> str:
        change()
        return ""

    once(work, run)


def _body_hash() -> str:
    """Of the form's fields, files by name and length, or the raw body of a JSON request."""
    digest = hashlib.sha256(request.path.encode())
    if request.is_json:
        digest.update(request.get_data(cache=True))
    for name, values in sorted(request.form.lists()):
        if name not in (FIELD, "csrf_token"):
            digest.update(repr((name, values)).encode())
    for name, file in sorted(request.files.items()):
        file.stream.seek(0, 2)
        digest.update(repr((name, file.filename, file.stream.tell())).encode())
        file.stream.seek(0)
    return digest.hexdigest()
