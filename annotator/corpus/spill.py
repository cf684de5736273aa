"""Rows of inputs that cannot be cut in place, good and bad, read once and kept as Parquet parts in the work folder."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.corpus import files, tables
from annotator.corpus.rows import BadRow, Broken, Columns, MissingColumn, Row, Rows
from annotator.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 64
"""Rows read back at once."""
_FIELDS = {"kind": "string", "number": "int64", "file": "binary", "id": "binary", "text": "binary"}
_KINDS = {one.__name__: one for one in (BadRow, MissingColumn, Broken)}


@dataclass(frozen=True)
class Part:
    """A spilled file, and its part (0 to 1) of the run's input."""

    path: Path
    share: float


def spill(
    rows: Iterable[Row | BadRow],
    columns: Columns,
    folder: Path,
    name: str,
    most: int,
    size: Callable[[float], int],
) -> Iterator[Part]:
    """Write rows to `folder` in parts of at most `most` rows and about `size(share)` characters, where the part of the
    run's input before them is `share` (0 to 1), and yield each once written.

    Parts of an earlier run are used as they are if it wrote all of them and none is gone; else all rows are read again.

    Raises:
        InputError: what is read now is not what a part of the earlier run holds.
    """
    marker = folder / f"{name}.json"
    if (known := _known(folder, marker)) is not None:
        yield from known
        return
    parts, before = [], 0.0
    for number, (packed, share) in enumerate(_packs(rows, most, size)):
        path = folder / f"{name}-{number:06}.parquet"
        _write(path, packed, columns)
        parts.append((path.name, max(0.0, share - before)))
        yield Part(path, parts[-1][1])
        before = max(before, share)
    files.write_json(marker, parts)


def read(path: Path, columns: Columns) -> Rows:
    """The rows of a part as they were spilled.

    Raises:
        InputError: it is lost or damaged; it is removed then, so that the next run writes it again.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with path.open("rb") as handle, parquet.ParquetFile(handle) as file:
            for batch in file.iter_batches(batch_size=BATCH):
                yield from _rows(batch, columns)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.ENOENT):  # it may be whole all the same
            raise
        path.unlink(missing_ok=True)
        raise InputError(f"{path} is lost or damaged; the same command writes it again") from error


def _known(folder: Path, marker: Path) -> list[Part] | None:
    """What an earlier run spilled, if it came to its end and all of it is there."""
    try:
        noted = files.read_json(marker)
    except InputError:  # damaged: what is read again is compared with what there is
        return None
    known = None if noted is None else [Part(folder / part, share) for part, share in noted]
    return known if known and all(part.path.is_file() for part in known) else None


def _packs(
    rows: Iterable[Row | BadRow], most: int, size: Callable[[float], int]
) -> Iterator[tuple[list[dict[str, Any]], float]]:
    """Lists of rows as they are written, with how much of the input had been read; at least one."""
    packed: list[dict[str, Any]] = []
    length, share, limit = 0, 0.0, 0
    for row in rows:
        long = len(row.text if isinstance(row, Row) else row.value)
        if packed and (len(packed) >= most or length + long > limit):
            yield packed, share
            packed, length = [], 0
        limit = limit if packed else size(share)
        packed.append(_value(row))
        length += long
        share = row.share if isinstance(row, Row) else share
    yield packed, share


def _write(path: Path, packed: list[dict[str, Any]], columns: Columns) -> None:
    """Write a part, or make sure that it is there already as it would be written now."""
    import pyarrow as pa
    from pyarrow import parquet

    kept = [(f"kept{place}", type or pa.binary()) for place, (_, type) in enumerate(columns.kept)]
    table = pa.Table.from_pylist(packed, pa.schema([*_FIELDS.items(), *kept]))
    content = io.BytesIO()
    parquet.write_table(table, content, compression="zstd")
    earlier = path.read_bytes() if path.exists() else b""
    if earlier == content.getvalue():
        return
    # The bytes differ where another pyarrow wrote them, the tables where there is a NaN, which is unlike itself.
    if (before := _table(earlier)) is not None:
        if not before.equals(table):
            raise InputError(f"the input is not what it was when {path.name} was read; give --overwrite")
        return
    with files.replacing(path) as handle:
        handle.write(content.getbuffer())


def _table(content: bytes) -> pa.Table | None:
    """The table in a part; None where it is damaged, or none."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError):
        return None


def _rows(batch: pa.RecordBatch, columns: Columns) -> Rows:
    kept = [_kept(batch.column(f"kept{place}"), type) for place, (_, type) in enumerate(columns.kept)]
    for place, value in enumerate(batch.select(list(_FIELDS)).to_pylist()):
        yield _row(value, tuple(column[place] for column in kept))


def _value(row: Row | BadRow) -> dict[str, Any]:
    good = isinstance(row, Row)
    kept = row.kept if isinstance(row, Row) else ()
    return {
        "kind": "Row" if good else type(row).__name__,
        "number": row.number,
        "file": _bytes(row.file),
        "id": _bytes(row.id if isinstance(row, Row) else row.reason),
        "text": _bytes(row.text if isinstance(row, Row) else row.value),
        **{f"kept{place}": _bytes(one) if isinstance(one, str) else one for place, one in enumerate(kept)},
    }


def _row(value: dict[str, Any], kept: tuple[Any, ...]) -> Row | BadRow:
    file, id, text = (_text(value[name]) or "" for name in ("file", "id", "text"))
    if value["kind"] == "Row":
        return Row(value["number"], id, text, 0.0, kept, file)
    return _KINDS[value["kind"]](value["number"], id, text, file)


def _kept(column: pa.Array, type: pa.DataType | None) -> Sequence[Any]:
    return [_text(one) for one in column.to_pylist()] if type is None else tables.values(column)


def _bytes(text: str) -> bytes:
    # Arrow's own strings cannot hold the lone surrogates that JSON can.
    return text.encode("utf-8", "surrogatepass")


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogatepass")
