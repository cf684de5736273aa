"""annotator label on the command line: what it writes, what it says, and what it never does: a traceback."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from annotator import Annotator, Document
from annotator.cli import main, progress
from annotator.corpus import worker
from annotator.corpus.run import Tally
from annotator.marks import LABELS
from tests.conftest import ROOT
from tests.test_cli import TEXT, Run, Toy, put, refused


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command with the toy annotator in an empty folder: exit code, standard output, standard error."""
    monkeypatch.setattr(worker, "load", lambda job, threads: Toy())
    monkeypatch.setattr("annotator.corpus.engines.cores", lambda: 1)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


# --- one file to another ---


def label_csv(text: str = f"id,text\na,{TEXT}\nb,The council meets.\n") -> Path:
    return put("in.csv", text)


@pytest.mark.parametrize(("rows", "column"), [("sentences", "sentences"), ("documents", "marks")])
def test_a_kept_column_may_bear_a_name_of_the_other_kind_of_row(run: Run, rows: str, column: str) -> None:
    label_csv(f"id,text,{column}\na,{TEXT},14\n")
    code, _, _ = run("label", "in.csv", "--out", "out.parquet", "--rows", rows, "--keep", column)
    assert code == 0
    assert parquet.read_table("out.parquet")[column].to_pylist() == ["14"]


def test_a_table_becomes_sentences_with_a_summary(run: Run) -> None:
    label_csv()
    code, out, err = run("label", "in.csv", "--out", "out.parquet")
    assert (code, out) == (0, "")
    shares = "sourced 50.0%, framing 0.0%, speculation 0.0%, plain 50.0%"
    assert err == f"annotator: 2 documents, 2 sentences ({shares}): out.parquet\n"
    rows = parquet.read_table("out.parquet").to_pylist()
    assert [(row["document_id"], row["label"], row["attribution"]) for row in rows] == [
        ("a", "sourced", "named"),
        ("b", "plain", "none"),
    ]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
@pytest.mark.parametrize("source", [".jsonl", ".csv", ".parquet", "folder"])
def test_every_input_goes_into_every_output(run: Run, source: str, suffix: str) -> None:
    texts = {"a": f"{TEXT}\nNo 😀.", "b": "The council meets."}
    path, out = Path(f"in{source.replace('folder', '')}"), Path(f"out{suffix}")
    write_table(path, [{"key": key, "body": text} for key, text in texts.items()])
    assert run("label", path, "--out", out, "--text-column", "body", "--id-column", "key")[0] == 0
    found = read_out(out)
    assert found == [("a", TEXT, "sourced"), ("a", "No 😀.", "plain"), ("b", "The council meets.", "plain")]


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as handle:
            table = csv.DictWriter(handle, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    elif path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    else:
        from datasets import Dataset

        Dataset.from_list(rows).save_to_disk(path)


def read_out(path: Path) -> list[tuple[str | None, str, str]]:
    """Id, text and label of every sentence."""
    if path.suffix == ".jsonl":
        documents = [Document.from_dict(json.loads(line)) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
        return [(one.id, one.text[s.start : s.end], s.label) for one in documents for s in one.sentences]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as handle:
            rows: list[dict[str, Any]] = list(csv.DictReader(handle))
    else:
        rows = parquet.read_table(path).to_pylist()
    return [(row["document_id"], row["sentence"], row["label"]) for row in rows]


def test_a_text_file_is_one_document_or_a_sentence_a_line(run: Run) -> None:
    put("a.txt", f"{TEXT}\r\n\r\nNo.\n")
    assert run("label", "a.txt", "--out", "a.jsonl")[0] == 0
    assert run("label", "a.txt", "--out", "b.jsonl", "--unit", "sentence")[0] == 0
    assert read_out(Path("a.jsonl")) == [("a.txt", TEXT, "sourced"), ("a.txt", "No.", "plain")]
    assert read_out(Path("b.jsonl")) == [("1", TEXT, "sourced"), ("3", "No.", "plain")]


def test_a_row_that_is_a_sentence_stays_one(run: Run) -> None:
    label_csv('text\n"One,\ntwo."\n')
    assert run("label", "in.csv", "--out", "out.jsonl", "--unit", "sentence")[0] == 0
    assert read_out(Path("out.jsonl")) == [("1", "One,\ntwo.", "plain")]


def test_bad_rows_are_reported_the_others_are_done_and_the_exit_code_is_1(run: Run) -> None:
    put(
        "in.jsonl",
        b'{"text": "He said no."}\n{"text": null}\n{"text": 4}\n{"text": ""}\nnope\n{"a\xff": 1}\n{"text": "Yes."}',
    )
    code, out, err = run("label", "in.jsonl", "--out", "out.csv")
    assert (code, out) == (1, "")
    *reports, summary = err.splitlines()
    assert [line.split(" ")[1] for line in reports] == [f"in.jsonl:{row}:" for row in (2, 3, 4, 5, 6)]
    assert summary.startswith("annotator: 2 documents, 2 sentences, 5 failed rows (")
    assert [text for _, text, _ in read_out(Path("out.csv"))] == ["He said no.", "Yes."]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", "id,body\n1,x\n", "a.csv has no column 'text', only 'id', 'body'"),
        ("a.csv", "", "a.csv is empty"),
        ("a.jsonl", '{"body": 1}\n', "has no column 'text', only 'body'"),
        ("a.parquet", b"PAR1 and no more", "a.parquet is damaged"),
        ("a.parquet", b"", "a.parquet is damaged"),
        ("a.txt", b"\0\1\2", "a.txt contains NUL at byte 0 and is no text"),
        ("a.txt", b"abc\xff", "a.txt has invalid UTF-8 at byte 3 (0xff)"),
        ("a.txt", b" \n", "a.txt is blank"),
        ("a.jsonl.gz", b"\x1f\x8b and no more", "a.jsonl.gz cannot be read to its end"),
        ("a.jsonl.zst", b"no zstd", "a.jsonl.zst cannot be read to its end"),
        ("a.parquet.gz", b"", "a.parquet.gz has the suffix '.gz'; give one of"),
        ("a.arrow", b"ARROW1 and no more", "a.arrow is damaged"),
        ("a.tsv", "id\tbody\n1\tx\n", "a.tsv has no column 'text', only 'id', 'body'"),
        ("a.html", "<script></script>", "no text is found in the HTML"),
        ("a.xlsx", b"PK", "a.xlsx has the suffix '.xlsx'; give one of"),
        ("a", b"text", "a has the suffix ''"),
    ],
)
def test_an_input_that_cannot_be_read_is_2_and_leaves_nothing(
    run: Run, name: str, data: bytes | str, message: str
) -> None:
    put(name, data)
    code, out, err = run("label", name, "--out", "out.csv")
    assert (code, out) == (2, "")
    assert message in err.splitlines()[-1]
    assert "Traceback" not in err
    assert [entry.name for entry in Path().iterdir()] == [name]


