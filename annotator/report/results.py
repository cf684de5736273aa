"""What `annotator label` wrote, read back a document at a time: a file, or a folder of parts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from annotator.corpus.output import errors_beside, manifest_beside
from annotator.corpus.rows import LONGEST_TEXT, as_text, missing
from annotator.corpus.tables import open_parquet
from annotator.corpus.writers import COLUMNS, DIGEST, DOCUMENT_COLUMNS, FIELDS, TEXT, unguard
from annotator.errors import InputError
from annotator.marks import FORMAT, MARK_LABELS, Document

LONGEST_LINE = 2**28
"""Bytes of one line of JSON; what is longer is refused, so that memory stays bounded."""
_NEEDED = ("document_id", *(name for name in FIELDS if name != "score"))
"""The columns without which a row is no sentence."""
_OWN = {
    "sentence": {*COLUMNS, DIGEST},
    "document": {*DOCUMENT_COLUMNS, DIGEST},
}
"""What is not carried through, by the shape of the row."""
_UNKNOWN = {"name": "", "version": "", "digest": ""}
_EVEN = dict.fromkeys(MARK_LABELS, 0.5)
_BATCH, _BYTES = 1024, 1 << 19
"""Rows of a Parquet file that are held at once, at most, and about how many bytes of it; as Python's values they take
many times as much."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Output:
    """An output of `annotator label`.

    Attributes:
        files: what holds its rows, in order.
        manifest: empty where there is none.
        errors: how many rows failed; None where that is not known.
        finished: False where a run was broken off and is to be gone on with.

    """

    path: Path
    files: tuple[Path, ...]
    manifest: Mapping[str, Any]
    errors: int | None
    finished: bool = True


@dataclass(frozen=True)
class Result:
    """One labelled document.

    Attributes:
        document: as it was labelled. Of rows only the sentences are known, and blanks stand between them; its `model`
            has an empty name where the row does not tell.
        columns: the columns that were carried through, and the language.
        has_text: False where the output was written without text: the document's text is blanks then.

    """

    document: Document
    columns: Mapping[str, str | None]
    has_text: bool = True


def find(path: Path) -> Output:
    """The output at `path`, a file or a folder.

    Raises:
        InputError: there is none, or none of a kind that `annotator label` writes.

    """
    if not path.exists():
        raise InputError(f"{path} does not exist; give what annotator label wrote")
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() not in _READERS:
        raise InputError(f"{path} has the suffix {path.suffix!r}; give one of {', '.join(_READERS)}, or a folder")
    manifest, errors = _json(manifest_beside(path)), _count(errors_beside(path))
    return Output(path, (path,), manifest or {}, 0 if errors is None and manifest is not None else errors)


def read(output: Output, columns: Sequence[str] = ()) -> Iterator[Result]:
    """The documents of an output, in its order.

    A document is one row, or the rows one after the other that have its id and offsets that go on.

    Raises:
        InputError: a file is damaged or lacks one of `columns`, or a row is none that `annotator label` writes.

    """
    for path in output.files:
        rows = _READERS[path.suffix.lower()](path)
        first = next(rows, None)
        if first is not None:
            _check_columns(path, first, columns)
            yield from _results(path, chain([first], rows))


def _folder(path: Path) -> Output:
    parts = path / "labels" if (path / "labels").is_dir() else path
    files = sorted(one for one in parts.iterdir() if one.suffix.lower() in _READERS and one.name[0] != ".")
    files = [one for one in files if one.name != "errors.jsonl"]
    noted, manifest = _json(path / ".annotator" / "run.json"), _json(path / "manifest.json")
    if not files and manifest is None:
        raise InputError(f"{path} holds no {', '.join(_READERS)}; give the folder that annotator label wrote")
    finished = noted is None or manifest is not None
    errors = _count(path / "errors.jsonl")
    if errors is None and manifest is not None:
        errors = 0
    return Output(path, tuple(files), manifest or noted or {}, errors, finished)


def _json(path: Path) -> dict[str, Any] | None:
    """The object in a file, or None where there is no such file."""
    if not path.is_file():
        return None
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}; label again, or remove it") from error
    return value if isinstance(value, dict) else {}


def _count(path: Path) -> int | None:
    """How many lines that are not blank a file has; None where there is no such file."""
    if not path.is_file():
        return None
    with path.open("rb") as handle:
        return sum(1 for line in iter(lambda: handle.readline(LONGEST_LINE), b"") if not line.isspace())


def _parquet(path: Path) -> Iterator[Row]:
    with open_parquet(path) as file:
        for number in range(file.num_row_groups):
            group = file.metadata.row_group(number)
            size = _rows_at_once(group.num_rows, group.total_byte_size)
            for batch in file.iter_batches(batch_size=size, row_groups=[number]):
                yield from batch.to_pylist()


