"""Agreement of two readers: coefficients by hand and against scikit-learn, the reading list, the command."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sklearn.metrics import cohen_kappa_score

from annotator.cli import agreement as command
from annotator.cli import main
from annotator.cli.console import spell
from annotator.corpus.writers import json_line
from annotator.errors import InputError
from annotator.evaluation import agreement
from annotator.evaluation.agreement import Estimate, alpha, disagreements, f1, kappa, report, same
from annotator.evaluation.bootstrap import Doubles
from annotator.evaluation.gold import SPAN_KEYS, Article, GoldSentence
from annotator.evaluation.readings import match, read
from annotator.marks import LABELS, MARK_LABELS
from tests.conftest import ROOT, hostile_text
from tests.test_readings import (
    DOUBT,
    END,
    HEDGED,
    LOADED,
    QUOTE,
    SAID,
    article,
    document,
    put,
    put_documents,
    row,
    sentence,
)

Run = Callable[..., tuple[int, str, str]]


def table_of(a: str, b: str) -> Doubles:
    values = sorted({*a, *b})
    table = np.zeros((len(values), len(values)))
    for one, other in zip(a, b, strict=True):
        table[values.index(one), values.index(other)] += 1
    return table


@st.composite
def readings(draw: st.DrawFn) -> tuple[list[Article], list[Article]]:
    """Two readings of the same sentences, with labels and words drawn at random."""
    sides: tuple[list[Article], list[Article]] = ([], [])
    spans = st.lists(st.tuples(st.integers(0, 3), st.integers(4, 8)), max_size=2).map(tuple)
    for name in "abc"[: draw(st.integers(1, 3))]:
        texts = [f"{name} sentence {number}" for number in range(draw(st.integers(1, 4)))]
        for side in sides:
            marks = [draw(st.sets(st.sampled_from(MARK_LABELS))) for _ in texts]
            answers = [(one, draw(st.sampled_from(sorted(one) or ["plain"]))) for one in marks]
            words = [{tag: draw(spans) for tag in ("cue", "framing")} for _ in texts]
            rows = zip(texts, answers, words, strict=True)
            side.append(article(name, *(sentence(text, *ones, primary=main, **ws) for text, (ones, main), ws in rows)))
    return sides


# --- coefficients ---


def test_kappa_by_hand() -> None:
    # Alike .70; by chance .5 * .6 + .5 * .4 = .50; (.70 - .50) / (1 - .50) = .40
    assert kappa(np.array([[20, 5], [10, 15]])) == pytest.approx(0.4)
    # Both say one thing each, but not the same: nothing alike, nothing by chance
    assert kappa(np.array([[0, 7], [0, 0]])) == 0.0


def test_alpha_by_hand() -> None:
    # Four sentences, one read differently: coincidences 4, 1, 1, 2; observed 2/8, by chance 2 * 5 * 3 / (8 * 7)
    assert alpha(np.array([[2, 1], [0, 1]])) == pytest.approx(1 - (2 / 8) / (30 / 56))


@pytest.mark.parametrize(
    ("a", "b", "value"),
    [("0100000010", "1110010000", 0.095), ("aabbdcccedda", "babbbccceddd", 0.692)],
    ids=["two values", "five values"],
)
def test_alpha_is_that_of_krippendorffs_examples(a: str, b: str, value: float) -> None:
    """The worked examples A and B of Krippendorff (2011), given there to three digits."""
    assert alpha(table_of(a, b)) == pytest.approx(value, abs=5e-4)


@pytest.mark.parametrize("table", [np.zeros((2, 2)), np.array([[0.0, 0.0], [0.0, 9.0]])])
def test_a_coefficient_is_undefined_where_one_answer_only_is_given(table: Doubles) -> None:
    assert math.isnan(kappa(table))
    assert math.isnan(alpha(table))


def test_f1_by_hand() -> None:
    assert f1(np.array([3, 6, 2])) == 0.75
    assert math.isnan(f1(np.array([0, 0, 0])))


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz")), min_size=1, max_size=30))
def test_kappa_is_scikit_learns(answers: list[tuple[str, str]]) -> None:
    a, b = ("".join(side) for side in zip(*answers, strict=True))
    if len({*a, *b}) > 1:
        assert float(kappa(table_of(a, b))) == pytest.approx(cohen_kappa_score([*a], [*b]))


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=3, max_size=3))
def test_coefficients_stay_in_their_range_and_are_the_same_from_either_side(rows: list[list[int]]) -> None:
    table = np.array(rows)
    for statistic in (kappa, alpha, same):
        value, turned = float(statistic(table)), float(statistic(table.T))
        assert turned == pytest.approx(value, nan_ok=True)
        assert math.isnan(value) or -1 <= value <= 1


# --- reports ---


@settings(max_examples=25)
@given(readings())
def test_a_report_is_the_same_from_either_side(sides: tuple[list[Article], list[Article]]) -> None:
    ours, theirs = report(*sides), report(*reversed(sides))
    for name, one in ours.labels.items():
        other = theirs.labels[name]
        assert (one.n, one.a, one.b) == (other.n, other.b, other.a)
        for left, right in ((one.same, other.same), (one.kappa, other.kappa), (one.alpha, other.alpha)):
            assert_close(left, right)
    for tag, words in ours.spans.items():
        assert (words.a, words.b) == (theirs.spans[tag].b, theirs.spans[tag].a)
        assert_close(words.exact_f1, theirs.spans[tag].exact_f1)
        assert_close(words.character_f1, theirs.spans[tag].character_f1)
    places = [{(one.a.article, one.a.number) for one in side.disagreements} for side in (ours, theirs)]
    assert places[0] == places[1]


@settings(max_examples=25)
@given(readings())
def test_a_reader_agrees_with_itself(sides: tuple[list[Article], list[Article]]) -> None:
    found = report(sides[0], sides[0], spans=True)
    assert found.disagreements == ()
    for one in found.labels.values():
        assert {one.same.value, one.kappa.value, one.alpha.value} <= {1.0, None}
        assert (one.same.value is None) == (one.n == 0)
    for tag, words in found.spans.items():
        any_words = any(ours.spans[tag] for article in sides[0] for ours in article.sentences)
        assert words.exact_f1.value == words.character_f1.value == (1.0 if any_words else None)


def assert_close(one: Estimate, other: Estimate) -> None:
    for left, right in ((one.value, other.value), (one.low, other.low), (one.high, other.high)):
        assert left == (None if right is None else pytest.approx(right))


def test_marks_the_primary_label_and_source_kinds_are_counted() -> None:
    a = [article("a", sentence("One.", "sourced", primary="sourced"), sentence("Two.", "framing", primary="framing"))]
    b = [article("a", sentence("One.", "sourced", "framing", primary="sourced"), "Two.")]
    found = report(a, b).labels
    assert (found["framing"].n, found["framing"].a, found["framing"].b) == (2, {"no": 1, "yes": 1}, {"no": 1, "yes": 1})
    assert found["framing"].table == ((0, 1), (1, 0))
    assert (found["framing"].same.value, found["framing"].kappa.value) == (0.0, -1.0)
    assert found["primary"].same.value == 0.5
    assert (found["source_kind"].n, found["source_kind"].a["named"]) == (1, 1)
    assert found["speculation"].kappa == found["speculation"].alpha == Estimate(None, None, None)
    assert found["speculation"].same == Estimate(1.0, None, None), "one article has no interval"


def test_words_are_counted_by_span_and_by_character() -> None:
    a = [article("a", sentence("a sorry end", cue=((0, 1),), framing=((2, 7),)))]
    b = [article("a", sentence("a sorry end", cue=((0, 1),), framing=((2, 11), (2, 7), (5, 8))))]
    words = report(a, b).spans["framing"]
    assert (words.a, words.b, words.exact_f1.value) == (1, 3, 0.5)
    assert words.character_f1.value == pytest.approx(2 * 5 / (5 + 9)), "overlapping spans count once"
    assert report(a, b).spans["source"].exact_f1.value is None


@pytest.mark.parametrize(("most", "drawn"), [(10_000, 8), (4, 4)], ids=["articles", "groups of them"])
def test_an_interval_is_over_articles(monkeypatch: pytest.MonkeyPatch, most: int, drawn: int) -> None:
    monkeypatch.setattr(agreement, "MOST_UNITS", most)
    a = [article(f"a{n}", *(sentence(f"{n} {m}", "framing", primary="framing") for m in range(3))) for n in range(8)]
    b = [one if place % 2 else article(one.id, *(s.text for s in one.sentences)) for place, one in enumerate(a)]
    share = report(a, b).labels["framing"].same
    assert share.value == 0.5
    assert share.low is not None
    assert share.high is not None
    # Whole articles are drawn, so the shares are eighths, and wider apart than 24 sentences alone would be
    assert (share.low * drawn) % 1 == (share.high * drawn) % 1 == 0
    assert share.high - share.low > 0.5


def test_where_one_side_has_a_document_a_sentence_the_others_articles_count() -> None:
    whole = [article("a", "One.", "Two.")]
    parts = [article("row 1", "One."), article("row 2", sentence("Two.", "framing", primary="framing"))]
    for sides in ((whole, parts), (parts, whole)):
        assert report(*sides).labels["framing"].same == Estimate(0.5, None, None)


def test_readings_without_a_sentence_in_common_are_refused() -> None:
    with pytest.raises(InputError, match="no sentence in common"):
        report([article("a", "One.")], [article("a", "Two.")])


def test_the_two_readings_of_the_gold_agree_as_the_data_card_says() -> None:
    card = (ROOT / "labels/README.md").read_text(encoding="utf-8")
    found = report(*(read(ROOT / f"labels/gold/readings/genres-{reader}.jsonl") for reader in (1, 2)))
    for name, one in found.labels.items():
        counts = (str(side.get("yes", "-")) for side in (one.a, one.b))
        assert table_row(name, str(one.n), *counts, told(one.kappa), told(one.alpha)) in card
    for tag, words in found.spans.items():
        assert table_row(tag, str(words.a), str(words.b), told(words.exact_f1), told(words.character_f1)) in card


def table_row(name: str, *cells: str) -> str:
    return f"| {' | '.join([name.replace('_', ' '), *cells])} |"


def told(one: Estimate) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


# --- kinds of disagreement ---


def test_disagreements_come_by_kind_the_most_frequent_first_and_words_last() -> None:
    def loaded(text: str, end: int = 3) -> GoldSentence:
        return sentence(text, "framing", primary="framing", framing=((0, end),))

    a = [article("a", "One.", loaded("Two."), loaded("Three."), "Four.")]
    b = [article("a", "One.", "Two.", loaded("Three.", 5), "Four.")]
    a[0] = article("a", *a[0].sentences, sentence("Five.", "speculation", primary="speculation"), "Six.")
    b[0] = article("a", *b[0].sentences, "Five.", loaded("Six."))
    a.append(article("b", loaded("Seven.")))
    b.append(article("b", "Seven."))
    pairs = match(a, b).pairs
    lost = "framing in A only; primary label framing in A, plain in B"
    assert [(one.kind, one.a.sentence.text) for one in disagreements(pairs)] == [
        (lost, "Two."),
        (lost, "Seven."),
        ("framing in B only; primary label plain in A, framing in B", "Six."),
        ("speculation in A only; primary label speculation in A, plain in B", "Five."),
    ]
    *_, last = disagreements(pairs, spans=True)
    assert (last.kind, last.a.sentence.text) == ("other words for framing", "Three.")


def test_a_model_is_compared_with_gold(tmp_path: Path) -> None:
    text = "Ilse Brandt said it may rain."
    gold = put(tmp_path / "gold.jsonl", row(text, {**SAID, "reported_speculation": ["may"]}, "x"))
    model = put_documents(tmp_path / "model.jsonl", document("x#0", text, voice="source"))
    found = report(read(gold), read(model), spans=True)
    assert found.disagreements == ()
    assert found.spans["reported_speculation"].exact_f1.value == 1.0


# --- the command ---


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `annotator agreement` in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "a.jsonl", row(QUOTE, SAID), row(DOUBT, HEDGED), row(END, LOADED), row("Only A."))
    put(tmp_path / "b.jsonl", row("Only B."), row(QUOTE, {**SAID, "cue": ["said no"]}), row(DOUBT, HEDGED), row(END))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["agreement", *arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


def test_figures_kinds_and_what_is_left_out_are_shown(run: Run) -> None:
    code, out, err = run("a.jsonl", "b.jsonl")
    assert code == 0
    assert "\x1b" not in out
    assert "A is a.jsonl, B is b.jsonl. 3 sentences in both; 1 disagreement listed." in out
    rows = [line.split() for line in out.splitlines()]
    assert ["sourced", "3", "1", "1", "1.000", "1.000", "1.000"] in rows
    assert ["cue", "1", "1", "0.000", f"{2 * 4 / (4 + 7):.3f}"] in rows
    assert "1          framing in A only; primary label framing in A, plain in B" in out
    assert err.splitlines() == [
        "annotator: warning: left out what only A has, 1 sentence: a 4",
        "annotator: warning: left out what only B has, 1 sentence: a 1",
    ]


def test_one_and_the_same_answer_is_undefined_and_null(run: Run) -> None:
    put(Path("c.jsonl"), row(END))
    code, out, err = run("c.jsonl", "c.jsonl", "--json", "out.json")
    assert (code, err) == (0, "")
    assert "undefined" in out
    assert "nan" not in out.lower()
    value = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert value["labels"]["sourced"]["kappa"] == {"value": None, "low": None, "high": None}
    assert value["labels"]["sourced"]["same"]["value"] == 1.0


ESTIMATE = {
    "type": "object",
    "properties": {key: {"type": ["number", "null"]} for key in ("value", "low", "high")},
    "required": ["value", "low", "high"],
    "additionalProperties": False,
}


def closed(**properties: Any) -> dict[str, Any]:
    """The schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def counts(*values: str) -> dict[str, Any]:
    return closed(**{value: {"type": "integer"} for value in values})


