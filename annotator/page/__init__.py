"""The reading view: what it is handed, and the component that shows it."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.labels import load_labels
from annotator.marks import Document, Sentence
from annotator.render import Segment, label_style, segments

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent


def demo() -> str:
    """The article shown to whoever opens the page."""
    return (_HERE / "demo.txt").read_text(encoding="utf-8")


def show(document: Document) -> None:
    """Put the reading view where the running Streamlit script is."""
    _component()(data=view(document), key="reader")


def view(document: Document) -> dict[str, Any]:
    """A document as the component draws it: words ready cut, since JavaScript counts characters differently.

    `labels` are the legend, `parts` the text in order: a string between sentences, else a sentence with its pieces.
    """
    labels = [
        {"id": label.id, "name": label.name, "definition": label.definition, "symbol": label.symbol}
        for label in load_labels()
    ]
    parts: list[str | dict[str, Any]] = []
    for index, group in groupby(segments(document), key=lambda segment: segment.sentence):
        pieces = list(group)
        parts.append(pieces[0].text if index is None else _sentence(document, document.sentences[index], pieces))
    return {"labels": labels, "parts": parts}


def _sentence(document: Document, sentence: Sentence, pieces: list[Segment]) -> dict[str, Any]:
    return {
        "label": sentence.label,
        "score": sentence.score,
        "scores": dict(sentence.scores),
        "primary": dict(sentence.primary),
        "attribution": sentence.attribution,
        "pieces": [{"text": piece.text, "marks": piece.marks, "source": piece.source} for piece in pieces],
        "marks": [
            {"text": document.text[mark.start : mark.end], "label": mark.label, "voice": mark.voice}
            for mark in sentence.shown_marks
        ],
        "sources": _sources(document, sentence),
    }


def _sources(document: Document, sentence: Sentence) -> list[dict[str, str | None]]:
    sources = []
    for source in sentence.shown_sources:
        resolved = document.text[slice(*source.resolved)] if source.resolved else None
        sources.append({"text": document.text[source.start : source.end], "kind": source.kind, "resolved": resolved})
    return sources


@cache
def _component() -> ComponentRenderer:
    import streamlit as st

    return st.components.v2.component(
        "annotator_reader",
        html='<div class="reader"></div>',
        css=label_style(load_labels()) + (_HERE / "reader.css").read_text(encoding="utf-8"),
        js=(_HERE / "reader.js").read_text(encoding="utf-8"),
    )
