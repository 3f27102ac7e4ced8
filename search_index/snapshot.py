"""The index at one commit: some segments, less what was deleted from them. Immutable."""

from __future__ import annotations

import math
from array import array as _uint32
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search_index.leaf import Leaf


class Snapshot:
    """Documents are numbered through all segments; ``bases[i]`` is the first number of leaf i."""

    def __init__(
        self, generation: str, leaves: Sequence[Leaf], deleted: Sequence[Sequence[int]]
    ) -> None:
        self.generation = generation
        self.leaves = tuple(leaves)
        self.bases: list[int] = []
        size = 0
        for leaf in self.leaves:
            self.bases.append(size)
            size += leaf.size
        self.size = size
        self.alive = np.ones(size, dtype=bool)
        for base, gone in zip(self.bases, deleted, strict=True):
            self.alive[[base + number for number in gone]] = False
        self.alive_map = bitmap(np.flatnonzero(self.alive))
        self.documents = len(self.alive_map)
        self.facets = self._facets()
        self._readers = self._union([leaf.readers for leaf in self.leaves])
        self._visible: dict[tuple[frozenset[str], int], BitMap] = {}

    def _column(self, name: str) -> NDArray[np.int64]:
        columns = [getattr(leaf, name) for leaf in self.leaves]
        return np.concatenate(columns) if columns else np.empty(0, dtype=np.int64)

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """Id of every document by number, deleted ones too."""
        return self._column("ids")

    @cached_property
    def revisions(self) -> NDArray[np.int64]:
        """Revision of every document by number."""
        return self._column("revisions")

    @cached_property
    def updated(self) -> NDArray[np.int64]:
        """Day number of the last update."""
        return self._column("updated")

    @cached_property
    def uses(self) -> NDArray[np.int64]:
        """Openings and downloads."""
        return self._column("uses")

    @cached_property
    def review_by(self) -> NDArray[np.int64]:
        """Day number by which it should be reviewed, 0 for never."""
        return self._column("review_by")

    @cached_property
    def _expires(self) -> NDArray[np.int64]:
        return self._column("expires")

    @cached_property
    def average_body(self) -> float:
        """Mean body length in words, rounded to steps of a quarter.

        Rounded so that a commit seldom changes it: weights kept per word stay good.
        """
        bodies = [leaf.lengths[:, -1] for leaf in self.leaves]
        mean = float(np.concatenate(bodies).mean()) if self.size else 1.0
        return 1.25 ** round(math.log(max(mean, 10.0), 1.25))

    def _union(self, parts: Sequence[Mapping[str, BitMap]]) -> dict[str, BitMap]:
        found: dict[str, BitMap] = {}
        for base, part in zip(self.bases, parts, strict=True):
            for value, numbers in part.items():
                shifted = numbers.shift(base) & self.alive_map
                found[value] = found[value] | shifted if value in found else shifted
        return found

    def _facets(self) -> dict[str, dict[str, BitMap]]:
        keys = {key for leaf in self.leaves for key in leaf.facets}
        return {
            key: self._union([leaf.facets.get(key, {}) for leaf in self.leaves]) for key in keys
        }

    def visible(self, readers: frozenset[str], today: date, include_expired: bool) -> BitMap:
        """Documents those readers may find on that day."""
        day = 0 if include_expired else today.toordinal()
        known = self._visible.get((readers, day))
        if known is None:
            known = BitMap.union(BitMap(), *(self._readers.get(r, BitMap()) for r in readers))
            if not include_expired:
                expired = (self._expires > 0) & (self._expires < day)
                known = known - bitmap(np.flatnonzero(expired))
            if len(self._visible) > 200:
                self._visible.clear()
            self._visible[(readers, day)] = known
        return known

    def numbers_of(self, document_id: int) -> list[int]:
        """Living numbers under an id: one, unless something went wrong."""
        return [int(n) for n in np.flatnonzero((self.ids == document_id) & self.alive)]

    def place(self, number: int) -> tuple[Leaf, int]:
        """The leaf a document is in, and its number there."""
        at = int(np.searchsorted(self.bases, number, side="right")) - 1
        return self.leaves[at], number - self.bases[at]


def bitmap(numbers: NDArray[np.int64]) -> BitMap:
    """A bitmap of ascending numbers."""
    # pyroaring takes this type three times faster than a numpy array.
    return BitMap(_uint32("I", numbers.astype(np.uint32).tobytes()))


def array(numbers: BitMap) -> NDArray[np.int64]:
    """The numbers of a bitmap, ascending."""
    return np.frombuffer(numbers.to_array(), dtype=np.uint32).astype(np.int64)
