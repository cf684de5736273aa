"""Sentences of the same content find each other, in any order, and cost no more than they must."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator import align as module
from annotator.align import Pair, align
from benchmarks import alignment
from tests.conftest import hostile_text

WIRE = [
    "The port authority said 14 berths would stay closed until Friday.",
    "Two ferries from Hallow Island were sent to Calla.",
    "The mayor, Ines Aldous, has called a meeting.",
    "Fuel prices rose.",
]
SENTENCES = st.lists(st.sampled_from([*WIRE, "He left.", "...", "😀"]) | hostile_text, max_size=12)


def places(*texts: list[str]) -> list[tuple[int, int]]:
    return [(pair.a, pair.b) for pair in align(*texts)]


def test_order_does_not_matter() -> None:
    assert places(WIRE, WIRE[::-1]) == [(0, 3), (1, 2), (2, 1), (3, 0)]


def test_a_sentence_that_merges_two_is_aligned_with_both() -> None:
    merged = ["Mayor Ines Aldous called a meeting after two ferries from Hallow Island went to Calla.", "It rains."]
    assert places(WIRE, merged) == [(1, 0), (2, 0)]


def test_a_sentence_that_is_split_is_aligned_with_both_parts() -> None:
    parts = ["14 berths stay closed, the port authority said.", "They are closed until Friday, the authority said."]
    assert places(WIRE, parts) == [(0, 0), (0, 1)]


def test_a_sentence_that_is_copied_holds_nothing_of_a_second_one() -> None:
    wire = ["The traders asked the council for compensation in a letter.", "The council will discuss compensation."]
    assert places(wire, wire[1:]) == [(1, 0)]
    assert places(wire[:1], wire[1:]) == [(0, 0)]


def test_what_shares_no_telling_word_is_not_aligned() -> None:
    assert places(WIRE, ["Nobody was hurt.", "The team won."]) == []


def test_words_are_compared_by_their_beginning_and_numbers_count_twice() -> None:
    assert module.words("The inspections cost 1,500 in Calla.") == [
        *("the", "inspe", "cost", "1,500", "1,500", "in", "calla", "calla")
    ]
    assert module.words("Calla ...") == ["calla"]
    assert module.words(". . .") == ["..."]


@pytest.mark.parametrize("texts", [([], []), (WIRE, []), ([], WIRE)])
def test_an_empty_text_has_no_pairs(texts: tuple[list[str], list[str]]) -> None:
    assert align(*texts) == ()


@given(SENTENCES)
def test_a_text_is_aligned_with_itself_sentence_by_sentence(text: list[str]) -> None:
    assert align(text, text) == tuple(Pair(index, index, 1.0) for index in range(len(text)))


@given(SENTENCES, SENTENCES)
def test_both_ways_give_the_same_pairs(a: list[str], b: list[str]) -> None:
    assert sorted((pair.b, pair.a) for pair in align(a, b)) == places(b, a)
    assert len(align(a, b)) <= len(a) + len(b)


@given(SENTENCES, SENTENCES, st.integers(1, 40))
def test_the_size_of_a_block_changes_nothing(a: list[str], b: list[str], cells: int) -> None:
    whole = align(a, b)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CELLS", cells)
        assert align(a, b) == whole


def test_no_more_similarities_are_held_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = np.round

    def spy(block: module.Doubles, digits: int) -> object:
        sizes.append(block.size)
        return real(block, digits)

    monkeypatch.setattr(np, "round", spy)
    text = [f"Sentence {number} of {number % 97} on berth {number % 31}." for number in range(2500)]
    assert len(align(text, text[::-1])) >= 2500
    assert sum(sizes) == 2500 * 2500
    assert max(sizes) <= module.CELLS


def test_the_rewrites_are_those_that_were_measured() -> None:
    digest = hashlib.sha256(alignment.CASES.read_bytes()).hexdigest()
    assert digest == "b55b20b860e88e06c9577232f9bfc1b7d68fe7c3f93b37e911c567da393837f8"
    for case in alignment.read_cases():
        assert all(a < len(case["wire"]) and b < len(case["rewrite"]) for a, b in case["aligned"])
        assert alignment.gold(case["unsourced"]) <= alignment.gold(case["aligned"])


def test_rewrites_are_aligned_as_well_as_the_documentation_says() -> None:
    cases = alignment.read_cases()
    sides = [alignment.word_sides(case) for case in cases]
    assert alignment.aligned(sides, cases, module.LEAST).f1 >= 0.9
