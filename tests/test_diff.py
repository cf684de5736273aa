"""Two runs compared: by hand, in any order, with hostile texts; the reading list and the command."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from annotator import Document, Sentence
from annotator.cli import diff as command
from annotator.cli import main
from annotator.errors import InputError
from annotator.marks import LABELS, MARK_LABELS
from annotator.report import diff
from annotator.report.diff import Diff, Shift, compare
from annotator.report.results import Result
from tests.conftest import NASTY, hostile_text
from tests.test_report import MAY, MET, SAID, SHAME, document, put

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["diff", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def plain(one: Sentence) -> Sentence:
    """The sentence as a model reads it that finds nothing in it."""
    primary = {**dict.fromkeys(LABELS, 0.05), "plain": 0.85}
    return replace(
        one, label="plain", score=0.85, labels=(), scores=dict.fromkeys(MARK_LABELS, 0.125), primary=primary,
        attribution="none", marks=(), sources=(),
    )  # fmt: skip


def changed(one: Document, *numbers: int) -> Document:
    """The document with these sentences (from 0) found plain."""
    sentences = (plain(each) if place in numbers else each for place, each in enumerate(one.sentences))
    return replace(one, sentences=tuple(sentences))


def results(*documents: Document, has_text: bool = True) -> list[Result]:
    return [Result(one, {}, has_text) for one in documents]


# --- comparing ---


def test_a_comparison_by_hand() -> None:
    one, two = document(SAID, SHAME, MET, id="a"), document(MAY, MET, id="b")
    found = compare(results(one, two), results(changed(one, 0, 1), changed(two, 0)))
    assert (found.documents, found.sentences, found.changed) == (2, 5, 3)
    assert {kind: found.table[kind] for kind in found.kinds()} == {
        ("sourced", "plain"): 1,
        ("framing", "plain"): 1,
        ("speculation", "plain"): 1,
    }
    assert found.table["plain", "plain"] == 2
    assert found.documents_most_changed() == [("a", 2, 3), ("b", 1, 2)]
    value = found.to_dict()
    assert value["labels"]["framing"] == {"sourced": 0, "framing": 0, "speculation": 0, "plain": 1}
    # Of five sentences one falls from .75 to .125 and two from .25 to .125; two stay as they are.
    sourced = value["marks"]["sourced"]
    assert {name: sourced[name] for name in ("a", "b", "only_a", "only_b")} == {
        "a": 1,
        "b": 0,
        "only_a": 1,
        "only_b": 0,
    }
    assert sourced["mean_change"] == pytest.approx(-(0.625 + 0.125 + 0.125) / 5)
    assert sourced["mean_size"] == pytest.approx(0.875 / 5)
    assert value["primary"]["plain"]["mean_change"] == pytest.approx(3 * 0.75 / 5)


def test_ups_and_downs_cancel_out_in_the_mean_but_not_in_its_size() -> None:
    shift = Shift()
    for a, b in ((0.2, 0.6), (0.6, 0.2), (None, 0.5), (float("nan"), 0.5), ("x", 0.5)):
        shift.add(a, b)
    assert shift.to_dict() == {"n": 2, "mean_change": pytest.approx(0), "mean_size": pytest.approx(0.4)}
    assert Shift().to_dict() == {"n": 0, "mean_change": None, "mean_size": None}


def test_documents_and_sentences_of_one_side_are_told() -> None:
    both = document(SAID, MET, id="both")
    a = [both, document(MET, MAY, id="gone")]
    b = [document(id="empty"), replace(both, sentences=both.sentences[1:]), document(SHAME, id="new")]
    found = compare(results(*a), results(*b))
    assert (found.documents, found.sentences) == (1, 1)
    ours, theirs = found.only["a"], found.only["b"]
    assert (ours.documents, ours.sentences, ours.places) == (1, 3, [("both", 1), ("gone", 1), ("gone", 2)])
    assert (theirs.documents, theirs.sentences, theirs.places) == (2, 1, [("new", 1)])


def test_another_text_at_the_same_place_is_another_sentence() -> None:
    a, b = document(MET, SAID), document("The board met!"[: len(MET)], SAID)
    found = compare(results(a), results(b))
    assert (found.sentences, found.only["a"].sentences, found.only["b"].sentences) == (1, 1, 1)
    assert found.only["b"].places == [("a", 1)]
    assert compare(results(a), results(b, has_text=False)).sentences == 2


def test_documents_of_one_id_are_matched_in_their_order() -> None:
    a = [document(words, id="x") for words in (MET, SAID, MAY)]
    found = compare(results(*a), results(a[0], document(SHAME, id="y"), *a[1:]))
    assert (found.documents, found.changed, found.only["b"].sentences) == (3, 0, 1)
    assert compare(results(replace(a[0], id=None)), results(replace(a[0], id=None))).documents == 1


@given(st.lists(st.tuples(hostile_text, st.booleans()), max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_order_does_not_matter_where_ids_differ(rows: list[tuple[str, bool]], shuffle: random.Random) -> None:
    a = [document(SAID, MET, id=f"{number} {name}") for number, (name, _) in enumerate(rows)]
    b = [changed(one, 0) if change else one for one, (_, change) in zip(a, rows, strict=True)]
    mixed = shuffle.sample(b, len(b))
    ours, theirs = compare(results(*a), results(*b)), compare(results(*a), results(*mixed))
    assert ours.changed == sum(change for _, change in rows)
    one, other = ours.to_dict(), theirs.to_dict()
    assert sorted(one.pop("most_changed"), key=str) == sorted(other.pop("most_changed"), key=str)
    assert one["labels"] == other["labels"]
    assert one["only"] == other["only"]


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_every_sentence_is_counted_once(a: Sequence[str], b: Sequence[str]) -> None:
    ours, theirs = ([document(SAID, id=id) for id in side] for side in (a, b))
    try:
        found = compare(results(*ours), results(*theirs))
    except InputError:
        assert not set(a) & set(b)
        return
    assert found.sentences + found.only["a"].sentences == len(a)
    assert found.sentences + found.only["b"].sentences == len(b)
    assert found.sentences == sum(min(a.count(id), b.count(id)) for id in "abc")


def test_nothing_waits_where_both_come_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a document waits")

    monkeypatch.setattr(diff._Waiting, "add", refuse)
    documents = [document(SAID, id=str(number)) for number in range(50)]
    assert compare(results(*documents), iter(results(*documents))).documents == 50


def test_what_waits_comes_back_as_it_was() -> None:
    waiting = diff._Waiting()
    one = Result(document(SAID, SHAME, id="\ud800", between=" 😀\r\n"), {}, has_text=False)
    waiting.add("a", one)
    assert waiting.take("b", "\ud800") is None
    assert waiting.take("a", "x") is None
    assert waiting.take("a", "\ud800") == one
    assert waiting.take("a", "\ud800") is None
    waiting.close()


def test_two_runs_without_a_sentence_in_common_are_refused_two_empty_ones_are_alike() -> None:
    with pytest.raises(InputError, match="no sentence in common"):
        compare(results(document(SAID, id="a")), results(document(SAID, id="b")))
    assert compare([], []).sentences == 0


def test_the_largest_changes_are_kept_and_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "MOST_LISTED", 3)
    monkeypatch.setattr(diff, "MOST_CHANGED", 3)
    a = [document(SAID, id=str(number)) for number in range(9)]
    b = []
    for number, one in enumerate(a):
        (said,) = changed(one, 0).sentences
        b.append(replace(one, sentences=(replace(said, primary={**said.primary, "plain": 0.95 - number / 20}),)))
    found = compare(results(*a), results(*b))
    assert found.table["sourced", "plain"] == 9
    assert [one.document for one in found.changes(("sourced", "plain"))] == ["0", "1", "2"]
    assert len(found.documents_most_changed()) == 3
    markdown = command.to_markdown(found, "a", "b")
    assert "## From sourced to plain (3 of 9, those that changed most)" in markdown


# --- what is written ---


def hostile() -> Diff:
    a = [document(SAID, MET, id=f"{words}\n# id `x`") for words in [*NASTY, "<b>", "](http://x.invalid)", "``"]]
    return compare(results(*a), results(*(changed(one, 0) for one in a)))


def test_the_reading_list_holds_hostile_text_as_code() -> None:
    markdown = command.to_markdown(hostile(), "<i>a</i>`", "# b")
    tokens = MarkdownIt().parse(markdown)
    inside = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in tokens} & {"html_block", "fence", "code_block"} == set()
    assert {child.type for child in inside} <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    headings = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == ["Changed sentences", f"From sourced to plain ({len(NASTY) + 3})"]
    assert SAID in {child.content for child in inside if child.type == "code_inline"}
    assert "- A: **sourced** 0.70; sourced 0.75, framing 0.25, speculation 0.25" in markdown


def test_the_terminal_gets_no_control_characters_and_every_figure() -> None:
    text = command.to_terminal(hostile(), "a\x1b[2J", "b")
    assert all(one.isprintable() or one == "\n" for one in text)
    assert f"{len(NASTY) + 3} (50.0%) with another label" in " ".join(text.split())
    assert "only in A" in text


def test_without_text_the_list_has_places_only() -> None:
    one = document(SAID, MET)
    found = compare(results(one, has_text=False), results(changed(one, 0)))
    assert "- `a` 1: (no text)" in command.to_markdown(found, "a", "b")


# --- the command ---


def pair(tmp_path: Path, **options: Any) -> tuple[Path, Path]:
    one, two = document(SAID, SHAME, id="=1"), document(MAY, id="two")
    a = put(tmp_path / "a.parquet", [one, two])
    return a, put(tmp_path / "b.csv", [changed(one, 1), two], **options)


def test_the_command_compares_outputs_of_different_kinds(tmp_path: Path, run: Run) -> None:
    a, b = pair(tmp_path)
    code, out, err = run(a, b, "--json", tmp_path / "d.json", "--list", tmp_path / "d.md")
    assert (code, err) == (0, "")
    assert "3 sentences of 2 documents in both; 1 (33.3%) with another label" in " ".join(out.split())
    value = json.loads((tmp_path / "d.json").read_text(encoding="utf-8"))
    assert value["files"] == {"a": str(a), "b": str(b)}
    assert value["most_changed"] == [{"document": "=1", "changed": 1, "sentences": 2}]
    assert SHAME not in json.dumps(value)
    assert SHAME in (tmp_path / "d.md").read_text(encoding="utf-8")


def test_the_command_compares_an_output_without_text(tmp_path: Path, run: Run) -> None:
    code, out, _ = run(*pair(tmp_path, with_text=False, rows="documents"))
    assert (code, "1 (33.3%) with another label" in " ".join(out.split())) == (0, True)


def test_a_run_like_itself_has_no_change(tmp_path: Path, run: Run) -> None:
    a, _ = pair(tmp_path)
    code, out, _ = run(a, a, "--list", tmp_path / "d.md")
    assert (code, "0 (0.0%) with another label" in " ".join(out.split())) == (0, True)
    assert "documents with most changes" not in out
    assert "## " not in (tmp_path / "d.md").read_text(encoding="utf-8")


def test_nothing_is_replaced_unless_told(tmp_path: Path, run: Run) -> None:
    a, b = pair(tmp_path)
    (tmp_path / "d.json").write_text("mine")
    assert run(a, b, "--json", tmp_path / "d.json")[0] == 2
    assert (tmp_path / "d.json").read_text() == "mine"
    assert run(a, b, "--json", tmp_path / "d.json", "--overwrite")[0] == 0
    assert run(a, b, "--list", a, "--overwrite")[0] == 2
    assert run(a, b, "--list", tmp_path / "none" / "d.md")[0] == 2
    assert run(a, b, "--list", tmp_path / "x", "--json", tmp_path / "x")[0] == 2
    assert run(a, tmp_path / "none.csv")[0] == 2


def test_a_run_broken_off_is_warned_of(tmp_path: Path, run: Run) -> None:
    a, _ = pair(tmp_path)
    folder = tmp_path / "out"
    (folder / ".annotator").mkdir(parents=True)
    (folder / ".annotator" / "run.json").write_text("{}")
    put(folder / "a.jsonl", [document(SAID, SHAME, id="=1")], rows="documents")
    code, out, err = run(a, folder)
    assert (code, "was broken off" in err) == (0, True)
    assert "Only in A: 1 sentence, 1 whole document among them: two 1" in " ".join(out.split())
