"""Inputs cut into shards: ranges of lines or rows in place, and spilled Parquet for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, groupby
from pathlib import Path

from annotator.corpus import readers, spill, tables
from annotator.corpus.inputs import DATASET, Input
from annotator.corpus.rows import Broken, Columns, Row, Rows
from annotator.corpus.streams import COMPRESSED, UTF8
from annotator.errors import InputError

ROWS = 5000
"""Rows of a shard, at most."""
BYTES, FEWEST_BYTES = 1 << 20, 1 << 15
"""About how many bytes of text a shard has at most, and at least: a minute's work of one core, and two seconds'. That
is what a process loses when it is killed."""
PARTS = 32
"""Between these two, a shard is one in so many parts of what is left: the last ones are small, so that all cores end at
about the same time (guided self-scheduling, Polychronopoulos and Kuck 1987). How many cores there are does not count:
a run may be gone on with on another machine, in the same shards."""
LARGEST = 8
"""How many times larger than a shard a row group may be; a larger one is spilled, as each shard in it would unpack it
from its beginning."""


@dataclass(frozen=True)
class Shard:
    """A stretch of an input, or a spilled part of several: the unit of work, and of what is done or not.

    Attributes:
        name: its place among all shards of the run, the same in every run of the same inputs.
        kind: "jsonl", "parquet", "arrow" or "spill".
        start, stop: bytes, or rows from 0, half-open.
        first: number of the first row.
        share: its part of all the run's input, 0 to 1, as far as that is known.

    """

    name: str
    kind: str
    path: str
    start: int = 0
    stop: int = 0
    first: int = 1
    share: float = 0.0


@dataclass(frozen=True)
class Most:
    """What a shard holds at most: `rows`, and, but for its last row, a part of the `total` bytes of all inputs, where
    that is `known`.
    """

    rows: int
    total: int
    known: bool

    def bytes(self, before: float, packing: float = 1.0) -> int:
        """About how many bytes, where `before` (0 to 1) of the input is in other shards; `packing`: how many come of a
        byte of the file.
        """
        left = int(self.total * (1 - before) * packing)
        return min(BYTES, max(FEWEST_BYTES, left // PARTS)) if self.known else BYTES


def plan(inputs: list[Input], columns: Columns, unit: str, folder: Path, rows: int = ROWS) -> Iterator[Shard]:
    """The shards of all inputs in their order, lazily, of at most `rows` rows each; what cannot be cut in place is
    spilled to `folder`.
    """
    known = not any(one.kind == DATASET for one in inputs)
    most = Most(rows, max(1, sum(one.size for one in inputs)), known)
    numbers, before = count(), 0
    for group, (inside, members) in enumerate(groupby(inputs, in_place)):
        together = list(members)
        if inside:
            found = _cut(together, before, most)
        else:
            found = _spilled(_rows(together, before, columns, unit, most), columns, folder, f"spill-{group:03}", most)
        for shard in found:
            yield replace(shard, name=f"part-{next(numbers):06}")
        before += sum(one.size for one in together)


def rows_of(shard: Shard, columns: Columns, root: Path) -> Rows:
    """The rows of a shard whose path starts from `root`; where an input cannot be read on, a Broken is the last one."""
    path = root / shard.path
    if shard.kind == "spill":
        yield from spill.read(path, columns)
        return
    read = 0
    try:
        for row in _read_place(shard, path, columns):
            read += 1
            yield replace(row, file=shard.path)
    except (InputError, OSError) as error:
        if isinstance(error, OSError) and error.errno in tables.GONE:
            raise InputError(f"{path} was there when the run began: {error.strerror}; go on when it is back") from error
        reason = str(error).replace(str(path), shard.path)  # the same wherever the run was started
        lost = isinstance(error, tables.DamagedError) and shard.stop > shard.start + read
        told = f"rows {shard.start + read + 1} to {shard.stop} are lost: " if lost else ""
        yield Broken(0, told + reason, file=shard.path)


def in_place(one: Input) -> bool:
    """Whether an input can be cut without being read: it knows where its rows begin, and none is too large a lump."""
    path = Path(one.name)
    if one.kind == DATASET or one.fault or path.suffix.lower() in COMPRESSED:
        return False
    if one.kind == "jsonl":
        return one.encoding == UTF8
    try:
        return one.kind in ("parquet", "arrow") and all(
            rows <= LARGEST * ROWS and size <= LARGEST * BYTES for rows, size in _lumps(one.kind, path)
        )
    except InputError:  # reading its rows will say it again, and be reported
        return False


def _read_place(shard: Shard, path: Path, columns: Columns) -> Rows:
    if shard.kind == "jsonl":
        return readers.read_json_range(path, columns, shard.start, shard.stop, shard.first)
    read = tables.read_parquet if shard.kind == "parquet" else tables.read_arrow
    return read(path, columns, range(shard.start, shard.stop))


def _cut(inputs: Iterable[Input], before: int, most: Most) -> Iterator[Shard]:
    """The shards of inputs that have `before` bytes of others before them."""
    for one in inputs:
        path, packing = Path(one.name), 1.0
        if one.kind == "jsonl":
            lumps: Iterable[tuple[int, int]] = ((1, size) for size in readers.lines_of(path))
        else:
            groups = list(_lumps(one.kind, path))
            packing = max(1, sum(size for _, size in groups)) / max(1, one.size)
            lumps = _slices(groups, most)
        yield from _pack(one, lumps, before / most.total, packing, most)
        before += one.size


def _pack(one: Input, lumps: Iterable[tuple[int, int]], before: float, packing: float, most: Most) -> Iterator[Shard]:
    """Shards of neighbouring lumps, which are (rows, bytes); at least one, so that no input is without a trace."""
    start = stop = 0
    first, rows, size = 1, 0, 0
    limit = most.bytes(before, packing)
    for more_rows, more_size in lumps:
        if rows and (rows + more_rows > most.rows or size + more_size > limit):
            share = size / packing / most.total
            yield Shard("", one.kind, one.name, start, stop, first, share)
            before += share
            limit = most.bytes(before, packing)
            start, first, rows, size = stop, first + rows, 0, 0
        rows, size = rows + more_rows, size + more_size
        stop += more_size if one.kind == "jsonl" else more_rows
    yield Shard("", one.kind, one.name, start, stop, first, size / packing / most.total)


def _slices(groups: Iterable[tuple[int, int]], most: Most) -> Iterator[tuple[int, int]]:
    """The same rows in lumps small enough for any shard; a table can be read from every row on."""
    for rows, size in groups:
        parts = max(1, min(rows, max(-(-size // FEWEST_BYTES), -(-rows // most.rows))))
        for at in range(parts):
            yield rows * (at + 1) // parts - rows * at // parts, size * (at + 1) // parts - size * at // parts


def _lumps(kind: str, path: Path) -> Iterator[tuple[int, int]]:
    """Rows and uncompressed bytes of each row group or record batch."""
    if kind == "parquet":
        with tables.open_parquet(path) as file:
            groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        yield from ((group.num_rows, group.total_byte_size) for group in groups)
    else:
        with tables.open_arrow(path) as (batches, _):
            yield from ((batch.num_rows, batch.nbytes) for batch in batches)


def _spilled(rows: Rows, columns: Columns, folder: Path, name: str, most: Most) -> Iterator[Shard]:
    for part in spill.spill(rows, columns, folder, name, most.rows, most.bytes):
        yield Shard("", "spill", str(part.path), share=part.share)


def _rows(inputs: Iterable[Input], before: int, columns: Columns, unit: str, most: Most) -> Rows:
    """The rows of inputs one after the other, their shares those of the whole run; `before` as for `_cut`."""
    for one in inputs:
        read = 0
        try:
            if one.fault:
                raise InputError(one.fault)
            for row in _read(one, columns, unit):
                read += 1
                if isinstance(row, Row):
                    yield replace(row, file=one.name, share=(before + row.share * one.size) / most.total)
                else:
                    yield replace(row, file=one.name)
        except (InputError, OSError) as error:
            told = f"all rows after row {read} are lost: " if isinstance(error, tables.DamagedError) and read else ""
            yield Broken(0, told + str(error), file=one.name)
        before += one.size


def _read(one: Input, columns: Columns, unit: str) -> Rows:
    if one.kind == DATASET:
        return tables.read_dataset(one.name, columns, one.split, one.config)
    return readers.read(Path(one.name), columns, unit=unit, encoding=one.encoding)
