"""Whether probabilities mean what they say: of the sentences given 70 %, do 70 % carry the mark?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotator.evaluation.bootstrap import SEED, Doubles, Figure, Integers, by_article, draw, figure
from annotator.evaluation.counts import Bools

BINS = 10
SIMULATIONS = 1000


@dataclass(frozen=True)
class Bin:
    """Sentences of similar probability: the mean one `predicted`, the share `observed` to carry the mark, how many."""

    predicted: float
    observed: float
    n: int


@dataclass(frozen=True)
class Calibration:
    """Reliability of one mark's probabilities.

    Attributes:
        bins: equally full, by rising probability.
        error: the expected calibration error. Chance can only add to it, so its interval leans upwards.
        limit: the 95th percentile of the error of a perfectly calibrated model with the same probabilities.

    """

    bins: tuple[Bin, ...]
    error: Figure
    limit: float


def calibration(gold: Bools, probability: Doubles, article: Integers) -> Calibration:
    """Reliability of the probabilities [n] that `gold` [n] is so; `article` [n] holds indices from 0 up."""
    bins = equal_mass(probability)
    resampled = error(_bin_sums(bins, gold, probability, article))
    return Calibration(
        bins=tuple(Bin(float(probability[one].mean()), float(gold[one].mean()), len(one)) for one in bins),
        error=figure(resampled, len(gold), int(gold.sum())),
        limit=limit(bins, probability),
    )


def equal_mass(probability: Doubles) -> list[Integers]:
    """Indices of the items by rising probability, in up to BINS bins that differ by one item at most."""
    order = np.argsort(probability, kind="stable")
    return list(np.array_split(order, min(BINS, len(order))))


def error(sums: Doubles) -> Doubles:
    """Expected calibration error (Naeini et al. 2015): the mean distance between predicted and observed share,
    weighted by the size of the bins, from `sums` [..., bins, 3] of items, positive ones and probabilities.
    """
    distance: Doubles = np.abs(sums[..., 1] - sums[..., 2]).sum(axis=-1) / sums[..., 0].sum(axis=-1)
    return distance


def limit(bins: Sequence[Integers], probability: Doubles) -> float:
    """The 95th percentile of the error where the probabilities are right: outcomes are drawn from them."""
    rng = np.random.default_rng(SEED)
    sums = np.empty((SIMULATIONS, len(bins), 3))
    for index, one in enumerate(bins):
        outcomes = rng.random((SIMULATIONS, len(one))) < probability[one]
        sums[:, index] = np.stack(np.broadcast_arrays(len(one), outcomes.sum(axis=1), probability[one].sum()), axis=-1)
    return float(np.percentile(error(sums), 95))


def _bin_sums(bins: Sequence[Integers], gold: Bools, probability: Doubles, article: Integers) -> Doubles:
    """Sums of each bin under every bootstrap draw, [1 + RESAMPLES, bins, 3]; the bins stay as they are."""
    items = np.zeros((len(gold), len(bins), 3))
    for index, one in enumerate(bins):
        items[one, index] = np.stack([np.ones(len(one)), gold[one], probability[one]], axis=1)
    sums = by_article(article, items.reshape(len(gold), -1))
    return (draw(len(sums)) @ sums).reshape(-1, len(bins), 3)
