"""What needs and plan items share: the terms and words that they may hold."""

from __future__ import annotations

from collections.abc import Iterable

from content_catalog import taxonomy
from content_catalog.errors import Conflict, Invalid, NotFound
from content_catalog.taxonomy import Taxonomy, Term


def term(known: Taxonomy, term_id: int) -> Term:
    """Raises ``NotFound``."""
    found = known.terms.get(term_id)
    if found is None:
        raise NotFound("term", term_id)
    return found


def label(known: Taxonomy, term_ids: Iterable[int | None]) -> str:
    """ "Negotiate · Procurement", in the order given."""
    found = (known.terms.get(term_id) for term_id in term_ids if term_id is not None)
    return " · ".join(term.label for term in found if term is not None)


def slugs(known: Taxonomy, term_ids: Iterable[int]) -> list[str]:
    """As the audit log names terms: an id says nothing to who reads it."""
    found = (known.terms.get(term_id) for term_id in term_ids)
    return sorted(term.slug for term in found if term is not None)


def types_problem(known: Taxonomy, term_ids: Iterable[int], kept: Iterable[int] = ()) -> str | None:
    """What is wrong with content types; those in ``kept`` may have been retired since."""
    kept = set(kept)
    for term_id in sorted(term_ids):
        found = known.terms.get(term_id)
        if found is None or found.dimension != taxonomy.TYPE:
            return "Choose from the list of content types."
        if found.retired and term_id not in kept:
            return f"“{found.label}” is not used any more. Choose another content type."
    return None


def tidy(text: str, limit: int) -> tuple[str, str | None]:
    """Without space around it, and what is wrong with it."""
    clean = text.strip()
    return clean, f"Use at most {limit:,} characters." if len(clean) > limit else None


def same_version(present: int, shown: int, by: str | None = None) -> None:
    """Raises ``Conflict`` when what was shown is not what is there."""
    if present != shown:
        who = by or "Somebody"
        raise Conflict(f"{who} saved this in between. Look at it again.", version=present, by=by)


def refuse(problems: dict[str, str | None]) -> None:
    """Raises ``Invalid`` with the fields that have a problem, if any has."""
    found = {name: problem for name, problem in problems.items() if problem}
    if found:
        raise Invalid(fields=found)
