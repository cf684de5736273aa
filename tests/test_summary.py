"""The summary counts sentences by label and each source once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.marks import LABELS, MARK_LABELS, Document, Mark, Model, Sentence, Source
from annotator.summary import Summary, summarise

MODEL = Model("test", "1.0.0", "sha256:0")
THRESHOLDS = dict.fromkeys(MARK_LABELS, 0.5)


def document(*sentences: tuple[str, str, str] | str) -> Document:
    """Of (source, kind, label) a sentence that begins with its source; of a label one without."""
    text, found = "", []
    for one in sentences:
        source, kind, label = one if isinstance(one, tuple) else ("", "", one)
        start, text = len(text), f"{text}{source} .\n"
        sources = (Source(start, start + len(source), kind, 0.9),) if source else ()
        found.append(sentence(start, len(text) - 1, label, sources))
    return Document(text, tuple(found), MODEL, THRESHOLDS)


def sentence(start: int, end: int, label: str, sources: tuple[Source, ...] = ()) -> Sentence:
    labels = tuple(name for name in MARK_LABELS if name == label or (name == "sourced" and sources))
    marks = tuple(Mark(start, end, name, "writer", 0.9) for name in labels)
    scores, primary = dict.fromkeys(MARK_LABELS, 0.9), dict.fromkeys(LABELS, 0.25)
    return Sentence(start, end, label, 0.9, labels, scores, primary, marks=marks, sources=sources)


def quotes(*names: str) -> tuple[tuple[str, int], ...]:
    return summarise(document(*((name, "named", "sourced") for name in names))).quoted


def test_line_has_the_shape_readers_know() -> None:
    named = [(name, "named", "sourced") for name in ("Ivo Brandt", "Lena Osk", "Mara Tull", "Ms Osk", "He")]
    whole = document(*named, *["framing"] * 6, *["speculation"] * 2, "plain")
    assert summarise(whole).line() == (
        "14 sentences: 5 sourced to 3 named sources (1 pronoun unresolved), 6 framing, 2 speculation, 1 plain"
    )


@pytest.mark.parametrize(
    ("sentences", "line"),
    [
        ([], "no sentences"),
        (["plain"], "1 sentence: 1 plain"),
        (["sourced", "plain"], "2 sentences: 1 sourced, 1 plain"),
        ([("Lena Osk", "named", "sourced")], "1 sentence: 1 sourced to 1 named source"),
        ([("officials", "unnamed", "sourced")] * 2, "2 sentences: 2 sourced to unnamed sources"),
        (
            [("officials", "unnamed", "sourced"), ("Osk", "named", "sourced")],
            "2 sentences: 2 sourced to 1 named source",
        ),
        ([("He", "named", "sourced")], "1 sentence: 1 sourced (1 pronoun unresolved)"),
        (
            [("critics", "unnamed", "sourced"), *[("they", "unnamed", "sourced")] * 2],
            "3 sentences: 3 sourced to unnamed sources (2 pronouns unresolved)",
        ),
        ([("Lena Osk", "named", "framing")], "1 sentence: 1 framing"),
    ],
)
def test_line_leaves_out_what_is_not_there(sentences: list[tuple[str, str, str] | str], line: str) -> None:
    assert summarise(document(*sentences)).line() == line


@pytest.mark.parametrize(
    "names",
    [
        ("Danilo Arvest", "the regional governor, Danilo Arvest", "Arvest", "ARVEST", "Governor Arvest"),
        ("Danilo Arvest", "Danilo Arvest, governor of Kestria", "Kestria's governor, Danilo Arvest"),
        ("Danilo Arvest of the Harbour Union", "Mr. Arvest"),
        ("the Health Ministry", "the ministry", "The Ministry", "the Ministry of Health"),
        ("police", "Police", "the police"),
        ("Union leader Danilo Arvest", "Governor Danilo Arvest", "D. Arvest"),
    ],
)
def test_one_source_under_several_names(names: tuple[str, ...]) -> None:
    assert quotes(*names) == ((names[0], len(names)),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the Health Ministry", "the Interior Ministry"),
        ("Moscow", "Moscow Mayor Ivan Petrin"),
        ("Danilo Arvest", "Marta Linde"),
        ("the Ministry of Health", "the Ministry of Justice"),
        ("the Justice Department", "the Energy Department"),
        ("Ana Ruiz", "Luis Ruiz"),
        ("Governor Ana Ruiz", "Governor Luis Ruiz"),
        ("Ana Ruiz", "a review by Ana Ruiz"),
    ],
)
def test_different_sources_stay_apart(one: str, other: str) -> None:
    assert quotes(one, other) == ((one, 1), (other, 1))


def test_a_surname_that_two_bear_counts_for_neither() -> None:
    assert quotes("Ana Ruiz", "Luis Ruiz", "Ruiz", "Ana Ruiz", "Ruiz") == (
        ("Ana Ruiz", 2),
        ("Ruiz", 2),
        ("Luis Ruiz", 1),
    )


def test_most_quoted_come_first() -> None:
    assert quotes("Ivo Brandt", "Lena Osk", "Osk", "the\n  Harbour Board") == (
        ("Lena Osk", 2),
        ("Ivo Brandt", 1),
        ("the Harbour Board", 1),
    )


def test_a_pronoun_counts_for_whom_it_stands() -> None:
    text = "Lena Osk spoke. She left."
    sources = (Source(16, 19, "named", 0.9, resolved=(0, 8)),)
    whole = Document(text, (sentence(0, 15, "plain"), sentence(16, 25, "sourced", sources)), MODEL, THRESHOLDS)
    assert summarise(whole).quoted == (("Lena Osk", 1),)
    assert summarise(whole).unresolved == ()


def test_pronouns_that_stand_for_nobody_known_are_counted_apart() -> None:
    he, they = ("He", "named", "sourced"), ("they", "unnamed", "sourced")
    summary = summarise(document(they, he, ("Lena Osk", "named", "sourced"), ("he", "named", "sourced")))
    assert summary.unresolved == (("he", 2), ("they", 1))
    assert summary.quoted == (("Lena Osk", 1),)


def test_a_short_name_counts_for_whom_it_stands() -> None:
    text = "Ana Ruiz met Luis Ruiz. Ruiz left."
    sources = (Source(24, 28, "named", 0.9, resolved=(0, 8)),)
    whole = Document(text, (sentence(0, 23, "plain"), sentence(24, 34, "sourced", sources)), MODEL, THRESHOLDS)
    assert summarise(whole).quoted == (("Ana Ruiz", 1),)


def test_unnamed_sources_are_counted_by_wording() -> None:
    names = ("Two officials", "two officials", "critics", "they")
    assert summarise(document(*((name, "unnamed", "sourced") for name in names))).unnamed == 2


@given(st.lists(st.sampled_from(LABELS)))
def test_counts_add_up(labels: list[str]) -> None:
    summary = summarise(document(*labels))
    assert summary.sentences == len(labels)
    assert dict(summary.counts) == {label: labels.count(label) for label in LABELS}


@given(st.lists(st.text(min_size=1), min_size=1))
def test_any_wording_of_a_source_is_counted_without_failing(names: list[str]) -> None:
    summary = summarise(document(*((name, "named", "sourced") for name in names)))
    assert isinstance(summary, Summary)
    assert sum(times for _, times in summary.quoted) <= len(names)
