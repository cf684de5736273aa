from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator import Annotator, AnnotatorError, Document, model_folder
from annotator.errors import InputError, ModelError
from tests.conftest import hostile_text

ARTICLE = """Harbour talks stall

The port authority said on Monday that 14 berths would stay closed. "We are tired," said Ilse Brandt, who drives a
crane. "We are also right."

The dispute may drag on for weeks, and it has laid bare the arrogance of a management that stopped listening.
"""


def assert_sound(document: Document) -> None:
    end = 0
    for sentence in document.sentences:
        assert end <= sentence.start < sentence.end <= len(document.text)
        assert document.text[end : sentence.start].strip() == ""
        end = sentence.end
        for spans in (sentence.marks, sentence.sources):
            places = [(span.start, span.end) for span in spans]
            assert places == sorted(places)
            assert all(sentence.start <= start < stop <= sentence.end for start, stop in places)
    assert document.text[end:].strip() == ""


def test_an_article_is_pulled_apart(annotator: Annotator) -> None:
    document = annotator.annotate(ARTICLE, id="a1")
    assert_sound(document)
    assert document.id == "a1"
    assert document.language == "en"
    assert len(document.sentences) == 5
    assert [sentence.label for sentence in document.sentences[1:4]] == ["sourced"] * 3
    assert document.text[slice(*_span(document, 1))] == "The port authority"


def _span(document: Document, index: int) -> tuple[int, int]:
    source = document.sentences[index].sources[0]
    return source.start, source.end


@settings(max_examples=40)
@given(text=hostile_text)
def test_any_text_is_annotated_soundly_and_survives_the_wire(annotator: Annotator, text: str) -> None:
    document = annotator.annotate(text)
    assert document.text == text
    assert_sound(document)
    assert Document.from_dict(json.loads(json.dumps(document.to_dict()))) == document


@settings(max_examples=15)
@given(texts=st.lists(hostile_text, max_size=6), seed=st.integers(0, 99))
def test_an_answer_does_not_depend_on_company(annotator: Annotator, texts: list[str], seed: int) -> None:
    texts = [ARTICLE, *texts]
    alone = {text: annotator.annotate(text) for text in texts}
    random.Random(seed).shuffle(texts)  # noqa: S311
    assert list(annotator.annotate_many(texts)) == [alone[text] for text in texts]


def test_an_answer_does_not_depend_on_threads(annotator: Annotator) -> None:
    text = ARTICLE * 20
    assert (
        Annotator.load(threads=1).annotate(text) == Annotator.load(threads=5).annotate(text) == annotator.annotate(text)
    )


def test_a_paragraph_far_away_changes_nothing(annotator: Annotator) -> None:
    here = annotator.annotate(ARTICLE).sentences
    longer = annotator.annotate(ARTICLE + "\n\nNobody was hurt.").sentences
    assert longer[: len(here)] == here


def test_many_texts_are_read_lazily(annotator: Annotator) -> None:
    read = []

    def texts() -> object:
        for number in range(10_000):
            read.append(number)
            yield ARTICLE

    stream = annotator.annotate_many(texts())  # type: ignore[arg-type]
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert len(read) < 400


def test_one_thread_gives_a_text_before_it_takes_the_next() -> None:
    read = []

    def texts() -> Iterator[str]:
        for number in range(10):
            read.append(number)
            yield ARTICLE

    stream = Annotator.load(threads=1).annotate_many(texts())
    next(stream)
    assert read == [0]


@pytest.mark.parametrize("text", ["", " \n\t\r\n ", "\u2028"])
def test_a_blank_text_has_no_sentences(annotator: Annotator, text: str) -> None:
    assert annotator.annotate(text).sentences == ()
    assert annotator.annotate(text, unit="sentence").sentences == ()


def test_a_unit_of_one_sentence_is_not_split(annotator: Annotator) -> None:
    text = "  He left. She stayed.\n"
    (sentence,) = annotator.annotate(text, unit="sentence").sentences
    assert text[sentence.start : sentence.end] == "He left. She stayed."


def test_given_spans_are_the_sentences(annotator: Annotator) -> None:
    found = annotator.annotate("He left. She stayed.", spans=[(0, 8), (9, 20)]).sentences
    assert [(sentence.start, sentence.end) for sentence in found] == [(0, 8), (9, 20)]


