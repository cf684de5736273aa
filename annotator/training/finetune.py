"""Fine-tuning: AdamW with warm-up and linear decay, bfloat16, checkpoints that a later run resumes from."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from annotator.training.batches import Batch, Item, shuffled
from annotator.training.data import MARKS_TRAINING, TAGS
from annotator.training.network import Network, masked_loss


@dataclass(frozen=True)
class Settings:
    """How the encoder is fine-tuned; `per_epoch` caps the rows of a corpus seen in one epoch, `repeats` multiplies
    them; a corpus that is in neither is seen once. `tag_share` is the weight of one piece's tags beside one sentence's
    heads.
    """

    epochs: int = 3
    batch: int = 32
    encoder_rate: float = 1e-4
    head_rate: float = 5e-4
    warm_up: float = 0.08
    weight_decay: float = 0.01
    repeats: tuple[tuple[str, int], ...] = tuple((name, 2) for name in MARKS_TRAINING)
    per_epoch: tuple[tuple[str, int], ...] = (("polnear", 4000), ("mpqa", 2500), ("newsdiscourse", 1000))
    tag_share: float = 0.05
    checkpoint_seconds: float = 600.0
    seed: int = 1


def finetune(
    network: Network,
    corpora: dict[str, list[Item]],
    settings: Settings,
    checkpoint: Path,
    steps: int | None = None,
    report: Callable[[str], None] = print,
) -> None:
    """Train `network` in place on items by corpus; `checkpoint` is written every ten minutes and resumed from.

    Every random draw depends on the seed and the step alone, so a resumed run continues the same sequence.
    """
    plan = [settings.epochs * _rows_an_epoch(corpora, settings) // settings.batch, steps]
    total = max(1, min(number for number in plan if number is not None))
    optimizer, schedule = _optimizer(network, settings, total)
    done = _resume(checkpoint, network, optimizer, schedule)
    weights = torch.tensor(tag_weights(corpora))
    stream = itertools.islice(_batches(corpora, settings), done, total)
    saved = started = time.monotonic()
    network.train()
    for step, batch in enumerate(stream, start=done + 1):
        torch.manual_seed(settings.seed * 1_000_003 + step)
        loss = _step(network, batch, weights, settings.tag_share, optimizer)
        schedule.step()
        if step % 50 == 0 or step == total:
            rate = (step - done) / (time.monotonic() - started)
            report(f"step {step}/{total}  loss {loss:.3f}  {rate:.2f} steps/s")
        if time.monotonic() - saved > settings.checkpoint_seconds:
            _save(checkpoint, network, optimizer, schedule, step)
            saved = time.monotonic()
    network.eval()


def tag_weights(corpora: dict[str, list[Item]]) -> list[float]:
    """Weight of a positive piece for each tag: the root of negatives over positives, at most 5."""
    positives = np.ones(len(TAGS))
    negatives = np.ones(len(TAGS))
    for item in itertools.chain.from_iterable(corpora.values()):
        positives += (item.tags == 1).sum(axis=0)
        negatives += (item.tags == 0).sum(axis=0)
    return [float(weight) for weight in np.clip(np.sqrt(negatives / positives), 1.0, 5.0)]


def _rows_an_epoch(corpora: dict[str, list[Item]], settings: Settings) -> int:
    return len(_epoch(corpora, settings, np.random.default_rng(0)))


def _epoch(corpora: dict[str, list[Item]], settings: Settings, rng: np.random.Generator) -> list[Item]:
    """The items of one epoch: some corpora repeated, big ones sampled anew."""
    caps, repeats = dict(settings.per_epoch), dict(settings.repeats)
    items: list[Item] = []
    for name, rows in corpora.items():
        chosen = rng.permutation(len(rows))[: caps.get(name, len(rows))]
        items += [rows[index] for index in chosen] * repeats.get(name, 1)
    return items


def _batches(corpora: dict[str, list[Item]], settings: Settings) -> Iterator[Batch]:
    for epoch in itertools.count():
        rng = np.random.default_rng([settings.seed, epoch])
        yield from shuffled(_epoch(corpora, settings, rng), settings.batch, rng)


def _optimizer(
    network: Network, settings: Settings, total: int
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    groups = [
        {"params": list(network.encoder.parameters()), "lr": settings.encoder_rate},
        {"params": [*network.heads.parameters(), *network.tags.parameters()], "lr": settings.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    warm = max(1, int(total * settings.warm_up))

    def factor(step: int) -> float:
        return min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))

    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def _step(network: Network, batch: Batch, weights: Tensor, tag_share: float, optimizer: torch.optim.AdamW) -> float:
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = network(*(torch.from_numpy(array) for array in (batch.ids, batch.types, batch.own, batch.attention)))
    output = type(output)(*(tensor.float() for tensor in output))
    heads, tags, primary = (torch.from_numpy(array) for array in (batch.heads, batch.tags, batch.primary))
    loss = masked_loss(output, heads, tags, primary, weights, tag_share)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def _save(
    path: Path,
    network: Network,
    optimizer: torch.optim.AdamW,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    step: int,
) -> None:
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "step": step,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    torch.save(state, temporary)
    temporary.replace(path)


def _resume(
    path: Path,
    network: Network,
    optimizer: torch.optim.AdamW,
    schedule: torch.optim.lr_scheduler.LambdaLR,
) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    return int(state["step"])
