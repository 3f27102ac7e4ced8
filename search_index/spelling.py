"""Words that look like the one typed."""

from __future__ import annotations

from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from search_index.snapshot import Snapshot

MIN_LETTERS: Final = 5
"""Shorter words have too many neighbours to guess from."""
MIN_LETTERS_TWICE: Final = 9
"""Letters from which two slips are forgiven: two in nine still leave most of the word."""
CANDIDATES: Final = 5
"""Neighbours that are tried before a word is given up."""
MAX_CORRECTED: Final = 2
"""Words of one query that are corrected; beyond, the query is guesswork."""


def frequency(snapshot: Snapshot, word: str) -> int:
    """Documents that have exactly this word (deleted ones until the next merge, too)."""
    total = 0
    for leaf in snapshot.leaves:
        number = leaf.lexicon.index(word)
        if number is not None:
            total += int(leaf.lexicon.frequencies[number])
    return total


def nearest(snapshot: Snapshot, word: str) -> list[str]:
    """The words that may be meant by ``word``, likeliest first; ``word`` itself is none of them."""
    if len(word) < MIN_LETTERS or not word.isalpha():
        return []
    for distance in (1, 2) if len(word) >= MIN_LETTERS_TWICE else (1,):
        best: dict[str, int] = {}
        for leaf in snapshot.leaves:
            for candidate in _within(leaf.lexicon.by_length, word, distance):
                best.setdefault(candidate, frequency(snapshot, candidate))
        if best:
            # People seldom miss the first letter; then the commoner word is the likelier.
            ordered = sorted(best, key=lambda c: (c[0] == word[0], best[c], c), reverse=True)
            return ordered[:CANDIDATES]
    return []


def _within(by_length: dict[int, list[str]], word: str, distance: int) -> list[str]:
    found: list[str] = []
    for length in range(max(3, len(word) - distance), len(word) + distance + 1):
        for candidate, _, _ in process.extract(
            word,
            by_length.get(length, ()),
            scorer=OSA.distance,
            score_cutoff=distance,
            limit=50,
        ):
            if candidate != word:
                found.append(candidate)
    return found
