"""Scores of an annotator on annotated articles: F1 a mark, the primary label, words a tag, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.decode import word_spans
from annotator.evaluation.gold import Article, GoldSentence
from annotator.marks import LABELS, MARK_LABELS, Document, Sentence
from annotator.pipeline import Annotator

TAGS = ("source", "cue", "framing", "speculation")
RESAMPLES = 1000

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Figure:
    """A score with its 95 % bootstrap interval over articles."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Column:
    """Yes or no for every item: `gold` and `guess` [n], and the index of the `article` that each item is from."""

    gold: Bools
    guess: Bools
    article: NDArray[np.int64]


def evaluate(annotator: Annotator, articles: Sequence[Article]) -> dict[str, Figure]:
    """All figures on articles whose sentences are given.

    They are `f1/<mark>`, `precision/<mark>`, `recall/<mark>`, `primary/macro-f1`, `primary/accuracy` and `words/<tag>`;
    macro-F1 is over the primary labels that occur in the gold.
    """
    documents = [annotate_article(annotator, article) for article in articles]
    columns = {mark: mark_column(articles, documents, mark) for mark in MARK_LABELS}
    figures = {
        f"{name}/{mark}": interval(column, score)
        for mark, column in columns.items()
        for name, score in (("f1", f1), ("precision", precision), ("recall", recall))
    }
    gold, guess, article = primary_columns(articles, documents)
    present = [label for label in LABELS if (gold == label).any()]
    figures["primary/macro-f1"] = _interval(
        lambda rows: float(np.mean([f1(gold[rows] == label, guess[rows] == label) for label in present])), article
    )
    figures["primary/accuracy"] = _interval(lambda rows: float((gold[rows] == guess[rows]).mean()), article)
    for tag in TAGS:
        figures[f"words/{tag}"] = interval(word_column(articles, documents, tag), f1)
    return figures


def annotate_article(annotator: Annotator, article: Article) -> Document:
    """The article as the annotator reads it, with the gold sentence boundaries."""
    text, spans = article.text_and_spans()
    return annotator.annotate(text, id=article.id, spans=spans)


def mark_column(articles: Sequence[Article], documents: Sequence[Document], mark: str) -> Column:
    """Whether each sentence carries a mark."""
    pairs = list(_pairs(articles, documents))
    return Column(
        np.array([mark in gold.marks for _, gold, _, _ in pairs]),
        np.array([mark in sentence.labels for _, _, sentence, _ in pairs]),
        np.array([index for index, _, _, _ in pairs]),
    )


def primary_columns(
    articles: Sequence[Article], documents: Sequence[Document]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
    """Gold and guessed primary label of each sentence, and its article."""
    pairs = list(_pairs(articles, documents))
    return (
        np.array([gold.primary for _, gold, _, _ in pairs]),
        np.array([sentence.label for _, _, sentence, _ in pairs]),
        np.array([index for index, _, _, _ in pairs]),
    )


def word_column(articles: Sequence[Article], documents: Sequence[Document], tag: str) -> Column:
    """Whether each word lies in a span of a tag, gold against what is shown for the sentence."""
    gold_parts, guess_parts, article_parts = [], [], []
    for index, gold, sentence, text in _pairs(articles, documents):
        words = word_spans(text)
        gold_parts.append(_covered(words, gold.spans[tag]))
        guess_parts.append(_covered(words, shown_spans(sentence, tag)))
        article_parts.append(np.full(len(words), index))
    return Column(np.concatenate(gold_parts), np.concatenate(guess_parts), np.concatenate(article_parts))


def shown_spans(sentence: Sentence, tag: str) -> list[tuple[int, int]]:
    """The spans of a tag that a reader is shown, as offsets in the sentence; effects in the writer's voice only."""
    if tag == "source":
        found = [(source.start, source.end) for source in sentence.shown_sources]
    else:
        label = "sourced" if tag == "cue" else tag
        marks = [mark for mark in sentence.shown_marks if mark.label == label and mark.voice == "writer"]
        found = [(mark.start, mark.end) for mark in marks]
    return [(start - sentence.start, end - sentence.start) for start, end in found]


def f1(gold: Bools, guess: Bools) -> float:
    """F1 of the positive class; 0 where there is neither gold nor guess."""
    return float(2 * (gold & guess).sum() / max(1, gold.sum() + guess.sum()))


def precision(gold: Bools, guess: Bools) -> float:
    """The share of the guesses that are right; 0 without a guess."""
    return float((gold & guess).sum() / max(1, guess.sum()))


def recall(gold: Bools, guess: Bools) -> float:
    """The share of the gold that is found; 0 without gold."""
    return precision(guess, gold)


def macro_f1(gold: Bools, guess: Bools) -> float:
    """Mean of the F1 of both classes."""
    return (f1(gold, guess) + f1(~gold, ~guess)) / 2


def interval(column: Column, score: Callable[[Bools, Bools], float]) -> Figure:
    """A score with its bootstrap interval over articles (Efron 1979, percentiles)."""
    return _interval(lambda rows: score(column.gold[rows], column.guess[rows]), column.article)


def _interval(score: Callable[[NDArray[np.int64]], float], article: NDArray[np.int64]) -> Figure:
    groups = [np.flatnonzero(article == name) for name in np.unique(article)]
    rng = np.random.default_rng(0)
    values = []
    for _ in range(RESAMPLES):
        chosen = rng.integers(len(groups), size=len(groups))
        values.append(score(np.concatenate([groups[index] for index in chosen])))
    low, high = np.percentile(values, [2.5, 97.5])
    return Figure(score(np.arange(len(article))), float(low), float(high))


def _covered(words: NDArray[np.int64], spans: Sequence[tuple[int, int]]) -> Bools:
    mask = np.zeros(len(words), dtype=bool)
    for start, end in spans:
        mask |= (words[:, 0] < end) & (words[:, 1] > start)
    return mask


def _pairs(articles: Sequence[Article], documents: Sequence[Document]) -> list[tuple[int, GoldSentence, Sentence, str]]:
    return [
        (index, gold, sentence, gold.text)
        for index, (article, document) in enumerate(zip(articles, documents, strict=True))
        for gold, sentence in zip(article.sentences, document.sentences, strict=True)
    ]
