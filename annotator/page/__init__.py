"""The reading view: what it is handed, and the component that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.corrections import WORD
from annotator.labels import load_labels
from annotator.marks import HIGHEST_THRESHOLD, LOWEST_THRESHOLD, Document, Mark, Sentence, Source
from annotator.render import label_style, stretches

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent
SCRIPTS = ("labelling.js", "drawing.js", "correcting.js", "details.js", "controls.js", "reader.js")
"""The component's script in the order in which it is joined; only the last one exports anything."""


def demo() -> str:
    """The article shown to whoever opens the page."""
    return (_HERE / "demo.txt").read_text(encoding="utf-8")


def reader(
    document: Document,
    *,
    key: str = "reader",
    on_corrected: Callable[[object], None] = lambda _: None,
    on_withdrawn: Callable[[object], None] = lambda _: None,
) -> None:
    """Put the reading view where the running Streamlit script is; `key` tells several of them apart.

    What the reader chooses (filters, thresholds, the sentence in focus) stays in the browser, and outlasts another
    document under the same key. Before a run of the script, `on_corrected` is handed what the browser sends as a
    correction (`Correction.read` tells if it is one), `on_withdrawn` the index of a sentence that is to be as it was.
    """
    _component()(
        data=view(document),
        key=key,
        on_corrected_change=lambda: _hand(key, "corrected", on_corrected),
        on_withdrawn_change=lambda: _hand(key, "withdrawn", on_withdrawn),
    )


show = reader


def view(document: Document) -> dict[str, Any]:
    """A document as the component draws it: words ready cut, since JavaScript counts characters differently.

    `labels` are the legend; `thresholds` those of the document, with the `range` they can be moved in; `word` is the
    pattern by which corrections count words; `parts` the text in order: a string between sentences, else a sentence
    with its pieces. All marks and sources come along, also those that are not shown, so that thresholds can be moved
    without asking again.
    """
    labels = [
        {"id": label.id, "name": label.name, "definition": label.definition, "symbol": label.symbol}
        for label in load_labels()
    ]
    return {
        "labels": labels,
        "thresholds": dict(document.thresholds),
        "range": [LOWEST_THRESHOLD, HIGHEST_THRESHOLD],
        "word": WORD,
        "parts": list(_parts(document)),
    }


def script() -> str:
    """The component's JavaScript, one ES module."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)


def style() -> str:
    """The component's style sheet, with the labels' colours, lines and symbols."""
    return label_style(load_labels()) + (_HERE / "reader.css").read_text(encoding="utf-8")


def _parts(document: Document) -> Iterator[str | dict[str, Any]]:
    place = 0
    for sentence in document.sentences:
        if place < sentence.start:
            yield document.text[place : sentence.start]
        yield _sentence(document.text, sentence)
        place = sentence.end
    if place < len(document.text):
        yield document.text[place:]


def _sentence(text: str, sentence: Sentence) -> dict[str, Any]:
    return {
        "label": sentence.label,
        "score": sentence.score,
        "labels": sentence.labels,
        "scores": dict(sentence.scores),
        "primary": dict(sentence.primary),
        "attribution": sentence.attribution,
        "pieces": list(_pieces(text, sentence)),
        "marks": [{"label": mark.label, "voice": mark.voice, "score": mark.score} for mark in sentence.marks],
        "sources": [_source(text, source) for source in sentence.sources],
        **({"corrected": True} if sentence.corrected else {}),
    }


def _pieces(text: str, sentence: Sentence) -> Iterator[dict[str, Any]]:
    """The sentence's words in order, with the places in `marks` and `sources` of what covers them."""
    for start, end in stretches(sentence, (*sentence.marks, *sentence.sources)):
        over = {"marks": _over(sentence.marks, start, end), "sources": _over(sentence.sources, start, end)}
        yield {"text": text[start:end], **{kind: places for kind, places in over.items() if places}}


def _over(spans: Sequence[Mark | Source], start: int, end: int) -> list[int]:
    return [place for place, span in enumerate(spans) if span.start <= start and end <= span.end]


def _source(text: str, source: Source) -> dict[str, str | float | None]:
    resolved = text[slice(*source.resolved)] if source.resolved else None
    return {"kind": source.kind, "score": source.score, "resolved": resolved}


def _hand(key: str, name: str, take: Callable[[object], None]) -> None:
    import streamlit as st

    if (value := st.session_state[key].get(name)) is not None:
        take(value)


@cache
def _component() -> ComponentRenderer:
    import streamlit as st

    return st.components.v2.component("annotator_reader", html='<div class="reader"></div>', css=style(), js=script())
