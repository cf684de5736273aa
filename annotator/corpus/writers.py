"""Documents to a file that appears whole or not at all: a row a sentence, or a row a document."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from annotator.corpus.files import replacing
from annotator.corpus.rows import plain
from annotator.errors import InputError
from annotator.marks import LABELS, MARK_LABELS, Document, text_digest

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "jsonl", "csv")
ROWS = ("sentences", "documents")
TEXT, DIGEST = "sentence", "text_sha256"
FIELDS = (
    "start", "end", "label", "score", "labels", "scores", "primary", "attribution", "marks", "sources",
)  # fmt: skip
"""What is written of every sentence."""
COLUMNS = ("document_id", "index", *FIELDS[:2], TEXT, *FIELDS[2:], "language", "file", "row")
"""The columns of a sentence's row; those carried through follow."""
DOCUMENT_COLUMNS = ("document_id", "text", "sentences", "language", "file", "row")
"""The columns of a document's row."""
GROUP = 8192
"""Sentences of one Parquet row group."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Layout:
    """How documents are written: a `format` of FORMATS, one of ROWS a row, with or without text, and the names and
    Arrow types (None is text) of the columns carried through.
    """

    format: str = "parquet"
    rows: str = "sentences"
    with_text: bool = True
    keep: tuple[str, ...] = ()
    types: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        present = [*self.columns[: -len(self.keep)]] if self.keep else []
        if clash := [name for name in self.keep if name in present or self.keep.count(name) > 1]:
            raise InputError(f"--keep {clash[0]} would be there twice in the output; rename it in the input")

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the output's columns."""
        own = COLUMNS if self.rows == "sentences" else DOCUMENT_COLUMNS
        told = {TEXT: DIGEST, "text": DIGEST}
        return (*(own if self.with_text else tuple(told.get(name, name) for name in own)), *self.keep)


@dataclass(frozen=True)
class Labelled:
    """A document, the input and row it is from, and what is carried through with it."""

    document: Document
    file: str = ""
    number: int = 1
    kept: tuple[Any, ...] = ()


class Writer(Protocol):
    """Takes documents one by one; `close` writes what is left."""

    def write(self, labelled: Labelled) -> None:
        """Add one document."""

    def close(self) -> None:
        """Finish the file."""


@contextmanager
def open_writer(out: Path, layout: Layout) -> Iterator[Writer]:
    """A writer of `layout`; the file is there only once the block has ended without an error."""
    kinds: dict[str, Callable[[BinaryIO, Layout], Writer]] = {"jsonl": JsonLines, "csv": Csv, "parquet": Parquet}
    with replacing(out) as handle, closing(kinds[layout.format](handle, layout)) as writer:
        yield writer


def join(parts: Sequence[Path], out: Path, layout: Layout) -> None:
    """One file of many parts that `open_writer` wrote, one of them in memory at a time."""
    with replacing(out) as handle:
        if layout.format == "parquet":
            _join_parquet(parts, handle, layout)
            return
        for number, part in enumerate(parts):
            with part.open("rb") as lines:
                if layout.format == "csv" and number:
                    lines.readline()
                while chunk := lines.read(1 << 20):
                    handle.write(chunk)


def json_line(document: Document) -> bytes:
    """A document in the wire format, ended by a newline."""
    return _line(document.to_dict())


def sentence_rows(labelled: Labelled, layout: Layout) -> Iterator[dict[str, Any]]:
    """A row a sentence, by `Layout.columns`; a lone surrogate becomes U+FFFD, so that all offsets stay."""
    document, shared = labelled.document, _shared(labelled, layout)
    for index, sentence in enumerate(document.to_dict()["sentences"]):
        text = {TEXT: _plain(document.text[sentence["start"] : sentence["end"]])} if layout.with_text else {}
        yield {**shared, "index": index, **text, **sentence}


def rows(labelled: Labelled, layout: Layout) -> Iterator[dict[str, Any]]:
    """The rows of a document: one a sentence, or one with all of them nested."""
    if layout.rows == "sentences":
        yield from sentence_rows(labelled, layout)
    else:
        text = {"text": _plain(labelled.document.text)} if layout.with_text else {}
        yield {**_shared(labelled, layout), **text, "sentences": labelled.document.to_dict()["sentences"]}


