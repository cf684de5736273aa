"""Distillation: what the teacher thinks of a sentence, labelled or not, becomes what the student is trained towards.

Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (2015), with the teacher's probabilities of
every head and tag in place of one softmax at a temperature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotator.training.batches import Item, Targets, pad
from annotator.training.data import HEADS, TAGS, Example, Split

if TYPE_CHECKING:
    from torch import Tensor

    from annotator.training.network import Network

SURE = 0.999
"""The highest odds that a teacher may give: 1 is a reader's word."""
HARD_SHARE = 0.75
"""How much a reader's word counts beside the teacher's odds."""
OUR_HEADS, OUR_TAGS = slice(HEADS.index("speculation") + 1), slice(TAGS.index("unnamed") + 1)
"""What the teacher is believed about: our own marks and words. It has seen too little of the public corpora's."""
CHUNK = 2048
"""Sentences written to one file: what a broken-off run loses at most."""
BATCH = 64
AT_MOST = {"polnear": 4000, "newsdiscourse": 3000, "mpqa": 3000, "science": 500}
"""Sentences of a corpus that the teacher reads; of the others all."""


@dataclass(frozen=True)
class Belief:
    """A teacher's probabilities for one window: `heads` [h], `primary` [4], `tags` [n, g] of its n own pieces."""

    heads: Targets
    primary: Targets
    tags: Targets


Teacher = Callable[[Sequence[Item]], list[Belief]]


def chosen(split: Split) -> list[Example]:
    """What the teacher reads: sentences that the student was trained on, and those without a label."""
    rng = np.random.default_rng(0)
    corpora: dict[str, list[Example]] = {}
    for example in (*split.finetune, *split.soft):
        corpora.setdefault(example.corpus, []).append(example)
    picked = {name: rng.permutation(len(rows))[: AT_MOST.get(name)] for name, rows in corpora.items()}
    return [corpora[name][index] for name, order in picked.items() for index in order]


def read(teacher: Teacher, items: Sequence[Item], store: Path, report: Callable[[str], None] = print) -> list[Belief]:
    """What `teacher` thinks of every item, in order; chunks that are in the folder `store` are not read again."""
    store.mkdir(parents=True, exist_ok=True)
    found: list[Belief] = []
    for at in range(0, len(items), CHUNK):
        path = store / f"{at:08d}.npz"
        if not path.exists():
            _write(path, teacher(items[at : at + CHUNK]))
        found += _load(path)
        report(f"the teacher has read {len(found)} of {len(items)} sentences")
    return found


def believe(teacher: Network, items: Sequence[Item]) -> list[Belief]:
    """Let the teacher read items, in batches of like length."""
    order = np.argsort([len(one) for one in items], kind="stable")
    found: dict[int, Belief] = {}
    for places in (order[at : at + BATCH].tolist() for at in range(0, len(order), BATCH)):
        found |= zip(places, _batch(teacher, [items[place] for place in places]), strict=True)
    return [found[place] for place in range(len(items))]


def _batch(teacher: Network, items: Sequence[Item]) -> list[Belief]:
    import torch

    batch = pad(items)
    arrays = (batch.ids, batch.types, batch.own, batch.attention)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        output = teacher(*(torch.from_numpy(array) for array in arrays))
    logits = output.logits.float()
    heads = _odds(logits[:, : len(HEADS)].sigmoid())
    primary = _odds(logits[:, len(HEADS) :].softmax(dim=1))
    tags = _odds(output.tags.float().sigmoid())
    return [Belief(heads[row], primary[row], tags[row, one.window.own]) for row, one in enumerate(items)]


def soften(hard: Item, belief: Belief) -> Item:
    """An item whose targets are the teacher's, or between the teacher's and a reader's where both are."""
    heads, tags = hard.heads.copy(), hard.tags.copy()
    heads[OUR_HEADS] = _mixed(heads[OUR_HEADS], belief.heads[OUR_HEADS])
    tags[:, OUR_TAGS] = _mixed(tags[:, OUR_TAGS], belief.tags[:, OUR_TAGS])
    return replace(hard, heads=heads, tags=tags, primary=_mixed(hard.primary, belief.primary))


def _mixed(hard: Targets, soft: Targets) -> Targets:
    both = HARD_SHARE * hard + (1 - HARD_SHARE) * soft
    return np.where(hard >= 0, both, soft).astype(np.float16)


def _odds(probabilities: Tensor) -> NDArray[np.float16]:
    odds: NDArray[np.float16] = probabilities.clamp(max=SURE).numpy().astype(np.float16)
    return odds


def _write(path: Path, beliefs: Sequence[Belief]) -> None:
    ends = np.cumsum([len(one.tags) for one in beliefs])
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        heads=np.stack([one.heads for one in beliefs]),
        primary=np.stack([one.primary for one in beliefs]),
        tags=np.concatenate([one.tags for one in beliefs]),
        ends=ends,
    )
    part.replace(path)


def _load(path: Path) -> list[Belief]:
    with np.load(path, allow_pickle=False) as stored:
        tags = np.split(stored["tags"], stored["ends"][:-1])
        return [Belief(*rows) for rows in zip(stored["heads"], stored["primary"], tags, strict=True)]
