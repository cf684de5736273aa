"""annotator compare: a report beside its rewrite, on the terminal, as JSON or as a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli.console import in_colour, say, spell, write
from annotator.cli.findings import columns, on_terminal
from annotator.cli.options import AnyLanguageOption, ModelOption, ThresholdOption, load, read_thresholds
from annotator.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType
    from rich.text import Text

    from annotator.compare import Comparison, Own
    from annotator.facts import Fact
    from annotator.marks import Document, Mark

HELP = """Compare a report with its rewrite: what was added, what was dropped, which claims lost their source.

A (the report) and B (the rewrite) are names of UTF-8 text files; one of them may be - for standard input.

Sentences of the same content stand side by side: - is only in A, + only in B, ! a claim that A has from a source and B
tells in its writer's voice. Framing and hedges count as added where the writer of A has none for the same content.
Facts are numbers, dates and names, compared as they are written: "Tuesday" is not "yesterday". How sentences are
aligned, and how well: docs/compare.md.

\b
Examples:
  annotator compare wire.txt rewrite.txt
  annotator compare wire.txt rewrite.txt --html > comparison.html
  annotator compare wire.txt - --json < rewrite.txt
"""


def compare(
    a: Annotated[str, typer.Argument(metavar="A", show_default=False)],
    b: Annotated[str, typer.Argument(metavar="B", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Write all of it as JSON.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Write a page that stands alone.")] = False,
    threshold: ThresholdOption = None,
    any_language: AnyLanguageOption = False,
    model: ModelOption = None,
) -> None:
    """Compare two texts."""
    if as_json and as_html:
        raise InputError("--json and --html exclude each other; give one of them")
    if a == b == "-":
        raise InputError("A and B are both standard input; give a file for one of them")
    texts = [_read(name) for name in (a, b)]
    annotator = load(model)
    thresholds = read_thresholds(threshold, annotator.thresholds)
    documents = [annotator.annotate(text, id=name) for name, text in texts]
    first, second = (one.at(thresholds) if thresholds else one for one in documents)
    if not any_language:
        _warn(documents)
    _show(first, second, as_json=as_json, as_html=as_html)


def _read(name: str) -> tuple[str, str]:
    """What a text is called, and the text."""
    from annotator.corpus.readers import read_text

    if name == "-":
        return "standard input", read_text(sys.stdin.buffer, "standard input")
    path = Path(name)
    if path.is_dir():
        raise InputError(f"{path} is a folder; give a text file, or - for standard input")
    with path.open("rb") as handle:
        return path.name, read_text(handle, path)


def _warn(documents: Iterable[Document]) -> None:
    from annotator.corpus.run import READS

    for document in documents:
        if document.language not in READS:
            say(
                f"warning: {document.id} looks like language {document.language!r}, and the model reads English only"
                " (--any-language silences this)"
            )


def _show(a: Document, b: Document, *, as_json: bool, as_html: bool) -> None:
    from annotator.compare import compare as compared

    found = compared(a, b)
    if as_json:
        import json

        write(json.dumps(found.to_dict(a, b), ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    elif as_html:
        from annotator.render_compare import to_html

        write(to_html(found, a, b))
    else:
        write(to_terminal(found, a, b, width=columns(60), colour=in_colour()), sys.stdout.encoding)


def to_terminal(comparison: Comparison, a: Document, b: Document, *, width: int, colour: bool) -> str:
    """Both texts side by side, what each has alone, their shares of labels, and all in one line."""
    parts = (_texts(comparison, a, b), "", _findings(comparison, a, b), "", _shares(comparison))
    return f"{on_terminal(parts, width=width, colour=colour)}\n{comparison.line()}\n"


def _texts(comparison: Comparison, a: Document, b: Document) -> RenderableType:
    from rich.table import Table

    table = Table("", f"A: {spell(a.id or '')}", f"B: {spell(b.id or '')}", box=None, pad_edge=False)
    table.columns[1].ratio = table.columns[2].ratio = 1
    table.expand = True
    spans = comparison.dropped.spans, comparison.added.spans
    lost = {pair.b for pair in comparison.unsourced}
    for row in comparison.rows():
        sign = "!" if lost.intersection(row.b) else "" if row.a and row.b else "-" if row.a else "+"
        table.add_row(sign, _sentences(a, row.a, spans[0]), _sentences(b, row.b, spans[1]))
    return table


def _sentences(document: Document, indices: Iterable[int], spans: Sequence[Fact | Mark]) -> Text:
    """Sentences on lines of their own: facts that are only here underlined, framing and hedges bold."""
    from rich.text import Text

    from annotator.facts import FACTS
    from annotator.render_compare import pieces

    lines = []
    for index in indices:
        line = Text()
        for piece in pieces(document, index, spans):
            line.append(spell(piece.text), " ".join({"underline" if kind in FACTS else "bold" for kind in piece.kinds}))
        lines.append(line)
    return Text("\n").join(lines)


def _findings(comparison: Comparison, a: Document, b: Document) -> RenderableType:
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    for title, own, document in (("dropped", comparison.dropped, a), ("added", comparison.added, b)):
        for name, words in _words(own, document):
            table.add_row(title, name, "; ".join(map(spell, words)) or "none")
    return table


def _words(own: Own, document: Document) -> Iterator[tuple[str, Iterable[str]]]:
    yield "sources", own.sources
    for name, spans in (("facts", own.facts), ("framing", own.framing), ("hedges", own.hedges)):
        yield name, (document.text[span.start : span.end] for span in spans)


def _shares(comparison: Comparison) -> RenderableType:
    from rich.table import Table

    table = Table("sentences", "A", "B", box=None, pad_edge=False)
    for label, one, other in comparison.shares():
        table.add_row(label, f"{one:.0%}", f"{other:.0%}")
    return table
