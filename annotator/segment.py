"""Text to sentence spans: paragraphs, then lines or hard-wrapped prose, then a trained network under a few rules."""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from annotator.places import folder
from annotator.segment_rules import CLOSERS, NEVER_LAST, STARTER, STARTERS, boundaries

if TYPE_CHECKING:
    from spacy.language import Language

Span = tuple[int, int]


class Line(NamedTuple):
    """A line without its end, and its half-open place in the text with it."""

    text: str
    start: int
    end: int


MODEL = "segmenter-en"
STARTS = 1
"""The network's class of a token that starts a sentence."""
FINAL = re.compile(r"[.!?…]\W*+")
PIECE = 100_000
"""Characters read at once; spaCy refuses more than 1,000,000."""
LONG_WORD = 200
"""spaCy strips a word's signs one by one, in time that grows with the square of its length."""
MOST_STRINGS = 200_000
"""spaCy keeps every word form it ever met; beyond so many a new pipeline takes over."""
NARROWEST = 45
"""Characters of the narrowest column that counts as prose wrapped by hand."""
SLACK = 0.9
"""A line is full when the next word would have taken it beyond this share of the column."""
WRAPPED = range(68, 116)
"""Columns at which prose is often wrapped, and which few headlines reach."""

NEWLINE = r"(?:\r\n?+|[\n\v\f\x85\u2028])"
LINE_END = re.compile(NEWLINE)
PARAGRAPH_END = re.compile(rf"(?:{NEWLINE}[^\S\r\n\v\f\x85\u2028\u2029]*+(?={NEWLINE})|\u2029)\s*+")
LAST_SPACE = re.compile(r"\s(?=\S*+\Z)")
SENTENCE_END = re.compile(rf"[.!?…:][{CLOSERS}]*+\Z")
BULLET = re.compile(r"\s*+[*•‣▪◦·]\s")
HYPHEN = re.compile(r"\s*+[-–]\s")
"""A bullet after a line that is finished, else a dash."""
UNFINISHED = {word.lower() for word in STARTERS} | {f"{title}." for title in NEVER_LAST} | {"of", "was"}
"""Words that cannot end a headline or a list item."""

