"""The types of the columns that are carried through: that of the inputs where they agree, else text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.corpus import files, tables
from annotator.corpus.inputs import DATASET, Input
from annotator.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

Types = tuple["pa.DataType | None", ...]
"""The Arrow type of each column that is carried through; None is text."""
COLUMNLESS = ("txt", "html")
_TEXTS = ("string", "large_string", "string_view")


def types(inputs: Iterable[Input], keep: Sequence[str], note: Path) -> Types:
    """The types of the columns `keep`, as an earlier run of the same inputs noted them, else by the inputs' schemas."""
    import pyarrow as pa

    if not keep:
        return ()
    if note.exists():
        schema = pa.ipc.read_schema(pa.py_buffer(note.read_bytes()))
    else:
        found = [common(column) for column in zip(*(_types(one, keep) for one in inputs), strict=True)]
        schema = pa.schema([(name, type or pa.string()) for name, type in zip(keep, found, strict=True)])
        with files.replacing(note) as handle:
            handle.write(schema.serialize())
    return tuple(None if pa.types.is_string(type) else type for type in schema.types)


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


def _types(one: Input, keep: Sequence[str]) -> list[pa.DataType | None]:
    """The types in an input: null where it has no such column, None where it has texts only."""
    import pyarrow as pa

    if one.fault or one.kind in COLUMNLESS:
        return [pa.null()] * len(keep)
    try:
        schema = _schema(one)
    except InputError:  # reading its rows will say it again, and be reported
        schema = pa.schema([])
    if schema is None:
        return [None] * len(keep)
    return [schema.field(name).type if schema.get_field_index(name) >= 0 else pa.null() for name in keep]


def _schema(one: Input) -> pa.Schema | None:
    path = Path(one.name)
    if one.kind == DATASET:
        features = tables.load_dataset(one.name, one.split, one.config).features
        return None if features is None else features.arrow_schema
    if one.kind == "parquet":
        with tables.open_parquet(path) as file:
            return file.schema_arrow
    if one.kind == "arrow":
        with tables.open_arrow(path) as (_, schema):
            return schema
    return None


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
