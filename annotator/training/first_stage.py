"""Train the first stage of a model's faster level: `python -m annotator.training.first_stage --encoder FOLDER`.

It learns what the model itself says of the training sentences, and is written to the folder `fast` of the model.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from annotator import model_folder
from annotator.corpus import cascade
from annotator.encoder import Encoder, Encoding, PieceTokenizer, Window
from annotator.heads import Heads, features
from annotator.marks import LABELS, MARK_LABELS
from annotator.training import data, distillation, fit
from annotator.training.batches import Item, item
from annotator.training.distillation import Belief
from annotator.training.export import export, quantise_words
from annotator.training.finetune import Settings, finetune
from annotator.training.network import Network, Output, read_encoder

WIDTH, INNER, REACH, LAYERS = 128, 256, 3, 3
"""Numbers of a piece between the layers and inside one, pieces that a layer sees at once, and layers."""
LEARNING = Settings(
    epochs=14,
    batch=128,
    encoder_rate=1e-3,
    head_rate=1e-3,
    warm_up=0.05,
    repeats=(),
    per_epoch=(),
    tag_share=0.0125,
)
AGREEMENT = 0.9785
"""What share of unread sentences must have the same primary label at both levels. With 0.3.0 the gold test articles
lost .012 of primary macro-F1 at .9765, .0097 at .9790, .007 at .9802."""
SURE = np.round(np.arange(0.5, 1.0, 0.01), 2)


class Layer(nn.Module):
    """A convolution over neighbouring pieces and a step back to their width, added to what went in."""

    def __init__(self, width: int, inner: int, reach: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.near = nn.Conv1d(width, inner, reach, padding=reach // 2)
        self.back = nn.Linear(inner, width)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden: Tensor, attention: Tensor) -> Tensor:
        """`hidden` [b, t, w], `attention` [b, t, 1]."""
        seen = (self.norm(hidden) * attention).transpose(1, 2)
        inner = functional.relu(self.near(seen)).transpose(1, 2)
        added: Tensor = self.dropout(self.back(inner))
        return hidden + added


class Convolutions(nn.Module):
    """Word pieces to vectors that know their neighbours."""

    def __init__(self, words: Tensor) -> None:
        """Begin with the vectors [v, WIDTH] of the vocabulary."""
        super().__init__()
        self.words = nn.Embedding.from_pretrained(words, freeze=False)
        self.types = nn.Embedding(2, WIDTH)
        self.layers = nn.ModuleList(Layer(WIDTH, INNER, REACH) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: Tensor, types: Tensor, attention: Tensor) -> Tensor:
        """[b, t, WIDTH]."""
        hidden = self.dropout(self.words(ids) + self.types(types))
        for layer in self.layers:
            hidden = layer(hidden, attention.unsqueeze(-1))
        normed: Tensor = self.norm(hidden)
        return normed


class FirstStageNetwork(Network):
    """Convolutions with heads for the marks and the primary labels on their mean and maximum, and the token tags."""

    def __init__(self, encoder: Convolutions) -> None:
        nn.Module.__init__(self)
        self.encoder = encoder
        self.heads = nn.Sequential(
            nn.Linear(2 * WIDTH, WIDTH),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(WIDTH, len(MARK_LABELS) + len(LABELS)),
        )
        self.tags = nn.Linear(WIDTH, len(data.TAGS))

    def forward(self, ids: Tensor, types: Tensor, own: Tensor, attention: Tensor | None = None) -> Output:
        """Pool over the sentence's own pieces."""
        hidden = self.encoder(ids, types, torch.ones_like(own) if attention is None else attention.to(own.dtype))
        mask = own.unsqueeze(-1)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        highest = (hidden * mask - (1.0 - mask) * 1e4).max(1).values
        vector = torch.cat([mean, highest], dim=1)
        return Output(vector, self.heads(vector), self.tags(hidden))


