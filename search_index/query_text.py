"""What users may type, as a small value: words, "phrases", -word, field:value.

Never raises and takes time linear in the text: the text is cut to ``MAX_LETTERS`` before it is
looked at, and read once from left to right. Broken syntax is plain words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from search_index import analysis

MAX_LETTERS: Final = 256
MAX_TERMS: Final = 12
MIN_PREFIX: Final = 3
"""Letters from which the last word may be completed; fewer would match half the library."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words wanted side by side; one word is the usual case.

    ``exact`` for a quoted phrase, whose words are meant as they stand. ``prefix`` when the last
    word may go on.
    """

    words: tuple[str, ...]
    exact: bool = False
    prefix: bool = False

    @property
    def text(self) -> str:
        """As a person would write it."""
        return f'"{" ".join(self.words)}"' if self.exact else " ".join(self.words)


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """``fields`` are (key, value) pairs in lower case for the caller to turn into filters.

    ``truncated`` says in words what was searched when the text was over the caps.
    """

    terms: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    text_without_fields: str = ""
    truncated: str | None = None


def parse(
    text: str, *, typing: bool = False, field_names: Collection[str] | None = None
) -> ParsedQuery:
    """Read what a person typed.

    ``typing`` makes the last word a prefix when the text ends in it. ``field:value`` is taken as a
    field only for ``field_names`` (lower case; ``None``: for every name of letters), other words
    with a colon stay words.
    """
    cut = len(text) > MAX_LETTERS
    text = _printable(text[:MAX_LETTERS])
    terms: list[Term] = []
    excluded: list[Term] = []
    fields: list[tuple[str, str]] = []
    rest: list[str] = []
    for minus, key, body, quoted, last in _pieces(text, field_names):
        if key:
            fields.append((key, body.casefold().strip()))
            continue
        rest.append(("-" if minus else "") + (f'"{body}"' if quoted else body))
        term = _term(body, quoted=quoted, typing=typing and last, starred=body.endswith("*"))
        if term is not None:
            (excluded if minus else terms).append(term)
    note = _note(cut, len(terms) + len(excluded))
    return ParsedQuery(
        tuple(terms[:MAX_TERMS]),
        tuple(excluded[: max(0, MAX_TERMS - len(terms))]),
        tuple(fields),
        " ".join(rest),
        note,
    )


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _note(cut: bool, terms: int) -> str | None:
    if cut:
        return f"Only the first {MAX_LETTERS} characters were searched."
    if terms > MAX_TERMS:
        return f"Only the first {MAX_TERMS} words were searched."
    return None


def _pieces(
    text: str, field_names: Collection[str] | None
) -> list[tuple[bool, str, str, bool, bool]]:
    """(minus, field, body, quoted, last) from left to right."""
    found: list[tuple[bool, str, str, bool, bool]] = []
    at, end = 0, len(text)
    text = text.replace("“", '"').replace("”", '"').replace("„", '"')
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        minus = text[at] == "-" and at + 1 < end and not text[at + 1].isspace()
        at += minus
        key, at = _field(text, at, field_names)
        if text[at : at + 1] == '"' and (close := text.find('"', at + 1)) > 0:
            found.append((minus, key, text[at + 1 : close], True, False))
            at = close + 1
            continue
        stop = at
        while stop < end and not text[stop].isspace() and (text[stop] != '"' or stop == at):
            stop += 1
        found.append((minus, key, text[at:stop], False, stop == end))
        at = stop
    return found


def _field(text: str, at: int, field_names: Collection[str] | None) -> tuple[str, int]:
    """The field named at ``at`` and where its value begins, or ("", at)."""
    colon = text.find(":", at, at + 40)
    if colon < 0 or colon + 1 >= len(text) or text[colon + 1].isspace():
        return "", at
    name = text[at:colon].casefold()
    if field_names is None:
        plain = name.replace("_", "").replace("-", "").isalpha()
        known = plain and not text.startswith("//", colon + 1)  # a web address is no field
    else:
        known = name in field_names
    return (name, colon + 1) if known else ("", at)


def _term(body: str, *, quoted: bool, typing: bool, starred: bool) -> Term | None:
    found = tuple(analysis.words(body))[:MAX_TERMS]
    if not found:
        return None
    may_go_on = (typing and body[-1:].isalnum()) or (starred and not quoted)
    return Term(
        found,
        exact=quoted and len(found) > 1,
        prefix=may_go_on and len(found[-1]) >= MIN_PREFIX,
    )
