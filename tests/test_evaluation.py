"""Gold files, and scores of labels, words and sources on sentences annotated by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator import Annotator
from annotator.errors import InputError, ModelError
from annotator.evaluation import report, scores, sources, spans
from annotator.evaluation.gold import SPAN_KEYS, Article, GoldSentence, digest, file_digest, locate, read_gold
from annotator.evaluation.pairs import Pair
from annotator.marks import LABELS, MARK_LABELS, Document, Mark, Model, Sentence, Source, attribution
from tests.conftest import ROOT

ROW: dict[str, object] = {
    "article": "a",
    "text": "He said he may go.",
    "primary": "sourced",
    "marks": ["sourced"],
    "source": ["he"],
    "source_kind": "named",
    "cue": ["said"],
    "framing": [],
    "speculation": [],
    "reported_framing": [],
    "reported_speculation": ["may"],
}
TEXT = "Ilse Brandt, the mayor, said she may go."


def gold_file(folder: Path, *rows: Mapping[str, object]) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def gold(
    text: str, *marks: str, kind: str | None = None, referents: Mapping[str, str] | None = None, **words: Sequence[str]
) -> GoldSentence:
    """A gold sentence; `words` by span key, the first mark is the primary label."""
    places = {key: locate(text, words.get(key, ()), near=None) for key in SPAN_KEYS}
    return GoldSentence(text, frozenset(marks), [*marks, "plain"][0], places, kind, referents or {})


def guess(text: str, *labels: str, probability: float = 0.9, kind: str = "named", **words: Sequence[str]) -> Sentence:
    """An annotated sentence with `words` by span key; labels get `probability`, the first one is primary."""
    found = [(key, place) for key, strings in words.items() for place in locate(text, strings, near=None)]
    marks = [_mark(key, *place) for key, place in found if key != "source"]
    marks += [
        Mark(0, 1, one, "writer", 0.9) for one in labels if one in ("framing", "speculation") and one not in words
    ]
    origins = tuple(Source(*place, kind, 0.9) for key, place in found if key == "source")
    label = [*labels, "plain"][0]
    return Sentence(
        start=0,
        end=len(text),
        label=label,
        score=0.7,
        labels=tuple(mark for mark in MARK_LABELS if mark in labels),
        scores={mark: probability if mark in labels else 0.1 for mark in MARK_LABELS},
        primary={one: 0.7 if one == label else 0.1 for one in LABELS},
        attribution=attribution(origins) if "sourced" in labels else "none",
        marks=tuple(sorted(marks, key=lambda mark: (mark.start, mark.end, mark.label))),
        sources=origins,
    )


def _mark(key: str, start: int, end: int) -> Mark:
    label = "sourced" if key == "cue" else key.removeprefix("reported_")
    return Mark(start, end, label, "source" if key.startswith("reported_") else "writer", 0.9)


def pairs(*couples: tuple[GoldSentence, Sentence]) -> list[Pair]:
    """Each couple as an article of its own."""
    model = Model("toy", "1", "sha256:0")
    return [
        Pair(
            Article(str(index), (wanted,)),
            wanted,
            found,
            Document(wanted.text, (found,), model, dict.fromkeys(MARK_LABELS, 0.5)),
        )
        for index, (wanted, found) in enumerate(couples)
    ]


# --- gold files ---


def test_a_string_is_found_on_word_boundaries_nearest_to_the_cue() -> None:
    text = "The head said he may; he may not."
    assert locate(text, ["he"], near=9) == ((14, 16),)
    assert locate(text, ["he"], near=25) == ((22, 24),)
    assert locate(text, ["hea"], near=0) == ((4, 7),)
    assert locate(text, ["nobody"], near=0) == ()


def test_gold_articles_are_grouped_in_order(tmp_path: Path) -> None:
    one, two = read_gold(gold_file(tmp_path, ROW, {**ROW, "text": "Or he may, he said."}, {**ROW, "article": "b"}))
    assert (one.id, two.id) == ("a", "b")
    text, places = one.text_and_spans()
    assert [text[start:end] for start, end in places] == ["He said he may go.", "Or he may, he said."]
    assert one.sentences[0].spans["reported_speculation"] == ((11, 14),)


def test_a_gold_row_may_say_what_it_is_from_and_whom_it_means(tmp_path: Path) -> None:
    known = {
        "corpus": "ours",
        "genre": "wire",
        "outlet": "The Quay",
        "leaning": "left",
        "referent": {"He": "Ilse Brandt"},
    }
    (article,) = read_gold(gold_file(tmp_path, {**ROW, **known}))
    assert (article.corpus, article.genre, article.outlet, article.leaning) == ("ours", "wire", "The Quay", "left")
    assert article.sentences[0].referents == {"He": "Ilse Brandt"}
    (styled,) = read_gold(gold_file(tmp_path, {**ROW, "style": "tabloid"}))
    assert (styled.genre, styled.corpus, styled.sentences[0].referents) == ("tabloid", "", {})


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path: Path) -> None:
    path = gold_file(tmp_path, ROW)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_gold(path) == read_gold(gold_file(tmp_path, ROW))


def test_a_line_separator_inside_a_sentence_does_not_end_the_row(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps({**ROW, "text": "He\u2028said he may 😀\x85."}, ensure_ascii=False), encoding="utf-8")
    assert read_gold(path)[0].sentences[0].text == "He\u2028said he may 😀\x85."


@pytest.mark.parametrize("content", ["{", '{"article": "a"}', "3", "[" * 100_000])
def test_a_broken_gold_row_is_refused_with_its_line(tmp_path: Path, content: str) -> None:
    path = gold_file(tmp_path, ROW)
    path.write_text(path.read_text(encoding="utf-8") + "\n" + content, encoding="utf-8")
    with pytest.raises(InputError, match=r"gold\.jsonl:3: the gold row is not"):
        read_gold(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"marks": ["sourced", "rumour"]}, "unknown marks ['rumour']"),
        ({"primary": "framing"}, "primary label 'framing'"),
        ({"marks": [], "primary": "sourced"}, "primary label 'sourced'"),
        ({"source_kind": "secret"}, "source_kind 'secret'"),
        ({"text": " "}, "has no text"),
        ({"cue": "said"}, "no list of strings in cue"),
        ({"framing": [""]}, "no list of strings in framing"),
        ({"marks": 3}, "not of the gold format"),
        ({"referent": ["He"]}, "referent"),
        ({"cue": ["sayd"]}, "has in cue 'sayd', which is not in its text; copy the words as they stand there"),
        ({"source": ["he", "HE"]}, "has in source 'HE', which is not in its text"),
        ({"reported_speculation": ["may  go"]}, "has in reported_speculation 'may  go'"),
        ({"referent": {"She": "Ilse Brandt"}}, "has in referent 'She', which is not in its text"),
        ({"framing": ["x" * 5000]}, f"has in framing '{'x' * 80}…', which is not in its text"),
    ],
)
def test_gold_that_breaks_the_scheme_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_gold(gold_file(tmp_path, {**ROW, **change}))
    assert message in str(caught.value)
    assert "gold.jsonl:1" in str(caught.value)


def test_a_missing_an_empty_and_a_binary_gold_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_gold(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="no gold sentence"):
        read_gold(gold_file(tmp_path))
    (tmp_path / "gold.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_gold(tmp_path / "gold.jsonl")


def test_a_digest_is_blind_to_case_and_white_space() -> None:
    assert digest("The  Quay\nsaid.") == digest("the quay said.") != digest("the quay says.")
    assert len(digest("\ud800")) == 12


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert file_digest(tmp_path / "empty") == empty


# --- labels ---


def test_marks_are_scored_one_by_one() -> None:
    found = scores.mark_figures(
        pairs(
            (gold("a", "framing"), guess("a", "framing", probability=0.9)),
            (gold("b", "framing"), guess("b")),
            (gold("c"), guess("c", "framing", probability=0.6)),
            (gold("d"), guess("d")),
        )
    )
    values = {name: found[f"{name}/framing"].value for name in ("precision", "recall", "f1", "auc")}
    # Of the four pairs of a framed and an unframed one: .9 beats .6 and .1; .1 loses to .6 and ties with .1.
    assert values == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "auc": 2.5 / 4}
    assert (found["f1/framing"].n, found["f1/framing"].support) == (4, 2)
    assert "auc/sourced" not in found
    assert (found["f1/sourced"].value, found["f1/sourced"].support) == (0.0, 0)


def test_the_primary_label_is_scored_over_the_labels_that_occur() -> None:
    couples = pairs(
        (gold("a", "sourced"), guess("a", "sourced")),
        (gold("b", "sourced"), guess("b")),
        (gold("c"), guess("c")),
        (gold("d"), guess("d", "framing")),
    )
    found = scores.primary_figures(couples)
    # sourced: precision 1, recall 1/2, F1 2/3; plain: 1/2, 1/2, 1/2; framing and speculation do not occur.
    assert found["primary/macro-f1"].value == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert found["primary/accuracy"].value == 0.5
    assert scores.confusion(couples) == ((1, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0), (0, 1, 0, 1))


def test_f1_is_what_it_is() -> None:
    wanted, found = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert scores.f1(wanted, found) == 0.5
    assert scores.f1(wanted, wanted) == 1.0
    assert scores.f1(~wanted & wanted, ~wanted & wanted) == 0.0


# --- words ---


def test_whole_spans_count_only_with_both_ends_right() -> None:
    assert spans.exact_counts([(0, 4), (6, 9)], [(0, 4), (6, 8), (6, 8), (20, 22)]) == (1, 2, 1, 3)


def test_overlap_counts_the_share_of_characters() -> None:
    # Of [0, 4) half is covered, of [6, 10) all; of [2, 8) two and two of six are right, of [8, 10) all.
    found, wanted, right, given = spans.overlap_counts([(0, 4), (6, 10)], [(2, 8), (8, 10)])
    assert (found, wanted, given) == (1.5, 2, 2)
    assert right == pytest.approx(4 / 6 + 1)
    assert spans.overlap_counts([], [(0, 1)]) == (0, 0, 0, 1)


places = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda one: (one[0], sum(one))), max_size=6)


@given(places, places)
def test_overlap_is_symmetric_and_never_less_than_exact(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    found, wanted, right, given_spans = spans.overlap_counts(one, other)
    assert spans.overlap_counts(other, one) == (right, given_spans, found, wanted)
    same, *_ = spans.exact_counts(one, other)
    assert same <= found <= wanted + 1e-9
    assert same <= right <= given_spans + 1e-9


def test_spans_are_scored_by_tag_over_all_sentences() -> None:
    couples = pairs(
        (
            gold(TEXT, "sourced", source=["Ilse Brandt"], cue=["said"]),
            guess(TEXT, "sourced", source=["Brandt"], cue=["said"]),
        ),
        (gold(TEXT, "sourced", reported_speculation=["may"]), guess(TEXT, "sourced", reported_speculation=["may"])),
    )
    found = spans.span_figures(couples)
    assert (found["exact/source/f1"].value, found["exact/cue/f1"].value) == (0.0, 1.0)
    assert found["overlap/source/precision"].value == 1.0
    assert found["overlap/source/recall"].value == pytest.approx(6 / 11)
    assert found["overlap/source/f1"].value == pytest.approx(2 * 6 / 17)
    assert found["exact/reported_speculation/recall"].value == 1.0
    assert found["exact/source/f1"].n == 1
    assert spans.word_figures(couples)["words/source"].value == pytest.approx(2 / 3)


def test_only_what_a_reader_is_shown_is_scored() -> None:
    unsourced = guess(TEXT, source=["Ilse Brandt"], framing=["mayor"], reported_framing=["go"])
    assert spans.shown_spans(unsourced, "source") == []
    assert spans.shown_spans(unsourced, "framing") == []
    assert [TEXT[slice(*span)] for span in spans.shown_spans(unsourced, "reported_framing")] == ["go"]


# --- sources ---


def test_kinds_are_scored_on_attributed_sentences() -> None:
    found = sources.kind_figures(
        pairs(
            (gold(TEXT, "sourced", kind="named"), guess(TEXT, "sourced", source=["Ilse Brandt"])),
            (gold(TEXT, "sourced", kind="named"), guess(TEXT, "sourced", source=["the mayor"], kind="unnamed")),
            (gold(TEXT, "sourced", kind="carried"), guess(TEXT, "sourced")),
            (gold(TEXT, "sourced", kind="carried"), guess(TEXT)),
            (gold(TEXT), guess(TEXT, "sourced", source=["Ilse Brandt"])),
        )
    )
    # named: 1 of 2 found, 1 of 2 right; carried: 1 of 2 found, 1 of 1 right; unnamed is not in the gold.
    assert found["kind/f1/named"].value == pytest.approx(0.5)
    assert found["kind/f1/carried"].value == pytest.approx(2 / 3)
    assert found["kind/macro-f1"].value == pytest.approx((0.5 + 2 / 3) / 2)
    assert (found["kind/accuracy"].value, found["kind/accuracy"].n) == (0.5, 4)
    assert found["kind/f1/unnamed"].support == 0
    assert "kind/accuracy" not in sources.kind_figures(pairs((gold(TEXT), guess(TEXT))))


def resolved(sentence: Sentence, *places: tuple[int, int] | None) -> Sentence:
    couples = zip(sentence.sources, places, strict=True)
    return replace(sentence, sources=tuple(replace(source, resolved=place) for source, place in couples))


def test_referents_are_scored_on_what_was_resolved() -> None:
    wanted = gold(TEXT, "sourced", source=["she"], referents={"she": "ilse brandt"})
    plain = guess(TEXT, "sourced", source=["she"])
    right, wrong, none = (resolved(plain, place) for place in ((0, 11), (13, 22), None))
    found = sources.resolution_figures(pairs((wanted, right), (wanted, wrong), (wanted, none), (wanted, guess(TEXT))))
    assert (found["resolved/coverage"].value, found["resolved/coverage"].n) == (0.5, 4)
    assert (found["resolved/precision"].value, found["resolved/precision"].n) == (0.5, 2)
    unwanted = sources.resolution_figures(pairs((wanted, right), (gold(TEXT, "sourced", source=["she"]), right)))
    assert unwanted["resolved/precision"].value == 0.5
    no_source = sources.resolution_figures(pairs((wanted, right), (gold(TEXT, "sourced"), right)))
    assert (no_source["resolved/precision"].value, no_source["resolved/precision"].n) == (1.0, 1)
    shorter = sources.resolution_figures(pairs((wanted, resolved(plain, (5, 11)))))
    assert (shorter["resolved/precision"].value, shorter["resolved/exact"].value) == (1.0, 0.0)
    assert set(sources.resolution_figures(pairs((wanted, none)))) == {"resolved/coverage"}
    assert sources.resolution_figures(pairs((gold(TEXT), right))) == {}


# --- the report ---


def test_gold_against_the_annotators_own_answer_is_perfect(annotator: Annotator, tmp_path: Path) -> None:
    text = "The ministry said on Monday that 14 bridges had been closed."
    (found,) = annotator.annotate(text).sentences
    row = {
        **ROW,
        "text": text,
        "primary": found.label,
        "marks": list(found.labels),
        "source": [text[one.start : one.end] for one in found.shown_sources],
        "cue": [text[one.start : one.end] for one in found.shown_marks if one.label == "sourced"],
        "reported_speculation": [],
    }
    figures = scores.evaluate(annotator, read_gold(gold_file(tmp_path, row)))
    assert figures["f1/sourced"].value == figures["primary/macro-f1"].value == figures["words/cue"].value == 1.0
    wrong = scores.evaluate(annotator, read_gold(gold_file(tmp_path, {**row, "marks": [], "primary": "plain"})))
    assert wrong["f1/sourced"].value == wrong["primary/accuracy"].value == 0.0


@pytest.fixture(scope="module")
def measured(annotator: Annotator) -> report.Report:
    articles = read_gold(ROOT / "labels" / "gold" / "test" / "articles.jsonl")[:3]
    return report.measure(annotator, articles, frozenset({digest(articles[0].sentences[0].text)}))


def test_a_report_agrees_with_itself(measured: report.Report, annotator: Annotator) -> None:
    assert measured.model == annotator.model
    assert measured.sentences == sum(map(sum, measured.confusion)) == measured.figures["f1/sourced"].n
    right = sum(measured.confusion[index][index] for index in range(len(LABELS)))
    assert measured.figures["primary/accuracy"].value == pytest.approx(right / measured.sentences)
    for name, figure in measured.figures.items():
        assert 0 <= figure.low <= figure.high <= 1, name
    for mark in MARK_LABELS:
        assert measured.calibration[mark].error == measured.figures[f"calibration/{mark}"]


def test_a_report_counts_what_the_model_was_trained_on(measured: report.Report) -> None:
    assert measured.read == 1


def test_a_report_is_plain_json(measured: report.Report) -> None:
    value = json.loads(json.dumps(measured.to_dict(), allow_nan=False))
    assert value["figures"]["f1/sourced"]["value"] == measured.figures["f1/sourced"].value
    assert value["calibration"]["framing"]["limit"] == measured.calibration["framing"].limit


def test_a_report_is_broken_down_where_articles_differ(annotator: Annotator) -> None:
    wire = Article("a", (gold("The ministry said no.", "sourced"),), corpus="ours", genre="wire")
    sport = Article("b", (gold("It was a glorious win.", "framing"), gold("They won.")), corpus="ours", genre="sport")
    groups = report.measure(annotator, [wire, sport]).groups
    assert set(groups) == {"genre"}
    assert {name: (one.articles, one.sentences) for name, one in groups["genre"].items()} == {
        "sport": (1, 2),
        "wire": (1, 1),
    }
    assert groups["genre"]["wire"].figures["f1/sourced"].support == 1


def test_what_a_model_read_is_told_by_its_folder(tmp_path: Path) -> None:
    assert report.digests_read(tmp_path) == frozenset()
    (tmp_path / "metrics.json").write_text('{"read": {"finetune": "aa bb", "calib": "cc"}}', encoding="utf-8")
    assert report.digests_read(tmp_path) == {"aa", "bb", "cc"}
    (tmp_path / "metrics.json").write_text("[", encoding="utf-8")
    with pytest.raises(ModelError, match="metrics"):
        report.digests_read(tmp_path)
