"""Corpus files to rows, one at a time; a bad row is yielded as a BadRow, and reading goes on."""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from annotator.corpus import tables
from annotator.corpus.rows import BadRow, Columns, MissingColumn, Row, Rows, fault, make_row, missing
from annotator.errors import InputError

INPUTS = (".txt", ".jsonl", ".csv", ".parquet")
LONGEST = 32 * 2**20
"""Bytes of one line, cell or text file; what is longer is refused, so that memory stays bounded."""
_NO_UTF8 = re.compile("[\udc80-\udcff]")
"""What a byte that is no UTF-8 becomes under surrogateescape; real UTF-8 cannot hold it, so its row can be told."""
_TOO_LONG = f"is longer than {LONGEST >> 20} MB; split it"


def read(path: Path, columns: Columns, *, unit: str = "document", split: str | None = None) -> Rows:
    """The rows of a .txt, .jsonl, .csv or .parquet file, or of a folder that `datasets.save_to_disk` wrote.

    A .txt file is one row; with unit "sentence" each of its lines that is not blank is one.

    Raises:
        InputError: the file is missing, of another kind, damaged, or lacks the column altogether.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist; check the name")
    if path.is_dir():
        return tables.read_saved_dataset(path, columns, split)
    if split is not None:
        raise InputError(f"--split {split} is only for a folder saved by datasets, and {path} is a file; leave it out")
    readers = {".jsonl": _read_jsonl, ".csv": _read_csv, ".parquet": tables.read_parquet}
    readers[".txt"] = _read_lines if unit == "sentence" else _read_whole
    if path.suffix.lower() not in readers:
        raise InputError(f"{path} has the suffix {path.suffix!r}; give one of {', '.join(INPUTS)}")
    return readers[path.suffix.lower()](path, columns)


def read_text(handle: BinaryIO, name: object) -> str:
    """A whole text in UTF-8, with or without a byte order mark.

    Raises:
        InputError: it is blank, too long, no UTF-8 or no text at all.
    """
    data = handle.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise InputError(f"{name} {_TOO_LONG}")
    _refuse_utf16(data, name)
    if b"\0" in data:
        raise InputError(f"{name} contains NUL at byte {data.index(0)} and is no text; save it as UTF-8 text")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} has {_bad_byte(error)}; save it as UTF-8") from error
    if not text.strip():
        raise InputError(f"{name} is blank; give it some text")
    return text


class _Lines:
    """The lines of a file as bytes; of one longer than LONGEST only the beginning comes, and `cut` is set."""

    def __init__(self, handle: BufferedReader, name: object) -> None:
        self._handle = handle
        self._size = os.fstat(handle.fileno()).st_size
        self._read = 0
        self.cut = False
        start = handle.peek(4)
        _refuse_utf16(start, name)
        if start.startswith(codecs.BOM_UTF8):
            self._read = len(handle.read(len(codecs.BOM_UTF8)))

    def __iter__(self) -> Iterator[bytes]:
        while line := self._next():
            rest = line
            while len(rest) == LONGEST and not rest.endswith(b"\n"):
                self.cut = True
                rest = self._next()
            yield line

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self._read / self._size) if self._size else 0.0

    def _next(self) -> bytes:
        line = self._handle.readline(LONGEST)
        self._read += len(line)
        return line


def _read_whole(path: Path, columns: Columns) -> Rows:
    with path.open("rb") as handle:
        yield Row(1, path.name, read_text(handle, path), 1.0)


def _read_lines(path: Path, columns: Columns) -> Rows:
    """Each line that is not blank; its id is its number."""
    with path.open("rb") as handle:
        lines = _Lines(handle, path)
        for number, line in enumerate(lines, 1):
            if not line.isspace():
                yield _line_row(number, line, lines)


def _line_row(number: int, line: bytes, lines: _Lines) -> Row | BadRow:
    text, reason = _decode(line, lines)
    text = text.rstrip("\r\n")
    reason = reason or fault("line", text)
    return BadRow(number, reason) if reason else Row(number, str(number), text, lines.share)


def _decode(line: bytes, lines: _Lines) -> tuple[str, str | None]:
    """A line's text, or the reason why it has none."""
    if lines.cut:
        lines.cut = False
        return "", _TOO_LONG
    try:
        return line.decode("utf-8"), None
    except UnicodeDecodeError as error:
        return "", f"has {_bad_byte(error)}"


def _read_jsonl(path: Path, columns: Columns) -> Rows:
    """One object a line; blank lines are passed over, but counted."""
    found, row = False, None
    with path.open("rb") as handle:
        lines = _Lines(handle, path)
        for number, line in enumerate(lines, 1):
            if not line.isspace():
                row = _json_row(number, line, lines, columns)
                found = found or not isinstance(row, MissingColumn)
                yield row
    if isinstance(row, MissingColumn) and not found:
        raise InputError(f"{path}: no row has the column; the last one {row.reason}")


def _json_row(number: int, line: bytes, lines: _Lines, columns: Columns) -> Row | BadRow:
    text, reason = _decode(line, lines)
    if reason:
        return BadRow(number, reason)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return BadRow(number, f"is not JSON: {error}")
    if not isinstance(value, dict):
        return BadRow(number, "is JSON, but not an object in braces")
    for name in filter(None, (columns.text, columns.id)):
        if name not in value:
            return MissingColumn(number, missing(name, list(value)))
    return make_row(number, value.get(columns.id or "id"), value[columns.text], columns, lines.share)


def _read_csv(path: Path, columns: Columns) -> Rows:
    """Records below a header; strict, since a stray quotation mark would otherwise swallow rows unnoticed."""
    csv.field_size_limit(LONGEST)
    with path.open("rb") as handle:
        lines = _Lines(handle, path)
        table = csv.reader((line.decode("utf-8", "surrogateescape") for line in lines), strict=True)
        records = _records(table, lines)
        header = next(records, "is empty; its first line must name the columns")
        if isinstance(header, str):
            raise InputError(f"{path} {header}")
        text, id = columns.pick(path, header)
        for number, cells in enumerate(records, 1):
            if isinstance(cells, list) and len(cells) != len(header):
                cells = f"has {len(cells)} cells, the header {len(header)}; put texts in quotation marks"
            if isinstance(cells, str):
                yield BadRow(number, cells)
            else:
                yield make_row(number, None if id is None else cells[id], cells[text], columns, lines.share)


def _records(table: Iterator[list[str]], lines: _Lines) -> Iterator[list[str] | str]:
    """The cells of each record that is not blank, or the reason why it cannot be read."""
    while True:
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            lines.cut = False
            yield f"is not CSV: {error}"
            continue
        if lines.cut:
            lines.cut = False
            yield _TOO_LONG
        elif any(map(_NO_UTF8.search, cells)):
            yield "has bytes that are not UTF-8; save it as UTF-8"
        elif cells:
            yield cells


def _refuse_utf16(data: bytes, name: object) -> None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{name} is in UTF-16; save it as UTF-8")


def _bad_byte(error: UnicodeDecodeError) -> str:
    return f"invalid UTF-8 at byte {error.start} (0x{error.object[error.start]:02x})"
