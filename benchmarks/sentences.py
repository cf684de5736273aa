"""Sentence boundaries on 200 hard news cases: `python -m benchmarks.sentences`.

The cases (hard_news.jsonl) were written before the rules they test, by a writer who saw neither rules nor code; they
are frozen. A boundary is a place where one sentence ends and another begins, counted in visible characters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from annotator.segment import Segmenter

CASES = Path(__file__).with_name("hard_news.jsonl")

Splitter = Callable[[str], list[str]]


def main() -> None:
    """Print precision, recall, F1 and whole cases right, for the annotator's segmenter and spaCy's sentencizer."""
    cases = read_cases()
    for name, split in (("annotator", annotator_splitter()), ("sentencizer", sentencizer())):
        print(f"{name:12} {score(cases, split)}")


def read_cases() -> list[dict[str, Any]]:
    """The cases: `id`, `kind`, `text` and its `sentences` in order."""
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def annotator_splitter() -> Splitter:
    """The sentences that the annotator cuts."""
    segmenter = Segmenter()
    return lambda text: [text[start:end] for start, end in segmenter.spans(text)]


def sentencizer() -> Splitter:
    """Blank English with spaCy's sentencizer."""
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return lambda text: [sentence.text for sentence in nlp(text).sents]


def boundaries(sentences: Iterable[str]) -> set[int]:
    """How many visible characters stand before each inner boundary."""
    places, place = [], 0
    for sentence in sentences:
        place += len("".join(sentence.split()))
        places.append(place)
    return set(places[:-1])


def score(cases: list[dict[str, Any]], split: Splitter) -> str:
    """Boundary scores over all cases, and the number of cases without any error."""
    hits = found = wanted = right = 0
    for case in cases:
        gold, guess = boundaries(case["sentences"]), boundaries(filter(str.strip, split(case["text"])))
        hits, found, wanted = hits + len(gold & guess), found + len(guess), wanted + len(gold)
        right += gold == guess
    precision, recall = hits / max(1, found), hits / max(1, wanted)
    f1 = 2 * hits / max(1, found + wanted)
    return f"P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  cases right {right}/{len(cases)}"


if __name__ == "__main__":
    main()
