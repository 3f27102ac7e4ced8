"""Second look at the best documents: words standing together, and how well the title fits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search_index import analysis, relevance
from search_index.leaf import PLACE_BITS, Leaf, parts_of
from search_index.matching import Wish
from search_index.snapshot import Snapshot
from search_index.snippets import mentions_of_wish

_MOST_FORMS = 12  # of a wish that are looked at; completions bring up to a hundred


def nearness(
    snapshot: Snapshot, numbers: NDArray[np.int64], wishes: Sequence[Wish]
) -> NDArray[np.float32]:
    """Bonus for each document: neighbouring wishes found within ``NEAR_WINDOW`` words."""
    bonus = np.zeros(len(numbers), dtype=np.float32)
    for base, leaf in zip(snapshot.bases, snapshot.leaves, strict=True):
        inside = np.flatnonzero((numbers >= base) & (numbers < base + leaf.size))
        if len(inside):
            local = np.sort(numbers[inside] - base).astype(np.int32)
            by_document = _of_leaf(leaf, local, wishes)
            bonus[inside] = by_document[np.searchsorted(local, numbers[inside] - base)]
    return bonus


def _of_leaf(
    leaf: Leaf, documents: NDArray[np.int32], wishes: Sequence[Wish]
) -> NDArray[np.float32]:
    bonus = np.zeros(len(documents), dtype=np.float32)
    mentions = [mentions_of_wish(leaf, wish, documents, _MOST_FORMS) for wish in wishes]
    for first, second, a, b in zip(mentions, mentions[1:], wishes, list(wishes)[1:], strict=False):
        if len(first) and len(second):
            gain = relevance.NEAR_BONUS * (a.idf + b.idf) / 2
            bonus += gain * _closeness(first, second, documents)
    return bonus


def _closeness(
    first: NDArray[np.int64], second: NDArray[np.int64], documents: NDArray[np.int32]
) -> NDArray[np.float32]:
    """For each document between 0 and 1: how near and how prominently the two stand together."""
    at = np.searchsorted(second, first)
    after = np.abs(second[np.minimum(at, len(second) - 1)] - first)
    before = np.abs(first - second[np.maximum(at - 1, 0)])
    # A pair in the order typed counts fully, turned round a little less.
    near = (
        np.maximum(_value(after), 0.8 * _value(before))
        * relevance.NEAR_PARTS[parts_of(first & ((1 << PLACE_BITS) - 1))]
    )
    of = np.searchsorted(documents, first >> PLACE_BITS)
    total = np.zeros(len(documents), dtype=np.float32)
    np.add.at(total, of, near.astype(np.float32))
    return total / (total + 1)


def _value(distance: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(distance <= relevance.NEAR_WINDOW, 1 / np.maximum(distance, 1), 0.0)


def title_fit(
    snapshot: Snapshot, numbers: NDArray[np.int64], wishes: Sequence[Wish]
) -> NDArray[np.float32]:
    """Bonus for each document whose title is about little else than the query."""
    asked = {form[0]: wish for wish in wishes for form in wish.forms if len(form) == 1}
    bonus = np.zeros(len(numbers), dtype=np.float32)
    for at, number in enumerate(numbers):
        leaf, local = snapshot.place(int(number))
        words = [w for w in analysis.words(leaf.titles[local]) if w not in analysis.STOP_WORDS]
        met = [word for word in words if word in asked]
        if met:
            worth = sum({id(asked[word]): asked[word].idf for word in met}.values())
            bonus[at] = relevance.TITLE_FIT * worth * len(met) / len(words)
    return bonus
