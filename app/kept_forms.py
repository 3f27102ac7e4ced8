"""What somebody typed into a form that could not be taken is handed back to them.

When a session ended meanwhile, the fields travel through the sign-in page in one signed field and
are offered for sending again afterwards. Only requests that provably come from our own pages are
kept, so no other site can put words into anybody's form.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.security import is_from_here

FIELD = "kept"
_GOOD_FOR_S = 7 * 24 * 3600
_MOST_CHARACTERS = 400_000
_FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where it goes and its fields in order; ``files`` counts those to be chosen again."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: int = 0


def keep() -> KeptForm | None:
    """The form of this request, without passwords and tokens; ``None`` when it is not kept."""
    if request.method != "POST" or request.mimetype not in _FORM_TYPES or not is_from_here():
        return None
    fields = tuple(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", FIELD} and "password" not in name
    )
    if sum(len(name) + len(value) for name, value in fields) > _MOST_CHARACTERS:
        return None
    return KeptForm(request.full_path.rstrip("?"), fields, len(request.files))


def pack(kept: KeptForm | None) -> str:
    """As one signed text for a hidden field; empty for ``None``."""
    return _serializer().dumps([kept.path, kept.fields, kept.files]) if kept else ""


def unpack(text: str | None) -> KeptForm | None:
    """What ``pack`` wrote, if it is ours, unchanged and at most 7 days old."""
    try:
        path, fields, files = _serializer().loads(text or "", max_age=_GOOD_FOR_S)
    except BadData:
        return None
    return KeptForm(path, tuple((name, value) for name, value in fields), files)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="kept-form")
