"""Plots: SVG without a network, with what they are about, in the labels' colours, nothing in them run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from annotator import Annotator
from annotator.evaluation import plots, report
from annotator.evaluation.gold import Article
from annotator.labels import load_labels
from tests.test_evaluation import gold

NASTY = '<script>alert("😀")</script>'


@pytest.fixture(scope="module")
def measured(annotator: Annotator) -> report.Report:
    wire = (gold("The ministry said no.", "sourced"), gold("The council will meet on Tuesday."))
    sport = (gold("It was a disgraceful end to a shameful chapter.", "framing"), gold("They won."))
    articles = [Article("a", wire, genre="wire"), Article("b", sport, genre=NASTY), Article("c", wire, genre="")]
    return report.measure(annotator, articles)


@pytest.fixture(scope="module")
def drawn(measured: report.Report, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return plots.draw(measured, tmp_path_factory.mktemp("drawn") / "new" / "plots", "toy")


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # noqa: S314
    return ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")]


def test_every_plot_is_drawn_and_names_the_labels(drawn: list[Path]) -> None:
    names = ["reliability", "precision-recall", "confusion", "genre"]
    assert [path.name for path in drawn] == [f"toy-{name}.svg" for name in names]
    for path in drawn:
        assert {label.name for label in load_labels()} - {"Plain"} <= set(texts(path.read_text(encoding="utf-8"))), path


@pytest.mark.parametrize("index", [0, 1, 3])
def test_the_marks_have_their_colours(drawn: list[Path], index: int) -> None:
    svg = drawn[index].read_text(encoding="utf-8")
    assert all(label.light.ink in svg for label in load_labels()[:3])


def test_the_confusion_plot_counts_sentences(measured: report.Report) -> None:
    changed = replace(measured, confusion=((41, 0, 0, 0), (0, 52, 0, 0), (0, 0, 63, 0), (74, 0, 0, 0)))
    assert {"41", "52", "63", "74"} <= set(texts(plots.to_svg(plots.confusion(changed))))


def test_genres_are_text_and_an_unknown_one_is_named(drawn: list[Path]) -> None:
    svg = drawn[3].read_text(encoding="utf-8")
    assert {"wire (1)", "not given (1)"} <= set(texts(svg))
    assert "<script" not in svg
