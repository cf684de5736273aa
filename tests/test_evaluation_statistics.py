"""The arithmetic under the scores: intervals, rates, ranking, calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_recall_curve, roc_auc_score

from annotator.evaluation import bootstrap, calibration, counts, ranking
from annotator.evaluation.bootstrap import RESAMPLES, Figure

sentences = st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 5)), min_size=2, max_size=40)
"""Gold, score in quarters, article."""


def columns(rows: list[tuple[bool, int, int]]) -> tuple[counts.Bools, bootstrap.Doubles, bootstrap.Integers]:
    gold, score, article = (np.array(column) for column in zip(*rows, strict=True))
    return gold, score / 4, np.unique(article, return_inverse=True)[1]


def test_the_first_draw_is_every_article_once_and_the_others_are_as_many() -> None:
    weights = bootstrap.draw(7)
    assert weights.shape == (1 + RESAMPLES, 7)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 7).all()
    assert weights[1:].mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)
    assert (weights == bootstrap.draw(7)).all()


def test_an_interval_is_the_middle_95_of_100_resamples() -> None:
    values = np.concatenate([[0.4], np.arange(1000) / 999])
    found = bootstrap.figure(values, 8, 3)
    assert (found.value, found.n, found.support) == (0.4, 8, 3)
    assert (found.low, found.high) == pytest.approx((0.025, 0.975))
    assert bootstrap.figure(np.array([0.5, 0.2, np.nan, 0.2]), 1).low == 0.2


def test_sums_over_articles() -> None:
    sums = bootstrap.by_article(np.array([0, 1, 0]), np.array([[1.0, 2], [3, 4], [5, 6]]))
    assert sums.tolist() == [[6, 8], [3, 4]]


def test_an_interval_is_of_articles_not_of_sentences() -> None:
    gold = np.ones(40, dtype=bool)
    guess = np.repeat([True, False], 20)
    alone = counts.rate_figures(np.arange(40), counts.yes_no(gold, guess), 40, 40)["recall"]
    bundled = counts.rate_figures(np.repeat(np.arange(4), 10), counts.yes_no(gold, guess), 40, 40)["recall"]
    assert alone.value == bundled.value == 0.5
    assert bundled.low < alone.low < 0.5 < alone.high < bundled.high
    sure = counts.rate_figures(np.arange(40), counts.yes_no(gold, gold), 40, 40)["f1"]
    assert sure == Figure(1.0, 1.0, 1.0, 40, 40)


def test_rates_of_counts() -> None:
    found = counts.rates(np.array([[3.0, 4, 3, 6], [0, 0, 0, 0], [1.5, 2, 1, 4]]))
    assert found.recall.tolist() == [0.75, 0, 0.75]
    assert found.precision.tolist() == [0.5, 0, 0.25]
    assert found.f1 == pytest.approx([0.6, 0, 0.375])


@settings(max_examples=40)
@given(sentences)
def test_two_class_figures_are_those_of_scikit_learn(rows: list[tuple[bool, int, int]]) -> None:
    gold, score, article = columns(rows)
    guess = score >= 0.5
    found = counts.two_class_figures(gold, guess, article)
    assert found["f1"].value == pytest.approx(f1_score(gold, guess, zero_division=0))
    both = f1_score(gold, guess, average="macro", labels=[False, True], zero_division=0)
    assert found["macro-f1"].value == pytest.approx(both)
    assert (found["f1"].n, found["f1"].support) == (len(rows), gold.sum())


@given(sentences)
def test_auc_is_that_of_scikit_learn(rows: list[tuple[bool, int, int]]) -> None:
    gold, score, article = columns(rows)
    found = ranking.auc(gold, score, article)
    if gold.all() or not gold.any():
        assert found is None
    else:
        assert found is not None
        assert found.value == pytest.approx(roc_auc_score(gold, score))


def test_a_resampled_auc_is_that_of_the_resampled_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "RESAMPLES", 40)
    rng = np.random.default_rng(1)
    gold, score, article = rng.random(60) < 0.4, rng.integers(0, 9, 60) / 8, np.repeat(np.arange(6), 10)
    weights = bootstrap.draw(6)
    values = [roc_auc_score(gold, score, sample_weight=row[article]) for row in weights[1:]]
    found = ranking.auc(gold, score, article)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(values, [2.5, 97.5])))


def test_a_curve_starts_with_everything_and_ends_with_nothing() -> None:
    gold, score = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.3, 0.1])
    points = ranking.curve(gold, score)
    assert points[0] == (1.0, 0.5)
    assert points[-1] == (0.0, 1.0)
    precision, recall, _ = precision_recall_curve(gold, score)
    assert set(points) <= set(zip(recall, precision, strict=True))
    assert ranking.curve(~gold & gold, score) == ()


def test_calibration_error_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "BINS", 2)
    gold = np.array([False, True, True, True])
    found = calibration.calibration(gold, np.array([0.1, 0.3, 0.7, 0.9]), np.arange(4))
    assert [one.predicted for one in found.bins] == pytest.approx([0.2, 0.8])
    assert [(one.observed, one.n) for one in found.bins] == [(0.5, 2), (1.0, 2)]
    assert found.error.value == pytest.approx((0.3 + 0.2) / 2)
    assert (found.error.n, found.error.support) == (4, 3)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_bins_are_equally_full_and_rise(values: list[float]) -> None:
    probability = np.array(values)
    bins = calibration.equal_mass(probability)
    sizes = [len(one) for one in bins]
    assert sum(sizes) == len(values)
    assert max(sizes) - min(sizes) <= 1
    ordered = probability[np.concatenate(bins)]
    assert (np.diff(ordered) >= 0).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_limit_is_a_share_and_nothing_where_nothing_is_left_to_chance(values: list[float]) -> None:
    probability = np.array(values)
    bins = calibration.equal_mass(probability)
    assert 0 <= calibration.limit(bins, probability) <= 1
    assert calibration.limit(bins, np.round(probability)) == 0


def test_a_calibrated_model_stays_within_the_limit_19_times_in_20_and_another_does_not() -> None:
    rng = np.random.default_rng(5)
    probability = rng.random(400)
    bound = calibration.limit(calibration.equal_mass(probability), probability)
    article = np.arange(400)
    errors = [
        calibration.calibration(rng.random(400) < probability, probability, article).error.value for _ in range(40)
    ]
    assert sum(error <= bound for error in errors) >= 34
    cocky = calibration.calibration(rng.random(400) < 0.5, probability, article)
    assert cocky.error.value > cocky.limit
