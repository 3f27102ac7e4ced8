"""What is the same name, what is a near one; pure functions on the types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from content_catalog.taxonomy.types import Dimension, Taxonomy, Term

NAME_LIMIT = 120
NEAR = 80.0  # of 100: "case studies" is 82 from "case study"; other words stay below 60
_SEPARATORS = re.compile(r"[\s_\-]+")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def key(text: str) -> str:
    """How names are compared: without case, accents, hyphens, underscores, surrounding space."""
    return _SEPARATORS.sub(" ", _plain(text[: NAME_LIMIT * 2])).strip()


def slugify(text: str) -> str:
    """ "Economic buyer" becomes "economic-buyer"; never empty."""
    return _NOT_SLUG.sub("-", _plain(text[:NAME_LIMIT])).strip("-")[:80].strip("-") or "term"


def _plain(text: str) -> str:
    """Decomposed before and after: some letters fall apart only once they are small."""
    small = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", small) if not unicodedata.combining(c))


def is_slug(text: str) -> bool:
    """What may stand in an address and name a term in files."""
    return bool(_SLUG.fullmatch(text))


def resolve(taxonomy: Taxonomy, dimension: str, text: str) -> Term | None:
    """The term of this slug, label or alias; a retired one leads to its successor, if it has one."""
    found = taxonomy.keys.get((dimension, key(text)))
    seen: set[int] = set()
    while found is not None and found.retired and found.successor and found.id not in seen:
        seen.add(found.id)
        found = taxonomy.term(dimension, found.successor) or found
    return found


def nearest(taxonomy: Taxonomy, dimension: str, text: str) -> Term | None:
    """The live term with the name closest to a misspelt one, or ``None`` when none is close.

    Compared as wholes and with the words in any order, so that "Fin. Director" finds "finance
    director".
    """
    names = {
        k: term for (d, k), term in taxonomy.keys.items() if d == dimension and not term.retired
    }
    wanted = key(text).replace(".", "")
    if not names or len(wanted) < 3:
        return None
    best = process.extractOne(wanted, list(names), scorer=_likeness, score_cutoff=NEAR)
    return names[best[0]] if best else None


def _likeness(left: str, right: str, **_cutoff: float | None) -> float:
    """The signature that ``process.extractOne`` calls."""
    whole = max(fuzz.ratio(left, right), fuzz.token_sort_ratio(left, right) - 1)
    return max(whole, _abbreviated(left, right))


def _abbreviated(left: str, right: str) -> float:
    """ "fin director" for "finance director": each word is the start of its counterpart."""
    ours, theirs = left.split(), right.split()
    if len(ours) != len(theirs) or len(ours) < 2:
        return 0.0
    fits = all(t.startswith(o) and len(o) >= 3 for o, t in zip(ours, theirs, strict=True))
    return 90.0 if fits else 0.0


def synonyms(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Folded name -> the other names of the same term, over all dimensions.

    Names of one letter are left out: they stand for too much in a text.
    """
    found: dict[str, dict[str, None]] = {}
    for dimension in taxonomy.dimensions:
        for term in dimension.live:
            names = [n for n in (term.label, *term.aliases) if len(key(n)) > 1]
            for name in names:
                others = found.setdefault(key(name), {})
                others.update(dict.fromkeys(n for n in names if key(n) != key(name)))
    return {name: tuple(others) for name, others in found.items() if others}


def assemble(dimensions: Iterable[Dimension], revision: int) -> Taxonomy:
    """The whole taxonomy as one value with its look-up tables.

    Where names meet, a slug wins over a label and a label over an alias, a live term over a
    retired one.
    """
    ordered = tuple(sorted(dimensions, key=lambda d: (d.position, d.id)))
    keys: dict[tuple[str, str], Term] = {}
    for dimension in ordered:
        ranked = sorted(dimension.terms, key=lambda t: t.retired)
        layers = (
            [(t.slug, t) for t in ranked],
            [(t.label, t) for t in ranked],
            [(a, t) for t in ranked for a in t.aliases],
        )
        for layer in layers:
            for name, term in layer:
                keys.setdefault((dimension.slug, key(name)), term)
    return Taxonomy(
        dimensions=ordered,
        revision=revision,
        by_slug={d.slug: d for d in ordered},
        terms={t.id: t for d in ordered for t in d.terms},
        keys=keys,
    )
