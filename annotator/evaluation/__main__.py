"""Print the scores of a model: `python -m annotator.evaluation [--model M] [--gold FILE]... [--data FOLDER]`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from annotator import model_folder
from annotator.evaluation import auxiliary, scores
from annotator.evaluation.gold import read_gold
from annotator.pipeline import Annotator
from annotator.places import folder


def main() -> None:
    """Score the model on gold files, and on the public corpora where `--data` holds them."""
    parser = argparse.ArgumentParser(prog="python -m annotator.evaluation", description=main.__doc__)
    parser.add_argument("--model", help="model folder or name")
    parser.add_argument("--gold", type=Path, action="append", help="gold file; default: those of labels/gold/test")
    parser.add_argument("--data", type=Path, help="folder with marks/, framing/ and attribution/")
    options = parser.parse_args()
    path = model_folder.find(options.model)
    annotator = Annotator(path)
    for gold in options.gold or sorted((folder("labels") / "gold" / "test").glob("*.jsonl")):
        _print(f"{gold.parent.name}/{gold.name}", scores.evaluate(annotator, read_gold(gold)))
    if options.data:
        _print("marks/news_dev", scores.evaluate(annotator, read_gold(options.data / "marks/news_dev.jsonl")))
        names = auxiliary.BENCHMARKS
        _print("macro-F1", {name: auxiliary.evaluate(path, options.data, name) for name in names})


def _print(title: str, figures: Mapping[str, scores.Figure]) -> None:
    print(title)
    for name, figure in figures.items():
        print(f"  {name:22} {figure.value:.3f}  [{figure.low:.3f}, {figure.high:.3f}]")


if __name__ == "__main__":
    main()
