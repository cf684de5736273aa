"""Scores of an annotator on annotated articles: the marks, the primary label and the words, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotator.evaluation import spans
from annotator.evaluation.bootstrap import Figure, figure
from annotator.evaluation.counts import Bools, macro_f1, rate_figures, resample, yes_no
from annotator.evaluation.gold import Article
from annotator.evaluation.pairs import Pair, annotate, article_indices, probabilities, where
from annotator.evaluation.ranking import auc
from annotator.marks import LABELS, MARK_LABELS
from annotator.pipeline import Annotator


def evaluate(annotator: Annotator, articles: Sequence[Article]) -> dict[str, Figure]:
    """Figures of the marks, the primary label and the words; see `mark_figures`, `primary_figures`, `spans.words`."""
    pairs = annotate(annotator, articles)
    return {**label_figures(pairs), **spans.word_figures(pairs)}


def label_figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """All figures on the sentences' labels."""
    return {**mark_figures(pairs), **primary_figures(pairs)}


def mark_figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """`f1/<mark>`, `precision/<mark>`, `recall/<mark>`, and `auc/<mark>` where the gold has both classes."""
    article = article_indices(pairs)
    figures = {}
    for mark in MARK_LABELS:
        gold, guess = gold_marked(pairs, mark), _guess_marked(pairs, mark)
        found = rate_figures(article, yes_no(gold, guess), len(pairs), int(gold.sum()))
        figures.update({f"{name}/{mark}": value for name, value in found.items()})
        if area := auc(gold, probabilities(pairs, mark), article):
            figures[f"auc/{mark}"] = area
    return figures


def gold_marked(pairs: Sequence[Pair], mark: str) -> Bools:
    """Whether the gold gives each sentence a mark."""
    return where(pairs, lambda pair: mark in pair.gold.marks)


def _guess_marked(pairs: Sequence[Pair], mark: str) -> Bools:
    return where(pairs, lambda pair: mark in pair.guess.labels)


def primary_figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """`primary/macro-f1`, over the primary labels that occur in the gold, and `primary/accuracy`."""
    gold, guess = primary_labels(pairs)
    article = article_indices(pairs)
    classes = [resample(article, yes_no(gold == label, guess == label)) for label in np.unique(gold)]
    right = resample(article, np.stack([gold == guess, np.ones(len(gold))], axis=1).astype(float))
    return {
        "primary/macro-f1": figure(macro_f1(np.stack(classes, axis=1)), len(gold)),
        "primary/accuracy": figure(right[:, 0] / right[:, 1], len(gold)),
    }


def primary_labels(pairs: Sequence[Pair]) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """The primary labels of the gold and of the annotator."""
    return np.array([pair.gold.primary for pair in pairs]), np.array([pair.guess.label for pair in pairs])


def confusion(pairs: Sequence[Pair]) -> tuple[tuple[int, ...], ...]:
    """How often each primary label of the gold (row) was given each label (column), in the order of LABELS."""
    from sklearn.metrics import confusion_matrix

    return tuple(tuple(map(int, row)) for row in confusion_matrix(*primary_labels(pairs), labels=list(LABELS)))


def f1(gold: Bools, guess: Bools) -> float:
    """F1 of the positive class; 0 where there is neither gold nor guess."""
    return float(2 * (gold & guess).sum() / max(1, gold.sum() + guess.sum()))
