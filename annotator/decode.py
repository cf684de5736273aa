"""Token-tag probabilities to clean spans: marks with their voice, sources with their kind and cue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from annotator.encoder import Encoding, Floats
from annotator.marks import LOWEST_THRESHOLD, Mark, Source
from annotator.segment_rules import DOTTED, NEVER_LAST

TAGS = ("source", "cue", "framing", "speculation", "reported_framing", "reported_speculation", "unnamed")
"""The network's tags that decoding reads."""

_WORD = re.compile(r"[$£€#@]?\w+(?:[-'’.,&]\w+)*%?")
_JOINT = re.compile(r"[^\S\n]?[-,'’“”\"&/]?[^\S\n]?|\n")
_EFFECTS = ("framing", "speculation")


@dataclass(frozen=True)
class Words:
    """The words of a sentence: character `spans` [w, 2] in it, and `tags` [w, g], the mean over each word's pieces."""

    spans: NDArray[np.int64]
    tags: Floats


@dataclass(frozen=True)
class Run:
    """A run of words that carry one tag: its characters in the sentence and its mean probability."""

    start: int
    end: int
    score: float


class Decoder:
    """Turns tag probabilities into marks and sources; `columns` says which column of `tags` is which tag."""

    def __init__(self, columns: Sequence[str], thresholds: Mapping[str, float]) -> None:
        self._column = {tag: list(columns).index(tag) for tag in TAGS}
        self._thresholds = thresholds

    def decode(
        self, text: str, offset: int, encoding: Encoding, scores: Mapping[str, float]
    ) -> tuple[tuple[Mark, ...], tuple[Source, ...]]:
        """Marks and sources of the sentence `text`, at `offset` in its document.

        A sentence that may be framing or speculation (`scores` at LOWEST_THRESHOLD or more) always gets a mark for it
        in the writer's voice: the likeliest words, where none reaches the tag's threshold.
        """
        words = split_words(text, encoding)
        marks = [self._mark(run, offset, "sourced", "writer") for run in self._runs(text, words, "cue")]
        for label in _EFFECTS:
            marks += self._effects(text, words, offset, label, scores[label] >= LOWEST_THRESHOLD)
        marks.sort(key=lambda mark: (mark.start, mark.end, mark.label))
        return tuple(marks), self._sources(text, words, offset, marks)

    def _effects(self, text: str, words: Words, offset: int, label: str, wanted: bool) -> list[Mark]:
        """Framing or speculation marks; where the two voices claim the same word, the likelier one has it."""
        writer, source = self._probabilities(words, label), self._probabilities(words, f"reported_{label}")
        own = _runs(text, words, np.where(writer >= source, writer, 0), self._thresholds[label])
        told = _runs(text, words, np.where(source > writer, source, 0), self._thresholds[f"reported_{label}"])
        if wanted and not own and len(words.spans):
            own = _runs(text, words, writer, float(writer.max()))[:1]
        marks = [self._mark(run, offset, label, "writer") for run in own if wanted]
        return marks + [self._mark(run, offset, label, "source") for run in told]

    def _sources(self, text: str, words: Words, offset: int, marks: list[Mark]) -> tuple[Source, ...]:
        unnamed = self._probabilities(words, "unnamed")
        found = []
        for run in self._runs(text, words, "source"):
            inside = (words.spans[:, 0] >= run.start) & (words.spans[:, 1] <= run.end)
            kind = "unnamed" if unnamed[inside].mean() >= self._thresholds["unnamed"] else "named"
            start, end = run.start + offset, run.end + offset
            found.append(Source(start, end, kind, run.score, nearest_cue(start, end, marks)))
        return tuple(found)

    def _runs(self, text: str, words: Words, tag: str) -> list[Run]:
        return _runs(text, words, self._probabilities(words, tag), self._thresholds[tag])

    def _probabilities(self, words: Words, tag: str) -> Floats:
        column: Floats = words.tags[:, self._column[tag]]
        return column

    @staticmethod
    def _mark(run: Run, offset: int, label: str, voice: str) -> Mark:
        return Mark(run.start + offset, run.end + offset, label, voice, run.score)


def word_spans(text: str) -> NDArray[np.int64]:
    """Where the words of a sentence are, [w, 2]; a sentence without any word is one word as a whole."""
    return np.array([match.span() for match in _WORD.finditer(text)] or [(0, len(text))], dtype=np.int64)


def split_words(text: str, encoding: Encoding) -> Words:
    """Whole words with their tag probabilities, the mean over each word's pieces."""
    spans = word_spans(text)
    first = np.searchsorted(encoding.spans[:, 1], spans[:, 0], "right")
    last = np.searchsorted(encoding.spans[:, 0], spans[:, 1])
    counts = np.maximum(last - first, 0)[:, None]
    # A row of zeros at the end, since reduceat wants every place to be one of a row.
    rows = np.vstack([encoding.tags, np.zeros_like(encoding.tags[:1])])
    sums = np.add.reduceat(rows, np.column_stack([first, last]).ravel())[::2]
    return Words(spans, np.where(counts > 0, sums / np.maximum(counts, 1), 0).astype(np.float32))


def nearest_cue(start: int, end: int, marks: Sequence[Mark]) -> int | None:
    """Index of the cue nearest to a source, None without one."""
    cues = [index for index, mark in enumerate(marks) if mark.label == "sourced"]
    return min(cues, key=lambda index: max(marks[index].start - end, start - marks[index].end), default=None)


def _runs(text: str, words: Words, probabilities: Floats, threshold: float) -> list[Run]:
    """Neighbouring words at or over `threshold`, joined across a space, hyphen, comma or quotation mark."""
    runs: list[list[int]] = []
    likely = probabilities.tolist()
    for word, probability in enumerate(likely):
        if not (probability >= threshold and probability > 0):
            continue
        if runs and runs[-1][-1] == word - 1 and _joined(text, words.spans[word - 1], words.spans[word]):
            runs[-1].append(word)
        else:
            runs.append([word])
    return [
        Run(int(words.spans[run[0], 0]), int(words.spans[run[-1], 1]), fmean(likely[run[0] : run[-1] + 1]))
        for run in runs
    ]


def _joined(text: str, before: NDArray[np.int64], after: NDArray[np.int64]) -> bool:
    """Whether two neighbouring words may stand in one run; a full stop between them must be that of "Dr." or "J."."""
    between = text[before[1] : after[0]]
    if _JOINT.fullmatch(between):
        return True
    word = text[before[0] : before[1]]
    return between.rstrip() == "." and (word in NEVER_LAST or bool(DOTTED.fullmatch(word)))
