"""What commands that compare and measure have in common: files to write, tables on the terminal, lists in Markdown."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.cli.console import spell
from annotator.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType

_BACKTICKS = re.compile("`+")


def check_targets(targets: Sequence[Path], sources: Sequence[Path], *, overwrite: bool) -> None:
    """Refuse early to write over an input, over what is there, where no file can be, or twice into one file."""
    for target in targets:
        if any(target.resolve() == source.resolve() for source in sources):
            raise InputError(f"{target} is an input itself; write to another file")
        if target.is_dir() or not target.parent.is_dir():
            raise InputError(f"cannot write {target}: it is a folder or in none; give a file in a folder that exists")
        if target.exists() and not overwrite:
            raise InputError(f"{target} exists already; give --overwrite to replace it")
    if len({target.resolve() for target in targets}) < len(targets):
        raise InputError(f"--json and --list both write {targets[0]}; give them two files")


def put(target: Path, text: str) -> None:
    """Write a file in UTF-8; of JSON, what that cannot hold is lone surrogates, and the escape is JSON's own."""
    target.write_bytes(text.encode("utf-8", "backslashreplace"))


def put_json(target: Path, value: dict[str, Any]) -> None:
    """Write figures as JSON."""
    put(target, json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def on_terminal(parts: Iterable[RenderableType], *, width: int | None = None, colour: bool = False) -> str:
    """Lines and tables, `width` columns wide or as wide as the terminal; nothing in them is read as markup."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width or columns(80),
        force_terminal=colour,
        color_system="256" if colour else None,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as captured:
        for part in parts:
            console.print(part, markup=False, highlight=False, emoji=False)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def columns(least: int) -> int:
    """How wide the terminal is: 100 columns where that is not known, and `least` where it is narrower."""
    return max(least, shutil.get_terminal_size((100, 24)).columns)


def code(text: str) -> str:
    """A code span: the one form of Markdown in which nothing is read as markup, given a fence that the text lacks."""
    line = spell(text).strip() or "(blank)"
    fence = "`" * (1 + max(map(len, _BACKTICKS.findall(line)), default=0))
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 sentence", "1,200 sentences"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
