"""A model on the public corpora: its answer to the question of each, and the mark that is nearest to that question."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from annotator import model_folder
from annotator.context import leans
from annotator.encoder import Encoder, Pieces
from annotator.evaluation import questions
from annotator.evaluation.bootstrap import Doubles, Figure, Integers
from annotator.evaluation.corpora import BENCHMARKS, Row
from annotator.evaluation.counts import Bools, two_class_figures
from annotator.evaluation.gold import digest
from annotator.evaluation.questions import Question
from annotator.evaluation.ranking import auc
from annotator.evaluation.report import Group, digests_read
from annotator.heads import Heads, features
from annotator.marks import MARK_LABELS, Model

FIELDS = ("outlet", "leaning")


@dataclass(frozen=True)
class BenchmarkReport:
    """How a model does on a public corpus.

    Attributes:
        read: how many of the sentences the model was trained on; unless it is 0, the figures flatter.
        figures: `<task>/head/<score>` for the corpus's own question, where the model has an answer (`questions.skops`,
            which the model's digest does not cover, or else the network's logit for it), and
            `<task>/mark/<score>` for the nearest mark at its own threshold; the scores are `macro-f1`, `f1`,
            `precision`, `recall` and, where both classes occur, `auc`.
        groups: the same by outlet and leaning, where the rows tell.

    """

    model: Model
    name: str
    articles: int
    sentences: int
    read: int
    figures: Mapping[str, Figure]
    groups: Mapping[str, Mapping[str, Group]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Answer:
    """What the model says of each row: for every question `score` [n] by which to rank, and `guess` [n]."""

    score: Doubles
    guess: Bools


def measure(folder: Path, name: str, rows: Sequence[Row]) -> BenchmarkReport:
    """Ask the model in a folder about every row; a row is read after the one before it in its article."""
    config = model_folder.read_config(folder)
    evidence, marks = _read_all(folder, config, rows)
    asked = questions.read(folder, config.features)
    answers: dict[str, Answer] = {}
    for task in BENCHMARKS[name].tasks:
        if task.head in asked or task.head in config.logits:
            margin = _margin(task.head, evidence, asked, config)
            answers[f"{task.name}/head"] = Answer(margin, margin >= 0)
        probability = marks[:, MARK_LABELS.index(task.mark)]
        answers[f"{task.name}/mark"] = Answer(probability, probability >= config.thresholds[task.mark])
    read = digests_read(folder)
    return BenchmarkReport(
        model=model_folder.identity(folder, config),
        name=name,
        articles=len({row.article for row in rows}),
        sentences=len(rows),
        read=sum(digest(row.text) in read for row in rows),
        figures=_figures(rows, np.arange(len(rows)), answers),
        groups=_groups(rows, answers),
    )


def _margin(head: str, evidence: Doubles, asked: Mapping[str, Question], config: model_folder.Config) -> Doubles:
    """Of each row of the features [n, f] how far it is on the side of yes: by the regression for the question, or
    by the network's own logit where there is none.
    """
    nothing = np.isneginf(evidence[:, 0])
    if head in asked:
        return np.where(nothing, -np.inf, asked[head].margins(np.where(nothing[:, None], 0.0, evidence)))
    margin: Doubles = evidence[:, config.pooled + config.logits.index(head)]
    return margin


def _figures(rows: Sequence[Row], chosen: Integers, answers: Mapping[str, Answer]) -> dict[str, Figure]:
    """The figures on the `chosen` rows."""
    figures = {}
    for name, answer in answers.items():
        task = name.split("/")[0]
        known = np.array([index for index in chosen if task in rows[index].answers], dtype=np.int64)
        if not len(known):
            continue
        gold = np.array([rows[index].answers[task] for index in known])
        article = np.unique([rows[index].article for index in known], return_inverse=True)[1]
        found = two_class_figures(gold, answer.guess[known], article)
        if area := auc(gold, answer.score[known], article):
            found["auc"] = area
        figures.update({f"{name}/{score}": figure for score, figure in found.items()})
    return figures


def _groups(rows: Sequence[Row], answers: Mapping[str, Answer]) -> dict[str, dict[str, Group]]:
    groups: dict[str, dict[str, Group]] = {}
    for field in FIELDS:
        values = np.array([getattr(row, field) for row in rows])
        if len(set(values)) > 1:
            groups[field] = {
                str(value): _group(rows, np.flatnonzero(values == value), answers) for value in np.unique(values)
            }
    return groups


def _group(rows: Sequence[Row], chosen: Integers, answers: Mapping[str, Answer]) -> Group:
    articles = {rows[index].article for index in chosen}
    return Group(len(articles), len(chosen), _figures(rows, chosen, answers))


def _read_all(folder: Path, config: model_folder.Config, rows: Sequence[Row]) -> tuple[Doubles, Doubles]:
    """The features [n, f] and the marks' probabilities [n, 3] of every row."""
    encoder = Encoder(folder)
    heads = Heads.read(folder / "heads.npz", config.features)

    def read(pair: tuple[Pieces, Pieces | None]) -> tuple[Doubles, Doubles]:
        pieces, context = pair
        if not len(pieces):  # nothing but characters that the tokenizer drops: no to every question
            return np.full(config.features, -np.inf), np.zeros(len(MARK_LABELS))
        evidence = features(encoder.encode(pieces, context))
        return evidence, heads.probabilities(evidence).marks

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        evidence, marks = zip(*pool.map(read, _with_context(encoder, rows)), strict=True)
    return np.stack(evidence), np.stack(marks)


def _with_context(encoder: Encoder, rows: Sequence[Row]) -> Iterator[tuple[Pieces, Pieces | None]]:
    pieces = [encoder.tokenizer.pieces(row.text) for row in rows]
    yield pieces[0], None
    for (before, row), (context, own) in zip(pairwise(rows), pairwise(pieces), strict=True):
        follows = row.article == before.article and leans(before.text, row.text)
        yield own, context if follows else None
