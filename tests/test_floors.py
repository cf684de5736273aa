"""What the shipped model must still know, and that a worse one, or other gold, is caught."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotator import Annotator
from annotator.encoder import Encoder
from annotator.errors import InputError
from annotator.evaluation.floors import Floors, read_floors, shortfalls
from annotator.training import data, fit
from tests.conftest import ROOT

FILE = ROOT / "labels" / "gold" / "floors.json"
FLOORS = {floors.file.stem: floors for floors in read_floors(FILE)}


@pytest.mark.parametrize("name", FLOORS)
def test_the_shipped_model_stands_on_the_floors(annotator: Annotator, name: str) -> None:
    assert shortfalls(annotator, FLOORS[name]) == {}


def test_every_gold_test_file_has_floors() -> None:
    assert {path.stem for path in (ROOT / "labels/gold/test").iterdir()} == set(FLOORS)


def test_a_model_of_shuffled_labels_falls_through(shuffled: Annotator) -> None:
    fallen = shortfalls(shuffled, FLOORS["articles"])
    assert set(fallen) == set(FLOORS["articles"].lowest)


def test_a_tampered_gold_file_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(FILE.parent, tmp_path / "gold")
    path = tmp_path / "gold" / "test" / "articles.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"framing"', '"plain"', 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"articles\.jsonl has digest .* restore the file"):
        read_floors(tmp_path / "gold" / "floors.json")


def test_every_floor_is_told_in_the_changelog() -> None:
    """The last line about a floor must give its present value, so that none is moved in silence."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    told: dict[str, float] = {}
    for line in reversed(changelog.splitlines()):  # the newest version stands first
        told |= {f"{file} {figure}": float(value) for file, figure, value in re.findall(TOLD, line)}
    floors = {f"{name} {figure}": low for name, one in FLOORS.items() for figure, low in one.lowest.items()}
    assert told == floors


TOLD = r"floor (\w+) (\S+) (0?\.\d+)"


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory: pytest.TempPathFactory) -> Annotator:
    """The shipped encoder under heads that were fitted on labels dealt out at random."""
    folder = tmp_path_factory.mktemp("shuffled") / "model"
    shutil.copytree(ROOT / "models" / "news-en-small", folder)
    rows = data.marks(ROOT / "labels/gold/train/genres.jsonl", data.GENRES)[:240]
    order = np.random.default_rng(0).permutation(len(rows))
    dealt = [replace(row, heads=rows[at].heads, primary=rows[at].primary) for row, at in zip(rows, order, strict=True)]
    halves = [replace(row, corpus=("news_train", data.GENRES)[at % 2]) for at, row in enumerate(dealt)]
    fitted = fit.fit(halves, fit.encode(Encoder(folder), halves))
    fit.folded(fitted.heads).write(folder / "heads.npz")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"thresholds": fitted.thresholds}), encoding="utf-8")
    return Annotator(folder)


def test_floors_are_compared_figure_by_figure(annotator: Annotator) -> None:
    real = FLOORS["articles"]
    impossible = Floors(real.file, real.sha256, {"f1/sourced": 0.5, "f1/framing": 1.01})
    assert list(shortfalls(annotator, impossible)) == ["f1/framing"]