def main() -> None:
    """Let the model answer, learn from that, choose when to be sure, and write the folder `fast` of the model."""
    parser = argparse.ArgumentParser(prog="python -m annotator.training.first_stage", description=main.__doc__)
    parser.add_argument(
        "--encoder", type=Path, required=True, help="folder of the pretrained encoder: its word vectors"
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the training corpora")
    parser.add_argument("--model", type=Path, default=Path("models/news-en-small"), help="model folder to add to")
    parser.add_argument("--checkpoints", type=Path, default=Path.home() / ".cache/annotator-training/first-stage")
    options = parser.parse_args()
    split = data.load(options.data)
    words = read_encoder(options.encoder).embeddings.word_embeddings.weight.detach()
    network = learn(options.model, [*split.finetune, *split.soft], words, options.checkpoints)
    write(network, options.model, split.calib, data.unread(options.data, split))


def learn(
    model: Path, examples: Sequence[data.Example], words: Tensor, checkpoints: Path, settings: Settings = LEARNING
) -> FirstStageNetwork:
    """Train a first stage on what `model` says of the examples; checkpoints of other ones are not gone on with."""
    told = hashlib.sha256("".join(data.digest(one.text) for one in examples).encode()).hexdigest()
    checkpoints = checkpoints / f"{_digest(model)[7:19]}-{told[:12]}"
    tokenizer = PieceTokenizer(model / "tokenizer.json")
    items = [one for one in (item(example, tokenizer) for example in examples) if one.window.last]
    answers = distillation.read(partial(answer, model), items, checkpoints / "answers")
    torch.manual_seed(settings.seed)
    network = FirstStageNetwork(Convolutions(shortened(words)))
    targets = [
        replace(one, heads=said.heads, primary=said.primary, tags=said.tags)
        for one, said in zip(items, answers, strict=True)
    ]
    finetune(network, {"answers": targets}, settings, checkpoints / "first_stage.pt")
    return network


def _digest(model: Path) -> str:
    return model_folder.identity(model, model_folder.read_config(model)).digest


def shortened(words: Tensor) -> Tensor:
    """Word vectors [v, d] on their WIDTH principal axes, scaled to half a unit."""
    middle = words - words.mean(0)
    _, _, axes = torch.linalg.svd(middle, full_matrices=False)
    short = middle @ axes[:WIDTH].T
    return 0.5 * short / short.std()


def answer(model: Path, items: Sequence[Item]) -> list[Belief]:
    """What the model says of each item: probabilities of the marks, of the primary labels and of the tags.

    The primary label that is shown counts half, as the marks' thresholds decide it too.
    """
    config = model_folder.read_config(model)
    encoder, heads = Encoder(model), Heads.read(model / "heads.npz", config.features)

    def ask(one: Item) -> Belief:
        seen = encoding(encoder, one.window)
        found = heads.probabilities(features(seen))
        shown = np.eye(len(LABELS))[LABELS.index(found.decide(config.thresholds))]
        likely = 0.5 * shown + 0.5 * found.primary
        return Belief(*(value.astype(np.float16) for value in (found.marks, likely, seen.tags)))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(ask, items))


def encoding(encoder: Encoder, window: Window) -> Encoding:
    """What a network sees in one window."""
    vector, logits, tags = encoder.run(window)
    return Encoding(vector, logits, tags[window.own], np.zeros((window.last - window.first, 2), dtype=np.int64))


def write(
    network: FirstStageNetwork, model: Path, calib: Sequence[data.Example], unread: Sequence[data.Example]
) -> None:
    """Write the folder `fast`: tag thresholds of readers' labels, and when to be sure from unread articles."""
    out = model / cascade.FOLDER
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        export(network, Path(folder) / "fp32.onnx")
        quantise_words(Path(folder) / "fp32.onnx", out / "encoder.onnx")
    encoder = Encoder(out, PieceTokenizer(model / "tokenizer.json"))
    chosen = [one for one in unread if data.in_calib(one.article)]
    config = cascade.Config(
        sure=sure(model, encoder, chosen),
        model=_digest(model),
        tag_thresholds=fit.tag_thresholds(calib, fit.encode(encoder, calib)),
    )
    text = json.dumps({"format": cascade.FORMAT, **asdict(config)}, indent=1)
    (out / "config.json").write_text(text + "\n", encoding="utf-8")


def sure(model: Path, encoder: Encoder, examples: Sequence[data.Example]) -> float:
    """The least probability at which the first stage may settle a sentence so that AGREEMENT of all sentences have the
    primary label that the model alone gives them.
    """
    thresholds = model_folder.read_config(model).thresholds
    items = [one for one in (item(example, encoder.tokenizer) for example in examples) if one.window.last]
    shown = np.array([int(np.argmax(said.primary)) for said in answer(model, items)])
    quick = [cascade.probabilities(encoding(encoder, one.window).logits) for one in items]
    likeliest = np.array([int(one.primary.argmax()) for one in quick])
    settled = likeliest == [LABELS.index(one.decide(thresholds)) for one in quick]
    odds = np.where(settled, [one.primary.max() for one in quick], 0.0)
    agreement = {float(least): float(np.mean((odds < least) | (likeliest == shown))) for least in SURE}
    return min((least for least, share in agreement.items() if share >= AGREEMENT), default=1.0)


if __name__ == "__main__":
    main()
