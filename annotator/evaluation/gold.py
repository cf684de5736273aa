"""Annotated articles in the gold format: JSON lines, one sentence a row, in article order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from annotator.errors import InputError

SPAN_KEYS = ("source", "cue", "framing", "speculation", "reported_framing", "reported_speculation")

Span = tuple[int, int]


@dataclass(frozen=True)
class GoldSentence:
    """One annotated sentence: its marks, its primary label, and character spans in `text` by SPAN_KEYS."""

    text: str
    marks: frozenset[str]
    primary: str
    spans: dict[str, tuple[Span, ...]]
    source_kind: str | None


@dataclass(frozen=True)
class Article:
    """Annotated sentences in order; `group` is the genre or corpus that results are broken down by."""

    id: str
    group: str
    sentences: tuple[GoldSentence, ...]

    def text_and_spans(self) -> tuple[str, list[Span]]:
        """The sentences joined by newlines, and where each of them stands."""
        spans = []
        start = 0
        for sentence in self.sentences:
            spans.append((start, start + len(sentence.text)))
            start += len(sentence.text) + 1
        return "\n".join(sentence.text for sentence in self.sentences), spans


def read_gold(path: Path) -> list[Article]:
    """Read a gold file.

    Raises:
        InputError: not readable, or a row without the fields of the format.

    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        grouped = groupby(rows, key=lambda row: row["article"])
        return [_article(name, list(group)) for name, group in grouped]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"cannot read gold articles in {path}: {error!r}; see labels/README.md") from error


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


def _article(name: str, rows: list[dict[str, Any]]) -> Article:
    first = rows[0]
    group = first.get("genre") or first.get("style") or first.get("corpus") or ""
    return Article(name, group, tuple(_sentence(row) for row in rows))


def _sentence(row: dict[str, Any]) -> GoldSentence:
    return GoldSentence(row["text"], frozenset(row["marks"]), row["primary"], locate_spans(row), row.get("source_kind"))
