"""Every number that shapes the order of results, each with its reason."""

from __future__ import annotations

from typing import Final

import numpy as np

TITLE, SUMMARY, LABELS, NAMES, BODY = range(5)
"""Parts of a document in the order in which its words are counted."""

PART_COUNT: Final = 5

K1: Final = 1.2
"""Saturation: the tenth mention says little more than the fifth. The usual value, and the best
measured on the Cranfield collection."""

PART_WEIGHTS: Final = np.array([5.0, 2.5, 2.0, 2.5, 1.0], dtype=np.float32)
"""What one mention is worth. Title: chosen by a person to say what it is. Summary: the same, longer.
Labels: how a marketer filed it, shared by many documents. Names: file name and codes, often the
words a colleague remembers. Body: the measure."""

PART_B: Final = np.array([0.3, 0.3, 0.2, 0.2, 0.6], dtype=np.float32)
"""How far length discounts a mention. Body the little under the usual .75, so that a 180-page report neither drowns a
one-pager nor is buried by it; short parts less: a long title is no sign of wordiness."""

PART_LENGTHS: Final = np.array([8.0, 20.0, 20.0, 6.0, 0.0], dtype=np.float32)
"""Length in words at which a part is neither long nor short. The body's is the library's average."""

RELATIVE_FORM: Final = 0.85
"""A mention of *deployment* when *deploy* was typed: nearly as good, but the typed form first."""

COMPLETION: Final = 0.7
"""A word that begins with the letters typed: likely, not certain."""

SYNONYM: Final = 0.3
"""An alias from the taxonomy: the same thing in other words, below the words actually used."""

COMPOUND: Final = 0.9
"""*digitalocean* for *digital ocean* and back: the same word, written otherwise."""

CORRECTION: Final = 0.8
"""A likelier spelling searched beside a rare word as typed."""

COVERAGE_POWER: Final = 0.5
"""How hard missing words count against a document: score times the share of the query's weight it
has, to this power. Two rare words together say more than one of them often."""

RELAX_BELOW: Final = 10
"""A document without all the words joins in when it scores better than the tenth that has them (or
there are fewer than ten): half a page of full matches is a choice, and a document about one thing
beats ten that mention everything in passing."""

PARTIAL_SHARE: Final = 0.35
"""Share of the query's weight a partial match needs."""

NEAR_BONUS: Final = 1.0
"""Neighbouring words of the query standing together in the document, against one word's weight."""

NEAR_WINDOW: Final = 6
"""Words between which two mentions still belong to one thought."""

RERANKED: Final = 50
"""Best documents that are looked at for nearness: places are read for these only."""

TIE: Final = 0.02
"""Most that freshness, verification and use can add together: decides near-ties only."""

RARE: Final = 2
"""Documents up to which a word may itself be a slip of somebody's pen."""

MUCH_COMMONER: Final = 50
"""Times commoner that a neighbour must be before it is searched beside a rare word."""

NEAR_PARTS: Final = np.array([3.0, 2.0, 1.0, 2.0, 1.0], dtype=np.float32)
"""What a pair side by side is worth by part: a title that says both words together is the answer."""

TITLE_FIT: Final = 1.0
"""Bonus, against one word's weight, for a title wholly made of the query's words."""


def idf(documents_with: int, documents: int) -> float:
    """How telling a word is that so many of all documents have; never below a grain."""
    ratio = (documents - documents_with + 0.5) / (documents_with + 0.5)
    return max(0.01, float(np.log1p(max(ratio, 0.0))))
