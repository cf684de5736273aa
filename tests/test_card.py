"""The model card is what its figures make of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotator.training.card import card, number, table
from tests.conftest import ROOT

FOLDER = ROOT / "models" / "news-en-small"


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "metrics.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    return found


def test_the_shipped_card_is_made_of_the_shipped_figures(metrics: dict[str, Any], config: dict[str, Any]) -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == card(metrics, config)


def test_every_part_of_the_shipped_model_is_measured(metrics: dict[str, Any], config: dict[str, Any]) -> None:
    assert "ot measured yet" not in card(metrics, config)


def test_what_is_not_measured_says_so(config: dict[str, Any]) -> None:
    assert card({"read": {}}, config).count("ot measured yet") >= 6


def test_no_figure_is_on_sentences_that_were_trained_on(metrics: dict[str, Any]) -> None:
    for part in ("articles", "corpora", "transfer", "licensed"):
        assert {name: one["read"] for name, one in metrics[part].items() if one["read"]} == {}, part


def test_calibration_stays_within_what_chance_allows(metrics: dict[str, Any]) -> None:
    assert set(metrics["calibration"]) == {"sourced", "framing", "speculation"}
    for mark, one in metrics["calibration"].items():
        assert one["error"]["value"] <= one["limit"], mark


def test_a_figure_is_short() -> None:
    assert number({"value": 0.8012, "low": 0.7, "high": 1.0}) == ".801 [.700, 1.00]"
    assert number({"value": -0.05, "low": -0.1, "high": 0.0}) == "-.050 [-.100, .000]"
    assert number(None) == "–"


def test_a_table_is_markdown() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
