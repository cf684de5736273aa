"""Measure a model folder and write its card: `python -m annotator.training.measure --data FOLDER [--model FOLDER] …`.

What is measured goes into metrics.json; parts that are not asked for stay as they are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from annotator.encoder import Encoder
from annotator.evaluation import benchmarks, corpora, plots, report
from annotator.evaluation.calibration import Calibration
from annotator.evaluation.gold import read_gold
from annotator.pipeline import Annotator
from annotator.places import folder
from annotator.training import data, fit
from annotator.training.card import write_card
from annotator.training.reliability import reliability

NEWS = "marks/news_dev.jsonl"
HELD_BACK = ("babe", "checkthat", "polnear", "newsdiscourse")
"""Corpora with a part that was held back from training; MPQA was read whole."""
LEFT_OUT = ("babe", "checkthat", "polnear")
"""The corpora that the model for the transfer figures is trained without."""
DIGITS = 4


def main() -> None:
    """Measure the model on everything, and other models where they are given; write metrics.json and README.md."""
    parser = argparse.ArgumentParser(prog="python -m annotator.training.measure", description=main.__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/news-en-small"), help="model folder to measure")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the corpora")
    parser.add_argument("--plot", type=Path, default=Path("docs/reliability.svg"), help="where to draw the calibration")
    parser.add_argument("--transfer", type=Path, help=f"a model trained --without {' '.join(LEFT_OUT)}")
    parser.add_argument("--licensed", type=Path, help=f"a model trained --without {' '.join(data.UNLICENSED)}")
    parser.add_argument("--fairness", type=Path, help="what python -m benchmarks.fairness --json wrote")
    options = parser.parse_args()
    path = options.model / "metrics.json"
    calibration = calibrate(options.model, options.data)
    options.plot.write_text(plots.to_svg(plots.reliability(calibration)), encoding="utf-8")
    metrics = json.loads(path.read_text(encoding="utf-8")) | {
        "articles": on_articles(options.model, options.data),
        "corpora": on_corpora(options.model, options.data, HELD_BACK),
        "calibration": {mark: asdict(one) for mark, one in calibration.items()},
    }
    if options.transfer:
        metrics["transfer"] = on_corpora(options.transfer, options.data, LEFT_OUT)
    if options.licensed:
        metrics["licensed"] = on_articles(options.licensed, options.data)
    if options.fairness:
        metrics["fairness"] = json.loads(options.fairness.read_text(encoding="utf-8"))
    path.write_text(json.dumps(rounded(metrics), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_card(options.model)


def calibrate(model: Path, corpora_folder: Path) -> dict[str, Calibration]:
    """Reliability by cross-fitting on `calib`."""
    calib = data.load(corpora_folder).calib
    return reliability(calib, fit.encode(Encoder(model), calib))


def on_articles(model: Path, corpora_folder: Path) -> dict[str, Any]:
    """What is measured on the gold test articles and on `news_dev`, by file."""
    gold = folder("labels") / "gold" / "test"
    files = {f"gold/test/{path.stem}": path for path in sorted(gold.glob("*.jsonl"), reverse=True)}
    annotator = Annotator(model)
    read = report.digests_read(model)
    return {
        name: _kept(report.measure(annotator, read_gold(path), read).to_dict())
        for name, path in {**files, "news_dev": corpora_folder / NEWS}.items()
    }


def on_corpora(model: Path, corpora_folder: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """What is measured on the held-back parts of public corpora, by corpus."""
    return {
        name: _kept(benchmarks.measure(model, name, corpora.read(name, str(corpora_folder))).to_dict())
        for name in names
    }


def rounded(value: Any) -> Any:
    """The same plain values with floats of DIGITS digits."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list | tuple) else value


def _kept(measured: dict[str, Any]) -> dict[str, Any]:
    """What the card and a later reader need: no curves, no bins; the model is the folder's own."""
    return {key: value for key, value in measured.items() if key not in ("model", "curves", "calibration", "name")}


if __name__ == "__main__":
    main()
