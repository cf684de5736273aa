"""Readings: both forms of file, and which sentence of one is which sentence of the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.corpus.writers import json_line
from annotator.evaluation.gold import SPAN_KEYS, Article, GoldSentence
from annotator.evaluation.readings import match, read
from annotator.marks import LABELS, MARK_LABELS, Document, Mark, Model, Sentence, Source

NOTHING: dict[str, Any] = {"primary": "plain", "marks": [], "source_kind": None, **{tag: [] for tag in SPAN_KEYS}}
SAID = {"primary": "sourced", "marks": ["sourced"], "source": ["Ilse Brandt"], "source_kind": "named", "cue": ["said"]}
HEDGED = {"primary": "speculation", "marks": ["speculation"], "speculation": ["may"]}
LOADED = {"primary": "framing", "marks": ["framing"], "framing": ["a sorry end"]}
QUOTE, DOUBT, END = "Ilse Brandt said no.", "The pier may close.", "It was a sorry end."


def row(text: str, answer: dict[str, Any] | None = None, article: str = "a") -> dict[str, Any]:
    return {"article": article, "text": text, **NOTHING, **(answer or {})}


def put(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def sentence(text: str, *marks: str, primary: str = "plain", **spans: tuple[tuple[int, int], ...]) -> GoldSentence:
    found = {**dict.fromkeys(SPAN_KEYS, ()), **spans}
    return GoldSentence(text, frozenset(marks), primary, found, "named" if "sourced" in marks else None)


def article(name: str, *sentences: GoldSentence | str) -> Article:
    return Article(name, tuple(sentence(one) if isinstance(one, str) else one for one in sentences))


def document(name: str | None, text: str, *, voice: str = "writer") -> Document:
    """One sentence that is sourced to its first two words; its hedge is in a given voice, too weak for the writer's."""
    scores = {"sourced": 0.9, "framing": 0.1, "speculation": 0.2}
    said, may = text.index("said"), text.index("may")
    marks = (Mark(said, said + 4, "sourced", "writer", 0.9), Mark(may, may + 3, "speculation", voice, 0.9))
    found = Sentence(
        text.index("Ilse"), len(text.rstrip()), "sourced", 0.9, ("sourced",), scores,
        dict.fromkeys(LABELS, 0.25), "named", marks, (Source(text.index("Ilse"), said - 1, "named", 0.9, 0),),
    )  # fmt: skip
    return Document(text, (found,), Model("toy", "1", "sha256:0"), dict.fromkeys(MARK_LABELS, 0.5), name)


def put_documents(path: Path, *documents: Document) -> Path:
    path.write_bytes(b"\n".join(json_line(one) for one in documents))
    return path


# --- matching ---


def test_sentences_meet_by_article_and_text_and_the_others_are_left_over() -> None:
    a = [article("a", "One.", "Two."), article("b", "One.", "Three.")]
    b = [article("b", "One.", "Four."), article("a", "New.", "One.", "Two.")]
    found = match(a, b)
    assert [(one.article, one.number, other.article, other.number) for one, other in found.pairs] == [
        ("a", 1, "a", 2),
        ("a", 2, "a", 3),
        ("b", 1, "b", 1),
    ]
    assert [one.sentence.text for one in found.only_a] == ["Three."]
    assert [one.sentence.text for one in found.only_b] == ["Four.", "New."]


def test_a_text_that_occurs_again_meets_in_order_or_not_at_all() -> None:
    pairs = match([article("a", "No.", "Yes.", "No.")], [article("a", "No.", "No.", "Yes.")]).pairs
    assert [(one.number, other.number) for one, other in pairs] == [(1, 1), (2, 3), (3, 2)]
    unsure = match([article("a", "No.", "Yes.", "No.")], [article("a", "No.", "Yes.")])
    assert [one.sentence.text for one, _ in unsure.pairs] == ["Yes."]
    assert (len(unsure.only_a), len(unsure.only_b)) == (2, 1)


def test_articles_that_are_named_differently_meet_by_text() -> None:
    found = match(
        [article("a", "One.", "Two."), article("b", "Two.")], [article("row 1", "One."), article("b", "Two.")]
    )
    assert [(one.article, other.article) for one, other in found.pairs] == [("a", "row 1"), ("b", "b")]
    assert [one.sentence.text for one in found.only_a] == ["Two."], "an article that is found is not left"


# --- files ---


def test_documents_are_read_with_the_words_that_they_show(tmp_path: Path) -> None:
    text = "\n😀 Ilse Brandt said it\u2028may rain.\n"
    weak, reported = document("a#0", text), document("a#1", text, voice="source")
    (found,) = read(put_documents(tmp_path / "a.jsonl", weak, reported))
    assert (found.id, len(found.sentences)) == ("a", 2)
    first, second = found.sentences
    assert first.text == text.strip("\n😀 ")
    assert (first.marks, first.primary, first.source_kind) == (frozenset({"sourced"}), "sourced", "named")
    assert [first.text[slice(*first.spans[tag][0])] for tag in ("source", "cue")] == ["Ilse Brandt", "said"]
    assert first.spans["speculation"] == first.spans["reported_speculation"] == ()
    assert [second.text[slice(*span)] for span in second.spans["reported_speculation"]] == ["may"]


@pytest.mark.parametrize("kind", ["gold", "documents"])
def test_a_byte_order_mark_changes_nothing(tmp_path: Path, kind: str) -> None:
    text = "Ilse Brandt said it may rain."
    path = tmp_path / "a.jsonl"
    path = put(path, row(text)) if kind == "gold" else put_documents(path, document("a#0", text))
    before = read(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read(path) == before


def test_documents_without_a_name_are_named_by_their_row(tmp_path: Path) -> None:
    path = put_documents(tmp_path / "a.jsonl", document(None, "Ilse said it may rain."))
    assert [one.id for one in read(path)] == ["row 1"]
