"""Comparison → HTML: two texts side by side, what each has that the other lacks; pure strings, always escaped."""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from annotator.compare import Comparison, Own, Row
from annotator.facts import Fact
from annotator.labels import load_labels
from annotator.marks import Document, Mark
from annotator.render import label_style
from annotator.standalone import standalone

_UNFIT = {0: "\u2400", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
_STYLE = Path(__file__).parent / "page" / "compare.css"
NOTES = {
    "unsourced": "Claim without its source",
    "dropped": "Only in the first text",
    "added": "Only in the second text",
}
_KEY = (
    "The bar beside a sentence shows its label. Words that one text has and the other has not are underlined: dotted "
    "in the first, solid in the second; framing and hedges in their label's colour and line."
)


@dataclass(frozen=True)
class Piece:
    """A piece of a sentence; `kinds` are those of the spans that cover it: framing, speculation, number, date, name."""

    text: str
    kinds: tuple[str, ...] = ()


def pieces(document: Document, index: int, spans: Sequence[Fact | Mark]) -> Iterator[Piece]:
    """A sentence from end to end, cut wherever one of `spans` begins or ends; these are sorted, each in a sentence."""
    sentence = document.sentences[index]
    first = bisect_left(spans, sentence.start, key=lambda span: span.start)
    after = bisect_left(spans, sentence.end, key=lambda span: span.start)
    own = spans[first:after]
    edges = {sentence.start, sentence.end, *(edge for span in own for edge in (span.start, span.end))}
    for start, end in pairwise(sorted(edges)):
        covering = (span for span in own if span.start <= start and end <= span.end)
        yield Piece(document.text[start:end], tuple(map(kind, covering)))


def kind(span: Fact | Mark) -> str:
    """What a span is: the label of a mark, the kind of a fact."""
    return span.label if isinstance(span, Mark) else span.kind


def to_html(comparison: Comparison, a: Document, b: Document) -> str:
    """A standalone page that loads nothing, runs nothing and prints well."""
    title = _escape(f"{_name(a, 'First text')} and {_name(b, 'Second text')}")
    return standalone(title, style(), f"<main>\n{fragment(comparison, a, b)}\n</main>", root_class="spread")


def style() -> str:
    """The CSS that `fragment` needs; its colours follow the `color-scheme` of what it is put into."""
    return label_style(load_labels()) + _STYLE.read_text(encoding="utf-8")


def fragment(comparison: Comparison, a: Document, b: Document) -> str:
    """The comparison as one element, to be put into a page: what each has alone, both in numbers, both texts."""
    names = _name(a, "First text"), _name(b, "Second text")
    return "\n".join(
        (
            '<section class="comparison">',
            f'<p class="line">{_escape(comparison.line())}</p>',
            '<div class="findings">',
            _findings("Dropped: only in the first text", comparison.dropped, a),
            _findings("Added: only in the second text", comparison.added, b),
            "</div>",
            _shares(comparison, names),
            _texts(comparison, a, b, names),
            "</section>",
        )
    )


def _texts(comparison: Comparison, a: Document, b: Document, names: tuple[str, str]) -> str:
    spans = comparison.dropped.spans, comparison.added.spans
    lost = {pair.b for pair in comparison.unsourced}
    rows = "\n".join(
        f"<tr><td>{_side(a, row.a, spans[0], 'del', 'added')}</td>"
        f"<td>{_side(b, row.b, spans[1], 'ins', 'dropped')}{_note(row, lost)}</td></tr>"
        for row in comparison.rows()
    )
    head = "".join(f'<th scope="col">{_isolated(name)}</th>' for name in names)
    caption = f'Sentences of the same content side by side<span class="key">{_KEY}</span>'
    return (
        f'<table class="texts"><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _side(document: Document, indices: Iterable[int], spans: Sequence[Fact | Mark], tag: str, empty: str) -> str:
    """The sentences of one text in a row; where there are none, in which text this row's are."""
    said = (_said(document, index, spans, tag) for index in indices)
    return "".join(said) or f'<p class="alone">{NOTES[empty]}</p>'


def _said(document: Document, index: int, spans: Sequence[Fact | Mark], tag: str) -> str:
    label = document.sentences[index].label
    inside = "".join(_piece(piece, tag) for piece in pieces(document, index, spans))
    spoken = f'<span class="spoken">{_escape(_names()[label])}: </span>'
    return f'<p class="said" data-label="{label}">{spoken}<bdi>{inside}</bdi></p>'


def _piece(piece: Piece, tag: str) -> str:
    text = _escape(piece.text)
    if not piece.kinds:
        return text
    labels = [label for label in ("framing", "speculation") if label in piece.kinds]
    label = f' data-label="{labels[0]}"' if labels else ""
    return f'<{tag}{label} title="{", ".join(piece.kinds)}">{text}</{tag}>'


def _note(row: Row, lost: set[int]) -> str:
    return f'<p class="note">{NOTES["unsourced"]}</p>' if lost.intersection(row.b) else ""


def _findings(caption: str, own: Own, document: Document) -> str:
    found = (
        ("Sources", own.sources, ""),
        ("Facts", _words(own.facts, document), ""),
        ("Framing", _words(own.framing, document), "framing"),
        ("Hedges", _words(own.hedges, document), "speculation"),
    )
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{_listed(words, label)}</td></tr>' for name, words, label in found
    )
    return f"<table><caption>{caption}</caption><tbody>{rows}</tbody></table>"


def _words(spans: Iterable[Fact | Mark], document: Document) -> list[str]:
    return [" ".join(document.text[span.start : span.end].split()) for span in spans]


def _listed(words: Sequence[str], label: str) -> str:
    look = f' data-label="{label}"' if label else ""
    items = "".join(f"<li{look}>{_isolated(word)}</li>" for word in words)
    return f'<ul class="words">{items}</ul>' if items else '<span class="none">none</span>'


def _shares(comparison: Comparison, names: tuple[str, str]) -> str:
    head = "".join(f'<th scope="col">{_isolated(name)}</th>' for name in names)
    rows = "".join(
        f'<tr data-label="{label}"><th scope="row">{_escape(_names()[label])}</th>'
        f"<td>{_share(one)}</td><td>{_share(other)}</td><td>{_change(one, other)}</td></tr>"
        for label, one, other in comparison.shares()
    )
    caption = "Sentences by primary label"
    head = f'<td></td>{head}<th scope="col">Change, in points</th>'
    return (
        f'<table class="shares"><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _share(share: float) -> str:
    return f'<meter value="{share:.3f}" aria-hidden="true"></meter>{share:.0%}'


def _change(one: float, other: float) -> str:
    """The difference of the percentages as they are shown."""
    points = round(100 * other) - round(100 * one)
    return f"{points:+d}".replace("-", "−") if points else "0"


def _names() -> dict[str, str]:
    return {label.id: label.name for label in load_labels()}


def _name(document: Document, otherwise: str) -> str:
    return document.id or otherwise


def _isolated(text: str) -> str:
    return f"<bdi>{_escape(text)}</bdi>"


def _escape(text: str) -> str:
    return html.escape(text.translate(_UNFIT))
