"""What a report counts, gathered a document at a time in memory that does not grow with the corpus."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from annotator.errors import InputError
from annotator.marks import MARK_LABELS, Document, Mark, Model, Sentence
from annotator.name_lists import COURTESIES, DOTTED
from annotator.report.results import Result
from annotator.summary import name_words, summarise

VOICED = ("framing", "speculation")
"""The marks that words of the writer make."""
EXAMPLES = 3
"""Sentences kept of each phrase."""
MOST_VALUES = 2_000
"""Values of a column that are told apart, and kinds of whatever else there should be few of."""
MOST_DAYS = 40_000
"""Days that are told apart: more than a century of them."""
_ROOM = 10_000
_SHORT, _WIDE = 160, 140
"""Characters of a name or value, and of a sentence before and after a phrase, that are kept."""
_DATE = re.compile(r"\s*(\d{4})(?:-?(\d\d))?(?:-?(\d\d))?(?!\d)")
_TITLES = DOTTED | COURTESIES
_HOLLOW_WORDS = """
a an and as at be been but by for from he her his i in is it its my of on or our she that the their these they this
those to was we were which who will with you
"""
_HOLLOW = frozenset(_HOLLOW_WORDS.split())
"""Words that alone neither frame nor hedge: what is left of a phrase that was cut badly."""
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Example:
    """A sentence with a phrase in it, cut to size, and the id of its document."""

    before: str
    phrase: str
    after: str
    document: str


@dataclass
class Entry:
    """How often something was met, how it is written, and where."""

    count: int = 0
    spelling: str = ""
    examples: list[Example] = field(default_factory=list)


class Frequent:
    """The most frequent of any number of things, in bounded memory.

    When there are twice as many as there is room for, the rarer half is forgotten. A count is then too low by `missed`
    at the most, and never too high (the bound of Misra and Gries, 1982, on batches).
    """

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._entries: dict[str, Entry] = {}
        self.missed = 0

    def add(self, key: str, spelling: str, times: int = 1) -> Entry:
        """Count something; of its spellings the plainest is kept, in small letters before capitals."""
        if key not in self._entries and len(self._entries) >= 2 * self._room:
            self._forget()
        entry = self._entries.setdefault(key, Entry(spelling=spelling))
        entry.count += times
        if spelling.islower() and not entry.spelling.islower():
            entry.spelling = spelling
        return entry

    def most(self, number: int) -> list[Entry]:
        """The most frequent, the most frequent first."""
        return [entry for _, entry in self._sorted()[:number]]

    def __len__(self) -> int:
        return len(self._entries)

    def _forget(self) -> None:
        ordered = self._sorted()
        self.missed += ordered[self._room][1].count
        self._entries = dict(ordered[: self._room])

    def _sorted(self) -> list[tuple[str, Entry]]:
        return sorted(self._entries.items(), key=lambda item: -item[1].count)


@dataclass
class Totals:
    """A corpus in numbers.

    Attributes:
        by: the columns to go by, `date` that of the dates, if any.
        labels, marked: sentences by primary label, and by mark that applies.
        groups: by column and value (None where it was not given), sentences by primary label; `other` those of the
            values beyond MOST_VALUES.
        days: sentences by day and primary label; `undated` those without a date that can be read.
        named, unnamed: sources of the sentences that are sourced first of all, by how many such sentences they have.
        pronouns: sentences whose source is a pronoun of which it is not known whom it stands for.
        phrases: the writer's words behind the marks of VOICED, but for those of _HOLLOW alone.
        without_text: documents of which only offsets are known.

    """

    by: tuple[str, ...] = ()
    date: str | None = None
    documents: int = 0
    without_text: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)
    models: set[Model] = field(default_factory=set)
    thresholds: set[tuple[float, ...]] = field(default_factory=set)
    groups: dict[str, dict[str | None, Counter[str]]] = field(default_factory=dict)
    other: dict[str, Counter[str]] = field(default_factory=dict)
    days: dict[datetime.date, Counter[str]] = field(default_factory=dict)
    undated: int = 0
    unread_date: str = ""
    named: Frequent = field(default_factory=Frequent)
    unnamed: Frequent = field(default_factory=Frequent)
    pronouns: int = 0
    phrases: dict[str, Frequent] = field(default_factory=lambda: {label: Frequent() for label in VOICED})

    @property
    def sentences(self) -> int:
        """How many sentences there are."""
        return self.labels.total()

    def add(self, result: Result) -> None:
        """Count one document."""
        document = result.document
        labels = Counter(sentence.label for sentence in document.sentences)
        self.documents += 1
        self.labels.update(labels)
        self.marked.update(label for sentence in document.sentences for label in sentence.labels)
        self._add_model(document)
        for column in self.by:
            self._add_group(column, result.columns.get(column), labels)
        if self.date:
            self._add_day(result.columns.get(self.date), labels)
        if result.has_text:
            self._add_sources(document)
            self._add_phrases(document)
        self.without_text += not result.has_text

    def _add_model(self, document: Document) -> None:
        if document.model.name and len(self.models) < MOST_VALUES:
            self.models.add(document.model)
            self.thresholds.add(tuple(document.thresholds[label] for label in MARK_LABELS))

    def _add_group(self, column: str, value: str | None, labels: Counter[str]) -> None:
        groups = self.groups.setdefault(column, {})
        key = None if value is None else clean(value)
        if key in groups or len(groups) < MOST_VALUES:
            groups.setdefault(key, Counter()).update(labels)
        else:
            self.other.setdefault(column, Counter()).update(labels)

    def _add_day(self, value: str | None, labels: Counter[str]) -> None:
        day = None if value is None else read_date(value)
        if day is None or (day not in self.days and len(self.days) >= MOST_DAYS):
            self.undated += labels.total()
            self.unread_date = self.unread_date or clean(value or "")
        else:
            self.days.setdefault(day, Counter()).update(labels)

    def _add_sources(self, document: Document) -> None:
        summary = summarise(document)
        for name, times in summary.quoted:
            words = name_words(name)
            if not _TITLES.issuperset(words):
                self.named.add(" ".join(words), clean(name), times)
        self.pronouns += sum(times for _, times in summary.unresolved)
        pronouns = {pronoun for pronoun, _ in summary.unresolved}
        for sentence in document.sentences:
            if sentence.label == "sourced":
                spellings = {words.casefold(): words for words in _unnamed(document, sentence)}
                for key in sorted(spellings.keys() - pronouns):
                    self.unnamed.add(key, spellings[key])

    def _add_phrases(self, document: Document) -> None:
        for sentence in document.sentences:
            for mark in sentence.shown_marks:
                words = clean(document.text[mark.start : mark.end])
                if mark.voice != "writer" or mark.label not in VOICED or _HOLLOW.issuperset(words.casefold().split()):
                    continue
                entry = self.phrases[mark.label].add(words.casefold(), words)
                if len(entry.examples) < EXAMPLES:
                    _keep_example(entry.examples, document, sentence, mark)


def gather(results: Iterable[Result], by: Iterable[str] = (), date: str | None = None) -> Totals:
    """Count all documents of an output.

    Raises:
        InputError: none of the dates can be read.

    """
    totals = Totals(tuple(dict.fromkeys(by)), date)
    for result in results:
        totals.add(result)
    if totals.unread_date and not totals.days:
        raise InputError(
            f"column {date!r} holds no date that can be read, but {totals.unread_date!r}; write dates as 2024-03-31"
        )
    return totals


def read_date(text: str) -> datetime.date | None:
    """The day of an ISO 8601 date or time, the first day of a year or month; None where it is none of them."""
    found = _DATE.match(text)
    if not found:
        return None
    try:
        return datetime.date(*(int(part or 1) for part in found.groups()))
    except ValueError:
        return None


def clean(text: str, most: int = _SHORT) -> str:
    """One line, not too long, in which nothing can break a chart or turn the direction of writing."""
    line = " ".join(text[: 4 * most].split())
    shown = "".join(one if one.isprintable() or one in _JOINERS else "\ufffd" for one in line)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _unnamed(document: Document, sentence: Sentence) -> Iterator[str]:
    unnamed = (one for one in sentence.shown_sources if one.kind == "unnamed")
    return (clean(document.text[slice(*(one.resolved or (one.start, one.end)))]) for one in unnamed)


def _keep_example(examples: list[Example], document: Document, sentence: Sentence, mark: Mark) -> None:
    """Keep a sentence that is not there yet: wire copy repeats."""
    before, after = document.text[sentence.start : mark.start], document.text[mark.end : sentence.end]
    words = clean(document.text[mark.start : mark.end])
    one = Example(_end(before), words, _beginning(after), clean(document.id or ""))
    if all((other.before, other.after) != (one.before, one.after) for other in examples):
        examples.append(one)


def _beginning(text: str) -> str:
    """What follows a phrase, cut after a word, with a blank where there is one."""
    short = text if len(text) <= _WIDE else f"{text[:_WIDE].rpartition(' ')[0] or text[:_WIDE]} …"
    return f"{' ' if text[:1].isspace() else ''}{clean(short)}"


def _end(text: str) -> str:
    """What goes before a phrase, cut before a word, with a blank where there is one."""
    short = text if len(text) <= _WIDE else f"… {text[-_WIDE:].partition(' ')[2] or text[-_WIDE:]}"
    return f"{clean(short)}{' ' if text[-1:].isspace() else ''}"
