"""annotator report: a labelled output as a page to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from annotator.cli.console import say
from annotator.cli.findings import check_targets

HELP = """Write a page that shows what a labelled output holds.

OUT is what annotator label wrote: a folder, or a .parquet, .jsonl or .csv file.

The page is one HTML file that loads nothing: label shares overall, by the columns that were kept, and over time; the
most quoted sources, named and unnamed; the most frequent words that frame and hedge, with example sentences; a table
beside every chart. It quotes the texts: share it as you may share them. Of an output without text (--no-text) it
shows shares only.

--by takes a column that annotator label --keep carried through, or language. --date takes one of dates as ISO 8601
has them (2024-03-31, 2024-03, 2024-03-31T09:30:00Z); they are shown by day, week, month or year, as suits their span.

Memory stays bounded: of a column the first 2,000 values are told apart. Of names and phrases, a count that may be too
low is marked as such; no corpus of less than 20,000 different ones has any.

\b
Examples:
  annotator report labelled/
  annotator report labelled/ --by outlet --by section --date published --page news.html
"""


def report(
    out: Annotated[Path, typer.Argument(metavar="OUT", show_default=False)],
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Show label shares by this column; may be given again."),
    ] = None,
    date: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Show label shares over time, by this column's dates.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The page to write: beside OUT, ending in .html, unless told."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it is there already.")] = False,
) -> None:
    """Write a page about an output."""
    from annotator.corpus.files import replacing
    from annotator.report.page import to_html
    from annotator.report.results import find, read
    from annotator.report.totals import gather

    target = page or _beside(out)
    check_targets([target], (out,), overwrite=overwrite)
    output = find(out)
    if not output.finished:
        say(f"warning: the run in {out} was broken off; run annotator label again to finish it")
    totals = gather(read(output, [*(by or ()), *([date] if date else [])]), by or (), date)
    html = to_html(totals, output)
    with replacing(target) as handle:
        handle.write(html.encode())
    say(f"{totals.documents:,} documents, {totals.sentences:,} sentences: {target}")


def _beside(out: Path) -> Path:
    place = out.resolve()
    return place.with_name(f"{place.name if place.is_dir() else place.stem}.html")
