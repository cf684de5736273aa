"""Whose voice is speaking, and how sure is it? Sourced claim, editorial framing and speculation, told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annotator.errors import AnnotatorError
from annotator.marks import Document, Mark, Sentence, Source

if TYPE_CHECKING:
    from annotator.pipeline import Annotator

__all__ = ["Annotator", "AnnotatorError", "Document", "Mark", "Sentence", "Source"]


def __getattr__(name: str) -> Any:
    """`Annotator` comes with spaCy and ONNX Runtime; import them only when it is asked for."""
    if name == "Annotator":
        from annotator.pipeline import Annotator

        return Annotator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
