"""Where a hit's words stand: pages, and pieces of their text with the words marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search_index import analysis
from search_index.documents import PART_BASE, StoredPages
from search_index.leaf import PLACE_BITS, Leaf, side_by_side
from search_index.matching import Wish, slots_of
from search_index.relevance import BODY
from search_index.types import Snippet

MAX_PAGES: Final = 20
"""Pages named per hit."""
SNIPPETS: Final = 2
"""Pieces of text per hit."""
AROUND: Final = 120
"""Letters shown on either side of the best place."""
LONGEST: Final = 20_000
"""Letters of a page that are looked at for a snippet."""

Mark = tuple[str, bool]
"""A word, or several with a space between, to mark, and whether letters after it belong to it."""
_LONGEST_GAP: Final = 8  # spaces, a hyphen, a line break between two words that stand together

_BODY_BASE = int(PART_BASE[BODY])
_PLACE_MASK = (1 << PLACE_BITS) - 1


def body_mentions(
    leaf: Leaf, wishes: Sequence[Wish], documents: NDArray[np.int32]
) -> list[NDArray[np.int64]]:
    """For each wish its mentions in the bodies of these documents of the leaf."""
    found = [mentions_of_wish(leaf, wish, documents) for wish in wishes]
    return [places[(places & _PLACE_MASK) >= _BODY_BASE] for places in found]


def mentions_of_wish(
    leaf: Leaf, wish: Wish, documents: NDArray[np.int32], most_forms: int | None = None
) -> NDArray[np.int64]:
    """Where a wish is met in these documents, ascending."""
    forms = list(dict.fromkeys(wish.forms))[:most_forms]
    pieces = [_mentions_of(leaf, form, documents) for form in forms]
    return np.unique(np.concatenate(pieces)) if pieces else np.empty(0, dtype=np.int64)


def _mentions_of(
    leaf: Leaf, form: tuple[str, ...], documents: NDArray[np.int32]
) -> NDArray[np.int64]:
    if len(form) == 1:
        number = leaf.lexicon.index(form[0])
        if number is None:
            return np.empty(0, dtype=np.int64)
        return leaf.mentions(number, documents)
    return side_by_side(leaf, slots_of(leaf, form, exact=False), documents)


def pages_of(
    pages: StoredPages,
    mentions: Sequence[NDArray[np.int64]],
    weights: Sequence[float],
    most: int = MAX_PAGES,
) -> dict[int, int]:
    """Index of page -> matched words on it, the most useful page first.

    Useful is the page with most of what was asked for, then the one that says it most often;
    ``mentions`` has the places per wish, ``weights`` what each wish is worth.
    """
    if not len(pages):
        return {}
    count = np.zeros(len(pages), dtype=np.int64)
    worth = np.zeros(len(pages), dtype=np.float64)
    for places, weight in zip(mentions, weights, strict=True):
        if not len(places):
            continue
        on = pages.index_of((places & _PLACE_MASK).astype(np.uint32))
        times = np.bincount(np.maximum(on, 0), minlength=len(pages))
        count += times
        worth += weight * (times / (times + 1.0) + (times > 0))
    best = np.argsort(-worth, kind="stable")[:most]
    return {int(page): int(count[page]) for page in best if count[page]}


def marks_of(wishes: Sequence[Wish]) -> tuple[Mark, ...]:
    """What to mark in a text for these wishes."""
    open_ended = {wish.prefix for wish in wishes if wish.prefix}
    # What stands side by side is marked where it does: "and" of "security and compliance" says
    # nothing by itself.
    whole = {" ".join(form) for wish in wishes for form in wish.forms}
    covered = tuple(open_ended)
    return (
        *((letters, True) for letters in sorted(open_ended)),
        *((word, False) for word in sorted(whole) if not word.startswith(covered)),
    )


def snippets_of(
    pages: StoredPages, best: Sequence[int], marks: Sequence[Mark]
) -> tuple[Snippet, ...]:
    """Pieces of the best pages; without any hit in the text, the beginning of the first page."""
    if not len(pages):
        return ()
    shown = [
        Snippet(pages.numbers[page], pages.labels[page], cut(pages.text(page), marks))
        for page in list(best)[:SNIPPETS]
    ]
    shown = [snippet for snippet in shown if snippet.parts]
    if not shown:
        parts = cut(pages.text(0), marks)
        shown = [Snippet(pages.numbers[0], pages.labels[0], parts)] if parts else []
    return tuple(shown)


def hits_in(text: str, marks: Sequence[Mark]) -> list[tuple[str, int, int]]:
    """(mark, start, end) of everything to mark, in order and without overlaps.

    Looks for each mark in turn, which is several times faster than cutting the page into words.
    """
    letters = analysis.fold_in_place(text)
    found: list[tuple[int, int, str]] = []
    for mark, open_ended in marks:
        first, *others = mark.split(" ")
        at = letters.find(first)
        while at >= 0:
            end = _end_of_word(letters, at, first, open_ended=open_ended)
            for word in others:
                end = _end_of_next(letters, end, word) if end else 0
            if end:
                found.append((at, end, mark))
            at = letters.find(first, max(end, at + 1))
    found.sort()
    hits: list[tuple[str, int, int]] = []
    for at, end, word in found:
        if not hits or at >= hits[-1][2]:
            hits.append((word, at, end))
    return hits


def _end_of_word(letters: str, at: int, word: str, *, open_ended: bool = False) -> int:
    """Where the word that stands here ends; 0 when it is part of a longer one."""
    same = str.isdigit if word.isdigit() else str.isalpha
    end = at + len(word)
    while open_ended and end < len(letters) and same(letters[end]):
        end += 1
    starts = at == 0 or not same(letters[at - 1])
    return end if starts and (end == len(letters) or not same(letters[end])) else 0


def _end_of_next(letters: str, at: int, word: str) -> int:
    """Where ``word`` ends when it is the next word from here; 0 when it is not."""
    start = at
    while start < len(letters) and start - at < _LONGEST_GAP and not letters[start].isalnum():
        start += 1
    if start == at or not letters.startswith(word, start):
        return 0
    return _end_of_word(letters, start, word)


def cut(text: str, marks: Sequence[Mark]) -> tuple[tuple[str, bool], ...]:
    """The stretch of ``text`` with most different hits, as (text, is_hit) parts."""
    text = " ".join(text[:LONGEST].split())
    hits = hits_in(text, marks)
    start, end = _window(text, hits)
    parts: list[tuple[str, bool]] = []
    at = start
    for _, a, b in hits:
        if a < start or b > end:
            continue
        if a > at:
            parts.append((text[at:a], False))
        parts.append((text[a:b], True))
        at = b
    if at < end:
        parts.append((text[at:end], False))
    return _with_dots(parts, start > 0, end < len(text))


def _with_dots(
    parts: list[tuple[str, bool]], before: bool, after: bool
) -> tuple[tuple[str, bool], ...]:
    if not parts:
        return ()
    if before:
        parts.insert(0, ("… ", False))
    if after:
        parts.append((" …", False))
    joined: list[tuple[str, bool]] = []
    for text, hit in parts:
        if joined and not hit and not joined[-1][1]:
            joined[-1] = (joined[-1][0] + text, False)
        else:
            joined.append((text, hit))
    return tuple(joined)


def _window(text: str, hits: Sequence[tuple[str, int, int]]) -> tuple[int, int]:
    """Start and end of what is shown, at word borders."""
    width = 2 * AROUND
    if not hits:
        return 0, _border(text, width, back=True) if len(text) > width else len(text)
    best, best_at, first = (0, 0), 0, 0
    seen: dict[str, int] = {}
    for last, (word, _, end) in enumerate(hits):
        seen[word] = seen.get(word, 0) + 1
        while end - hits[first][1] > width:
            gone = hits[first][0]
            seen[gone] -= 1
            if not seen[gone]:
                del seen[gone]
            first += 1
        value = (len(seen), last - first)
        if value > best:
            best, best_at = value, first
    anchor = hits[best_at][1]
    start = max(0, anchor - AROUND // 2)
    end = min(len(text), start + width)
    start = max(0, end - width)
    return (_border(text, start, back=False) if start else 0), (
        _border(text, end, back=True) if end < len(text) else end
    )


def _border(text: str, at: int, *, back: bool) -> int:
    """The nearest space, unless the word there is endless."""
    space = text.rfind(" ", max(0, at - 30), at) if back else text.find(" ", at, at + 30)
    if space < 0:
        return at
    return space if back else space + 1
