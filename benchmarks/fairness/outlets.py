"""False alarms by the leaning of an outlet: sentences that BABE's readers call not biased, marked all the same.

BABE (Spinde et al. 2021, subset SG2) cannot be redistributed: what leaves this module are counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotator import model_folder
from annotator.encoder import Encoder
from annotator.errors import InputError
from annotator.evaluation.bootstrap import RESAMPLES, SEED, Figure
from benchmarks.fairness.swaps import Reader

SIDES = ("left", "right")
HEAD = "babe_biased"


@dataclass(frozen=True)
class Row:
    """A sentence that BABE's readers call not biased; `leaning` is its outlet's, "" where BABE states none."""

    text: str
    outlet: str
    leaning: str


def read_rows(data: Path, part: str) -> list[Row]:
    """The not-biased rows of `framing/babe_<part>.jsonl`. A row without a leaning has that of its outlet's other rows.

    Raises:
        InputError: a file is missing or not BABE as it is read here.

    """
    try:
        parts = {name: _read(data / "framing" / f"babe_{name}.jsonl") for name in ("train", "dev")}
        leanings = {row["outlet"]: row["leaning"] for rows in parts.values() for row in rows if row["leaning"]}
        chosen = [row for row in parts[part] if not row["biased"]]
        return [Row(row["text"], row["outlet"], leanings.get(row["outlet"], "")) for row in chosen]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"cannot read BABE in {data}: {error!r}; give the folder that holds framing/") from error


def framing_flags(reader: Reader, rows: Sequence[Row]) -> list[bool]:
    """Whether the model marks each sentence as framing."""
    documents = reader.annotate_many((row.text for row in rows), unit="sentence")
    return ["framing" in document.sentences[0].labels for document in documents]


def head_flags(folder: Path, rows: Sequence[Row]) -> list[bool]:
    """Whether the encoder's logit that was trained on BABE gives each sentence one half or more."""
    encoder = Encoder(folder)
    column = model_folder.read_config(folder).logits.index(HEAD)
    pieces = (encoder.tokenizer.pieces(row.text) for row in rows)
    return [bool(encoder.encode(one, None).logits[column] >= 0) for one in pieces]


def compare(rows: Sequence[Row], flags: Sequence[bool]) -> dict[str, Any]:
    """False-positive rates by leaning and by outlet, and left less right.

    Intervals are bootstrap percentiles over sentences, drawn within each leaning: there are too few outlets to draw
    from. To draw n sentences of which k are flagged is a binomial draw of k / n.
    """
    rng = np.random.default_rng(SEED)
    by_leaning = _group([row.leaning or "none stated" for row in rows], flags)
    draws = {name: rng.binomial(len(one), np.mean(one), RESAMPLES) / len(one) for name, one in by_leaning.items()}
    found: dict[str, Any] = {
        name: _figure(float(np.mean(one)), draws[name], len(one)) for name, one in by_leaning.items()
    }
    if all(side in by_leaning for side in SIDES):
        value = float(np.mean(by_leaning["left"]) - np.mean(by_leaning["right"]))
        size = sum(len(by_leaning[side]) for side in SIDES)
        found["left - right"] = _figure(value, draws["left"] - draws["right"], size)
    leanings = {row.outlet: row.leaning for row in rows}
    outlets = [
        {"outlet": name, "leaning": leanings[name], "n": len(one), "rate": float(np.mean(one))}
        for name, one in _group([row.outlet for row in rows], flags).items()
    ]
    return {"by_leaning": found, "outlets": outlets}


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _group(names: Sequence[str], flags: Sequence[bool]) -> Mapping[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for name, flag in sorted(zip(names, flags, strict=True)):
        found.setdefault(name, []).append(flag)
    return found


def _figure(value: float, draws: Any, n: int) -> Figure:
    low, high = np.percentile(draws, [2.5, 97.5])
    return Figure(value, float(low), float(high), n)
