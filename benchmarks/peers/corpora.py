"""What peers are measured on, and what they are fitted on: labelled articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotator.evaluation import corpora
from annotator.evaluation.bootstrap import Integers
from annotator.evaluation.counts import Bools
from annotator.evaluation.gold import Article, digest, read_gold
from annotator.marks import MARK_LABELS
from annotator.places import folder
from annotator.training import data
from benchmarks.peers.peer import flatten

PUBLIC = ("babe", "checkthat", "polnear")
TUNING_STEP = {"babe": 2, "checkthat": 1, "polnear": 20}
"""Tools, some of which take a tenth of a second a sentence, are tuned on every so many-th article of training parts."""
MARKS_STEP = 2


@dataclass(frozen=True)
class Labelled:
    """Articles and what is known of their sentences: `gold` [n] for each mark it tells of, `primary` [n] or None."""

    name: str
    articles: tuple[tuple[str, ...], ...]
    gold: Mapping[str, Bools]
    primary: NDArray[np.str_] | None = None

    @property
    def sentences(self) -> list[str]:
        """All sentences in order."""
        return flatten(self.articles)

    @property
    def article(self) -> Integers:
        """The index of each sentence's article, [n]."""
        return np.repeat(np.arange(len(self.articles)), [len(article) for article in self.articles])

    def part(self, chosen: Bools) -> Labelled:
        """The articles that are `chosen` [articles]."""
        rows = chosen[self.article]
        articles = tuple(article for article, wanted in zip(self.articles, chosen, strict=True) if wanted)
        gold = {mark: values[rows] for mark, values in self.gold.items()}
        return Labelled(self.name, articles, gold, None if self.primary is None else self.primary[rows])


@dataclass(frozen=True)
class Training:
    """What peers may learn from: all of `labelled` for those that learn words; of all tools, thresholds and the
    combination see the articles that are `tuned` [articles] only.
    """

    labelled: Labelled
    tuned: Bools


def marks_test(name: str, paths: Sequence[Path]) -> tuple[Labelled, list[Article]]:
    """Gold files as one set, also as the articles that the annotator reads."""
    articles = [article for path in paths for article in read_gold(path)]
    sentences = [sentence for article in articles for sentence in article.sentences]
    gold = {mark: np.array([mark in sentence.marks for sentence in sentences]) for mark in MARK_LABELS}
    texts = tuple(tuple(sentence.text for sentence in article.sentences) for article in articles)
    return Labelled(name, texts, gold, np.array([sentence.primary for sentence in sentences])), articles


def marks_training(root: Path | None) -> Training:
    """Our annotated training articles below `root`; without it, those of labels/gold/train.

    Tools are tuned on every second article of running text: sentences that were picked or written for their marks
    have other rates.
    """
    if root:
        split = data.load(root)
        examples = [example for example in split.finetune + split.calib if example.primary is not None]
    else:
        written = folder("labels") / "gold" / "train"
        names = ("articles", data.GENRES, data.CONTRASTS)
        examples = [example for file in names for example in data.marks(written / f"{file}.jsonl", file)]
    name = "our training marks" if root else "labels/gold/train"
    groups = [list(group) for _, group in groupby(examples, key=lambda example: (example.corpus, example.article))]
    gold = {mark: np.array([example.heads[mark] for example in examples]) for mark in MARK_LABELS}
    articles = tuple(tuple(example.text for example in group) for group in groups)
    picked = {*data.SELECTED} - {data.GENRES}
    running = np.array([group[0].corpus not in picked for group in groups])
    tuned = running & (np.arange(len(groups)) % MARKS_STEP == 0)
    return Training(Labelled(name, articles, gold, np.array([one.primary for one in examples])), tuned)


def public_test(name: str, rows: Sequence[corpora.Row]) -> Labelled:
    """The held-back part of a public corpus, its question taken for the mark that is nearest to it."""
    return _public(f"{name} {corpora.BENCHMARKS[name].split}", name, rows)


def public_training(name: str, root: Path, held_back: Iterable[str]) -> Training:
    """The training part of a public corpus, without sentences that are `held_back`."""
    forbidden = {digest(text) for text in held_back}
    rows = [row for row in corpora.read(name, str(root), "train") if digest(row.text) not in forbidden]
    labelled = _public(f"{name} train", name, rows)
    return Training(labelled, np.arange(len(labelled.articles)) % TUNING_STEP[name] == 0)


def _public(title: str, name: str, rows: Sequence[corpora.Row]) -> Labelled:
    (task,) = corpora.BENCHMARKS[name].tasks
    articles = tuple(tuple(row.text for row in group) for _, group in groupby(rows, key=lambda row: row.article))
    return Labelled(title, articles, {task.mark: np.array([row.answers[task.name] for row in rows])})
