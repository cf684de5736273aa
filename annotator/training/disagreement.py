"""Which annotated sentences a model that has not seen them would mark otherwise: those to read again, worst first.

`python -m annotator.training.disagreement --encoder FOLDER [--data FOLDER] --out FILE`
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from annotator.encoder import PieceTokenizer
from annotator.marks import MARK_LABELS
from annotator.training import data
from annotator.training.batches import Item, item, pad
from annotator.training.finetune import Settings, finetune
from annotator.training.network import Network, read_encoder

FOLDS = 3
BATCH = 32


def main() -> None:
    """Train on two thirds of the articles, read the third, three times; write each sentence's digest and loss."""
    parser = argparse.ArgumentParser(prog="python -m annotator.training.disagreement", description=main.__doc__)
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the pretrained encoder")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the training corpora")
    parser.add_argument("--checkpoints", type=Path, default=Path.home() / ".cache/annotator-training")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines to write")
    options = parser.parse_args()
    examples = [one for one in data.load(options.data).finetune if one.corpus in data.MARKS_TRAINING]
    tokenizer = PieceTokenizer(options.encoder / "tokenizer.json")
    probabilities = cross_read(options.encoder, examples, tokenizer, options.checkpoints)
    with options.out.open("w", encoding="utf-8") as out:
        for index in np.argsort(-losses(examples, probabilities), kind="stable"):
            scores = dict(zip(MARK_LABELS, probabilities[index].round(4).tolist(), strict=True))
            out.write(json.dumps({"id": data.digest(examples[index].text), "scores": scores}) + "\n")


def cross_read(
    encoder: Path, examples: Sequence[data.Example], tokenizer: PieceTokenizer, checkpoints: Path
) -> NDArray[np.float64]:
    """Probabilities of the three marks, [n, 3], each by a network that saw no sentence of the article."""
    folds = np.array([fold(one.article) for one in examples])
    items = [item(one, tokenizer) for one in examples]
    probabilities = np.zeros((len(examples), len(MARK_LABELS)))
    for held in range(FOLDS):
        rest = {"marks": [items[index] for index in np.flatnonzero(folds != held)]}
        torch.manual_seed(held)
        network = Network(read_encoder(encoder))
        finetune(network, rest, Settings(epochs=2, repeats=(), per_epoch=()), checkpoints / f"fold-{held}.pt")
        for index in np.array_split(own := np.flatnonzero(folds == held), max(1, len(own) // BATCH)):
            probabilities[index] = read(network, [items[at] for at in index])
    return probabilities


def fold(article: str) -> int:
    """Which third an article is in; another hash than that of `calib`."""
    return int(hashlib.sha256(f"fold {article}".encode()).hexdigest()[:8], 16) % FOLDS


def losses(examples: Sequence[data.Example], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The worst log loss of a sentence's three marks, [n]."""
    gold = np.array([[one.heads[mark] for mark in MARK_LABELS] for one in examples])
    right = np.where(gold, probabilities, 1 - probabilities)
    worst: NDArray[np.float64] = -np.log(np.clip(right.min(axis=1), 1e-9, 1.0))
    return worst


def read(network: Network, items: Sequence[Item]) -> NDArray[np.float64]:
    """Probabilities of the three marks, [b, 3]."""
    batch = pad(items)
    arrays = (batch.ids, batch.types, batch.own, batch.attention)
    with torch.no_grad():
        logits = network(*(torch.from_numpy(array) for array in arrays)).logits[:, : len(MARK_LABELS)]
    return logits.double().sigmoid().numpy()  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
