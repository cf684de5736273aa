"""Corpus files to rows, one at a time; a bad row is yielded as a BadRow, and reading goes on."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from annotator.corpus import tables
from annotator.corpus.rows import BadRow, Columns, MissingColumn, Row, Rows, as_text, fault, make_row, missing, shown
from annotator.corpus.streams import COMPRESSED, UTF8, open_stream
from annotator.errors import InputError

INPUTS = (".txt", ".jsonl", ".csv", ".tsv", ".parquet", ".arrow", ".html")
BINARY = (".parquet", ".arrow")
"""Kinds that compress by themselves: a .gz or .zst of them is not read."""
DELIMITERS = {"csv": ",", "tsv": "\t"}
LONGEST = 32 * 2**20
"""Bytes of one line, record or text file; what is longer is refused, so that memory stays bounded."""
_NO_UTF8 = re.compile("[\udc80-\udcff]")
"""What a byte that is no UTF-8 becomes under surrogateescape; real UTF-8 cannot hold it, so its row can be told."""
_AGAIN = 4
"""How often lines of a broken .csv are read again, on average at most, so that time stays linear."""
_TOO_LONG = f"is longer than {LONGEST >> 20} MB; split it"


def kind(path: Path) -> str:
    """What a file is by its name, without the dot and what compressed it; "" where it is none of INPUTS."""
    name = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    found = name.suffix.lower()
    whole = path.suffix.lower() not in COMPRESSED
    return found.removeprefix(".") if found in INPUTS and (whole or found not in BINARY) else ""


def read(path: Path, columns: Columns, *, unit: str = "document", encoding: str = UTF8) -> Rows:
    """All rows of a file of one of the kinds INPUTS.

    A .txt or .html file is one row; with unit "sentence" each line of a .txt that is not blank is one.

    Raises:
        InputError: the file is missing, of another kind, damaged, or lacks the column altogether.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist; check the name")
    if kind(path) == "html":
        return _read_html(path, columns, encoding)
    if kind(path) in ("parquet", "arrow"):
        return tables.read_parquet(path, columns) if kind(path) == "parquet" else tables.read_arrow(path, columns)
    if kind(path) == "txt":
        return _read_lines(path, columns, encoding) if unit == "sentence" else _read_whole(path, columns, encoding)
    if kind(path) == "jsonl":
        return _read_jsonl(path, columns, encoding)
    if kind(path) in DELIMITERS:
        return _read_csv(path, columns, encoding)
    raise InputError(f"{path} has the suffix {path.suffix!r}; give one of {', '.join(INPUTS)}")


def read_json_range(path: Path, columns: Columns, start: int, stop: int, first: int) -> Rows:
    """The rows of those lines of an uncompressed .jsonl in UTF-8 that lie between two of its bytes.

    `first` is the number of the line at `start`.
    """
    with path.open("rb") as handle:
        handle.seek(start)
        lines = _Lines(handle, path, lambda: 0.0, stop - start, head=start == 0)
        for number, line in enumerate(lines, first):
            if not line.isspace():
                yield _json_row(number, line, lines, columns)


def lines_of(path: Path) -> Iterator[int]:
    """How many bytes each line of a file has, its end and a byte order mark included, in bounded memory."""
    with path.open("rb") as handle:
        size = 0
        while piece := handle.readline(LONGEST):
            size += len(piece)
            if piece.endswith(b"\n"):
                yield size
                size = 0
        if size:
            yield size


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
    """The lines of a stream as bytes; of one longer than LONGEST only the beginning comes, and `cut` is set."""

    def __init__(
        self,
        stream: BufferedReader[Any],
        name: object,
        share: Callable[[], float],
        left: float = float("inf"),
        *,
        head: bool = True,
    ) -> None:
        self._stream = stream
        self._left = left
        self._share = share
        self.cut = False
        start = stream.peek(4) if head else b""
        _refuse_utf16(start, name)
        if start.startswith(codecs.BOM_UTF8):
            self._left -= len(stream.read(len(codecs.BOM_UTF8)))

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (line := self._next()):
            rest = line
            while len(rest) == LONGEST and not rest.endswith(b"\n"):
                self.cut = True
                rest = self._next()
            yield line

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self._share()

    def _next(self) -> bytes:
        line = self._stream.readline(LONGEST)
        self._left -= len(line)
        return line


