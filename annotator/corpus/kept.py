"""The columns that are carried through: of which type (that of the inputs where they agree, else text), and which of
the inputs have none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from annotator.corpus import files, readers, tables
from annotator.corpus.inputs import DATASET, Input
from annotator.corpus.rows import missing
from annotator.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

Types = tuple["pa.DataType | None", ...]
"""The Arrow type of each column that is carried through; None is text."""
COLUMNLESS = ("txt", "html")
_TEXTS = ("string", "large_string", "string_view")
_LACKING = b"lacking"
"""In the metadata of the note: the columns that inputs lack, as JSON."""
_Columns = Mapping[str, "pa.DataType | None"]
"""The columns of an input with their types, None where that is text."""


class Kept(NamedTuple):
    """The types of the columns that are carried through, and by the name of an input those that it lacks."""

    types: Types
    lacking: dict[str, list[str]]


def find(inputs: Sequence[Input], keep: Sequence[str], note: Path) -> Kept:
    """What is known of the columns `keep`, as an earlier run of the same inputs noted it, else by the inputs.

    Raises:
        InputError: all inputs are tables, and none has one of the columns.
    """
    import pyarrow as pa

    if not keep:
        return Kept((), {})
    schema = _noted(note)
    if schema is None:
        schema = _schema(_tables(inputs), keep)
        with files.replacing(note) as handle:
            handle.write(schema.serialize())
    types = tuple(None if pa.types.is_string(type) else type for type in schema.types)
    return Kept(types, json.loads(schema.metadata[_LACKING]))


def _noted(note: Path) -> pa.Schema | None:
    """What an earlier run noted; None where it did not, or the note is damaged."""
    import pyarrow as pa

    try:
        schema = pa.ipc.read_schema(pa.py_buffer(note.read_bytes()))
    except (FileNotFoundError, pa.ArrowException, OSError):
        return None
    return schema if _LACKING in (schema.metadata or {}) else None


def _schema(found: Mapping[str, _Columns | None], keep: Sequence[str]) -> pa.Schema:
    """The columns that are carried through, and as metadata those that inputs lack."""
    import pyarrow as pa

    known = {name: columns for name, columns in found.items() if columns is not None}
    if known and len(known) == len(found):
        _refuse_unknown(known, keep)
    lacking = {name: [one for one in keep if one not in columns] for name, columns in known.items()}
    told = json.dumps({name: columns for name, columns in lacking.items() if columns})
    types = [common(_types(found.values(), name)) or pa.string() for name in keep]
    return pa.schema(list(zip(keep, types, strict=True)), {_LACKING: told.encode()})


def _refuse_unknown(found: Mapping[str, _Columns], keep: Sequence[str]) -> None:
    present = list(dict.fromkeys(chain.from_iterable(found.values())))
    for name in keep:
        if name not in present:
            others = ", as every other input," if len(found) > 1 else ""
            raise InputError(f"{next(iter(found))}{others} {missing(name, present)}; name one with --keep")


def _types(found: Iterable[_Columns | None], name: str) -> Iterator[pa.DataType | None]:
    """The types that a column has where there is one."""
    for columns in found:
        if columns is None:
            yield None
        elif name in columns:
            yield columns[name]


def common(found: Iterable[pa.DataType | None]) -> pa.DataType | None:
    """The type that holds the values of all types exactly; None where that is text."""
    import pyarrow as pa

    several: set[Any] = {_plain(type) for type in found if type is None or not pa.types.is_null(type)}
    if None in several or not several:
        return None
    for family in (pa.types.is_signed_integer, pa.types.is_unsigned_integer, pa.types.is_floating):
        if all(map(family, several)):
            return max(several, key=lambda type: type.bit_width)
    return several.pop() if len(several) == 1 else None


def _tables(inputs: Iterable[Input]) -> dict[str, _Columns | None]:
    """The columns of each input that can be read and has some."""
    found = {}
    for one in inputs:
        if not one.fault and one.kind not in COLUMNLESS:
            with suppress(InputError, OSError):  # reading its rows will say it again, and be reported
                found[one.name] = _columns(one)
    return found


def _columns(one: Input) -> _Columns | None:
    """The columns of an input; None where each row has its own."""
    path = Path(one.name)
    if one.kind == DATASET:
        dataset = tables.load_dataset(one.name, one.split, one.config)
        known = dataset.features is not None
        return _typed(dataset.features.arrow_schema) if known else dict.fromkeys(tables.column_names(dataset))
    if one.kind == "parquet":
        with tables.open_parquet(path) as file:
            return _typed(file.schema_arrow)
    if one.kind == "arrow":
        with tables.open_arrow(path) as (_, schema):
            return _typed(schema)
    return None if one.kind == "jsonl" else dict.fromkeys(readers.csv_columns(path, one.encoding))


def _typed(schema: pa.Schema) -> _Columns:
    return dict(zip(schema.names, schema.types, strict=True))


def _plain(type: pa.DataType | None) -> pa.DataType | None:
    """A type as it is carried through: without its dictionary and as Parquet has it; None is text."""
    import pyarrow as pa

    if type is not None and pa.types.is_dictionary(type):
        type = type.value_type
    if type is None or str(type) in _TEXTS or isinstance(type, pa.BaseExtensionType):
        return None
    return _in_parquet(type)


def _in_parquet(type: pa.DataType) -> pa.DataType | None:
    """What a type is after a way through Parquet, which has no seconds, for one; None if it does not get there."""
    import pyarrow as pa
    from pyarrow import parquet

    file = BytesIO()
    try:
        parquet.write_table(pa.table({"column": pa.nulls(0, type)}), file)
    except pa.ArrowException:
        return None
    return parquet.read_schema(file).field(0).type
