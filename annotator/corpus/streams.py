"""A corpus file's bytes as UTF-8: uncompressed, and in the encoding that it was found or said to have."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from annotator.errors import InputError

COMPRESSED = (".gz", ".zst")
UTF8 = "utf-8"
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 20
_CHARACTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
"""A character beyond ASCII in UTF-8."""
_UNLIKELY = re.compile(rb"[\0\x81\x8d\x8f\x90\x9d\xff]")
"""Bytes that no Windows-1252 text holds, unassigned there or in no Western word."""


@contextmanager
def open_stream(path: Path, encoding: str = UTF8) -> Iterator[tuple[BufferedReader[Any], Callable[[], float]]]:
    """The bytes of a file as UTF-8, and a function that tells which share (0 to 1) of the file has been read.

    Raises:
        InputError: the file is compressed and damaged, or is not in `encoding`.
    """
    size = max(1, path.stat().st_size)
    try:
        with path.open("rb") as raw, _uncompressed(raw, path) as plain:
            stream = plain if encoding == UTF8 else BufferedReader(_Recoded(plain, encoding))
            yield stream, lambda: min(1.0, raw.tell() / size)
    except (EOFError, zlib.error, OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the file could not be opened or read at all
            raise
        raise InputError(f"{path} cannot be read to its end: {error}; write it again, or give --encoding") from error


def detect(path: Path) -> str:
    """The encoding of a text file, judged by all its bytes: UTF-16 or UTF-32 by their marks, UTF-8, or Windows-1252.

    Windows-1252 is a file that is no UTF-8, holds nothing that must be UTF-8, and only bytes that Western text has.
    Any other is UTF-8 with faults, which its rows will show.
    """
    try:
        with path.open("rb") as raw, _uncompressed(raw, path) as stream:
            return _judge(iter(lambda: stream.read(_CHUNK), b""))
    except (EOFError, zlib.error, OSError):  # reading the rows will say it, and where
        return UTF8


def check_encoding(name: str) -> str:
    """The usual name of an encoding.

    Raises:
        InputError: Python knows none of that name.
    """
    try:
        found = codecs.lookup(name).name
        "".encode(found)
    except LookupError as error:
        raise InputError(f"--encoding {name!r} is no text encoding; give one such as utf-8 or cp1252") from error
    return found


def _judge(chunks: Iterable[bytes]) -> str:
    decoder = codecs.getincrementaldecoder(UTF8)()
    valid, utf8, unlikely, before = True, False, False, b""
    for chunk in chunks:
        if not before and (found := next((name for mark, name in _MARKS if chunk.startswith(mark)), None)):
            return found
        valid = valid and _decodes(decoder, chunk)
        unlikely = unlikely or bool(_UNLIKELY.search(chunk))
        utf8 = utf8 or bool(_CHARACTER.search(before + chunk))
        before = chunk[-3:]
    return UTF8 if (valid and _decodes(decoder, b"", final=True)) or utf8 or unlikely else "cp1252"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _uncompressed(raw: BufferedReader, path: Path) -> Iterator[BufferedReader[Any]]:
    suffix = path.suffix.lower()
    if suffix not in COMPRESSED:
        yield raw
    elif suffix == ".gz":
        with gzip.GzipFile(fileobj=raw) as unzipped, BufferedReader(unzipped) as stream:
            yield stream
    else:
        import pyarrow as pa

        with pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd") as unzipped, BufferedReader(unzipped) as stream:
            yield stream


class _Recoded(io.RawIOBase):
    """Bytes in some encoding, read as UTF-8."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder: Any = codecs.getincrementaldecoder(encoding)()
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            chunk = self._stream.read(_CHUNK)
            self._ready = self._decoder.decode(chunk, not chunk).encode("utf-8", "surrogatepass")
            if not chunk:
                break
        taken, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)
