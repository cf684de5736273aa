"""Sentences with slots, and what the slots are filled with: templates.jsonl and swaps.toml."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).with_name("templates.jsonl")
SWAPS = Path(__file__).with_name("swaps.toml")
KINDS = ("party", "country", "person", "gender")
HALVES = ("framing-free", "framed")


@dataclass(frozen=True)
class Value:
    """One filling of a slot: `words` by field name, and the `groups` that effects are averaged over."""

    kind: str
    name: str
    groups: tuple[str, ...]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Template:
    """A sentence with {fields}: the `marks` that it carries whatever fills them, its `framing` words verbatim."""

    id: str
    genre: str
    marks: tuple[str, ...]
    framing: tuple[str, ...]
    text: str

    @property
    def half(self) -> str:
        """One of HALVES."""
        return "framed" if "framing" in self.marks else "framing-free"

    @property
    def fields(self) -> frozenset[str]:
        """The names between braces, in lower case."""
        return frozenset(name.lower() for name in re.findall(r"{(\w+)}", self.text))


@dataclass(frozen=True)
class Series:
    """A template with one of its slots filled by every value in turn, the other slot held fixed; `index` is the
    template's place.
    """

    template: Template
    index: int
    kind: str
    values: tuple[Value, ...]
    texts: tuple[str, ...]


def read_templates(path: Path = TEMPLATES) -> list[Template]:
    """The written templates, in order."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Template(row["id"], row["genre"], tuple(row["marks"]), tuple(row["framing"]), row["text"]) for row in rows]


def read_values(path: Path = SWAPS) -> dict[str, tuple[Value, ...]]:
    """The fillings of each of KINDS; a person's words include those of their pronoun."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    genders = {entry["name"]: entry["words"] for entry in raw["gender"]}
    return {kind: tuple(_value(kind, entry, genders) for entry in raw[kind]) for kind in KINDS}


def slots(template: Template, values: Mapping[str, Sequence[Value]]) -> tuple[str, ...]:
    """The kinds of slot in a template; pronouns beside a person are that person's, not a slot of their own."""
    found = [kind for kind in KINDS if template.fields & set(values[kind][0].words)]
    if template.fields & {"person", "surname"}:
        return tuple(kind for kind in found if kind != "gender")
    return tuple(kind for kind in found if kind != "person")


def fill(template: Template, chosen: Sequence[Value]) -> str:
    """The template with the words of the chosen values."""
    words = {field: text for value in chosen for field, text in value.words.items()}
    at_start = {field.capitalize(): text[0].upper() + text[1:] for field, text in words.items()}
    return template.text.format_map({**words, **at_start})


def all_series(templates: Sequence[Template], values: Mapping[str, Sequence[Value]]) -> list[Series]:
    """Every template with each of its slots swapped; what is held fixed changes from template to template."""
    found = []
    for index, template in enumerate(templates):
        kinds = slots(template, values)
        held = {kind: values[kind][index % len(values[kind])] for kind in kinds}
        for kind in kinds:
            texts = [fill(template, [*{**held, kind: value}.values()]) for value in values[kind]]
            found.append(Series(template, index, kind, tuple(values[kind]), tuple(texts)))
    return found


def _value(kind: str, entry: Mapping[str, Any], genders: Mapping[str, Mapping[str, str]]) -> Value:
    gender = genders[entry["pronoun"]] if "pronoun" in entry else {}
    return Value(kind, entry["name"], tuple(entry["groups"]), {**gender, **entry["words"]})
