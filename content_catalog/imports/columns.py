"""Which column of a file means which field of an asset."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from content_catalog.assets.types import SUMMARY_LIMIT
from content_catalog.taxonomy.rules import key, resolve
from content_catalog.taxonomy.types import TYPE, Taxonomy

EXTERNAL_ID, PATH, URL, KIND = "external_id", "path", "url", "kind"
TITLE, SUMMARY, AUDIENCE, STATUS, OWNER, TAGS = (
    "title",
    "summary",
    "audience",
    "status",
    "owner",
    "tags",
)
PUBLISHED_ON, REVIEW_BY, EXPIRES_ON = "published_on", "review_by", "expires_on"
USE_WHEN, DO_NOT_USE_WHEN, TALK_TRACK = "use_when", "do_not_use_when", "talk_track"
DATES = (PUBLISHED_ON, REVIEW_BY, EXPIRES_ON)
TEXTS = (SUMMARY, USE_WHEN, DO_NOT_USE_WHEN, TALK_TRACK)
TEXT_LIMITS = {SUMMARY: SUMMARY_LIMIT, USE_WHEN: 2000, DO_NOT_USE_WHEN: 2000, TALK_TRACK: 4000}
FIELDS = (
    EXTERNAL_ID,
    PATH,
    URL,
    KIND,
    TITLE,
    AUDIENCE,
    STATUS,
    OWNER,
    *DATES,
    TAGS,
    *TEXTS,
)
# A field of a dimension carries this in front, so that a dimension may be called "title".
DIMENSION = "dimension:"
CONTENT_TYPE = "content_type"
# Other words for a field; offered on the page, where a person looks at the guess, never by itself.
GUESSES = {
    "id": EXTERNAL_ID,
    "asset id": EXTERNAL_ID,
    "key": EXTERNAL_ID,
    "file": PATH,
    "file name": PATH,
    "filename": PATH,
    "link": URL,
    "address": URL,
    "name": TITLE,
    "asset": TITLE,
    "description": SUMMARY,
    "abstract": SUMMARY,
    "who may see it": AUDIENCE,
    "state": STATUS,
    "author": OWNER,
    "owner email": OWNER,
    "published": PUBLISHED_ON,
    "date": PUBLISHED_ON,
    "review": REVIEW_BY,
    "review date": REVIEW_BY,
    "expires": EXPIRES_ON,
    "expiry": EXPIRES_ON,
    "expiry date": EXPIRES_ON,
    "keywords": TAGS,
    "labels": TAGS,
    "when to use": USE_WHEN,
    "do not use": DO_NOT_USE_WHEN,
}
GUESS_SHARE = 0.6
_PARTS = re.compile(r"(?:\\[;\\]|[^;])+")
_ESCAPED = re.compile(r"\\([;\\])")
_SPECIAL = re.compile(r"[;\\]")


def field_names(taxonomy: Taxonomy) -> dict[str, str]:
    """Every field with the words a person reads, in the order of the import file."""
    names = {field: field.replace("_", " ").capitalize() for field in FIELDS}
    names[EXTERNAL_ID], names[URL] = "External ID", "Link (URL)"
    names[PATH] = "File (path)"
    names.update({DIMENSION + d.slug: d.label for d in taxonomy.dimensions})
    return names


def column_names(taxonomy: Taxonomy) -> dict[str, str]:
    """Field to the column's name in the file: plural for a dimension, ``content_type`` for type."""
    names = {field: field for field in FIELDS}
    for dimension in taxonomy.dimensions:
        plain = CONTENT_TYPE if dimension.slug == TYPE else (dimension.plural or dimension.slug)
        names[DIMENSION + dimension.slug] = plain
    return names


def match(header: Sequence[str], taxonomy: Taxonomy) -> dict[str, str]:
    """Header to field, by the names the import file is described with; others are left out.

    A dimension answers to its plural, its slug and its label. The first column that names a field
    has it; a second one is left out.
    """
    known = {key(name): field for field, name in column_names(taxonomy).items()}
    for dimension in taxonomy.dimensions:
        for name in (dimension.slug, dimension.label):
            known.setdefault(key(name), DIMENSION + dimension.slug)
    return _once({name: known.get(key(name)) for name in header})


def guess(
    header: Sequence[str], samples: Mapping[str, Sequence[str]], taxonomy: Taxonomy
) -> dict[str, str]:
    """As ``match``, with other usual words and, failing those, by what stands in the column."""
    sure = match(header, taxonomy)
    found: dict[str, str | None] = dict(sure)
    usual = {key(word): field for word, field in GUESSES.items()}
    for name in header:
        if name not in found:
            field = usual.get(key(name)) or _by_content(samples.get(name, ()), taxonomy)
            found[name] = None if field in sure.values() else field
    return _once({name: found.get(name) for name in header})


def _by_content(samples: Sequence[str], taxonomy: Taxonomy) -> str | None:
    """The dimension whose names most of the values are, if any."""
    values = [part for cell in samples for part in split(cell)]
    if not values:
        return None
    best, share = None, 0.0
    for dimension in taxonomy.dimensions:
        hits = sum(resolve(taxonomy, dimension.slug, value) is not None for value in values)
        if hits / len(values) > share:
            best, share = DIMENSION + dimension.slug, hits / len(values)
    return best if share >= GUESS_SHARE else None


def split(cell: str) -> list[str]:
    """The values of a cell: parted by semicolons, trimmed, empty ones dropped.

    ``\\;`` is a semicolon that belongs to the value, as ``join`` writes it.
    """
    if "\\" not in cell:
        return [part.strip() for part in cell.split(";") if part.strip()]
    parts = [_ESCAPED.sub(r"\1", part).strip() for part in _PARTS.findall(cell)]
    return [part for part in parts if part]


def join(values: Iterable[str]) -> str:
    """The cell that ``split`` reads as these values."""
    return ";".join(_SPECIAL.sub(r"\\\g<0>", value) for value in values)


def _once(found: Mapping[str, str | None]) -> dict[str, str]:
    taken: set[str] = set()
    result: dict[str, str] = {}
    for name, field in found.items():
        if field is not None and field not in taken:
            taken.add(field)
            result[name] = field
    return result