def _read_whole(path: Path, columns: Columns, encoding: str) -> Rows:
    with open_stream(path, encoding) as (stream, _):
        yield _whole(path, columns, read_text(stream, path))


def page_encoding(path: Path) -> str:
    """The encoding of a web page; UTF-8 where it cannot be told, which reading it will say."""
    from annotator import extract

    try:
        return extract.page_encoding(_page(path))
    except InputError:
        return UTF8


def _read_html(path: Path, columns: Columns, encoding: str) -> Rows:
    """The article in a page, without what stands around it."""
    from annotator import extract

    try:
        text = extract.read_html(_page(path), None if encoding == UTF8 else encoding)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    yield _whole(path, columns, text)


def _page(path: Path) -> bytes:
    with open_stream(path) as (stream, _):
        page = stream.read(LONGEST + 1)
    if len(page) > LONGEST:
        raise InputError(_TOO_LONG)
    return page


def _whole(path: Path, columns: Columns, text: str) -> Row | BadRow:
    reason = fault("text", text)
    return BadRow(1, reason, shown(text)) if reason else Row(1, path.name, text, 1.0, _nothing(columns))


def _nothing(columns: Columns) -> tuple[None, ...]:
    """What is carried through of an input that has no columns."""
    return (None,) * len(columns.keep)


def _read_lines(path: Path, columns: Columns, encoding: str) -> Rows:
    """Each line that is not blank; its id is its number."""
    with open_stream(path, encoding) as (stream, share):
        lines = _Lines(stream, path, share)
        for number, line in enumerate(lines, 1):
            if not line.isspace():
                yield _line_row(number, line, lines, columns)


def _line_row(number: int, line: bytes, lines: _Lines, columns: Columns) -> Row | BadRow:
    text, reason = _decode(line, lines)
    text = text.rstrip("\r\n")
    reason = reason or fault("line", text)
    if reason:
        return BadRow(number, reason, shown(line))
    return Row(number, str(number), text, lines.share, _nothing(columns))


def _decode(line: bytes, lines: _Lines) -> tuple[str, str | None]:
    """A line's text, or the reason why it has none."""
    if lines.cut:
        lines.cut = False
        return "", _TOO_LONG
    try:
        return line.decode("utf-8"), None
    except UnicodeDecodeError as error:
        return "", f"has {_bad_byte(error)}"


def _read_jsonl(path: Path, columns: Columns, encoding: str) -> Rows:
    """One object a line; blank lines are passed over, but counted."""
    with open_stream(path, encoding) as (stream, share):
        lines = _Lines(stream, path, share)
        for number, line in enumerate(lines, 1):
            if not line.isspace():
                yield _json_row(number, line, lines, columns)


def _json_row(number: int, line: bytes, lines: _Lines, columns: Columns) -> Row | BadRow:
    text, reason = _decode(line, lines)
    if reason:
        return BadRow(number, reason, shown(line))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return BadRow(number, f"is not JSON: {error}", shown(line))
    if not isinstance(value, dict):
        return BadRow(number, "is JSON, but not an object in braces", shown(line))
    for name in filter(None, (columns.text, columns.id)):
        if name not in value:
            return MissingColumn(number, missing(name, list(value)), shown(line))
    kept = [as_text(value.get(name)) for name in columns.keep]
    return make_row(number, value.get(columns.id or "id"), value[columns.text], columns, lines.share, kept)


def csv_columns(path: Path, encoding: str) -> list[str]:
    """The names of the columns of a .csv or .tsv.

    Raises:
        InputError: it has no header that can be read.
    """
    with _open_csv(path, encoding) as (header, _, _):
        return header


def _read_csv(path: Path, columns: Columns, encoding: str) -> Rows:
    with _open_csv(path, encoding) as (header, records, lines):
        places = columns.pick(path, header)
        for number, cells in enumerate(records, 1):
            yield _csv_row(number, cells, len(header), places, columns, lines.share)


