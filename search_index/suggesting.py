"""Documents while a title is typed, and documents like another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search_index import analysis, relevance
from search_index.leaf import Leaf
from search_index.snapshot import Snapshot, array
from search_index.spelling import frequency
from search_index.types import SearchQuery

TELLING_WORDS: Final = 24
"""Words by which a document is compared with others."""
READ_WORDS: Final = 3_000
"""Words of a document's beginning that are weighed for it; the rest repeats them."""
_LONGEST_INPUT: Final = 80
_MOST_WORDS: Final = 6


def complete(snapshot: Snapshot, prefix: str, query: SearchQuery, limit: int) -> list[int]:
    """Ids of documents whose title has words starting with the words typed.

    Titles that begin with what was typed come first, then what is used most.
    """
    words = analysis.words(prefix[:_LONGEST_INPUT])[:_MOST_WORDS]
    if not words or limit < 1:
        return []
    visible = snapshot.visible(query.readers, query.today, query.include_expired)
    typed = " ".join(words)
    ranked: list[tuple[bool, int, int]] = []
    for base, leaf in zip(snapshot.bases, snapshot.leaves, strict=True):
        for number in np.flatnonzero(_titles_with(leaf, words)):
            if base + int(number) in visible:
                starts = " ".join(analysis.words(leaf.titles[number])).startswith(typed)
                ranked.append((starts, int(leaf.uses[number]), base + int(number)))
    ranked.sort(reverse=True)
    return [int(snapshot.ids[number]) for _, _, number in ranked[:limit]]


def _titles_with(leaf: Leaf, words: Sequence[str]) -> NDArray[np.bool_]:
    known, documents = leaf.title_words()
    found = np.ones(leaf.size, dtype=bool)
    for word in words:
        here = np.zeros(leaf.size, dtype=bool)
        start = bisect_left(known, word)
        stop = bisect_left(known, word + "\U0010ffff", start)
        for numbers in documents[start:stop]:
            here[numbers] = True
        found &= here
    return found


def similar(snapshot: Snapshot, document_id: int, query: SearchQuery, limit: int) -> list[int]:
    """Ids of documents that share the words which make this one special, best first."""
    numbers = snapshot.numbers_of(document_id)
    if not numbers or limit < 1:
        return []
    scores = np.zeros(snapshot.size, dtype=np.float32)
    for word, weight in _telling(snapshot, numbers[0]):
        for base, leaf in zip(snapshot.bases, snapshot.leaves, strict=True):
            number = leaf.lexicon.index(word)
            if number is not None:
                postings = leaf.postings(number)
                tf = leaf.weigh(postings.documents, postings.counts, snapshot.average_body)
                scores[base + postings.documents] += weight * tf / (tf + relevance.K1)
    visible = array(snapshot.visible(query.readers, query.today, query.include_expired))
    others = visible[(scores[visible] > 0) & (snapshot.ids[visible] != document_id)]
    best = others[np.argsort(-scores[others], kind="stable")[:limit]]
    return [int(snapshot.ids[number]) for number in best]


def _telling(snapshot: Snapshot, number: int) -> list[tuple[str, float]]:
    """The words of a document that are frequent in it and rare elsewhere, with their weight."""
    leaf, local = snapshot.place(number)
    counts: dict[str, float] = {}
    for word in analysis.words(leaf.titles[local]):
        counts[word] = counts.get(word, 0.0) + float(relevance.PART_WEIGHTS[relevance.TITLE])
    pages, read = leaf.pages(local), 0
    for page in range(len(pages)):
        found = analysis.words(pages.text(page))
        read += len(found)
        for word in found:
            counts[word] = counts.get(word, 0.0) + 1.0
        if read > READ_WORDS:
            break
    weighted: list[tuple[float, str]] = []
    for word, count in counts.items():
        if word in analysis.STOP_WORDS or len(word) < 3:
            continue
        documents = frequency(snapshot, word)
        if documents > 1:  # a word of its own finds nobody else
            idf = float(np.log1p(snapshot.documents / documents))
            weighted.append((idf * count / (count + relevance.K1), word))
    weighted.sort(reverse=True)
    return [(word, weight) for weight, word in weighted[:TELLING_WORDS]]
