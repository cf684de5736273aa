"""A faster reading in two stages: a small network settles the sentences that it is sure of, the encoder reads the rest.

A cascade after Viola and Jones, "Rapid object detection using a boosted cascade of simple features" (2001). The first
stage is in the folder `fast` of a model, and has learned from that model's answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from annotator import model_folder
from annotator.corpus.cache import CachedAnnotator
from annotator.corpus.run import Effort
from annotator.decode import TAGS, Decoder
from annotator.encoder import Encoder, Encoding, Floats, Pieces, PieceTokenizer
from annotator.errors import ModelError
from annotator.heads import Probabilities
from annotator.marks import LABELS, MARK_LABELS, Model, Sentence

FOLDER = "fast"
FORMAT = 1
FILES = ("config.json", "encoder.onnx")
"""The files of a first stage; the digest of the two stages is taken over them and the model's own digest."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Config:
    """`config.json` of a first stage: the least probability of a primary label at which it is `sure` of it, the digest
    of the model that it goes with, and its tag thresholds.
    """

    sure: float
    model: str
    tag_thresholds: dict[str, float]


@dataclass(frozen=True)
class Answer:
    """What the first stage saw in a sentence and what it says of it."""

    encoding: Encoding
    found: Probabilities


class FirstStage:
    """The small network. Its logits are of the marks, in the order of MARK_LABELS, then of the primary labels."""

    def __init__(self, folder: Path, tags: Sequence[str], tokenizer: PieceTokenizer) -> None:
        """Read a first stage whose `tags` are those of the model that it goes with."""
        self.config = read_config(folder)
        self.decoder = Decoder(tags, self.config.tag_thresholds)
        self._encoder = Encoder(folder, tokenizer)

    def read(self, sentence: Pieces, context: Pieces | None) -> Answer:
        """Read one sentence (at least one piece) after its context."""
        encoding = self._encoder.encode(sentence, context)
        return Answer(encoding, probabilities(encoding.logits))


class CascadeAnnotator(CachedAnnotator):
    """An annotator of many texts that asks the encoder only about what the first stage is not sure of; `settled`
    counts the other sentences.
    """

    def __init__(
        self,
        folder: Path,
        threads: int | None = None,
        thresholds: Mapping[str, float] | None = None,
        *,
        sure: float | None = None,
    ) -> None:
        """Load both stages; a sentence is settled if it has one label under the `thresholds` that will be applied, else
        the model's own. `sure`, for measuring only, is in place of the first stage's own least probability.
        """
        super().__init__(folder, threads)
        self._applied = {**self.thresholds, **(thresholds or {})}
        self.model = identity(folder, self.model)
        self.settled = 0
        self._first = FirstStage(folder / FOLDER, model_folder.read_config(folder).tags, self._encoder.tokenizer)
        self._sure = self._first.config.sure if sure is None else sure
        self._counting = Lock()

    def effort(self) -> Effort:
        """All that has been read so far."""
        return replace(super().effort(), settled=self.settled)

    def _sentence(self, text: str, span: Span, pieces: Pieces, context: Pieces | None) -> Sentence:
        settled = self._settled(text, span, pieces, context) if len(pieces) else None
        return settled or super()._sentence(text, span, pieces, context)

    def _settled(self, text: str, span: Span, pieces: Pieces, context: Pieces | None) -> Sentence | None:
        """The sentence as the first stage reads it, if that is sure of its primary label."""
        answer = self._first.read(pieces, context)
        likeliest = int(answer.found.primary.argmax())
        if answer.found.primary[likeliest] < self._sure or answer.found.decide(self._applied) != LABELS[likeliest]:
            return None
        with self._counting:
            self.settled += 1
        return self._judged(text, span, answer.encoding, answer.found, self._first.decoder)


def probabilities(logits: Floats) -> Probabilities:
    """The first stage's logits [7] as probabilities."""
    exact = logits.astype(np.float64)
    return Probabilities.of(exact[: len(MARK_LABELS)], exact[len(MARK_LABELS) :])


def identity(folder: Path, model: Model) -> Model:
    """The two stages as one model.

    Raises:
        ModelError: the model has no first stage, or one of another model.
    """
    config = read_config(folder / FOLDER)
    if config.model != model.digest:
        raise ModelError(f"{folder / FOLDER} goes with another model ({config.model[:15]}…); train it again")
    digest = hashlib.sha256(model.digest.encode())
    for file in (folder / FOLDER / name for name in FILES):
        try:
            digest.update(file.read_bytes())
        except OSError as error:
            raise ModelError(f"cannot read {file}: {error.strerror}; restore the model folder") from error
    return replace(model, name=f"{model.name} ({FOLDER})", digest=f"sha256:{digest.hexdigest()}")


def read_config(folder: Path) -> Config:
    """Read and check `config.json` in the folder of a first stage."""
    if not folder.is_dir():
        raise ModelError(f"{folder.parent} has no faster level; use --level standard")
    path = folder / "config.json"
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if raw.pop("format") != FORMAT:
            raise ModelError(f"{folder} is of another format than {FORMAT}; install the annotator made for it")
        config = Config(float(raw["sure"]), str(raw["model"]), {tag: float(raw["tag_thresholds"][tag]) for tag in TAGS})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"cannot read {path}: {error}; restore the model folder") from error
    return config
