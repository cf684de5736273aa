"""A trained network to a model folder: int8 encoder, tokenizer, fitted heads, configuration, digests of its reading."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skops.io import dump
from tokenizers import Tokenizer

from annotator import model_folder
from annotator.encoder import Encoder
from annotator.heads import features
from annotator.training import fit, fit_questions
from annotator.training.card import write_card
from annotator.training.data import HEADS, PRIMARY, TAGS, Example, Split, digest
from annotator.training.export import export, quantise
from annotator.training.network import Network


def build(network: Network, tokenizer: Path, split: Split, out: Path, *, name: str, version: str) -> None:
    """Write a whole model folder to `out`; heads are fitted on the int8 encoder, as it will be run."""
    out.mkdir(parents=True, exist_ok=True)
    write_tokenizer(tokenizer, out / "tokenizer.json")
    with tempfile.TemporaryDirectory() as folder:
        export(network, Path(folder) / "fp32.onnx")
        quantise(Path(folder) / "fp32.onnx", out / "encoder.onnx")
    write_heads(split, out, name=name, version=version)


def write_heads(split: Split, out: Path, *, name: str, version: str) -> None:
    """Fit the heads on the encoder in `out` and write everything that depends on them."""
    encodings = fit.encode(Encoder(out), split.calib)
    fitted = fit.fit(split.calib, encodings)
    dump(fitted.heads, out / "heads.skops")
    fit.folded(fitted.heads).write(out / "heads.npz")
    config = {
        "format": model_folder.FORMAT,
        "name": name,
        "version": version,
        "logits": [*HEADS, *(f"primary_{label}" for label in PRIMARY)],
        "tags": list(TAGS),
        "features": len(features(encodings[0])),
        "thresholds": fitted.thresholds,
        "tag_thresholds": fitted.tag_thresholds,
    }
    _write_json(out / "config.json", config)
    fit_questions.write(split, out)
    _write_json(out / "metrics.json", {"read": digests(split)})
    write_card(out)


def digests(split: Split) -> dict[str, str]:
    """Sorted sentence digests of every side, one string each: 12 hex digits a sentence, joined by spaces."""
    sides: dict[str, Sequence[Example]] = {"finetune": split.finetune, "calib": split.calib, "soft": split.soft}
    return {side: " ".join(sorted({digest(one.text) for one in examples})) for side, examples in sides.items()}


def write_tokenizer(source: Path, target: Path) -> None:
    """Copy a tokenizer.json without the padding and truncation baked into it."""
    tokenizer = Tokenizer.from_file(str(source))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(target))


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
