from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator import model_folder
from annotator.errors import InputError
from annotator.marks import MARK_LABELS, Document, Mark, Model, Sentence, text_digest
from benchmarks.fairness import __main__ as command
from benchmarks.fairness import outlets, swaps
from benchmarks.fairness.document import UNMEASURED, document
from benchmarks.fairness.templates import (
    HALVES,
    KINDS,
    SWAPS,
    TEMPLATES,
    Series,
    all_series,
    fill,
    read_templates,
    read_values,
    slots,
)
from tests.conftest import ROOT

METRICS = ROOT / "models" / "news-en-small" / "metrics.json"
TEMPLATE_LIST = read_templates()
VALUES = read_values()
SERIES = all_series(TEMPLATE_LIST, VALUES)
THRESHOLDS = dict.fromkeys(MARK_LABELS, 0.5)
A_BEFORE_VOWEL = re.compile(r"one|uni|use|eu|ukr", re.IGNORECASE)
"""Words that begin with a vowel and sound as if they did not."""
AN_BEFORE_CONSONANT = re.compile(r"hour|heir|honest|honour", re.IGNORECASE)


class Fake:
    """Framing is 0.2, and `extra` more where `word` is in the text."""

    def __init__(self, word: str, extra: float) -> None:
        self.word = word
        self.extra = extra

    def annotate_many(self, texts: Iterable[str], *, unit: str) -> Iterator[Document]:
        assert unit == "sentence"
        for text in texts:
            framing = 0.2 + self.extra * (self.word in text)
            scores = {"sourced": 0.1, "framing": framing, "speculation": 0.1}
            primary = {**scores, "plain": 0.6 - framing + 0.2}
            mark = Mark(0, 1, "framing", "writer", framing)
            sentence = Sentence(0, len(text), "plain", 0.6, (), scores, primary, marks=(mark,)).at(THRESHOLDS)
            yield Document(text, (sentence,), Model("fake", "1", "sha256:0"), THRESHOLDS)


def words_of(text: str) -> list[str]:
    return re.findall(r"{\w+}|[\w'’.-]+", text.lower())


def contains(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) is not None


def a_or_an_is_right(article: str, word: str) -> bool:
    vowel = word[0].lower() in "aeiou"
    if A_BEFORE_VOWEL.match(word) or AN_BEFORE_CONSONANT.match(word):
        vowel = not vowel
    return (article.lower() == "an") == vowel


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    return command.read(METRICS)


def test_the_templates_and_swaps_are_those_that_were_measured(shipped: dict[str, Any]) -> None:
    read = TEMPLATES.read_text(encoding="utf-8") + SWAPS.read_text(encoding="utf-8")
    assert shipped["templates"] == text_digest(read)


def test_the_document_is_made_of_the_shipped_figures(shipped: dict[str, Any]) -> None:
    """If not: python -m benchmarks.fairness --stored models/news-en-small/metrics.json --document docs/fairness.md."""
    assert (ROOT / "docs" / "fairness.md").read_text(encoding="utf-8") == document(shipped)


def test_there_are_two_hundred_of_each_half() -> None:
    assert Counter(template.half for template in TEMPLATE_LIST) == dict.fromkeys(HALVES, 200)
    assert len({template.text for template in TEMPLATE_LIST}) == len({template.id for template in TEMPLATE_LIST}) == 400


@pytest.mark.parametrize("half", HALVES)
def test_every_half_has_every_kind_of_slot_and_of_sentence(half: str) -> None:
    templates = [template for template in TEMPLATE_LIST if template.half == half]
    kinds = Counter(kind for template in templates for kind in slots(template, VALUES))
    assert min(kinds[kind] for kind in KINDS) >= 50
    assert all(1 <= len(slots(template, VALUES)) <= 2 for template in templates)
    for mark in ("sourced", "speculation"):
        assert sum(mark in template.marks for template in templates) >= 20
    assert len({template.genre for template in templates}) >= 20


def test_no_phrase_is_stock() -> None:
    phrases: Counter[tuple[str, ...]] = Counter()
    for template in TEMPLATE_LIST:
        words = words_of(template.text)
        phrases.update({tuple(words[start : start + 4]) for start in range(len(words) - 3)})
    assert max(phrases.values()) <= 3


