"""annotator agreement: two readings of the same sentences, figure by figure and difference by difference."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli.console import say, spell, write
from annotator.cli.findings import check_targets, code, on_terminal, plural, put, put_json
from annotator.marks import MARK_LABELS

if TYPE_CHECKING:
    from rich.console import RenderableType

    from annotator.evaluation.agreement import Disagreement, Estimate, LabelAgreement, Report
    from annotator.evaluation.readings import Reading

HELP = """Compare two readings of the same sentences: how far they agree, and where they do not.

A and B are files of gold rows (labels/README.md) or of documents (docs/wire-format.md, the .jsonl of annotator
label), so either can be a model's. Sentences are matched by article and text, and by text alone where the articles
are named differently; those that only one file has are reported and left out.

For each mark, for the primary label, and for the source kind of what both hold for sourced: how many sentences, how
many of them marked by A and by B, the share answered alike, Cohen's kappa and Krippendorff's alpha (nominal). For the
words of each tag: how many spans, F1 of those that are the same, and F1 of their characters. In brackets 95 %
bootstrap intervals over articles, left out when there is one article only. A figure is undefined, null in JSON, when
there is nothing to tell apart: both give one and the same answer only, or neither marks any words.

Sentences count from 1 in their article.

\b
Examples:
  annotator agreement first.jsonl second.jsonl --list disagreements.md
  annotator agreement first.jsonl second.jsonl --spans --json agreement.json
  annotator label gold.jsonl --unit sentence --out model.jsonl
  annotator agreement gold.jsonl model.jsonl
"""

UNDEFINED = "undefined"
_SHOWN = 5
"""Places that are named on the terminal of sentences which only one file has; the files name all."""
_BACKTICKS = re.compile("`+")


def agreement(
    a: Annotated[Path, typer.Argument(metavar="A", show_default=False)],
    b: Annotated[Path, typer.Argument(metavar="B", show_default=False)],
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all of it as JSON.", show_default=False)
    ] = None,
    as_list: Annotated[
        Path | None,
        typer.Option("--list", metavar="FILE", help="Write the disagreements as Markdown.", show_default=False),
    ] = None,
    spans: Annotated[
        bool, typer.Option("--spans", help="List the sentences too that differ only in words or source kind.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it is there already.")] = False,
) -> None:
    """Compare two readings."""
    from annotator.evaluation.agreement import report
    from annotator.evaluation.readings import read

    targets = [target for target in (as_json, as_list) if target]
    check_targets(targets, (a, b), overwrite=overwrite)
    found = report(read(a), read(b), spans=spans)
    _warn(found)
    if as_json:
        put_json(as_json, {"files": {"a": str(a), "b": str(b)}, **found.to_dict()})
    if as_list:
        put(as_list, to_markdown(found, a.name, b.name))
    write(to_terminal(found, a.name, b.name), sys.stdout.encoding)


def to_terminal(report: Report, a: str, b: str) -> str:
    """The figures as tables, and how often each kind of disagreement occurs; `a` and `b` name the files."""
    return on_terminal((_heading(report, a, b), "", _label_table(report), "", _span_table(report), "", _kinds(report)))


def to_markdown(report: Report, a: str, b: str) -> str:
    """The disagreements as a reading list, under one heading a kind; all that is from outside is in code spans."""
    parts = [f"# Disagreements\n\nA is {code(a)}, B is {code(b)}. {_line(report)} Sentences count from 1.\n"]
    for kind, group in groupby(report.disagreements, key=lambda one: one.kind):
        found = list(group)
        parts.append(f"## {kind[0].upper()}{kind[1:]} ({len(found)})\n")
        parts.append("".join(map(_item, found)))
    for name, readings in (("A", report.match.only_a), ("B", report.match.only_b)):
        if readings:
            parts.append(f"## Sentences that only {name} has ({len(readings)})\n")
            parts.append("".join(f"- {_place(one, code)}: {code(one.sentence.text)}\n" for one in readings))
    return "\n".join(parts)


def _warn(report: Report) -> None:
    for name, readings in (("A", report.match.only_a), ("B", report.match.only_b)):
        if readings:
            places = ", ".join(_place(one, str) for one in readings[:_SHOWN])
            more = f", and {len(readings) - _SHOWN:,} more" if len(readings) > _SHOWN else ""
            say(f"warning: left out what only {name} has, {plural(len(readings), 'sentence')}: {places}{more}")


def _heading(report: Report, a: str, b: str) -> str:
    return f"A is {spell(a)}, B is {spell(b)}. {_line(report)}"


def _line(report: Report) -> str:
    both = plural(len(report.match.pairs), "sentence")
    return f"{both} in both; {plural(len(report.disagreements), 'disagreement')} listed."


def _label_table(report: Report) -> RenderableType:
    from rich.table import Table

    table = Table("label", box=None, pad_edge=False)
    for name in ("n", "A", "B", "alike", "Cohen's kappa", "Krippendorff's alpha"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, one in report.labels.items():
        counts = _positives(one) if name in MARK_LABELS else ("", "")
        table.add_row(name.replace("_", " "), str(one.n), *counts, *_figures(one))
    return table


def _positives(one: LabelAgreement) -> tuple[str, str]:
    return str(one.a["yes"]), str(one.b["yes"])


def _figures(one: LabelAgreement) -> tuple[str, str, str]:
    share = UNDEFINED if one.same.value is None else f"{one.same.value:.3f}"
    return share, _figure(one.kappa), _figure(one.alpha)


def _span_table(report: Report) -> RenderableType:
    from rich.table import Table

    table = Table("words", box=None, pad_edge=False)
    for name in ("A", "B", "same span, F1", "characters, F1"):
        table.add_column(name, justify="right", no_wrap=True)
    for tag, one in report.spans.items():
        name = tag.replace("_", " ")
        table.add_row(name, str(one.a), str(one.b), _figure(one.exact_f1), _figure(one.character_f1))
    return table


def _kinds(report: Report) -> RenderableType:
    from rich.table import Table

    table = Table("how often", "disagreement", box=None, pad_edge=False)
    for kind, group in groupby(report.disagreements, key=lambda one: one.kind):
        table.add_row(str(len(list(group))), kind)
    return table if table.row_count else "No disagreement is listed."


def _figure(estimate: Estimate) -> str:
    if estimate.value is None:
        return UNDEFINED
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _item(one: Disagreement) -> str:
    there = "" if (one.b.article, one.b.number) == (one.a.article, one.a.number) else f" (B: {_place(one.b, code)})"
    lines = (f"- {_place(one.a, code)}{there}: {code(one.a.sentence.text)}", _answer("A", one.a), _answer("B", one.b))
    return "\n".join(lines) + "\n"


def _place(one: Reading, show: Callable[[str], str]) -> str:
    return f"{show(one.article)} {one.number}"


def _answer(name: str, reading: Reading) -> str:
    """A reader's marks and words in one line: "A: primary framing; sourced and framing; cue `said`"."""
    one = reading.sentence
    parts = [f"**{one.primary}**", " and ".join(mark for mark in MARK_LABELS if mark in one.marks)]
    for tag, spans in one.spans.items():
        words = ", ".join(code(one.text[start:end]) for start, end in sorted(set(spans)))
        kind = f" ({one.source_kind})" if tag == "source" and one.source_kind else ""
        parts.append(f"{tag.replace('_', ' ')} {words}{kind}" if words else kind and f"source{kind}")
    return f"  - {name}: {'; '.join(part for part in parts if part)}"
