"""What a rewrite added and dropped is found; what it kept is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator import Annotator
from annotator.compare import Comparison, Row, compare
from annotator.facts import Fact
from annotator.marks import LABELS, MARK_LABELS, PLAIN, Document, Mark, Model, Sentence, Source
from tests.conftest import hostile_text

MODEL = Model("test", "1.0.0", "sha256:0")
THRESHOLDS = dict.fromkeys(MARK_LABELS, 0.5)
KINDS = (PLAIN, "sourced", "framing", "speculation", "quoted")

Line = tuple[str, str, str] | str
"""A sentence, what it is (one of KINDS) and the words that are its source or mark; or a plain sentence."""


def document(*lines: Line) -> Document:
    text, found = "", []
    for line in lines:
        words, kind, marked = line if isinstance(line, tuple) else (line, PLAIN, "")
        start, text = len(text), f"{text}{words}\n"
        first = start + words.index(marked)
        found.append(sentence(start, len(text) - 1, kind, (first, first + len(marked))))
    return Document(text, tuple(found), MODEL, THRESHOLDS)


def sentence(start: int, end: int, kind: str, span: tuple[int, int]) -> Sentence:
    """Sourced to a named source; framed or hedged by the writer; or framing inside what an unnamed source says."""
    scores, primary = dict.fromkeys(MARK_LABELS, 0.9), dict.fromkeys(LABELS, 0.25)
    label = {"quoted": "sourced"}.get(kind, kind)
    marks: tuple[Mark, ...] = ()
    if kind in ("framing", "speculation", "quoted"):
        marks = (Mark(*span, "framing" if kind == "quoted" else kind, "source" if kind == "quoted" else "writer", 0.9),)
    sources = (Source(*span, "named", 0.9),) if kind == "sourced" else ()
    labels = () if label == PLAIN else (label,)
    return Sentence(start, end, label, 0.9, labels, scores, primary, marks=marks, sources=sources)


def words(found: Document, spans: tuple[Fact | Mark, ...]) -> list[str]:
    return [found.text[span.start : span.end] for span in spans]


WIRE = document(
    ("The port authority said 14 berths would close on Friday.", "sourced", "The port authority"),
    ("The closure was a disgrace, Ines Aldous told reporters.", "sourced", "Ines Aldous"),
    "Two ferries from Hallow Island were sent to Calla.",
    "Fuel prices fell in March.",
)
REWRITE = document(
    ("Chaos looms as 14 berths close on Friday.", "framing", "Chaos looms"),
    ("Ferries from Hallow Island may have been sent to Calla.", "speculation", "may"),
    ("It is a sorry tale.", "framing", "a sorry tale"),
    ("The closure was a disgrace, Mayor Aldous told reporters.", "sourced", "Mayor Aldous"),
)


@pytest.fixture
def found() -> Comparison:
    return compare(WIRE, REWRITE)


def test_sentences_of_the_same_content_are_paired(found: Comparison) -> None:
    assert [(pair.a, pair.b) for pair in found.pairs] == [(0, 0), (1, 3), (2, 1)]
    assert found.dropped.sentences == (3,)
    assert found.added.sentences == (2,)


def test_what_was_added_is_in_the_writers_voice(found: Comparison) -> None:
    assert words(REWRITE, found.added.framing) == ["Chaos looms", "a sorry tale"]
    assert words(REWRITE, found.added.hedges) == ["may"]
    assert (found.added.facts, found.added.sources) == ((), ())


def test_what_was_dropped_is_named(found: Comparison) -> None:
    assert words(WIRE, found.dropped.facts) == ["Two", "March"]
    assert found.dropped.sources == ("The port authority",)
    assert found.dropped.framing == found.dropped.hedges == ()


def test_a_claim_that_lost_its_source_is_found(found: Comparison) -> None:
    assert [(pair.a, pair.b) for pair in found.unsourced] == [(0, 0)]


def test_rows_show_each_sentence_where_it_belongs(found: Comparison) -> None:
    assert list(found.rows()) == [Row((0,), (0,)), Row((1,), (3,)), Row((2,), (1,)), Row((), (2,)), Row((3,), ())]


def test_additions_before_all_else_come_first() -> None:
    found = compare(document("Two ferries sank."), document("What a week.", "Two ferries sank.", "So it goes."))
    assert list(found.rows()) == [Row((), (0,)), Row((0,), (1,)), Row((), (2,))]


def test_shares_and_the_line_are_those_of_the_texts(found: Comparison) -> None:
    assert list(found.shares()) == [
        ("sourced", 0.5, 0.25),
        ("framing", 0.0, 0.5),
        ("speculation", 0.0, 0.25),
        ("plain", 0.5, 0.0),
    ]
    assert found.line().startswith("1 sentence dropped, 1 added; 1 claim without source; framing added 2 times")


@pytest.mark.parametrize(
    ("kind", "wire", "rewrite", "added"),
    [
        ("framing", "a scandalous delay", "the scandal", []),
        ("framing", "a scandalous delay", "a farce", ["a farce"]),
        ("framing", "a sea of ire", "a row of it", ["a row of it"]),
        ("speculation", "may", "could", []),
    ],
)
def test_a_mark_with_a_counterpart_is_not_added(kind: str, wire: str, rewrite: str, added: list[str]) -> None:
    report = document((f"The Calla ferry docks at berth 14: {wire}.", kind, wire))
    rewritten = document((f"The Calla ferry docks at berth 14: {rewrite}.", kind, rewrite))
    found = compare(report, rewritten).added
    assert words(rewritten, found.framing + found.hedges) == added


def test_words_of_a_source_are_no_counterpart_for_the_writers_own() -> None:
    said = document(("The Calla ferry was a disgrace, critics said.", "quoted", "disgrace"))
    told = document(("The Calla ferry was a disgrace.", "framing", "disgrace"))
    found = compare(said, told)
    assert words(told, found.added.framing) == ["disgrace"]
    assert len(found.unsourced) == 1
    assert compare(told, said).added.framing == ()


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        ("Danilo Arvest", "Governor Arvest", True),
        ("the regional governor, Danilo Arvest", "Danilo Arvest, governor of Kestria", True),
        ("Kestria's governor, Danilo Arvest", "Arvest", True),
        ("the Health Ministry", "the Ministry of Health", True),
        ("the Health Ministry", "the ministry", True),
        ("the Health Ministry", "the Interior Ministry", False),
        ("a report published by the authority", "a report by the Roads Authority", True),
        ("Ana Ruiz", "Luis Ruiz", False),
        ("!?", "!?", True),
    ],
)
def test_a_source_is_known_under_another_name(one: str, other: str, kept: bool) -> None:
    found = compare(document((f"{one} said so.", "sourced", one)), document((f"So said {other}.", "sourced", other)))
    assert (found.dropped.sources == ()) is kept


def test_a_pronoun_is_whom_it_stands_for() -> None:
    text = "Ana Ruiz came. She said so."
    said = sentence(15, 27, "sourced", (15, 18))
    said = Sentence(**{**vars(said), "sources": (Source(15, 18, "named", 0.9, resolved=(0, 8)),)})
    report = Document(text, (sentence(0, 14, PLAIN, (0, 1)), said), MODEL, THRESHOLDS)
    assert compare(report, document("It rains.")).dropped.sources == ("Ana Ruiz",)
    assert compare(document(("Ruiz said so.", "sourced", "Ruiz")), report).dropped.sources == ()


def test_a_text_without_sentences_has_nothing() -> None:
    empty = document()
    assert compare(empty, empty).pairs == ()
    assert list(compare(empty, empty).rows()) == []
    found = compare(empty, REWRITE)
    assert found.added.sentences == (0, 1, 2, 3)
    assert len(found.added.framing) == 2
    assert found.dropped == compare(empty, empty).dropped
    assert next(found.shares()) == ("sourced", 0.0, 0.25)


lines = st.tuples(hostile_text.filter(bool), st.sampled_from(KINDS)).map(lambda one: (*one, one[0]))
documents = st.lists(lines, max_size=8).map(lambda found: document(*found))


@given(documents)
def test_nothing_is_added_to_or_dropped_from_the_same_text(one: Document) -> None:
    found = compare(one, one)
    for own in (found.dropped, found.added):
        assert (own.sentences, own.facts, own.sources, own.framing, own.hedges) == ((), (), (), (), ())
    assert found.unsourced == ()
    assert list(found.rows()) == [Row((index,), (index,)) for index in range(len(one.sentences))]


@given(documents, documents)
def test_what_is_dropped_one_way_is_added_the_other(a: Document, b: Document) -> None:
    found, back = compare(a, b), compare(b, a)
    assert (found.dropped, found.added) == (back.added, back.dropped)
    assert found.profiles == back.profiles[::-1]


@given(documents, documents)
def test_every_sentence_is_in_one_row_and_json_holds_all(a: Document, b: Document) -> None:
    found = compare(a, b)
    rows = list(found.rows())
    assert sorted(index for row in rows for index in row.a) == list(range(len(a.sentences)))
    assert sorted(index for row in rows for index in row.b) == list(range(len(b.sentences)))
    value = json.loads(json.dumps(found.to_dict(a, b), allow_nan=False))
    for name, own, text in (("dropped", found.dropped, a.text), ("added", found.added, b.text)):
        assert [one["text"] for one in value[name]["facts"]] == [text[one.start : one.end] for one in own.facts]
        assert value[name]["sentences"] == list(own.sentences)
    assert [(one["a"], one["b"]) for one in value["aligned"]] == [(pair.a, pair.b) for pair in found.pairs]


def test_texts_of_50_000_words_are_compared() -> None:
    sentence = "Berth {0} of {1} ports in Calla took {2} ferries on Friday, and nobody knew what to do with so many."
    report = document(*(sentence.format(n, n % 13, n % 89) for n in range(2500)))
    rewrite = document(
        *((f"Sadly, b{sentence.format(n, n % 13, n % 89)[1:]}", "framing", "Sadly") for n in range(2500))
    )
    found = compare(report, rewrite)
    assert len(found.added.framing) == 2500
    assert found.dropped.sentences == ()


@settings(max_examples=15)
@given(a=hostile_text, b=hostile_text)
def test_annotated_texts_are_compared_whatever_they_hold(annotator: Annotator, a: str, b: str) -> None:
    one, other = annotator.annotate(a), annotator.annotate(b)
    found = compare(one, other)
    assert len(list(found.rows())) <= len(one.sentences) + len(other.sentences)
    assert compare(one, one).dropped == compare(other, other).added
