from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from annotator import Annotator, Document
from annotator.corrections import Correction, correct
from tests.conftest import ROOT

SCHEMA = json.loads((ROOT / "docs/wire-format.schema.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/wire-format.md").read_text(encoding="utf-8")
TEXT = (
    "😀 The ministry said 14 bridges may close.\r\n\r\nHe was accused of lying.\n\n"
    'The move suggests a shift. "We lost," he said. A disgraceful end to a shameful week.'
)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA)


def test_real_output_is_of_the_schema(annotator: Annotator, validator: Draft202012Validator) -> None:
    for text in (TEXT, "", "\0"):
        document = annotator.annotate(text, id="a1")
        validator.validate(json.loads(json.dumps(document.to_dict())))
        validator.validate(json.loads(json.dumps(document.to_dict(with_text=False))))


def test_the_schema_refuses_what_is_not_of_it(annotator: Annotator, validator: Draft202012Validator) -> None:
    value = annotator.annotate(TEXT).to_dict()
    changes: list[dict[str, object]] = [{"format": 2}, {"sentences": None}, {"thresholds": {}}, {"extra": 1}]
    for change in changes:
        assert not validator.is_valid({**value, **change})
    value["sentences"][0]["label"] = "opinion"
    assert not validator.is_valid(value)


def test_a_corrected_sentence_is_of_the_schema(annotator: Annotator, validator: Draft202012Validator) -> None:
    document = annotator.annotate(TEXT)
    first = document.sentences[0]
    correction = Correction(0, document.text[first.start : first.end], "plain", (), ())
    value = correct(document, correction).to_dict()
    validator.validate(json.loads(json.dumps(value)))
    value["sentences"][0]["corrected"] = False
    assert not validator.is_valid(value), "what is not corrected says nothing of it"


def test_every_field_is_described(annotator: Annotator) -> None:
    value = annotator.annotate(TEXT).to_dict()
    for field in {*value, *value["sentences"][0], *SCHEMA["$defs"]["sentence"]["properties"]}:
        assert f"`{field}`" in PAGE, field


def test_the_example_in_the_page_is_of_the_schema(validator: Draft202012Validator) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    value = json.loads(example)
    value["model"]["digest"] = "sha256:" + "0" * 64
    value["text"] = "x" * 81
    validator.validate(value)
    assert Document.from_dict(value).sentences[0].attribution == "named"
