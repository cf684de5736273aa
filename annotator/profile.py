"""Document → its profile: shares of the labels, sources, and which framing and hedging words stand where.

There is no score in it on purpose: see WHY_NO_SCORE.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from annotator.errors import InputError
from annotator.marks import LABELS, Document, Mark, Sentence
from annotator.places import folder
from annotator.summary import Summary, summarise

WHY_NO_SCORE = (
    "There is no bias score and no political leaning here: one number hides which words it rests on and how unsure "
    "they are, and readers take it for more than a program can know. The words can be checked; read them."
)
GOLD = (Path("test", "genres.jsonl"), Path("train", "genres.jsonl"))
"""The articles of known genre in labels/gold."""
TOP = 12
"""Phrases that are listed for a label."""

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Phrase:
    """Words that carry framing or a hedge in the writer's own voice.

    Attributes:
        words: as first written, on one line.
        sentences: the numbers of the sentences they stand in, from 1; one twice in a sentence counts twice.

    """

    words: str
    sentences: tuple[int, ...]


@dataclass(frozen=True)
class Genre:
    """The gold articles of one genre: how many, and their sentences by primary label."""

    name: str
    articles: int
    counts: Counts


@dataclass(frozen=True)
class Profile:
    """A document in numbers and words.

    Attributes:
        summary: counts of the labels, named sources, unresolved pronouns.
        unnamed: unnamed sources of the sentences that are sourced first of all, as first written, with the number of
            those sentences; most frequent first.
        phrases: by "framing" and "speculation" the TOP most frequent phrases in the writer's voice.
        places: by label, the numbers (from 1) of the sentences it applies to, whether or not it is their primary one.

    """

    summary: Summary
    unnamed: Counts
    phrases: Mapping[str, tuple[Phrase, ...]]
    places: Mapping[str, tuple[int, ...]]


def profile(document: Document) -> Profile:
    """Count what a document's labels, sources and marked words are, and where."""
    summary = summarise(document)
    pronouns = {pronoun for pronoun, _ in summary.unresolved}
    return Profile(
        summary,
        _unnamed(document, pronouns),
        {label: _phrases(document, label) for label in ("framing", "speculation")},
        {label: _places(document.sentences, label) for label in LABELS},
    )


@cache
def genres() -> tuple[Genre, ...]:
    """The genres of the shipped gold articles, in alphabetical order, and first all of them together.

    Raises:
        InputError: the gold files are damaged.

    """
    rows = [row for file in GOLD for row in _rows(folder("labels") / "gold" / file)]
    names = sorted({genre for genre, _, _ in rows})
    return (_genre("all genres", rows), *(_genre(name, [row for row in rows if row[0] == name]) for name in names))


def shares(counts: Counts) -> dict[str, float]:
    """Counts by label as shares of their sum; of nothing, all are 0."""
    total = sum(count for _, count in counts)
    return {label: count / total if total else 0.0 for label, count in counts}


def _unnamed(document: Document, pronouns: set[str]) -> Counts:
    written: dict[str, str] = {}
    times: Counter[str] = Counter()
    for sentence in document.sentences:
        if sentence.label == "sourced":
            names = (_words(document.text, one.start, one.end) for one in sentence.sources if one.kind == "unnamed")
            times.update(
                {written.setdefault(name.casefold(), name) for name in names if name.casefold() not in pronouns}
            )
    return tuple(sorted(times.items(), key=lambda item: (-item[1], item[0].casefold())))


def _phrases(document: Document, label: str) -> tuple[Phrase, ...]:
    written: dict[str, str] = {}
    places: defaultdict[str, list[int]] = defaultdict(list)
    for number, mark in _marks(document, label):
        words = _words(document.text, mark.start, mark.end)
        places[written.setdefault(words.casefold(), words)].append(number)
    phrases = (Phrase(words, tuple(numbers)) for words, numbers in places.items())
    return tuple(sorted(phrases, key=lambda phrase: (-len(phrase.sentences), phrase.sentences))[:TOP])


def _marks(document: Document, label: str) -> Iterator[tuple[int, Mark]]:
    for number, sentence in enumerate(document.sentences, 1):
        for mark in sentence.shown_marks:
            if mark.label == label and mark.voice == "writer":
                yield number, mark


def _places(sentences: Iterable[Sentence], label: str) -> tuple[int, ...]:
    return tuple(number for number, one in enumerate(sentences, 1) if label in (one.labels or (one.label,)))


def _words(text: str, start: int, end: int) -> str:
    return " ".join(text[start:end].split())


def _rows(path: Path) -> list[tuple[str, str, str]]:
    """Genre, article and primary label of each sentence of a gold file."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
        return [(row["genre"], row["article"], row["primary"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is missing or damaged ({error!r}); install annotator again") from error


def _genre(name: str, rows: list[tuple[str, str, str]]) -> Genre:
    counts = Counter(label for _, _, label in rows)
    articles = {(genre, article) for genre, article, _ in rows}
    return Genre(name, len(articles), tuple((label, counts[label]) for label in LABELS))