def test_other_refusals_of_label_are_one_line(run: Run) -> None:
    label_csv()
    Path("folder").mkdir()
    put("old.csv", "old")
    for source, out, options, message in [
        ("none.csv", "out.csv", (), "none.csv does not exist"),
        ("folder", "out.csv", (), "folder holds no file that ends in .txt"),
        ("*.txt", "out.csv", (), "*.txt matches no file"),
        ("in.csv", "out.xlsx", (), "out.xlsx has the suffix '.xlsx'"),
        ("in.csv", "none/out.csv", (), "none is no folder"),
        (".", "out.csv", (), "out.csv lies inside the input ."),
        ("in.csv", "in.csv", (), "in.csv is the input itself"),
        ("in.csv", "old.csv", (), "old.csv exists already; give --overwrite"),
        ("in.csv", "in.csv", ("--overwrite",), "in.csv is the input itself"),
        ("in.csv", "out.csv", ("--split", "train"), "leave it out"),
        ("in.csv", "out.csv", ("--config", "plain"), "--config plain is only for a dataset"),
        ("in.csv", "out.csv", ("--dataset", "news"), "give either INPUT or --dataset"),
        ("in.csv", "out.csv", ("--encoding", "klingon"), "--encoding 'klingon' is no text encoding"),
        ("in.csv", "out.csv", ("--keep", "label"), "--keep label would be there twice"),
        ("in.csv", "out.csv", ("--keep", "url"), "has no column 'url', only 'id', 'text'"),
        ("in.csv", "out.csv", ("--id-column", "url"), "has no column 'url', only 'id', 'text'"),
    ]:
        assert refused(run("label", source, "--out", out, *options), message)
    assert put("old.csv", "old").read_text() == "old"
    assert sorted(entry.name for entry in Path().iterdir()) == ["folder", "in.csv", "old.csv"]


def test_an_output_is_replaced_only_when_asked_for(run: Run) -> None:
    label_csv()
    put("old.csv", "old")
    assert run("label", "in.csv", "--out", "old.csv", "--overwrite")[0] == 0
    assert len(read_out(Path("old.csv"))) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_what_may_not_be_read_or_written_is_one_line(run: Run) -> None:
    label_csv().chmod(0)
    assert refused(run("label", "in.csv", "--out", "out.csv"), "in.csv: Permission denied")
    Path("in.csv").chmod(0o600)
    Path("locked").mkdir(0o500)
    assert refused(run("label", "in.csv", "--out", "locked/out.csv"), "Permission denied")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_full_disk_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    label_csv()
    real = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, *args, **options: real(Path("/dev/full") if path.suffix == ".part" else path, *args, **options),
    )
    assert refused(run("label", "in.csv", "--out", f"out{suffix}"), "No space left on device")
    assert [entry.name for entry in Path().iterdir()] == ["in.csv"]


