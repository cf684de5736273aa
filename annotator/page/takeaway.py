"""A document, or a comparison of two, as files to keep; each is made only when it is asked for."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator

from annotator import render_compare
from annotator.compare import Comparison
from annotator.corpus.writers import guard, json_line
from annotator.marks import MARK_LABELS, Document, Sentence
from annotator.render import to_html
from annotator.summary import summarise

COLUMNS = (
    "number", "start", "end", "sentence", "label", "score", "labels", *MARK_LABELS, "attribution", "sources", "cues",
    "framing words", "hedging words", "corrected",
)  # fmt: skip
"""The CSV's columns, a sentence a row: `score` is the primary label's probability, the labels' own columns are theirs;
the words are those that are shown, in the writer's voice, divided by "; "; `corrected` is "yes" where labels and marks
are a reader's.
"""

_SURROGATE = re.compile("[\ud800-\udfff]")


def as_json(document: Document) -> bytes:
    """The wire format (docs/wire-format.md)."""
    return json.dumps(document.to_dict()).encode("ascii")


def as_csv(document: Document) -> bytes:
    """A sentence a row, by COLUMNS; cells that a spreadsheet would run are guarded, lone surrogates become U+FFFD."""
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(COLUMNS)
    table.writerows(_rows(document))
    return file.getvalue().encode("utf-8")


def as_page(document: Document) -> bytes:
    """A page that stands alone, loads nothing and prints well."""
    return to_html(document, caption(document)).encode("utf-8")


def caption(document: Document) -> str:
    """The document in one line; if a reader has corrected it, that is told."""
    corrected = sum(sentence.corrected for sentence in document.sentences)
    return summarise(document).line() + (f"; {corrected:,} corrected by hand" if corrected else "")


FORMATS: tuple[tuple[str, str, str, Callable[[Document], bytes]], ...] = (
    ("JSON", "annotated.json", "application/json", as_json),
    ("JSON lines", "annotated.jsonl", "application/jsonl", json_line),
    ("CSV, a sentence a row", "annotated.csv", "text/csv", as_csv),
    ("Web page, to keep or print", "annotated.html", "text/html", as_page),
)
"""What each is called, its file's name and media type, and what makes it."""


def comparison_json(comparison: Comparison, a: Document, b: Document) -> bytes:
    """All that was found, with the words it is about; offsets are those of each document."""
    return json.dumps(comparison.to_dict(a, b), allow_nan=False).encode("ascii")


def comparison_page(comparison: Comparison, a: Document, b: Document) -> bytes:
    """Both texts side by side as a page that stands alone, loads nothing and prints well."""
    return render_compare.to_html(comparison, a, b).encode("utf-8")


COMPARISON_FORMATS: tuple[tuple[str, str, str, Callable[[Comparison, Document, Document], bytes]], ...] = (
    ("Web page", "comparison.html", "text/html", comparison_page),
    ("JSON", "comparison.json", "application/json", comparison_json),
)
"""As FORMATS, for a comparison."""


def _rows(document: Document) -> Iterator[list[object]]:
    for number, one in enumerate(document.sentences, 1):
        yield [
            *(number, one.start, one.end, _cell(document.text[one.start : one.end]), one.label, one.score),
            *("; ".join(one.labels), *(one.scores[label] for label in MARK_LABELS), one.attribution),
            _cell("; ".join(document.text[source.start : source.end] for source in one.shown_sources)),
            *(_cell("; ".join(_marked(document.text, one, label))) for label in MARK_LABELS),
            "yes" if one.corrected else "",
        ]


def _marked(text: str, sentence: Sentence, label: str) -> Iterator[str]:
    for mark in sentence.shown_marks:
        if mark.label == label and mark.voice == "writer":
            yield text[mark.start : mark.end]


def _cell(text: str) -> str:
    return guard(_SURROGATE.sub("\ufffd", text))
