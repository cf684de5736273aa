"""The command line: what it prints, where, with which exit code, and what it never does: a traceback."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from annotator import Annotator, Document, Mark, Sentence, Source
from annotator.cli import console, main, progress
from annotator.cli.reference import reference
from annotator.corpus.run import Tally
from annotator.errors import ModelError
from annotator.marks import LABELS, Model
from annotator.page import server
from tests.conftest import ROOT

TEXT = "The ministry said 14 bridges had been closed."


class Toy:
    """Stands in for the Annotator: each line is a sentence, sourced to what stands before "said" if it says so."""

    model = Model("toy", "1", "sha256:0")
    thresholds = {"sourced": 0.5, "framing": 0.5, "speculation": 0.5}  # noqa: RUF012

    def annotate(self, text: str, *, id: str | None = None, unit: str = "document") -> Document:
        sentences, start = [], 0
        for line in text.splitlines(keepends=True) if unit == "document" else [text]:
            if line.strip():
                sentences.append(self._sentence(line, start))
            start += len(line)
        language = "de" if "Brücke" in text else "en"
        return Document(text, tuple(sentences), self.model, self.thresholds, id, language)

    def annotate_many(self, texts: Iterable[str], *, unit: str = "document") -> Iterator[Document]:
        for text in texts:
            if text == "stop":
                raise KeyboardInterrupt
            yield self.annotate(text, unit=unit)

    def _sentence(self, line: str, start: int) -> Sentence:
        scores = {"sourced": 0.6 if "said" in line else 0.1, "framing": 0.1, "speculation": 0.1}
        primary = {"sourced": 0.4, "framing": 0.1, "speculation": 0.1, "plain": 0.4}
        marks, sources = [], []
        if (cue := line.find("said")) > 3:
            marks = [Mark(start + cue, start + cue + 4, "sourced", "writer", 0.9)]
            sources = [Source(start, start + cue - 1, "named", 0.9, 0)]
        end = start + len(line.rstrip("\r\n"))
        plain = Sentence(start, end, "plain", 0.4, (), scores, primary, "none", tuple(marks), tuple(sources))
        return plain.at(self.thresholds)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command with the toy annotator in an empty folder: exit code, standard output, standard error."""
    monkeypatch.setattr(Annotator, "load", lambda model=None: Toy())
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


def refused(result: tuple[int, str, str], message: str) -> bool:
    """Whether a command ended with 2, one line on standard error that holds `message`, and nothing else."""
    code, out, err = result
    assert (code, out, err.count("\n")) == (2, "", 1), result
    assert err.startswith("annotator: ")
    assert message in err
    return True


def put(name: str, data: bytes | str) -> Path:
    path = Path(name)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


# --- annotator, --version, --help, docs ---


