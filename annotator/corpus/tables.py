"""Arrow tables to rows: Parquet files and folders that `datasets.save_to_disk` wrote, a batch in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.corpus.rows import Columns, Rows, make_row
from annotator.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 64
"""Rows read at once."""


def read_parquet(path: Path, columns: Columns) -> Rows:
    """The rows of a Parquet file.

    Raises:
        InputError: it is damaged, or lacks a column.
    """
    from pyarrow import parquet

    # Otherwise a whole row group is in memory at once, and one may hold the whole file.
    stepwise = {"buffer_size": 1 << 20, "pre_buffer": False}
    with path.open("rb") as handle, _reporting(path), parquet.ParquetFile(handle, **stepwise) as file:
        names = _names(path, columns, file.schema_arrow.names)
        batches = file.iter_batches(batch_size=BATCH, columns=list(dict.fromkeys(names)))
        yield from _rows(batches, names, columns, file.metadata.num_rows)


def read_saved_dataset(path: Path, columns: Columns, split: str | None) -> Rows:
    """The rows of a Dataset, or of one split of a DatasetDict, saved in the folder `path`.

    Raises:
        InputError: the folder holds neither, the split is missing or not named, or a column is missing.
    """
    dataset = _load_split(path, split)
    names = _names(path, columns, dataset.column_names)
    batches = dataset.select_columns(list(dict.fromkeys(names))).with_format("arrow").iter(BATCH)
    with _reporting(path):
        yield from _rows(batches, names, columns, len(dataset))


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    """Turn what pyarrow says of damaged data into an InputError."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InputError(f"{path} is damaged, or not of the kind its name says: {error}; write it again") from error


def _load_split(path: Path, split: str | None) -> Any:
    from datasets import DatasetDict, load_from_disk

    try:
        found = load_from_disk(str(path))
    except Exception as error:  # datasets lets errors of pyarrow, json and its own features through
        raise InputError(
            f"{path} is a folder, but no dataset saved by datasets; give a file or such a folder"
        ) from error
    if not isinstance(found, DatasetDict):
        if split is not None:
            raise InputError(f"{path} has no splits; leave --split out")
        return found
    if split not in found:
        fact = "has several splits" if split is None else f"has no split {split!r}"
        raise InputError(f"{path} {fact}; give --split with one of {', '.join(found)}")
    return found[split]


def _names(path: Path, columns: Columns, present: list[str]) -> list[str]:
    """The names of the text column and, where there is one, of the id column."""
    text, id = columns.pick(path, present)
    return [present[text]] if id is None else [present[text], present[id]]


def _rows(batches: Iterable[pa.RecordBatch | pa.Table], names: list[str], columns: Columns, total: int) -> Rows:
    number = 0
    for batch in batches:
        values = [batch.column(name) for name in names]
        for place in range(batch.num_rows):
            number += 1
            text, id = _value(values[0][place]), _value(values[1][place]) if len(values) > 1 else None
            yield make_row(number, id, text, columns, number / total)


def _value(cell: pa.Scalar[Any]) -> object:
    """A cell as a Python value; a cell that has none is the error it raises (invalid UTF-8, a date out of range)."""
    try:
        return cell.as_py()
    except (ValueError, OverflowError) as error:
        return error
