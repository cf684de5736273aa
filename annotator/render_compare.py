"""Comparison → HTML: two texts side by side, what each has that the other lacks; pure strings, always escaped."""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from annotator.compare import Comparison, Own, Row
from annotator.facts import Fact
from annotator.labels import load_labels
from annotator.marks import Document, Mark
from annotator.render import label_style
from annotator.standalone import standalone

_UNFIT = {0: "\u2400", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
_STYLE = """
.comparison { color-scheme: light dark; color: light-dark(#22262e, #e6e8ec); font: 1rem/1.5 system-ui, sans-serif; }
.comparison table { border-collapse: collapse; width: 100%; margin-block: 1rem; }
.comparison caption { text-align: start; font-weight: 600; }
.comparison th, .comparison td { padding: .4rem .6rem; text-align: start; vertical-align: top;
  border-bottom: 1px solid light-dark(#d5d8de, #363c47); overflow-wrap: anywhere; }
.comparison .texts { table-layout: fixed; }
.comparison p { margin: 0 0 .3rem; white-space: pre-wrap; }
.comparison .alone { font-style: italic; color: light-dark(#525a68, #aab1bd); }
.comparison del, .comparison ins { text-decoration: underline; text-decoration-thickness: .12em;
  text-underline-offset: .2em; }
.comparison del { text-decoration-style: dotted; }
.comparison [data-label] { color: var(--ink); background: var(--tint); text-decoration-style: var(--line); }
.comparison .note { font-weight: 600; }
"""
NOTES = {
    "unsourced": "Claim without its source",
    "dropped": "Only in the first text",
    "added": "Only in the second text",
}


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
    return standalone(title, style(), f"<main>\n{fragment(comparison, a, b)}\n</main>")


def style() -> str:
    """The CSS that `fragment` needs."""
    return label_style(load_labels()) + _STYLE


def fragment(comparison: Comparison, a: Document, b: Document) -> str:
    """The comparison as one element, to be put into a page."""
    names = _name(a, "First text"), _name(b, "Second text")
    return "\n".join(
        (
            '<section class="comparison">',
            f"<p>{_escape(comparison.line())}</p>",
            _texts(comparison, a, b, names),
            _findings("Dropped: only in the first text", comparison.dropped, a),
            _findings("Added: only in the second text", comparison.added, b),
            _shares(comparison, names),
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
    caption = "Sentences of the same content side by side"
    return (
        f'<table class="texts"><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _side(document: Document, indices: Iterable[int], spans: Sequence[Fact | Mark], tag: str, empty: str) -> str:
    """The sentences of one text in a row; where there are none, in which text this row's are."""
    sentences = ("".join(_piece(piece, tag) for piece in pieces(document, index, spans)) for index in indices)
    return "".join(f"<p><bdi>{inside}</bdi></p>" for inside in sentences) or f'<p class="alone">{NOTES[empty]}</p>'


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
    found = {
        "Sources": own.sources,
        "Facts": _words(own.facts, document),
        "Framing": _words(own.framing, document),
        "Hedges": _words(own.hedges, document),
    }
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{"; ".join(map(_isolated, words)) or "none"}</td></tr>'
        for name, words in found.items()
    )
    return f"<table><caption>{caption}</caption><tbody>{rows}</tbody></table>"


def _words(spans: Iterable[Fact | Mark], document: Document) -> list[str]:
    return [" ".join(document.text[span.start : span.end].split()) for span in spans]


def _shares(comparison: Comparison, names: tuple[str, str]) -> str:
    titles = {label.id: label.name for label in load_labels()}
    head = "".join(f'<th scope="col">{_isolated(name)}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{_escape(titles[label])}</th><td>{one:.0%}</td><td>{other:.0%}</td></tr>'
        for label, one, other in comparison.shares()
    )
    caption = "Sentences by primary label"
    return f"<table><caption>{caption}</caption><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _name(document: Document, otherwise: str) -> str:
    return document.id or otherwise


def _isolated(text: str) -> str:
    return f"<bdi>{_escape(text)}</bdi>"


def _escape(text: str) -> str:
    return html.escape(text.translate(_UNFIT))
