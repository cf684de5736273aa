"""What a corpus is made of: rows that hold a text, and rows that do not, with the reason."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from math import isfinite
from typing import Any

from annotator.errors import InputError

_NAMES = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    bytes: "bytes",
}
_SHOWN = 12
"""Column names that a message lists."""
VALUE = 1000
"""Characters of a bad row's value that are kept."""
LONGEST_TEXT = 2_000_000
LONGEST_SENTENCE = 200_000
"""Characters of a text, and of a stretch of it where no sentence ends; more could not be read in bounded memory."""
_ENDLESS = re.compile(rf"[^.!?…\n]{{{LONGEST_SENTENCE + 1}}}")


@dataclass(frozen=True)
class Row:
    """One text: its `number` in the input from 1, its document `id`, the `share` (0 to 1) of the input read so far,
    the values of the columns to be carried through (`kept`: a text, None, or an Arrow scalar of the column's type), and
    the input it is from.
    """

    number: int
    id: str
    text: str
    share: float = 0.0
    kept: tuple[Any, ...] = ()
    file: str = ""


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be annotated, why, and the beginning of what stood there."""

    number: int
    reason: str
    value: str = ""
    file: str = ""


@dataclass(frozen=True)
class MissingColumn(BadRow):
    """A row that lacks the column of the texts or ids."""


@dataclass(frozen=True)
class Broken(BadRow):
    """The place from which on an input cannot be read at all; its `number` is 0."""


Rows = Generator[Row | BadRow, None, None]
"""What a reader yields; close it to close its file."""


@dataclass(frozen=True)
class Columns:
    """Where a row's text and id are, and which columns are carried through, with their Arrow `types` (None is text);
    with `id` None the column "id" is taken where there is one, else the number.
    """

    text: str = "text"
    id: str | None = None
    keep: tuple[str, ...] = ()
    types: tuple[Any, ...] = ()

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """The name and type of each column that is carried through."""
        return list(zip(self.keep, self.types or (None,) * len(self.keep), strict=True))

    def pick(self, source: object, present: Sequence[str]) -> tuple[int, int | None, list[int | None]]:
        """The places of text, id and kept columns among the columns of a table; None where one is not there.

        Raises:
            InputError: that of the texts, or of the ids where it was named, is missing, or one is there twice.
        """
        id_place = None if self.id is None and "id" not in present else _place(source, self.id or "id", present)
        keep = [_place(source, name, present) if name in present else None for name in self.keep]
        return _place(source, self.text, present), id_place, keep


def make_row(
    number: int, id: object, text: object, columns: Columns, share: float = 0.0, kept: Sequence[Any] = ()
) -> Row | BadRow:
    """A row as read from a table; an exception in place of a value is what went wrong when it was read."""
    reason = fault(columns.text, text)
    if reason or not isinstance(text, str):
        return BadRow(number, reason or "", shown(text))
    if reason := _id_fault(columns, id):
        return BadRow(number, reason, shown(id))
    for name, value in zip(columns.keep, kept, strict=True):
        if isinstance(value, Exception):
            return BadRow(number, f"{name!r} cannot be read: {value}")
    return Row(number, str(number) if id is None else str(id), text, share, tuple(kept))


def as_text(value: object) -> str | None:
    """A value that is carried through as text: text, dates and null as `plain` has them, all else as JSON."""
    found = plain(value)
    return found if found is None or isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def plain(value: object) -> Any:
    """A value as JSON has it: dates and times in ISO 8601, and in words what JSON has nothing for."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, date | time):
        return value.isoformat()
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def shown(value: object) -> str:
    """The beginning of a value that is no text, or none to annotate."""
    if isinstance(value, Exception):
        return ""
    if isinstance(value, bytes):
        return value[:VALUE].decode("utf-8", "backslashreplace")
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))[:VALUE]


def fault(name: str, text: object) -> str | None:
    """Why the value of the column `name` is no text to annotate, or None."""
    if isinstance(text, Exception):
        return f"{name!r} cannot be read: {text}"
    if not isinstance(text, str):
        kind = _NAMES.get(type(text), f"a {type(text).__name__}")
        return f"{name!r} is {kind}, not a text"
    if "\0" in text:
        return f"{name!r} contains NUL at character {text.index(chr(0))} and is no text"
    if len(text) > LONGEST_TEXT:
        return f"{name!r} has {len(text):,} characters, more than {LONGEST_TEXT:,}; split it"
    if _ENDLESS.search(text):
        return f"{name!r} has a sentence of more than {LONGEST_SENTENCE:,} characters; split it"
    return None if text.strip() else f"{name!r} is blank"


def missing(name: str, present: Sequence[str]) -> str:
    """How to say that there is no column `name`."""
    shown = ", ".join(repr(one[:80]) for one in present[:_SHOWN]) + (", …" if len(present) > _SHOWN else "")
    return f"has no column {name!r}, only {shown or 'none'}"


def _id_fault(columns: Columns, id: object) -> str | None:
    name = columns.id or "id"
    if isinstance(id, Exception):
        return f"{name!r} cannot be read: {id}"
    if isinstance(id, list | dict | bytes):
        return f"{name!r} is {_NAMES[type(id)]}, not an id"
    return f"{name!r} is null" if id is None and columns.id is not None else None


def _place(source: object, name: str, present: Sequence[str]) -> int:
    places = [place for place, one in enumerate(present) if one == name]
    if not places:
        raise InputError(f"{source} {missing(name, present)}; name one with --text-column or --id-column")
    if len(places) > 1:
        raise InputError(f"{source} has {len(places)} columns {name!r}; rename all but one")
    return places[0]
