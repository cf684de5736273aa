"""annotator diff: what changed from one labelled output to another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli.console import say, spell, write
from annotator.cli.findings import check_targets, code, on_terminal, plural, put, put_json
from annotator.marks import LABELS, MARK_LABELS, Sentence

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from annotator.report.diff import Change, Diff

HELP = """Compare two labelled outputs of the same documents: which sentences have another label, and how far apart the
probabilities are.

A and B are what annotator label wrote, before and after: folders, or .parquet, .jsonl or .csv files, of either kind.
Documents are matched by id (where one is there several times, in their order), sentences by their offsets and, where
both hold it, their text; what only one of them has is counted and named.

A change is B less A. Its size is the mean of the changes without their sign, so that ups and downs do not cancel out.

--list writes the changed sentences as Markdown, by kind of change, those whose probabilities changed most first, and
at most 500 of each kind. It quotes the texts. --json writes every figure, and no text.

Memory stays bounded. What does not come in the same order on both sides waits in a temporary file.

\b
Examples:
  annotator diff before/ after/
  annotator diff before.parquet after.parquet --list changed.md --json changed.json
"""

_SHOWN = 10
"""Documents that the terminal names."""


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", show_default=False)],
    b: Annotated[Path, typer.Argument(metavar="B", show_default=False)],
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write every figure as JSON.", show_default=False)
    ] = None,
    as_list: Annotated[
        Path | None,
        typer.Option("--list", metavar="FILE", help="Write the changed sentences as Markdown.", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it is there already.")] = False,
) -> None:
    """Compare two outputs."""
    from annotator.report.diff import compare
    from annotator.report.results import find, read

    targets = [target for target in (as_json, as_list) if target]
    check_targets(targets, (a, b), overwrite=overwrite)
    outputs = (find(a), find(b))
    for output in outputs:
        if not output.finished:
            say(f"warning: the run in {output.path} was broken off; run annotator label again to finish it")
    found = compare(*map(read, outputs))
    if as_json:
        put_json(as_json, {"files": {"a": str(a), "b": str(b)}, **found.to_dict()})
    if as_list:
        put(as_list, to_markdown(found, a.name, b.name))
    write(to_terminal(found, a.name, b.name), sys.stdout.encoding)


def to_terminal(found: Diff, a: str, b: str) -> str:
    """The figures as tables; `a` and `b` name the outputs."""
    parts: list[RenderableType] = [f"A is {spell(a)}, B is {spell(b)}. {_line(found)}"]
    parts += [_only_line(found, side) for side in ("a", "b") if found.only[side].sentences]
    if found.sentences:
        parts += ["", _label_table(found), "", _mark_table(found)]
    if found.changed:
        parts += ["", _document_table(found)]
    return on_terminal(parts)


def to_markdown(found: Diff, a: str, b: str) -> str:
    """The changed sentences as a reading list, under one heading a kind; all that is from outside is in code spans."""
    parts = [f"# Changed sentences\n\nA is {code(a)}, B is {code(b)}. {_line(found)} Sentences count from 1.\n"]
    for kind in found.kinds():
        changes, count = found.changes(kind), found.table[kind]
        some = f"{len(changes):,} of {count:,}, those that changed most" if len(changes) < count else f"{count:,}"
        parts.append(f"## From {kind[0]} to {kind[1]} ({some})\n")
        parts.append("".join(map(_item, changes)))
    return "\n".join(parts)


def _line(found: Diff) -> str:
    both = f"{plural(found.sentences, 'sentence')} of {plural(found.documents, 'document')} in both"
    share = f" ({found.changed / found.sentences:.1%})" if found.sentences else ""
    return f"{both}; {found.changed:,}{share} with another label."


def _only_line(found: Diff, side: str) -> str:
    one = found.only[side]
    first = ", ".join(f"{spell(name or '(no id)')} {number}" for name, number in one.places[: _SHOWN // 2])
    more = ", …" if one.sentences > _SHOWN // 2 else ""
    whole = f", {plural(one.documents, 'whole document')} among them" if one.documents else ""
    return f"Only in {side.upper()}: {plural(one.sentences, 'sentence')}{whole}: {first}{more}"


def _label_table(found: Diff) -> Table:
    table = _table("label in A \\ in B", *LABELS)
    for a in LABELS:
        table.add_row(a, *(f"{found.table[a, b]:,}" for b in LABELS))
    return table


def _mark_table(found: Diff) -> Table:
    table = _table("mark", "in A", "in B", "only in A", "only in B", "mean change", "its size")
    for mark in MARK_LABELS:
        one = found.to_dict()["marks"][mark]
        counts = (f"{one[name]:,}" for name in ("a", "b", "only_a", "only_b"))
        table.add_row(mark, *counts, _figure(one["mean_change"], sign="+"), _figure(one["mean_size"]))
    return table


def _document_table(found: Diff) -> Table:
    table = _table("documents with most changes", "changed", "of")
    for name, changed, count in found.documents_most_changed()[:_SHOWN]:
        table.add_row(spell(name or "(no id)"), f"{changed:,}", f"{count:,}")
    return table


def _table(first: str, *rest: str) -> Table:
    from rich.table import Table

    table = Table(first, box=None, pad_edge=False)
    for name in rest:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _figure(value: float | None, sign: str = "") -> str:
    return "undefined" if value is None else f"{value:{sign}.4f}"


def _item(one: Change) -> str:
    words = "(no text)" if one.text is None else code(one.text)
    lines = (f"- {code(one.document or '(no id)')} {one.number}: {words}", _answer("A", one.a), _answer("B", one.b))
    return "\n".join(lines) + "\n"


def _answer(name: str, one: Sentence) -> str:
    """One side's answer: "A: plain .61; sourced .12, framing .30, speculation .08"."""
    scores = ", ".join(f"{mark} {_probability(one.scores[mark])}" for mark in MARK_LABELS)
    return f"  - {name}: **{one.label}** {_probability(one.primary[one.label])}; {scores}"


def _probability(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else "undefined"
