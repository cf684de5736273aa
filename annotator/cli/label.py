"""annotator label: texts by the file, the folder or the dataset into labelled ones."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli.console import OK, SOME_FAILED, STOPPED, say
from annotator.cli.options import AnyLanguageOption, ModelOption, ThresholdOption, read_thresholds
from annotator.errors import InputError

if TYPE_CHECKING:
    from annotator.corpus.engines import Engine
    from annotator.corpus.inputs import Input
    from annotator.corpus.label import Request, Result
    from annotator.corpus.writers import Layout

HELP = """Label the texts of files, folders or a dataset, at any size.

INPUT is a file, a pattern such as "news/*.jsonl", or a folder: .txt (one text), .jsonl, .csv, .tsv, .parquet or
.arrow (a text a row), .html (one article; needs the extra web). A .gz or .zst may follow .txt, .jsonl, .csv, .tsv and
.html. A folder may also be one saved with the save_to_disk of the Python package datasets. Text is UTF-8 unless its
bytes say otherwise, which is reported.

OUT is a folder, for a part a shard, a manifest and errors.jsonl; or a single file that ends in .parquet, .jsonl or
.csv. What is in them, and how to read it with pandas, datasets and DuckDB: docs/corpus.md.

A run that was broken off, in whatever way, goes on where it was when the same command is given again, and ends
as if it had not been. It is refused if model, options or inputs are no longer the same, unless --overwrite is given.

In .csv, lists and objects are JSON text, and a cell that a spreadsheet would run (it starts with = + - @, a tab
or a carriage return, after any single quotes) gets one single quote before it; take that away to have the cell
back. In .csv and .parquet a lone surrogate is written as U+FFFD.

--level fast lets a small network settle the sentences that it is sure of and asks the model about the others only. It
is another model: a run begun at one level does not go on at the other. Probabilities of what it settles are not
calibrated, and words are lost more than labels (docs/corpus.md).

--engine dask labels on the workers of a Dask cluster (extra dask): those of the scheduler at --scheduler, which must
have the same version of this package and see INPUT and OUT under the same names; without it, processes of this machine.

A row without a usable text is reported as INPUT:ROW: REASON, written to errors.jsonl, and the others go on. Beside a
single file these are OUT.errors.jsonl and OUT.manifest.json. Rows count from 1, without the header of a .csv; those
of .jsonl and .txt are lines, and blank ones are passed over.

Exit codes: 0 done, 1 some rows failed, 2 not done because of the usage, the input or the system, 130 stopped by Ctrl-C.

\b
Examples:
  annotator label article.txt --out article.jsonl
  annotator label articles.csv --out sentences.parquet --text-column body --id-column url
  annotator label "archive/**/*.jsonl.gz" --out labelled/ --keep outlet --keep date
  annotator label sentences.jsonl --out labelled.csv --unit sentence
  annotator label --dataset username/news --split train --out labelled/ --rows documents
  annotator label archive/ --out labelled/ --engine dask --scheduler tcp://10.0.0.5:8786
"""


class Unit(StrEnum):
    """What a row of the input holds."""

    document = "document"
    sentence = "sentence"


class RowsOf(StrEnum):
    """What a row of the output holds."""

    sentences = "sentences"
    documents = "documents"


class Format(StrEnum):
    """How the parts of a folder are written."""

    parquet = "parquet"
    jsonl = "jsonl"
    csv = "csv"


class Level(StrEnum):
    """How closely the sentences are read."""

    standard = "standard"
    fast = "fast"


class EngineName(StrEnum):
    """Who labels the shards."""

    local = "local"
    dask = "dask"


SourcesArgument = Annotated[list[str] | None, typer.Argument(metavar="INPUT", show_default=False)]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="OUT", help="The folder or file to write.", show_default=False)
]
DatasetOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A dataset on the Hugging Face hub, or a local one, in place of INPUT."),
]
SplitOption = Annotated[str | None, typer.Option(metavar="NAME", help="Which split of a dataset.")]
ConfigOption = Annotated[str | None, typer.Option(metavar="NAME", help="Which configuration of a dataset.")]
TextOption = Annotated[str, typer.Option(metavar="NAME", help="Where the texts are.")]
IdOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help='Where the ids are: "id" if there is one, else the row numbers are the ids.'),
]
KeepOption = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN", help="A column to be carried through; may be given again."),
]
EncodingOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="The encoding of text files, instead of what is detected.")
]
UnitOption = Annotated[
    Unit, typer.Option(help="What a row holds: a document to be split, or one sentence (in .txt, a sentence a line).")
]
FormatOption = Annotated[Format, typer.Option(help="The format of a folder's parts.")]
RowsOption = Annotated[
    RowsOf | None,
    typer.Option(help="A row a sentence, or a row a document; documents for a file that ends in .jsonl."),
]
NoTextOption = Annotated[
    bool, typer.Option("--no-text", help="Write no text, but offsets and the SHA-256 of each document's text.")
]
LevelOption = Annotated[
    Level, typer.Option(help="How closely to read: fast asks the model only about what a small network is not sure of.")
]
ProcessesOption = Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes to label with: one a core.")]
ShardRowsOption = Annotated[
    int, typer.Option(min=1, metavar="N", help="Rows of a shard at most: what is done at once, and kept at a stop.")
]
EngineOption = Annotated[EngineName, typer.Option(help="Label in processes of this machine, or on a Dask cluster.")]
SchedulerOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="The Dask scheduler whose workers are to label.")
]
FailFastOption = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first bad row.")]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace OUT if it is there already, finished or of another run.")
]


def label(
    out: OutOption,
    sources: SourcesArgument = None,
    dataset: DatasetOption = None,
    split: SplitOption = None,
    config: ConfigOption = None,
    text_column: TextOption = "text",
    id_column: IdOption = None,
    keep: KeepOption = None,
    encoding: EncodingOption = None,
    unit: UnitOption = Unit.document,
    format: FormatOption = Format.parquet,
    rows: RowsOption = None,
    no_text: NoTextOption = False,
    threshold: ThresholdOption = None,
    any_language: AnyLanguageOption = False,
    model: ModelOption = None,
    level: LevelOption = Level.standard,
    processes: ProcessesOption = None,
    shard_rows: ShardRowsOption = 5000,
    engine: EngineOption = EngineName.local,
    scheduler: SchedulerOption = None,
    fail_fast: FailFastOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Label the texts of files, folders or a dataset."""
    from annotator.corpus.label import Request
    from annotator.corpus.rows import Columns
    from annotator.corpus.streams import check_encoding

    columns = Columns(text_column, id_column, tuple(keep or ()))
    request = Request(
        _inputs(sources or [], dataset, split, config, out),
        out,
        columns,
        _layout(out, format, rows, columns.keep, with_text=not no_text),
        model,
        level.value,
        _thresholds(threshold, model),
        unit.value,
        check_encoding(encoding) if encoding else None,
        overwrite,
        fail_fast,
        shard_rows,
    )
    result = _run(request, _engine(engine, scheduler, processes))
    _summarise(result, out, any_language)
    raise typer.Exit(SOME_FAILED if result.tally.failed else OK)


