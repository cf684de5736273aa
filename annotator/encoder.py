"""Sentences, some with the sentence before them, to vectors and token-tag probabilities (ONNX Runtime).

One sentence is one run of one single-threaded session: dynamic int8 scales span the whole input tensor,
so sentences that shared a batch would change each other's numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annotator.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]

WINDOW = 192
"""Pieces of one sentence read in one run."""
STRIDE = 128
"""How far the window moves over a sentence longer than it: neighbours share 64 pieces."""
CONTEXT = 40
"""Pieces of the previous sentence read along with a sentence: its end, where speakers are named."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Pieces:
    """A text's word pieces: `ids` [n] and the half-open character range of each in the text, `spans` [n, 2]."""

    ids: NDArray[np.int64]
    spans: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Window:
    """What one run of the network reads: token ids and segment types [t]; `first`, `last` bound the sentence's
    own pieces within the sentence (half-open), which stand at position 1 of the window.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    first: int
    last: int

    @property
    def own(self) -> slice:
        """Where the sentence's own pieces stand among the window's tokens."""
        return slice(1, 1 + self.last - self.first)


@dataclass(frozen=True)
class Encoding:
    """One sentence as the network sees it: pooled `vector` [d], sentence-head `logits` [h],
    tag probabilities `tags` [n, g] of its n pieces and their character `spans` [n, 2] in the sentence.
    """

    vector: Floats
    logits: Floats
    tags: Floats
    spans: NDArray[np.int64]


class PieceTokenizer:
    """A WordPiece tokenizer read from `tokenizer.json`, with its baked-in padding and truncation switched off."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = _read_tokenizer(path)
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.cls = self._id("[CLS]")
        self.sep = self._id("[SEP]")

    def pieces(self, text: str) -> Pieces:
        """Split `text`; a lone surrogate is read as U+FFFD, so that every offset stays where it was."""
        encoding = self._tokenizer.encode(_SURROGATE.sub("\ufffd", text), add_special_tokens=False)
        return Pieces(
            np.array(encoding.ids, dtype=np.int64),
            np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2),
        )

    def windows(self, sentence: Pieces, context: Pieces | None) -> list[Window]:
        """Lay out a sentence for the network: one window, or overlapping ones where it is longer than WINDOW.

        Context is the end of the previous sentence; a sentence that needs several windows is read without it.
        """
        if len(sentence) <= WINDOW:
            tail = context.ids[-CONTEXT:] if context is not None else sentence.ids[:0]
            return [self._window(sentence.ids, 0, tail)]
        starts = range(0, len(sentence) - WINDOW + STRIDE, STRIDE)
        return [self._window(sentence.ids[at : at + WINDOW], at, sentence.ids[:0]) for at in starts]

    def _window(self, own: NDArray[np.int64], first: int, tail: NDArray[np.int64]) -> Window:
        ids = [self.cls, *own, self.sep]
        if len(tail):
            ids += [*tail, self.sep]
        types = np.zeros(len(ids), dtype=np.int64)
        types[len(own) + 2 :] = 1
        return Window(np.array(ids, dtype=np.int64), types, first, first + len(own))

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise ModelError(f"tokenizer.json has no {token} token; restore the model folder")
        return int(found)


class Encoder:
    """A fine-tuned encoder in ONNX form; `encode` may be called from several threads at once."""

    def __init__(self, folder: Path, tokenizer: PieceTokenizer | None = None) -> None:
        """Open the network in `folder`, with the tokenizer there unless another one is given."""
        self.tokenizer = tokenizer or PieceTokenizer(folder / "tokenizer.json")
        self._session = _open_session(folder / "encoder.onnx")

    def encode(self, sentence: Pieces, context: Pieces | None) -> Encoding:
        """Read one sentence (at least one piece) after its context."""
        windows = self.tokenizer.windows(sentence, context)
        return merge(sentence, windows, [self.run(window) for window in windows])

    def run(self, window: Window) -> list[Floats]:
        """The network's answer to one window: `vector` [d], `logits` [h], `tags` [t, g]."""
        feed = {"input_ids": window.ids[None], "token_type_ids": window.types[None], "own": own_mask(window)[None]}
        return [output[0] for output in self._session.run(["vector", "logits", "tags"], feed)]


def own_mask(window: Window) -> Floats:
    """1.0 at the window's tokens that belong to the sentence, else 0.0; shape [t]."""
    mask = np.zeros(len(window.ids), dtype=np.float32)
    mask[window.own] = 1.0
    return mask


def merge(sentence: Pieces, windows: Sequence[Window], outputs: Sequence[list[Floats]]) -> Encoding:
    """Join the windows of one sentence: vectors and logits weighted by length, tags from where they lie deepest."""
    if len(windows) == 1:
        vector, logits, tags = outputs[0]
        return Encoding(vector, logits, tags[windows[0].own], sentence.spans)
    weights = np.array([window.last - window.first for window in windows], dtype=np.float32)
    weights /= max(weights.sum(), 1.0)
    vector = np.einsum("w,wd->d", weights, np.stack([output[0] for output in outputs]))
    logits = np.einsum("w,wh->h", weights, np.stack([output[1] for output in outputs]))
    tags = np.zeros((len(sentence), outputs[0][2].shape[-1]), dtype=np.float32)
    depths = np.full(len(sentence), -1)
    for window, output in zip(windows, outputs, strict=True):
        places = np.arange(window.first, window.last)
        depth = np.minimum(places - window.first, window.last - 1 - places)
        deeper = depth > depths[places]
        tags[places[deeper]] = output[2][window.own][deeper]
        depths[places[deeper]] = depth[deeper]
    return Encoding(vector, logits, tags, sentence.spans)


def _read_tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the Rust binding raises bare Exception
        raise ModelError(f"cannot read {path}: {error}; restore the model folder") from error


def _open_session(path: Path) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # U8S8 kernels saturate on x86 without VNNI; this setting avoids them there.
    options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no public base class
        reason = str(error).splitlines()[0]
        raise ModelError(f"cannot read {path}: {reason}; restore the model folder") from error