def test_a_very_long_sentence_is_read_to_its_end(annotator: Annotator) -> None:
    text = "The list names " + "a crane, a berth, a ferry, " * 400 + 'and "a harbour," the port authority said.'
    (sentence,) = annotator.annotate(text, unit="sentence").sentences
    assert any(source.end > len(text) - 30 for source in sentence.sources)


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["text"]])
def test_what_is_no_text_is_refused(annotator: Annotator, value: object) -> None:
    with pytest.raises(InputError, match="string"):
        annotator.annotate(value)  # type: ignore[arg-type]


def test_an_unknown_unit_is_refused(annotator: Annotator) -> None:
    with pytest.raises(InputError, match="unit"):
        annotator.annotate("Hello.", unit="page")


def test_another_language_is_told(annotator: Annotator) -> None:
    german = "Die Regierung hat am Montag mitgeteilt, dass die Brücke im nächsten Jahr gesperrt werden muss."
    assert annotator.annotate(german).language == "de"


def copy_model(target: Path) -> Path:
    for name in model_folder.FILES:
        (target / name).write_bytes((model_folder.find(None) / name).read_bytes())
    return target


@pytest.mark.parametrize("name", model_folder.FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "garbage"])
def test_a_damaged_model_is_refused_in_one_line(tmp_path: Path, name: str, damage: str) -> None:
    path = copy_model(tmp_path) / name
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes({"empty": b"", "truncated": content[: len(content) // 2], "garbage": b"\x80\x00junk"}[damage])
    with pytest.raises(ModelError, match=name) as caught:
        Annotator.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    with pytest.raises(AnnotatorError, match="news-en-small"):
        Annotator.load("no-such-model")


def test_a_model_of_another_format_is_refused(tmp_path: Path) -> None:
    config = json.loads((copy_model(tmp_path) / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "format": 99}), encoding="utf-8")
    with pytest.raises(ModelError, match="format"):
        Annotator.load(tmp_path)


def test_the_digest_is_over_every_file(tmp_path: Path, annotator: Annotator) -> None:
    copy_model(tmp_path)
    assert Annotator.load(tmp_path).model == annotator.model
    config = tmp_path / "config.json"
    config.write_text(config.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert Annotator.load(tmp_path).model.digest != annotator.model.digest


@settings(max_examples=15)
@given(text=hostile_text, times=st.integers(1, 12))
def test_a_text_read_in_steps_ends_as_if_read_at_once(annotator: Annotator, text: str, times: int) -> None:
    text = f"{text}\n" * times
    reading = annotator.begin(text)
    while reading.done < reading.total:
        before = reading.done
        reading.step()
        assert before < reading.done <= reading.total
    assert reading.document(id="a") == annotator.annotate(text, id="a")


def test_a_text_read_in_part_has_its_first_sentences(annotator: Annotator) -> None:
    reading = annotator.begin(ARTICLE * 40)
    reading.step()
    part, whole = reading.document(), annotator.annotate(ARTICLE * 40)
    assert 0 < len(part.sentences) == reading.done < reading.total == len(whole.sentences)
    assert part.sentences == whole.sentences[: reading.done]
    assert part.text == whole.text


def test_one_thread_is_the_one_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Annotator.load(threads=1)
    seen: set[threading.Thread] = set()
    pieces = alone._pieces

    def watched(*place: Any) -> Any:
        seen.add(threading.current_thread())
        return pieces(*place)

    monkeypatch.setattr(alone, "_pieces", watched)
    assert len(list(alone.annotate_many([ARTICLE, ARTICLE]))) == 2
    alone.annotate(ARTICLE)
    alone.begin(ARTICLE).step()
    assert seen == {threading.current_thread()}


def test_two_threads_may_go_on_with_one_reading(annotator: Annotator) -> None:
    text = "The mayor said no. It is a disgrace. " * 60
    reading = annotator.begin(text)

    def read() -> None:
        while reading.done < reading.total:
            reading.step()
            reading.document()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(read) for _ in range(2)]:
            done.result()
    assert reading.document() == annotator.annotate(text)
