"""annotator evaluate: how good a model is, on annotated articles and on public corpora."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from annotator.cli.console import in_colour, say, write
from annotator.cli.findings import check_targets, columns, on_terminal, put_json
from annotator.cli.options import ModelOption, load
from annotator.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from annotator.evaluation.corpora import Row
    from annotator.evaluation.gold import Article
    from annotator.pipeline import Annotator

HELP = """Measure a model on annotated articles, and on public corpora where you have them.

GOLD are files of annotated articles as labels/README.md describes them; by default those of labels/gold/test.
Every figure comes with its 95 % bootstrap interval over articles; of a single article there is none, null in JSON. The
calibration error stands beside its limit: with the same probabilities, a perfectly calibrated model would stay below
it 95 times in 100.

--benchmark measures on a public corpus: babe, checkthat, polnear, newsdiscourse or mpqa. --data says where it is: a
.jsonl, .csv, .tsv or .parquet file, a folder, or the id of a dataset on the Hugging Face hub, with :CONFIG after
it where it has several configurations. Two answers are measured: that to the corpus's own question, if the
model has one, and that of the nearest mark. --data without --benchmark is a folder that holds marks/news_dev.jsonl and
all the corpora.

Exit codes: 0 done, 2 nothing done because of the usage or the input.

\b
Examples:
  annotator evaluate
  annotator evaluate articles.jsonl --json figures.json --plots plots/
  annotator evaluate --benchmark babe --data mediabiasgroup/BABE --split test
  annotator evaluate --data corpora/ --model models/mine
"""

NEWS = "marks/news_dev.jsonl"
FORMAT = 1
"""Version of what --json writes."""
WIDTH = 118
"""Columns that the tables need."""

Entry = dict[str, Any]
"""What is measured on one file or corpus, as it goes into the JSON."""


def evaluate(
    gold: Annotated[list[Path] | None, typer.Argument(metavar="GOLD", show_default=False)] = None,
    benchmark: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Measure on this public corpus instead of articles.", show_default=False),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="PATH|ID", help="Where the public corpora are.", show_default=False)
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which split of the benchmark.", show_default=False)
    ] = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write every figure here.", show_default=False)
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Draw plots of the articles here (SVG).", show_default=False)
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace FILE and the plots if they are there already.")
    ] = False,
    model: ModelOption = None,
) -> None:
    """Measure a model."""
    from annotator.evaluation.corpora import read

    names, files = _plan(gold or [], benchmark, data, split)
    check_targets([as_json] if as_json else [], [*files, Path(data or "")], overwrite=overwrite)
    _check_plots(plots, files, overwrite=overwrite)
    rows = {name: read(name, str(data), split) for name in names}
    articles = _measure_articles(files, model, plots)
    corpora = [{"data": _place(data), "split": split, **_measure_corpus(name, rows[name], model)} for name in names]
    if as_json:
        put_json(as_json, _figures(articles, corpora))
        say(f"figures: {as_json}")


def _plan(gold: list[Path], benchmark: str | None, data: str | None, split: str | None) -> tuple[list[str], list[Path]]:
    """The benchmarks and the gold files to measure on."""
    from annotator.evaluation.corpora import BENCHMARKS
    from annotator.places import folder

    if benchmark and benchmark not in BENCHMARKS:
        raise InputError(f"no benchmark {benchmark!r}; choose one of {', '.join(BENCHMARKS)}")
    if benchmark and not data:
        raise InputError(f"--benchmark {benchmark} needs --data; say where the corpus is")
    if split and not benchmark:
        raise InputError(f"--split {split} is only for a --benchmark; name one")
    if benchmark:
        return [benchmark], gold
    files = gold or sorted((folder("labels") / "gold" / "test").glob("*.jsonl"))
    if not data:
        return [], files
    if not Path(data).is_dir():
        raise InputError(f"--data {data} is no folder of corpora; name the --benchmark that it holds")
    return list(BENCHMARKS), [*files, Path(data) / NEWS]


def _check_plots(plots: Path | None, files: Sequence[Path], *, overwrite: bool) -> None:
    """Refuse early what would fail after the work is done, or draw over what is there."""
    if plots is None:
        return
    from annotator.evaluation.plots import KINDS

    if not files:
        raise InputError("--plots draws articles, and there are none beside the benchmark; give GOLD too")
    if plots.exists() and not plots.is_dir():
        raise InputError(f"--plots {plots} is a file; give a folder")
    name, count = Counter(map(_plot_name, files)).most_common(1)[0]
    if count > 1:
        raise InputError(f"the plots of {count} gold files would all be {name}; name the files differently")
    for one in (plots / f"{_plot_name(file)}-{kind}.svg" for file in files for kind in KINDS):
        if one.exists() and not overwrite:
            raise InputError(f"{one} exists already; give --overwrite to replace it")


def _name(file: Path) -> str:
    """What a gold file is called in tables: its folder's name and its own."""
    return f"{file.resolve().parent.name}/{file.stem}"