@contextmanager
def _open_csv(path: Path, encoding: str) -> Iterator[tuple[list[str], Iterator[list[str] | BadRow], _Lines]]:
    """The header, the records below it, and the lines that they are read from."""
    csv.field_size_limit(LONGEST)
    with open_stream(path, encoding) as (stream, share):
        lines = _Lines(stream, path, share)
        records = _records(lines, DELIMITERS[kind(path)])
        header = next(records, "is empty; its first line must name the columns")
        if isinstance(header, BadRow):
            header = header.reason
        if isinstance(header, str):
            raise InputError(f"{path} {header}")
        yield header, records, lines


def _csv_row(
    number: int,
    cells: list[str] | BadRow,
    width: int,
    places: tuple[int, int | None, list[int | None]],
    columns: Columns,
    share: float,
) -> Row | BadRow:
    if isinstance(cells, BadRow):
        return BadRow(number, cells.reason, cells.value)
    if len(cells) != width:
        reason = f"has {len(cells)} cells, the header {width}; put texts in quotation marks"
        return BadRow(number, reason, shown(cells))
    text, id, keep = places
    kept = [None if place is None else cells[place] for place in keep]
    return make_row(number, None if id is None else cells[id], cells[text], columns, share, kept)


def _records(lines: _Lines, delimiter: str) -> Iterator[list[str] | BadRow]:
    """The cells of each record that is not blank, or the reason why it cannot be read; strict, since a stray quotation
    mark would otherwise swallow rows unnoticed.
    """
    record = _Record(lines)
    table = csv.reader(record, delimiter=delimiter, strict=True)
    while True:
        record.begin()
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            yield _no_record(record, error)
            continue
        if any(map(_NO_UTF8.search, cells)):
            yield BadRow(0, "has bytes that are not UTF-8; save it as UTF-8, or give --encoding", shown(cells))
        elif cells:
            yield cells


def _no_record(record: _Record, error: csv.Error) -> BadRow:
    """Only its first line is lost, if that opens a quotation mark; the next one is read as the beginning of another."""
    line, last = record.lines[0], record.first + len(record.lines) - 1
    reason = str(error) if record.too_long else f"is not CSV: {error}"
    if last > record.first:
        lost = f"line {record.first:,}" if record.give_back() else f"lines {record.first:,} to {last:,}"
        reason += f" ({lost}: is a quotation mark not closed?)"
    return BadRow(0, reason, shown(line))


class _Record:
    """The lines of one record after the other, for csv.reader; when they turn out to be none, they can be given back.

    Attributes:
        lines: those of the record that were read so far.
        first: the number of the first of them, from 1.

    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.lines: list[bytes] = []
        self.first = 1
        self._unread, self._back = iter(lines), deque[bytes]()
        self._size = self._credit = 0

    @property
    def too_long(self) -> bool:
        """Whether it, or one line of it, was not read to its end."""
        return self._size >= LONGEST

    def begin(self) -> None:
        """Go on to the next record."""
        self.first += len(self.lines)
        self.lines, self._size = [], 0

    def give_back(self) -> bool:
        """Let all lines but the first be read again, unless there was too much of that already."""
        again = self.lines[1:]
        cost = sum(map(len, again))
        if cost > self._credit:
            return False
        self._credit -= cost
        self._back.extendleft(reversed(again))
        del self.lines[1:]
        return True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._read()
        self.lines.append(line)
        self._size += len(line)
        if self.too_long:
            raise csv.Error(_TOO_LONG)
        return line.decode("utf-8", "surrogateescape")

    def _read(self) -> bytes:
        line = next(self._unread)
        self._credit += _AGAIN * len(line)
        return line


def _refuse_utf16(data: bytes, name: object) -> None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{name} is in UTF-16; save it as UTF-8")


def _bad_byte(error: UnicodeDecodeError) -> str:
    return f"invalid UTF-8 at byte {error.start} (0x{error.object[error.start]:02x})"
