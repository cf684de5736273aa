"""The network that is trained: one encoder, linear sentence heads on its pooled vector, linear token tags."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from annotator.training.data import HEADS, PRIMARY, TAGS


class Output(NamedTuple):
    """`vector` [b, d]; `logits` [b, h + 4] (sentence heads, then the four primary labels); `tags` [b, t, g] logits."""

    vector: Tensor
    logits: Tensor
    tags: Tensor


class Network(nn.Module):
    """Multi-task reader of one sentence (segment 0) after its context (segment 1)."""

    def __init__(self, encoder: nn.Module, dropout: float = 0.1) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(width, len(HEADS) + len(PRIMARY))
        self.tags = nn.Linear(width, len(TAGS))

    def forward(self, ids: Tensor, types: Tensor, own: Tensor, attention: Tensor | None = None) -> Output:
        """Pool over the sentence's own tokens only (`own` [b, t], 1.0 or 0.0); context is read, never pooled."""
        hidden = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=attention).last_hidden_state
        weights = own.unsqueeze(-1)
        vector = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        return Output(vector, self.heads(self.dropout(vector)), self.tags(self.dropout(hidden)))


def read_encoder(folder: Path) -> BertModel:
    """A BERT-shaped encoder from `config.json` and `model.safetensors` in `folder`."""
    return BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa")


def tiny_encoder(vocabulary: int) -> BertModel:
    """A random encoder of two small layers, for tests."""
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    return BertModel(config, add_pooling_layer=False)


def average(networks: Sequence[Network]) -> Network:
    """The mean of the weights of networks that were fine-tuned from the same first weights; the first is changed.

    Such a mean is often better than each of them (model soup, Wortsman et al. 2022).
    """
    states = [network.state_dict() for network in networks]
    mean = {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}
    networks[0].load_state_dict(mean)
    networks[0].eval()
    return networks[0]


def blend(network: Network, other: Network, share: float) -> None:
    """Make `network` the mean of itself, by `share`, and of the `other` that it was fine-tuned from.

    Such a mean keeps what fine-tuning would forget (WiSE-FT, Wortsman et al. 2022).
    """
    rest = other.state_dict()
    mean = {name: share * one + (1 - share) * rest[name] for name, one in network.state_dict().items()}
    network.load_state_dict(mean)


def masked_loss(
    output: Output, heads: Tensor, tags: Tensor, primary: Tensor, tag_weights: Tensor, tag_share: float
) -> Tensor:
    """Binary cross-entropy over what is known (targets >= 0) of heads and tags, cross-entropy of the primary label.

    `heads` is [b, h], `tags` [b, t, g], `primary` [b, 4]: probabilities, or -1 for unknown. `tag_weights` [g] is the
    weight of a piece that a reader marked: rare tags drown without it. A teacher's odds, which are never quite 1, had
    it when the teacher was trained. `tag_share` is the weight of one piece's tags beside one sentence's heads.
    """
    logits, labels = output.logits[:, : heads.shape[1]], output.logits[:, heads.shape[1] :]
    sentence = functional.binary_cross_entropy_with_logits(
        logits, heads.clamp(min=0), weight=(heads >= 0).float(), reduction="sum"
    )
    label = -(primary.clamp(min=0) * labels.log_softmax(dim=1)).sum()
    weights = (tags >= 0) * torch.where(tags == 1, tag_weights, 1.0)
    token = functional.binary_cross_entropy_with_logits(output.tags, tags.clamp(min=0), weight=weights, reduction="sum")
    return (sentence + label + tag_share * token) / len(heads)
