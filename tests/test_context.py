"""Which sentences are read after the one before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.context import leans


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("The minister spoke for an hour.", "He did not name a date."),
        ("The minister spoke for an hour.", "“And then?” the crowd called."),
        ("“We will build it,” Ms Adeyemi said.", "But the money is gone."),
        ("“We will build it,” Ms Adeyemi said. “It will cost", "a great deal of money.”"),
        ('Ms Adeyemi said: "We will build it.', 'The money is there."'),
        ("She wrote: “We have waited long enough.", "Nobody came.”"),
        ("The minister spoke.", "\n  — They left."),
    ],
)
def test_a_sentence_that_leans_on_the_one_before_it_is_read_after_it(before: str, sentence: str) -> None:
    assert leans(before, sentence)


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("", "He did not name a date."),
        ("The minister spoke for an hour.", "Trains ran late on Monday."),
        ("“We will build it,” Ms Adeyemi said.", "The council meets in May."),
        ("The minister spoke for an hour.", "Hector Lim replied."),
        ("The minister spoke for an hour.", "Itemised bills came later."),
        ("The minister spoke for an hour.", "The mayor said it “will do”."),
    ],
)
def test_a_sentence_that_stands_by_itself_is_read_alone(before: str, sentence: str) -> None:
    assert not leans(before, sentence)


@given(st.text(), st.text())
def test_any_two_texts_have_an_answer_and_nothing_leans_on_nothing(before: str, sentence: str) -> None:
    assert leans(before, sentence) in (True, False)
    assert not leans("", sentence)
