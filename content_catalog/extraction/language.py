"""Which language a text is written in, or None when there is too little to tell."""

from __future__ import annotations

import re
from functools import cache

from py3langid import langid

SAMPLE_CHARS = 8_000
FEWEST_LETTERS = 40
SURE = 0.6
NOT_A_WORD = re.compile(r"https?://\S+|[\W\d_]+")


def language_of(sample: str) -> str | None:
    """ISO 639-1 code of the language of ``sample``; None when it is short or the guess unsure."""
    words = NOT_A_WORD.sub(" ", sample[: SAMPLE_CHARS * 2]).strip()[:SAMPLE_CHARS]
    if sum(map(str.isalpha, words)) < FEWEST_LETTERS:
        return None
    code, probability = _identifier().classify(words)
    # The few languages without a code of two letters are no language of our taxonomy.
    return str(code) if probability >= SURE and len(code) == 2 else None


@cache
def _identifier() -> langid.LanguageIdentifier:
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
