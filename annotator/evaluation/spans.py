"""Scores of the marked words: whole spans, spans by overlap, single words; on what a reader is shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annotator.decode import word_spans
from annotator.evaluation.bootstrap import Figure, Integers
from annotator.evaluation.counts import Bools, rate_figures, yes_no
from annotator.evaluation.gold import SPAN_KEYS, Span
from annotator.evaluation.pairs import Pair, article_indices
from annotator.marks import Sentence


def span_figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """`exact/<tag>/<rate>` and `overlap/<tag>/<rate>` for every tag; n is the number of gold spans."""
    article = article_indices(pairs)
    figures = {}
    for name, count in (("exact", exact_counts), ("overlap", overlap_counts)):
        for tag in SPAN_KEYS:
            items = np.array([count(pair.gold.spans[tag], shown_spans(pair.guess, tag)) for pair in pairs])
            spans = int(items[:, 1].sum())
            found = rate_figures(article, items, spans, spans)
            figures.update({f"{name}/{tag}/{rate}": value for rate, value in found.items()})
    return figures


def exact_counts(gold: Sequence[Span], guess: Sequence[Span]) -> tuple[float, float, float, float]:
    """Gold spans found with both ends right, gold spans, guesses that are right, guesses."""
    same = len(set(gold) & set(guess))
    return same, len(set(gold)), same, len(set(guess))


def overlap_counts(gold: Sequence[Span], guess: Sequence[Span]) -> tuple[float, float, float, float]:
    """As `exact_counts`, but a span counts by the share of its characters that the other side covers
    (intersection-based scores of Johansson and Moschitti 2013).
    """
    gold, guess = sorted(set(gold)), sorted(set(guess))
    found = sum(_covered_share(span, guess) for span in gold)
    right = sum(_covered_share(span, gold) for span in guess)
    return found, len(gold), right, len(guess)


def word_figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """`words/<tag>`: F1 of the words that lie in a span of a tag."""
    words = [word_spans(pair.gold.text) for pair in pairs]
    article = np.repeat(article_indices(pairs), [len(one) for one in words])
    return {f"words/{tag}": _word_f1(pairs, words, article, tag) for tag in SPAN_KEYS}


def shown_spans(sentence: Sentence, tag: str) -> list[Span]:
    """The spans of a tag that a reader is shown, as offsets in the sentence; `reported_` is in a source's voice."""
    if tag == "source":
        found = [(source.start, source.end) for source in sentence.shown_sources]
    else:
        label = "sourced" if tag == "cue" else tag.removeprefix("reported_")
        voice = "source" if tag.startswith("reported_") else "writer"
        marks = [mark for mark in sentence.shown_marks if (mark.label, mark.voice) == (label, voice)]
        found = [(mark.start, mark.end) for mark in marks]
    return [(start - sentence.start, end - sentence.start) for start, end in found]


def _covered_share(span: Span, others: Sequence[Span]) -> float:
    covered: set[int] = set().union(*(range(*other) for other in others))
    return len(covered.intersection(range(*span))) / (span[1] - span[0])


def _word_f1(pairs: Sequence[Pair], words: Sequence[Integers], article: Integers, tag: str) -> Figure:
    couples = list(zip(pairs, words, strict=True))
    gold = np.concatenate([_inside(spans, pair.gold.spans[tag]) for pair, spans in couples])
    guess = np.concatenate([_inside(spans, shown_spans(pair.guess, tag)) for pair, spans in couples])
    return rate_figures(article, yes_no(gold, guess), len(gold), int(gold.sum()))["f1"]


def _inside(words: Integers, spans: Sequence[Span]) -> Bools:
    mask = np.zeros(len(words), dtype=bool)
    for start, end in spans:
        mask |= (words[:, 0] < end) & (words[:, 1] > start)
    return mask
