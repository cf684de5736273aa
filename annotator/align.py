"""Which sentences of two texts have the same content.

Two sentences are as similar as the words that they share: the cosine of their TF-IDF vectors (Salton and Buckley 1988)
over both texts, words cut to STEM letters, numbers and capitalised words counted WEIGHT times. Each sentence is aligned
with the one that is most like it, if they are similar enough, so that a sentence that merges several is aligned with
all of them, in any order.

The pooled vectors of the annotator's own encoder are not used: they know how a sentence speaks, not what of. On six
reports and rewrites that no threshold was chosen on their F1 is .25, that of the words .91, and of both .90
(docs/compare.md, `python -m benchmarks.alignment`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
LEAST = 0.2
"""Similarity from which two sentences have the same content."""
SHARE = 0.4
"""How much of the similarity of either sentence's best pair another of its pairs must have: a sentence that is copied
word for word holds nothing of a second one.
"""
STEM = 5
"""Letters of a word that count: "inspected" and "inspection" share them."""
WEIGHT = 2
"""How often a number or a word with a capital counts."""
ORDER = 0.01
"""How much less similar the first sentence of one text is to the last of the other: it decides between equals."""
CELLS = 2**20
"""Similarities held at a time, so that memory stays bounded however long the texts are."""

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|\w+")


@dataclass(frozen=True, order=True)
class Pair:
    """Sentences `a` and `b` of two texts, by index, and their similarity from 0 to 1."""

    a: int
    b: int
    similarity: float


def align(a: Sequence[str], b: Sequence[str], *, least: float = LEAST) -> tuple[Pair, ...]:
    """The pairs of sentences with the same content, in order: each sentence of either text with the one most like it,
    where their similarity reaches `least` and SHARE. Of the same text twice, each sentence is aligned with itself.
    """
    if not a or not b:
        return ()
    vectors = word_vectors([*a, *b])
    return best_pairs(vectors[: len(a)], vectors[len(a) :], least)


def word_vectors(sentences: Sequence[str]) -> Any:
    """TF-IDF vectors of unit length, a sparse matrix [n, words]."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer=words, dtype=np.float64).fit_transform(sentences)


def words(sentence: str) -> list[str]:
    """The words of a sentence as they are compared; of one that has none, its characters as one word."""
    found: list[str] = []
    for match in _WORD.finditer(sentence):
        word = match.group()
        telling = word[0].isdigit() or (found and word[0].isupper())
        found += [word if word[0].isdigit() else word.casefold()[:STEM]] * (WEIGHT if telling else 1)
    return found or ["".join(sentence.split())]


def best_pairs(a: Any, b: Any, least: float) -> tuple[Pair, ...]:
    """For each row of `a` [n, d] the most similar row of `b` [m, d], and the reverse, if `least` and SHARE are reached.

    Rows of both sparse matrices are of unit length. All n * m similarities are made, CELLS at a time.
    """
    place_a, place_b = np.linspace(0, 1, a.shape[0]), np.linspace(0, 1, b.shape[0])
    best_a, best_b = _Best(a.shape[0]), _Best(b.shape[0])
    rows, across = max(1, CELLS // b.shape[0]), b.T.tocsr()
    for start in range(0, a.shape[0], rows):
        block = slice(start, start + rows)
        similar = np.round((a[block] @ across).toarray(), 6)
        ranked = similar - ORDER * np.abs(place_a[block, None] - place_b)
        best_a.see(similar, ranked, row=start)
        best_b.see(similar.T, ranked.T, column=start)
    found = {Pair(i, int(j), float(best_a.similar[i])) for i, j in enumerate(best_a.indices)}
    found |= {Pair(int(i), j, float(best_b.similar[j])) for j, i in enumerate(best_b.indices)}
    top = {pair: max(best_a.similar[pair.a], best_b.similar[pair.b]) for pair in found}
    return tuple(sorted(pair for pair in found if pair.similarity >= max(least, SHARE * top[pair])))


class _Best:
    """For each of `size` sentences the one that ranks first among those seen so far, the earliest of equals: its index
    and its similarity.
    """

    def __init__(self, size: int) -> None:
        self._ranks = np.full(size, -np.inf)
        self.indices = np.zeros(size, dtype=np.int64)
        self.similar = np.zeros(size)

    def see(self, similar: Doubles, ranked: Doubles, *, row: int = 0, column: int = 0) -> None:
        """Take in a block whose first row and column stand at `row` and `column` of the whole."""
        own = slice(row, row + len(ranked))
        first = ranked.argmax(axis=1)
        at = np.arange(len(ranked)), first
        better = ranked[at] > self._ranks[own]
        self._ranks[own][better] = ranked[at][better]
        self.indices[own][better] = first[better] + column
        self.similar[own][better] = similar[at][better]
