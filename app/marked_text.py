"""An asset's own text as markup with the words searched for marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from markupsafe import Markup

from app import jinja
from search_index import marked

# Tags as the sanitiser writes them: values in double quotes, "<" in text always escaped.
_TAG = re.compile(r'(<[a-z][a-z0-9]*(?: [a-z]+="[^"]*")*>|</[a-z][a-z0-9]*>)')


def markdown(text: str, marks: Sequence[tuple[str, bool]]) -> Markup:
    """Markdown as safe markup, hits in ``<mark>``. Only text between tags is touched."""
    html = str(jinja.markdown(text))
    if not marks:
        return Markup(html)
    pieces = _TAG.split(html)
    return Markup("").join(
        Markup(piece) if at % 2 else jinja.marked(marked(unescape(piece), marks))
        for at, piece in enumerate(pieces)
    )
