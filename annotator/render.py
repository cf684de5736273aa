"""Document → HTML page or terminal text: pure strings, always escaped."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.labels import Label, load_labels
from annotator.marks import Document, Mark, Sentence, Source
from annotator.standalone import standalone

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_STYLE = Path(__file__).parent / "page" / "reader.css"
_SURROGATES = range(0xD800, 0xE000)
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_TO_HTML = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord("\r"): "&#13;",
    ord("\0"): "\u2400",
    **dict.fromkeys(_SURROGATES, "\ufffd"),
}
_TO_TERMINAL = {
    **{code: f"\\x{code:02x}" for code in _CONTROLS},
    **{code: f"\\u{code:04x}" for code in _BIDI},
    **dict.fromkeys((*b"\t\n\v\f\r", 0x85, 0x2028, 0x2029), " "),
    **dict.fromkeys(_SURROGATES, "\ufffd"),
}
_BLANK_LINE = re.compile(r"\n\s*\n|\r\s*\r")

_BODY = """<p class="caption">{caption}</p>
{legend}
<article class="text">{article}</article>
<footer>Model: {model}</footer>"""


@dataclass(frozen=True)
class Segment:
    """A piece of text over which nothing changes.

    Attributes:
        sentence: the index of the sentence it belongs to; None between sentences.
        marks: (label, voice) of every shown mark that covers it.
        source: the kind of the shown source that it is part of, if any.
        stands_for: the words that this source stands for, where it is a pronoun or short name and they are known.

    """

    text: str
    sentence: int | None = None
    marks: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    stands_for: str | None = None


def segments(document: Document) -> Iterator[Segment]:
    """The whole text in order, cut wherever a sentence, mark or source begins or ends; no segment is empty."""
    place = 0
    for index, sentence in enumerate(document.sentences):
        if place < sentence.start:
            yield Segment(document.text[place : sentence.start])
        yield from _cut(document.text, index, sentence)
        place = sentence.end
    if place < len(document.text):
        yield Segment(document.text[place:])


def stretches(sentence: Sentence, spans: Iterable[Mark | Source]) -> Iterator[tuple[int, int]]:
    """A sentence from end to end, cut wherever one of the spans inside it begins or ends."""
    edges = {sentence.start, sentence.end}
    edges.update(edge for span in spans for edge in (span.start, span.end))
    return pairwise(sorted(edges))


def to_html(document: Document, caption: str = "") -> str:
    """A standalone page that loads nothing, runs nothing and prints well; `caption` is a line over the text.

    The text content of its `article` is the document's text, but for what HTML cannot hold: NUL becomes U+2400
    and a lone surrogate U+FFFD.
    """
    labels = load_labels()
    style = f"{label_style(labels)}{_STYLE.read_text(encoding='utf-8')}"
    body = _BODY.format(
        caption=_escape(caption),
        legend=_legend(labels),
        article=_article(document, labels),
        model=_escape(f"{document.model.name} {document.model.version}, {document.model.digest}"),
    )
    return standalone(_escape(document.id or "Annotated text"), style, body, root_class="sheet", body_class="reader")


def to_terminal(document: Document, *, width: int = 100, colour: bool = True) -> str:
    r"""One sentence a row: symbol, label, its probability, the sentence with its marks; blank lines are kept.

    Whatever could move a cursor or turn the direction of writing is spelled out (`\x1b`, `\u202e`).
    """
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="256" if colour else None,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as captured:
        console.print(_table(document, load_labels()))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def label_style(labels: Iterable[Label]) -> str:
    """CSS that hands each label's colours, line and symbol to what carries its `data-label`."""
    return "".join(
        f'[data-label="{label.id}"] {{ --ink: light-dark({label.light.ink}, {label.dark.ink}); '
        f"--tint: light-dark({label.light.tint}, {label.dark.tint}); "
        f'--line: {label.line}; --symbol: "{label.symbol}"; }}\n'
        for label in labels
    )


def _cut(text: str, index: int, sentence: Sentence) -> Iterator[Segment]:
    marks, sources = sentence.shown_marks, sentence.shown_sources
    for start, end in stretches(sentence, (*marks, *sources)):
        source = next((source for source in sources if source.start <= start and end <= source.end), None)
        yield Segment(
            text[start:end],
            index,
            tuple((mark.label, mark.voice) for mark in marks if mark.start <= start and end <= mark.end),
            source.kind if source else None,
            text[slice(*source.resolved)] if source and source.resolved else None,
        )


def _article(document: Document, labels: Iterable[Label]) -> str:
    names = {label.id: label.name for label in labels}
    parts = []
    for index, group in groupby(segments(document), key=lambda segment: segment.sentence):
        inside = "".join(_segment_html(segment) for segment in group)
        if index is not None:
            sentence = document.sentences[index]
            sure = "corrected" if sentence.corrected else f"{sentence.score:.0%}"
            attributes = f'role="group" data-label="{sentence.label}" title="{names[sentence.label]}, {sure}"'
            ticked = " corrected" if sentence.corrected else ""
            inside = f'<bdi class="sentence{ticked}" {attributes}>{inside}</bdi>'
        parts.append(inside)
    return "".join(parts)


def _segment_html(segment: Segment) -> str:
    text = _escape(segment.text)
    if segment.source:
        title = f' title="{_attribute(segment.stands_for)}"' if segment.stands_for else ""
        text = f'<span class="source" data-label="sourced" data-kind="{segment.source}"{title}>{text}</span>'
    for label, voice in segment.marks:
        text = f'<mark data-label="{label}" data-voice="{voice}">{text}</mark>'
    return text


def _legend(labels: Iterable[Label]) -> str:
    entries = (
        f'<li data-label="{label.id}"><b class="chip">{_escape(label.name)}</b>'
        f"<span>{_escape(label.definition)}</span></li>"
        for label in labels
    )
    return f'<ul class="legend">{"".join(entries)}</ul>'


def _escape(text: str) -> str:
    return text.translate(_TO_HTML)


def _attribute(text: str) -> str:
    return _escape(text).replace('"', "&quot;")


def _table(document: Document, labels: Iterable[Label]) -> Table:
    from rich.table import Table
    from rich.text import Text

    looks = {label.id: label for label in labels}
    table = Table.grid(padding=(0, 2, 0, 0))
    for index, group in groupby(segments(document), key=lambda segment: segment.sentence):
        pieces = list(group)
        if index is not None:
            sentence = document.sentences[index]
            tag = Text(f" {looks[sentence.label].symbol} {sentence.label} ", _ink(looks[sentence.label]))
            table.add_row(tag, f"{sentence.score:.0%}", _sentence_text(pieces, looks))
        elif table.row_count and _BLANK_LINE.search(pieces[0].text):
            table.add_row()
    return table


def _sentence_text(pieces: Iterable[Segment], looks: dict[str, Label]) -> Text:
    from rich.text import Text

    line = Text()
    for piece in pieces:
        voiced = [_ink(looks[label]) + " bold" for label, voice in piece.marks if voice == "writer"]
        quiet = ["italic" for _, voice in piece.marks if voice == "source"]
        underline = ["underline"] if piece.source else []
        line.append(piece.text.translate(_TO_TERMINAL), " ".join([*quiet, *voiced[-1:], *underline]))
    return line


def _ink(label: Label) -> str:
    """Both colours of the light theme, so that the words stay legible on any terminal's background."""
    return "" if label.line == "none" else f"{label.light.ink} on {label.light.tint}"