def on_label(*values: str) -> dict[str, Any]:
    size = len(values)
    table_row = {"type": "array", "items": {"type": "integer"}, "minItems": size, "maxItems": size}
    return closed(
        n={"type": "integer"},
        a=counts(*values),
        b=counts(*values),
        values={"const": list(values)},
        table={"type": "array", "items": table_row, "minItems": size, "maxItems": size},
        same=ESTIMATE,
        kappa=ESTIMATE,
        alpha=ESTIMATE,
    )


TEXT, NUMBER = {"type": "string"}, {"type": "integer", "minimum": 1}
PLACE = {"article": TEXT, "number": NUMBER, "text": TEXT}
ON_SPANS = closed(a={"type": "integer"}, b={"type": "integer"}, exact_f1=ESTIMATE, character_f1=ESTIMATE)
ANSWER = closed(
    primary={"enum": list(LABELS)},
    marks={"type": "array", "items": {"enum": list(MARK_LABELS)}},
    source_kind={"enum": ["named", "unnamed", "carried", None]},
    spans=closed(**{tag: {"type": "array", "items": {"type": "array", "maxItems": 2}} for tag in SPAN_KEYS}),
)
SCHEMA = closed(
    files=closed(a=TEXT, b=TEXT),
    format={"const": 1},
    sentences={"type": "integer"},
    only_a={"type": "array", "items": closed(**PLACE)},
    only_b={"type": "array", "items": closed(**PLACE)},
    labels=closed(
        **dict.fromkeys(MARK_LABELS, on_label("no", "yes")),
        primary=on_label(*LABELS),
        source_kind=on_label("named", "unnamed", "carried", "none"),
    ),
    spans=closed(**dict.fromkeys(SPAN_KEYS, ON_SPANS)),
    disagreements={"type": "array", "items": closed(kind=TEXT, **PLACE, a=ANSWER, b=ANSWER)},
)


