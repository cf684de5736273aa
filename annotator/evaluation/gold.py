"""Annotated articles in the gold format: JSON lines, one sentence a row, in article order."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from annotator.errors import InputError
from annotator.marks import KINDS, MARK_LABELS, PLAIN

SPAN_KEYS = ("source", "cue", "framing", "speculation", "reported_framing", "reported_speculation")
SOURCE_KINDS = (*KINDS, "carried", None)
FIELDS = ("corpus", "genre", "outlet", "leaning")
"""What an article may be known by, and results are broken down by."""
_LONGEST_SHOWN = 80
"""Characters of words that a message quotes, so that its remedy stays on the line."""

Span = tuple[int, int]


@dataclass(frozen=True)
class GoldSentence:
    """One annotated sentence.

    Attributes:
        marks, primary: its labels.
        spans: the marked words as character spans in `text`, by SPAN_KEYS.
        source_kind: how it names its source, one of `marks.KINDS` or "carried"; None where it has none.
        referents: the fullest earlier name by the pronoun or short name that stands for it as a source.

    """

    text: str
    marks: frozenset[str]
    primary: str
    spans: dict[str, tuple[Span, ...]]
    source_kind: str | None
    referents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Article:
    """Annotated sentences in order, and what results are broken down by: FIELDS, empty where not known."""

    id: str
    sentences: tuple[GoldSentence, ...]
    corpus: str = ""
    genre: str = ""
    outlet: str = ""
    leaning: str = ""

    def text_and_spans(self) -> tuple[str, list[Span]]:
        """The sentences joined by newlines, and where each of them stands."""
        spans = []
        start = 0
        for sentence in self.sentences:
            spans.append((start, start + len(sentence.text)))
            start += len(sentence.text) + 1
        return "\n".join(sentence.text for sentence in self.sentences), spans


def read_gold(path: Path) -> list[Article]:
    """Read a gold file, with or without a byte order mark.

    Raises:
        InputError: not readable, no sentence in it, or a row that is not of the format or marks words that its text
            does not have, with its line.

    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"cannot read gold articles in {path}: {reason}; see labels/README.md") from error
    rows = [_row(f"{path}:{number}", line) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise InputError(f"{path} holds no gold sentence; give a file as in labels/README.md")
    return [_article(name, list(group)) for name, group in groupby(rows, key=lambda row: row["article"])]


def digest(text: str) -> str:
    """The first 12 hex digits of a sentence's SHA-256, blind to case and white space."""
    return hashlib.sha256(" ".join(text.split()).casefold().encode("utf-8", "replace")).hexdigest()[:12]


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def locate(text: str, wanted: Iterable[str], near: int | None) -> tuple[Span, ...]:
    """Find each string in `text` on word boundaries; of several places, the one nearest to `near`.

    A string that occurs only inside other words is found there; one that does not occur is left out.
    """
    found = []
    for string in wanted:
        exact = re.escape(string)
        places = [match.span() for match in re.finditer(rf"(?<!\w){exact}(?!\w)", text)]
        places = places or [match.span() for match in re.finditer(exact, text)]
        if places:
            found.append(min(places, key=lambda place: abs(place[0] - (near or 0))))
    return tuple(found)


def locate_spans(row: dict[str, Any]) -> dict[str, tuple[Span, ...]]:
    """The spans of a gold row by SPAN_KEYS; where a string occurs twice, the place nearest to the first cue."""
    cues = locate(row["text"], row["cue"], near=None)
    near = cues[0][0] if cues else None
    return {key: cues if key == "cue" else locate(row["text"], row[key], near) for key in SPAN_KEYS}


def _row(place: str, line: str) -> dict[str, Any]:
    """A row of a gold file, checked."""
    try:
        row: dict[str, Any] = json.loads(line)
        problem = _problem(row)
    except (ValueError, RecursionError):
        problem = "is not JSON"
    except (AttributeError, KeyError, TypeError) as error:
        problem = f"is not of the gold format ({error!r})"
    if problem:
        raise InputError(f"{place}: the gold row {problem}; see labels/README.md")
    return row


def _problem(row: dict[str, Any]) -> str | None:
    """What is wrong with a row, if anything."""
    if not isinstance(row["text"], str) or not row["text"].strip():
        return "has no text"
    if unknown := {*row["marks"]} - {*MARK_LABELS}:
        return f"has unknown marks {sorted(unknown)}, not of {', '.join(MARK_LABELS)}"
    if row["primary"] not in (row["marks"] or (PLAIN,)):
        return f"has the primary label {row['primary']!r}, which does not go with the marks {row['marks']}"
    if row.get("source_kind") not in SOURCE_KINDS:
        return f"has the source_kind {row['source_kind']!r}, not one of {', '.join(map(str, SOURCE_KINDS))}"
    for key in SPAN_KEYS:
        if not isinstance(row[key], list) or not all(isinstance(one, str) and one for one in row[key]):
            return f"has no list of strings in {key}"
    referents = row.get("referent") or {}
    if not isinstance(referents, dict) or not all(isinstance(one, str) for one in referents.values()):
        return "has a referent that is no object of names"
    if not isinstance(row["article"], str):
        return f"has the article {row['article']!r}, which is no string"
    return _strange_words(row["text"], {**{key: row[key] for key in SPAN_KEYS}, "referent": referents})


def _strange_words(text: str, marked: Mapping[str, Iterable[str]]) -> str | None:
    """The first words that a row marks and its text lacks: `locate` would drop them, and the figures be of less."""
    for key, strings in marked.items():
        for one in strings:
            if one not in text:
                short = one if len(one) <= _LONGEST_SHOWN else f"{one[:_LONGEST_SHOWN]}…"
                return f"has in {key} {short!r}, which is not in its text; copy the words as they stand there"
    return None


def _article(name: str, rows: list[dict[str, Any]]) -> Article:
    first = rows[0]
    genre = first.get("genre") or first.get("style") or ""
    fields = {key: str(first.get(key) or "") for key in ("corpus", "outlet", "leaning")}
    return Article(name, tuple(_sentence(row) for row in rows), genre=str(genre), **fields)


def _sentence(row: dict[str, Any]) -> GoldSentence:
    return GoldSentence(
        row["text"],
        frozenset(row["marks"]),
        row["primary"],
        locate_spans(row),
        row.get("source_kind"),
        row.get("referent") or {},
    )
