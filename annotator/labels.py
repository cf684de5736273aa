"""The label scheme, read from labels/labels.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from annotator.errors import LabelsError
from annotator.marks import LABELS
from annotator.places import folder

_KEYS = {"id", "name", "definition", "line", "symbol", "light", "dark", "examples"}
LINES = ("solid", "wavy", "dashed", "none")


@dataclass(frozen=True)
class Colours:
    """`ink` on `tint`, both `#rrggbb`."""

    ink: str
    tint: str


@dataclass(frozen=True)
class Label:
    """One label: what it is called, what it means, how it looks, and sentences whose primary label it is."""

    id: str
    name: str
    definition: str
    line: str
    symbol: str
    light: Colours
    dark: Colours
    examples: tuple[str, ...]


@cache
def load_labels(path: Path | None = None) -> tuple[Label, ...]:
    """The labels in the order of `marks.LABELS`.

    Raises:
        LabelsError: an unreadable file, an unknown key, a missing, doubled or unknown label, or one without example.

    """
    path = path or folder("labels") / "labels.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabelsError(f"cannot read {path}: {error}; restore the file") from error
    if set(raw) != {"label"} or not isinstance(raw["label"], list):
        raise LabelsError(f"{path} has {sorted(raw)} at its top level; only [[label]] tables belong there")
    labels = tuple(_label(path, entry) for entry in raw["label"])
    if tuple(label.id for label in labels) != LABELS:
        raise LabelsError(f"{path} defines {[label.id for label in labels]}; it must define {list(LABELS)} in order")
    return labels


def _label(path: Path, entry: dict[str, Any]) -> Label:
    name = entry.get("id", "a label without id")
    if set(entry) != _KEYS:
        odd = sorted(set(entry) ^ _KEYS)
        raise LabelsError(f"{path}: {name} has unknown or missing keys {odd}; it needs {sorted(_KEYS)}")
    if entry["line"] not in LINES:
        raise LabelsError(f"{path}: {name} has line {entry['line']!r}; choose one of {', '.join(LINES)}")
    if not entry["examples"]:
        raise LabelsError(f"{path}: {name} has no examples; give at least one")
    try:
        colours = {theme: Colours(**entry[theme]) for theme in ("light", "dark")}
    except TypeError as error:
        raise LabelsError(f"{path}: {name}: {error}; a theme needs ink and tint") from error
    return Label(**{**entry, **colours, "examples": tuple(entry["examples"])})