def _rows_at_once(rows: int, size: int) -> int:
    """How many rows of a group fit into _BYTES, by what they take on average: one, if they are long documents."""
    return max(1, min(_BATCH, _BYTES * rows // max(1, size)))


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open("rb") as handle:
        for number, line in enumerate(iter(lambda: handle.readline(LONGEST_LINE), b""), 1):
            if len(line) == LONGEST_LINE:
                raise InputError(f"{path}:{number}: is longer than {LONGEST_LINE >> 20} MB; label it again")
            if not line.isspace():
                yield _object(path, number, line)


def _object(path: Path, number: int, line: bytes) -> Row:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: is not JSON: {error}; label it again") from error
    if not isinstance(value, dict):
        raise InputError(f"{path}:{number}: is JSON, but not an object in braces; label it again")
    return value


def _csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)
    with path.open(encoding="utf-8-sig", newline="") as handle:
        table = csv.DictReader(handle, strict=True, restkey="", restval=None)
        try:
            table.fieldnames = [unguard(name) for name in table.fieldnames or ()]
            for number, cells in enumerate(table, 1):
                yield _cells(path, number, cells)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(f"{path} is damaged near line {table.line_num}: {error}; label it again") from error


def _cells(path: Path, number: int, cells: dict[str, Any]) -> Row:
    if "" in cells or None in cells.values():
        raise InputError(f"{path}:{number}: has more or fewer cells than the header; label it again")
    row = {name: unguard(cell) for name, cell in cells.items()}
    parsed = _PARSERS.keys() & _OWN["sentence" if _shape(row) == "sentence" else "document"]
    try:
        return {name: _PARSERS[name](cell) if name in parsed else cell for name, cell in row.items()}
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: {error}; label it again") from error


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {".parquet": _parquet, ".jsonl": _json_lines, ".csv": _csv}
_PARSERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("labels", "scores", "primary", "marks", "sources", "sentences"), json.loads),
    **dict.fromkeys(("index", "start", "end"), int),
    "score": float,
}


def _check_columns(path: Path, row: Row, columns: Sequence[str]) -> None:
    """Refuse what is no labelled row, and a column that nobody carried through, naming those that are there."""
    for name in _NEEDED if _shape(row) == "sentence" else ():
        if name not in row:
            raise InputError(f"{path} {missing(name, list(row))}; give what annotator label wrote")
    present = list(_columns(row))
    for name in columns:
        if name not in present:
            raise InputError(
                f"{path} {missing(name, present)} to go by; annotator label --keep carries columns through"
            )


def _results(path: Path, rows: Iterator[Row]) -> Iterator[Result]:
    group: list[Row] = []
    number = 0
    for number, row in enumerate(rows, 1):
        if group and not _continues(group[-1], row):
            yield _result(path, number - len(group), group)
            group = []
        group.append(row)
    if group:
        yield _result(path, number + 1 - len(group), group)


def _shape(row: Row) -> str:
    """What a row is, by its names: a column that was carried through may have any name that its shape does not use."""
    if "sentences" not in row or row.keys() >= set(_NEEDED):
        return "sentence"
    return "document" if "document_id" in row else "wire"


def _continues(before: Row, row: Row) -> bool:
    """Whether a row is the next sentence of the document of the row before it."""
    if _shape(row) != "sentence" or any(row.get(name) != before.get(name) for name in ("document_id", "file", "row")):
        return False
    end, start = before.get("end"), row.get("start")
    return isinstance(end, int) and isinstance(start, int) and end <= start < LONGEST_TEXT


def _result(path: Path, number: int, rows: Sequence[Row]) -> Result:
    try:
        value, has_text = _joined(rows) if _shape(rows[0]) == "sentence" else _whole(rows[0])
        return Result(Document.from_dict(value), _columns(rows[0]), has_text)
    except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else error
        raise InputError(f"{path}:{number}: {reason}; give what annotator label wrote") from error


def _whole(row: Row) -> tuple[Row, bool]:
    """A document's row in the wire format; where its text was left out, blanks."""
    sentences, text = row["sentences"] or [], row.get("text")
    value = _frame(row, sentences)
    value["text"] = _blank(max((one["end"] for one in sentences), default=0)) if text is None else text
    return value, text is not None


def _joined(rows: Sequence[Row]) -> tuple[Row, bool]:
    """The rows of a document in the wire format, its text made of the sentences at their offsets."""
    has_text = all(isinstance(row.get(TEXT), str) for row in rows)
    place, parts = 0, []
    for row in rows:
        length = row["end"] - row["start"]
        words = row[TEXT] if has_text else _blank(length)
        if len(words) != length:
            raise InputError(f"the sentence has {len(words)} characters, its offsets {length}")
        parts += [_blank(row["start"] - place), words]
        place = row["end"]
    value = _frame(rows[0], [{name: row.get(name) for name in FIELDS} for row in rows])
    # A referent may lie in what comes after the sentences of this part.
    furthest = max((max(one["resolved"] or [0]) for row in rows for one in row["sources"]), default=0)
    value["text"] = "".join([*parts, _blank(furthest - place)])
    return value, has_text


def _frame(row: Row, sentences: Sequence[Row]) -> Row:
    """All of the wire format but the text."""
    known = row if _shape(row) == "wire" else {"format": FORMAT, "id": row["document_id"]}
    return {
        "format": known["format"],
        "id": None if known["id"] is None else str(known["id"]),
        "language": row.get("language") or "und",
        "model": known.get("model", _UNKNOWN),
        "thresholds": known.get("thresholds", _EVEN),
        "sentences": sentences,
    }


def _blank(length: int) -> str:
    """What stands in place of a text that is not known; offsets from outside must not fill the memory."""
    if length > LONGEST_TEXT:
        raise InputError(f"an offset skips {length:,} characters; a document has {LONGEST_TEXT:,} at most")
    return " " * length


def _columns(row: Row) -> dict[str, str | None]:
    """What was carried through, which the wire format has under `origin`, and the language."""
    shape = _shape(row)
    kept: Any = {name: value for name, value in row.items() if shape != "wire" and name not in _OWN[shape]}
    if shape == "wire" and isinstance(origin := row.get("origin"), dict):
        kept = origin.get("kept")
    values = {"language": row.get("language"), **(kept if isinstance(kept, dict) else {})}
    return {name: _given(value) for name, value in values.items()}


def _given(value: object) -> str | None:
    """A column's value as text; None where there is none, as which pandas writes NaN and NaT."""
    text = as_text(value)
    return None if text is None or text.strip().casefold() in ("", "nan", "nat") else text