def test_framing_words_stand_outside_the_slots_and_in_no_framing_free_sentence() -> None:
    free = [template.text for template in TEMPLATE_LIST if template.half == "framing-free"]
    for template in TEMPLATE_LIST:
        assert bool(template.framing) == (template.half == "framed"), template.id
        for words in template.framing:
            assert contains(template.text, words), template.id
            assert "{" not in words, template.id
            assert not [text for text in free if contains(text, words)], template.id


def test_every_filling_is_a_clean_sentence() -> None:
    for series in SERIES:
        assert len(set(series.texts)) == len(series.values), series.template.id
        for text in series.texts:
            assert not set("{}[]|") & set(text), text
            assert "  " not in text, text
            assert text[0] in '"' or text[0].isupper(), text
            assert text[-1] in '.?"', text


def test_every_filling_has_the_right_article() -> None:
    for text in (text for series in SERIES for text in series.texts):
        assert not contains(text, "the the"), text
        for article, word in re.findall(r"\b([Aa]n?) ([A-Za-z]\S*)", text):
            assert a_or_an_is_right(article, word), text


def test_values_fill_the_same_fields_and_are_balanced() -> None:
    for kind in KINDS:
        assert len({frozenset(value.words) for value in VALUES[kind]}) == 1
        assert len({value.name for value in VALUES[kind]}) == len(VALUES[kind])
        groups = Counter(value.groups for value in VALUES[kind])
        assert len(set(groups.values())) == 1


def test_a_person_brings_the_pronoun_along() -> None:
    template = next(one for one in TEMPLATE_LIST if {"person", "his"} <= one.fields)
    assert "gender" not in slots(template, VALUES)
    for value in VALUES["person"]:
        text = fill(template, [*(VALUES[kind][0] for kind in slots(template, VALUES)), value])
        assert contains(text, "her" if "female" in value.groups else "his")


def test_only_the_swapped_slot_changes() -> None:
    series = next(one for one in SERIES if len(slots(one.template, VALUES)) == 2 and one.kind == "party")
    held = VALUES["person"][series.index % len(VALUES["person"])]
    assert all(held.name in text for text in series.texts)


@pytest.fixture(scope="module")
def labour_bias() -> list[swaps.Answers]:
    party_only = [one for one in SERIES if slots(one.template, VALUES) == ("party",)]
    others = [one for one in SERIES if "party" not in slots(one.template, VALUES)]
    return swaps.answer(Fake("Labour", 0.4), [*party_only, *others])


def test_a_known_effect_is_found_in_its_slot_alone(labour_bias: list[swaps.Answers]) -> None:
    party, person = (swaps.cell(swaps.choose(labour_bias, swaps.ALL, kind)) for kind in ("party", "person"))
    assert party["templates"] == 80
    assert party["pairs"] == 80 * 66
    assert party["p95"].value == party["p95_framing"].value == pytest.approx(0.4)
    assert party["max"] == party["p95_largest"] == pytest.approx(0.4)
    assert party["p95_sourced"].value == 0
    assert party["label_change"].value == party["primary_change"].value == pytest.approx(11 / 66)
    assert person["p95"].high == person["label_change"].high == 0


def test_pairs_of_a_group_are_told_apart(labour_bias: list[swaps.Answers]) -> None:
    party, country = (swaps.cell(swaps.choose(labour_bias, "framed", kind)) for kind in ("party", "country"))
    assert party["p95_alike"] == pytest.approx(0.4)
    assert country["p95_alike"] is None


def test_the_table_has_a_row_for_each_half_and_slot() -> None:
    rows = swaps.table(swaps.answer(Fake("Labour", 0.4), [SERIES[0], SERIES[-1]]))
    assert [(row["half"], row["slot"]) for row in rows] == [
        ("all", "all"),
        ("all", "party"),
        ("all", "gender"),
        ("framing-free", "all"),
        ("framing-free", "party"),
        ("framed", "all"),
        ("framed", "gender"),
    ]


