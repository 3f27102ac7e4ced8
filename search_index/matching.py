"""A parsed query against a snapshot: which documents match, and how well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from search_index import analysis, relevance, spelling
from search_index.leaf import Leaf, counts_of, side_by_side
from search_index.query_text import MIN_PREFIX, ParsedQuery, Term
from search_index.snapshot import Snapshot

Floats = NDArray[np.float32]
Sparse = tuple[NDArray[np.int32], Floats]

MAX_COMPLETIONS = 100
"""Words one prefix stands for, the commonest first."""


LONGEST_ALIAS = 4
MAX_ALIASES = 12


@dataclass(slots=True)
class Wish:
    """One thing the query asks for, with everything that counts as it.

    ``weights`` has the weighted number of mentions for every document of the snapshot; ``forms``
    the words that count, several for what stands side by side. ``idf`` says how telling it is, by
    the words typed: what is searched beside them must not make a rare word look common. ``prefix``
    are the letters it may go on from.
    """

    text: str
    weights: Floats
    forms: list[tuple[str, ...]] = field(default_factory=list)
    idf: float = 0.0
    prefix: str = ""

    @property
    def count(self) -> int:
        """Documents that match, deleted ones included."""
        return int(np.count_nonzero(self.weights))


class OutOfTime(Exception):
    """The time limit of a search has passed."""


def check_deadline(deadline: float) -> None:
    """Raise ``OutOfTime`` when that moment of ``time.monotonic`` has passed."""
    if time.monotonic() > deadline:
        raise OutOfTime


class Matcher:
    """Turns terms into wishes. One per search."""

    def __init__(self, snapshot: Snapshot, check_time: Callable[[], None]) -> None:
        self._snapshot = snapshot
        self._check_time = check_time

    # Terms

    def word(self, word: str) -> Wish:
        """A word in all its forms; the form typed weighs most."""
        stemmed = analysis.stem(word)
        wish = self._wish(word)
        forms: dict[str, None] = {}
        for base, leaf in self._leaves():
            numbers = leaf.family(stemmed)
            if not numbers:
                continue
            words = leaf.lexicon.words
            forms.update((words[number], None) for number in numbers)
            weighted = [
                (number, 1.0 if words[number] == word else relevance.RELATIVE_FORM)
                for number in numbers
            ]
            self._add(wish.weights, base, self._merged(leaf, ("word", word), weighted))
        wish.forms = [(form,) for form in forms]
        return wish

    def prefix(self, letters: str) -> Wish:
        """Words beginning with ``letters``, the word itself in its forms first."""
        wish = self.word(letters)
        if len(letters) < MIN_PREFIX:
            return wish
        wish.prefix = letters
        for base, leaf in self._leaves():
            numbers = np.array(leaf.lexicon.range(letters), dtype=np.int64)
            if not len(numbers):
                continue
            if len(numbers) > MAX_COMPLETIONS:
                order = np.argsort(-leaf.lexicon.frequencies[numbers], kind="stable")
                numbers = np.sort(numbers[order[:MAX_COMPLETIONS]])
            weighted = [(int(number), relevance.COMPLETION) for number in numbers]
            self._add(wish.weights, base, self._merged(leaf, ("prefix", letters), weighted))
            words = leaf.lexicon.words
            wish.forms += [(words[number],) for number in numbers]
        return wish

    def phrase(self, words: Sequence[str], *, exact: bool, prefix: bool = False) -> Wish:
        """Words side by side; the forms of each count unless ``exact``."""
        wish = self._wish(" ".join(words))
        wish.forms = [tuple(words)]
        for base, leaf in self._leaves():
            key = (leaf.name, "phrase", tuple(words), exact, prefix)
            found = self._cached(leaf, key, partial(self._phrase, leaf, words, exact, prefix))
            self._add(wish.weights, base, found)
        return wish

    def _phrase(self, leaf: Leaf, words: Sequence[str], exact: bool, prefix: bool) -> Sparse:
        slots = slots_of(leaf, words, exact=exact, prefix=prefix)
        among = common_documents(leaf, slots)
        if not len(among):
            return np.empty(0, np.int32), np.empty(0, np.float32)
        documents, counts = counts_of(side_by_side(leaf, slots, among))
        return documents, leaf.weigh(documents, counts, self._snapshot.average_body)

    def term(self, term: Term) -> Wish:
        """What a term asks for as it stands."""
        if len(term.words) > 1:
            return self.phrase(term.words, exact=term.exact, prefix=term.prefix)
        return self.prefix(term.words[0]) if term.prefix else self.word(term.words[0])

    def rate(self, wish: Wish) -> Wish:
        """Set how telling a wish is; returns it."""
        wish.idf = relevance.idf(wish.count, self._snapshot.documents)
        return wish

    def phrase_or_word(self, words: Sequence[str]) -> Wish:
        """An alternative given as one or more words."""
        return self.word(words[0]) if len(words) == 1 else self.phrase(words, exact=False)

    # Pieces

    def _wish(self, text: str) -> Wish:
        return Wish(text, np.zeros(self._snapshot.size, dtype=np.float32))

    def _leaves(self) -> Iterable[tuple[int, Leaf]]:
        for base, leaf in zip(self._snapshot.bases, self._snapshot.leaves, strict=True):
            self._check_time()
            yield base, leaf

    @staticmethod
    def _add(weights: Floats, base: int, found: Sparse) -> None:
        documents, values = found
        if len(documents):
            at = base + documents
            weights[at] = np.maximum(weights[at], values)

    def _cached(self, leaf: Leaf, key: tuple[object, ...], make: Callable[[], Sparse]) -> Sparse:
        key = (*key, self._snapshot.average_body)
        found: Sparse | None = leaf.cache.get(key)
        if found is None:
            found = make()
            leaf.cache.put(key, found, found[0].nbytes + found[1].nbytes)
        return found

    def _merged(
        self, leaf: Leaf, key: tuple[str, str], weighted: Sequence[tuple[int, float]]
    ) -> Sparse:
        return self._cached(leaf, (leaf.name, *key), lambda: self._merge(leaf, weighted))

    def _merge(self, leaf: Leaf, weighted: Sequence[tuple[int, float]]) -> Sparse:
        """Mentions of several words added up per document."""
        average = self._snapshot.average_body
        total = np.zeros(leaf.size, dtype=np.float32)
        for number, weight in weighted:
            postings = leaf.postings(number)
            total[postings.documents] += weight * leaf.weigh(
                postings.documents, postings.counts, average
            )
        documents = np.flatnonzero(total).astype(np.int32)
        return documents, total[documents]


def slots_of(
    leaf: Leaf, words: Sequence[str], *, exact: bool, prefix: bool = False
) -> list[list[int]]:
    """For each word of a phrase, the numbers of the words that may stand there."""
    slots: list[list[int]] = []
    for at, word in enumerate(words):
        if prefix and at == len(words) - 1:
            slots.append(list(leaf.lexicon.range(word))[:MAX_COMPLETIONS])
        elif exact:
            number = leaf.lexicon.index(word)
            slots.append([] if number is None else [number])
        else:
            slots.append(list(leaf.family(analysis.stem(word))))
    return slots


def common_documents(leaf: Leaf, slots: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """Documents of a leaf that have a word of every slot, looked at before any place is read."""
    if not all(slots):
        return np.empty(0, dtype=np.int32)
    common: NDArray[np.bool_] | None = None
    for numbers in slots:
        here = np.zeros(leaf.size, dtype=bool)
        for number in numbers:
            here[leaf.postings(number).documents] = True
        common = here if common is None else common & here
    return np.flatnonzero(common).astype(np.int32) if common is not None else np.empty(0, np.int32)


@dataclass(slots=True)
class Plan:
    """A query made ready: what is wished, what is not, what was corrected.

    ``complete`` is False when time ran out before all was known.
    """

    wishes: list[Wish]
    excluded: list[Wish]
    complete: bool = True
    did_you_mean: str | None = None
    corrected: bool = False


class Planner:
    """Parsed query to plan: corrections, synonyms, compounds.

    ``visible`` are the documents the reader may find: a word that only others may read is to him
    no word, and is never offered.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        synonyms: Mapping[str, tuple[str, ...]],
        matcher: Matcher,
        visible: NDArray[np.int64],
    ) -> None:
        self._snapshot = snapshot
        self._visible = visible
        self._synonyms = synonyms
        self._matcher = matcher

    def plan(self, parsed: ParsedQuery) -> Plan:
        """Everything the query wishes for; when time runs out, what is known by then."""
        terms = list(parsed.terms)
        meaning = [term for term in terms if not _is_stop(term)]
        terms = list(dict.fromkeys(meaning or terms))
        plan = Plan([], [])
        try:
            plan.excluded += [self._matcher.term(term) for term in parsed.excluded]
            self._add_terms(plan, terms, [f"-{term.text}" for term in parsed.excluded])
            self._add_compounds(terms, plan.wishes)
            self._add_synonyms(parsed.terms, dict(zip(terms, plan.wishes, strict=True)))
        except OutOfTime:
            plan.complete = False
        return plan

    def _add_terms(self, plan: Plan, terms: Sequence[Term], excluded: list[str]) -> None:
        better: list[Term] = []
        left = spelling.MAX_CORRECTED
        for at, term in enumerate(terms):
            wish, instead, sure = self._wish_for(term, last=at == len(terms) - 1, left=left)
            plan.wishes.append(wish)
            better.append(instead or term)
            left -= instead is not None
            plan.corrected |= instead is not None and sure
        if better != list(terms):
            plan.did_you_mean = " ".join([term.text for term in better] + excluded)

    def _wish_for(self, term: Term, *, last: bool, left: int) -> tuple[Wish, Term | None, bool]:
        """The wish, the corrected term if any, and whether the correction stands alone."""
        wish = self._matcher.rate(self._matcher.term(term))
        if len(term.words) > 1:
            return wish, None, False
        word = term.words[0]
        found = self._seen(wish)
        if not found and last and not term.prefix and len(word) >= MIN_PREFIX:
            wish = self._matcher.rate(self._matcher.prefix(word))  # perhaps not typed to its end
            found = self._seen(wish)
        if not found and (split := self._split(word)) is not None:
            return split, None, False
        if not left or found > relevance.RARE:
            return wish, None, False
        for candidate in spelling.nearest(self._snapshot, word):
            other = self._matcher.rate(self._matcher.word(candidate))
            seen = self._seen(other)
            if seen and not found:
                return other, Term((candidate,)), True
            if found and seen >= found * relevance.MUCH_COMMONER:
                _join(wish, other, relevance.CORRECTION)
                return wish, Term((candidate,)), False
        return wish, None, False

    def _seen(self, wish: Wish) -> int:
        """Documents the reader may find that match."""
        return int(np.count_nonzero(wish.weights[self._visible]))

    def _split(self, word: str) -> Wish | None:
        """*digitalocean* as *digital ocean*, when such a pair stands in a document."""
        best: Wish | None = None
        for at in range(3, len(word) - 2):
            pair = (word[:at], word[at:])
            if all(spelling.frequency(self._snapshot, half) for half in pair):
                wish = self._matcher.rate(self._matcher.phrase(pair, exact=False))
                if wish.weights.any() and (
                    best is None or np.count_nonzero(wish.weights) > np.count_nonzero(best.weights)
                ):
                    best = wish
        return best

    def _add_compounds(self, terms: Sequence[Term], wishes: Sequence[Wish]) -> None:
        for (a, wish_a), (b, wish_b) in zip(
            zip(terms, wishes, strict=True), list(zip(terms, wishes, strict=True))[1:], strict=False
        ):
            if len(a.words) == len(b.words) == 1:
                joined = a.words[0] + b.words[0]
                if len(joined) >= spelling.MIN_LETTERS and spelling.frequency(
                    self._snapshot, joined
                ):
                    other = self._matcher.rate(self._matcher.word(joined))
                    _join(wish_a, other, relevance.COMPOUND)
                    _join(wish_b, other, relevance.COMPOUND)

    def _add_synonyms(self, terms: Sequence[Term], wishes: Mapping[Term, Wish]) -> None:
        """Aliases stand in for every word of the phrase they mean."""
        if not self._synonyms:
            return
        for start in range(len(terms)):
            for stop in range(start + 1, min(start + LONGEST_ALIAS, len(terms)) + 1):
                key = " ".join(" ".join(term.words) for term in terms[start:stop])
                for phrase in self._synonyms.get(key, ())[:MAX_ALIASES]:
                    words = analysis.words(phrase)[:LONGEST_ALIAS]
                    if words and " ".join(words) != key:
                        other = self._matcher.rate(self._matcher.phrase_or_word(words))
                        for term in terms[start:stop]:
                            if term in wishes:
                                _join(wishes[term], other, relevance.SYNONYM)


def _is_stop(term: Term) -> bool:
    return len(term.words) == 1 and not term.prefix and term.words[0] in analysis.STOP_WORDS


def _join(wish: Wish, other: Wish, weight: float) -> None:
    """Let ``other`` stand in for ``wish``, the less the commoner it is."""
    if wish.weights.any():
        weight *= min(1.0, other.idf / wish.idf)
    else:
        wish.idf = other.idf
    np.maximum(wish.weights, weight * other.weights, out=wish.weights)
    wish.forms += other.forms


def score(snapshot: Snapshot, wishes: Sequence[Wish]) -> tuple[Floats, Floats]:
    """Score and coverage (share of the query's weight a document has) of every document."""
    total = np.zeros(snapshot.size, dtype=np.float32)
    coverage = np.zeros(snapshot.size, dtype=np.float32)
    weight = 0.0
    for wish in wishes:
        has = wish.weights > 0
        weight += wish.idf
        total += wish.idf * wish.weights * (relevance.K1 + 1) / (wish.weights + relevance.K1)
        coverage += wish.idf * has
    coverage /= max(weight, 1e-9)
    return total * coverage**relevance.COVERAGE_POWER, coverage
