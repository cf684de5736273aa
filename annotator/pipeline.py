"""The one meeting point: Annotator loads a model folder once and turns texts into Documents."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import ParamSpec, TypeVar

from annotator import language, model_folder
from annotator.context import leans
from annotator.decode import Decoder
from annotator.encoder import Encoder, Encoding, Pieces
from annotator.errors import InputError
from annotator.heads import Heads, Probabilities, features
from annotator.marks import LABELS, MARK_LABELS, PLAIN, Document, Model, Sentence, derived_fields
from annotator.resolve import resolve
from annotator.segment import Segmenter

UNITS = ("document", "sentence")
CHUNK = 16
"""Sentences handed to a thread at once."""
PENDING = 1024
"""Sentences in work at once; `annotate_many` reads no further text while there are more."""

Span = tuple[int, int]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class _Job:
    """A text whose sentences are being annotated, chunk by chunk."""

    text: str
    chunks: list[Future[list[Sentence]]]
    size: int


class _InTurn(Executor):
    """Does at once what it is given, so that one thread is no more than one; what goes wrong is raised at once too."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """What comes of calling `fn`."""
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Annotator:
    """A loaded model. Safe to share between threads; the same text always gets the same answer."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        config = model_folder.read_config(folder)
        self.model: Model = model_folder.identity(folder, config)
        self.thresholds = config.thresholds
        self._threads = threads or _cores()
        self._segmenter = Segmenter()
        self._encoder = Encoder(folder)
        self._heads = Heads.read(folder / "heads.npz", config.features)
        self._decoder = Decoder(config.tags, config.tag_thresholds)

    @classmethod
    def load(cls, model: str | Path | None = None, *, threads: int | None = None) -> Annotator:
        """Load a model folder, or a shipped model by name; `threads` is the number of sentences read at a time.

        Raises:
            ModelError: the folder is missing, damaged or of another format.

        """
        return cls(model_folder.find(model), threads)

    def annotate(
        self, text: str, *, id: str | None = None, unit: str = "document", spans: Sequence[Span] | None = None
    ) -> Document:
        """Annotate one text; with unit "sentence" the whole text is taken as one sentence, and `spans`, if given,
        are the sentences: sorted, disjoint, none blank. A sentence is read after the one before it; whom its pronouns
        and short names stand for (`Source.resolved`) depends on all the text before it, on nothing after it.

        Raises:
            InputError: `text` is no string, `unit` is unknown, or a span leaves the text.

        """
        with self._pool() as pool:
            job = self._start(pool, text, self._spans(text, unit) if spans is None else spans)
            return self._finish(job, id)

    def begin(self, text: str) -> Reading:
        """Start on a text that is to be annotated in steps.

        Raises:
            InputError: `text` is no string.

        """
        return Reading(self, text, self._spans(text, "document"))

    def annotate_many(self, texts: Iterable[str], *, unit: str = "document") -> Iterator[Document]:
        """Annotate texts lazily and in order, in bounded memory: at most about PENDING sentences are in work."""
        pending: deque[_Job] = deque()
        # One thread has read a text as soon as it is submitted, so nothing is gained by holding it back.
        most = PENDING if self._threads > 1 else 0
        size = 0
        with self._pool() as pool:
            try:
                for text in texts:
                    pending.append(self._start(pool, text, self._spans(text, unit)))
                    size += pending[-1].size
                    while size > most:
                        size -= pending[0].size
                        yield self._finish(pending.popleft())
                while pending:
                    yield self._finish(pending.popleft())
            finally:  # a caller that stops early, or Ctrl-C, does not wait for what is queued
                pool.shutdown(wait=False, cancel_futures=True)

    def _pool(self) -> Executor:
        return ThreadPoolExecutor(self._threads) if self._threads > 1 else _InTurn()

    def _start(self, pool: Executor, text: str, spans: Sequence[Span]) -> _Job:
        starts = range(0, len(spans), CHUNK)
        chunks = [pool.submit(self._sentences, text, spans, slice(start, start + CHUNK)) for start in starts]
        return _Job(text, chunks, max(1, len(spans)))

    def _finish(self, job: _Job, id: str | None = None) -> Document:
        return self._document(job.text, (sentence for chunk in job.chunks for sentence in chunk.result()), id)

    def _document(self, text: str, sentences: Iterable[Sentence], id: str | None) -> Document:
        found = resolve(text, sentences)
        return Document(text, found, self.model, self.thresholds, id, language.detect(text))

    def _next(self, text: str, spans: Sequence[Span], start: int) -> list[Sentence]:
        """The sentences from `start` on that one round of the threads annotates."""
        ahead = spans[: start + CHUNK * self._threads]
        with self._pool() as pool:
            starts = range(start, len(ahead), CHUNK)
            chunks = pool.map(lambda first: self._sentences(text, ahead, slice(first, first + CHUNK)), starts)
            return [sentence for chunk in chunks for sentence in chunk]

    def _spans(self, text: str, unit: str) -> Sequence[Span]:
        if not isinstance(text, str):
            raise InputError(f"a text must be a string, not {type(text).__name__}; convert it first")
        if unit not in UNITS:
            raise InputError(f"unit {unit!r} is not one of {', '.join(UNITS)}")
        if unit == "document":
            return self._segmenter.spans(text)
        stripped = text.strip()
        start = text.find(stripped)
        return [(start, start + len(stripped))] if stripped else []

    def _sentences(self, text: str, spans: Sequence[Span], chunk: slice) -> list[Sentence]:
        """Annotate a chunk of a text's sentences, those that lean on the one before them after that."""
        start = chunk.start
        before = spans[start - 1] if start else (0, 0)
        earlier = self._pieces(text, before)
        sentences = []
        for span in spans[chunk]:
            pieces = self._pieces(text, span)
            context = earlier if leans(text[slice(*before)], text[slice(*span)]) else None
            sentences.append(self._sentence(text, span, pieces, context))
            before, earlier = span, pieces
        return sentences

    def _pieces(self, text: str, span: Span) -> Pieces:
        return self._encoder.tokenizer.pieces(text[span[0] : span[1]])

    def _sentence(self, text: str, span: Span, pieces: Pieces, context: Pieces | None) -> Sentence:
        start, end = span
        if not len(pieces):  # nothing but characters that the tokenizer drops, such as NUL
            nothing = {**dict.fromkeys(LABELS, 0.0), PLAIN: 1.0}
            return Sentence(start, end, PLAIN, 1.0, (), dict.fromkeys(MARK_LABELS, 0.0), nothing)
        encoding = self._encoder.encode(pieces, context)
        return self._judged(text, span, encoding, self._heads.probabilities(features(encoding)), self._decoder)

    def _judged(self, text: str, span: Span, encoding: Encoding, found: Probabilities, decoder: Decoder) -> Sentence:
        """A sentence with what a network saw in it and what its heads say of that."""
        start, end = span
        scores, primary = found.named()
        marks, sources = decoder.decode(text[start:end], start, encoding, scores)
        fields = derived_fields(scores, primary, sources, self.thresholds)
        return Sentence(start, end, scores=scores, primary=primary, marks=marks, sources=sources, **fields)


class Reading:
    """A text that is annotated step by step, so that whoever waits can watch and stop. Safe to share: a page may leave
    one thread in a step when the next one goes on.

    Attributes:
        total: how many sentences it has.

    """

    def __init__(self, annotator: Annotator, text: str, spans: Sequence[Span]) -> None:
        self._annotator = annotator
        self._text = text
        self._spans = spans
        self._sentences: list[Sentence] = []
        self._lock = Lock()
        self.total = len(spans)

    @property
    def done(self) -> int:
        """How many of them have been read."""
        return len(self._sentences)

    def step(self) -> None:
        """Read the next sentences: CHUNK for each thread, if so many are left."""
        with self._lock:
            self._sentences += self._annotator._next(self._text, self._spans, self.done)

    def document(self, *, id: str | None = None) -> Document:
        """The whole text with the sentences read so far; once all are, what `Annotator.annotate` gives."""
        with self._lock:
            return self._annotator._document(self._text, self._sentences, id)


def _cores() -> int:
    """The cores this process may use, where the system can tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
