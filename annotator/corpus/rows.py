"""What a corpus is made of: rows that hold a text, and rows that do not, with the reason."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Row:
    """One text: its `number` in the input from 1, its document `id`, the `share` (0 to 1) of the input read so far."""

    number: int
    id: str
    text: str
    share: float = 0.0


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be annotated, and why."""

    number: int
    reason: str


@dataclass(frozen=True)
class MissingColumn(BadRow):
    """A row that lacks the column of the texts or ids."""


Rows = Generator[Row | BadRow, None, None]
"""What a reader yields; close it to close its file."""


@dataclass(frozen=True)
class Columns:
    """Where a row's text and id are; with `id` None the column "id" is taken where there is one, else the number."""

    text: str = "text"
    id: str | None = None

    def pick(self, source: object, present: Sequence[str]) -> tuple[int, int | None]:
        """The places of text and id among the columns of a table.

        Raises:
            InputError: one is missing, or there twice.
        """
        id_place = None if self.id is None and "id" not in present else _place(source, self.id or "id", present)
        return _place(source, self.text, present), id_place


def make_row(number: int, id: object, text: object, columns: Columns, share: float = 0.0) -> Row | BadRow:
    """A row as read from a table; an exception in place of a value is what went wrong when it was read."""
    reason = fault(columns.text, text) or _id_fault(columns, id)
    if reason or not isinstance(text, str):
        return BadRow(number, reason or "")
    return Row(number, str(number) if id is None else str(id), text, share)


def fault(name: str, text: object) -> str | None:
    """Why the value of the column `name` is no text to annotate, or None."""
    if isinstance(text, Exception):
        return f"{name!r} cannot be read: {text}"
    if not isinstance(text, str):
        kind = _NAMES.get(type(text), f"a {type(text).__name__}")
        return f"{name!r} is {kind}, not a text"
    if "\0" in text:
        return f"{name!r} contains NUL at character {text.index(chr(0))} and is no text"
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
