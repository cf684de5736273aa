"""Fit what answers the questions of public corpora: `python -m annotator.training.fit_questions --data FOLDER`.

The encoder has read these corpora's training sentences, and its own head for a corpus is surer of them than of others.
So the regressions see few numbers, are held tight, and weigh yes and no alike, whatever their share in training.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from annotator import model_folder
from annotator.encoder import Encoder
from annotator.evaluation import questions
from annotator.evaluation.bootstrap import Integers
from annotator.evaluation.questions import Question
from annotator.heads import Doubles, features
from annotator.training import data, fit
from annotator.training.data import Example


@dataclass(frozen=True)
class Plan:
    """The logits that a question is answered from (all, and the tags, unless named) and the inverse regularisation."""

    strength: float
    logits: tuple[str, ...] = ()


PLANS = {
    "babe_biased": Plan(0.003),
    "checkthat_subjective": Plan(0.003, ("mpqa_writer",)),
    "polnear_attributed": Plan(0.1),
}
"""MPQA asks CheckThat!'s question of thirteen times as many sentences. Of ten sets of evidence, that logit
alone ranked `checkthat_dev`, which is read for nothing else, best (model card)."""


def main() -> None:
    """Fit the questions on the encoder in a model folder and store them there."""
    parser = argparse.ArgumentParser(prog="python -m annotator.training.fit_questions", description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the training corpora")
    parser.add_argument("--model", type=Path, default=Path("models/news-en-small"), help="model folder to add to")
    options = parser.parse_args()
    write(data.load(options.data), options.model)


def write(split: data.Split, folder: Path) -> None:
    """Fit every question that the split answers, and store them in the model folder."""
    encoder, config = Encoder(folder), model_folder.read_config(folder)
    asked = [one for one in (*split.finetune, *split.calib) if PLANS.keys() & one.heads.keys()]
    evidence = np.stack([features(one) for one in fit.encode(encoder, asked)]) if asked else np.empty((0, 0))
    questions.write(fitted(asked, evidence, config), folder)


def fitted(examples: Sequence[Example], evidence: Doubles, config: model_folder.Config) -> dict[str, Question]:
    """The questions of PLANS that the examples, with their features [n, f], answer."""
    found = {}
    for name, plan in PLANS.items():
        answered = [at for at, one in enumerate(examples) if name in one.heads]
        if not answered:
            continue
        target = np.array([examples[at].heads[name] for at in answered])
        columns = _columns(plan, config)
        regression = LogisticRegression(C=plan.strength, class_weight="balanced", max_iter=2000)
        pipeline = make_pipeline(StandardScaler(), regression)
        found[name] = Question(columns, pipeline.fit(evidence[answered][:, columns], target))
    return found


def _columns(plan: Plan, config: model_folder.Config) -> Integers:
    """Which features a plan asks for."""
    if not plan.logits:
        return np.arange(config.pooled, config.features)
    return np.array([config.pooled + config.logits.index(name) for name in plan.logits])


if __name__ == "__main__":
    main()
