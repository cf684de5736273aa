"""Sentences a second: `annotate_many` against a `transformers` fp32 pipeline of the same network, in one run.

`python -m benchmarks.speed [--articles FILE] [--sentences N]`. The pipeline reads the same sentences with the same
context, but does less: no sentence splitting, no word marks, no sources. Its weights are random: that costs the same.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from annotator import Annotator, model_folder
from annotator.context import leans
from annotator.encoder import CONTEXT, WINDOW
from annotator.places import folder
from annotator.segment import Segmenter

ROUNDS = 3
THREADS = 2
BATCHES = (1, 8, 32)


def main() -> None:
    """Measure in alternation, print sentences a second and the ratio to the fastest pipeline."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=main.__doc__)
    gold = folder("labels") / "gold" / "train" / "articles.jsonl"
    parser.add_argument("--articles", type=Path, default=gold, help="JSON lines with `text` and `article` or `doc`")
    parser.add_argument("--sentences", type=int, default=1000)
    options = parser.parse_args()
    texts = read_articles(options.articles, options.sentences)
    annotator = Annotator.load(threads=THREADS)
    segmenter = Segmenter()
    pairs = [pair for text in texts for pair in sentence_pairs(segmenter, text)]
    reader = fp32_pipeline()
    runs: dict[str, Callable[[], object]] = {"annotate_many": lambda: list(annotator.annotate_many(texts))}
    for size in BATCHES:
        runs[f"pipeline, batch {size}"] = lambda size=size: reader(pairs, batch_size=size)  # type: ignore[misc]
    report(runs, len(pairs))


def read_articles(path: Path, sentences: int) -> list[str]:
    """Whole articles, one sentence a line, until there are enough sentences."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(sentences), lines, strict=False)]
    groups = groupby(rows, key=lambda row: row.get("article") or row["doc"])
    return ["\n".join(row["text"] for row in group) for _, group in groups]


def sentence_pairs(segmenter: Segmenter, text: str) -> list[dict[str, str]]:
    """Each sentence as the annotator cuts it, with the one before it where the annotator reads that."""
    sentences = [text[start:end] for start, end in segmenter.spans(text)]
    pairs = zip(["", *sentences], sentences, strict=False)
    return [{"text": one, "text_pair": before if leans(before, one) else ""} for before, one in pairs]


def fp32_pipeline() -> Any:
    """A text-classification pipeline of the network's architecture in fp32."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

    torch.set_num_threads(THREADS)
    path = model_folder.find(None)
    config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    config.num_labels = len(model_folder.read_config(path).logits)
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "cls", "sep", "unk")}
    file = str(path / "tokenizer.json")
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=file, model_max_length=WINDOW + CONTEXT + 3, **special)
    network = BertForSequenceClassification(config).eval()
    options = {"truncation": True, "padding": True, "top_k": None, "function_to_apply": "sigmoid"}
    return pipeline("text-classification", model=network, tokenizer=tokenizer, device="cpu", **options)


def report(runs: dict[str, Callable[[], object]], sentences: int) -> None:
    """Run everything in alternation and print the median rate of each."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    rates = {name: sentences / median(times) for name, times in seconds.items()}
    print(f"{sentences} sentences, {THREADS} threads, median of {ROUNDS} rounds in alternation")
    for name, rate in rates.items():
        print(f"  {name:22} {rate:8.1f} sentences/s")
    best = max(rate for name, rate in rates.items() if name != "annotate_many")
    print(f"  annotate_many / fastest pipeline: {rates['annotate_many'] / best:.2f}")


if __name__ == "__main__":
    main()
