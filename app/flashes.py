"""Messages about the last action that lead somewhere, such as Undo."""

from __future__ import annotations

from flask import flash


def flash_link(text: str, url: str, action: str, category: str = "success") -> None:
    """A sentence and a link behind it; ``components/_flashes.html`` prints both."""
    message = {"text": text, "url": url, "action": action}
    flash(message, category)  # type: ignore[arg-type]  # Flask keeps any JSON value
