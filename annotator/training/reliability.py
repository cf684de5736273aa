"""Whether the calibrated probabilities hold on text that neither encoder, heads nor calibration have seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import GroupKFold

from annotator.encoder import Encoding
from annotator.evaluation.calibration import Calibration, calibration
from annotator.heads import Doubles, features
from annotator.marks import MARK_LABELS
from annotator.training import fit
from annotator.training.data import Example

FOLDS = 5


def reliability(examples: Sequence[Example], encodings: Sequence[Encoding]) -> dict[str, Calibration]:
    """Reliability of each mark on the running news among `examples`, by cross-fitting over articles.

    Sentences picked for their marks are fitted on, but not judged by: the probabilities are meant for running news.
    """
    probabilities = cross_fitted(examples, encodings)
    running = fit.running_news(examples)
    articles = np.unique(np.array([one.article for one in examples])[running], return_inverse=True)[1]
    gold = np.array([[one.heads[mark] for mark in MARK_LABELS] for one in examples])
    return {
        mark: calibration(gold[running, column], probabilities[running, column], articles)
        for column, mark in enumerate(MARK_LABELS)
    }


def cross_fitted(examples: Sequence[Example], encodings: Sequence[Encoding]) -> Doubles:
    """Probabilities [n, 3] of the marks from heads and calibration fitted on the other articles."""
    groups = [one.article for one in examples]
    probabilities = np.zeros((len(examples), len(MARK_LABELS)))
    for rest, held in GroupKFold(FOLDS).split(groups, groups=groups):
        fitted = fit.fit([examples[index] for index in rest], [encodings[index] for index in rest])
        heads = fit.folded(fitted.heads)
        for index in held:
            probabilities[index] = heads.probabilities(features(encodings[index])).marks
    return probabilities
