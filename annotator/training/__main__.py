"""Train a model folder: `python -m annotator.training --encoder FOLDER [--data FOLDER] [--out FOLDER]`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from annotator.encoder import PieceTokenizer
from annotator.training import data
from annotator.training.batches import Item, item
from annotator.training.build import build
from annotator.training.finetune import Settings, finetune
from annotator.training.network import Network, average, read_encoder

SEEDS = (1, 2)
FIRST = 1
"""Seeds the first weights of heads and tags, the same for every run, so that their mean makes sense."""

POLISH = Settings(
    epochs=1,
    encoder_rate=3e-5,
    head_rate=1e-4,
    repeats=((data.CONTRASTS, 8),),
    per_epoch=(("polnear", 2000), ("mpqa", 1000), ("newsdiscourse", 500)),
    seed=3,
)
"""A last epoch at a low rate, which brings in the contrasts."""


def main() -> None:
    """Fine-tune the encoder in FOLDER (config.json, model.safetensors, tokenizer.json) and write a model folder."""
    parser = argparse.ArgumentParser(prog="python -m annotator.training", description=main.__doc__)
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the pretrained encoder")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the training corpora")
    parser.add_argument("--out", type=Path, default=Path("models/news-en-small"), help="model folder to write")
    parser.add_argument("--checkpoints", type=Path, default=Path.home() / ".cache/annotator-training")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="one run each; their weights are averaged")
    parser.add_argument("--without", nargs="+", default=(), choices=data.UNLICENSED, help="corpora to leave out")
    parser.add_argument("--version", default="0.1.0")
    options = parser.parse_args()
    split = data.load(options.data, options.without)
    tokenizer = options.encoder / "tokenizer.json"
    network = train(options.encoder, corpora(split, PieceTokenizer(tokenizer)), options.seeds, options.checkpoints)
    build(network, tokenizer, split, options.out, name=options.out.resolve().name, version=options.version)


def corpora(split: data.Split, tokenizer: PieceTokenizer) -> dict[str, list[Item]]:
    """The fine-tuning sentences in numbers, by the corpus that each came from."""
    items: dict[str, list[Item]] = {}
    for example in split.finetune:
        items.setdefault(example.corpus, []).append(item(example, tokenizer))
    return items


def train(encoder: Path, items: dict[str, list[Item]], seeds: Sequence[int], checkpoints: Path) -> Network:
    """One run a seed, all from the same first weights, each in its own order; then their mean, polished."""
    first = {name: rows for name, rows in items.items() if name != data.CONTRASTS}
    networks = []
    for seed in seeds:
        torch.manual_seed(FIRST)
        network = Network(read_encoder(encoder))
        finetune(network, first, Settings(seed=seed), checkpoints / f"seed-{seed}.pt")
        networks.append(network)
    network = average(networks)
    finetune(network, items, POLISH, checkpoints / "polish.pt")
    return network


if __name__ == "__main__":
    main()
