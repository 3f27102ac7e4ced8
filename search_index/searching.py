"""One search from parsed text to result page."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search_index import relevance
from search_index.evidence import nearness, title_fit
from search_index.leaf import PLACE_BITS
from search_index.matching import Matcher, Plan, Planner, Wish, check_deadline, score
from search_index.query_text import ParsedQuery, parse
from search_index.snapshot import Snapshot, array, bitmap
from search_index.snippets import body_mentions, marks_of, pages_of, snippets_of
from search_index.types import Hit, ResultPage, SearchQuery, Sort

MAX_PAGE = 50
MAX_PER_PAGE = 100
FRESH = "fresh"
PLAIN_FIELDS: frozenset[str] = frozenset()  # fields are the caller's business; here all is words

Numbers = NDArray[np.int64]


class Searching:
    """One search. ``deadline`` is a moment of ``time.monotonic``."""

    def __init__(self, snapshot: Snapshot, query: SearchQuery, deadline: float) -> None:
        self._snapshot = snapshot
        self._query = query
        self._deadline = deadline
        self._partial = False
        self._visible = snapshot.visible(query.readers, query.today, query.include_expired)
        self._scores = np.zeros(snapshot.size, dtype=np.float32)
        self._dropped: tuple[str, ...] = ()
        self._fresh: dict[str, BitMap] | None = None

    def page(self) -> ResultPage:
        """The page asked for."""
        parsed = parse(self._query.text, typing=self._query.typing, field_names=PLAIN_FIELDS)
        plan = self._plan(parsed)
        matched = self._matched(plan)
        filters = self._filters()
        found = BitMap(matched)
        for selected in filters.values():
            found &= selected
        total = len(found)
        return ResultPage(
            hits=self._hits(plan, found),
            without={key: len(_all_but(matched, filters, key)) for key in filters},
            total_without_filters=len(matched),
            total=total,
            facets=self._facets(matched, filters),
            dropped=self._dropped,
            did_you_mean=plan.did_you_mean,
            corrected=plan.corrected,
            truncated=parsed.truncated,
            partial=self._partial,
        )

    def ids(self, limit: int) -> tuple[list[int], int]:
        """The first ``limit`` ids in order, and how many there are."""
        parsed = parse(self._query.text, typing=self._query.typing, field_names=PLAIN_FIELDS)
        plan = self._plan(parsed)
        found = BitMap(self._matched(plan))
        for selected in self._filters().values():
            found &= selected
        ordered = self._ordered(array(found), plan.wishes, limit)[:limit]
        return [int(self._snapshot.ids[number]) for number in ordered], len(found)

    # Which

    def _plan(self, parsed: ParsedQuery) -> Plan:
        matcher = Matcher(self._snapshot, partial(check_deadline, self._deadline))
        visible = array(self._visible)
        plan = Planner(self._snapshot, self._query.synonyms, matcher, visible).plan(parsed)
        self._partial |= not plan.complete
        return plan

    def _matched(self, plan: Plan) -> BitMap:
        """Visible documents that match the words; filters come later.

        How far to relax is decided before any filter, so that a facet's count is always what one
        sees after choosing it.
        """
        if not plan.wishes:
            found = self._visible if plan.complete else BitMap()
        else:
            found = self._matching(plan.wishes)
        for wish in plan.excluded:
            found = found - bitmap(np.flatnonzero(wish.weights))
        return found

    def _matching(self, wishes: Sequence[Wish]) -> BitMap:
        self._scores, coverage = score(self._snapshot, wishes)
        everything = bitmap(np.flatnonzero(coverage > 0.999)) & self._visible
        if len(wishes) == 1:
            return everything
        enough = np.float32(0)
        if len(everything) >= relevance.RELAX_BELOW:
            scores = self._scores[array(everything)]
            enough = np.partition(scores, -relevance.RELAX_BELOW)[-relevance.RELAX_BELOW]
        partly = (coverage >= relevance.PARTIAL_SHARE) & (self._scores >= enough)
        part = bitmap(np.flatnonzero(partly)) & self._visible
        if not part and not everything:
            part = bitmap(np.flatnonzero(coverage > 0)) & self._visible
        if not everything and part:
            self._dropped = self._missing(wishes, part)
        return part | everything

    def _missing(self, wishes: Sequence[Wish], found: BitMap) -> tuple[str, ...]:
        """Words that the best match lacks."""
        numbers = array(found)
        best = int(numbers[np.argmax(self._scores[numbers])])
        return tuple(wish.text for wish in wishes if not wish.weights[best])

    def _filters(self) -> dict[str, BitMap]:
        found: dict[str, BitMap] = {}
        for key, values in self._query.filters.items():
            if values:
                of_key = self._values_of(key)
                found[key] = BitMap.union(BitMap(), *(of_key.get(v, BitMap()) for v in values))
        return found

    def _facets(self, matched: BitMap, filters: dict[str, BitMap]) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = {}
        for key in self._query.facet_keys:
            base = _all_but(matched, filters, key)
            chosen = self._query.filters.get(key, frozenset())
            counts[key] = {
                value: count
                for value, numbers in self._values_of(key).items()
                if (count := base.intersection_cardinality(numbers)) or value in chosen
            }
            counts[key].update({value: 0 for value in chosen if value not in counts[key]})
        return counts

    def _values_of(self, key: str) -> Mapping[str, BitMap]:
        """Documents by value; freshness depends on the day, so it is worked out when asked."""
        if key != FRESH:
            return self._snapshot.facets.get(key, {})
        if self._fresh is None:
            review_by, today = self._snapshot.review_by, self._query.today.toordinal()
            dated = review_by > 0
            self._fresh = {
                "current": bitmap(np.flatnonzero(dated & (review_by >= today))),
                "overdue": bitmap(np.flatnonzero(dated & (review_by < today))),
                "unset": bitmap(np.flatnonzero(~dated)),
            }
        return self._fresh

    # In what order

    def _hits(self, plan: Plan, found: BitMap) -> tuple[Hit, ...]:
        per_page = min(max(1, self._query.per_page), MAX_PER_PAGE)
        first = (min(max(1, self._query.page), MAX_PAGE) - 1) * per_page
        ordered = self._ordered(array(found), plan.wishes, first + per_page)
        shown = ordered[first : first + per_page]
        return self._dressed(shown, plan.wishes)

    def _ordered(self, numbers: Numbers, wishes: Sequence[Wish], needed: int) -> Numbers:
        snapshot, query = self._snapshot, self._query
        if query.sort is Sort.NEWEST or (query.sort is Sort.RELEVANCE and not wishes):
            keys = (-snapshot.ids[numbers], -snapshot.uses[numbers], -snapshot.updated[numbers])
            return numbers[np.lexsort(keys)]
        if query.sort is Sort.MOST_USED:
            keys = (-snapshot.ids[numbers], -snapshot.updated[numbers], -snapshot.uses[numbers])
            return numbers[np.lexsort(keys)]
        scores = self._scores[numbers]
        count = min(len(numbers), max(relevance.RERANKED, needed))
        if count and not self._late():
            top = np.argpartition(-scores, count - 1)[:count]
            scores[top] += title_fit(snapshot, numbers[top], wishes)
            if len(wishes) > 1:
                scores[top] += nearness(snapshot, numbers[top], wishes)
        scores *= 1 + self._tie_breaker(numbers)
        self._scores[numbers] = scores
        return numbers[np.lexsort((-snapshot.ids[numbers], -scores))]

    def _tie_breaker(self, numbers: Numbers) -> NDArray[np.float32]:
        """Between 0 and ``relevance.TIE``: fresh, verified, used."""
        today = self._query.today.toordinal()
        age = today - self._snapshot.updated[numbers]
        review_by = self._snapshot.review_by[numbers]
        fresh = np.where(self._snapshot.updated[numbers] > 0, 1 / (1 + np.maximum(age, 0) / 365), 0)
        used = np.minimum(np.log1p(self._snapshot.uses[numbers]) / 7, 1)
        kept = (review_by == 0) | (review_by >= today)
        bonus: NDArray[np.float32] = (relevance.TIE * (fresh + used + kept) / 3).astype(np.float32)
        return bonus

    def _late(self) -> bool:
        if time.monotonic() > self._deadline:
            self._partial = True
        return self._partial

    # As shown

    def _dressed(self, shown: Numbers, wishes: Sequence[Wish]) -> tuple[Hit, ...]:
        """Hits with pages and snippets; when time is short, without."""
        snapshot = self._snapshot
        dressed: dict[int, Hit] = {}
        marks = marks_of(wishes)
        for base, leaf in zip(snapshot.bases, snapshot.leaves, strict=True):
            mine = np.sort(shown[(shown >= base) & (shown < base + leaf.size)] - base)
            if not len(mine):
                continue
            late = self._late()
            local = mine.astype(np.int32)
            mentions = [] if late else body_mentions(leaf, wishes, local)
            weights = [wish.idf for wish in wishes]
            for number in mine:
                hit = self._bare(int(base + number), wishes)
                if not self._late():
                    pages = leaf.pages(int(number))
                    of_hit = [_of_document(places, int(number)) for places in mentions]
                    best = pages_of(pages, of_hit, weights)
                    hit = replace(
                        hit,
                        snippets=snippets_of(pages, list(best), marks),
                        hit_pages={pages.numbers[page]: n for page, n in best.items()},
                    )
                dressed[int(base + number)] = hit
        return tuple(dressed[int(number)] for number in shown)

    def _bare(self, number: int, wishes: Sequence[Wish]) -> Hit:
        return Hit(
            id=int(self._snapshot.ids[number]),
            revision=int(self._snapshot.revisions[number]),
            score=round(float(self._scores[number]), 4),
            matched=tuple(wish.text for wish in wishes if wish.weights[number]),
        )


def _of_document(mentions: Numbers, number: int) -> Numbers:
    a, b = np.searchsorted(mentions, [number << PLACE_BITS, (number + 1) << PLACE_BITS])
    return mentions[a:b]


def _all_but(matched: BitMap, filters: dict[str, BitMap], key: str) -> BitMap:
    found = matched
    for other, selected in filters.items():
        if other != key:
            found = found & selected
    return found
