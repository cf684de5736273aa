"""annotator annotate: one text, on the terminal, as JSON or as a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli.console import in_colour, say, write
from annotator.cli.findings import columns
from annotator.cli.options import AnyLanguageOption, ModelOption, ThresholdOption, load, read_thresholds
from annotator.errors import InputError

if TYPE_CHECKING:
    from annotator.marks import Document

HELP = """Annotate one text and show it sentence by sentence.

TEXT is the text itself, the name of a UTF-8 text file, or - for standard input.

\b
Examples:
  annotator annotate "The ministry said 14 bridges had been closed."
  annotator annotate article.txt
  annotator annotate article.txt --html > article.html
  annotator annotate - --json --threshold framing=0.6 < article.txt
"""

_TABLES = (".csv", ".jsonl", ".parquet")


def annotate(
    text: Annotated[str, typer.Argument(metavar="TEXT", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Write the wire format (docs/wire-format.md).")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Write a page that stands alone.")] = False,
    threshold: ThresholdOption = None,
    any_language: AnyLanguageOption = False,
    model: ModelOption = None,
) -> None:
    """Annotate one text."""
    if as_json and as_html:
        raise InputError("--json and --html exclude each other; give one of them")
    name, content = _read(text)
    annotator = load(model)
    thresholds = read_thresholds(threshold, annotator.thresholds)
    document = annotator.annotate(content, id=name)
    document = document.at(thresholds) if thresholds else document
    _warn(document, any_language)
    _show(document, as_json=as_json, as_html=as_html)


def _read(argument: str) -> tuple[str | None, str]:
    """The name of the text, None for one given on the command line, and the text."""
    from annotator.corpus.readers import read_text

    if argument == "-":
        return None, read_text(sys.stdin.buffer, "standard input")
    if not argument.strip():
        raise InputError("the text is blank; give it some words")
    path = Path(argument)
    if not _exists(path):
        _refuse_file_name(argument)
        return None, argument
    if path.is_dir():
        raise InputError(f"{path} is a folder; give a file, or - for standard input")
    if path.suffix.lower() in _TABLES:
        raise InputError(f"{path} holds many texts; run: annotator label {path} --out OUT")
    with path.open("rb") as handle:
        return path.name, read_text(handle, path)


def _refuse_file_name(argument: str) -> None:
    """A single word that ends like a file's name was meant to be one."""
    if argument.lower().endswith((".txt", ".md", *_TABLES)) and len(argument.split()) == 1:
        raise InputError(f"{argument} looks like a file, but does not exist; check the name, or give text on -")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than a file name can be
        return False


def _warn(document: Document, any_language: bool) -> None:
    from annotator.corpus.run import READS

    if document.language not in READS and not any_language:
        say(
            f"warning: the text looks like language {document.language!r}, and the model reads English only"
            " (--any-language silences this)"
        )


def _show(document: Document, *, as_json: bool, as_html: bool) -> None:
    from annotator import render
    from annotator.summary import summarise

    if as_json:
        from annotator.corpus.writers import json_line

        write(json_line(document).decode("utf-8"))
    elif as_html:
        write(render.to_html(document, summarise(document).line()))
    else:
        view = render.to_terminal(document, width=columns(40), colour=in_colour())
        write(f"{view}\n{summarise(document).line()}\n", sys.stdout.encoding)
