"""How well probabilities rank what is marked above what is not: area under the ROC curve, precision and recall."""

from __future__ import annotations

import numpy as np

from annotator.evaluation.bootstrap import Doubles, Figure, Integers, draw, figure
from annotator.evaluation.counts import Bools

Curve = tuple[tuple[float, float], ...]
"""Points of (recall, precision), from recall 1 down to 0."""


def auc(gold: Bools, score: Doubles, article: Integers) -> Figure | None:
    """Area under the ROC curve of `score` [n], None where `gold` holds a single class.

    A resample's value comes from how often a marked item of one article outranks an unmarked one of another
    (Mann-Whitney 1947), counted once for all resamples.
    """
    if gold.all() or not gold.any():
        return None
    wins = pair_wins(gold, score, article)
    weights = draw(len(wins))
    marked, unmarked = (weights @ np.bincount(article[side], minlength=len(wins)) for side in (gold, ~gold))
    pairs = marked * unmarked
    values = np.full(len(weights), np.nan)
    np.divide(((weights @ wins) * weights).sum(axis=1), pairs, out=values, where=pairs > 0)
    return figure(values, len(gold), int(gold.sum()))


def pair_wins(gold: Bools, score: Doubles, article: Integers) -> Doubles:
    """Over the pairs of a marked item of article `i` and an unmarked one of `j`: how often the marked one has the
    higher score, [a, a]; a tie counts one half.
    """
    articles = int(article.max()) + 1
    wins = np.zeros((articles, articles))
    marked = score[gold]
    for index in np.unique(article[~gold]):
        others = np.sort(score[~gold & (article == index)])
        below = np.searchsorted(others, marked, "left") + np.searchsorted(others, marked, "right")
        wins[:, index] = np.bincount(article[gold], below / 2, minlength=articles)
    return wins


def curve(gold: Bools, score: Doubles) -> Curve:
    """Precision against recall at every threshold that makes a difference; empty without positive items."""
    from sklearn.metrics import precision_recall_curve

    if not gold.any():
        return ()
    precision, recall, _ = precision_recall_curve(gold, score, drop_intermediate=True)
    return tuple(zip(map(float, recall), map(float, precision), strict=True))
