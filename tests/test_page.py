"""What the reading view is handed, and the parts of it that need no browser."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from annotator import page
from annotator.corrections import WORD
from annotator.errors import InputError
from annotator.labels import load_labels
from annotator.marks import LABELS, MARK_LABELS, Document, Mark, Model, Sentence, Source, check_thresholds
from annotator.page import intake
from tests.conftest import ROOT
from tests.test_render import documents

CASES = json.loads((Path(__file__).parent / "labels_at.json").read_text(encoding="utf-8"))
"""Labels under given thresholds; the component's own function is held to the same cases in a browser."""

TEXT = 'Lena Voss left. She said it "may" rain. 🌧 Shameful!'


def utf16(text: str) -> bytes:
    """As JavaScript holds it: two surrogates that meet are one character."""
    return text.encode("utf-16", "surrogatepass")


@pytest.fixture
def document() -> Document:
    """A plain sentence, one whose source is resolved, and one whose mark is below its threshold."""
    scores, primary = dict.fromkeys(MARK_LABELS, 0.1), dict.fromkeys(LABELS, 0.25)
    said, may = Mark(20, 24, "sourced", "writer", 0.9), Mark(29, 32, "speculation", "source", 0.8)
    she = Source(16, 19, "named", 0.95, cue=0, resolved=(0, 9))
    shameful = Mark(42, 50, "framing", "writer", 0.2)
    sourced = {**scores, "sourced": 0.9}
    sentences = (
        Sentence(0, 15, "plain", 0.25, (), scores, primary),
        Sentence(16, 39, "sourced", 0.25, ("sourced",), sourced, primary, "named", (said, may), (she,)),
        Sentence(42, 51, "plain", 0.25, (), scores, primary, marks=(shameful,)),
    )
    return Document(TEXT, sentences, Model("m", "1", "sha256:0"), dict.fromkeys(MARK_LABELS, 0.5))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_labels_follow_the_thresholds(case: dict[str, Any]) -> None:
    marks = tuple(Mark(0, 4, label, "writer", 0.9) for label in MARK_LABELS)
    sources = tuple(Source(0, 4, kind, 0.9) for kind in case["sources"])
    one = Sentence(0, 4, "plain", 0.0, (), case["scores"], case["primary"], marks=marks, sources=sources)
    given_text = Document("Word", (one,), Model("m", "1", "sha256:0"), dict.fromkeys(MARK_LABELS, 0.5))
    (moved,) = given_text.at(case["thresholds"]).sentences
    found = {name: getattr(moved, name) for name in case["expected"]}
    assert {**found, "labels": list(moved.labels)} == case["expected"]


@given(documents)
def test_the_page_is_handed_the_whole_text_and_no_offsets(document: Document) -> None:
    parts = json.loads(json.dumps(page.view(document)))["parts"]
    runs = (part if isinstance(part, str) else "".join(piece["text"] for piece in part["pieces"]) for part in parts)
    assert utf16("".join(runs)) == utf16(document.text)
    sentences = [part for part in parts if not isinstance(part, str)]
    assert all(set(piece) <= {"text", "marks", "sources"} for part in sentences for piece in part["pieces"])
    assert not any({"start", "end"} & set(span) for part in sentences for span in part["marks"] + part["sources"])


@given(documents)
def test_pieces_put_together_are_the_words_of_their_marks(document: Document) -> None:
    parts = [part for part in page.view(document)["parts"] if not isinstance(part, str)]
    for part, sentence in zip(parts, document.sentences, strict=True):
        kinds: dict[str, Sequence[Mark | Source]] = {"marks": sentence.marks, "sources": sentence.sources}
        for kind, spans in kinds.items():
            for place, span in enumerate(spans):
                joined = "".join(piece["text"] for piece in part["pieces"] if place in piece.get(kind, []))
                assert joined == document.text[span.start : span.end]


def test_marks_below_their_threshold_come_along(document: Document) -> None:
    last = page.view(document)["parts"][-1]
    assert last["label"] == "plain"
    assert last["marks"] == [{"label": "framing", "voice": "writer", "score": 0.2}]
    assert [piece["text"] for piece in last["pieces"] if "marks" in piece] == ["Shameful"]


def test_a_source_tells_its_kind_and_whom_it_stands_for(document: Document) -> None:
    said = page.view(document)["parts"][2]
    assert said["sources"] == [{"kind": "named", "score": 0.95, "resolved": "Lena Voss"}]
    assert said["pieces"][0] == {"text": "She", "sources": [0]}


def test_thresholds_come_with_the_range_they_can_be_moved_in(document: Document) -> None:
    handed = page.view(document)
    assert handed["thresholds"] == document.thresholds
    for edge in handed["range"]:
        assert set(check_thresholds(dict.fromkeys(MARK_LABELS, edge)).values()) == {edge}


def test_a_corrected_sentence_is_told_apart(document: Document) -> None:
    first, said, last = document.sentences
    corrected = replace(document, sentences=(first, replace(said, corrected=True), last))
    assert [part.get("corrected") for part in page.view(corrected)["parts"] if not isinstance(part, str)] == [
        *(None, True, None),
    ]


def test_words_are_counted_by_one_pattern(document: Document) -> None:
    assert page.view(document)["word"] == WORD
    assert "data.word" in page.script()


def test_a_second_text_is_bounded() -> None:
    longest = "a" * intake.LONGEST_COMPARED
    assert intake.comparable(longest) == longest
    with pytest.raises(InputError, match=r"300,001 characters.*300,000.*annotator compare A B"):
        intake.comparable(f"{longest}a")
    with pytest.raises(InputError, match="no second text"):
        intake.comparable(" \n")


def test_the_component_never_parses_text_as_html_and_asks_nobody() -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|XMLHttpRequest|import\("
    assert not re.search(forbidden, page.script())
    assert set(re.findall(r"https?:[^\"]+", page.script())) == {"http://www.w3.org/2000/svg"}


def test_the_scripts_are_joined_whole() -> None:
    assert {path.name for path in page._HERE.glob("*.js")} == set(page.SCRIPTS)
    assert page.script().count("export default") == 1
    assert not re.search(r"^import ", page.script(), flags=re.MULTILINE)


def test_labels_in_the_script_are_those_of_the_scheme() -> None:
    found = re.search(r"const MARK_LABELS = (\[.*\]);", page.script())
    assert found
    assert tuple(json.loads(found[1])) == MARK_LABELS


def test_the_style_tells_labels_apart_without_colour() -> None:
    lines = re.findall(r"--line: (\w+)", page.style())
    symbols = re.findall(r'--symbol: "(.)"', page.style())
    assert len(set(lines)) == len(set(symbols)) == len(load_labels())


def test_the_browser_tests_bring_their_checker_along() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert any(need.startswith("axe-playwright-python") for need in project["project"]["optional-dependencies"]["test"])
