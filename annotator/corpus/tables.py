"""Arrow tables to rows: Parquet and Arrow files and datasets, a batch in memory at a time."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from annotator.corpus.rows import Columns, Rows, as_text, make_row
from annotator.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 64
"""Rows read at once."""
GONE = (errno.ENOENT, errno.ESTALE, errno.EMFILE, errno.ENFILE)
"""What may befall a file that is not damaged: its disk or network is away, or too many files are open."""


class DamagedError(InputError):
    """What stands in a table cannot be read."""


def read_parquet(path: Path, columns: Columns, wanted: range | None = None) -> Rows:
    """The rows of a Parquet file, or those `wanted`, by their place from 0.

    Raises:
        InputError: it is damaged, or lacks a column.
    """
    with open_parquet(path) as file:
        names = _names(path, columns, file.schema_arrow.names)
        total = file.metadata.num_rows
        wanted = range(total) if wanted is None else wanted
        groups, before = _groups(file.metadata, wanted)
        batches = file.iter_batches(batch_size=BATCH, row_groups=groups, columns=names.needed)
        asked = range(wanted.start - before, wanted.stop - before)
        yield from _rows(_among(batches, asked), names, columns, total, wanted.start)


def read_arrow(path: Path, columns: Columns, wanted: range | None = None) -> Rows:
    """The rows of an Arrow file (of either IPC format), or some of them; as `read_parquet`.

    Raises:
        InputError: it is damaged, or lacks a column.
    """
    with open_arrow(path) as (batches, schema):
        names = _names(path, columns, schema.names)
        asked = batches if wanted is None else _among(batches, wanted)
        small = (batch.slice(at, BATCH) for batch in asked for at in range(0, batch.num_rows, BATCH))
        yield from _rows(small, names, columns, 0, wanted.start if wanted else 0)


def read_dataset(name: str, columns: Columns, split: str | None, config: str | None) -> Rows:
    """The rows of a dataset: a folder that `save_to_disk` wrote, any other that `load_dataset` takes, or a name on the
    Hugging Face hub, which is streamed.

    Raises:
        InputError: there is none, the split is missing or not named, or a column is missing.
    """
    dataset = load_dataset(name, split, config)
    names = _names(name, columns, column_names(dataset))
    total = len(dataset) if hasattr(dataset, "__len__") else 0
    batches = dataset.select_columns(names.needed).with_format("arrow").iter(BATCH)
    with _reporting(name):
        yield from _rows(batches, names, columns, total)


@contextmanager
def open_parquet(path: Path) -> Iterator[Any]:
    """A `pyarrow.parquet.ParquetFile` that is read in small steps."""
    from pyarrow import parquet

    # Otherwise a whole row group is in memory at once, and one may hold the whole file.
    stepwise = {"buffer_size": 1 << 20, "pre_buffer": False}
    with path.open("rb") as handle, _reporting(path), parquet.ParquetFile(handle, **stepwise) as file:
        yield file


@contextmanager
def open_arrow(path: Path) -> Iterator[tuple[Iterator[pa.RecordBatch], pa.Schema]]:
    """The record batches of an Arrow file, mapped into memory and not read before they are used; its schema."""
    import pyarrow as pa

    with _reporting(path), pa.memory_map(str(path)) as mapped:
        if mapped.read(6) == b"ARROW1":
            reader = pa.ipc.open_file(mapped)
            yield (reader.get_batch(at) for at in range(reader.num_record_batches)), reader.schema
        else:
            mapped.seek(0)
            with pa.ipc.open_stream(mapped) as stream:
                yield iter(stream), stream.schema


def load_dataset(name: str, split: str | None, config: str | None) -> Any:
    """A Dataset, or one that streams (IterableDataset)."""
    if is_saved(Path(name)):
        return _load_split(Path(name), split)
    import datasets

    try:
        found = datasets.load_dataset(name, config, split=split, streaming=True)
    except Exception as error:  # datasets lets errors of all its parts through
        raise InputError(f"dataset {name!r} cannot be loaded: {error}; check its name, --config and --split") from error
    return _pick(name, found, split)


def column_names(dataset: Any) -> list[str]:
    """The columns of a dataset, by its first row where it does not know them."""
    return list(dataset.column_names or next(iter(dataset), {}))


def is_saved(path: Path) -> bool:
    """Whether a folder was written by the `save_to_disk` of datasets."""
    return any((path / name).is_file() for name in ("state.json", "dataset_dict.json"))


@contextmanager
def _reporting(path: object) -> Iterator[None]:
    """Turn what pyarrow says of damaged data into an InputError."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno in GONE:
            raise
        raise DamagedError(f"{path} is damaged, or not of the kind its name says: {error}; write it again") from error