def _plot_name(file: Path) -> str:
    """How the names of its plots begin."""
    return _name(file).replace("/", "-")


def _measure_articles(files: Sequence[Path], model: str | None, plots: Path | None) -> list[Entry]:
    """Measure on gold files, show and draw each."""
    from annotator.evaluation.gold import read_gold

    articles = {file: read_gold(file) for file in files}
    if not files:
        return []
    annotator, read = load(model), _digests_read(model)
    return [_measure_file(annotator, file, articles[file], read, plots) for file in files]


def _measure_file(
    annotator: Annotator, file: Path, articles: list[Article], read: frozenset[str], plots: Path | None
) -> Entry:
    from annotator.cli.tables import article_tables
    from annotator.evaluation.gold import file_digest
    from annotator.evaluation.report import measure

    report = measure(annotator, articles, read)
    _show(article_tables(_name(file), report))
    if plots:
        from annotator.evaluation.plots import draw

        for path in draw(report, plots, _plot_name(file)):
            say(f"plot: {path}")
    return {"name": _name(file), "digest": file_digest(file), **report.to_dict()}


def _measure_corpus(name: str, rows: Sequence[Row], model: str | None) -> Entry:
    """Measure on a public corpus and show it."""
    from annotator import model_folder
    from annotator.cli.tables import benchmark_tables
    from annotator.evaluation.benchmarks import measure
    from annotator.evaluation.corpora import digest

    say(f"{name}: reading {len(rows):,} sentences")
    report = measure(model_folder.find(model), name, rows)
    _show(benchmark_tables(report))
    return {"digest": digest(rows), **report.to_dict()}


def _place(data: str | None) -> str | None:
    """Where a corpus came from, without the folders of this machine."""
    return Path(data).resolve().name if data and Path(data).exists() else data


def _digests_read(model: str | None) -> frozenset[str]:
    from annotator import model_folder
    from annotator.evaluation.report import digests_read

    return digests_read(model_folder.find(model))


def _show(tables: Sequence[RenderableType]) -> None:
    """Print tables, wide enough for their rows."""
    parts = [part for table in tables for part in (table, "")]
    write(on_terminal(parts, width=columns(WIDTH), colour=in_colour()), sys.stdout.encoding)


def _figures(articles: list[Entry], corpora: list[Entry]) -> dict[str, Any]:
    """What --json writes; the model stands once, at the top."""
    *_, model = (entry.pop("model") for entry in (*articles, *corpora))
    for entry in (*articles, *corpora):
        _drop_intervals(entry)
    return {"format": FORMAT, "model": model, "gold": articles, "benchmarks": corpora}


def _drop_intervals(entry: Entry) -> None:
    """Make the interval null of what is measured on a single article, in an entry and its groups."""
    reliability = (one["error"] for one in entry.get("calibration", {}).values())
    for figure in (*entry["figures"].values(), *reliability) if entry["articles"] == 1 else ():
        figure.update(low=None, high=None)
    for group in (group for groups in entry.get("groups", {}).values() for group in groups.values()):
        _drop_intervals(group)
