"""Which language a text is in, offline (py3langid)."""

from __future__ import annotations

from functools import cache
from typing import Any

UNSURE = "und"
SHORTEST = 40
"""Letters below which no guess is made."""
_SAMPLE = 1000


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect(text: str) -> str:
    """The ISO 639-1 code of `text`'s language, or "und" for a short or mixed text."""
    middle = max(0, len(text) // 2 - _SAMPLE // 2)
    sample = text if len(text) <= 2 * _SAMPLE else f"{text[:_SAMPLE]} {text[middle : middle + _SAMPLE]}"
    if sum(character.isalpha() for character in sample) < SHORTEST:
        return UNSURE
    code, probability = _identifier().classify(sample.encode("utf-8", "replace").decode("utf-8"))
    return str(code) if probability >= 0.9 else UNSURE