def test_the_reference_is_made_of_the_help_texts() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("command", [(), ("annotate",), ("label",), ("evaluate",), ("agreement",), ("app",)])
def test_help_comes_with_examples_and_without_colour(run: Run, command: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        code, out, err = run(*command, flag)
        assert (code, err) == (0, "")
        assert "Examples:" in out
        assert "\x1b" not in out


def test_help_loads_nothing_heavy() -> None:
    heavy = ["numpy", "spacy", "onnxruntime", "sklearn", "pyarrow", "datasets", "streamlit", "pandas", "rich.console"]
    code = f"import sys; from annotator.cli import main; main(['label', '--help']); print({heavy} & sys.modules.keys())"
    code = code.replace(str(heavy), f"set({heavy})")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_version_is_one_line(run: Run) -> None:
    code, out, err = run("--version")
    assert (code, err) == (0, "")
    assert out.startswith("annotator ")
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("annotate",), "Missing argument 'TEXT'"),
        (("label", "a.csv"), "Missing option '--out'"),
        (("annotate", "a", "--nonsense"), "No such option"),
        (("label", "a.csv", "--out", "b.csv", "--unit", "page"), "'page' is not one of"),
        (("app", "--port", "0"), "Invalid value for '--port'"),
        (("app", "--port", "http"), "Invalid value for '--port'"),
    ],
)
def test_bad_usage_is_2_and_says_what_is_wrong(run: Run, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


# --- annotate ---


def test_a_text_is_shown_with_its_summary_and_without_colour_in_a_pipe(run: Run) -> None:
    code, out, err = run("annotate", f"{TEXT}\nThe council meets.")
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    first, second, blank, summary = out.splitlines()
    assert "sourced" in first
    assert first.endswith(TEXT)
    assert "plain" in second
    assert (blank, summary) == ("", "2 sentences: 1 sourced to 1 named source, 1 plain")


def test_a_terminal_gets_colours_unless_it_wants_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in run("annotate", TEXT)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("annotate", TEXT)[1]


def test_json_is_the_wire_format(run: Run) -> None:
    code, out, err = run("annotate", f"{TEXT} 😀\r\n", "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert Document.from_dict(json.loads(out)) == Toy().annotate(f"{TEXT} 😀\r\n")


def test_html_is_a_page_with_the_text_escaped(run: Run) -> None:
    code, out, err = run("annotate", "<script>alert(1)</script> said no.", "--html")
    assert (code, err) == (0, "")
    assert out.startswith("<!DOCTYPE html>")
    assert "<script" not in out
    assert "1 sentence: 1 sourced" in out


def test_json_and_html_exclude_each_other(run: Run) -> None:
    assert refused(run("annotate", TEXT, "--json", "--html"), "give one of them")


def test_a_file_and_standard_input_are_read_as_they_are(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"\xef\xbb\xbfHe said no.\r\n\r\nGr\xc3\xbc\xc3\x9fe.\n"
    put("a b.txt", data)
    feed(monkeypatch, data)
    for argument, name in (("a b.txt", "a b.txt"), ("-", None)):
        value = json.loads(run("annotate", argument, "--json")[1])
        assert (value["text"], value["id"]) == ("He said no.\r\n\r\nGrüße.\n", name)


@pytest.mark.parametrize("name", ["notes.txt", "NOTES.MD", "deep/notes.md", "a.csv"])
def test_a_file_that_does_not_exist_is_not_taken_for_a_text(run: Run, name: str) -> None:
    assert refused(run("annotate", name), f"{name} looks like a file, but does not exist")


@pytest.mark.parametrize(
    "text", ["Reuters", "He reads notes.txt", "See https://example.org/a.html", "x" * 300, "a/" * 3000]
)
def test_anything_else_is_a_text(run: Run, text: str) -> None:
    code, out, _ = run("annotate", text, "--json")
    assert code == 0
    assert json.loads(out)["text"] == text


@pytest.mark.parametrize("text", ["", " ", "\n\t\n"])
def test_a_blank_text_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert refused(run("annotate", text), "the text is blank")
    put("blank.txt", text)
    assert refused(run("annotate", "blank.txt"), "blank.txt is blank")
    feed(monkeypatch, text.encode())
    assert refused(run("annotate", "-"), "standard input is blank")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x7fELF\x02\0\0", "contains NUL at byte 5 and is no text; save it as UTF-8 text"),
        (b"caf\xe9 said", "has invalid UTF-8 at byte 3 (0xe9); save it as UTF-8"),
        ("He said".encode("utf-16"), "is in UTF-16; save it as UTF-8"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "-"])
def test_bytes_that_are_no_text_are_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, data: bytes, message: str, name: str
) -> None:
    put(name, data)
    feed(monkeypatch, data)
    assert refused(run("annotate", name), message)


def test_a_folder_and_a_table_are_refused_with_the_way_out(run: Run) -> None:
    Path("folder").mkdir()
    put("a.csv", "text\nx\n")
    assert refused(run("annotate", "folder"), "folder is a folder; give a file")
    assert refused(run("annotate", "a.csv"), "run: annotator label a.csv --out OUT")


def test_thresholds_derive_the_labels_anew(run: Run) -> None:
    value = json.loads(run("annotate", TEXT, "--json", "--threshold", "sourced=0.7", "--threshold", "framing=.9")[1])
    assert value["thresholds"] == {"sourced": 0.7, "framing": 0.9, "speculation": 0.5}
    assert value["sentences"][0]["label"] == "plain"


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        ("framing", "'framing' is not LABEL=VALUE; write for example framing=0.6"),
        ("framing=high", "'framing=high' is not LABEL=VALUE"),
        ("plain=0.5", "'plain' is not one of sourced, framing, speculation"),
        ("framing=1.5", "framing=1.5 is out of range; give 0.05 to 0.95"),
        ("framing=nan", "framing=nan is out of range"),
    ],
)
def test_a_bad_threshold_is_refused(run: Run, threshold: str, message: str) -> None:
    assert refused(run("annotate", TEXT, "--threshold", threshold), message)
    put("a.txt", TEXT)
    assert refused(run("label", "a.txt", "--out", "b.csv", "--threshold", threshold), message)
    assert not Path("b.csv").exists()


