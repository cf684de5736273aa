"""Two readings of the same sentences: read from gold rows or documents, and matched sentence by sentence."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from annotator.errors import InputError
from annotator.evaluation.gold import SPAN_KEYS, Article, GoldSentence, read_gold
from annotator.evaluation.spans import shown_spans
from annotator.marks import Document, Sentence

_GOLD_ID = re.compile(r"#\d+$")
"""What a gold row's id adds to the name of its article."""


@dataclass(frozen=True)
class Reading:
    """A sentence as one reader read it; `number` is its place in the article, from 1."""

    article: str
    number: int
    sentence: GoldSentence

    @property
    def place(self) -> tuple[str, int]:
        """Article and number, which no other sentence of the reader has."""
        return self.article, self.number


Pair = tuple[Reading, Reading]


@dataclass(frozen=True)
class Match:
    """The sentences that both readers read, in A's order, and those that only one of them did."""

    pairs: tuple[Pair, ...]
    only_a: tuple[Reading, ...]
    only_b: tuple[Reading, ...]


def read(path: Path) -> list[Article]:
    """Read gold rows, or documents in the wire format (JSON lines) with what they show at their own thresholds.

    Documents of one sentence that are named like gold rows (`article#4`) are put together to articles.

    Raises:
        InputError: no file, neither of the formats, or no sentence at all.

    """
    if not path.is_file():
        raise InputError(f"{path} is no file; check the name")
    return _read_documents(path) if _holds_documents(path) else read_gold(path)


def match(a: Sequence[Article], b: Sequence[Article]) -> Match:
    """Pair the sentences by article and text; those of articles that this finds no sentence of, by text alone.

    A text that occurs several times is paired in order, if it occurs as often on the other side, else not at all.
    """
    left, right = _readings(a), _readings(b)
    pairs = _meet(left, right, lambda one: (one.article, one.sentence.text))
    met = {one.article for one, _ in pairs}
    strange_left, strange_right = ([one for one in side if one.article not in met] for side in (left, right))
    pairs += _meet(strange_left, strange_right, lambda one: one.sentence.text)
    order = {one.place: index for index, one in enumerate(left)}
    pairs.sort(key=lambda pair: order[pair[0].place])
    paired_a, paired_b = ({pair[side].place for pair in pairs} for side in (0, 1))
    return Match(
        tuple(pairs),
        tuple(one for one in left if one.place not in paired_a),
        tuple(one for one in right if one.place not in paired_b),
    )


def _holds_documents(path: Path) -> bool:
    """Whether the first line that is not blank says so; whatever is wrong with it is left to the readers to tell."""
    try:
        first = json.loads(_lines(path)[0][1])
    except (IndexError, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and "sentences" in first


def _lines(path: Path) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers; split as gold files are, as JSON texts hold other ends."""
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _read_documents(path: Path) -> list[Article]:
    found = [_read_document(path, number, line) for number, line in _lines(path)]
    if not any(sentences for _, sentences in found):
        raise InputError(f"{path} has no sentence; give annotated ones")
    return [
        Article(name, tuple(sentence for _, sentences in group for sentence in sentences))
        for name, group in groupby(found, key=lambda one: one[0])
    ]


def _read_document(path: Path, number: int, line: str) -> tuple[str, list[GoldSentence]]:
    """The name of the document's article, and its sentences."""
    try:
        document = Document.from_dict(json.loads(line))
    except (InputError, ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: {error}; see docs/wire-format.md") from error
    sentences = [_as_gold(document.text, sentence) for sentence in document.sentences]
    name = f"row {number}" if document.id is None else document.id
    return (_GOLD_ID.sub("", name) if len(sentences) == 1 else name), sentences


def _as_gold(text: str, sentence: Sentence) -> GoldSentence:
    return GoldSentence(
        text=text[sentence.start : sentence.end],
        marks=frozenset(sentence.labels),
        primary=sentence.label,
        spans={tag: tuple(shown_spans(sentence, tag)) for tag in SPAN_KEYS},
        source_kind=None if sentence.attribution == "none" else sentence.attribution,
    )


def _readings(articles: Sequence[Article]) -> list[Reading]:
    numbers: Counter[str] = Counter()
    readings = []
    for article in articles:
        for sentence in article.sentences:
            numbers[article.id] += 1
            readings.append(Reading(article.id, numbers[article.id], sentence))
    return readings


def _meet(left: Sequence[Reading], right: Sequence[Reading], key: Callable[[Reading], Hashable]) -> list[Pair]:
    ours, theirs = _grouped(left, key), _grouped(right, key)
    return [
        pair
        for name, group in ours.items()
        if len(group) == len(theirs.get(name, ()))
        for pair in zip(group, theirs[name], strict=True)
    ]


def _grouped(readings: Sequence[Reading], key: Callable[[Reading], Hashable]) -> dict[Hashable, list[Reading]]:
    groups = defaultdict(list)
    for reading in readings:
        groups[key(reading)].append(reading)
    return dict(groups)
