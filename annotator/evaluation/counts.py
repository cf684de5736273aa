"""Precision, recall and F1 from counts: how much of the gold was found, how much of what was found is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.evaluation.bootstrap import Doubles, Figure, Integers, by_article, draw, figure

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rates:
    """Precision, recall and their harmonic mean; 0 where there is nothing to divide by."""

    precision: Doubles
    recall: Doubles
    f1: Doubles


def rates(counts: Doubles) -> Rates:
    """Rates from `counts` [..., 4]: gold that is found, gold, guesses that are right, guesses."""
    precision = counts[..., 2] / np.maximum(counts[..., 3], 1)
    recall = counts[..., 0] / np.maximum(counts[..., 1], 1)
    total = precision + recall
    return Rates(precision, recall, 2 * precision * recall / np.where(total > 0, total, 1))


def yes_no(gold: Bools, guess: Bools) -> Doubles:
    """The counts of items that are marked or not, [n, 4]."""
    both = gold & guess
    return np.stack([both, gold, both, guess], axis=1).astype(np.float64)


def macro_f1(counts: Doubles) -> Doubles:
    """Mean F1 over classes, from `counts` [..., classes, 4]."""
    mean: Doubles = rates(counts).f1.mean(axis=-1)
    return mean


def rate_figures(article: Integers, items: Doubles, n: int, support: int) -> dict[str, Figure]:
    """`precision`, `recall` and `f1` with intervals, from the counts of each item, [i, 4]."""
    found = rates(resample(article, items))
    values = {"precision": found.precision, "recall": found.recall, "f1": found.f1}
    return {name: figure(value, n, support) for name, value in values.items()}


def two_class_figures(gold: Bools, guess: Bools, article: Integers) -> dict[str, Figure]:
    """`precision`, `recall` and `f1` of the items marked, and `macro-f1`: the mean F1 of marked and not marked."""
    marked, unmarked = (resample(article, yes_no(*sides)) for sides in ((gold, guess), (~gold, ~guess)))
    n, support = len(gold), int(gold.sum())
    figures = rate_figures(article, yes_no(gold, guess), n, support)
    return {**figures, "macro-f1": figure(macro_f1(np.stack([marked, unmarked], axis=1)), n, support)}


def resample(article: Integers, items: Doubles) -> Doubles:
    """Sums of `items` [n, k] under every row of the bootstrap draw, [1 + RESAMPLES, k]."""
    sums = by_article(article, items)
    return draw(len(sums)) @ sums
