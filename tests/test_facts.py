"""Numbers, dates and names are found where they stand, and known again in other forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.facts import FACTS, facts, missing
from annotator.marks import LABELS, MARK_LABELS, PLAIN, Document, Model, Sentence
from tests.conftest import hostile_text

MODEL = Model("test", "1.0.0", "sha256:0")
FIGURES = [
    "14",
    "1,500",
    "2.5 million",
    "14m",
    "4 March",
    "May",
    "Tuesday",
    "twenty-one",
    "one",
    "\u0663",
    "\u0131",
    "9:30",
]


def document(*sentences: str) -> Document:
    """Plain sentences, one a line."""
    found, text = [], ""
    for sentence in sentences:
        start, text = len(text), f"{text}{sentence}\n"
        scores, primary = dict.fromkeys(MARK_LABELS, 0.1), dict.fromkeys(LABELS, 0.25)
        found.append(Sentence(start, len(text) - 1, PLAIN, 0.9, (), scores, primary))
    return Document(text, tuple(found), MODEL, dict.fromkeys(MARK_LABELS, 0.5))


def dropped(one: str, other: str) -> list[tuple[str, str]]:
    found = document(one)
    return [(fact.kind, one[fact.start : fact.end]) for fact in missing(found, document(other))]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("It cost 1,500 crowns.", [("number", "1,500")]),
        ("It lost 2.3 million last year.", [("number", "2.3 million")]),
        ("They fined it 14m crowns.", [("number", "14m")]),
        ("Thirty-eight of two dozen came.", [("number", "Thirty-eight"), ("number", "two dozen")]),
        ("It meets on 4 March 2031.", [("date", "4 March"), ("number", "2031")]),
        ("It meets on March 4th at 9:30.", [("date", "March 4th"), ("number", "9:30")]),
        ("It has met since Tuesday and in May.", [("date", "Tuesday"), ("date", "May")]),
        ("They may march by Mayor Oske, not by May Oske.", [("name", "Mayor Oske")]),
        ("One of them met Ana Ruiz.", [("name", "Ana Ruiz")]),
        ("Drivers met Ana Ruiz of Denby Vale.", [("name", "Ana Ruiz"), ("name", "Denby Vale")]),
        ("In January 47 people came.", [("date", "January"), ("number", "47")]),
        ("Nothing here is one.", []),
    ],
)
def test_facts_are_found_where_they_stand(sentence: str, found: list[tuple[str, str]]) -> None:
    assert dropped(sentence, "Nothing.") == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It lost 1,500 crowns.", "It lost 1500 crowns."),
        ("It lost 1.5 million.", "It lost 1,500,000."),
        ("It lost 14 million.", "It lost 14m."),
        ("It lost twelve crowns.", "It lost 12 crowns."),
        ("It met twenty-one men.", "It met 21 men."),
        ("It has 2 rooms.", "It has two rooms."),
        ("It met on 4 March.", "It met on Mar. 4."),
        ("It met in March.", "It met on the 4th of March."),
        ("It met on Tuesday.", "Tuesday's meeting was short."),
        ("It met Ana Ruiz there.", "Ruiz’s office met."),
        ("It met the Bank of Norvik there.", "The Norvik bank met."),
        ("It met the Norvik Health Agency there.", "It met the NHA there."),
    ],
)
def test_a_fact_is_known_in_another_form(one: str, other: str) -> None:
    assert dropped(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "fact"),
    [
        ("It lost 14 crowns.", "It lost 140 crowns.", ("number", "14")),
        ("It lost 2 million.", "It lost 2 billion.", ("number", "2 million")),
        ("It met on 4 March.", "It met on 5 March.", ("date", "4 March")),
        ("It met on Tuesday.", "It met on Thursday.", ("date", "Tuesday")),
        ("It met Ana Ruiz there.", "It met Ana Brandt there.", ("name", "Ana Ruiz")),
        ("It met the Norvik Bank there.", "It met the Calla Bank there.", ("name", "Norvik Bank")),
    ],
)
def test_another_fact_is_not(one: str, other: str, fact: tuple[str, str]) -> None:
    assert dropped(one, other) == [fact]


def test_a_fact_is_told_once() -> None:
    found = document("It lost 14 crowns.", "It lost fourteen crowns.", "😀 It lost 14 crowns.")
    assert [(fact.start, fact.end) for fact in missing(found, document("Nothing."))] == [(8, 10)]


@given(st.lists(hostile_text | st.sampled_from(FIGURES), max_size=8), st.lists(st.sampled_from(FIGURES), max_size=4))
def test_no_text_fails_and_none_misses_its_own_facts(one: list[str], other: list[str]) -> None:
    found, rest = document(*filter(None, one)), document(*other)
    assert missing(found, found) == ()
    told = [told.fact for told in facts(found)]
    for fact in missing(found, rest):
        assert fact in told
        assert fact.kind in FACTS
        assert any(sentence.start <= fact.start < fact.end <= sentence.end for sentence in found.sentences)
