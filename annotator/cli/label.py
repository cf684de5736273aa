"""annotator label: a file of many texts into a file of annotated ones."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli.console import OK, SOME_FAILED, STOPPED, say
from annotator.cli.options import AnyLanguageOption, ModelOption, ThresholdOption, load, read_thresholds

if TYPE_CHECKING:
    from annotator.corpus.rows import BadRow, Rows
    from annotator.corpus.run import Tally
    from annotator.pipeline import Annotator

HELP = """Label the texts of a file and write them to another one.

INPUT is a .txt file (one text), a .jsonl, .csv or .parquet file (a text a row), or a folder saved with the
save_to_disk of the Python package datasets. Text is read as UTF-8.

OUT ends in .jsonl for a document a line (docs/wire-format.md), in .parquet or .csv for a sentence a row, with
the columns document_id, index, start, end, sentence, label, score, labels, scores, primary, attribution, marks,
sources and language. Offsets count characters (Unicode code points) of the text as it was read. OUT appears
when everything is done, or not at all.

In .csv, lists and objects are JSON text, and a cell that a spreadsheet would run (it starts with = + - @, a tab
or a carriage return, after any single quotes) gets one single quote before it; take that away to have the cell
back. In .csv and .parquet a lone surrogate is written as U+FFFD.

A row without a usable text is reported as INPUT:ROW: REASON, and the others go on. Rows count from 1, without the
header of a .csv; those of .jsonl and .txt are lines, and blank ones are passed over.

Exit codes: 0 done, 1 some rows failed, 2 nothing done because of the usage or the input, 130 stopped by Ctrl-C.

\b
Examples:
  annotator label article.txt --out article.jsonl
  annotator label articles.csv --out sentences.parquet --text-column body --id-column url
  annotator label sentences.jsonl --out labelled.csv --unit sentence
  annotator label saved_dataset/ --split train --out train.parquet --threshold framing=0.6
"""


class Unit(StrEnum):
    """What a row of the input holds."""

    document = "document"
    sentence = "sentence"


def label(
    source: Annotated[Path, typer.Argument(metavar="INPUT", show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="OUT", help="The file to write.", show_default=False)],
    text_column: Annotated[str, typer.Option(metavar="NAME", help="Where the texts are.")] = "text",
    id_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help='Where the ids are: "id" if there is one, else the row numbers are the ids.'),
    ] = None,
    unit: Annotated[
        Unit,
        typer.Option(help="What a row holds: a document to be split, or one sentence (in .txt, a sentence a line)."),
    ] = Unit.document,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which split of a saved DatasetDict.", show_default=False)
    ] = None,
    threshold: ThresholdOption = None,
    any_language: AnyLanguageOption = False,
    model: ModelOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT if it is there already.")] = False,
) -> None:
    """Label the texts of a file."""
    from annotator.corpus.readers import read
    from annotator.corpus.rows import Columns
    from annotator.corpus.writers import check_target

    rows = read(source, Columns(text_column, id_column), unit=unit.value, split=split)
    check_target(out, source, overwrite=overwrite)
    annotator = load(model)
    thresholds = read_thresholds(threshold, annotator.thresholds)
    try:
        with closing(rows):
            tally = _run(annotator, rows, source, out, unit.value, thresholds)
    except KeyboardInterrupt as stop:
        say(f"stopped; {out} was not written")
        raise typer.Exit(STOPPED) from stop
    _summarise(tally, out, any_language)
    raise typer.Exit(SOME_FAILED if tally.failed else OK)


def _run(
    annotator: Annotator,
    rows: Rows,
    source: Path,
    out: Path,
    unit: str,
    thresholds: dict[str, float] | None,
) -> Tally:
    """Write every document to `out`, and report bad rows and progress on the way."""
    from annotator.cli.progress import progress
    from annotator.corpus.run import Tally, annotate_rows
    from annotator.corpus.writers import open_writer

    tally = Tally()

    def failed(row: BadRow) -> None:
        tally.failed += 1
        say(f"{source}:{row.number}: {row.reason}")

    labelled = annotate_rows(annotator, rows, unit=unit, failed=failed)
    with open_writer(out) as writer, progress(tally) as show, closing(labelled):
        for row, document in labelled:
            document = document.at(thresholds) if thresholds else document
            writer.write(document)
            tally.add(document)
            show(row.share)
    return tally


def _summarise(tally: Tally, out: Path, any_language: bool) -> None:
    if tally.foreign and not any_language:
        say(
            f"warning: {tally.foreign:,} of {tally.documents:,} documents do not look English, and the model reads"
            " English only (--any-language silences this)"
        )
    shares = ", ".join(f"{name} {share:.1%}" for name, share in tally.shares().items())
    say(f"{tally.line()}{f' ({shares})' if tally.sentences else ''}: {out}")
