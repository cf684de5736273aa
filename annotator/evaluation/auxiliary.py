"""The encoder's auxiliary heads on the public corpora that they learned from: macro-F1 on their held-back parts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annotator import model_folder
from annotator.encoder import Encoder
from annotator.evaluation.scores import Column, Figure, interval, macro_f1


@dataclass(frozen=True)
class Benchmark:
    """A file of labelled sentences: its boolean field `target`, the logit that answers it, and what groups its rows
    (`article`, for intervals; rows without one stand alone).
    """

    file: str
    target: str
    logit: str
    article: str | None = None


BENCHMARKS = {
    "babe": Benchmark("framing/babe_dev.jsonl", "biased", "babe_biased"),
    "checkthat": Benchmark("framing/checkthat_devtest.jsonl", "subjective", "checkthat_subjective"),
    "polnear": Benchmark("attribution/polnear_dev.jsonl", "attributed", "polnear_attributed", "doc"),
}


def evaluate(folder: Path, data: Path, name: str) -> Figure:
    """Macro-F1 of one auxiliary head at probability one half."""
    benchmark = BENCHMARKS[name]
    with (data / benchmark.file).open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    column = model_folder.read_config(folder).logits.index(benchmark.logit)
    encoder = Encoder(folder)
    articles = [row[benchmark.article] if benchmark.article else str(index) for index, row in enumerate(rows)]
    guess, context, article = [], None, None
    for row, current in zip(rows, articles, strict=True):
        pieces = encoder.tokenizer.pieces(row["text"])
        guess.append(encoder.encode(pieces, context if current == article else None).logits[column] >= 0)
        context, article = pieces, current
    gold = np.array([bool(row[benchmark.target]) for row in rows])
    return interval(Column(gold, np.array(guess), np.unique(articles, return_inverse=True)[1]), macro_f1)
