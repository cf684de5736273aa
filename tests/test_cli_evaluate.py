"""annotator evaluate: tables, JSON, plots, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator import Annotator, model_folder
from annotator.cli import main
from annotator.evaluation.gold import digest, file_digest
from tests.conftest import ROOT
from tests.test_evaluation import ROW, gold_file

Run = Callable[..., tuple[int, str, str]]

SOURCED = {
    **ROW,
    "text": "The ministry said on Monday that 14 bridges had been closed.",
    "source": ["The ministry"],
    "reported_speculation": [],
}
NOTHING: dict[str, object] = {
    "marks": [],
    "primary": "plain",
    "source": [],
    "source_kind": None,
    "cue": [],
    "reported_speculation": [],
}
PLAIN = {**ROW, **NOTHING, "text": "The council will meet on Tuesday."}
BABE = [{"text": "Eleven people have been arrested.", "biased": False, "leaning": "left"}] * 2 + [
    {"text": "It was a disgraceful end to a shameful chapter.", "biased": True, "leaning": "right"}
]


@pytest.fixture
def run(
    annotator: Annotator, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Run `annotator evaluate` in an empty folder: exit code, standard output, standard error."""
    monkeypatch.setattr(Annotator, "load", lambda model=None: annotator)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["evaluate", *map(str, arguments)])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return gold_file(tmp_path, {**SOURCED, "genre": "wire"}, {**PLAIN, "article": "b", "genre": "sport"})


def babe(folder: Path) -> Path:
    path = folder / "framing" / "babe_dev.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in BABE), encoding="utf-8")
    return path


def test_a_gold_file_is_shown_as_tables(run: Run, gold: Path) -> None:
    code, out, err = run(gold)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert any("gold   2 articles, 2 sentences, news-en-small" in line for line in lines)
    rows = {line.split()[0]: line.split() for line in reversed(lines) if line.split()}
    assert rows["sourced"][1:4] == ["1.00", "[.000,", "1.00]"]
    assert rows["speculation"][1] == "–"
    assert rows["wire"][1:4] == ["1", "1", "1.00"]
    assert {"wire", "sport", "plain", "primary", "cue"} <= set(rows)
    assert "trained on" not in out
    assert "\x1b" not in out


