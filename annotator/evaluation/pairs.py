"""Gold sentences beside what an annotator makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from annotator.evaluation.bootstrap import Doubles, Integers
from annotator.evaluation.counts import Bools
from annotator.evaluation.gold import Article, GoldSentence
from annotator.marks import Document, Sentence
from annotator.pipeline import Annotator


@dataclass(frozen=True)
class Pair:
    """One sentence of `article`: as annotated in the gold, and as the annotator's `guess` in its `document`."""

    article: Article
    gold: GoldSentence
    guess: Sentence
    document: Document


def annotate(annotator: Annotator, articles: Sequence[Article]) -> list[Pair]:
    """Every sentence of the articles, annotated within the gold sentence boundaries."""
    pairs = []
    for article in articles:
        text, spans = article.text_and_spans()
        document = annotator.annotate(text, id=article.id, spans=spans)
        couples = zip(article.sentences, document.sentences, strict=True)
        pairs += [Pair(article, gold, guess, document) for gold, guess in couples]
    return pairs


def article_indices(pairs: Sequence[Pair]) -> Integers:
    """The index of each pair's article, counted from 0 in their order."""
    order: dict[int, int] = {}
    return np.array([order.setdefault(id(pair.article), len(order)) for pair in pairs], dtype=np.int64)


def where(pairs: Sequence[Pair], holds: Callable[[Pair], bool]) -> Bools:
    """Whether something holds for each pair."""
    return np.array([holds(pair) for pair in pairs], dtype=bool)


def probabilities(pairs: Sequence[Pair], mark: str) -> Doubles:
    """The annotator's probability of a mark for each pair."""
    return np.array([pair.guess.scores[mark] for pair in pairs])
