"""Text into words: folding, cutting, stemming, and a fingerprint of those choices.

The index keeps words folded but *unstemmed*; word forms meet at query time. So one vocabulary serves
search, completion and spelling, and the form that was typed can weigh more than its relatives.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from whoosh.lang.snowball.english import EnglishStemmer

MAX_WORD = 40
"""Longer runs of letters are machine output, not words; they are cut so that they cost little."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
# Letters and digits part ways so that SOC2, SOC 2 and SOC-2 are the same two words; scripts
# written without spaces are cut into characters, which a query then wants side by side.
_WORD = re.compile(rf"\b[cf](?:\+\+|#)(?!\w)|[{_CJK}]|[^\W\d_{_CJK}]+|\d+")

_POSSESSIVE = re.compile(r"['’]s\b")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

# A query of only these words still works; beside others they carry no wish of their own.
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "s",
        "so",
        "t",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "us",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)

# Spellings of one word on the two sides of the Atlantic that endings alone do not explain.
_ONE_SPELLING = {
    "centre": "center",
    "centres": "centers",
    "licence": "license",
    "licences": "licenses",
    "defence": "defense",
    "programme": "program",
    "programmes": "programs",
    "catalogue": "catalog",
    "catalogues": "catalogs",
    "dialogue": "dialog",
}
_ISE = re.compile(r"(?<=[a-z]{4})(i|y)s(e|ed|es|er|ers|ing|ation|ations)$")
_OUR = re.compile(r"(?<=[a-z]{3})our(?=s?$|ed$|ing$|al$|ite$|ites$)")

_stemmer = EnglishStemmer()


def fold(text: str) -> str:
    """``text`` without case and accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in order, each at most ``MAX_WORD`` letters."""
    folded = fold(text)
    if "'s" in folded or "’s" in folded:
        folded = _POSSESSIVE.sub("", folded)
    found = _WORD.findall(folded)
    if any(len(word) > MAX_WORD for word in found):
        return [word[:MAX_WORD] for word in found]
    return found


def fold_in_place(text: str) -> str:
    """``text`` folded letter by letter, so that every letter keeps its place."""
    if text.isascii():
        return text.lower()
    return _NOT_ASCII.sub(lambda match: _fold_letter(match.group()), text).lower()


@lru_cache(maxsize=4_096)
def _fold_letter(letter: str) -> str:
    return fold(letter)[:1] or letter


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The Snowball English stem of a folded word; British and American spellings share one."""
    if not word.isascii() or len(word) < 3 or not word.isalpha():
        return word
    word = _ONE_SPELLING.get(word, word)
    word = _OUR.sub("or", _ISE.sub(r"\1z\2", word))
    return str(_stemmer.stem(word))


def family_prefix(stemmed: str) -> str:
    """Letters with which every word of that stem begins (endings change at most two)."""
    return stemmed[:-2] if len(stemmed) >= 5 else stemmed[: max(2, len(stemmed) - 1)]


def fingerprint(layout: int) -> str:
    """Names the analysis and the index layout; a stored index with another name is rebuilt."""
    choices = repr((layout, MAX_WORD, _WORD.pattern, unicodedata.unidata_version))
    return hashlib.sha256(choices.encode()).hexdigest()[:16]
