"""What stands on the encoder: calibrated heads, label thresholds and tag thresholds, all fitted on `calib` alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from annotator.decode import TAGS, split_words
from annotator.encoder import Encoder, Encoding
from annotator.evaluation.scores import f1
from annotator.heads import Affine, Doubles, Heads, features
from annotator.marks import HIGHEST_THRESHOLD, LABELS, LOWEST_THRESHOLD, MARK_LABELS
from annotator.training import data
from annotator.training.data import Example, Spans

STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03)
"""Inverse regularisation strengths tried for each head."""
SEVERAL_WEIGHT = 3.0
"""Weight, for the primary head, of a sentence with several marks: only there is it asked."""
FOLDS = 5
GRID = np.round(np.arange(LOWEST_THRESHOLD, HIGHEST_THRESHOLD, 0.01), 2)


@dataclass(frozen=True)
class Fitted:
    """The heads as they are stored, and the thresholds that go into `config.json`."""

    heads: dict[str, Any]
    thresholds: dict[str, float]
    tag_thresholds: dict[str, float]


def encode(encoder: Encoder, examples: Sequence[Example]) -> list[Encoding]:
    """Read every example as it will be read when annotating."""
    pieces = encoder.tokenizer.pieces
    return [encoder.encode(pieces(one.text), pieces(one.context) if one.context else None) for one in examples]


def fit(examples: Sequence[Example], encodings: Sequence[Encoding]) -> Fitted:
    """Fit heads and thresholds on sentences that the encoder has never seen; folds never split an article.

    The marks' probabilities are calibrated on running news alone. Their thresholds, and the primary head, are fitted on
    all of `examples` alike: these hold more framing and speculation, as the texts do that people ask about.
    """
    evidence = np.stack([features(encoding) for encoding in encodings])
    groups = np.array([example.article for example in examples])
    heads: dict[str, Any] = {"primary": _primary_head(evidence, examples, groups)}
    running = running_news(examples)
    thresholds = {}
    for mark in MARK_LABELS:
        target = np.array([example.heads[mark] for example in examples])
        heads[mark], probabilities = _calibrated_head(evidence, target, running, groups)
        thresholds[mark] = best_threshold(target, probabilities)
    return Fitted(heads, thresholds, tag_thresholds(examples, encodings))


def folded(heads: dict[str, Any]) -> Heads:
    """The fitted regressions as the two affine maps that are run."""
    marks = [_calibrated(heads[label]) for label in MARK_LABELS]
    weights, bias = _affine(heads["primary"])
    order = [list(heads["primary"]["regression"].classes_).index(label) for label in LABELS]
    stacked = np.concatenate([one[0] for one in marks]), np.concatenate([one[1] for one in marks])
    return Heads(stacked, (weights[order], bias[order]))


def _calibrated(head: dict[str, Any]) -> Affine:
    """Fold Platt scaling (Platt 1999), a one-feature regression on the margin, into the head."""
    weights, bias = _affine(head)
    slope = head["calibration"].coef_[0, 0]
    return weights * slope, bias * slope + head["calibration"].intercept_


def _affine(head: dict[str, Any]) -> Affine:
    """Fold standardisation into a regression: weights [k, f] and bias [k] over raw features."""
    scale, regression = head["scale"], head["regression"]
    weights = regression.coef_ / scale.scale_
    return weights, regression.intercept_ - weights @ scale.mean_


def running_news(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Which examples, [n], are running text; the others were picked or written for their marks."""
    return np.array([example.corpus not in data.SELECTED for example in examples])


