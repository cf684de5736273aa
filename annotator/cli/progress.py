"""How far a run has come: a bar on a terminal, else a plain line now and then; bad rows as they are met."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from annotator.cli.console import say
from annotator.corpus.run import Effort, Tally

if TYPE_CHECKING:
    from annotator.corpus.worker import Done

INTERVAL = 30.0
"""Seconds between plain lines."""
MOST = 20
"""Bad rows, and inputs that lack a column, that are reported one by one; errors.jsonl and the manifest have all."""


class Progress:
    """What is done so far, by this run and those before it, on standard error."""

    def __init__(self, bar: Any = None) -> None:
        self.tally = Tally()
        self.shards = 0
        self._share = 0.0
        self._now = self._told = 0
        self._effort = Effort()
        self._start = self._last = monotonic()
        self._waiting: list[str] = []
        self._bar = bar

    def read_as(self, name: str, encoding: str) -> None:
        """Say that a file is not in UTF-8."""
        say(f"{name} is not in UTF-8; it is read as {encoding}")

    def lacking(self, columns: Mapping[str, Sequence[str]]) -> None:
        """Say which inputs have no such column."""
        for name, missing in islice(columns.items(), MOST):
            several = f"columns {', '.join(map(repr, missing))}" if len(missing) > 1 else f"column {missing[0]!r}"
            self._waiting.append(f"{name} has no {several}; its rows have nothing there")
        if len(columns) > MOST:
            self._waiting.append("further inputs that lack a column are not shown; all are in the manifest")

    def done(self, done: Done, errors: Path, *, before: bool) -> None:
        """Count a shard, report its bad rows, and show how far the run has come."""
        self.tally.merge(done.tally)
        self.shards += 1
        self._share += done.share
        if not before:
            self._now += done.tally.sentences
            self._effort += done.effort
        if done.tally.failed and self._told <= MOST:
            self._read(errors)
        if self.tally.documents:
            self._tell()
        self._show()

    def line(self) -> str:
        """The counts in words."""
        return self.tally.line()

    def close(self) -> None:
        """Say what is left to be said."""
        self._tell()
        if self._effort.known:
            share = self._effort.known / self._effort.asked
            say(f"{share:.1%} of the sentences that the model read, with their context, it had read before")
        if self._effort.settled:
            share = self._effort.settled / (self._effort.settled + self._effort.asked)
            say(f"{share:.1%} of the sentences were settled by the small network")

    def _read(self, errors: Path) -> None:
        with errors.open(encoding="utf-8") as lines:
            for error in map(json.loads, islice(lines, MOST + 1 - self._told)):
                self._told += 1
                place = error["file"] if error["row"] is None else f"{error['file']}:{error['row']}"
                more = "further failed rows are not shown; all are in errors.jsonl"
                self._waiting.append(f"{place}: {error['reason']}" if self._told <= MOST else more)

    def _tell(self) -> None:
        """Report bad rows; not before there is a good one, as without any the run is refused, in one line."""
        for line in self._waiting:
            say(line)
        self._waiting = []

    def _show(self) -> None:
        now = monotonic()
        speed = f"{self._now / max(0.001, now - self._start):,.0f} sentences/s"
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._share, description=f"{self.line()}, {speed}")
        elif now - self._last >= INTERVAL:
            self._last = now
            share = f"{self._share:.0%}: " if self._share else ""
            say(f"{share}{self.line()}, {speed}")


@contextmanager
def progress() -> Iterator[Progress]:
    """A Progress as fits standard error."""
    if sys.stderr.isatty():
        with _bar() as bar:
            watch = Progress(bar)
            yield watch
    else:
        watch = Progress()
        yield watch
    watch.close()


@contextmanager
def _bar() -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task("loading", total=1.0)
        yield bar
