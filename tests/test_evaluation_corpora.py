"""Public corpora: their layouts, ours and the published ones, and a model measured on them."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import huggingface_hub
import numpy as np
import pytest
from huggingface_hub.errors import OfflineModeIsEnabled

from annotator import Annotator, model_folder
from annotator.errors import InputError
from annotator.evaluation import benchmarks, corpora
from annotator.evaluation.corpora import BENCHMARKS, Row
from annotator.evaluation.gold import digest
from tests.conftest import ROOT

FOLDER = ROOT / "models" / "news-en-small"
BABE = [
    {"text": "The dam was opened in May.", "biased": False, "outlet": "The Quay", "leaning": "left"},
    {"text": "The dam is a monstrous folly.", "biased": True, "outlet": "The Mast", "leaning": ""},
]


def jsonl(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def refused(name: str, data: str, split: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        corpora.read(name, data, split)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- where the rows come from ---


def test_a_folder_holds_the_held_back_split_and_others(tmp_path: Path) -> None:
    jsonl(tmp_path / "framing" / "babe_dev.jsonl", BABE)
    jsonl(tmp_path / "framing" / "babe_train.jsonl", BABE[:1])
    rows = corpora.read("babe", str(tmp_path))
    assert [(row.text, row.answers, row.outlet, row.leaning) for row in rows] == [
        ("The dam was opened in May.", {"biased": False}, "The Quay", "left"),
        ("The dam is a monstrous folly.", {"biased": True}, "The Mast", ""),
    ]
    assert len({row.article for row in rows}) == 2
    assert len(corpora.read("babe", str(tmp_path), "train")) == 1


def test_a_csv_file_of_the_published_layout(tmp_path: Path) -> None:
    path = tmp_path / "babe.csv"
    labels = ["Biased", "Non-biased", "No agreement"]
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(
            [["text", "type", "label_bias"], *(["It rained, 😀.", "left", one] for one in labels)]
        )
    rows = corpora.read("babe", str(path))
    assert [row.answers["biased"] for row in rows] == [True, False]
    assert rows[0].leaning == "left"
    assert rows[0].text == "It rained, 😀."


def test_a_tsv_file_of_the_published_layout(tmp_path: Path) -> None:
    path = tmp_path / "dev_test_en.tsv"
    path.write_text("sentence_id\tsentence\tlabel\n7\tIt rained.\tOBJ\n8\tIt poured, alas.\tSUBJ\n", encoding="utf-8")
    assert [row.answers["subjective"] for row in corpora.read("checkthat", str(path))] == [False, True]


def test_a_parquet_file_with_numbers_as_labels(tmp_path: Path) -> None:
    path = tmp_path / "babe.parquet"
    datasets.Dataset.from_list([{"text": "It rained.", "label": 0}, {"text": "Alas.", "label": 1}]).to_parquet(
        str(path)
    )
    assert [row.answers["biased"] for row in corpora.read("babe", str(path))] == [False, True]


def test_a_saved_dataset_and_its_splits(tmp_path: Path) -> None:
    rows = datasets.Dataset.from_list(BABE)
    rows.save_to_disk(str(tmp_path / "one"))
    datasets.DatasetDict({"train": rows, "test": rows.select([1])}).save_to_disk(str(tmp_path / "two"))
    datasets.DatasetDict({"left": rows, "right": rows}).save_to_disk(str(tmp_path / "neither"))
    assert len(corpora.read("babe", str(tmp_path / "one"))) == 2
    assert len(corpora.read("babe", str(tmp_path / "two"))) == 1
    assert len(corpora.read("babe", str(tmp_path / "two"), "train")) == 2
    assert "no split dev or test in the data, but left, right" in refused("babe", str(tmp_path / "neither"))
    assert "no split dev in the data" in refused("babe", str(tmp_path / "two"), "dev")


def test_a_hub_id_goes_to_datasets_with_its_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def load(*arguments: Any, **options: Any) -> dict[str, list[dict[str, Any]]]:
        asked.append((*arguments, options))
        return {"test": [{"sentence": "It rained.", "label": "OBJ"}]}

    monkeypatch.setattr(datasets, "load_dataset", load)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda self, name, **_: asked.append((name,)))
    assert corpora.read("checkthat", "owner/name:english")[0].text == "It rained."
    assert asked == [("owner/name",), ("owner/name", "english", {"streaming": True})]


@pytest.mark.parametrize("data", ["nothere", "./nothere", "/nothere", "a/b/c", "nothere/", "a\0b", "x" * 5000])
def test_what_is_no_hub_id_is_not_asked_for(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "load_dataset", forbidden)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", forbidden)
    assert "asked" not in refused("babe", data)


def forbidden(*_: Any, **__: Any) -> None:
    raise AssertionError("asked")


def test_a_hub_that_cannot_be_reached_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[float] = []

    def unreachable(self: object, name: str, *, timeout: float) -> None:
        tries.append(timeout)
        raise OSError("no network\nand more")

    monkeypatch.setattr(datasets, "load_dataset", forbidden)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", unreachable)
    message = refused("babe", "owner/name")
    assert message.startswith("there is no folder owner/name, and the hub cannot be reached")
    assert "(no network); give a file or a folder" in message
    assert tries == [corpora.HUB_SECONDS]


def test_a_hub_that_is_switched_off_leaves_the_answer_to_datasets(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise OfflineModeIsEnabled("HF_HUB_OFFLINE=1")

    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: {"test": BABE})
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", offline)
    assert len(corpora.read("babe", "owner/name")) == 2


def test_discourse_roles_and_speech_are_two_questions(tmp_path: Path) -> None:
    roles = ["Main", "Distant_Expectations_Consequences", "NA"]
    rows = [
        {"doc": "a", "text": "It rained.", "discourse": one, "speech": one == "NA", "source": "nyt"} for one in roles
    ]
    found = corpora.read("newsdiscourse", jsonl(tmp_path / "rows.jsonl", rows))
    assert [row.answers["expectation"] for row in found] == [False, True, False]
    assert [row.answers["speech"] for row in found] == [False, False, True]
    assert {(row.article, row.outlet) for row in found} == {("a", "nyt")}


# --- what is refused ---


def test_what_cannot_be_read_is_refused_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "choose one of babe, checkthat" in refused("babel", str(tmp_path))
    assert "does not exist" in refused("babe", str(tmp_path / "none.jsonl"))
    (tmp_path / "rows.txt").write_text("It rained.", encoding="utf-8")
    assert "suffix '.txt'" in refused("babe", str(tmp_path / "rows.txt"))
    (tmp_path / "broken.jsonl").write_text('{"text": ', encoding="utf-8")
    assert "cannot read babe" in refused("babe", str(tmp_path / "broken.jsonl"))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 but not really")
    assert "cannot read babe" in refused("babe", str(tmp_path / "broken.parquet"))

    def offline(*_: Any, **__: Any) -> None:
        raise ConnectionError("no network\nand more")

    monkeypatch.setattr(datasets, "load_dataset", offline)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda *_, **__: None)
    assert "owner/name: no network; give a file" in refused("babe", "owner/name")


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("polnear", {"words": "It rained.", "attributed": True}, "no column text/sentence, but words, attributed"),
        ("babe", {"text": "It rained.", "mood": 1}, "no column biased/label/label_bias, but text, mood"),
        ("babe", {"text": "It rained.", "biased": "perhaps"}, "row 1: biased is 'perhaps', not one of true, 1, biased"),
        ("mpqa", {"text": "It rained.", "writer_subjective": None}, "row 1: writer_subjective is 'none'"),
        ("checkthat", {"text": " ", "label": "OBJ"}, "row 1: the text is ' '"),
        ("babe", {"text": "It rained.", "label": "No agreement"}, "no labelled sentence"),
    ],
)
def test_another_layout_is_refused_with_what_was_found(
    tmp_path: Path, name: str, row: dict[str, Any], message: str
) -> None:
    assert message in refused(name, jsonl(tmp_path / "rows.jsonl", [row]))


def test_the_digest_knows_texts_and_answers() -> None:
    row = Row("It rained.", "a", {"biased": True})
    assert corpora.digest([row]) == corpora.digest([Row("It rained.", "b", {"biased": True})])
    assert corpora.digest([row]) != corpora.digest([Row("It rained.", "a", {"biased": False})])


# --- a model on them ---


def rows_of(*answers: tuple[str, bool]) -> list[Row]:
    sides = ("left", "right")
    return [
        Row(text, str(index), {"biased": wanted}, leaning=sides[index % 2])
        for index, (text, wanted) in enumerate(answers)
    ]


@pytest.fixture(scope="module")
def framed() -> list[Row]:
    return rows_of(
        ("The council will meet on Tuesday.", False),
        ("It was a disgraceful end to a shameful chapter.", True),
        ("Eleven people have been arrested.", False),
        ("The bungling minister has sent shockwaves through the capital.", True),
    )


def test_head_and_nearest_mark_are_measured(framed: list[Row]) -> None:
    found = benchmarks.measure(FOLDER, "babe", framed)
    assert (found.name, found.articles, found.sentences, found.read) == ("babe", 4, 4, 0)
    assert found.figures["biased/mark/auc"].value == found.figures["biased/mark/macro-f1"].value == 1.0
    assert (found.figures["biased/head/f1"].n, found.figures["biased/head/f1"].support) == (4, 2)
    assert {value: group.sentences for value, group in found.groups["leaning"].items()} == {"left": 2, "right": 2}
    assert "biased/mark/auc" not in found.groups["leaning"]["left"].figures
    json.dumps(found.to_dict(), allow_nan=False)


def test_wrong_answers_are_counted_as_wrong(framed: list[Row]) -> None:
    turned = [Row(row.text, row.article, {"biased": not row.answers["biased"]}) for row in framed]
    found = benchmarks.measure(FOLDER, "babe", turned).figures
    assert found["biased/mark/auc"].value == found["biased/mark/macro-f1"].value == 0.0


def test_a_mark_is_what_the_annotator_says(annotator: Annotator) -> None:
    texts = ["The ferry was late.", "The operator said on Monday that it was sorry.", "It will not happen again."]
    rows = [Row(text, "a", {"attributed": index > 0}) for index, text in enumerate(texts)]
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
    places = [(int(start), int(start) + len(text)) for start, text in zip(starts, texts, strict=False)]
    document = annotator.annotate("\n".join(texts), spans=places)
    config = model_folder.read_config(FOLDER)
    _, marks = benchmarks._read_all(FOLDER, config, rows)
    assert marks[:, 0] == pytest.approx([sentence.scores["sourced"] for sentence in document.sentences])


def test_a_sentence_of_nothing_is_no_to_everything() -> None:
    config = model_folder.read_config(FOLDER)
    evidence, marks = benchmarks._read_all(FOLDER, config, [Row("\0", "a", {})])
    assert (evidence < 0).all()
    assert (marks == 0).all()


def test_sentences_that_the_model_was_trained_on_are_counted(tmp_path: Path, framed: list[Row]) -> None:
    for name in model_folder.FILES:
        (tmp_path / name).symlink_to(FOLDER / name)
    read = {"finetune": digest(framed[0].text), "calib": digest(framed[1].text.upper())}
    (tmp_path / "metrics.json").write_text(json.dumps({"read": read}), encoding="utf-8")
    assert benchmarks.measure(tmp_path, "babe", framed).read == 2


def test_a_head_that_a_model_does_not_have_is_left_out(tmp_path: Path, framed: list[Row]) -> None:
    for name in model_folder.FILES[1:]:
        (tmp_path / name).symlink_to(FOLDER / name)
    config = (FOLDER / "config.json").read_text(encoding="utf-8").replace('"babe_biased"', '"other"')
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    assert {name.split("/")[1] for name in benchmarks.measure(tmp_path, "babe", framed).figures} == {"mark"}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_the_corpora_at_hand_are_read(corpora_folder: str, name: str) -> None:
    rows = corpora.read(name, corpora_folder)
    assert len(rows) > 400
    for task in BENCHMARKS[name].tasks:
        answers = {row.answers[task.name] for row in rows}
        assert answers == {True, False}
        assert task.head in model_folder.read_config(FOLDER).logits


@pytest.fixture
def corpora_folder(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("corpora"))
