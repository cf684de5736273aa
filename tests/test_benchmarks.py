from __future__ import annotations

import hashlib

from benchmarks import sentences


def test_the_hard_cases_are_those_that_were_frozen() -> None:
    digest = hashlib.sha256(sentences.CASES.read_bytes()).hexdigest()
    assert digest == "6b23515e1a3e5b505f9f80f007f994ae9d72885099d81fb817a91104dd95542f"


def test_the_hard_cases_lose_no_character() -> None:
    cases = sentences.read_cases()
    assert len({case["id"] for case in cases}) == 200
    for case in cases:
        assert "".join("".join(case["sentences"]).split()) == "".join(case["text"].split()), case["id"]


def test_scores_count_boundaries() -> None:
    cases = [{"text": "One. Two. Three.", "sentences": ["One.", "Two.", "Three."]}]
    assert sentences.score(cases, lambda text: text.split()) == "P 1.000  R 1.000  F1 1.000  cases right 1/1"
    assert sentences.score(cases, lambda text: [text]).startswith("P 0.000  R 0.000")
    assert sentences.score(cases, lambda _: ["One.", "Two. Three."]).startswith("P 1.000  R 0.500")
