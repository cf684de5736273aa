"""Which sentences are read after the sentence before them.

Reading every sentence after its predecessor costs half as much again and helps few: those that begin with a pronoun or
a conjunction, and those in or beside a quotation that may have begun earlier.
"""

from __future__ import annotations

import re

_LEANING = re.compile(
    r"\W*(?:he|she|they|it|this|that|these|those|his|her|their|its|him|them|i|we|my|our|and|but|so|such)\b",
    re.IGNORECASE,
)
_QUOTES = ("“", '"', "‘", "'")


def leans(before: str, sentence: str) -> bool:
    """Whether `sentence` is read after `before`, the sentence before it; never where that is empty."""
    if not before:
        return False
    return bool(_LEANING.match(sentence)) or sentence.lstrip().startswith(_QUOTES) or _quoted(before, sentence)


def _quoted(before: str, sentence: str) -> bool:
    """Whether a quotation seems to run from one sentence into the next."""
    left_open = before.count("“") > before.count("”") or before.count('"') % 2 == 1
    return left_open or ("”" in sentence and "“" not in sentence)
