"""The heads that are run are those that were fitted, and the questions of public corpora are answered by theirs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skops.io import load

from annotator import model_folder
from annotator.encoder import Encoder
from annotator.errors import ModelError
from annotator.evaluation import benchmarks
from annotator.evaluation import questions as stored
from annotator.heads import Heads, features
from annotator.training import fit, fit_questions
from annotator.training.data import Example, Split
from tests.conftest import ROOT

FOLDER = ROOT / "models" / "news-en-small"
CONFIG = model_folder.read_config(FOLDER)


def test_the_heads_that_are_run_are_those_that_were_fitted() -> None:
    fitted = load(FOLDER / "heads.skops", trusted=[])
    run = Heads.read(FOLDER / "heads.npz", CONFIG.features)
    evidence = np.random.default_rng(0).normal(size=(50, CONFIG.features)) * fitted["framing"]["scale"].scale_
    for row in evidence:
        found = run.probabilities(row)
        for label, probability in zip(("sourced", "framing", "speculation"), found.marks, strict=True):
            head = fitted[label]
            margin = head["regression"].decision_function(head["scale"].transform([row])).reshape(-1, 1)
            assert head["calibration"].predict_proba(margin)[0, 1] == pytest.approx(probability)
        primary = fitted["primary"]
        likely = dict(
            zip(
                primary["regression"].classes_,
                primary["regression"].predict_proba(primary["scale"].transform([row]))[0],
                strict=True,
            )
        )
        assert found.named()[1] == pytest.approx(likely)


def test_heads_are_read_as_they_were_written(tmp_path: Path) -> None:
    run = Heads.read(FOLDER / "heads.npz", CONFIG.features)
    run.write(tmp_path / "heads.npz")
    again = Heads.read(tmp_path / "heads.npz", CONFIG.features)
    for (weights, bias), (others, other_bias) in zip(
        (run.marks, run.primary), (again.marks, again.primary), strict=True
    ):
        assert np.array_equal(weights, others)
        assert np.array_equal(bias, other_bias)


def test_heads_for_other_features_are_refused() -> None:
    with pytest.raises(ModelError, match=r"heads\.npz has heads of shapes"):
        Heads.read(FOLDER / "heads.npz", CONFIG.features + 1)


def test_annotating_needs_no_scikit_learn() -> None:
    code = "import sys; from annotator import Annotator; Annotator.load().annotate('It may rain, he said.'); "
    found = subprocess.run(
        [sys.executable, "-c", code + "print({'sklearn', 'skops'} & set(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "set()"


def test_the_shipped_model_answers_the_questions_that_are_planned() -> None:
    assert stored.read(FOLDER, CONFIG.features).keys() == fit_questions.PLANS.keys()


def test_a_question_learns_from_its_examples_alone_and_weighs_yes_and_no_alike(tmp_path: Path) -> None:
    texts = [f"Officials said on day {n} that the road was shut." for n in range(30)]
    texts += [f"The road was shut on day {n}." for n in range(6)]
    examples = [
        Example(text, "", "polnear", f"a{n}", {"polnear_attributed": "said" in text}) for n, text in enumerate(texts)
    ]
    other = replace(examples[0], text="The road was open.", heads={"framing": True})
    evidence = np.stack([features(one) for one in fit.encode(Encoder(FOLDER), [*examples, other])])
    found = fit_questions.fitted([*examples, other], evidence, CONFIG)
    assert found.keys() == {"polnear_attributed"}
    steps = found["polnear_attributed"].pipeline.named_steps
    assert steps["standardscaler"].n_samples_seen_ == len(examples)
    assert steps["logisticregression"].class_weight == "balanced"
    assert ((found["polnear_attributed"].margins(evidence[:-1]) > 0) == ["said" in text for text in texts]).all()
    stored.write(found, tmp_path)
    again = stored.read(tmp_path, CONFIG.features)["polnear_attributed"]
    assert np.array_equal(again.margins(evidence), found["polnear_attributed"].margins(evidence))


def test_checkthat_is_answered_from_the_logit_that_learned_its_question() -> None:
    (column,) = stored.read(FOLDER, CONFIG.features)["checkthat_subjective"].columns
    assert CONFIG.logits[column - CONFIG.pooled] == "mpqa_writer"


def test_a_model_may_answer_no_question(tmp_path: Path) -> None:
    assert stored.read(tmp_path, CONFIG.features) == {}
    (tmp_path / stored.FILE).write_bytes(b"junk")
    with pytest.raises(ModelError, match=r"questions\.skops"):
        stored.read(tmp_path, CONFIG.features)


def test_questions_for_other_features_are_refused() -> None:
    with pytest.raises(ModelError, match=r"cannot ask .*questions\.skops"):
        stored.read(FOLDER, CONFIG.features - 1)


def test_a_sentence_of_nothing_is_no_to_every_question() -> None:
    asked = stored.read(FOLDER, CONFIG.features)
    nothing = np.full((1, CONFIG.features), -np.inf)
    for head in ("babe_biased", "checkthat_subjective", "mpqa_writer"):
        assert benchmarks._margin(head, nothing, asked, CONFIG)[0] == -np.inf


def test_without_a_corpus_nothing_is_asked_of_it(tmp_path: Path) -> None:
    for name in model_folder.FILES:
        (tmp_path / name).symlink_to(FOLDER / name)
    fit_questions.write(Split([Example("It rained.", "", "news_train", "a", {"framing": False})], []), tmp_path)
    assert stored.read(tmp_path, CONFIG.features) == {}