WORD = re.compile(r"\S+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONG_WORD = re.compile(rf"\S{{{LONG_WORD}}}\S*+")


class Segmenter:
    """Splits English text into sentences; may be called from several threads at once."""

    def __init__(self) -> None:
        self._nlp = _load()
        self._lock = threading.Lock()

    def spans(self, text: str) -> list[Span]:
        """Half-open code-point offsets of each sentence in `text`, ascending and without outer white space.

        Every other character is inside exactly one span. A paragraph is split the same wherever it stands.
        """
        return [span for group in _groups(text) for span in self._group(text, group)]

    def _group(self, text: str, paragraphs: list[Span]) -> Iterator[Span]:
        start, end = paragraphs[0]
        if end - start > PIECE:
            return self._long(text, start, end)
        return self._sentences(text, [unit for span in paragraphs for unit in _paragraph_units(text, *span)])

    def _long(self, text: str, start: int, end: int) -> Iterator[Span]:
        width: int | None = None
        resumed = False
        while start < end:
            stop = _cut(text, start, end)
            lines = _lines(text, start, stop)
            width = _column(lines) if width is None else width
            found = list(self._sentences(text, list(_units(lines, width, resumed))))
            # The last sentence may go on behind the cut: the next piece reads it again, from its start.
            resumed = stop < end and len(found) > 1
            if resumed:
                stop = found.pop()[0]
            yield from found
            start = stop

    def _sentences(self, text: str, found: list[Span]) -> Iterator[Span]:
        """The sentences of units, which are read together: that changes nothing but the time."""
        readings = {start: reading(text[start:end]) for start, end in found if _may_split(text, start, end)}
        proposed = dict(zip(readings, self._proposed([one.text for one in readings.values()]), strict=True))
        for start, end in found:
            inner = _inner(readings[start], proposed[start]) if start in readings else []
            for first, last in pairwise([start, *(start + place for place in inner), end]):
                left = text[first:last].lstrip()
                sentence = left.rstrip()
                if sentence:
                    yield last - len(left), last - len(left) + len(sentence)

    def _proposed(self, texts: list[str]) -> list[list[int]]:
        """Where the network would have each text's sentences start, but the first."""
        if not texts:
            return []
        with self._lock:
            if len(self._nlp.vocab.strings) > MOST_STRINGS:
                self._nlp = _load()
            docs = [self._nlp.make_doc(text) for text in texts]
            classes = self._nlp.get_pipe("senter").predict(docs)  # type: ignore[attr-defined]
        starts = [(one == STARTS).nonzero()[0].tolist() for one in classes]
        return [[doc[token].idx for token in found if token] for doc, found in zip(docs, starts, strict=True)]


def _may_split(text: str, start: int, end: int) -> bool:
    final = FINAL.search(text, start, end)
    return final is not None and final.end() < end


def _load() -> Language:
    import spacy

    return spacy.load(folder("models") / MODEL)


class Reading(NamedTuple):
    """A unit as the network reads it: white space is single spaces, and nothing is in it that spaCy cannot bear."""

    text: str
    words: list[tuple[int, int]]
    """Where each word starts in `text` and where in the unit; empty where that is the same."""

    def place(self, offset: int) -> int:
        """The offset in the unit of an offset in `text`."""
        if not self.words:
            return offset
        start, place = self.words[bisect_right(self.words, offset, key=itemgetter(0)) - 1]
        return place + offset - start


def reading(unit: str) -> Reading:
    """What the network reads of a unit, wherever and however it was wrapped."""
    readable = _LONG_WORD.sub(_mask, _SURROGATE.sub("\ufffd", unit))
    text = " ".join(readable.split())
    if text == readable:
        return Reading(text, [])
    starts, places = ([match.start() for match in WORD.finditer(one)] for one in (text, readable))
    return Reading(text, list(zip(starts, places, strict=True)))


def _mask(word: re.Match[str]) -> str:
    return "x" * (len(word[0]) - 3) + word[0][-3:]


def _inner(read: Reading, proposed: list[int]) -> list[int]:
    return [read.place(offset) for offset in boundaries(read.text, proposed)]


def units(text: str) -> list[Span]:
    """What is split on its own, of a text up to PIECE characters: its lines, and its hard-wrapped paragraphs."""
    return [unit for span in _paragraphs(text) for unit in _paragraph_units(text, *span)]


def _paragraph_units(text: str, start: int, end: int) -> Iterator[Span]:
    lines = _lines(text, start, end)
    return _units(lines, _column(lines), resumed=False)


def _groups(text: str) -> Iterator[list[Span]]:
    """Paragraphs that are read together, at most PIECE characters long, or a longer one alone."""
    group: list[Span] = []
    for start, end in _paragraphs(text):
        if group and end - group[0][0] > PIECE:
            yield group
            group = []
        group.append((start, end))
    if group:
        yield group


def _paragraphs(text: str) -> Iterator[Span]:
    """What stands between blank lines, without outer white space."""
    start = len(text) - len(text.lstrip())
    for match in PARAGRAPH_END.finditer(text, start):
        yield start, match.start()
        start = match.end()
    end = len(text.rstrip())
    if start < end:
        yield start, end


def _cut(text: str, start: int, end: int) -> int:
    """The end of the piece that begins at `start`: the paragraph's, else after a line, else after a word."""
    limit = start + PIECE
    if limit >= end:
        return end
    line = max(text.rfind("\n", start, limit), text.rfind("\r", start, limit)) + 1
    if line > start + PIECE // 2:
        return line
    space = LAST_SPACE.search(text[start:limit])
    return start + space.end() if space else limit


def _lines(text: str, start: int, end: int) -> list[Line]:
    edges = [start, *(match.end() for match in LINE_END.finditer(text, start, end)), end]
    return [Line(text[first:last].rstrip(), first, last) for first, last in pairwise(edges) if first < last]


def _column(lines: list[Line]) -> int:
    """The width at which prose was wrapped by hand, or 0 where each line stands for itself."""
    width = max((len(line.text) for line in lines if " " in line.text.lstrip()), default=0)
    breaks = list(pairwise(lines))
    full = [pair for pair in breaks if _is_full(*pair, width)]
    running_on = sum(_runs_on(*pair) for pair in full)
    is_prose = 2 * len(full) >= len(breaks) and running_on and 4 * running_on >= len(full)
    return width if width >= NARROWEST and is_prose else 0


def _is_full(line: Line, following: Line, width: int) -> bool:
    """The next line's first word would not have fitted in this one, and is no bullet."""
    return _reach(line, following) > SLACK * width and not _is_item(line, following)


def _reach(line: Line, following: Line) -> int:
    word = following.text.split(maxsplit=1)[:1]
    return len(line.text) + 1 + len("".join(word))


def _is_item(line: Line, following: Line) -> bool:
    hyphen = HYPHEN.match(following.text) and SENTENCE_END.search(line.text)
    return bool(hyphen or BULLET.match(following.text))


def _runs_on(line: Line, following: Line) -> bool:
    """The break stands in mid-sentence: a small letter, a comma or an unfinished word tells, or a line too long
    for a headline above one that ends as a sentence does.
    """
    last = line.text.rsplit(maxsplit=1)[-1:]
    if following.text.lstrip()[:1].islower() or line.text.endswith(",") or "".join(last) in UNFINISHED:
        return True
    ends = SENTENCE_END.search(following.text) and not SENTENCE_END.search(line.text)
    return bool(ends and _reach(line, following) in WRAPPED and not STARTER.match(following.text))


def _units(lines: list[Line], width: int, resumed: bool) -> Iterator[Span]:
    """Runs of lines that belong together: each line alone, or the full lines of a column and the one after them.

    The first line of a `resumed` column has lost its beginning: it counts as full.
    """
    start = lines[0].start
    for line, following in pairwise(lines):
        needed = 0 if resumed and line is lines[0] else width
        if not (width and _is_full(line, following, needed)):
            yield start, line.end
            start = following.start
    yield start, lines[-1].end
