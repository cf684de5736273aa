"""What the encoder saw of a sentence to calibrated label probabilities (scikit-learn, stored with skops)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.encoder import Encoding
from annotator.errors import ModelError
from annotator.marks import LABELS, MARK_LABELS, decide

Doubles = NDArray[np.float64]

TRUSTED: list[str] = []
"""Types that skops may load beyond its own allow-list of scikit-learn's and NumPy's: none."""


def features(encoding: Encoding) -> Doubles:
    """The evidence about one sentence, [f]: pooled vector, sentence-head logits, each tag's highest and mean
    probability over the sentence's pieces.
    """
    tags = encoding.tags
    return np.concatenate([encoding.vector, encoding.logits, tags.max(axis=0), tags.mean(axis=0)], dtype=np.float64)


@dataclass(frozen=True)
class Probabilities:
    """For one sentence: `marks` [3] in the order of MARK_LABELS, `primary` [4] in the order of LABELS."""

    marks: Doubles
    primary: Doubles

    @classmethod
    def of(cls, marks: Doubles, primary: Doubles) -> Probabilities:
        """The probabilities of independent mark logits [3] and of primary logits [4], which exclude each other."""
        exponents = np.exp(primary - primary.max())
        return cls(1.0 / (1.0 + np.exp(-marks)), exponents / exponents.sum())

    def decide(self, thresholds: Mapping[str, float]) -> str:
        """The primary label that is shown under `thresholds`."""
        scores, primary = self.named()
        return decide(scores, primary, thresholds)[0]

    def named(self) -> tuple[dict[str, float], dict[str, float]]:
        """Both by the name of the label."""
        scores = dict(zip(MARK_LABELS, map(float, self.marks), strict=True))
        return scores, dict(zip(LABELS, map(float, self.primary), strict=True))


class Heads:
    """The stored regressions folded into two affine maps, so that one sentence costs two small products."""

    def __init__(self, path: Path, width: int) -> None:
        """Read `heads.skops`; `width` is the number of features that the encoder yields."""
        stored = _read(path)
        try:
            self._marks = _stack([_calibrated(stored[label]) for label in MARK_LABELS])
            self._primary = _multinomial(stored["primary"])
            shapes = self._marks[0].shape, self._primary[0].shape
        except (KeyError, AttributeError, TypeError, ValueError) as error:
            raise ModelError(f"{path} does not hold the heads of this version: {error!r}; train it again") from error
        if shapes != ((len(MARK_LABELS), width), (len(LABELS), width)):
            raise ModelError(f"{path} has heads of shapes {shapes}, not for {width} features; restore the model folder")

    def probabilities(self, evidence: Doubles) -> Probabilities:
        """Calibrated probabilities from the features [f] of one sentence."""
        weights, bias = self._marks
        return Probabilities.of(weights @ evidence + bias, self._primary[0] @ evidence + self._primary[1])


def _read(path: Path) -> Any:
    from skops.io import load

    try:
        return load(path, trusted=TRUSTED)
    except Exception as error:  # skops lets zip, JSON and NumPy errors through
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"cannot read {path}: {reason}; restore the model folder") from error


def _affine(head: dict[str, Any]) -> tuple[Doubles, Doubles]:
    """Fold standardisation into a regression: weights [k, f] and bias [k] over raw features."""
    scale, regression = head["scale"], head["regression"]
    weights = regression.coef_ / scale.scale_
    return weights, regression.intercept_ - weights @ scale.mean_


def _calibrated(head: dict[str, Any]) -> tuple[Doubles, Doubles]:
    """Fold Platt scaling (Platt 1999), a one-feature regression on the margin, into the head."""
    weights, bias = _affine(head)
    slope = head["calibration"].coef_[0, 0]
    return weights * slope, bias * slope + head["calibration"].intercept_


def _multinomial(head: dict[str, Any]) -> tuple[Doubles, Doubles]:
    """The primary head with its rows in the order of LABELS."""
    weights, bias = _affine(head)
    order = [list(head["regression"].classes_).index(label) for label in LABELS]
    return weights[order], bias[order]


def _stack(maps: list[tuple[Doubles, Doubles]]) -> tuple[Doubles, Doubles]:
    return np.concatenate([weights for weights, _ in maps]), np.concatenate([bias for _, bias in maps])
