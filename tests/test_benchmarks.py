from __future__ import annotations

import hashlib
import importlib
from dataclasses import replace
from pathlib import Path
from threading import BrokenBarrierError

import pytest

from annotator.errors import InputError
from annotator.model_folder import find
from annotator.training.treebank import documents
from benchmarks import corpus, levels, sentences


def test_the_hard_cases_are_those_that_were_frozen() -> None:
    digest = hashlib.sha256(sentences.CASES.read_bytes()).hexdigest()
    assert digest == "6b23515e1a3e5b505f9f80f007f994ae9d72885099d81fb817a91104dd95542f"


def test_the_hard_cases_lose_no_character() -> None:
    cases = sentences.read_cases()
    assert len({case["id"] for case in cases}) == 200
    for case in cases:
        assert "".join("".join(case["sentences"]).split()) == "".join(case["text"].split()), case["id"]


def test_scores_count_boundaries() -> None:
    cases = [{"text": "One. Two. Three.", "sentences": ["One.", "Two.", "Three."]}]
    assert str(sentences.score(cases, lambda text: text.split())) == "1.000 (P 1.000, R 1.000, 1/1)"
    assert str(sentences.score(cases, lambda text: [text])).startswith("0.000 (P 0.000, R 0.000, 0/1")
    assert str(sentences.score(cases, lambda _: ["One.", "Two. Three."])).startswith("0.667 (P 1.000, R 0.500")


CONLLU = """\
# newdoc id = a
# newpar id = a-p1
# text = It rained.
1\tIt\t_
2\trained\tSpaceAfter=No
3\t.\tSpaceAfter=No

# text = Roe didn't.
1\tRoe\t_
2-3\tdidn't\tSpaceAfter=No
2\tdid\t_
3\tn't\t_
3.1\tcare\t_

# newpar id = a-p2
# text = Why?
1\tWhy\tSpaceAfter=No
2\t?\tSpaceAfter=No|Typo=Yes
"""


def test_treebank_documents_become_cases_of_a_paragraph(tmp_path: Path) -> None:
    files = tmp_path / "not-to-release"
    for name, content in (("file-lists/files.test", "news/a.conllu\nmail/b\n"), ("sources/news/a.conllu", CONLLU)):
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_text(content, encoding="utf-8")
    (article,) = documents(tmp_path, "test", kind="news/")
    assert article.text == "It rained.Roe didn't.\n\nWhy?"
    first, second = sentences.paragraphs(article)
    assert first == {"text": "It rained.Roe didn't.", "sentences": ["It rained.", "Roe didn't."]}
    assert second == {"text": "Why?", "sentences": ["Why?"]}
    with pytest.raises(InputError, match=r"b\.conllu"):
        documents(tmp_path, "test")


def test_the_table_tells_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert sentences.installed("peer", lambda: importlib.import_module("no_such_peer")) is None  # type: ignore[arg-type, return-value]
    assert "peer is left out: No module named 'no_such_peer'" in capsys.readouterr().out
    cases = [{"text": "One. Two.", "sentences": ["One.", "Two."]}]
    rows = list(sentences.table({"annotator": str.split}, {"set": cases}, {"annotator": 20.0, sentences.RIVAL: 10.0}))
    assert "| annotator | 1.000 (P 1.000, R 1.000, 1/1) | 20 | 2.00 |" in rows
    assert "| pysbd | not installed | – | – |" in rows


def test_no_two_sentences_of_the_corpus_benchmark_are_alike() -> None:
    texts = list(corpus.unlike(["One.\nTwo.", "Three."], 8))
    lines = "\n".join(texts).split("\n")
    assert lines[:4] == ["1 One.", "2 Two.", "3 Three.", "4 One."]
    assert len(set(lines)) == len(lines) == 8


def test_the_network_alone_reads_every_window_and_one_that_it_cannot_read_ends_the_run() -> None:
    windows = list(corpus.tokenised([{"text": "Two said.", "text_pair": ""}, {"text": "It may.", "text_pair": "No."}]))
    assert [len(one.ids) for one in windows] == [5, 8]
    for arrangement in corpus.arrangements(2):
        assert corpus.seconds(windows, arrangement) > 0
    torn = replace(windows[0], types=windows[0].types[:-1])
    with pytest.raises(BrokenBarrierError):
        corpus.seconds([torn], corpus.Arrangement(1, 1))


def test_shares_are_of_the_mean_of_what_was_read_twice(capsys: pytest.CaptureFixture[str]) -> None:
    bare, label = corpus.Arrangement(2, 1), corpus.Reading("label, all processes", 100.0, 3 << 20, 0.0025)
    corpus.report(1000, [corpus.Reading(str(bare), 120.0), label, corpus.Reading(str(bare), 130.0)])
    first, second, third, share = capsys.readouterr().out.splitlines()
    assert first.endswith("120.0/s")
    assert second.endswith("100.0/s       3 MB    2.50 ms of processor time a sentence")
    assert third.endswith("130.0/s")
    assert share == "label, all processes / bare, 2 x 1: 0.80"


def test_the_levels_are_compared_sentence_by_sentence(tmp_path: Path) -> None:
    texts = ["The mayor said no.\nIt may rain again.\nThe doors closed at noon.", "A shameful mess."]
    eager, never = levels.measure(find(None), texts, [0.0, 1.1])
    assert (never.settled, never.primary, never.labels) == (0, 1, 1)
    assert eager.settled > 0
    assert eager.macro < never.macro
    levels.draw([eager, never], 0.0, tmp_path / "curve.svg")
    assert "the standard level" in (tmp_path / "curve.svg").read_text(encoding="utf-8")


def test_lots_hold_every_text_once() -> None:
    texts = ["\n".join(["One."] * number) for number in (300, 200, 50)]
    assert list(levels.rounds(texts)) == [texts[:2], texts[2:]]
