"""Documents to a file that appears whole or not at all: JSON lines in the wire format, or a row a sentence."""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from annotator.errors import InputError
from annotator.marks import LABELS, MARK_LABELS, Document

if TYPE_CHECKING:
    import pyarrow as pa

OUTPUTS = (".jsonl", ".csv", ".parquet")
COLUMNS = (
    "document_id", "index", "start", "end", "sentence", "label", "score", "labels", "scores", "primary",
    "attribution", "marks", "sources", "language",
)  # fmt: skip
"""The columns of a sentence's row."""
GROUP = 8192
"""Sentences of one Parquet row group."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Writer(Protocol):
    """Takes documents one by one; `close` writes what is left."""

    def write(self, document: Document) -> None:
        """Add one document."""

    def close(self) -> None:
        """Finish the file."""


def check_target(out: Path, source: Path, *, overwrite: bool) -> None:
    """Refuse an output that could not be written, or would cost a file.

    Raises:
        InputError: unknown suffix, missing folder, a folder itself, the input itself, or a file and not `overwrite`.
    """
    if out.suffix.lower() not in OUTPUTS:
        raise InputError(f"{out} has the suffix {out.suffix!r}; end it in one of {', '.join(OUTPUTS)}")
    if not out.parent.is_dir():
        raise InputError(f"{out.parent} is no folder; make it, or write elsewhere")
    if out.is_dir():
        raise InputError(f"{out} is a folder; give the name of a file")
    if out.exists() and source.exists() and out.samefile(source):
        raise InputError(f"{out} is the input itself; write to another file")
    if out.exists() and not overwrite:
        raise InputError(f"{out} exists already; give --overwrite to replace it")


@contextmanager
def open_writer(out: Path) -> Iterator[Writer]:
    """A writer of the kind that `out` ends in; the file is there only once the block has ended without an error."""
    kinds: dict[str, Callable[[BinaryIO], Writer]] = {".jsonl": JsonLines, ".csv": Csv, ".parquet": Parquet}
    with _replacing(out.resolve()) as handle, closing(kinds[out.suffix.lower()](handle)) as writer:
        yield writer


def json_line(document: Document) -> bytes:
    """A document in the wire format, ended by a newline."""
    line = json.dumps(document.to_dict(), ensure_ascii=False, allow_nan=False)
    # What UTF-8 cannot hold is lone surrogates, and the escape for one is JSON's own.
    return line.encode("utf-8", "backslashreplace") + b"\n"


def sentence_rows(document: Document) -> Iterator[dict[str, Any]]:
    """A row a sentence, by COLUMNS; a lone surrogate becomes U+FFFD, so that all offsets stay."""
    shared = {"document_id": None if document.id is None else _plain(document.id), "language": document.language}
    for index, sentence in enumerate(document.to_dict()["sentences"]):
        text = document.text[sentence["start"] : sentence["end"]]
        yield {**shared, "index": index, "sentence": _plain(text), **sentence}


def guard(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, behind a single quote; any other as it is."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """What `guard` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def schema() -> pa.Schema:
    """The schema of the Parquet output."""
    import pyarrow as pa

    text, place, score = pa.string(), pa.int64(), pa.float64()
    mark = {"start": place, "end": place, "label": text, "voice": text, "score": score}
    source = {"start": place, "end": place, "kind": text, "score": score, "cue": place, "resolved": pa.list_(place)}
    types = {
        **dict.fromkeys(COLUMNS, text),
        **dict.fromkeys(("index", "start", "end"), place),
        "score": score,
        "labels": pa.list_(text),
        "scores": pa.struct(dict.fromkeys(MARK_LABELS, score)),
        "primary": pa.struct(dict.fromkeys(LABELS, score)),
        "marks": pa.list_(pa.struct(mark)),
        "sources": pa.list_(pa.struct(source)),
    }
    return pa.schema(list(types.items()))


class JsonLines:
    """One document a line, in the wire format."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle

    def write(self, document: Document) -> None:
        """Add one document."""
        self._handle.write(json_line(document))

    def close(self) -> None:
        """Nothing is left to write."""


class Csv:
    """One sentence a row; lists and objects as JSON text, formulas guarded."""

    def __init__(self, handle: BinaryIO) -> None:
        self._table = csv.writer(codecs.getwriter("utf-8")(handle))
        self._table.writerow(COLUMNS)

    def write(self, document: Document) -> None:
        """Add one document's sentences."""
        for row in sentence_rows(document):
            self._table.writerow([_cell(row[name]) for name in COLUMNS])

    def close(self) -> None:
        """Nothing is left to write."""


class Parquet:
    """One sentence a row, by `schema`, in row groups of GROUP."""

    def __init__(self, handle: BinaryIO) -> None:
        from pyarrow import parquet

        self._schema = schema()
        self._file = parquet.ParquetWriter(handle, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, document: Document) -> None:
        """Add one document's sentences."""
        for row in sentence_rows(document):
            self._rows.append(row)
            if len(self._rows) >= GROUP:
                self._flush()

    def close(self) -> None:
        """Write the last row group and the footer."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._file.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows = []


@contextmanager
def _replacing(out: Path) -> Iterator[BinaryIO]:
    """A temporary file beside `out`, which takes its place at the end, or is removed."""
    part = out.with_name(f".annotator-{os.getpid()}.part")
    try:
        with part.open("wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _cell(value: object) -> object:
    if isinstance(value, str):
        return guard(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _plain(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
