"""One tree of expected failures; each carries its facts. Only ``app.errors`` knows status codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CatalogError(Exception):
    """Anything the catalog refuses; ``str(error)`` is a sentence for the user."""


class NotFound(CatalogError):
    """There is no such thing, or the actor may not know of it."""

    def __init__(self, what: str, identifier: object = None) -> None:
        super().__init__(f"There is no {what} {identifier}." if identifier is not None else what)
        self.what = what
        self.identifier = identifier


class NotAllowed(CatalogError):
    """The actor's role may not do this; ``permission`` names what is missing."""

    def __init__(self, permission: str) -> None:
        super().__init__("Your role cannot do this.")
        self.permission = permission


class Invalid(CatalogError):
    """Input that cannot be taken; ``fields`` maps field name to what is wrong and expected."""

    def __init__(self, message: str = "", fields: Mapping[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(message or " ".join(self.fields.values()))


class Conflict(CatalogError):
    """Somebody saved in between.

    ``version`` is the present one. ``theirs``, ``mine`` and ``base`` map the fields that clash to
    their values (``base`` is what the editor started from). ``by`` and ``at`` say who and when.
    """

    def __init__(
        self,
        message: str,
        *,
        version: int,
        theirs: Mapping[str, Any] | None = None,
        mine: Mapping[str, Any] | None = None,
        base: Mapping[str, Any] | None = None,
        by: str | None = None,
        at: Any = None,
    ) -> None:
        super().__init__(message)
        self.version = version
        self.theirs = dict(theirs or {})
        self.mine = dict(mine or {})
        self.base = dict(base or {})
        self.by = by
        self.at = at


class Gone(CatalogError):
    """It was here and is not any more; ``successor`` is what took its place, if anything."""

    def __init__(self, message: str, successor: int | None = None) -> None:
        super().__init__(message)
        self.successor = successor


class TooLarge(CatalogError):
    """Over a limit or a quota; the sentence has the figure and what to do."""


class TooMany(CatalogError):
    """Too many tries; come back in ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(CatalogError):
    """Cannot be saved right now (database locked, disk full); ``reason`` is a short code."""

    def __init__(self, message: str, reason: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
