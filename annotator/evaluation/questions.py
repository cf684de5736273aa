"""The questions that public corpora ask, answered by regressions over what the encoder saw (scikit-learn and skops)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.errors import ModelError

FILE = "questions.skops"
"""The file in a model folder. No annotation depends on it, so the model's digest does not cover it."""
TRUSTED: list[str] = []
"""Types that skops may load beyond its own allow-list of scikit-learn's and NumPy's: none."""


@dataclass(frozen=True)
class Question:
    """A fitted pipeline that answers one question from the `columns` of a sentence's features."""

    columns: NDArray[np.int64]
    pipeline: Any

    def margins(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each row of the features [n, f] how far it is on the side of yes, [n]; yes is zero or more."""
        found: NDArray[np.float64] = self.pipeline.decision_function(evidence[:, self.columns])
        return found


def write(questions: Mapping[str, Question], folder: Path) -> None:
    """Store them in a model folder."""
    from skops.io import dump

    dump({name: {"columns": one.columns, "pipeline": one.pipeline} for name, one in questions.items()}, folder / FILE)


def read(folder: Path, width: int) -> dict[str, Question]:
    """The questions, by the network's head for them, that the model in a folder answers from features [n, width]; none
    without the file.

    Raises:
        ModelError: the file cannot be read, or was fitted on other features.
    """
    from skops.io import load

    path = folder / FILE
    if not path.exists():
        return {}
    try:
        stored = load(path, trusted=TRUSTED)
        found = {name: Question(one["columns"], one["pipeline"]) for name, one in stored.items()}
        for question in found.values():
            question.margins(np.zeros((1, width)))
        return found
    except Exception as error:  # skops lets zip, JSON and NumPy errors through
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"cannot ask {path}: {reason}; restore the model folder, or train it again") from error
