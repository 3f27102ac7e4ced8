"""Which cell a failed search belongs to: by its filters, else by the names in its words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from content_catalog import analytics, taxonomy
from content_catalog.actor import Permission
from content_catalog.analytics import FailedSearchCount
from content_catalog.coverage.types import DEMAND_DAYS, FailedSearch, Outcome
from content_catalog.database import Work
from content_catalog.taxonomy import Taxonomy

_WORD = re.compile(r"\w+")
_EXCLUDED = re.compile(r"(?:^|\s)-(?:\"[^\"]*\"|\S+)")
_LONGEST = 6  # words of a term's name that are looked for

Words = tuple[str, ...]
Settled = tuple[Mapping[object, FailedSearch], tuple[FailedSearch, ...]]
Names = Mapping[Words, tuple[tuple[str, int], ...]]


@dataclass(frozen=True)
class Asked:
    """Failed searches one by one, and ``groups`` of those that name the same terms and failed
    alike, which are far fewer: they are what is counted."""

    searches: tuple[FailedSearch, ...]
    groups: tuple[FailedSearch, ...]


def failed_searches(look: Work) -> Asked:
    """Failed searches of the last 90 days with the terms they name, in three statements.

    Words are for those who may see insights; others get the numbers without them.
    """
    settled, groups = _settled(look)
    terms = taxonomy.read(look)
    fresh = [_placed(terms, g) for g in analytics.failed_searches(look, _settled_until(look))]
    groups = grouped((*groups, *fresh))
    if not look.actor.may(Permission.SEE_INSIGHTS):
        return Asked(groups, groups)
    found = dict(settled)
    for search in fresh:
        known = found.get(_key(search))
        together = replace(search, count=search.count + known.count) if known else search
        found[_key(search)] = together
    return Asked(tuple(found.values()), groups)


def _this_hour(look: Work) -> datetime:
    return look.now.replace(minute=0, second=0, microsecond=0)


def _window_start(look: Work) -> datetime:
    """From the full hour, so that what is kept for the hour stays right through it."""
    return _this_hour(look) - timedelta(days=DEMAND_DAYS)


def _settled_until(look: Work) -> datetime:
    """Searches before the last full hour but one change no more: typing has ended, and what could
    still be opened from them has been."""
    return _this_hour(look) - timedelta(hours=2)


_settled_cache: WeakKeyDictionary[Engine, tuple[object, Settled]] = WeakKeyDictionary()


def _settled(look: Work) -> Settled:
    """The part of the log that stays as it is, kept for the hour: most of 90 days."""
    until, terms, engine = _settled_until(look), taxonomy.read(look), look.session.get_bind()
    assert isinstance(engine, Engine)  # a session of ours is bound to an engine
    state = (until, terms.revision, analytics.searches_between(look, _window_start(look), until))
    known = _settled_cache.get(engine)
    if known is not None and known[0] == state:
        return known[1]
    groups = analytics.failed_searches(look, _window_start(look), until)
    searches = [_placed(terms, group) for group in groups]
    found = {_key(search): search for search in searches}, grouped(searches)
    _settled_cache[engine] = (state, found)
    return found


def _placed(terms: Taxonomy, group: FailedSearchCount) -> FailedSearch:
    named = places(terms, group.words, group.filters)
    outcome = Outcome(group.outcome)
    return FailedSearch(group.words, outcome, group.count, named, group.filters)


def _key(search: FailedSearch) -> object:
    folded = analytics.search_key(search.words or "")
    return folded, search.outcome, tuple(sorted(search.filters.items()))


def places(
    terms: Taxonomy, words: str, filters: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[int, ...]]:
    """dimension slug -> ids of the terms a search names.

    In a dimension that was filtered by, the filter says which; otherwise every label, alias and
    slug that stands in the words does, the longest where names overlap. A retired name leads to
    its successor, as it does everywhere.
    """
    found: dict[str, tuple[int, ...]] = {}
    for dimension, slugs in sorted(filters.items()):
        if dimension in terms.by_slug:
            named = (taxonomy.resolve(terms, dimension, slug) for slug in slugs)
            found[dimension] = tuple(dict.fromkeys(term.id for term in named if term))
    for dimension, ids in _named(_names(_Known(terms)), _split(_EXCLUDED.sub(" ", words))).items():
        found.setdefault(dimension, ids)
    return {dimension: ids for dimension, ids in found.items() if ids}


class _Known:
    """A taxonomy as a key of a cache: the same value until somebody changes it."""

    def __init__(self, terms: Taxonomy) -> None:
        self.terms = terms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.terms is self.terms

    def __hash__(self) -> int:
        return hash(self.terms.revision)


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


def grouped(searches: Iterable[FailedSearch]) -> tuple[FailedSearch, ...]:
    """Without words: those that name the same terms and failed alike become one."""
    counts: Counter[tuple[Outcome, tuple[tuple[str, tuple[int, ...]], ...]]] = Counter()
    for search in searches:
        counts[search.outcome, tuple(sorted(search.places.items()))] += search.count
    return tuple(
        FailedSearch(None, outcome, count, dict(named))
        for (outcome, named), count in counts.items()
    )
