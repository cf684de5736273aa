"""Train a model folder: `python -m annotator.training --encoder FOLDER [--data FOLDER] [--out FOLDER]`."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from annotator.encoder import PieceTokenizer
from annotator.training import data, distillation
from annotator.training.batches import Item, item
from annotator.training.build import build
from annotator.training.finetune import Settings, finetune
from annotator.training.network import Network, average, blend, read_encoder
from annotator.training.teacher import TEACHING, TEACHING_STEPS, MPNetEncoder

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

TOWARDS_TEACHER = Settings(
    epochs=2,
    encoder_rate=1e-4,
    head_rate=2e-4,
    warm_up=0.05,
    repeats=(
        *((name, 2) for name in (*data.MARKS_TRAINING, data.GENRES, data.CONTRASTS, data.READINGS)),
        ("checkthat", 3),
    ),
    per_epoch=(("ptc", 5000),),
    seed=5,
)
"""Two epochs towards what the teacher says, on sentences with and without labels."""
STUDENT_SHARE = 0.7
"""How much of the weights is the taught student's; the rest is those that it began with."""
BACK_TO_LABELS = Settings(
    epochs=1,
    encoder_rate=3e-5,
    head_rate=3e-4,
    warm_up=0.05,
    repeats=((data.CONTRASTS, 8), ("checkthat", 2)),
    per_epoch=(
        *(("polnear", 2500), ("news_train", 1500), ("news_targeted", 800), ("news_more", 400), ("babe_marks", 400)),
        *((data.READINGS, 1500), ("written_train", 200)),
    ),
    seed=7,
)
"""A last epoch at a low rate, in which HARD has its readers' labels alone, and the marks the teacher's odds beside."""
HARD = ("babe", "checkthat", "polnear", data.CONTRASTS)


def main() -> None:
    """Fine-tune the encoder in FOLDER (config.json, model.safetensors, tokenizer.json) and write a model folder."""
    parser = argparse.ArgumentParser(prog="python -m annotator.training", description=main.__doc__)
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the pretrained encoder")
    parser.add_argument("--teacher", type=Path, help="folder of a pretrained MPNet, to teach the encoder after that")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the training corpora")
    parser.add_argument("--out", type=Path, default=Path("models/news-en-small"), help="model folder to write")
    parser.add_argument("--checkpoints", type=Path, default=Path.home() / ".cache/annotator-training")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="one run each; their weights are averaged")
    parser.add_argument("--without", nargs="+", default=(), choices=data.UNLICENSED, help="corpora to leave out")
    parser.add_argument("--version", default="0.1.0")
    options = parser.parse_args()
    split = data.load(options.data, options.without)
    if not options.teacher:
        split = replace(split, soft=[])
    tokenizer = PieceTokenizer(options.encoder / "tokenizer.json")
    items = corpora(split, tokenizer)
    network = train(options.encoder, items, options.seeds, options.checkpoints)
    if options.teacher:
        teacher = raise_teacher(options.teacher, items, options.checkpoints)
        distil(network, teacher, split, tokenizer, options.checkpoints)
    source = options.encoder / "tokenizer.json"
    build(network, source, split, options.out, name=options.out.resolve().name, version=options.version)


def corpora(split: data.Split, tokenizer: PieceTokenizer) -> dict[str, list[Item]]:
    """The fine-tuning sentences in numbers, by the corpus that each came from."""
    return by_corpus(split.finetune, (item(example, tokenizer) for example in split.finetune))


def by_corpus(examples: Sequence[data.Example], items: Iterable[Item]) -> dict[str, list[Item]]:
    """Items by the corpus of the example that each stands for."""
    found: dict[str, list[Item]] = {}
    for example, one in zip(examples, items, strict=True):
        found.setdefault(example.corpus, []).append(one)
    return found


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


def raise_teacher(folder: Path, items: dict[str, list[Item]], checkpoints: Path) -> Network:
    """Fine-tune the teacher on the labels that the student has."""
    torch.manual_seed(FIRST)
    network = Network(MPNetEncoder(folder))
    finetune(network, items, TEACHING, checkpoints / "teacher.pt", steps=TEACHING_STEPS)
    return network


def distil(network: Network, teacher: Network, split: data.Split, tokenizer: PieceTokenizer, checkpoints: Path) -> None:
    """Train `network` on towards what the teacher says of sentences with and without labels."""
    examples = distillation.chosen(split)
    hard = [item(example, tokenizer) for example in examples]
    beliefs = distillation.read(teacher, hard, checkpoints / "beliefs")
    soft = by_corpus(examples, map(distillation.soften, hard, beliefs))
    first = copy.deepcopy(network)
    finetune(network, soft, TOWARDS_TEACHER, checkpoints / "distilled.pt")
    blend(network, first, STUDENT_SHARE)
    labelled = {name: soft[name] for name in soft if name in (*data.MARKS_TRAINING, data.GENRES, data.READINGS)}
    hard_ones = {name: rows for name, rows in by_corpus(examples, hard).items() if name in HARD}
    finetune(network, labelled | hard_ones, BACK_TO_LABELS, checkpoints / "labels.pt")


if __name__ == "__main__":
    main()