def best_threshold(target: NDArray[np.bool_], probabilities: NDArray[Any]) -> float:
    """The threshold of the best F1, smoothed over its neighbours so that no single sentence decides."""
    scores = np.array([f1(target, probabilities >= value) for value in GRID])
    smooth = np.convolve(np.pad(scores, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    return float(GRID[smooth.argmax()])


def tag_thresholds(examples: Sequence[Example], encodings: Sequence[Encoding]) -> dict[str, float]:
    """For each tag the word-level threshold of the best F1; `unnamed` is a choice of two and stays at one half."""
    words = [split_words(one.text, encoding) for one, encoding in zip(examples, encodings, strict=True)]
    chosen = {}
    for tag in TAGS[:-1]:
        column = data.TAGS.index(tag)
        target = np.concatenate(
            [_inside(one.spans, tag, word.spans) for one, word in zip(examples, words, strict=True)]
        )
        chosen[tag] = best_threshold(target, np.concatenate([word.tags[:, column] for word in words]))
    return {**chosen, "unnamed": 0.5}


def _inside(spans: Spans, tag: str, words: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(len(words), dtype=bool)
    for start, end in spans[tag]:
        mask |= (words[:, 0] < end) & (words[:, 1] > start)
    return mask


def _pipeline(strength: float) -> Pipeline:
    regression = LogisticRegression(C=strength, max_iter=2000)
    return Pipeline([("scale", StandardScaler()), ("regression", regression)])


def _calibrated_head(
    evidence: Doubles, target: NDArray[np.bool_], running: NDArray[np.bool_], groups: NDArray[Any]
) -> tuple[dict[str, Any], Doubles]:
    """A head, calibrated on the `running` examples, and out-of-fold probabilities to choose its threshold on."""
    margins = {
        strength: _out_of_fold(_pipeline(strength), evidence, target, groups, "decision_function")
        for strength in STRENGTHS
    }
    losses = {
        strength: _log_loss(_platt(margin, target).predict_proba(margin), target.astype(int))
        for strength, margin in margins.items()
    }
    best = min(losses, key=lambda strength: losses[strength])
    calibration = _platt(margins[best][running], target[running])
    stored = _stored(_pipeline(best), evidence, target)
    return {**stored, "calibration": calibration}, calibration.predict_proba(margins[best])[:, 1]


def _primary_head(evidence: Doubles, examples: Sequence[Example], groups: NDArray[Any]) -> dict[str, Any]:
    """The head that is asked which of several marks comes first, so that sentences with several weigh more."""
    target = np.array([example.primary for example in examples])
    _, index = np.unique(target, return_inverse=True)
    several = [sum(example.heads[mark] for mark in MARK_LABELS) > 1 for example in examples]
    weights = np.where(several, SEVERAL_WEIGHT, 1.0)
    losses = {
        strength: _log_loss(
            _out_of_fold(_pipeline(strength), evidence, target, groups, "predict_proba", weights), index
        )
        for strength in STRENGTHS
    }
    best = min(losses, key=lambda strength: losses[strength])
    return _stored(_pipeline(best), evidence, target, weights)


def _out_of_fold(
    model: Pipeline,
    evidence: Doubles,
    target: NDArray[Any],
    groups: NDArray[Any],
    method: str,
    weights: Doubles | None = None,
) -> Doubles:
    folds, params = GroupKFold(FOLDS), {"regression__sample_weight": weights}
    result: Doubles = cross_val_predict(model, evidence, target, groups=groups, cv=folds, method=method, params=params)
    return result.reshape(len(target), -1)


def _stored(model: Pipeline, evidence: Doubles, target: NDArray[Any], weights: Doubles | None = None) -> dict[str, Any]:
    return dict(model.fit(evidence, target, regression__sample_weight=weights).named_steps)


def _platt(margin: Doubles, target: NDArray[np.bool_]) -> LogisticRegression:
    """Platt scaling (Platt 1999) on out-of-fold margins [n, 1]."""
    return LogisticRegression(C=1e6).fit(margin, target)


def _log_loss(probabilities: Doubles, index: NDArray[Any]) -> float:
    chosen = probabilities[np.arange(len(index)), index]
    return float(-np.log(np.clip(chosen, 1e-12, 1.0)).mean())
