"""The command line: what it prints, where, with which exit code, and what it never does: a traceback."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from annotator import Annotator, Document, Mark, Sentence, Source
from annotator.cli import console, main
from annotator.cli.reference import reference
from annotator.corpus.run import Effort
from annotator.errors import ModelError
from annotator.marks import Model
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

    def effort(self) -> Effort:
        return Effort()

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


# --- messages ---


def test_messages_that_nobody_reads_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    console.say("a row failed")


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
