"""Two documents, a report and its rewrite → which sentences tell the same, and what each has that the other lacks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotator.align import Pair, align
from annotator.facts import Fact, missing
from annotator.marks import LABELS, Document, Mark, Sentence
from annotator.name_lists import ROLES
from annotator.summary import Summary, summarise

FORMAT = 1
"""Version of what `to_dict` returns."""
STEM = 4
"""Letters that two framing words must share to be one: "scandal" and "scandalous"."""

_WORD = re.compile(r"\w+(?:['’]s\b)?")
_SMALL = ROLES | {"the", "a", "an", "this", "that", "his", "her", "its", "their", "our", "my", "of", "and"}


@dataclass(frozen=True)
class Own:
    """What one of two documents has and the other has not.

    Attributes:
        sentences: indices of those that are aligned with none.
        facts: numbers, dates and names that do not occur in the other, each once, where it comes first.
        sources: named sources, as first written, that the other does not have as a source.
        framing: marks of framing in the writer's voice that no aligned sentence has, by a word at least.
        hedges: marks of speculation in the writer's voice where no aligned sentence is hedged by its writer.

    """

    sentences: tuple[int, ...]
    facts: tuple[Fact, ...]
    sources: tuple[str, ...]
    framing: tuple[Mark, ...]
    hedges: tuple[Mark, ...]

    @property
    def spans(self) -> tuple[Fact | Mark, ...]:
        """All that stands at a place in the text, in order."""
        return tuple(sorted((*self.facts, *self.framing, *self.hedges), key=lambda span: (span.start, span.end)))


@dataclass(frozen=True)
class Row:
    """Sentences of both documents that belong together, by index; one side may be empty."""

    a: tuple[int, ...]
    b: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """A report (a) beside its rewrite (b).

    Attributes:
        pairs: aligned sentences, in order; several may be aligned with one.
        dropped, added: what only a has, and only b.
        unsourced: those pairs whose sentence of a has a source for what that of b says in the writer's voice.
        profiles: both in numbers.

    """

    pairs: tuple[Pair, ...]
    dropped: Own
    added: Own
    unsourced: tuple[Pair, ...]
    profiles: tuple[Summary, Summary]

    def line(self) -> str:
        """The comparison in one line: "2 sentences dropped, 1 added; 3 claims without their source; …"."""
        dropped, added = self.dropped, self.added
        return "; ".join(
            (
                f"{_plural(len(dropped.sentences), 'sentence')} dropped, {len(added.sentences)} added",
                f"{_plural(len(self.unsourced), 'claim')} without source",
                f"framing added {_plural(len(added.framing), 'time')}, hedges {_plural(len(added.hedges), 'time')}",
                f"{_plural(len(dropped.sources), 'source')} and {_plural(len(dropped.facts), 'fact')} dropped",
            )
        )

    def shares(self) -> Iterator[tuple[str, float, float]]:
        """Each of LABELS with its share of the sentences of a and of b, 0 where there is none."""
        counts = [dict(profile.counts) for profile in self.profiles]
        sizes = [max(1, profile.sentences) for profile in self.profiles]
        for label in LABELS:
            yield label, counts[0][label] / sizes[0], counts[1][label] / sizes[1]

    def rows(self) -> Iterator[Row]:
        """All sentences side by side: what is aligned together, in the order of a; what b adds where b has it."""
        groups = _groups(self.pairs, self.profiles[0].sentences)
        after = _additions(self.added.sentences, {pair.b for pair in self.pairs})
        yield from (Row((), (index,)) for index in after[-1])
        for row in groups:
            yield row
            yield from (Row((), (index,)) for place in row.b for index in after[place])

    def to_dict(self, a: Document, b: Document) -> dict[str, Any]:
        """All of it with the words it is about, fit for JSON; offsets are those of each document."""
        return {
            "format": FORMAT,
            "a": _document_dict(a),
            "b": _document_dict(b),
            "shares": {label: {"a": one, "b": other} for label, one, other in self.shares()},
            "aligned": [asdict(pair) for pair in self.pairs],
            "unsourced": [asdict(pair) for pair in self.unsourced],
            "dropped": _own_dict(self.dropped, a),
            "added": _own_dict(self.added, b),
        }


def compare(a: Document, b: Document) -> Comparison:
    """Compare a document with its rewrite. Nothing in it says which of them is right.

    Of two documents that are the same nothing is dropped or added; the other way round, what was dropped is added.
    """
    pairs = align(_sentences(a), _sentences(b))
    swapped = [Pair(pair.b, pair.a, pair.similarity) for pair in pairs]
    return Comparison(
        pairs, _own(a, b, pairs), _own(b, a, swapped), tuple(_unsourced(a, b, pairs)), (summarise(a), summarise(b))
    )


def _sentences(document: Document) -> list[str]:
    return [document.text[sentence.start : sentence.end] for sentence in document.sentences]


def _own(document: Document, other: Document, pairs: Iterable[Pair]) -> Own:
    """What `document` has and `other` lacks; its sentences are the `a` of the pairs."""
    aligned: defaultdict[int, list[int]] = defaultdict(list)
    for pair in pairs:
        aligned[pair.a].append(pair.b)
    alone = tuple(index for index in range(len(document.sentences)) if index not in aligned)
    framing, hedges = (tuple(_new_marks(label, document, other, aligned)) for label in ("framing", "speculation"))
    return Own(alone, missing(document, other), tuple(_new_sources(document, other)), framing, hedges)


def _new_marks(label: str, document: Document, other: Document, aligned: Mapping[int, list[int]]) -> Iterator[Mark]:
    """The writer's marks of a label without counterpart where the other document tells the same."""
    for index in range(len(document.sentences)):
        known = [mark for match in aligned.get(index, ()) for mark in _voiced(label, other, match)]
        stems = {stem for mark in known for stem in _stems(other.text, mark)}
        for mark in _voiced(label, document, index):
            same = known if label == "speculation" else stems.intersection(_stems(document.text, mark))
            if not same:
                yield mark