def test_the_json_keeps_its_form(run: Run) -> None:
    assert run("a.jsonl", "b.jsonl", "--json", "out.json", "--spans")[0] == 0
    value = json.loads(Path("out.json").read_text(encoding="utf-8"))
    jsonschema.validate(value, SCHEMA)
    assert [one["text"] for one in value["disagreements"]] == [END, QUOTE]
    assert value["disagreements"][1]["b"]["spans"]["cue"] == [[12, 19]]
    assert value["only_b"] == [{"article": "a", "number": 1, "text": "Only B."}]


def test_the_list_shows_both_readings(run: Run) -> None:
    assert run("a.jsonl", "b.jsonl", "--list", "out.md")[0] == 0
    text = Path("out.md").read_text(encoding="utf-8")
    assert "## Framing in A only; primary label framing in A, plain in B (1)" in text
    assert (
        f"- `a` 3 (B: `a` 4): `{END}`\n  - A: **framing**; framing; framing `a sorry end`\n  - B: **plain**\n" in text
    )
    assert "said no" not in text, "words alone are listed with --spans only"
    assert "## Sentences that only A has (1)\n\n- `a` 4: `Only A.`" in text
    run("a.jsonl", "b.jsonl", "--list", "out.md", "--spans", "--overwrite")
    assert "source `Ilse Brandt` (named); cue `said no`" in Path("out.md").read_text(encoding="utf-8")


