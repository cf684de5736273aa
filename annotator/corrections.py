"""A document and what a reader corrects in it → the corrected document.

A correction comes from a browser, so all of it is checked against the document before it is believed. The browser knows
no offsets: it counts a sentence's words, as WORD finds them there and here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotator.errors import InputError
from annotator.marks import LABELS, MARK_LABELS, VOICES, Document, Mark, Sentence, Source, attribution

WORD = r"[^\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
r"""A word: what stands between spaces. Python and JavaScript read this pattern alike, which is not so of `\s`."""
MOST_MARKS = 1000
"""Marks that a corrected sentence may have."""

_AROUND = ".,;:!?…\"'“”‘’«»()[]–—-"
"""Punctuation at the edges of chosen words, which is no part of a mark."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Words:
    """A mark as a reader sets it: the first and the last of a sentence's words, counted from 0, its label and voice."""

    first: int
    last: int
    label: str
    voice: str

    def __post_init__(self) -> None:
        if not (_is_place(self.first) and _is_place(self.last) and self.first <= self.last):
            raise InputError(f"words {self.first!r:.20} to {self.last!r:.20} are no stretch of words; choose some")
        _check_choice("a mark's label", self.label, MARK_LABELS)
        _check_choice("a mark's voice", self.voice, VOICES)


@dataclass(frozen=True)
class Correction:
    """What a reader says of a sentence.

    Attributes:
        sentence: its index.
        text: the sentence as the reader saw it, so that no other one is corrected if the document has changed.
        label: the primary one of LABELS.
        labels: those of MARK_LABELS that apply, in that order.
        marks: all that the sentence is to have.

    """

    sentence: int
    text: str
    label: str
    labels: tuple[str, ...]
    marks: tuple[Words, ...]

    def __post_init__(self) -> None:
        if not _is_place(self.sentence) or not isinstance(self.text, str):
            raise InputError("a correction names no sentence; open the page again")
        if len(self.marks) > MOST_MARKS or len(self.labels) > len(MARK_LABELS):
            raise InputError(f"a sentence takes {len(MARK_LABELS)} labels and {MOST_MARKS:,} marks at most; set fewer")
        _check_choice("the primary label", self.label, LABELS)
        for label in self.labels:
            _check_choice("a label", label, MARK_LABELS)

    @classmethod
    def read(cls, value: object) -> Correction:
        """A correction as the page sends it: an object with the fields of this class.

        Raises:
            InputError: anything else.

        """
        try:
            return _read(**value)  # type: ignore[arg-type]  # checked by calling
        except (AttributeError, KeyError, TypeError) as error:
            raise InputError("this is no correction that the page sends; open the page again") from error


def correct(document: Document, correction: Correction) -> Document:
    """The document with one sentence as its reader says; the sentence is `corrected`, all others are as before.

    Words that were marked before keep their exact span; of others the punctuation around them is left out.

    Raises:
        InputError: there is no such sentence, or not those words in it, or framing or speculation without a mark.

    """
    place = correction.sentence
    before = _sentence(document, correction)
    marks = tuple(_marks(document.text, before, correction.marks))
    corrected = replace(
        before,
        label=correction.label,
        score=1.0,
        labels=correction.labels,
        scores={label: float(label in correction.labels) for label in MARK_LABELS},
        primary={label: float(label == correction.label) for label in LABELS},
        attribution=attribution(before.sources) if "sourced" in correction.labels else "none",
        marks=marks,
        sources=tuple(_with_cue(source, before.marks, marks) for source in before.sources),
        corrected=True,
    )
    return replace(document, sentences=(*document.sentences[:place], corrected, *document.sentences[place + 1 :]))


def words(text: str) -> list[Span]:
    """Where the words of a text are."""
    return [match.span() for match in re.finditer(WORD, text)]


def _read(sentence: int, text: str, label: str, labels: Iterable[str], marks: Iterable[dict[str, Any]]) -> Correction:
    made = tuple(Words(**one) for one in marks)
    return Correction(sentence, text, label, tuple(labels), made)


def _sentence(document: Document, correction: Correction) -> Sentence:
    """The sentence that is meant, if it still says what the reader saw."""
    if correction.sentence < len(document.sentences):
        found = document.sentences[correction.sentence]
        # A browser joins two lone surrogates that meet: UTF-16 tells no difference.
        if _utf16(document.text[found.start : found.end]) == _utf16(correction.text):
            return found
    raise InputError("the text has changed since this sentence was shown; correct it again")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16", "surrogatepass")


def _marks(text: str, sentence: Sentence, chosen: Iterable[Words]) -> list[Mark]:
    """The chosen words as marks, sorted; what was marked so before is kept as it was."""
    found = words(text[sentence.start : sentence.end])
    places = [(start + sentence.start, end + sentence.start) for start, end in found]
    before, spans = _before(sentence.marks, places)
    marks: set[Mark] = set()
    for one in chosen:
        if one.last >= len(places):
            raise InputError(f"the sentence has only {len(places):,} words; choose among them")
        stretch = (one.first, one.last)
        span = spans.get(stretch) or _trimmed(text, places[one.first][0], places[one.last][1])
        marks.update(before.get((*stretch, one.label, one.voice)) or {Mark(*span, one.label, one.voice, 1.0)})
    return sorted(marks, key=lambda mark: (mark.start, mark.end, mark.label, mark.voice))


def _before(
    marks: Iterable[Mark], places: Sequence[Span]
) -> tuple[dict[tuple[int, int, str, str], set[Mark]], dict[Span, Span]]:
    """Marks by the words that they touch, label and voice; and the span of one of them by the words alone."""
    starts, ends = [start for start, _ in places], [end for _, end in places]
    known: dict[tuple[int, int, str, str], set[Mark]] = {}
    spans: dict[Span, Span] = {}
    for mark in marks:
        first, last = bisect_right(ends, mark.start), bisect_left(starts, mark.end) - 1
        known.setdefault((first, last, mark.label, mark.voice), set()).add(mark)
        spans.setdefault((first, last), (mark.start, mark.end))
    return known, spans


def _trimmed(text: str, start: int, end: int) -> Span:
    """A span without the punctuation around it; all of it where it is nothing else."""
    inside = text[start:end].strip(_AROUND)
    first = start + text[start:end].find(inside)
    return (first, first + len(inside)) if inside else (start, end)


def _with_cue(source: Source, before: Sequence[Mark], after: Sequence[Mark]) -> Source:
    """A source whose cue is its mark's new index; None if that mark is gone."""
    mark = None if source.cue is None else before[source.cue]
    return replace(source, cue=after.index(mark) if mark in after else None)


def _is_place(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _check_choice(what: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(f"{what} {value!r:.40} is not one of {', '.join(choices)}")
