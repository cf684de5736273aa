"""`annotator compare`: what it prints, as what, and what it refuses in one line."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator import Annotator
from annotator.cli import main
from annotator.cli.compare import to_terminal
from annotator.compare import compare
from annotator.marks import Document
from tests.test_cli import Toy
from tests.test_compare import REWRITE, WIRE, document

Run = Callable[..., tuple[int, str, str]]

REPORT = "The ministry said 14 bridges had been closed.\nFuel prices fell in March.\n"
STORY = "Fuel prices fell.\n14 bridges had been closed.\nWhat a week.\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `annotator compare` with the toy annotator in a folder with two texts."""
    monkeypatch.setattr(Annotator, "load", lambda model=None: Toy())
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text(REPORT, encoding="utf-8")
    Path("b.txt").write_text(STORY, encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["compare", *arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


def test_both_texts_stand_side_by_side(run: Run) -> None:
    code, out, err = run("a.txt", "b.txt")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["A:", "a.txt", "B:", "b.txt"]
    assert [line[0] for line in lines if "bridges" in line] == ["!"]
    assert [line[0] for line in lines if "What a week" in line] == ["+"]
    assert any(line.split() == ["dropped", "facts", "March"] for line in lines)
    assert any(line.split() == ["dropped", "sources", "The", "ministry"] for line in lines)
    assert any(line.split() == ["sourced", "50%", "0%"] for line in lines)
    assert lines[-1].startswith("0 sentences dropped, 1 added; 1 claim without source; ")
    assert "\x1b" not in out


def test_json_holds_the_words(run: Run) -> None:
    code, out, err = run("a.txt", "b.txt", "--json")
    value = json.loads(out)
    assert (code, err) == (0, "")
    assert (value["a"]["id"], value["b"]["id"]) == ("a.txt", "b.txt")
    assert [(pair["a"], pair["b"]) for pair in value["unsourced"]] == [(0, 1)]
    assert [fact["text"] for fact in value["dropped"]["facts"]] == ["March"]
    assert [value["b"]["sentences"][index]["text"] for index in value["added"]["sentences"]] == ["What a week."]


def test_html_is_a_page(run: Run) -> None:
    code, out, _ = run("a.txt", "b.txt", "--html")
    assert code == 0
    assert out.startswith("<!DOCTYPE html>")
    assert '<del title="date">March</del>' in out


def test_one_text_may_come_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(STORY.encode())))
    code, out, _ = run("a.txt", "-", "--json")
    assert code == 0
    assert json.loads(out)["b"]["id"] == "standard input"


def test_thresholds_hold_for_both(run: Run) -> None:
    _, out, _ = run("a.txt", "b.txt", "--json", "--threshold", "sourced=0.7")
    assert json.loads(out)["unsourced"] == []


def test_another_language_is_warned_of(run: Run) -> None:
    Path("c.txt").write_text("Die Brücke.\n", encoding="utf-8")
    assert run("a.txt", "c.txt")[2].startswith("annotator: warning: c.txt looks like language 'de'")
    assert run("a.txt", "c.txt", "--any-language")[2] == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.txt", "none.txt"), "none.txt: No such file"),
        (("a.txt", "."), "is a folder"),
        (("a.txt", "blank.txt"), "blank.txt is blank"),
        (("a.txt", "odd.txt"), "odd.txt has invalid UTF-8"),
        (("-", "-"), "both standard input"),
        (("a.txt", "b.txt", "--json", "--html"), "exclude each other"),
        (("a.txt", "b.txt", "--threshold", "framing=2"), "out of range"),
        (("a.txt",), "Missing argument 'B'"),
    ],
)
def test_what_is_refused_is_refused_in_one_line(run: Run, arguments: tuple[str, ...], message: str) -> None:
    Path("blank.txt").write_text(" \n", encoding="utf-8")
    Path("odd.txt").write_bytes(b"He said\xff")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_no_word_can_move_the_cursor() -> None:
    nasty = document("\x1b[2J\u202e[bold]😀\ud800 ferries \0 sank.")
    for colour in (False, True):
        view = to_terminal(compare(nasty, REWRITE), nasty, REWRITE, width=160, colour=colour)
        view = re.sub(r"\x1b\[[0-9;]*m", "", view)
        assert "\x1b" not in view
        assert r"\x1b[2J" in view
        assert "\u202e" not in view
        assert "[bold]" in view


def test_colour_shows_what_was_added() -> None:
    def view(*, colour: bool) -> str:
        return to_terminal(compare(WIRE, REWRITE), WIRE, REWRITE, width=100, colour=colour)

    assert "\x1b[1mChaos looms" in view(colour=True)
    assert "\x1b" not in view(colour=False)


def test_empty_texts_have_a_view() -> None:
    empty: Document = document()
    view = to_terminal(compare(empty, empty), empty, empty, width=60, colour=False)
    assert view.splitlines()[-1].startswith("0 sentences dropped, 0 added")
