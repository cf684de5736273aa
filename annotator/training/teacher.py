"""The teacher: MPNet behind the student's word pieces, so that what it says of a piece needs no aligning."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import MPNetModel

from annotator.training.data import CONTRASTS, GENRES, HARD_GENRES, MARKS_TRAINING
from annotator.training.finetune import Settings

SHIFT = 4
"""MPNet's vocabulary is BERT's after four tokens of its own: a piece's id there is its BERT id and this."""
FROZEN = 4
"""The lowest layers, left as they were pretrained: a quarter less to compute."""
TEACHING_STEPS = 1500
TEACHING = Settings(
    encoder_rate=6e-5,
    head_rate=6e-4,
    warm_up=0.03,
    repeats=(*((name, 2) for name in MARKS_TRAINING), *((name, 6) for name in (GENRES, HARD_GENRES, CONTRASTS))),
    per_epoch=(("polnear", 0), ("mpqa", 0), ("newsdiscourse", 0)),
)
"""Our own marks alone: it is believed about nothing else."""
_BERT_CLS, _BERT_SEP = 101, 102
_MPNET_CLS, _MPNET_SEP = 0, 2


class Hidden(NamedTuple):
    """`last_hidden_state` [b, t, d], as a BERT encoder answers."""

    last_hidden_state: Tensor


class MPNetEncoder(nn.Module):
    """MPNet called like BERT: with BERT's word-piece ids; it has no segments and is not told them."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.mpnet = MPNetModel.from_pretrained(folder, add_pooling_layer=False)
        self.config = self.mpnet.config
        for part in (self.mpnet.embeddings, self.mpnet.encoder.relative_attention_bias):
            part.requires_grad_(False)
        for layer in self.mpnet.encoder.layer[:FROZEN]:
            layer.requires_grad_(False)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor | None = None) -> Any:
        """Read tokens [b, t]; where `attention_mask` is 0 they are padding."""
        states = self.mpnet(mpnet_ids(input_ids), attention_mask=attention_mask)
        return Hidden(states.last_hidden_state)


def mpnet_ids(ids: Tensor) -> Tensor:
    """BERT's ids as MPNet's; [CLS] and [SEP] become the tokens that MPNet was pretrained with."""
    shifted = ids + SHIFT
    shifted = torch.where(ids == _BERT_CLS, torch.full_like(ids, _MPNET_CLS), shifted)
    return torch.where(ids == _BERT_SEP, torch.full_like(ids, _MPNET_SEP), shifted)
