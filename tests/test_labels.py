from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from annotator import Annotator
from annotator.errors import LabelsError
from annotator.labels import Colours, load_labels
from annotator.marks import LABELS
from tests.conftest import ROOT

SCHEME = (ROOT / "labels" / "labels.toml").read_text(encoding="utf-8")
PAGE_INK = {"light": "#1b1f27", "dark": "#f2f3f5"}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_scheme_has_the_four_labels() -> None:
    assert tuple(label.id for label in load_labels()) == LABELS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_can_be_read(theme: str) -> None:
    for label in load_labels():
        colours: Colours = getattr(label, theme)
        assert contrast(colours.ink, colours.tint) >= 4.5, label.id
        assert contrast(PAGE_INK[theme], colours.tint) >= 4.5, label.id


def test_labels_are_told_apart_without_colour() -> None:
    labels = load_labels()
    assert len({label.line for label in labels}) == len(labels)
    assert len({label.symbol for label in labels}) == len(labels)


def test_the_model_labels_the_examples_as_the_scheme_says(annotator: Annotator) -> None:
    wrong = []
    for label in load_labels():
        for example in label.examples:
            found = [sentence.label for sentence in annotator.annotate(example).sentences]
            if found != [label.id]:
                wrong.append((label.id, found, example))
    assert wrong == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "framing"', 'id = "opinion"'),
        ('id = "framing"', 'id = "sourced"'),
        ('line = "wavy"', 'line = "zigzag"'),
        ('name = "Plain"', 'name = "Plain"\nweight = 3'),
        ('symbol = "?"', ""),
        ("[[label]]", "[[labels]]"),
        ('tint = "#e3f0fb"', 'background = "#e3f0fb"'),
        ("[[label]]", "[[label"),
    ],
)
def test_a_broken_scheme_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "labels.toml"
    path.write_text(SCHEME.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LabelsError, match=re.escape(str(path))):
        load_labels(path)


def test_a_label_needs_an_example(tmp_path: Path) -> None:
    path = tmp_path / "labels.toml"
    path.write_text(
        re.sub(r"examples = \[.*?\n\]", "examples = []", SCHEME, count=1, flags=re.DOTALL), encoding="utf-8"
    )
    with pytest.raises(LabelsError, match="no examples"):
        load_labels(path)


def test_the_guidelines_are_the_shared_ones_with_a_worked_article(corpora: Path) -> None:
    shared = (corpora.parent / "labels" / "GUIDELINES.md").read_text(encoding="utf-8")
    ours = (ROOT / "labels" / "GUIDELINES.md").read_text(encoding="utf-8")
    assert ours.startswith(shared)
    assert "## A worked article" in ours.removeprefix(shared)


GOLD = {
    "articles.jsonl": "04210aab63b51f4849ce57e3d9dc2916a8d8bbdef92dda8828a2d62afed9f573",
    "genres.jsonl": "ae2609930acbc7254885c4dff221a684aa82134d9b7f7612f6cd413ed770b2d3",
}


def test_the_gold_articles_are_those_that_were_measured_on() -> None:
    files = sorted((ROOT / "labels/gold/test").iterdir())
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files} == GOLD