MARKUP = st.lists(
    st.sampled_from([*"`*_[](){}<>&|#~!\\$:@- \n\t", "``", "<b>", "http://x.y", "1. ", "\r\n"]), max_size=9
)


@given(st.one_of(hostile_text, MARKUP.map("".join)), MARKUP.map("".join))
def test_no_text_can_form_markdown(text: str, name: str) -> None:
    ours = [article(name, sentence(text, "framing", primary="framing", framing=((0, len(text)),)), "")]
    theirs = [article(name, text, "", "only here")]
    if not text:
        return
    tokens = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .parse(command.to_markdown(report(ours, theirs), name, name))
    )
    inline = [child for token in tokens for child in token.children or ()]
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} <= {
        "heading", "paragraph", "bullet_list", "list_item", "inline",
    }  # fmt: skip
    assert {token.type for token in inline} <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", "h2", "h2"]
    assert len([token for token in tokens if token.type == "list_item_open"]) == 4
    codes = [token.content.strip(" ") for token in inline if token.type == "code_inline"]
    assert codes[3] == (spell(text).strip() or "(blank)"), "nothing of the sentence is lost"


@settings(max_examples=25)
@given(hostile_text, hostile_text)
def test_no_name_can_move_the_cursor(name: str, text: str) -> None:
    shown = command.to_terminal(report([article("a", text)], [article("a", text)]), name, f"[red]{name}")
    assert all(line.isprintable() for line in shown.splitlines())
    assert "[red]" in shown


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no gold sentence"),
        ("{", "not JSON"),
        ("3", "gold format"),
        ('{"a": ' * 100_000, "not JSON"),
        ('{"article": "a", "text": "x"}', "labels/README.md"),
        (json.dumps(row(QUOTE, {"marks": ["loaded"]})), "unknown marks"),
        ('{"sentences": []}', "c.jsonl:1: format is None"),
        ('{"format": 1, "sentences": [3]}', "docs/wire-format.md"),
        (json.dumps({**document("a", "Ilse said it may").to_dict(), "text": ["x"] * 40}), "c.jsonl:1: text and id"),
        (json.dumps({**document("a", "Ilse said it may").to_dict(), "id": 3}), "c.jsonl:1: text and id"),
        (json.dumps({**document("a", "Ilse said it may").to_dict(), "thresholds": 3}), "c.jsonl:1: thresholds are"),
        (json.dumps({**document("a", "Ilse said it may").to_dict(), "sentences": []}), "no sentence"),
        (json_line(document("a", "Ilse said it may")).decode() + "\n3", "c.jsonl:3: not a document"),
        (json.dumps(row("Something else.")), "no sentence in common"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(run: Run, content: str, message: str) -> None:
    Path("c.jsonl").write_text(content, encoding="utf-8")
    refused(run("a.jsonl", "c.jsonl"), message)


def test_files_that_are_missing_or_no_text_are_refused(run: Run, tmp_path: Path) -> None:
    refused(run("a.jsonl", "nowhere.jsonl"), "nowhere.jsonl is no file")
    refused(run("a.jsonl", str(tmp_path)), "is no file")
    Path("c.jsonl").write_bytes(b"\xff\xfe{")
    refused(run("c.jsonl", "a.jsonl"), "not UTF-8")
    Path("c.jsonl").write_bytes(json_line(document("a", "Ilse said it may")) + b"\xff\n")
    refused(run("c.jsonl", "a.jsonl"), "not UTF-8")


def test_no_file_is_lost(run: Run) -> None:
    before = Path("a.jsonl").read_bytes()
    refused(run("a.jsonl", "b.jsonl", "--json", "a.jsonl", "--overwrite"), "is an input itself")
    refused(run("a.jsonl", "b.jsonl", "--list", "./b.jsonl", "--overwrite"), "is an input itself")
    refused(run("a.jsonl", "b.jsonl", "--list", "x", "--json", "./x"), "give them two files")
    Path("kept").write_text("mine", encoding="utf-8")
    refused(run("a.jsonl", "b.jsonl", "--json", "kept"), "give --overwrite")
    assert (Path("kept").read_text(encoding="utf-8"), Path("a.jsonl").read_bytes()) == ("mine", before)
    code, _, err = run("a.jsonl", "b.jsonl", "--json", "nowhere/out.json")
    assert code == 2
    assert "cannot write nowhere/out.json: it is a folder or in none; give a file in" in err.splitlines()[-1]


def refused(result: tuple[int, str, str], message: str) -> None:
    """A command ended with 2 and one line on standard error that holds `message`."""
    code, out, err = result
    assert (code, out, err.count("\n")) == (2, "", 1), result
    assert message in err


def test_a_lone_surrogate_reaches_both_files(run: Run) -> None:
    put(Path("c.jsonl"), row("A \ud800 end.", {**LOADED, "framing": ["end"]}))
    put(Path("d.jsonl"), row("A \ud800 end."))
    assert run("c.jsonl", "d.jsonl", "--json", "out.json", "--list", "out.md")[0] == 0
    assert json.loads(Path("out.json").read_text(encoding="utf-8"))["disagreements"][0]["text"] == "A \ud800 end."
    assert "`A \\ud800 end.`" in Path("out.md").read_text(encoding="utf-8")
