from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from annotator import Annotator
from annotator.errors import InputError
from annotator.evaluation import scores
from annotator.evaluation.gold import locate, read_gold

ROW: dict[str, object] = {
    "article": "a",
    "text": "He said he may go.",
    "primary": "sourced",
    "marks": ["sourced"],
    "source": ["he"],
    "source_kind": "named",
    "cue": ["said"],
    "framing": [],
    "speculation": [],
    "reported_framing": [],
    "reported_speculation": ["may"],
}


def gold_file(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_string_is_found_on_word_boundaries_nearest_to_the_cue() -> None:
    text = "The head said he may; he may not."
    assert locate(text, ["he"], near=9) == ((14, 16),)
    assert locate(text, ["he"], near=25) == ((22, 24),)
    assert locate(text, ["hea"], near=0) == ((4, 7),)
    assert locate(text, ["nobody"], near=0) == ()


def test_gold_articles_are_grouped_in_order(tmp_path: Path) -> None:
    one, two = read_gold(gold_file(tmp_path, ROW, {**ROW, "text": "He said no."}, {**ROW, "article": "b"}))
    assert (one.id, two.id) == ("a", "b")
    text, spans = one.text_and_spans()
    assert [text[start:end] for start, end in spans] == ["He said he may go.", "He said no."]
    assert one.sentences[0].spans["reported_speculation"] == ((11, 14),)


@pytest.mark.parametrize("content", ["{", '{"article": "a"}', "3"])
def test_a_broken_gold_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="gold"):
        read_gold(path)


def test_f1_and_macro_f1_are_what_they_are() -> None:
    gold = np.array([True, True, False, False])
    guess = np.array([True, False, True, False])
    assert scores.f1(gold, guess) == 0.5
    assert scores.macro_f1(gold, gold) == 1.0
    assert scores.precision(gold, np.array([True, True, True, True])) == 0.5
    assert scores.recall(gold, np.array([True, False, False, False])) == 0.5
    assert scores.f1(~gold & gold, ~gold & gold) == 0.0


def test_an_interval_holds_its_value_and_widens_with_disagreement() -> None:
    gold = np.array([True] * 20)
    guess = np.array([True, False] * 10)
    figure = scores.interval(scores.Column(gold, guess, np.arange(20)), scores.f1)
    assert figure.low < figure.value < figure.high
    sure = scores.interval(scores.Column(gold, gold, np.arange(20)), scores.f1)
    assert sure == scores.Figure(1.0, 1.0, 1.0)


def test_gold_against_the_annotators_own_answer_is_perfect(annotator: Annotator, tmp_path: Path) -> None:
    text = "The ministry said on Monday that 14 bridges had been closed."
    (found,) = annotator.annotate(text).sentences
    row = {
        **ROW,
        "text": text,
        "primary": found.label,
        "marks": list(found.labels),
        "source": [text[one.start : one.end] for one in found.shown_sources],
        "cue": [text[one.start : one.end] for one in found.shown_marks if one.label == "sourced"],
        "reported_speculation": [],
    }
    figures = scores.evaluate(annotator, read_gold(gold_file(tmp_path, row)))
    assert figures["f1/sourced"].value == figures["primary/macro-f1"].value == figures["words/cue"].value == 1.0
    wrong = scores.evaluate(annotator, read_gold(gold_file(tmp_path, {**row, "marks": [], "primary": "plain"})))
    assert wrong["f1/sourced"].value == wrong["primary/accuracy"].value == 0.0
