"""A document in numbers and words, and how these are shown."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given

from annotator import charts
from annotator.marks import LABELS, MARK_LABELS, Document, Mark, Model, Sentence, Source
from annotator.profile import TOP, genres, profile, shares
from tests.conftest import ROOT
from tests.test_render import documents

MODEL = Model("test", "1.0.0", "sha256:0")
PRIMARY = dict.fromkeys(LABELS, 0.25)


def document(*sentences: tuple[str, str, str, str]) -> Document:
    """Of (label, voice, marked words, unnamed source) a sentence each."""
    text, found = "", []
    for label, voice, words, source in sentences:
        start, text = len(text), f"{text}{words} | {source} .\n"
        marks = (Mark(start, start + len(words), label, voice, 0.9),) if words else ()
        first = start + len(words) + 3
        sources = (Source(first, first + len(source), "unnamed", 0.9),) if source else ()
        labels = (label,) if label != "plain" and voice == "writer" else ()
        scores = dict.fromkeys(MARK_LABELS, 0.9)
        primary = label if labels else "plain"
        found.append(Sentence(start, len(text) - 1, primary, 0.25, labels, scores, PRIMARY, "none", marks, sources))
    return Document(text, tuple(found), MODEL, dict.fromkeys(MARK_LABELS, 0.5))


def test_phrases_are_counted_in_the_writers_voice_most_frequent_first() -> None:
    found = profile(
        document(
            ("framing", "writer", "Shameful", ""),
            ("speculation", "writer", "may", ""),
            ("framing", "writer", "a slap\nin the face", ""),
            ("framing", "source", "shameful", ""),
            ("framing", "writer", "a  slap in\tthe face", ""),
        )
    )
    framing = [(phrase.words, phrase.sentences) for phrase in found.phrases["framing"]]
    assert framing == [("a slap in the face", (3, 5)), ("Shameful", (1,))]
    assert [phrase.words for phrase in found.phrases["speculation"]] == ["may"]
    assert found.places == {"sourced": (), "framing": (1, 3, 5), "speculation": (2,), "plain": (4,)}


def test_unnamed_sources_have_counts_and_pronouns_stand_apart() -> None:
    found = profile(
        document(
            ("sourced", "writer", "said", "officials"),
            ("sourced", "writer", "said", "Officials"),
            ("sourced", "writer", "said", "a witness"),
            ("sourced", "writer", "said", "they"),
            ("framing", "writer", "absurd", "officials"),
        )
    )
    assert found.unnamed == (("officials", 2), ("a witness", 1))
    assert found.summary.unresolved == (("they", 1),)


def test_the_list_of_phrases_is_bounded() -> None:
    many = profile(document(*(("framing", "writer", f"words{number}", "") for number in range(3 * TOP))))
    assert len(many.phrases["framing"]) == TOP


def test_genres_are_counted_from_the_gold_articles() -> None:
    rows = [
        json.loads(line)
        for part in ("test", "train")
        for line in (ROOT / "labels" / "gold" / part / "genres.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    everything, *single = genres()
    assert sum(genre.articles for genre in single) == everything.articles == len({row["article"] for row in rows})
    wire = next(genre for genre in single if genre.name == "wire")
    assert Counter(dict(wire.counts)) == Counter(row["primary"] for row in rows if row["genre"] == "wire")
    for genre in genres():
        assert sum(shares(genre.counts).values()) == pytest.approx(1)


def test_an_empty_document_has_a_profile() -> None:
    empty = profile(Document("", (), MODEL, dict.fromkeys(MARK_LABELS, 0.5)))
    assert set(shares(empty.summary.counts).values()) == {0.0}
    assert charts.places_chart(empty, "light").to_dict()


@given(documents)
def test_every_share_and_place_belongs_to_a_sentence(document: Document) -> None:
    found = profile(document)
    numbers = {number for places in found.places.values() for number in places}
    assert numbers == set(range(1, len(document.sentences) + 1))
    for phrases in found.phrases.values():
        assert {number for phrase in phrases for number in phrase.sentences} <= numbers


def values(chart: Any) -> list[dict[str, Any]]:
    """The rows that a chart draws."""
    drawn = chart.to_dict()
    rows: list[dict[str, Any]] = drawn["datasets"][drawn["data"]["name"]]
    return rows


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_hold_what_their_tables_say(theme: str) -> None:
    found = profile(document(*[("framing", "writer", "absurd", ""), ("speculation", "writer", "may", "")] * 700))
    rows = values(charts.shares_chart(found, genres(), theme))
    first = {row["label"]: row["share"] for row in rows if row["text"] == "this text"}
    assert first == {"Sourced claim": 0, "Editorial framing": 0.5, "Speculation": 0.5, "Plain": 0}
    cells = '<th scope="row">this text</th><td>1</td><td>1400</td><td>0%</td><td>50%</td>'
    assert cells in charts.shares_table(found, genres())
    places = values(charts.places_chart(found, theme))
    assert len(places) <= 3 * charts.BANDS
    assert sum(row["sentences"] for row in places) == 1400
    words = charts.phrases_chart(found.phrases["speculation"], "speculation", 1400, theme)
    assert len(values(words)) == 700
    assert words.to_dict()["usermeta"]["embedOptions"]["actions"] is False


def test_tables_escape_what_they_are_given() -> None:
    table = charts.table("<b>", ("", "<i>"), [("<img src=x>", "\ud800\0&")])
    assert "<img" not in table
    assert "<td>?␀&amp;</td>" in table
    table.encode("utf-8")