def test_stopping_is_130_and_leaves_nothing(run: Run) -> None:
    label_csv("text\nHe said no.\nstop\n")
    assert run("label", "in.csv", "--out", "out.csv") == (130, "", "annotator: stopped; out.csv was not written\n")
    assert [entry.name for entry in Path().iterdir()] == ["in.csv"]


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "The ministry said no."}\n' * 100_000)
    command = [sys.executable, "-m", "annotator", "label", str(tmp_path / "in.jsonl"), "--out"]
    command.append(str(tmp_path / "out.csv"))
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(600):
            if list(tmp_path.glob(".out.csv.annotator/labels/.*.part")) or process.poll() is not None:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr is not None
        assert process.stderr.read() == f"annotator: stopped; {tmp_path / 'out.csv'} was not written\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.jsonl"]


def test_documents_in_another_language_are_counted_in_one_line(run: Run) -> None:
    label_csv("text\nDie Brücke.\nHe said no.\nDie Brücke.\n")
    code, _, err = run("label", "in.csv", "--out", "out.csv")
    assert code == 0
    assert "warning: 2 of 3 documents do not look English" in err.splitlines()[0]
    assert "warning" not in run("label", "in.csv", "--out", "out2.csv", "--any-language")[2]


def test_thresholds_hold_for_label_too(run: Run) -> None:
    label_csv()
    assert run("label", "in.csv", "--out", "out.jsonl", "--threshold", "sourced=0.7")[0] == 0
    assert [label for _, _, label in read_out(Path("out.jsonl"))] == ["plain", "plain"]


def test_a_formula_is_written_so_that_no_spreadsheet_runs_it(run: Run) -> None:
    label_csv('id,text\n=1,"=HYPERLINK(""http://x"")"\n')
    assert run("label", "in.csv", "--out", "out.csv")[0] == 0
    assert read_out(Path("out.csv")) == [("'=1", '\'=HYPERLINK("http://x")', "plain")]


def test_a_terminal_gets_a_bar_and_others_a_line_now_and_then(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    label_csv()
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    _, _, err = run("label", "in.csv", "--out", "a.csv")
    assert err.splitlines()[0].startswith("annotator: 100%: 2 documents, 2 sentences, ")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    code, _, err = run("label", "in.csv", "--out", "b.csv")
    assert code == 0
    assert "\x1b[" in err
    assert "annotator: 2 documents, 2 sentences" in err


def test_a_row_cannot_move_the_cursor(run: Run) -> None:
    put("in.jsonl", b'{"text": "He said."}\n{"\\u001b[2J\\u202e\\n": 1}\n')
    _, _, err = run("label", "in.jsonl", "--out", "out.csv")
    assert all(character.isprintable() for line in err.splitlines() for character in line)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=60) | st.text(max_size=40).map(lambda text: f"text\n{text}\n".encode("utf-8", "replace"))
)
@pytest.mark.parametrize("suffix", [".txt", ".jsonl", ".csv", ".parquet"])
def test_no_input_whatever_ends_in_a_traceback(run: Run, suffix: str, data: bytes) -> None:
    put(f"in{suffix}", data)
    code, out, err = run("label", f"in{suffix}", "--out", "out.jsonl", "--overwrite")
    assert code in (0, 1, 2)
    assert out == ""
    assert all(line.startswith("annotator: ") for line in err.splitlines())


# --- with the shipped model ---


def test_the_shipped_model_labels_a_file_as_it_annotates_each_text(tmp_path: Path, annotator: Annotator) -> None:
    texts = [TEXT, "The talks may collapse.\n\nThe verdict was a disgrace.", "The council meets on Tuesday. " * 20]
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    assert main(["label", str(source), "--out", str(out)]) == 0
    found = [Document.from_dict(json.loads(line)) for line in out.read_text(encoding="utf-8").splitlines()]
    assert found == [annotator.annotate(text, id=str(number)) for number, text in enumerate(texts, 1)]
    assert {label for one in found for sentence in one.sentences for label in sentence.labels} <= set(LABELS)


def test_tallies_shown_are_those_of_the_run() -> None:
    assert Tally(1_000, 2_000).line() == "1,000 documents, 2,000 sentences"
