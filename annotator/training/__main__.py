"""Train a model folder: `python -m annotator.training --encoder FOLDER [--data FOLDER] [--out FOLDER]`."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
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
    epochs=5,
    encoder_rate=1e-4,
    head_rate=3e-4,
    warm_up=0.05,
    repeats=(
        *((name, 2) for name in (*data.MARKS_TRAINING, data.CONTRASTS, "babe", data.MANY_GENRES, data.MORE_GENRES)),
        *((name, 3) for name in (data.GENRES, "checkthat")),
    ),
    per_epoch=(
        *(("polnear", 5500), ("newsdiscourse", 3000), ("mpqa", 3000)),
        *(("ptc", 3000), ("science", 300), ("unsc", 500)),
    ),
    seed=13,
)
"""Towards readers' labels and what the teacher says, on sentences with and without labels."""
STUDENT_SHARE = 0.7
"""How much of the weights is the taught student's; the rest is those that it began with."""
BACK_TO_LABELS = Settings(
    epochs=1,
    encoder_rate=3e-5,
    head_rate=3e-4,
    warm_up=0.05,
    repeats=((data.HARD_GENRES, 3), (data.GENRES, 2), (data.CONTRASTS, 4), ("checkthat", 2)),
    per_epoch=(("polnear", 2500), (data.READINGS, 6000)),
    seed=17,
)
"""A last epoch at a low rate on readers' labels alone."""
LABELLED = (*data.FEW, "polnear", *data.MARKS_TRAINING, *data.WRITTEN, data.READINGS)


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
    """Train `network` on, towards readers' labels and what the teacher says, then on the labels alone."""
    examples = distillation.chosen(split)
    asked = partial(distillation.believe, teacher)
    beliefs = distillation.read(asked, [item(one, tokenizer) for one in examples], checkpoints / "beliefs")
    believed = dict(zip((data.digest(one.text) for one in examples), beliefs, strict=True))
    first = copy.deepcopy(network)
    finetune(network, softened(split, believed, tokenizer), TOWARDS_TEACHER, checkpoints / "distilled.pt")
    blend(network, first, STUDENT_SHARE)
    hard = corpora(split, tokenizer)
    finetune(network, {name: hard[name] for name in LABELLED if name in hard}, BACK_TO_LABELS, checkpoints / "last.pt")


def softened(
    split: data.Split, believed: Mapping[str, distillation.Belief], tokenizer: PieceTokenizer
) -> dict[str, list[Item]]:
    """All sentences with a label or a teacher's belief, by corpus; `believed` is by digest."""
    examples = [one for one in (*split.finetune, *split.soft) if one.heads or data.digest(one.text) in believed]
    hard = [item(example, tokenizer) for example in examples]
    found = [believed.get(data.digest(example.text)) for example in examples]
    soft = (distillation.soften(one, belief) if belief else one for one, belief in zip(hard, found, strict=True))
    return by_corpus(examples, soft)


if __name__ == "__main__":
    main()
