from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.decode import TAGS, Decoder, split_words, word_spans
from annotator.encoder import Encoding
from annotator.marks import Source
from tests.conftest import hostile_text

DECODER = Decoder(TAGS, dict.fromkeys(TAGS, 0.5))
SURE = {"sourced": 1.0, "framing": 1.0, "speculation": 1.0}
UNLIKELY = dict.fromkeys(SURE, 0.01)


def encoding(text: str, **tagged: str) -> Encoding:
    """One piece a word; each tag at .9 on the words of its string."""
    spans = word_spans(text)
    tags = np.full((len(spans), len(TAGS)), 0.1, dtype=np.float32)
    for tag, words in tagged.items():
        start = text.index(words)
        tags[(spans[:, 0] < start + len(words)) & (spans[:, 1] > start), TAGS.index(tag)] = 0.9
    return Encoding(np.zeros(2, np.float32), np.zeros(2, np.float32), tags, spans)


def decoded(
    text: str, scores: dict[str, float] = UNLIKELY, offset: int = 0, **tagged: str
) -> tuple[list[tuple[str, str, str]], tuple[Source, ...]]:
    marks, sources = DECODER.decode(text, offset, encoding(text, **tagged), scores)
    return [(text[mark.start - offset : mark.end - offset], mark.label, mark.voice) for mark in marks], sources


def test_spans_are_whole_words_without_outer_punctuation() -> None:
    text = 'The "so-called" reform, a disgrace, failed.'
    marks, _ = decoded(text, {**UNLIKELY, "framing": 1.0}, framing='"so-called" reform, a disgrace')
    assert marks == [('so-called" reform, a disgrace', "framing", "writer")]


def test_words_apart_stay_apart() -> None:
    text = "A shameful vote. Then a disgraceful one."
    raw = encoding(text, framing="shameful")
    raw.tags[5, TAGS.index("framing")] = 0.9
    marks, _ = DECODER.decode(text, 0, raw, {**UNLIKELY, "framing": 1.0})
    assert [text[mark.start : mark.end] for mark in marks] == ["shameful", "disgraceful"]


@pytest.mark.parametrize("name", ["Sen. Mara Lindt", "J. D. Orrell", "Lt. Col. Ivo Pask"])
def test_the_full_stop_of_a_title_or_an_initial_cuts_no_name(name: str) -> None:
    text = f"{name} said no."
    _, (source,) = decoded(text, source=name, cue="said")
    assert text[source.start : source.end] == name


def test_offsets_count_from_the_document() -> None:
    marks, sources = decoded("The mayor said no.", offset=7, source="The mayor", cue="said")
    assert marks == [("said", "sourced", "writer")]
    (source,) = sources
    assert (source.start, source.end, source.kind, source.cue) == (7, 16, "named", 0)
    assert source.score == pytest.approx(0.9)


def test_a_source_is_unnamed_where_its_words_say_so_and_knows_its_nearest_cue() -> None:
    text = "Critics said the mayor told them lies."
    raw = encoding(text, source="Critics", unnamed="Critics")
    raw.tags[:, TAGS.index("cue")] = [0.1, 0.9, 0.1, 0.1, 0.9, 0.1, 0.1]
    marks, sources = DECODER.decode(text, 0, raw, UNLIKELY)
    assert [(source.kind, source.cue) for source in sources] == [("unnamed", 0)]
    assert len(marks) == 2


def test_a_word_that_both_voices_claim_goes_to_the_likelier() -> None:
    text = "A vile act."
    raw = encoding(text, framing="vile", reported_framing="vile")
    raw.tags[1, TAGS.index("reported_framing")] = 0.95
    marks, _ = DECODER.decode(text, 0, raw, UNLIKELY)
    assert [(mark.label, mark.voice) for mark in marks] == [("framing", "source")]


def test_a_likely_label_gets_its_likeliest_words_where_none_is_sure() -> None:
    text = "It may rain."
    raw = encoding(text)
    raw.tags[1, TAGS.index("speculation")] = 0.3
    marks, _ = DECODER.decode(text, 0, raw, {**UNLIKELY, "speculation": 0.9})
    assert [(text[mark.start : mark.end], mark.label, mark.voice) for mark in marks] == [
        ("may", "speculation", "writer")
    ]


@given(hostile_text.filter(str.strip), st.integers(0, 50))
def test_every_span_lies_in_the_sentence_sorted_and_effects_are_voiced(text: str, offset: int) -> None:
    spans = word_spans(text)
    rng = np.random.default_rng(len(text))
    raw = Encoding(
        np.zeros(2, np.float32), np.zeros(2, np.float32), rng.random((len(spans), len(TAGS)), dtype=np.float32), spans
    )
    marks, sources = DECODER.decode(text, offset, raw, SURE)
    for found in (marks, sources):
        places = [(one.start, one.end) for one in found]
        assert places == sorted(places)
        assert all(offset <= start < end <= offset + len(text) for start, end in places)
    voiced = {mark.label for mark in marks if mark.voice == "writer"}
    assert {"framing", "speculation"} <= voiced


def test_a_sentence_without_words_is_one_word() -> None:
    assert word_spans("?!").tolist() == [[0, 2]]


def test_a_word_takes_the_mean_of_its_pieces() -> None:
    raw = Encoding(
        np.zeros(1, np.float32),
        np.zeros(1, np.float32),
        np.array([[0.2], [0.4], [1.0]], dtype=np.float32),
        np.array([[0, 3], [3, 9], [10, 13]]),
    )
    assert split_words("Sobyanins met", raw).tags[:, 0] == pytest.approx([0.3, 1.0])