def _voiced(label: str, document: Document, index: int) -> Iterator[Mark]:
    """The marks of a label in a sentence that are shown and in the writer's own voice."""
    shown = document.sentences[index].shown_marks
    return (mark for mark in shown if mark.label == label and mark.voice == "writer")


def _stems(text: str, mark: Mark) -> set[str]:
    """The beginnings of the longer words of a mark; of one that has none, all of it."""
    said = text[mark.start : mark.end].casefold()
    return {word[:STEM] for word in _WORD.findall(said) if len(word) >= STEM} or {said}


def _new_sources(document: Document, other: Document) -> Iterator[str]:
    """The named sources of a document that agree with no source of the other."""
    known: defaultdict[str, set[_Speaker]] = defaultdict(set)
    for source in (source for sentence in other.sentences for source in sentence.shown_sources):
        speaker = _Speaker.read(other.text[slice(*(source.resolved or (source.start, source.end)))])
        for word in speaker.words:
            known[word].add(speaker)
    for name, _ in summarise(document).quoted:
        speaker = _Speaker.read(name)
        if not any(speaker.agrees(one) for word in speaker.words for one in known.get(word, ())):
            yield name


@dataclass(frozen=True)
class _Speaker:
    """What tells a source from others: its words without titles, casefolded, and those of them with a capital."""

    words: frozenset[str]
    capitals: frozenset[str]

    @classmethod
    def read(cls, name: str) -> _Speaker:
        words = [word for word in _WORD.findall(name) if word.casefold() not in _SMALL] or [name]
        capitals = (word.casefold() for word in words if word[:1].isupper() and not word.endswith(("'s", "’s")))
        return cls(frozenset(map(str.casefold, words)), frozenset(capitals))

    def agrees(self, other: _Speaker) -> bool:
        """Whether one name is part of the other; of those without capitals, more than half of the shorter one."""
        if self.capitals and other.capitals:
            return self.capitals <= other.capitals or other.capitals <= self.capitals
        return 2 * len(self.words & other.words) > min(len(self.words), len(other.words))


def _unsourced(a: Document, b: Document, pairs: Iterable[Pair]) -> Iterator[Pair]:
    for pair in pairs:
        if "sourced" in a.sentences[pair.a].labels and "sourced" not in b.sentences[pair.b].labels:
            yield pair


def _groups(pairs: Iterable[Pair], size: int) -> Iterator[Row]:
    """The `size` sentences of a with all that hangs together with them, in the order of their first."""
    of_a: defaultdict[int, list[int]] = defaultdict(list)
    of_b: defaultdict[int, list[int]] = defaultdict(list)
    for pair in pairs:
        of_a[pair.a].append(pair.b)
        of_b[pair.b].append(pair.a)
    seen: set[int] = set()
    for index in range(size):
        if index not in seen:
            row = _row(index, of_a, of_b)
            seen.update(row.a)
            yield row


def _row(first: int, of_a: Mapping[int, list[int]], of_b: Mapping[int, list[int]]) -> Row:
    a, b, left = {first}, set[int](), [first]
    while left:
        for match in set(of_a.get(left.pop(), ())) - b:
            b.add(match)
            new = set(of_b[match]) - a
            a |= new
            left += new
    return Row(tuple(sorted(a)), tuple(sorted(b)))


def _additions(alone: Sequence[int], aligned: set[int]) -> defaultdict[int, list[int]]:
    """The sentences that stand alone, by the last aligned one before them; -1 before the first."""
    after: defaultdict[int, list[int]] = defaultdict(list)
    place = -1
    for index in range(len(alone) + len(aligned)):
        if index in aligned:
            place = index
        else:
            after[place].append(index)
    return after


def _document_dict(document: Document) -> dict[str, Any]:
    sentences = (
        {**_span_dict(sentence, document), "label": sentence.label, "labels": list(sentence.labels)}
        for sentence in document.sentences
    )
    return {"id": document.id, "language": document.language, "sentences": list(sentences)}


def _own_dict(own: Own, document: Document) -> dict[str, Any]:
    return {
        "sentences": list(own.sentences),
        "facts": [{**_span_dict(fact, document), "kind": fact.kind} for fact in own.facts],
        "sources": list(own.sources),
        "framing": [_span_dict(mark, document) for mark in own.framing],
        "hedges": [_span_dict(mark, document) for mark in own.hedges],
    }


def _span_dict(span: Fact | Mark | Sentence, document: Document) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": document.text[span.start : span.end]}


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