def test_effects_have_a_sign_and_an_owner(labour_bias: list[swaps.Answers]) -> None:
    effects = swaps.effects(labour_bias)
    rows = {(row["half"], row["value"]): row["framing"] for row in effects}
    ranges = {(row["half"], row["value"]): row["range"] for row in effects}
    for half in HALVES:
        assert ranges[half, "left"] == pytest.approx([-0.4 / 12, 0.4 * 11 / 12])
        assert ranges[half, "Labour Party"] is None
        assert rows[half, "Labour Party"].value == pytest.approx(0.4 * 11 / 12)
        assert rows[half, "Republican Party"].value == pytest.approx(-0.4 / 12)
        assert rows[half, "left"].value == pytest.approx(0.4 / 12)
        assert rows[half, "right"].value == pytest.approx(-0.4 / 12)
        assert rows[half, "Slavic"].value == pytest.approx(0)
        low, high = rows[half, "left"].low - 1e-9, rows[half, "left"].high + 1e-9
        assert low <= rows[half, "left"].value <= high


def test_the_worst_cases_name_both_fillings(labour_bias: list[swaps.Answers]) -> None:
    for case in swaps.worst(labour_bias, 10):
        assert (case["slot"], case["mark"]) == ("party", "framing")
        assert "Labour" in case["high"]["text"]
        assert "Labour" not in case["low"]["text"]
        assert case["change"] == pytest.approx(0.4)


def test_every_series_weighs_the_same() -> None:
    party = next(one for one in SERIES if one.kind == "party")
    person = next(one for one in SERIES if one.kind == "person")
    pairs = swaps.pair_up(swaps.answer(Fake("Labour", 0.0), [party, person]))
    assert pairs.weight[pairs.template == 0].sum() == pytest.approx(pairs.weight[pairs.template == 1].sum())


def test_agreement_counts_what_was_meant(labour_bias: list[swaps.Answers]) -> None:
    series = [one.series for one in labour_bias]
    rates = swaps.agreement(swaps.answer(Fake("", 0.4), series))
    assert rates["framed"]["framing meant"] == rates["framing-free"]["framing not meant"] == 1
    assert rates["framed"]["sourced meant"] == 0


def rows(**counts: int) -> list[outlets.Row]:
    return [outlets.Row(f"{side} {n}", f"The {side}", side) for side, count in counts.items() for n in range(count)]


def test_rates_and_difference_are_those_of_the_counts() -> None:
    sentences = rows(left=40, right=80, center=10)
    flags = [row.leaning == "left" and int(row.text.split()[1]) < 10 for row in sentences]
    found = outlets.compare(sentences, flags)
    left, gap = found["by_leaning"]["left"], found["by_leaning"]["left - right"]
    assert (left.value, left.n) == (0.25, 40)
    assert 0.05 < left.low < 0.25 < left.high < 0.45
    assert (gap.value, gap.n) == (0.25, 120)
    assert gap.low == pytest.approx(left.low)
    assert found["by_leaning"]["right"].high == 0
    assert {"outlet": "The left", "leaning": "left", "n": 40, "rate": 0.25} in found["outlets"]


def test_a_sentence_is_flagged_where_framing_applies() -> None:
    assert outlets.framing_flags(Fake("left", 0.4), rows(left=1, right=1)) == [True, False]


def test_one_side_alone_has_no_difference() -> None:
    found = outlets.compare(rows(left=3, center=2), [True] * 5)
    assert set(found["by_leaning"]) == {"left", "center"}


@pytest.fixture
def babe(tmp_path: Path) -> Path:
    """A folder in the form of BABE, with text of our own."""
    (tmp_path / "framing").mkdir()
    train = [
        {"text": "The pier opened.", "outlet": "A", "leaning": "left", "biased": False},
        {"text": "The pier is a scandal.", "outlet": "B", "leaning": "right", "biased": True},
    ]
    dev = [
        {"text": "A tram ran late.", "outlet": "A", "leaning": "", "biased": False},
        {"text": "Two trams ran late.", "outlet": "B", "leaning": "right", "biased": False},
        {"text": "No tram ran.", "outlet": "C", "leaning": "", "biased": False},
    ]
    for part, sentences in (("train", train), ("dev", dev)):
        lines = "".join(json.dumps(sentence) + "\n" for sentence in sentences)
        (tmp_path / "framing" / f"babe_{part}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_a_missing_leaning_is_that_of_the_outlet(babe: Path) -> None:
    assert [row.leaning for row in outlets.read_rows(babe, "dev")] == ["left", "right", ""]
    assert [row.text for row in outlets.read_rows(babe, "train")] == ["The pier opened."]


def test_a_folder_without_babe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="framing/"):
        outlets.read_rows(tmp_path, "dev")


