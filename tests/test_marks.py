from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InputError
from annotator.marks import LABELS, MARK_LABELS, Document, Mark, Model, Sentence, Source, text_digest
from tests.conftest import hostile_text

MODEL = Model("m", "1", "sha256:0")
THRESHOLDS = dict.fromkeys(MARK_LABELS, 0.5)


def sentence(**changes: Any) -> Sentence:
    values: dict[str, Any] = {
        "start": 0,
        "end": 20,
        "label": "framing",
        "score": 0.6,
        "labels": ("sourced", "framing"),
        "scores": {"sourced": 0.7, "framing": 0.8, "speculation": 0.2},
        "primary": {"sourced": 0.3, "framing": 0.6, "speculation": 0.05, "plain": 0.05},
        "attribution": "named",
        "marks": (Mark(3, 7, "sourced", "writer", 0.9), Mark(8, 12, "framing", "writer", 0.9)),
        "sources": (Source(0, 2, "named", 0.9, 0),),
    }
    return Sentence(**{**values, **changes})


def document(one: Sentence, text: str = "x" * 20) -> Document:
    return Document(text, (one,), MODEL, THRESHOLDS)


@pytest.mark.parametrize(
    "change",
    [
        {"label": "plain"},
        {"label": "speculation"},
        {"labels": ("framing", "sourced")},
        {"labels": ("sourced", "framing", "speculation")},
        {"label": "other"},
        {"start": 5},
        {"end": 0},
        {"end": 10},
        {"scores": {"sourced": 1.0}},
        {"attribution": "both"},
        {"marks": (Mark(8, 12, "framing", "source", 0.9),), "sources": ()},
        {"marks": (Mark(8, 12, "framing", "writer", 0.9), Mark(3, 7, "sourced", "writer", 0.9))},
        {"sources": (Source(0, 2, "named", 0.9, 2),)},
    ],
)
def test_broken_invariants_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        sentence(**change)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Mark(3, 3, "framing", "writer", 1.0),
        lambda: Mark(-1, 3, "framing", "writer", 1.0),
        lambda: Mark(0, 3, "plain", "writer", 1.0),
        lambda: Mark(0, 3, "framing", "reader", 1.0),
        lambda: Source(0, 3, "anonymous", 1.0),
        lambda: document(sentence(), "too short"),
        lambda: Document("x" * 40, (sentence(), sentence()), MODEL, THRESHOLDS),
        lambda: Document("", (), MODEL, {"sourced": 0.5}),
        lambda: Document("", (), MODEL, {**THRESHOLDS, "framing": 0.01}),
    ],
)
def test_values_that_cannot_be_are_refused(build: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        build()


def test_values_do_not_share_the_mappings_they_were_given() -> None:
    scores = {"sourced": 0.7, "framing": 0.8, "speculation": 0.2}
    one = sentence(scores=scores)
    scores["framing"] = 0.0
    assert one.scores["framing"] == 0.8


def test_thresholds_derive_labels_anew() -> None:
    before = document(sentence())
    after = before.at({"framing": 0.9}).sentences[0]
    assert (after.label, after.labels, after.score, after.attribution) == ("sourced", ("sourced",), 0.3, "named")
    plain = before.at({"framing": 0.9, "sourced": 0.9}).sentences[0]
    assert (plain.label, plain.labels, plain.score, plain.attribution) == ("plain", (), 0.05, "none")
    assert plain.shown_marks == ()
    assert plain.shown_sources == ()
    assert before.at(before.thresholds) == before


def test_marks_in_a_sources_voice_are_always_shown() -> None:
    told = Mark(8, 12, "framing", "source", 0.9)
    one = sentence(label="sourced", labels=("sourced",), marks=(told,), sources=())
    assert one.shown_marks == (told,)


@given(st.sampled_from(LABELS), hostile_text, st.one_of(st.none(), st.text()))
def test_a_document_survives_json_and_pickle(label: str, tail: str, name: str | None) -> None:
    labels = () if label == "plain" else (label,)
    marks = tuple(Mark(3, 7, one, "writer", 0.5) for one in labels)
    one = sentence(label=label, labels=labels, marks=marks, sources=(), attribution="none")
    before = Document("x" * 20 + tail, (one,), MODEL, THRESHOLDS, name, "en")
    assert Document.from_dict(json.loads(json.dumps(before.to_dict()))) == before
    assert pickle.loads(pickle.dumps(before)) == before  # noqa: S301


def test_resolved_sources_survive_the_round_trip() -> None:
    before = document(sentence(sources=(Source(0, 2, "named", 0.9, 0, (1, 5)),)))
    assert Document.from_dict(json.loads(json.dumps(before.to_dict()))) == before


def test_without_text_a_digest_stands_in_its_place() -> None:
    value = document(sentence()).to_dict(with_text=False)
    assert "text" not in value
    assert value["text_sha256"] == text_digest("x" * 20)


@pytest.mark.parametrize(
    "value", [3, [], {}, {"format": 2}, {"format": 1}, {"format": 1, "text": "", "sentences": [{"start": 1}]}]
)
def test_what_is_no_document_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        Document.from_dict(value)


@pytest.mark.parametrize(
    ("field", "wrong", "message"),
    [
        ("text", ["x"] * 20, "text and id must be strings, not list"),
        ("text", None, "text and id must be strings"),
        ("id", 3, "text and id must be strings, not str, int"),
        ("thresholds", 3, "thresholds are int, no object"),
        ("thresholds", ["sourced"], "thresholds are list, no object"),
        ("thresholds", dict.fromkeys(MARK_LABELS, "high"), "not a document"),
        ("model", "m", "not a document"),
        ("sentences", ["x"], "not a document"),
    ],
)
def test_a_field_of_the_wrong_type_is_refused(field: str, wrong: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Document.from_dict({**document(sentence()).to_dict(), field: wrong})


@pytest.mark.parametrize(("field", "wrong"), [("start", 0.5), ("end", "20"), ("primary", "ab"), ("scores", [1])])
def test_a_sentence_of_the_wrong_type_is_refused(field: str, wrong: object) -> None:
    value = document(sentence()).to_dict()
    value["sentences"][0][field] = wrong
    with pytest.raises(InputError):
        Document.from_dict(value)
