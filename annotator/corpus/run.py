"""Rows through the annotator, in order, and what came of them in numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from annotator.corpus.rows import Row
from annotator.marks import LABELS, Document

if TYPE_CHECKING:
    from annotator.pipeline import Annotator

READS = ("en", "und")
"""Languages that are not warned of: English, and too short to tell."""


@dataclass
class Tally:
    """What a run has done so far: `labels` counts sentences by primary label, `foreign` documents not in English;
    of the `failed` rows, `missing` lack a column and `broken` are inputs that cannot be read on.
    """

    documents: int = 0
    sentences: int = 0
    failed: int = 0
    foreign: int = 0
    missing: int = 0
    broken: int = 0
    labels: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LABELS, 0))

    def add(self, document: Document) -> None:
        """Count one document."""
        self.documents += 1
        self.sentences += len(document.sentences)
        self.foreign += document.language not in READS
        for sentence in document.sentences:
            self.labels[sentence.label] += 1

    def merge(self, other: Tally) -> None:
        """Count what another tally counted."""
        for name in ("documents", "sentences", "failed", "foreign", "missing", "broken"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for label, count in other.labels.items():
            self.labels[label] += count

    def line(self) -> str:
        """The counts in words."""
        failed = f", {_plural(self.failed, 'failed row')}" if self.failed else ""
        return f"{_plural(self.documents, 'document')}, {_plural(self.sentences, 'sentence')}{failed}"

    def shares(self) -> dict[str, float]:
        """Each label's share of the sentences, 0 to 1, in the order of LABELS."""
        return {label: self.labels[label] / max(1, self.sentences) for label in LABELS}


@dataclass(frozen=True)
class Effort:
    """How the sentences were read: windows that the encoder was `asked` for, those it had `known` before, and sentences
    that a first stage `settled` without it.
    """

    asked: int = 0
    known: int = 0
    settled: int = 0

    def __add__(self, other: Effort) -> Effort:
        """Both together."""
        return Effort(self.asked + other.asked, self.known + other.known, self.settled + other.settled)

    def __sub__(self, other: Effort) -> Effort:
        """What came after `other`."""
        return Effort(self.asked - other.asked, self.known - other.known, self.settled - other.settled)


def annotate_rows(
    annotator: Annotator, rows: Iterable[Row], *, unit: str
) -> Generator[tuple[Row, Document], None, None]:
    """Each row with its document, in order and in bounded memory."""
    waiting: deque[Row] = deque()

    def texts() -> Iterator[str]:
        for row in rows:
            waiting.append(row)
            yield row.text

    for document in annotator.annotate_many(texts(), unit=unit):
        row = waiting.popleft()
        yield row, replace(document, id=row.id)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
