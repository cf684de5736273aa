"""What a reader corrects is done, nothing else is touched, and what a hostile browser sends is refused in one line."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.corrections import MOST_MARKS, Correction, Words, correct, words
from annotator.errors import InputError
from annotator.marks import LABELS, MARK_LABELS, Document, Mark, Model, Sentence, Source
from tests.conftest import hostile_text
from tests.test_render import documents

TEXT = "😀 It rains. She said the “shameful” board may\r\nleave, at last. The end."
THRESHOLDS = dict.fromkeys(MARK_LABELS, 0.5)


def span(part: str) -> tuple[int, int]:
    return TEXT.index(part), TEXT.index(part) + len(part)


@pytest.fixture
def document() -> Document:
    """A sentence with a source and its cue, framing in the source's voice, and a hidden hedge of the writer's."""
    low, even = dict.fromkeys(MARK_LABELS, 0.01), dict.fromkeys(LABELS, 0.25)
    marks = (
        Mark(*span("said"), "sourced", "writer", 0.9),
        Mark(*span("shameful"), "framing", "source", 0.8),
        Mark(*span("may"), "speculation", "writer", 0.2),
    )
    source = Source(*span("She"), "named", 0.9, cue=0)
    said = Sentence(
        *span("She said the “shameful” board may\r\nleave, at last."),
        "sourced",
        0.25,
        ("sourced",),
        {**low, "sourced": 0.9},
        even,
        "named",
        marks,
        (source,),
    )
    others = [Sentence(*span(part), "plain", 0.25, (), low, even) for part in ("😀 It rains.", "The end.")]
    return Document(TEXT, (others[0], said, others[1]), Model("m", "1", "sha256:0"), THRESHOLDS)


def correction(document: Document, place: int = 1, **changes: Any) -> Correction:
    """What a browser sends for a sentence that is left as it is, but for `changes`."""
    one = document.sentences[place]
    text = document.text[one.start : one.end]
    sent = {
        "sentence": place,
        "text": text,
        "label": one.label,
        "labels": [*one.labels],
        "marks": kept(document, place),
    }
    return Correction.read(json.loads(json.dumps({**sent, **changes})))


def kept(document: Document, place: int = 1) -> list[dict[str, Any]]:
    """The marks of a sentence that are shown, by their words."""
    one = document.sentences[place]
    found = [(start + one.start, end + one.start) for start, end in words(document.text[one.start : one.end])]
    sent = []
    for mark in one.shown_marks:
        touched = [at for at, (start, end) in enumerate(found) if start < mark.end and mark.start < end]
        if touched:
            sent.append({"first": touched[0], "last": touched[-1], "label": mark.label, "voice": mark.voice})
    return sent


def marked(document: Document, place: int = 1) -> list[tuple[str, str, str, float]]:
    found = document.sentences[place].marks
    return [(document.text[one.start : one.end], one.label, one.voice, one.score) for one in found]


def mark(first: int, last: int, label: str = "framing", voice: str = "writer") -> dict[str, Any]:
    return {"first": first, "last": last, "label": label, "voice": voice}


def test_what_is_left_alone_stays_to_the_letter(document: Document) -> None:
    found = correct(document, correction(document))
    assert marked(found) == [("said", "sourced", "writer", 0.9), ("shameful", "framing", "source", 0.8)]
    assert found.sentences[1].sources == document.sentences[1].sources
    assert found.sentences[1].attribution == "named"
    assert found.sentences[1].corrected
    assert (found.sentences[0], found.sentences[2]) == (document.sentences[0], document.sentences[2])


def test_words_become_a_mark_without_the_punctuation_around_them(document: Document) -> None:
    added = [*kept(document), mark(6, 8, "speculation")]
    found = correct(document, correction(document, labels=["sourced", "speculation"], label="speculation", marks=added))
    assert marked(found)[-1] == ("leave, at last", "speculation", "writer", 1.0)
    one = found.sentences[1]
    assert (one.label, one.score, one.labels) == ("speculation", 1.0, ("sourced", "speculation"))
    assert one.scores == {"sourced": 1.0, "framing": 0.0, "speculation": 1.0}
    assert one.primary == {"sourced": 0.0, "framing": 0.0, "speculation": 1.0, "plain": 0.0}


def test_a_mark_is_given_another_label_and_voice_and_keeps_its_span(document: Document) -> None:
    changed = [mark(1, 1, "sourced"), mark(3, 3, "framing", "writer")]
    found = correct(document, correction(document, labels=["sourced", "framing"], label="framing", marks=changed))
    assert marked(found)[1] == ("shameful", "framing", "writer", 1.0)


def test_a_mark_that_was_hidden_can_be_taken_up(document: Document) -> None:
    changed = [mark(5, 5, "speculation")]
    found = correct(document, correction(document, labels=["speculation"], label="speculation", marks=changed))
    assert marked(found) == [("may", "speculation", "writer", 0.2)]
    assert found.sentences[1].shown_marks


def test_a_source_loses_its_cue_with_the_mark(document: Document) -> None:
    assert correct(document, correction(document, marks=[])).sentences[1].sources[0].cue is None
    later = [mark(0, 0, "framing", "source"), mark(1, 1, "sourced")]
    assert correct(document, correction(document, marks=later)).sentences[1].sources[0].cue == 1


def test_plain_is_without_labels_and_without_a_shown_source(document: Document) -> None:
    found = correct(document, correction(document, labels=[], label="plain", marks=[])).sentences[1]
    assert (found.label, found.labels, found.attribution, found.shown_sources) == ("plain", (), "none", ())


@pytest.mark.parametrize("threshold", [0.05, 0.5, 0.95])
def test_no_threshold_undoes_a_correction(document: Document, threshold: float) -> None:
    found = correct(document, correction(document, labels=["framing"], label="framing", marks=[mark(3, 3)]))
    moved = found.at(dict.fromkeys(MARK_LABELS, threshold))
    assert moved.sentences[1] == found.sentences[1]


def test_it_is_told_in_the_wire_format_and_read_back(document: Document) -> None:
    found = correct(document, correction(document))
    value = json.loads(json.dumps(found.to_dict()))
    assert [one.get("corrected") for one in value["sentences"]] == [None, True, None]
    assert Document.from_dict(value) == found
    value["sentences"][1]["corrected"] = "yes"
    with pytest.raises(InputError, match="neither true nor false"):
        Document.from_dict(value)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"sentence": 3}, "has changed"),
    ({"sentence": 0}, "has changed"),
    ({"sentence": -1}, "names no sentence"),
    ({"sentence": True}, "names no sentence"),
    ({"sentence": 1.0}, "names no sentence"),
    ({"sentence": "1"}, "names no sentence"),
    ({"text": "She said"}, "has changed"),
    ({"text": None}, "names no sentence"),
    ({"label": "opinion"}, "primary label 'opinion'"),
    ({"label": "framing"}, "does not go with"),
    ({"label": ["framing"]}, "primary label"),
    ({"labels": ["framing"], "label": "framing", "marks": []}, "needs a framing mark"),
    ({"labels": ["framing"], "label": "framing", "marks": [mark(3, 3, "framing", "source")]}, "needs a framing mark"),
    ({"labels": ["framing", "sourced"], "marks": [mark(3, 3)]}, "in that order"),
    ({"labels": ["sourced", "sourced"]}, "in that order"),
    ({"labels": ["plain"]}, "a label 'plain'"),
    ({"labels": ["sourced"] * 4}, "at most"),
    ({"labels": 3}, "no correction"),
    ({"labels": [{}]}, "a label {}"),
    ({"marks": None}, "no correction"),
    ({"marks": [None]}, "no correction"),
    ({"marks": [{"first": 0}]}, "no correction"),
    ({"marks": [{**mark(0, 0), "score": 1}]}, "no correction"),
    ({"marks": [mark(1, 0)]}, "stretch of words"),
    ({"marks": [mark(-1, 0)]}, "stretch of words"),
    ({"marks": [mark(0, 9)]}, "only 9 words"),
    ({"marks": [mark(0, 10**30)]}, "only 9 words"),
    ({"marks": [mark(0, "1")]}, "stretch of words"),  # type: ignore[arg-type]
    ({"marks": [mark(0, 0, "plain")]}, "mark's label 'plain'"),
    ({"marks": [mark(0, 0, voice="<script>" * 99)]}, "mark's voice"),
    ({"marks": [mark(0, 0, "framing", "source")] * (MOST_MARKS + 1)}, "at most"),
    ({"extra": 1}, "no correction"),
]


@pytest.mark.parametrize(("changes", "reason"), REFUSED, ids=[str(changes)[:40] for changes, _ in REFUSED])
def test_what_a_hostile_browser_sends_is_refused(document: Document, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=re.escape(reason)) as caught:
        correct(document, correction(document, **changes))
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [None, 3, "x", [], [["sentence", 1]], {}, {"sentence": 0}])
def test_what_is_no_correction_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="no correction that the page sends"):
        Correction.read(value)


def test_a_correction_cannot_be_made_of_nonsense() -> None:
    with pytest.raises(InputError, match="stretch of words"):
        Words(True, True, "framing", "writer")


@given(hostile_text)
def test_words_are_all_that_stands_between_spaces(text: str) -> None:
    found = words(text)
    ends, starts = [0, *(end for _, end in found)], [*(start for start, _ in found), len(text)]
    assert "".join(text[end:start] for end, start in zip(ends, starts, strict=True)).strip() == ""
    assert not any(set(text[start:end]) & set(" \t\r\n\u2028\u00a0") for start, end in found)


@given(documents, st.data())
def test_any_sentence_of_any_document_can_be_corrected(document: Document, data: st.DataObject) -> None:
    if not document.sentences:
        return
    place = data.draw(st.integers(0, len(document.sentences) - 1))
    one = document.sentences[place]
    total = len(words(document.text[one.start : one.end]))
    if not total:
        return
    first = data.draw(st.integers(0, total - 1))
    last = data.draw(st.integers(first, total - 1))
    sent = [*kept(document, place), mark(first, last)]
    found = correct(document, correction(document, place, labels=["framing"], label="framing", marks=sent))
    assert found.sentences[place].corrected
    assert found.sentences[place].labels == ("framing",)
    assert Document.from_dict(found.to_dict()) == found
    others = [index for index in range(len(document.sentences)) if index != place]
    assert [found.sentences[index] for index in others] == [document.sentences[index] for index in others]
