"""The encoder's answers, remembered: wire copy repeats, and what was read once with its context need not be again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from annotator.corpus.run import Effort
from annotator.encoder import Encoder, Floats, Window
from annotator.pipeline import Annotator

BYTES = 64 * 2**20
"""Memory of the answers that are kept; the one not asked for the longest goes first."""
_OVERHEAD = 600
"""Bytes of an entry besides its numbers."""


class CachedEncoder(Encoder):
    """An encoder that runs the network once for identical windows; `asked` and `known` count windows."""

    def __init__(self, encoder: Encoder, limit: int = BYTES) -> None:
        self.tokenizer, self._session = encoder.tokenizer, encoder._session
        self.asked = self.known = 0
        self._answers: OrderedDict[tuple[int, bytes], list[Floats]] = OrderedDict()
        self._limit, self._size = limit, 0
        self._lock = threading.Lock()

    def run(self, window: Window) -> list[Floats]:
        """The network's answer to one window: `vector` [d], `logits` [h], `tags` [t, g]."""
        key = (window.last - window.first, window.ids.tobytes())
        with self._lock:
            self.asked += 1
            if (answer := self._answers.get(key)) is not None:
                self.known += 1
                self._answers.move_to_end(key)
                return answer
        answer = super().run(window)
        self._keep(key, answer)
        return answer

    def _keep(self, key: tuple[int, bytes], answer: list[Floats]) -> None:
        with self._lock:
            if key not in self._answers:
                self._answers[key] = answer
                self._size += _weight(key, answer)
            while self._size > self._limit:
                self._size -= _weight(*self._answers.popitem(last=False))


class CachedAnnotator(Annotator):
    """An Annotator of many texts: the same answers, but the network is asked only for those not in its `cache`."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        super().__init__(folder, threads)
        self.cache = CachedEncoder(self._encoder)
        self._encoder = self.cache

    def effort(self) -> Effort:
        """All that has been read so far."""
        return Effort(self.cache.asked, self.cache.known)


def _weight(key: tuple[int, bytes], answer: list[Floats]) -> int:
    return _OVERHEAD + len(key[1]) + sum(output.nbytes for output in answer)