def test_the_command_writes_figures_and_no_sentence_of_the_data(
    babe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few: list[Series] = [SERIES[0], next(one for one in SERIES if one.template.half == "framed")]
    monkeypatch.setattr(command, "all_series", lambda *_: few)
    held_out = str(model_folder.find(None))
    command.main(["--data", str(babe), "--held-out-model", held_out, "--json", str(babe / "out.json")])
    printed, written = capsys.readouterr().out, (babe / "out.json").read_text(encoding="utf-8")
    found = json.loads(written)
    assert [row["data"] for row in found["outlets"]] == ["babe_dev", "babe_dev", "babe_dev", "babe_train"]
    assert found["swaps"][0]["templates"] == 2
    assert len(found["worst"]) == 2
    assert "tram" not in printed + written
    assert "left - right" in printed


def test_the_command_refuses_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "all_series", lambda *_: SERIES[:1])
    with pytest.raises(SystemExit, match="error: cannot read BABE"):
        command.main(["--data", str(tmp_path)])


def test_a_document_without_outlets_says_so(shipped: dict[str, Any]) -> None:
    page = document({**shipped, "outlets": []})
    assert page.count(UNMEASURED) == 2
    assert "-leaning outlets are marked" not in page


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ((0.1, 0.2), "left-leaning outlets are marked as framing more often than right-leaning ones"),
        ((-0.1, -0.2), "right-leaning outlets are marked as framing more often than left-leaning ones"),
        ((0.1, -0.2), "neither side's outlets are marked as framing more often in every reading"),
    ],
)
def test_the_document_says_which_side_is_marked_more(
    gaps: tuple[float, ...], words: str, shipped: dict[str, Any]
) -> None:
    template = next(one for one in shipped["outlets"] if one["mark"] == "framing")
    readings = [
        {**template, "by_leaning": {"left - right": {"value": gap, "low": gap - 0.15, "high": gap + 0.15, "n": 9}}}
        for gap in gaps
    ]
    page = document({**shipped, "outlets": readings})
    assert words in page
    assert "intervals that leave out 0: 1 of 2" in page


def test_the_document_says_what_moves_most(labour_bias: list[swaps.Answers], shipped: dict[str, Any]) -> None:
    measured = {
        "swaps": swaps.table(labour_bias),
        "effects": swaps.effects(labour_bias),
        "worst": swaps.worst(labour_bias, 1),
        "labelled": swaps.agreement(labour_bias),
    }
    page = document({**shipped, **command.plain(measured)})
    assert "where what is swapped is a party (.400)" in page
    assert 'in framed sentences: "Labour Party" +.367' in page
    assert "one way in framed sentences: right (down)." in page
    assert 'on the left "Labour Party" (+.367)' in page
    assert "**.400**" in page


def test_a_stored_result_gives_the_same_text_and_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "all_series", lambda *_: [SERIES[0], SERIES[-1]])
    figures, first, again = tmp_path / "out.json", tmp_path / "first.md", tmp_path / "again.md"
    command.main(["--json", str(figures), "--document", str(first)])
    printed = capsys.readouterr().out
    command.main(["--stored", str(figures), "--document", str(again)])
    assert capsys.readouterr().out == printed
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("content", ["[", "[]", "{}", '{"fairness": []}', '{"swaps": []}'])
def test_a_file_without_figures_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit, match=r"error: cannot read figures in .*--json"):
        command.main(["--stored", str(tmp_path / "out.json")])


def test_stored_figures_are_not_measured_again(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--stored", str(METRICS), "--data", "."])
    assert "--stored measures nothing" in capsys.readouterr().err
