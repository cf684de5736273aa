"""The faster level: what the first stage settles, what is left to the model, and that the two are never mixed up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from annotator import Annotator, model_folder
from annotator.cli import main
from annotator.corpus.cascade import FOLDER, CascadeAnnotator, read_config
from annotator.errors import ModelError
from annotator.evaluation.gold import read_gold
from annotator.evaluation.scores import evaluate
from annotator.marks import LOWEST_THRESHOLD, MARK_LABELS, Document
from tests.conftest import ROOT, hostile_text
from tests.test_cli import Run, put, refused
from tests.test_cli_label import run  # noqa: F401

MODEL = model_folder.find(None)
GOLD = [article for path in sorted((ROOT / "labels/gold/test").glob("*.jsonl")) for article in read_gold(path)]
TEXT = " ".join(one.text for one in GOLD[0].sentences)


@pytest.fixture(scope="module")
def fast() -> CascadeAnnotator:
    return CascadeAnnotator(MODEL)


@pytest.fixture(scope="module")
def eager() -> CascadeAnnotator:
    """Its first stage settles whatever it has one label for."""
    return CascadeAnnotator(MODEL, sure=0.0)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    yield folder
    shutil.rmtree(folder)


def sentences(document: Document) -> list[dict[str, object]]:
    return list(document.to_dict()["sentences"])


def test_where_nothing_is_sure_enough_the_answers_are_the_model_s(annotator: Annotator) -> None:
    never = CascadeAnnotator(MODEL, sure=1.1)
    assert sentences(never.annotate(TEXT)) == sentences(annotator.annotate(TEXT))
    assert never.effort().settled == 0


def test_the_first_stage_settles_much_and_loses_little(fast: CascadeAnnotator, annotator: Annotator) -> None:
    """On the gold test articles; agreement on real news is measured by benchmarks.levels."""
    name = "primary/macro-f1"
    assert evaluate(fast, GOLD)[name].value >= evaluate(annotator, GOLD)[name].value - 0.01
    assert fast.effort().settled > sum(len(article.sentences) for article in GOLD) / 3


def test_what_is_sure_is_not_asked_of_the_encoder(eager: CascadeAnnotator) -> None:
    before = eager.effort()
    count = len(eager.annotate(TEXT).sentences)
    effort = eager.effort() - before
    assert effort.settled > 0.8 * count
    assert effort.asked + effort.settled == count


@given(hostile_text)
def test_every_span_lies_in_the_text_as_it_was_given(eager: CascadeAnnotator, text: str) -> None:
    """Sentence and Document check their own offsets."""
    document = eager.annotate(text)
    assert Document.from_dict(document.to_dict()) == document


def test_what_is_settled_has_its_likeliest_label_under_the_thresholds_that_apply(annotator: Annotator) -> None:
    low = dict.fromkeys(MARK_LABELS, LOWEST_THRESHOLD)
    fast = CascadeAnnotator(MODEL, thresholds=low, sure=0.0).annotate(TEXT).at(low)
    close = annotator.annotate(TEXT).at(low)
    settled = [one for one, other in zip(fast.sentences, close.sentences, strict=True) if one != other]
    assert len(settled) > 5
    assert [one.label for one in settled] == [max(one.primary, key=lambda label: one.primary[label]) for one in settled]


def test_the_command_tells_how_much_was_settled(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"text": TEXT}), encoding="utf-8")
    assert main(["label", str(source), "--out", str(out), "--level", "fast"]) == 0
    assert "% of the sentences were settled by the small network" in capfd.readouterr().err
    assert json.loads(out.read_text(encoding="utf-8"))["sentences"] == sentences(CascadeAnnotator(MODEL).annotate(TEXT))


def test_the_two_levels_are_two_models(fast: CascadeAnnotator, annotator: Annotator) -> None:
    assert fast.model.name == f"{annotator.model.name} (fast)"
    assert fast.model.digest != annotator.model.digest


def test_a_run_is_not_gone_on_with_at_the_other_level(run: Run) -> None:  # noqa: F811
    put("a.jsonl", '{"text": "The mayor said no."}\n')
    assert run("label", "a.jsonl", "--out", "out", "--level", "fast")[0] == 0
    assert refused(run("label", "a.jsonl", "--out", "out"), "out holds a run with another level (fast, not standard)")
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"]["level"] == "fast"


def test_a_model_without_a_first_stage_says_so(run: Run, copy: Path) -> None:  # noqa: F811
    shutil.rmtree(copy / FOLDER)
    put("a.jsonl", '{"text": "The mayor said no."}\n')
    told = run("label", "a.jsonl", "--out", "out", "--model", str(copy), "--level", "fast")
    assert refused(told, "has no faster level; use --level standard")


def test_a_first_stage_of_another_model_is_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    (copy / "config.json").write_text(json.dumps(config | {"version": "9"}), encoding="utf-8")
    with pytest.raises(ModelError, match="goes with another model"):
        CascadeAnnotator(copy)


def test_a_network_that_is_gone_is_one_line(copy: Path) -> None:
    (copy / FOLDER / "encoder.onnx").unlink()
    with pytest.raises(ModelError, match=r"encoder\.onnx: No such file or directory; restore the model folder"):
        CascadeAnnotator(copy)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", '"x"', '{"format": 9}', '{"format": 1, "sure": 0.5}'),
        '{"format": 1, "sure": "high", "model": "m", "tag_thresholds": {}}',
        '{"format": 1, "sure": 0.5, "model": "m", "tag_thresholds": {"cue": 0.5}}',
    ],
)
def test_a_damaged_configuration_is_one_line(copy: Path, text: str) -> None:
    (copy / FOLDER / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"config\.json|another format"):
        read_config(copy / FOLDER)