def test_everything_goes_into_the_json(run: Run, gold: Path, annotator: Annotator) -> None:
    code, _, err = run(gold, "--json", "figures.json")
    assert code == 0
    assert "figures.json" in err
    value: dict[str, Any] = json.loads(Path("figures.json").read_text(encoding="utf-8"))
    assert value["format"] == 1
    assert value["model"]["digest"] == annotator.model.digest
    (entry,) = value["gold"]
    assert entry["name"] == f"{gold.parent.name}/gold"
    assert entry["digest"] == file_digest(gold)
    assert entry["figures"]["primary/accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 2, "support": None}
    assert entry["groups"]["genre"]["wire"]["figures"]["f1/sourced"]["value"] == 1.0
    assert "model" not in entry
    assert value["benchmarks"] == []


def test_a_single_article_has_no_interval(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(gold_file(tmp_path, SOURCED, PLAIN), "--json", "figures.json")
    assert code == 0
    assert "gold   1 article, 2 sentences" in out
    rows = {line.split()[0]: line.split() for line in reversed(out.splitlines()) if line.split()}
    assert rows["sourced"][1:3] == ["1.00", "1.00"]
    assert "[" not in out
    (entry,) = json.loads(Path("figures.json").read_text(encoding="utf-8"))["gold"]
    assert entry["figures"]["f1/sourced"] == {"value": 1.0, "low": None, "high": None, "n": 2, "support": 1}
    assert entry["calibration"]["framing"]["error"]["low"] is None


def test_a_group_of_one_article_has_no_interval_in_the_json(run: Run, gold: Path) -> None:
    assert run(gold, "--json", "figures.json")[0] == 0
    (entry,) = json.loads(Path("figures.json").read_text(encoding="utf-8"))["gold"]
    assert entry["figures"]["primary/accuracy"]["low"] == 1.0
    assert entry["groups"]["genre"]["wire"]["figures"]["f1/sourced"]["low"] is None


def test_what_is_there_is_replaced_only_on_demand(run: Run, gold: Path) -> None:
    assert run(gold, "--json", "figures.json", "--plots", "plots")[0] == 0
    written = [Path("figures.json"), *Path("plots").iterdir()]
    for path in written:
        path.write_text("mine", encoding="utf-8")
    code, out, err = run(gold, "--json", "figures.json")
    assert (code, out, err) == (2, "", "annotator: figures.json exists already; give --overwrite to replace it\n")
    code, out, err = run(gold, "--plots", "plots")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "-reliability.svg exists already; give --overwrite" in err
    assert {path.read_text(encoding="utf-8") for path in written} == {"mine"}
    assert run(gold, "--json", "figures.json", "--plots", "plots", "--overwrite")[0] == 0
    assert "mine" not in {path.read_text(encoding="utf-8") for path in written}


def test_plots_of_two_files_of_one_name_would_be_lost(run: Run, gold: Path) -> None:
    other = Path("deep", gold.parent.name, gold.name)
    other.parent.mkdir(parents=True)
    shutil.copy(gold, other)
    code, _, err = run(gold, other, "--plots", "plots")
    assert (code, err.count("\n")) == (2, 1)
    assert "the plots of 2 gold files would all be" in err
    assert not Path("plots").exists()


def test_no_word_from_outside_can_move_the_cursor(run: Run, tmp_path: Path) -> None:
    nasty = "\x1b[2J\u202e[bold]\ud800"
    gold = gold_file(tmp_path, {**SOURCED, "genre": nasty}, {**PLAIN, "article": "b", "genre": "sport"})
    code, out, _ = run(gold, "--json", "figures.json")
    assert code == 0
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert r"\x1b[2J\u202e[bold]\ud800" in out
    (entry,) = json.loads(Path("figures.json").read_text(encoding="utf-8"))["gold"]
    assert set(entry["groups"]["genre"]) == {nasty, "sport"}


def test_a_wide_table_is_not_cut_and_colours_are_for_terminals(
    run: Run, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    plain = run(gold)[1]
    assert "…" not in plain
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = run(gold)[1]
    assert "\x1b[1m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == plain.split()


def test_plots_are_drawn_on_demand(run: Run, gold: Path) -> None:
    code, _, err = run(gold, "--plots", "plots")
    assert code == 0
    names = {path.name.rsplit("gold-")[1] for path in Path("plots").iterdir()}
    assert names == {"reliability.svg", "precision-recall.svg", "confusion.svg", "genre.svg"}
    assert err.count("plot: ") == 4


def test_the_gold_articles_are_those_of_the_project_unless_given(
    run: Run, gold: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    test = tmp_path / "labels" / "gold" / "test"
    test.mkdir(parents=True)
    for name in ("one", "two"):
        shutil.copy(gold, test / f"{name}.jsonl")
    monkeypatch.setattr("annotator.places.folder", lambda name: tmp_path / name)
    monkeypatch.setattr(model_folder, "folder", lambda name: ROOT / name)
    code, out, _ = run()
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if "articles, " in line] == ["test/one", "test/two"]


def test_a_benchmark_is_measured_twice_over(run: Run, tmp_path: Path) -> None:
    code, out, err = run("--benchmark", "babe", "--data", babe(tmp_path), "--json", "figures.json")
    assert code == 0
    assert "babe: reading 3 sentences" in err
    assert "biased: own question" in out
    assert "biased: mark framing" in out
    value = json.loads(Path("figures.json").read_text(encoding="utf-8"))
    (entry,) = value["benchmarks"]
    assert (entry["name"], entry["data"], entry["sentences"], entry["read"]) == ("babe", "babe_dev.jsonl", 3, 0)
    assert value["gold"] == []
    assert value["model"]["name"] == "news-en-small"
    assert str(tmp_path) not in json.dumps(value)


def test_it_is_said_where_the_model_was_trained_on_the_text(
    run: Run, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = frozenset({digest(str(SOURCED["text"])), digest(BABE[0]["text"])})  # type: ignore[arg-type]
    monkeypatch.setattr("annotator.evaluation.report.digests_read", lambda folder: trained)
    monkeypatch.setattr("annotator.evaluation.benchmarks.digests_read", lambda folder: trained)
    code, out, _ = run(gold, "--benchmark", "babe", "--data", babe(tmp_path))
    assert code == 0
    assert "trained on 1 of these sentences" in out
    assert "trained on 2 of these sentences" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.jsonl"], "none.jsonl: No such file"),
        (["empty.jsonl"], "no gold sentence"),
        (["odd.jsonl"], "unknown marks ['rumour']"),
        (["--benchmark", "babel", "--data", "."], "no benchmark 'babel'; choose one of babe"),
        (["--benchmark", "babe"], "needs --data"),
        (["--benchmark", "babe", "--data", "none.csv"], "none.csv does not exist"),
        (["--benchmark", "babe", "--data", "gold.jsonl"], "no column biased/label/label_bias"),
        (["--split", "dev"], "only for a --benchmark"),
        (["--data", "gold.jsonl"], "no folder of corpora"),
        (["gold.jsonl", "--json", "none/figures.json"], "cannot write none/figures.json"),
        (["gold.jsonl", "--json", "gold.jsonl"], "gold.jsonl is an input itself"),
        (["--benchmark", "babe", "--data", "gold.jsonl", "--json", "gold.jsonl", "--overwrite"], "is an input itself"),
        (["--benchmark", "babe", "--data", "nothere"], "no file or folder nothere, and no id OWNER/NAME"),
        (["strange.jsonl"], "strange.jsonl:2: the gold row has in cue 'sayd', which is not in its text"),
        (["gold.jsonl", "--plots", "gold.jsonl"], "is a file"),
        (["--benchmark", "babe", "--data", "x.csv", "--plots", "plots"], "give GOLD too"),
        (["gold.jsonl", "--model", "none"], "no model 'none'"),
    ],
)
def test_what_is_refused_is_refused_in_one_line(run: Run, gold: Path, arguments: list[str], message: str) -> None:
    Path("empty.jsonl").write_bytes(b"\n")
    Path("odd.jsonl").write_text(json.dumps({**ROW, "marks": ["rumour"]}), encoding="utf-8")
    rows = [json.dumps({**ROW, "cue": [cue]}) for cue in ("said", "sayd")]
    Path("strange.jsonl").write_text("\n".join(rows), encoding="utf-8")
    before = gold.read_bytes()
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("annotator: ")
    assert message in err
    assert gold.read_bytes() == before