def test_another_language_is_one_line_on_standard_error(run: Run) -> None:
    code, _, err = run("annotate", "Die Brücke ist zu.")
    assert (code, err.count("\n")) == (0, 1)
    assert "warning: the text looks like language 'de'" in err
    assert run("annotate", "Die Brücke ist zu.", "--any-language")[2] == ""


def test_a_model_is_passed_on_and_its_error_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(model: str | None = None) -> Toy:
        raise ModelError(f"no model {model!r};\x1b[2J give\nanother")

    monkeypatch.setattr(Annotator, "load", load)
    assert refused(run("annotate", TEXT, "--model", "big"), r"no model 'big';\x1b[2J give another")


def test_an_unexpected_system_error_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(model: str | None = None) -> Toy:
        raise PermissionError(13, "Permission denied", "/models/x")

    monkeypatch.setattr(Annotator, "load", load)
    assert refused(run("annotate", TEXT), "/models/x: Permission denied")


def test_a_terminal_without_utf_8_gets_escapes() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    code = "from annotator.cli.console import write; import sys; write('❝ é', sys.stdout.encoding)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert done.stdout == b"\\u275d \xe9"


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = (
        "import sys; from annotator import Annotator; from annotator.cli import main; from tests.test_cli import Toy\n"
        "Annotator.load = lambda model=None: Toy(); sys.exit(main(['annotate', 'word ' * 400_000, '--json']))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""


# --- label ---


def label_csv(text: str = f"id,text\na,{TEXT}\nb,The council meets.\n") -> Path:
    return put("in.csv", text)


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
        ("folder", "out.csv", (), "folder is a folder, but no dataset"),
        ("in.csv", "out.xlsx", (), "out.xlsx has the suffix '.xlsx'"),
        ("in.csv", "none/out.csv", (), "none is no folder"),
        ("in.csv", "folder", (), "folder has the suffix ''"),
        ("in.csv", "old.csv", (), "old.csv exists already; give --overwrite"),
        ("in.csv", "in.csv", ("--overwrite",), "in.csv is the input itself"),
        ("in.csv", "out.csv", ("--split", "train"), "leave it out"),
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
        Path, "open", lambda path, *args: real(Path("/dev/full") if path.suffix == ".part" else path, *args)
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
            if list(tmp_path.glob(".annotator-*.part")) or process.poll() is not None:
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
    assert err.splitlines()[1].startswith("annotator: 100%: 2 documents, 2 sentences, ")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    code, _, err = run("label", "in.csv", "--out", "b.csv")
    assert code == 0
    assert "\x1b[" in err
    assert "annotator: 2 documents, 2 sentences" in err


def test_messages_that_nobody_reads_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    console.say("a row failed")


def test_a_row_cannot_move_the_cursor(run: Run) -> None:
    put("in.jsonl", b'{"text": "He said."}\n{"\\u001b[2J\\u202e\\n": 1}\n')
    _, _, err = run("label", "in.jsonl", "--out", "out.csv")
    assert all(character.isprintable() for line in err.splitlines() for character in line)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


# --- app ---


def test_the_page_is_served_in_place_of_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda program, command: started.append(command))
    code, out, err = run("app", "--port", "58611", "--no-browser")
    assert (code, out) == (0, "")
    assert "http://127.0.0.1:58611" in err
    assert started == [server.command(58611, browser=False)]
    assert run("app")[0] == 0
    (port,) = [word.split("=")[1] for word in started[1] if word.startswith("--server.port=")]
    assert int(port) > 0
    assert "--server.headless=false" in started[1]


def test_a_port_that_is_taken_is_refused(run: Run) -> None:
    import socket

    with socket.socket() as other:
        other.bind((server.ADDRESS, 0))
        other.listen()
        port = other.getsockname()[1]
        assert refused(run("app", "--port", str(port)), f"port {port} is not free")


# --- with the shipped model ---


def test_the_shipped_model_answers_on_the_command_line() -> None:
    command = [sys.executable, "-W", "error", "-m", "annotator", "annotate", "-", "--json"]
    done = subprocess.run(command, cwd=ROOT, input=TEXT, capture_output=True, text=True, check=True)
    found = Document.from_dict(json.loads(done.stdout))
    assert done.stderr == ""
    assert found.sentences[0].label == "sourced"
    assert found.model.name == "news-en-small"


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