def guard(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, behind a single quote; any other as it is."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """What `guard` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def schema(layout: Layout) -> pa.Schema:
    """The schema of the Parquet output."""
    import pyarrow as pa

    fields = _field_types()
    types = {
        **dict.fromkeys(layout.columns, pa.string()),
        **dict.fromkeys(("index", "row"), pa.int64()),
        **fields,
        "sentences": pa.list_(pa.struct(fields)),
        **dict.fromkeys(layout.keep, pa.string()),  # even where the other kind of row has a column of that name
        **{name: type for name, type in zip(layout.keep, layout.types, strict=False) if type is not None},
    }
    return pa.schema([(name, types[name]) for name in layout.columns])


class JsonLines:
    """One row a line; a document's row is the wire format, and where it is from stands under `origin`."""

    def __init__(self, handle: BinaryIO, layout: Layout) -> None:
        self._handle = handle
        self._layout = layout

    def write(self, labelled: Labelled) -> None:
        """Add one document."""
        if self._layout.rows == "sentences":
            for row in sentence_rows(labelled, self._layout):
                self._handle.write(_line({name: row[name] for name in self._layout.columns}))
        else:
            kept = dict(zip(self._layout.keep, map(_told, labelled.kept), strict=True))
            origin = {"file": labelled.file, "row": labelled.number, "kept": kept}
            self._handle.write(_line({**labelled.document.to_dict(with_text=self._layout.with_text), "origin": origin}))

    def close(self) -> None:
        """Nothing is left to write."""


class Csv:
    """Lists and objects as JSON text, formulas guarded."""

    def __init__(self, handle: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        self._table = csv.writer(codecs.getwriter("utf-8")(handle))
        self._table.writerow(map(guard, layout.columns))

    def write(self, labelled: Labelled) -> None:
        """Add one document's rows."""
        for row in rows(labelled, self._layout):
            self._table.writerow([_cell(row[name]) for name in self._layout.columns])

    def close(self) -> None:
        """Nothing is left to write."""


class Parquet:
    """Rows by `schema`, in row groups of about GROUP sentences."""

    def __init__(self, handle: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        self._schema = schema(layout)
        self._file = _open_parquet(handle, self._schema)
        self._rows: list[dict[str, Any]] = []
        self._sentences = 0

    def write(self, labelled: Labelled) -> None:
        """Add one document's rows."""
        for row in rows(labelled, self._layout):
            self._rows.append(row)
            self._sentences += len(row.get("sentences", "."))
            if self._sentences >= GROUP:
                self._flush()

    def close(self) -> None:
        """Write the last row group and the footer."""
        try:
            self._flush()
        finally:
            self._file.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._file.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows, self._sentences = [], 0


def _open_parquet(handle: BinaryIO, schema: pa.Schema) -> Any:
    from pyarrow import parquet

    return parquet.ParquetWriter(handle, schema, compression="zstd")


def _join_parquet(parts: Sequence[Path], handle: BinaryIO, layout: Layout) -> None:
    from pyarrow import parquet

    with _open_parquet(handle, schema(layout)) as file:
        for part in parts:
            with part.open("rb") as source, parquet.ParquetFile(source) as read:
                for number in range(read.num_row_groups):
                    file.write_table(read.read_row_group(number))


def _field_types() -> dict[str, Any]:
    """The types of FIELDS."""
    import pyarrow as pa

    text, place, score = pa.string(), pa.int64(), pa.float64()
    mark = {"start": place, "end": place, "label": text, "voice": text, "score": score}
    source = {"start": place, "end": place, "kind": text, "score": score, "cue": place, "resolved": pa.list_(place)}
    return {
        **dict.fromkeys(FIELDS, text),
        **dict.fromkeys(("start", "end"), place),
        "score": score,
        "labels": pa.list_(text),
        "scores": pa.struct(dict.fromkeys(MARK_LABELS, score)),
        "primary": pa.struct(dict.fromkeys(LABELS, score)),
        "marks": pa.list_(pa.struct(mark)),
        "sources": pa.list_(pa.struct(source)),
    }


def _shared(labelled: Labelled, layout: Layout) -> dict[str, Any]:
    """What all rows of a document have alike."""
    document, kept = labelled.document, zip(layout.keep, labelled.kept, strict=True)
    return {
        "document_id": None if document.id is None else _plain(document.id),
        "language": document.language,
        "file": _plain(labelled.file),
        "row": labelled.number,
        **({} if layout.with_text else {DIGEST: text_digest(document.text)}),
        **{name: _kept(value, layout) for name, value in kept},
    }


def _kept(value: Any, layout: Layout) -> Any:
    """A value that is carried through, as a row of the layout's format has it."""
    if isinstance(value, str):
        return _plain(value)
    return value if layout.format == "parquet" else _told(value)


def _told(value: Any) -> Any:
    """A value that is carried through, as JSON has it; a date that Python has not is told by Arrow's fault with it."""
    try:
        return plain(value.as_py() if hasattr(value, "as_py") else value)
    except (ValueError, OverflowError) as error:
        return str(error)


def _line(value: dict[str, Any]) -> bytes:
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # What UTF-8 cannot hold is lone surrogates, and the escape for one is JSON's own.
    return line.encode("utf-8", "backslashreplace") + b"\n"


def _cell(value: object) -> object:
    if isinstance(value, str):
        return guard(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict | bool) else value


def _plain(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
