"""Why a search failed and what helps: pure functions on counts and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from content_catalog import taxonomy
from content_catalog.analytics.types import (
    Advice,
    AliasHint,
    Cause,
    FailedSearchCount,
    LaterFound,
)
from content_catalog.taxonomy import Taxonomy, Term

NEXT_TRY = timedelta(minutes=10)
NEAR = 82.0  # of 100: "case studies" is 82 from "case study"
NEAR_IN_PART = 88.0  # a word among others says less, so it must be closer
A_SLIP = 2  # letters left out, doubled, swapped or mistaken
SHORTEST = 4  # letters; shorter words are close to too many names
LONGEST = 3  # words in a part that is compared with names


class Names:
    """Every name of a term in use, for finding the ones that words come close to."""

    def __init__(self, known: Taxonomy) -> None:
        self._known = known
        self._terms: dict[str, Term] = {}
        for (_, name), term in known.keys.items():
            if not term.retired:
                self._terms.setdefault(name, term)
        self._long = [name for name in self._terms if len(name) >= SHORTEST]

    def named(self, words: str) -> Term | None:
        """The term whose name these words are, all of them."""
        return self._terms.get(taxonomy.key(words))

    def chosen(self, filters: Mapping[str, Collection[str]]) -> frozenset[int]:
        """The ids of the terms that these filters ask for."""
        found = (
            taxonomy.resolve(self._known, key, slug) for key in filters for slug in filters[key]
        )
        return frozenset(term.id for term in found if term)

    def near(self, words: str, beside: Collection[int] = ()) -> AliasHint | None:
        """The term that has a name close to the words, or to a part of them, the longest first.
        None of those ``beside``, which the search asked for already.

        A part that is a name already, and one that differs by a plural alone, is no hint: both are
        found as they are. Neither is a slip in one of a term's other names: those are mostly
        everyday words, and a "notice bord" is a notice board and no name for a competitor.
        """
        whole = taxonomy.key(words)
        for part in _parts(whole):
            if len(part) < SHORTEST:
                continue
            name = self._closest(part, NEAR if part == whole else NEAR_IN_PART)
            if name is None or name.rstrip("s") == part.rstrip("s"):
                continue
            term = self._terms[name]
            if term.id not in beside and not _everyday_slip(part, name, term):
                return AliasHint(part, term.id, name)
        return None

    def _closest(self, part: str, least: float) -> str | None:
        for scorer in (fuzz.ratio, fuzz.token_sort_ratio):
            best = process.extractOne(part, self._long, scorer=scorer, score_cutoff=least)
            if best is not None:
                return best[0]
        return None


def _everyday_slip(part: str, name: str, term: Term) -> bool:
    own = (taxonomy.key(term.label), taxonomy.key(term.slug))
    return name not in own and OSA.distance(part, name) <= A_SLIP


def _parts(key: str) -> Iterable[str]:
    words = key.split()
    yield key
    for length in range(min(LONGEST, len(words) - 1), 0, -1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def advise(
    search: FailedSearchCount,
    names: Names,
    later: LaterFound | None,
    terms_with_assets: Collection[int],
) -> Advice:
    """The cause of a failure. Where nothing was found, another word that led somewhere, or a name
    that is close, says that it is called otherwise; else nothing like it exists."""
    if search.outcome == "filtered":
        return Advice(search, Cause.FILTER)
    if search.outcome == "unopened":
        return Advice(search, Cause.RETITLE, later=later)
    named = names.named(search.words)
    if named is not None and named.id in terms_with_assets and not search.filters:
        return Advice(search, Cause.ANSWERED)
    asked_for = names.chosen(search.filters)
    near = names.near(search.words, asked_for)
    if near is None and later is not None:
        near = _by_its_other_name(search.words, names.named(later.words), asked_for)
    if near is not None or later is not None:
        return Advice(search, Cause.ALIAS, near, later)
    return Advice(search, Cause.WRITE)


def _by_its_other_name(
    words: str, term: Term | None, asked_for: Collection[int]
) -> AliasHint | None:
    """People went on to search a term's name: their first words are another one for it, unless
    they had asked for it beside them."""
    if term is None or term.id in asked_for:
        return None
    return AliasHint(taxonomy.key(words), term.id, term.label)


@dataclass(frozen=True, slots=True)
class Try:
    """A search by somebody, and the asset first opened from it, unless it was erased since."""

    user_id: int
    at: datetime
    key: str
    words: str
    opened: bool
    asset_id: int | None


def later_found(tries: Iterable[Try]) -> Mapping[str, LaterFound]:
    """What people found who tried again: key of the words that failed -> what led somewhere within
    ten minutes, the most frequent. ``tries`` come by person and then by time.

    Going on typing the same word is not another one.
    """
    counts: dict[str, Counter[tuple[str, int]]] = {}
    words: dict[str, str] = {}
    waiting: list[Try] = []
    for one in tries:
        waiting = [w for w in waiting if w.user_id == one.user_id and one.at - w.at <= NEXT_TRY]
        if not one.opened:
            waiting.append(one)
            continue
        tried, waiting = waiting, []
        if one.asset_id is None:
            continue
        words[one.key] = one.words
        for failed in {w.key for w in tried if not _same_word(w.key, one.key)}:
            counts.setdefault(failed, Counter())[one.key, one.asset_id] += 1
    return {key: _best(found, words) for key, found in counts.items()}


def _same_word(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _best(found: Counter[tuple[str, int]], words: Mapping[str, str]) -> LaterFound:
    (key, asset_id), count = min(found.items(), key=lambda item: (-item[1], item[0]))
    return LaterFound(words[key], asset_id, count)
