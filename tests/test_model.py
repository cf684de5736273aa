"""The shipped model: what it has read, and what it must still know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotator import model_folder
from annotator.corpus import cascade
from annotator.evaluation import questions
from annotator.evaluation.gold import Article, read_gold
from annotator.training import data
from tests.conftest import ROOT

FOLDER = ROOT / "models" / "news-en-small"
LARGEST = 40_000_000


@pytest.fixture(scope="module")
def read() -> dict[str, set[str]]:
    """Digests of the sentences that the encoder and the heads were fitted on, or a teacher read for the encoder.

    `earlier` are those that earlier stages read and that the split now leaves out.
    """
    metrics = json.loads((FOLDER / "metrics.json").read_text(encoding="utf-8"))
    return {side: set(digests.split()) for side, digests in metrics["read"].items()}


def test_the_sides_of_the_training_text_are_disjoint(read: dict[str, set[str]]) -> None:
    assert len(read["finetune"]) > 40_000
    assert len(read["calib"]) > 900
    assert len(read["soft"]) > 5000
    assert len(set().union(*read.values())) == sum(map(len, read.values()))


def test_the_gold_test_articles_were_never_read(read: dict[str, set[str]]) -> None:
    articles = [article for name in ("articles", "genres") for article in gold_test(name)]
    gold = {data.digest(one.text) for article in articles for one in article.sentences}
    assert len(gold) >= 600
    assert not gold & set().union(*read.values())


def test_nothing_evaluated_on_was_ever_read(read: dict[str, set[str]], corpora: Path) -> None:
    for name in data.EVALUATION_FILES:
        digests = {data.digest(row["text"]) for row in data.read_rows(corpora / f"{name}.jsonl")}
        assert digests
        assert not digests & set().union(*read.values()), name


def test_the_split_is_the_one_that_was_trained_on(read: dict[str, set[str]], corpora: Path) -> None:
    split = data.load(corpora)
    assert {data.digest(one.text) for one in split.finetune} == read["finetune"]
    assert {data.digest(one.text) for one in split.calib} == read["calib"]
    assert {data.digest(one.text) for one in split.soft} == read["soft"]


def test_the_folder_is_small_and_licensed() -> None:
    files = {str(file.relative_to(FOLDER)): file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()}
    fast = {f"{cascade.FOLDER}/{name}" for name in cascade.FILES}
    fitted = {"heads.skops", questions.FILE}
    assert {"README.md", "LICENSE.md", "metrics.json", *fitted, *model_folder.FILES, *fast} == set(files)
    assert sum(files.values()) <= LARGEST


def gold_test(name: str) -> list[Article]:
    return read_gold(ROOT / "labels" / "gold" / "test" / f"{name}.jsonl")
