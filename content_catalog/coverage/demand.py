"""Which cell a failed search belongs to: by its filters, else by the names in its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

from content_catalog import analytics, taxonomy
from content_catalog.actor import Permission
from content_catalog.coverage.types import DEMAND_DAYS, FailedSearch, Outcome
from content_catalog.database import Work
from content_catalog.taxonomy import Taxonomy

_WORD = re.compile(r"\w+")
_EXCLUDED = re.compile(r"(?:^|\s)-\S+")
_LONGEST = 6  # words of a term's name that are looked for
_PLACES_KEPT = 50_000

Words = tuple[str, ...]
Filters = tuple[tuple[str, tuple[str, ...]], ...]
Names = Mapping[Words, tuple[tuple[str, int], ...]]


def failed_searches(look: Work) -> tuple[FailedSearch, ...]:
    """Failed searches of the last 90 days with the terms they name, in one statement.

    Words are for those who may see insights; others get the numbers without them.
    """
    terms = taxonomy.read(look)
    with_words = look.actor.may(Permission.SEE_INSIGHTS)
    found = analytics.failed_searches(look, look.now - timedelta(days=DEMAND_DAYS))
    return tuple(
        FailedSearch(
            words=group.words if with_words else None,
            outcome=Outcome(group.outcome),
            count=group.count,
            places=places(terms, group.words, group.filters),
            filters=group.filters,
        )
        for group in found
    )


def places(
    terms: Taxonomy, words: str, filters: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[int, ...]]:
    """dimension slug -> ids of the terms a search names.

    In a dimension that was filtered by, the filter says which; otherwise every label, alias and
    slug that stands in the words does, the longest where names overlap. A retired name leads to
    its successor, as it does everywhere.
    """
    chosen = tuple(sorted((key, tuple(values)) for key, values in filters.items()))
    return _places(_Known(terms), words, chosen)


class _Known:
    """A taxonomy as a key of a cache: the same value until somebody changes it."""

    def __init__(self, terms: Taxonomy) -> None:
        self.terms = terms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.terms is self.terms

    def __hash__(self) -> int:
        return hash(self.terms.revision)


@lru_cache(maxsize=_PLACES_KEPT)
def _places(known: _Known, words: str, filters: Filters) -> Mapping[str, tuple[int, ...]]:
    terms = known.terms
    found: dict[str, tuple[int, ...]] = {}
    for dimension, slugs in filters:
        if dimension in terms.by_slug:
            named = (taxonomy.resolve(terms, dimension, slug) for slug in slugs)
            found[dimension] = tuple(dict.fromkeys(term.id for term in named if term))
    for dimension, ids in _named(_names(known), _split(_EXCLUDED.sub(" ", words))).items():
        found.setdefault(dimension, ids)
    return {dimension: ids for dimension, ids in found.items() if ids}


@lru_cache(maxsize=2)
def _names(known: _Known) -> Names:
    """Names as words -> (dimension, term id) of everything called so."""
    found: dict[Words, dict[tuple[str, int], None]] = {}
    for dimension, name in known.terms.keys:
        term = taxonomy.resolve(known.terms, dimension, name)
        words = _split(name)
        if term is None or term.retired or not 0 < len(words) <= _LONGEST or len(name) < 2:
            continue
        found.setdefault(words, {})[dimension, term.id] = None
    return {words: tuple(owners) for words, owners in found.items()}


def _named(names: Names, words: Words) -> dict[str, tuple[int, ...]]:
    """The longest names first; a word that is part of one is not read again in that dimension."""
    found: dict[str, dict[int, None]] = {}
    taken: dict[str, set[int]] = {}
    for length in range(min(_LONGEST, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            span = set(range(start, start + length))
            for dimension, term_id in names.get(words[start : start + length], ()):
                if span & taken.get(dimension, set()) and term_id not in found[dimension]:
                    continue
                found.setdefault(dimension, {})[term_id] = None
                taken.setdefault(dimension, set()).update(span)
    return {dimension: tuple(ids) for dimension, ids in found.items()}


def _split(text: str) -> Words:
    return tuple(_singular(word) for word in _WORD.findall(taxonomy.key(text)))


def _singular(word: str) -> str:
    """ "CFOs" names the CFO. Rough, and the same on both sides, so that names meet."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def grouped(searches: Sequence[FailedSearch]) -> tuple[FailedSearch, ...]:
    """Without words: those that name the same terms and failed alike become one."""
    counts: dict[tuple[Outcome, Filters | tuple[tuple[str, tuple[int, ...]], ...]], int] = {}
    for search in searches:
        key = (search.outcome, tuple(sorted(search.places.items())))
        counts[key] = counts.get(key, 0) + search.count
    return tuple(
        FailedSearch(None, outcome, count, dict(named))  # type: ignore[arg-type]
        for (outcome, named), count in counts.items()
    )
