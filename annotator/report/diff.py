"""Two runs over the same documents: which sentences changed, from what to what, and how far."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from itertools import zip_longest
from math import isfinite
from typing import Any

from annotator.errors import InputError
from annotator.marks import LABELS, MARK_LABELS, Document, Sentence
from annotator.report.results import Result

FORMAT = 1
"""Version of what `Diff.to_dict` returns."""
SIDES = ("a", "b")
MOST_CHANGED = 20
"""Documents and, in the JSON, places of sentences that only one side has, that are named."""
MOST_LISTED = 500
"""Changed sentences kept of each kind, those whose probabilities changed most."""


@dataclass(frozen=True, order=True)
class Change:
    """A sentence with another primary label: how much the probability that changed most did, and where it stands.

    Changes compare by size, then by the order in which they were met, the first one being the greater.
    """

    size: float
    order: int
    document: str | None = field(compare=False)
    number: int = field(compare=False)
    text: str | None = field(compare=False)
    a: Sentence = field(compare=False)
    b: Sentence = field(compare=False)


@dataclass
class Only:
    """What only one side has: documents, sentences, and the first places (document, number from 1)."""

    documents: int = 0
    sentences: int = 0
    places: list[tuple[str | None, int]] = field(default_factory=list)


@dataclass
class Shift:
    """The change of a probability, B less A: how many sentences, the sum, and the sum of its sizes."""

    n: int = 0
    sum: float = 0.0
    size: float = 0.0

    def add(self, a: object, b: object) -> None:
        """Count a sentence; what is no number on either side is left out."""
        if all(isinstance(one, int | float) and isfinite(one) for one in (a, b)):
            change = float(b) - float(a)  # type: ignore[arg-type]
            self.n, self.sum, self.size = self.n + 1, self.sum + change, self.size + abs(change)

    def to_dict(self) -> dict[str, float | int | None]:
        """The means; None without a sentence."""
        mean, size = (self.sum / self.n, self.size / self.n) if self.n else (None, None)
        return {"n": self.n, "mean_change": mean, "mean_size": size}


@dataclass
class Diff:
    """Two runs compared.

    Attributes:
        documents, sentences: those that both have.
        table: sentences by primary label in A and in B.
        marks: by mark, sentences by whether it applies in A and in B.
        scores, primary: changes of the calibrated probabilities of each mark, and of each label to be the primary one.
        most_changed: (changed sentences, order, document, its sentences) of the documents with the most.
        listed: changed sentences by (label in A, label in B), as a heap of at most MOST_LISTED.
        only: what one side only has.

    """

    documents: int = 0
    sentences: int = 0
    table: Counter[tuple[str, str]] = field(default_factory=Counter)
    marks: dict[str, Counter[tuple[bool, bool]]] = field(default_factory=lambda: {m: Counter() for m in MARK_LABELS})
    scores: dict[str, Shift] = field(default_factory=lambda: {mark: Shift() for mark in MARK_LABELS})
    primary: dict[str, Shift] = field(default_factory=lambda: {label: Shift() for label in LABELS})
    most_changed: list[tuple[int, int, str, int]] = field(default_factory=list)
    listed: dict[tuple[str, str], list[Change]] = field(default_factory=dict)
    only: dict[str, Only] = field(default_factory=lambda: {side: Only() for side in SIDES})

    @property
    def changed(self) -> int:
        """Sentences with another primary label."""
        return sum(count for (a, b), count in self.table.items() if a != b)

    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of change that occur, the most frequent first."""
        return [kind for kind, _ in self.table.most_common() if kind[0] != kind[1]]

    def changes(self, kind: tuple[str, str]) -> list[Change]:
        """The changed sentences of a kind that were kept, the largest change first."""
        return sorted(self.listed[kind], reverse=True)

    def documents_most_changed(self) -> list[tuple[str, int, int]]:
        """Documents by how many of their sentences changed: id, changed, all."""
        return [(name, changed, all_) for changed, _, name, all_ in sorted(self.most_changed, reverse=True)]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values, but for the sentences."""
        return {
            "format": FORMAT,
            "documents": self.documents,
            "sentences": self.sentences,
            "changed": self.changed,
            "labels": {a: {b: self.table[a, b] for b in LABELS} for a in LABELS},
            "marks": {mark: self._mark(mark) for mark in MARK_LABELS},
            "primary": {label: shift.to_dict() for label, shift in self.primary.items()},
            "most_changed": [
                {"document": name, "changed": changed, "sentences": all_}
                for name, changed, all_ in self.documents_most_changed()
            ],
            "only": {
                side: {"documents": one.documents, "sentences": one.sentences, "first": [list(p) for p in one.places]}
                for side, one in self.only.items()
            },
        }

    def _mark(self, mark: str) -> dict[str, Any]:
        found = self.marks[mark]
        counts = {
            "a": found[True, True] + found[True, False],
            "b": found[True, True] + found[False, True],
            "only_a": found[True, False],
            "only_b": found[False, True],
        }
        return {**counts, **self.scores[mark].to_dict()}


def compare(a: Iterable[Result], b: Iterable[Result]) -> Diff:
    """Compare two runs: documents by their ids (repeated ones in their order), sentences by their offsets.

    A document that comes at different places waits on disk, so that memory stays bounded in any order.

    Raises:
        InputError: the two have no sentence in common, or the disk is full.

    """
    found = Diff()
    try:
        with closing(_Waiting()) as waiting:
            for one, other in _meet(a, b, waiting):
                _add_document(found, one, other)
            for side in SIDES:
                for document in waiting.left(side):
                    _add_only(found.only[side], document)
    except sqlite3.Error as error:
        raise InputError(f"documents in another order cannot be put aside: {error}; sort both alike") from error
    if not found.sentences and (found.only["a"].sentences or found.only["b"].sentences):
        raise InputError("A and B have no sentence in common; compare two runs over the same documents")
    return found


class _Waiting:
    """Documents that have not met their like yet, in a temporary database that is in memory only while it is small."""

    def __init__(self) -> None:
        self._count = dict.fromkeys(SIDES, 0)
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=OFF")
        self._base.execute("CREATE TABLE waiting (place INTEGER PRIMARY KEY, side TEXT, id TEXT, body BLOB)")
        self._base.execute("CREATE INDEX ids ON waiting (side, id)")

    def close(self) -> None:
        """Forget all that waits."""
        self._base.close()

    def add(self, side: str, one: Result) -> None:
        """Put a document aside."""
        self._count[side] += 1
        body = zlib.compress(json.dumps([one.document.to_dict(), one.has_text]).encode(), 1)
        row = (side, json.dumps(one.document.id), body)
        self._base.execute("INSERT INTO waiting (side, id, body) VALUES (?, ?, ?)", row)

    def holds(self, id: str | None) -> bool:
        """Whether a document of that id waits on either side."""
        return any(self._first(side, id) for side in SIDES)

    def take(self, side: str, id: str | None) -> Result | None:
        """The first document of that id that waits on a side."""
        row = self._first(side, id)
        if row is None:
            return None
        self._count[side] -= 1
        self._base.execute("DELETE FROM waiting WHERE place = ?", row[:1])
        return _unpacked(row[1])

    def left(self, side: str) -> Iterator[Result]:
        """All that waits on a side, in order."""
        for (body,) in self._base.execute("SELECT body FROM waiting WHERE side = ? ORDER BY place", (side,)):
            yield _unpacked(body)

    def _first(self, side: str, id: str | None) -> tuple[int, bytes] | None:
        if not self._count[side]:
            return None
        query = "SELECT place, body FROM waiting WHERE side = ? AND id = ? ORDER BY place LIMIT 1"
        row: tuple[int, bytes] | None = self._base.execute(query, (side, json.dumps(id))).fetchone()
        return row


def _unpacked(body: bytes) -> Result:
    value, has_text = json.loads(zlib.decompress(body))
    return Result(Document.from_dict(value), {}, has_text)


def _meet(a: Iterable[Result], b: Iterable[Result], waiting: _Waiting) -> Iterator[tuple[Result, Result]]:
    """The documents that both have; both are read in step, so that none has to wait where they are sorted alike."""
    for one, other in zip_longest(a, b):
        if one and other and one.document.id == other.document.id and not waiting.holds(one.document.id):
            yield one, other
            continue
        if one and (like := waiting.take("b", one.document.id)):
            yield one, like
        elif one:
            waiting.add("a", one)
        if other and (like := waiting.take("a", other.document.id)):
            yield like, other
        elif other:
            waiting.add("b", other)


def _add_document(found: Diff, one: Result, other: Result) -> None:
    found.documents += 1
    compared = one.has_text and other.has_text
    theirs = {_key(other, sentence, compared): sentence for sentence in other.document.sentences}
    changed = both = 0
    for number, sentence in enumerate(one.document.sentences, 1):
        like = theirs.pop(_key(one, sentence, compared), None)
        if like is None:
            _add_place(found.only["a"], one.document.id, number)
            continue
        both += 1
        changed += sentence.label != like.label
        _add_sentence(found, one, number, sentence, like)
    numbers = {sentence.start: number for number, sentence in enumerate(other.document.sentences, 1)}
    for sentence in theirs.values():
        _add_place(found.only["b"], other.document.id, numbers[sentence.start])
    if changed:
        name = one.document.id or ""
        _keep(found.most_changed, (changed, -found.documents, name, both), MOST_CHANGED)


def _key(one: Result, sentence: Sentence, compared: bool) -> tuple[int, int, str]:
    """What is the same of two readings of one sentence: its place and, where both sides have it, its text."""
    words = one.document.text[sentence.start : sentence.end] if compared else ""
    return (sentence.start, sentence.end, words)


def _add_sentence(found: Diff, one: Result, number: int, a: Sentence, b: Sentence) -> None:
    found.sentences += 1
    found.table[a.label, b.label] += 1
    for mark in MARK_LABELS:
        found.marks[mark][mark in a.labels, mark in b.labels] += 1
        found.scores[mark].add(a.scores[mark], b.scores[mark])
    for label in LABELS:
        found.primary[label].add(a.primary[label], b.primary[label])
    if a.label != b.label:
        text = one.document.text[a.start : a.end] if one.has_text else None
        size = _size(a.primary, b.primary)
        change = Change(size, -found.sentences, one.document.id, number, text, a, b)
        _keep(found.listed.setdefault((a.label, b.label), []), change, MOST_LISTED)


def _size(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """The largest change of a probability."""
    shifts = [Shift() for _ in LABELS]
    for shift, label in zip(shifts, LABELS, strict=True):
        shift.add(a[label], b[label])
    return max(shift.size for shift in shifts)


def _add_only(only: Only, one: Result) -> None:
    only.documents += 1
    for number, _ in enumerate(one.document.sentences, 1):
        _add_place(only, one.document.id, number)


def _add_place(only: Only, document: str | None, number: int) -> None:
    only.sentences += 1
    if len(only.places) < MOST_CHANGED:
        only.places.append((document, number))


def _keep(heap: list[Any], item: Any, most: int) -> None:
    """Keep the greatest items."""
    if len(heap) < most:
        heappush(heap, item)
    else:
        heappushpop(heap, item)