def _load_split(path: Path, split: str | None) -> Any:
    from datasets import load_from_disk

    try:
        found = load_from_disk(str(path))
    except Exception as error:  # datasets lets errors of pyarrow, json and its own features through
        raise InputError(f"{path} is no dataset that datasets can read: {error}; save it again") from error
    return _pick(str(path), found, split)


def _pick(name: str, found: Any, split: str | None) -> Any:
    """The split of what may be several; datasets that have been loaded by split are none."""
    if not isinstance(found, dict):
        if split is not None and getattr(found, "split", None) != split:
            raise InputError(f"{name} has no splits; leave --split out")
        return found
    if split in found:
        return found[split]
    if split is None and len(found) == 1:
        return next(iter(found.values()))
    fact = "has several splits" if split is None else f"has no split {split!r}"
    raise InputError(f"{name} {fact}; give --split with one of {', '.join(found)}")


class _Names(NamedTuple):
    """The names of the text column, of the id column where there is one, and of those carried through, of which None
    is not there.
    """

    text: str
    id: str | None
    keep: tuple[str | None, ...]

    @property
    def needed(self) -> list[str]:
        return list(dict.fromkeys(filter(None, (self.text, self.id, *self.keep))))


def _names(path: object, columns: Columns, present: list[str]) -> _Names:
    text, id, keep = columns.pick(path, present)
    names = (None if place is None else present[place] for place in (id, *keep))
    return _Names(present[text], next(names), tuple(names))


def _rows(
    batches: Iterable[pa.RecordBatch | pa.Table], names: _Names, columns: Columns, total: int, before: int = 0
) -> Rows:
    number = before
    for batch in batches:
        texts = batch.column(names.text)
        keep = [_kept(batch, name, type) for name, (_, type) in zip(names.keep, columns.kept, strict=True)]
        ids = None if names.id is None else batch.column(names.id)
        for place in range(batch.num_rows):
            number += 1
            id, kept = None if ids is None else _value(ids[place]), [column[place] for column in keep]
            yield make_row(number, id, _value(texts[place]), columns, number / total if total else 0.0, kept)


def _groups(metadata: Any, wanted: range) -> tuple[list[int], int]:
    """The row groups that hold rows `wanted`, and how many rows are before them."""
    groups: list[int] = []
    end = before = 0
    for group in range(metadata.num_row_groups):
        start, end = end, end + metadata.row_group(group).num_rows
        if start < wanted.stop and end > wanted.start:
            before = before if groups else start
            groups.append(group)
    return groups, before


def _among(batches: Iterable[pa.RecordBatch], wanted: range) -> Iterator[pa.RecordBatch]:
    """The rows at places `wanted` among all rows of the batches; no batch after them is read."""
    end = 0
    for batch in batches:
        start, end = end, end + batch.num_rows
        first, last = max(wanted.start - start, 0), min(wanted.stop - start, batch.num_rows)
        if first < last:
            yield batch.slice(first, last - first)
        if end >= wanted.stop:
            return


def _kept(batch: pa.RecordBatch | pa.Table, name: str | None, type: pa.DataType | None) -> list[Any]:
    """A column as it is carried through: as texts, or as values of the run's type for it; nulls where there is none."""
    if name is None:
        return [None] * batch.num_rows
    column = batch.column(name)
    return [_as_text(cell) for cell in column] if type is None else values(column.cast(type))


def values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The cells as Arrow can make them a column again: scalars, which hold every value, None, and of nested types
    Python's values, or the exception that is raised where it has none.
    """
    import pyarrow as pa

    if pa.types.is_nested(column.type):  # a null that is a list is none to Arrow when it stands in a list
        return [_value(cell) for cell in column]
    return [cell if cell.is_valid else None for cell in column]


def _as_text(cell: pa.Scalar[Any]) -> str | None:
    value = _value(cell)
    return str(value) if isinstance(value, Exception) else as_text(value)


def _value(cell: pa.Scalar[Any]) -> object:
    """A cell as a Python value; a cell that has none is the error it raises (invalid UTF-8, a date out of range)."""
    try:
        return cell.as_py()
    except (ValueError, OverflowError) as error:
        return error
