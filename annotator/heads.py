"""What the encoder saw of a sentence to calibrated label probabilities.

The heads are scikit-learn's regressions (`heads.skops` in a model folder). Folded into plain arrays they need no
scikit-learn, which takes seconds to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotator.encoder import Encoding
from annotator.errors import ModelError
from annotator.marks import LABELS, MARK_LABELS, decide

Doubles = NDArray[np.float64]

Affine = tuple[Doubles, Doubles]
"""Weights [k, f] and bias [k] of k regressions."""

ARRAYS = ("marks_weights", "marks_bias", "primary_weights", "primary_bias")
"""The arrays of `heads.npz`."""


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


@dataclass(frozen=True)
class Heads:
    """Two affine maps from evidence [f] to logits: of the calibrated `marks` (weights [3, f], bias [3]) in the order of
    MARK_LABELS, and of the `primary` labels (weights [4, f], bias [4]) in the order of LABELS.
    """

    marks: Affine
    primary: Affine

    @classmethod
    def read(cls, path: Path, width: int) -> Heads:
        """Read `heads.npz`; `width` is the number of features that the encoder yields.

        Raises:
            ModelError: it cannot be read, or was fitted on other evidence.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = [np.asarray(stored[name], dtype=np.float64) for name in ARRAYS]
        except Exception as error:  # NumPy lets zip, header and end-of-file errors through
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ModelError(f"cannot read {path}: {reason}; restore the model folder, or train it again") from error
        shapes = [array.shape for array in arrays]
        if shapes != [(len(MARK_LABELS), width), (len(MARK_LABELS),), (len(LABELS), width), (len(LABELS),)]:
            raise ModelError(f"{path} has heads of shapes {shapes}, not for {width} features; restore the model folder")
        return cls((arrays[0], arrays[1]), (arrays[2], arrays[3]))

    def write(self, path: Path) -> None:
        """Write `heads.npz`."""
        (marks, mark_bias), (primary, primary_bias) = self.marks, self.primary
        np.savez(path, marks_weights=marks, marks_bias=mark_bias, primary_weights=primary, primary_bias=primary_bias)

    def probabilities(self, evidence: Doubles) -> Probabilities:
        """Calibrated probabilities from the features [f] of one sentence."""
        (marks, mark_bias), (primary, primary_bias) = self.marks, self.primary
        return Probabilities.of(marks @ evidence + mark_bias, primary @ evidence + primary_bias)
