"""What is fitted for the peers, on training text alone: thresholds, TF-IDF under logistic regression, combination."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from annotator.evaluation.bootstrap import Doubles, Integers
from annotator.evaluation.counts import Bools, macro_f1, rates, yes_no

FOLDS = 5
STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Inverse regularisation strengths that cross-validation chooses from."""
CANDIDATES = 200

Measure = Callable[[Bools, Bools], float]


def f1(gold: Bools, guess: Bools) -> float:
    """F1 of what is marked."""
    return float(rates(yes_no(gold, guess).sum(axis=0)).f1)


def both_f1(gold: Bools, guess: Bools) -> float:
    """Mean F1 of what is marked and what is not."""
    return float(macro_f1(np.stack([yes_no(gold, guess).sum(axis=0), yes_no(~gold, ~guess).sum(axis=0)])))


def choose_threshold(gold: Bools, score: Doubles, measure: Measure) -> float:
    """The score from which on to say yes, so that `measure` is best on training sentences.

    One that says yes to every sentence is no choice; where all scores are equal the answer is always no.
    """
    values = np.unique(score)
    if len(values) > CANDIDATES:
        values = np.unique(np.quantile(score, np.linspace(0, 1, CANDIDATES + 1)))
    candidates = values[1:]
    if not len(candidates):
        return float("inf")
    return float(max(candidates, key=lambda value: measure(gold, score >= value)))


def fit_words(texts: Sequence[str], gold: Bools, article: Integers, tests: Sequence[Sequence[str]]) -> list[Doubles]:
    """TF-IDF of words and word pairs under logistic regression; see `cross_fit`."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return cross_fit(make_pipeline(words, LogisticRegression(solver="liblinear")), texts, gold, article, tests)


def fit_scores(scores: Doubles, gold: Bools, article: Integers, tests: Sequence[Doubles]) -> list[Doubles]:
    """Logistic regression over the scores [n, k] of all peers; see `cross_fit`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return cross_fit(make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), scores, gold, article, tests)


def cross_fit(pipeline: Any, inputs: Any, gold: Bools, article: Integers, tests: Sequence[Any]) -> list[Doubles]:
    """Log-odds for the training sentences, each from a fit without its article, then for every test set.

    The strength is the one with the best area under the ROC curve in cross-validation over training articles.
    """
    from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict

    folds = list(GroupKFold(FOLDS).split(np.zeros(len(gold)), gold, article))
    grid = {"logisticregression__C": STRENGTHS}
    best = GridSearchCV(pipeline, grid, scoring="roc_auc", cv=folds).fit(inputs, gold).best_estimator_
    own = cross_val_predict(best, inputs, gold, cv=folds, method="decision_function")
    return [own, *(best.decision_function(test) for test in tests)]
