"""Sentences of a report aligned with those of its rewrite, by words and by vectors: `python -m benchmarks.alignment`.

rewrites.jsonl holds twelve wire reports on invented events, each with a rewrite, written with their gold alignment
before any method was tried: `aligned` are pairs of indices into `wire` and `rewrite`; `unsourced` those of them whose
claim has a source in the report and none in the rewrite. Every method gets the threshold (and the weight of the
vectors) that is best on the six articles marked `tune`; on the six marked `test` none was chosen.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotator import Annotator, Document, model_folder
from annotator.align import LEAST, align, best_pairs, word_vectors
from annotator.compare import compare
from annotator.context import leans
from annotator.encoder import Encoder

CASES = Path(__file__).with_name("rewrites.jsonl")
PARTS = ("tune", "test")
THRESHOLDS = tuple(step / 50 for step in range(50))
WEIGHTS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""What the cosine of the vectors may count for beside that of the words."""

Case = dict[str, Any]
Pairs = set[tuple[int, int]]
Side = tuple[Any, Any]


class Score(NamedTuple):
    """Pairs found rightly, found and wanted."""

    hits: int
    found: int
    wanted: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.hits / max(1, self.found + self.wanted)

    def __str__(self) -> str:
        return f"{self.f1:.2f} (P {self.hits / max(1, self.found):.2f}, R {self.hits / max(1, self.wanted):.2f})"


def main() -> None:
    """Print the alignment F1 of each method, that of the claims that lost their source, and the cost of long texts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alignment", description=main.__doc__)
    parser.add_argument("--words", type=int, default=50_000, help="words of each of two texts to be timed")
    options = parser.parse_args()
    cases = {part: [case for case in read_cases() if case["part"] == part] for part in PARTS}
    for line in (*table(cases), "", *claims(cases), "", cost(cases, options.words)):
        print(line)


def read_cases() -> list[Case]:
    """The reports and their rewrites: `id`, `part`, `wire`, `rewrite`, `aligned` and `unsourced`."""
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def table(cases: dict[str, list[Case]]) -> Iterator[str]:
    """The rows of a Markdown table: each method where it was tuned and where not."""
    encoder = Encoder(model_folder.find(None))
    words = {part: [word_sides(case) for case in found] for part, found in cases.items()}
    vectors = {part: [vector_sides(encoder, case) for case in found] for part, found in cases.items()}
    both = {weight: {part: joined(words[part], vectors[part], weight) for part in PARTS} for weight in WEIGHTS}
    yield "| aligned by | threshold | 6 articles tuned on | 6 other articles |"
    yield "|---|---|---|---|"
    yield row("the encoder's vectors", vectors, cases)
    yield row("words", words, cases)
    weight = max(WEIGHTS, key=lambda one: best(both[one]["tune"], cases["tune"])[0].f1)
    yield row(f"words, and vectors with weight {weight}", both[weight], cases)
    shipped = (str(aligned(words[part], cases[part], LEAST)) for part in PARTS)
    yield f"| **words, as shipped** | {LEAST:.2f} | {' | '.join(shipped)} |"
    whole = {part: [whole_case(found)] for part, found in cases.items()}
    shipped = (str(aligned([word_sides(one) for one in whole[part]], whole[part], LEAST)) for part in PARTS)
    yield f"| words, as shipped, all six as one text | {LEAST:.2f} | {' | '.join(shipped)} |"


def row(name: str, sides: dict[str, list[Side]], cases: dict[str, list[Case]]) -> str:
    """A method with its best threshold on the articles to tune on."""
    score, least = best(sides["tune"], cases["tune"])
    return f"| {name} | {least:.2f} | {score} | {aligned(sides['test'], cases['test'], least)} |"


def best(sides: list[Side], cases: list[Case]) -> tuple[Score, float]:
    """The best score on some cases, and its threshold."""
    return max(((aligned(sides, cases, least), least) for least in THRESHOLDS), key=lambda found: found[0].f1)


def aligned(sides: list[Side], cases: list[Case], least: float) -> Score:
    """Pairs over all cases, at one threshold."""
    found = ({(pair.a, pair.b) for pair in best_pairs(a, b, least)} for a, b in sides)
    return total((one, gold(case["aligned"])) for one, case in zip(found, cases, strict=True))


def total(pairs: Iterator[tuple[Pairs, Pairs]]) -> Score:
    """Found and wanted pairs, added up."""
    sizes = [(len(found & wanted), len(found), len(wanted)) for found, wanted in pairs]
    return Score(*map(sum, zip(*sizes, strict=True)))


def gold(pairs: Sequence[Sequence[int]]) -> Pairs:
    """Pairs as they are compared."""
    return {(a, b) for a, b in pairs}


def word_sides(case: Case) -> Side:
    """The TF-IDF vectors of the sentences of both texts."""
    vectors, size = word_vectors([*case["wire"], *case["rewrite"]]), len(case["wire"])
    return vectors[:size], vectors[size:]


def vector_sides(encoder: Encoder, case: Case) -> Side:
    """The encoder's pooled vectors of the sentences of both texts, of unit length."""
    matrix = import_module("scipy.sparse").csr_matrix
    wire, rewrite = (matrix(vectors(encoder, case[side])) for side in ("wire", "rewrite"))
    return wire, rewrite


