from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from annotator import Annotator
from annotator.errors import LabelsError
from annotator.evaluation.gold import digest, file_digest
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


# --- the gold articles ---

GENRES = ROOT / "labels/gold/test/genres.jsonl"
PRONOUNS = {"i", "we", "you", "he", "she", "it", "they", "who", "this", "that", "these", "those"}
READINGS = {
    "genres-1.jsonl": "sha256:401786a7cf97c0efbb31cd521ba2f4de85cd07caebdd3a15784f885018e85e47",
    "genres-2.jsonl": "sha256:9e753ad5ce34d106edeabb8aa802fd2f3955c340da4095fae0085ca4e24a9433",
}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def genres() -> list[dict[str, Any]]:
    return rows(GENRES)


def test_the_eleven_genres_are_as_large_as_they_claim(genres: list[dict[str, Any]]) -> None:
    assert len({row["article"] for row in genres}) >= 30
    assert len(genres) >= 400
    assert sum("speculation" in row["marks"] for row in genres) >= 60
    assert sum("framing" in row["marks"] for row in genres) >= 100
    assert len({row["genre"] for row in genres}) == 11


def test_no_gold_sentence_occurs_twice(genres: list[dict[str, Any]]) -> None:
    assert [row for row, often in Counter(digest(row["text"]) for row in genres).items() if often > 1] == []


@pytest.mark.parametrize("tag", ["framing", "speculation"])
def test_no_words_of_a_tag_are_a_formula(genres: list[dict[str, Any]], tag: str) -> None:
    words = Counter(span.casefold() for row in genres for span in row[tag] if len(span.split()) > 1)
    assert [span for span, often in words.items() if often > 3] == []


def test_every_pronoun_that_is_a_source_stands_for_a_name(genres: list[dict[str, Any]]) -> None:
    pronouns = [(row, one) for row in genres for one in row["source"] if one.casefold() in PRONOUNS]
    assert pronouns
    assert [(row["id"], one) for row, one in pronouns if one not in row["referent"]] == []


def test_every_referent_stands_in_its_article_by_then(genres: list[dict[str, Any]]) -> None:
    read: dict[str, str] = {}
    for row in genres:
        read[row["article"]] = f"{read.get(row['article'], '')}\n{row['text']}"
        for source, name in row["referent"].items():
            assert source in row["source"], row["id"]
            assert name in read[row["article"]], row["id"]


def test_the_two_readings_are_of_the_gold_sentences(genres: list[dict[str, Any]]) -> None:
    folder = ROOT / "labels/gold/readings"
    assert {file.name: file_digest(file) for file in folder.iterdir()} == READINGS
    given = ("id", "article", "corpus", "genre", "text")
    for name in READINGS:
        reading = rows(folder / name)
        assert [[row[key] for key in given] for row in reading] == [[row[key] for key in given] for row in genres]
        assert {tuple(row) for row in reading} == {tuple(row) for row in genres}, "the fields of the gold format"


def test_the_corrections_hold_no_text_and_name_each_sentence_once() -> None:
    corrections = rows(ROOT / "labels/corrections.jsonl")
    fields = ("id", "marks", "primary", "source_kind", "spans")
    assert {tuple(row) for row in corrections} == {fields, (*fields, "calib")}
    assert all(row.get("calib", True) is True for row in corrections)
    assert all(re.fullmatch("[0-9a-f]{12}", row["id"]) for row in corrections)
    assert len({row["id"] for row in corrections}) == len(corrections)
    assert all(row["primary"] in (row["marks"] or ["plain"]) for row in corrections)
    spans = [span for row in corrections for found in row["spans"].values() for span in found]
    assert all(0 <= start < end for start, end in spans)
