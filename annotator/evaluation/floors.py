"""Quality floors: figures on labels/gold/test that no change may fall below, and the files that they are figures of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import InputError
from annotator.evaluation import scores
from annotator.evaluation.gold import read_gold
from annotator.pipeline import Annotator


@dataclass(frozen=True)
class Floors:
    """The lowest values allowed, by figure, on one gold file with the given SHA-256."""

    file: Path
    sha256: str
    lowest: dict[str, float]


def read_floors(path: Path) -> list[Floors]:
    """Read `floors.json`; the gold files stand in the folder `test` beside it.

    Raises:
        InputError: a gold file is not the one that the floors were measured on.

    """
    stored = json.loads(path.read_text(encoding="utf-8"))
    found = [Floors(path.parent / "test" / name, one["sha256"], one["lowest"]) for name, one in stored.items()]
    for floors in found:
        digest = hashlib.sha256(floors.file.read_bytes()).hexdigest()
        if digest != floors.sha256:
            raise InputError(f"{floors.file} has digest {digest[:12]}…, not {floors.sha256[:12]}…; restore the file")
    return found


def shortfalls(annotator: Annotator, floors: Floors) -> dict[str, float]:
    """The figures that are below their floor, with the value measured."""
    figures = scores.evaluate(annotator, read_gold(floors.file))
    return {name: figures[name].value for name, lowest in floors.lowest.items() if figures[name].value < lowest}