def vectors(encoder: Encoder, sentences: Sequence[str]) -> NDArray[np.float64]:
    """One vector of unit length a sentence, read after the sentence before it where the annotator does so."""
    pieces = encoder.tokenizer.pieces
    pairs = zip(["", *sentences], sentences, strict=False)
    found = [encoder.encode(pieces(one), pieces(before) if leans(before, one) else None) for before, one in pairs]
    stacked = np.stack([encoding.vector for encoding in found]).astype(np.float64)
    return np.asarray(stacked / np.linalg.norm(stacked, axis=1, keepdims=True))


def joined(words: list[Side], vectors: list[Side], weight: float) -> list[Side]:
    """Vectors whose product is that of the words and `weight` times that of the encoder's."""
    hstack = import_module("scipy.sparse").hstack

    def join(one: Any, other: Any) -> Any:
        return hstack([one, other * weight**0.5]).tocsr()

    return [(join(a, c), join(b, d)) for (a, b), (c, d) in zip(words, vectors, strict=True)]


def whole_case(cases: list[Case]) -> Case:
    """Some articles one after another, as if they were one."""
    whole: Case = {"wire": [], "rewrite": [], "aligned": []}
    for case in cases:
        a, b = len(whole["wire"]), len(whole["rewrite"])
        whole["aligned"] += [[a + one, b + other] for one, other in case["aligned"]]
        whole["wire"] += case["wire"]
        whole["rewrite"] += case["rewrite"]
    return whole


def claims(cases: dict[str, list[Case]]) -> Iterator[str]:
    """How well the claims that lost their source are found, with the labels of the shipped model."""
    annotator = Annotator.load()
    yield "| claims without their source | 6 articles tuned on | 6 other articles |"
    yield "|---|---|---|"
    scores = (total((lost(annotator, case), gold(case["unsourced"])) for case in cases[part]) for part in PARTS)
    yield f"| found | {' | '.join(map(str, scores))} |"


def lost(annotator: Annotator, case: Case) -> Pairs:
    """The pairs of a case that are found to have lost their source."""
    comparison = compare(*(document(annotator, case[side]) for side in ("wire", "rewrite")))
    return {(pair.a, pair.b) for pair in comparison.unsourced}


def document(annotator: Annotator, sentences: Sequence[str]) -> Document:
    """Annotated sentences, cut as they were written."""
    ends = np.cumsum([len(sentence) + 1 for sentence in sentences]).tolist()
    spans = [(end - 1 - len(sentence), end - 1) for sentence, end in zip(sentences, ends, strict=True)]
    return annotator.annotate("\n".join(sentences), spans=spans)


def cost(cases: dict[str, list[Case]], words: int) -> str:
    """Time and memory of aligning two long texts of shuffled words."""
    pool = [word for found in cases.values() for case in found for one in case["wire"] for word in one.split()]
    chance = random.Random(1)  # noqa: S311
    a, b = ([" ".join(chance.choices(pool, k=20)) for _ in range(words // 20)] for _ in "ab")
    start = time.process_time()
    align(a, b)
    seconds = time.process_time() - start
    tracemalloc.start()
    align(a, b)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return f"{words:,} words with {words:,} others: {seconds:.1f} s of processor time, {peak / 2**20:.0f} MB"


if __name__ == "__main__":
    main()
