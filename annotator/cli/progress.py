"""How far a run has come: a bar on a terminal, else a plain line now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from annotator.cli.console import say
from annotator.corpus.run import Tally

INTERVAL = 30.0
"""Seconds between plain lines."""

Show = Callable[[float], None]


@contextmanager
def progress(tally: Tally) -> Iterator[Show]:
    """A function to be called with the share (0 to 1) of the input that has been done."""
    if sys.stderr.isatty():
        with _bar(tally) as show:
            yield show
    else:
        yield _lines(tally)


def _lines(tally: Tally) -> Show:
    start = last = monotonic()

    def show(share: float) -> None:
        nonlocal last
        if monotonic() - last >= INTERVAL:
            last = monotonic()
            say(f"{share:.0%}: {tally.line()}, {tally.sentences / (last - start):,.0f} sentences/s")

    return show


@contextmanager
def _bar(tally: Tally) -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        start, task = monotonic(), bar.add_task("loading", total=1.0)

        def show(share: float) -> None:
            speed = tally.sentences / max(0.001, monotonic() - start)
            bar.update(task, completed=share, description=f"{tally.line()}, {speed:,.0f} sentences/s")

        yield show
