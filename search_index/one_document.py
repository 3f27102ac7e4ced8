"""What a search means for one document that is open: pages with hits, and words to mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from search_index.matching import Matcher, Planner
from search_index.query_text import parse
from search_index.snapshot import Snapshot, array
from search_index.snippets import Mark, body_mentions, hits_in, marks_of, pages_of
from search_index.types import Matches, SearchQuery

_MOST_PAGES = 10_000


def matches(
    snapshot: Snapshot, document_id: int, query: SearchQuery, check_time: Callable[[], None]
) -> Matches:
    """Pages of the document with the words, in reading order; what the query marks in any text.

    ``check_time`` raises ``OutOfTime`` when time is up; the words known by then are used.
    """
    parsed = parse(query.text, typing=query.typing, field_names=frozenset())
    visible = array(snapshot.visible(query.readers, query.today, query.include_expired))
    plan = Planner(snapshot, query.synonyms, Matcher(snapshot, check_time), visible).plan(parsed)
    marks = marks_of(plan.wishes)
    for base, leaf in zip(snapshot.bases, snapshot.leaves, strict=True):
        ids = snapshot.ids[base : base + leaf.size]
        alive = snapshot.alive[base : base + leaf.size]
        places = np.flatnonzero((ids == document_id) & alive)
        if not len(places):
            continue
        local = places[-1:].astype(np.int32)
        mentions = body_mentions(leaf, plan.wishes, local)
        pages = leaf.pages(int(local[0]))
        found = pages_of(pages, mentions, [wish.idf for wish in plan.wishes], _MOST_PAGES)
        return Matches({pages.numbers[page]: found[page] for page in sorted(found)}, marks)
    return Matches({}, marks)


def marked(text: str, marks: Sequence[Mark]) -> tuple[tuple[str, bool], ...]:
    """The whole text as alternating (text, is_hit) parts; never markup."""
    parts: list[tuple[str, bool]] = []
    at = 0
    for _, start, end in hits_in(text, marks):
        if start > at:
            parts.append((text[at:start], False))
        parts.append((text[start:end], True))
        at = end
    if at < len(text):
        parts.append((text[at:], False))
    return tuple(parts)
