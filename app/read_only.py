"""Nothing is saved while the disk is nearly full or the data folder cannot be written.

Reading, searching and downloading go on; every other request is refused before its body is read,
with a sentence that says why. The mode ends by itself: once it began for want of space, it stays
until there is clearly enough again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask, current_app, request

from app.disk import Room
from app.security import SAFE_METHODS
from app.wiring import services
from content_catalog.errors import Unavailable

_EXTENSION = "saving"
RETRY_AFTER_S = 60
# Signing in and out write a few bytes and let people read; the database speaks for itself there.
ALWAYS = frozenset({"people.sign_in", "people.sign_out"})


class Saving:
    """Whether this site saves right now. Safe between threads."""

    def __init__(self, room: Callable[[], Room]) -> None:
        self._room = room
        self._full = False
        self._lock = threading.Lock()

    def hindrance(self) -> str | None:
        """ "disk full" or "the data folder cannot be written"; ``None`` when all is well."""
        try:
            room = self._room()
        except OSError:
            return "the data folder cannot be read"
        with self._lock:
            self._full = room.low or (self._full and not room.plenty)
            full = self._full
        if not room.writable:
            return "the data folder cannot be written"
        return "disk full" if full else None


def init_app(app: Flask) -> None:
    """Stands before the guard of sign-in, so that no upload is received in vain."""
    with app.app_context():
        found = services()
    app.extensions[_EXTENSION] = Saving(found.room)
    app.before_request(_refuse)
    app.context_processor(lambda: {"cannot_save": sentence()})


def sentence() -> str | None:
    """What the banner and the error say; ``None`` while saving works."""
    saving: Saving = current_app.extensions[_EXTENSION]
    why = saving.hindrance()
    if why is None:
        return None
    return f"The server cannot save right now ({why}). Searching and downloading work."


def _refuse() -> None:
    if request.method in SAFE_METHODS or request.endpoint in ALWAYS:
        return
    words = sentence()
    if words is not None:
        raise Unavailable(words, "read_only", RETRY_AFTER_S)
