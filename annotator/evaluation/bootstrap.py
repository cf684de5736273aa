"""Bootstrap intervals over articles (Efron 1979, percentiles), for all resamples at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
SEED = 0

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Figure:
    """A score with its 95 % bootstrap interval over articles.

    Attributes:
        low, high: the interval; of a single article, both are the value.
        n: what it is measured on: sentences, words, or the gold spans.
        support: how many of these the gold marks as positive; None where a score has no positive class.

    """

    value: float
    low: float
    high: float
    n: int
    support: int | None = None


def draw(articles: int) -> Doubles:
    """How often each article counts, [1 + RESAMPLES, articles].

    The first row counts every article once, so that a score computed from it is the value itself; each other row is
    a sample of as many articles, drawn with replacement.
    """
    chosen = np.random.default_rng(SEED).integers(articles, size=(RESAMPLES, articles))
    weights = np.ones((1 + RESAMPLES, articles))
    for row, sample in enumerate(chosen, start=1):
        weights[row] = np.bincount(sample, minlength=articles)
    return weights


def figure(values: Doubles, n: int, support: int | None = None) -> Figure:
    """The figure of a score computed from each row of `draw`, [1 + RESAMPLES]; resamples without a value are nan."""
    low, high = np.nanpercentile(values[1:], [2.5, 97.5])
    return Figure(float(values[0]), float(low), float(high), int(n), None if support is None else int(support))


def by_article(article: Integers, items: Doubles) -> Doubles:
    """Sum the rows of `items` [n, k] over articles, [a, k]; `article` [n] holds indices from 0 to a - 1."""
    sums = np.zeros((int(article.max()) + 1, items.shape[1]))
    np.add.at(sums, article, items)
    return sums
