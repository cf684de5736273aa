"""Examples to padded arrays: pieces, masks and targets, in batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.encoder import Pieces, PieceTokenizer, Window, own_mask
from annotator.training.data import HEADS, PRIMARY, TAGS, Example

UNKNOWN = -1
Targets = NDArray[np.float16]


@dataclass(frozen=True)
class Item:
    """One example in numbers: its window, and targets `heads` [h], `tags` [n, g] and `primary` [4].

    A target is 0 or 1 where a reader decided, between them where a teacher gave its odds, UNKNOWN where nobody looked.
    """

    window: Window
    heads: Targets
    tags: Targets
    primary: Targets

    def __len__(self) -> int:
        return len(self.window.ids)


@dataclass(frozen=True)
class Batch:
    """Padded arrays of b items and t tokens: ids, types, attention, own [b, t]; heads [b, h]; tags [b, t, g];
    primary [b, 4].
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    attention: NDArray[np.int64]
    own: NDArray[np.float32]
    heads: NDArray[np.float32]
    tags: NDArray[np.float32]
    primary: NDArray[np.float32]


def item(example: Example, tokenizer: PieceTokenizer) -> Item:
    """Turn an example into numbers; of a sentence longer than the window, its first window."""
    sentence = tokenizer.pieces(example.text)
    context = tokenizer.pieces(example.context) if example.context else None
    window = tokenizer.windows(sentence, context)[0]
    heads = np.array([example.heads.get(head, UNKNOWN) for head in HEADS], dtype=np.float16)
    known = example.primary is not None
    primary = np.array([label == example.primary if known else UNKNOWN for label in PRIMARY], dtype=np.float16)
    return Item(window, heads, tag_targets(example, sentence)[window.first : window.last], primary)


def tag_targets(example: Example, pieces: Pieces) -> Targets:
    """Targets [n, g] for every piece and tag: 1 inside a span of the tag, 0 outside, UNKNOWN where nobody looked."""
    targets = np.full((len(pieces), len(TAGS)), UNKNOWN, dtype=np.float16)
    for column, tag in enumerate(TAGS):
        if tag in example.spans:
            targets[:, column] = inside(pieces, example.spans[tag])
    if example.source_kind in ("named", "unnamed"):
        source = targets[:, TAGS.index("source")] == 1
        targets[source, TAGS.index("unnamed")] = int(example.source_kind == "unnamed")
    return targets


def inside(pieces: Pieces, spans: Sequence[tuple[int, int]]) -> NDArray[np.int8]:
    """1 for every piece that shares a character with one of the spans."""
    mask = np.zeros(len(pieces), dtype=np.int8)
    for start, end in spans:
        mask[(pieces.spans[:, 0] < end) & (pieces.spans[:, 1] > start)] = 1
    return mask


def pad(items: Sequence[Item]) -> Batch:
    """Stack items, padded to the longest with zeros and with UNKNOWN targets."""
    width = max(len(one) for one in items)
    shape = (len(items), width)
    ids, types, attention = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    own = np.zeros(shape, dtype=np.float32)
    tags = np.full((*shape, len(TAGS)), UNKNOWN, dtype=np.float32)
    for row, one in enumerate(items):
        ids[row, : len(one)] = one.window.ids
        types[row, : len(one)] = one.window.types
        attention[row, : len(one)] = 1
        own[row, : len(one)] = own_mask(one.window)
        tags[row, one.window.own] = one.tags
    heads = np.stack([one.heads for one in items]).astype(np.float32)
    primary = np.stack([one.primary for one in items]).astype(np.float32)
    return Batch(ids, types, attention, own, heads, tags, primary)


def shuffled(items: Sequence[Item], size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Batches of like length in random order: shuffled, sorted inside pools of 50 batches, shuffled again."""
    order = rng.permutation(len(items))
    groups: list[NDArray[np.int64]] = []
    for at in range(0, len(order), size * 50):
        pool = order[at : at + size * 50]
        pool = pool[np.argsort([len(items[index]) for index in pool], kind="stable")]
        groups += [pool[start : start + size] for start in range(0, len(pool), size)]
    for index in rng.permutation(len(groups)):
        yield pad([items[place] for place in groups[index]])