def _engine(name: EngineName, scheduler: str | None, processes: int | None) -> Engine:
    """Who labels, by the options."""
    from annotator.corpus.cluster import on_dask
    from annotator.corpus.engines import fitting

    if scheduler and name != EngineName.dask:
        raise InputError("--scheduler is only for --engine dask; give that too, or leave it out")
    if scheduler and processes:
        raise InputError("--processes is for this machine, the workers of a scheduler are its own; leave it out")
    return on_dask(scheduler, processes) if name == EngineName.dask else fitting(processes)


def _run(request: Request, engine: Engine) -> Result:
    """Label everything, and say how far it has come on the way and at a stop."""
    from annotator.cli.progress import progress
    from annotator.corpus.label import label_corpus

    with progress() as watch:
        try:
            return label_corpus(request, engine, watch)
        except KeyboardInterrupt as stop:
            kept = f"{watch.line()} are kept; the same command goes on from there"
            say(f"stopped; {kept if watch.shards else f'{request.out} was not written'}")
            raise typer.Exit(STOPPED) from stop


def _inputs(sources: list[str], dataset: str | None, split: str | None, config: str | None, out: Path) -> list[Input]:
    from annotator.corpus.inputs import DATASET, Input, find

    if bool(sources) == bool(dataset):
        raise InputError("give either INPUT or --dataset; see annotator label --help")
    if dataset:
        return [Input(dataset, DATASET, split=split, config=config)]
    found = find(sources, out)
    if (split or config) and [one.kind for one in found] != [DATASET]:
        option = f"--split {split}" if split else f"--config {config}"
        raise InputError(f"{option} is only for a dataset, and {found[0].name} is a file; leave it out")
    return [replace(one, split=split, config=config) for one in found] if split or config else found


def _layout(out: Path, format: Format, rows: RowsOf | None, keep: tuple[str, ...], *, with_text: bool) -> Layout:
    """How OUT is written: a file's own suffix says its format."""
    from annotator.corpus.writers import FORMATS, Layout

    suffix = out.suffix.lower().removeprefix(".")
    if suffix in FORMATS:
        usual = RowsOf.documents if suffix == "jsonl" else RowsOf.sentences
        return Layout(suffix, (rows or usual).value, with_text, keep)
    if suffix and not out.is_dir():
        raise InputError(f"{out} has the suffix {out.suffix!r}; end a file in one of .{', .'.join(FORMATS)}")
    return Layout(format.value, (rows or RowsOf.sentences).value, with_text, keep)


def _thresholds(given: list[str] | None, model: str | None) -> tuple[tuple[str, float], ...]:
    """The thresholds in force, where any is given."""
    from annotator import model_folder

    if not given:
        return ()
    defaults = model_folder.read_config(model_folder.find(model)).thresholds
    return tuple((read_thresholds(given, defaults) or {}).items())


def _summarise(result: Result, out: Path, any_language: bool) -> None:
    tally = result.tally
    if tally.foreign and not any_language:
        say(
            f"warning: {tally.foreign:,} of {tally.documents:,} documents do not look English, and the model reads"
            " English only (--any-language silences this)"
        )
    if result.repeated_ids:
        say(f"warning: {result.repeated_ids:,} documents repeat an id; the columns file and row tell them apart")
    shares = ", ".join(f"{name} {share:.1%}" for name, share in tally.shares().items())
    say(f"{tally.line()}{f' ({shares})' if tally.sentences else ''}: {out}")
