from __future__ import annotations

import json
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.evaluation.bootstrap import Doubles, Integers
from annotator.evaluation.counts import Bools
from annotator.evaluation.gold import digest, read_gold
from annotator.marks import MARK_LABELS
from benchmarks.peers import hedges, learned, table, words
from benchmarks.peers.__main__ import PEERS, versions
from benchmarks.peers.corpora import Labelled, Training, marks_training, public_training
from benchmarks.peers.learned import both_f1, choose_threshold, cross_fit, f1
from benchmarks.peers.peer import Answer, Articles, Missing, Peer, Places, Reader, answers, flatten
from benchmarks.peers.quotations import covered, parse
from benchmarks.peers.table import COMBINED, WORDS, Row, markdown, measure, primary_figure, primary_labels
from tests.conftest import ROOT

SAID, LOADED, HEDGED, PLAIN = (
    "The warden said the gate was shut.",
    "A shameful farce of a gate.",
    "The gate may open soon.",
    "The gate is on Mill Lane.",
)
MARKED = {"sourced": SAID, "framing": LOADED, "speculation": HEDGED}


@pytest.fixture(autouse=True)
def one_strength(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cross-validation chooses is not tested here, and it takes its time."""
    monkeypatch.setattr(learned, "STRENGTHS", (1.0,))


def labelled(name: str, articles: int, *, flipped: bool = False) -> Labelled:
    """Articles of the four sentences; where they are `flipped`, the gold says the opposite of what they are."""
    texts = tuple((f"{SAID} {index}", LOADED, HEDGED, f"{PLAIN} {index}") for index in range(articles))
    gold = {
        mark: np.array([text.startswith(marked) != flipped for text in flatten(texts)])
        for mark, marked in MARKED.items()
    }
    primary = np.array(["sourced", "framing", "speculation", "plain"] * articles)
    return Labelled(name, texts, gold, primary)


def training(articles: int = 10) -> Training:
    return Training(labelled("training", articles), np.arange(articles) % 2 == 0)


def peer(name: str, marks: Sequence[str], read: Reader) -> Peer:
    return Peer(name, tuple(marks), "a question", lambda _: "1", lambda _: read)


def by_length(articles: Articles) -> Answer:
    return Answer(np.array([[float(len(text))] for text in flatten(articles)]))


def unable(_: Places) -> Reader:
    raise Missing("it stayed at home")


GONE = Peer("gone", ("framing",), "a question", lambda _: "1", unable)
LENGTH = peer("length", ["framing"], by_length)


def test_a_missing_peer_is_a_row_of_its_own() -> None:
    (section,) = measure([LENGTH, GONE], Places(), training(), [labelled("test", 4)])
    assert [row.missing for row in section.rows if row.name == "gone"] == ["it stayed at home"]
    lines = markdown(section, Row("ours", {}))
    assert [line for line in lines if line.startswith("| gone | missing (it stayed at home)")]
    widths = {line.count("|") for line in lines if line.startswith("|")}
    assert len(widths) == 1


def test_a_peer_that_is_missing_is_listed_with_what_would_bring_it() -> None:
    lines = "\n".join(versions(PEERS, Places()))
    assert all(one.name in lines for one in PEERS)
    for option in ("--sfu FOLDER", "--bsd FOLDER", "--write-good FOLDER"):
        assert re.search(rf"missing \(no folder given; use {option}", lines)
    wrong = Places(bsd=Path("nowhere"))
    assert "missing (nowhere holds no bsdetector/bias.py" in "\n".join(versions(PEERS, wrong))


def test_every_section_has_every_peer_that_answers_its_marks() -> None:
    tests = [
        labelled("marks", 4),
        Labelled("one", labelled("", 4).articles, {"framing": np.array([0, 1, 0, 0] * 4) > 0}),
    ]
    others = [peer("verbs", ["sourced"], by_length), peer("hedges", ["speculation"], by_length)]
    every, one = (measure([LENGTH, GONE, *others], Places(), training(), [test])[0] for test in tests)
    names = {row.name for row in every.rows}
    assert {"length", "gone", "verbs", "hedges", WORDS, COMBINED} <= names
    assert {row.name for row in one.rows} == {"length", "gone", WORDS, COMBINED}
    assert "the best tool for each mark (verbs, length, hedges)" in names
    rows = {row.name: row for row in every.rows}
    assert set(rows["length"].figures) == {
        f"framing/{score}" for score in ("f1", "precision", "recall", "macro-f1", "auc")
    }
    assert "primary/macro-f1" in rows[WORDS].figures
    assert rows[COMBINED].figures["sourced/f1"].value == 1


def test_there_is_no_best_tool_for_each_mark_where_a_mark_has_none() -> None:
    (section,) = measure([LENGTH], Places(), training(), [labelled("test", 4)])
    assert not [row.name for row in section.rows if row.name.startswith("the best tool")]


def test_thresholds_never_see_the_test_set() -> None:
    """Other texts, and the opposite gold, leave everything as it was that was chosen or fitted in training."""
    straight, flipped = labelled("a", 4), labelled("b", 7, flipped=True)
    runs = [measure([LENGTH], Places(), training(), [test]) for test in (straight, flipped)]
    both = measure([LENGTH], Places(), training(), [straight, flipped])
    chosen = [{row.name: row.thresholds for row in section.rows} for (section,) in runs]
    assert chosen[0] == chosen[1] == {row.name: row.thresholds for row in both[0].rows}
    assert all(chosen[0].values())


def test_what_a_peer_could_not_read_is_told_beside_its_test_set() -> None:
    def partly(articles: Articles) -> Answer:
        return Answer(by_length(articles).scores, "failed on 1 article" if len(articles) == 4 else "")

    sections = measure([peer("picky", ["framing"], partly)], Places(), training(), [labelled("a", 4), labelled("b", 3)])
    notes = ["\n".join(markdown(section, Row("ours", {}))) for section in sections]
    assert "picky: failed on 1 article." in notes[0]
    assert "picky:" not in notes[1]


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 3.0])), min_size=1, max_size=30),
    st.sampled_from([f1, both_f1]),
)
def test_a_threshold_is_the_best_that_does_not_say_yes_to_all(
    pairs: list[tuple[bool, float]], measured: Callable[[Bools, Bools], float]
) -> None:
    gold, score = np.array([yes for yes, _ in pairs]), np.array([value for _, value in pairs])
    threshold = choose_threshold(gold, score, measured)
    assert not (score >= threshold).all()
    for value in np.unique(score)[1:]:
        assert measured(gold, score >= threshold) >= measured(gold, score >= value)


def test_cross_fitting_scores_a_sentence_without_its_article() -> None:
    """Every article has its own answer by its own word; nothing can be learned from the others."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    article: Integers = np.repeat(np.arange(20), 3)
    texts = [f"word{index}" for index in article]
    gold = article % 2 == 0
    own, test = cross_fit(make_pipeline(CountVectorizer(), LogisticRegression()), texts, gold, article, [texts])
    assert not ((own > 0) == gold).all()
    assert np.unique(own).size <= 5
    assert len(test) == len(texts)


def test_an_answer_is_kept_and_other_articles_are_asked_anew(tmp_path: Path) -> None:
    opened: list[int] = []

    def reader(_: Places) -> Reader:
        opened.append(1)
        return lambda articles: Answer(by_length(articles).scores, "a note")

    one = Peer("one", ("framing",), "a question", lambda _: "1", reader)
    places, first, second = Places(cache=tmp_path), [["One. 😀"], ["Two."]], [["One. 😀", "Two."]]
    fresh, kept = answers(one, places, [first])[0], answers(one, places, [first])[0]
    assert len(opened) == 1
    np.testing.assert_array_equal(fresh.scores, kept.scores)
    assert kept.note == "a note"
    answers(one, places, [first, second])
    assert len(opened) == 2
    gone = Peer("one", ("framing",), "a question", lambda _: "1", unable)
    assert len(answers(gone, places, [first, second])) == 2
    with pytest.raises(Missing):
        answers(gone, places, [[["Three."]]])


class Sly:
    """Names something to be called when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return (eval, ("1 + 1",))


@pytest.mark.parametrize("value", [Sly(), OrderedDict(a=1), np.random.default_rng(0), Path("x")])
def test_the_unpickler_refuses_a_foreign_name(value: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match="only 6 names are allowed"):
        hedges.read_pickle(pickle.dumps(value))


def test_the_unpickler_reads_a_fitted_model_as_its_attributes() -> None:
    named = b"\x80\x02csklearn.linear_model.logistic\nLogisticRegression\nq\x00)\x81q\x01"
    state = pickle.dumps({"coef_": [[0.5]]}, protocol=2)[2:-1]
    model = hedges.read_pickle(named + state + b"b.")
    assert type(model) is hedges.Fitted
    assert vars(model) == {"coef_": [[0.5]]}


def test_hedge_features_are_of_a_word_and_its_window() -> None:
    row = [hedges.Word(*values) for values in (("It", "it", "PRP", "B-NP", "Aa"), ("may", "may", "MD", "B-VP", "a"))]
    found = hedges.features(row, 1)
    assert {"prefix_3_may", "root_-1_it", "pos_0_MD", "chunk_0_B-VP", "R_-1_it_C_0_B-VP", "pattern_-1_Aa"} <= found
    assert not any(name.startswith("root_1_") for name in found)
    assert hedges.shape("Covid-19") == "Aa!0"
    assert hedges.shape("") == ""


def test_chunks_are_noun_phrases_verbs_and_prepositions() -> None:
    import spacy
    from spacy.tokens import Doc

    texts = ["The", "gate", "may", "not", "open", "on", "Monday", "."]
    tags = ["DT", "NN", "MD", "RB", "VB", "IN", "NNP", "."]
    deps = ["det", "nsubj", "aux", "neg", "ROOT", "prep", "pobj", "punct"]
    kinds = ["DET", "NOUN", "AUX", "PART", "VERB", "ADP", "PROPN", "PUNCT"]
    vocab = spacy.blank("en").vocab
    document = Doc(vocab, words=texts, tags=tags, pos=kinds, deps=deps, heads=[1, 4, 4, 4, 4, 4, 5, 4])
    assert hedges.chunks(document) == ["B-NP", "I-NP", "B-VP", "I-VP", "I-VP", "B-PP", "B-NP", "O"]


def test_the_parser_keeps_the_sentences_as_given() -> None:
    import spacy

    sentences = ["😀 He left. She stayed!", "“No,” he said", "3 p.m."]
    document, spans = parse(spacy.blank("en"), sentences)
    assert [document.text[start:end] for start, end in spans] == sentences
    assert [sentence.text for sentence in document.sents] == sentences
    assert covered(spans, [(spans[1][0] + 1, spans[1][0] + 3)]) == [[0.0], [1.0], [0.0]]
    assert covered(spans, [(spans[0][1], spans[1][0])]) == [[0.0], [0.0], [0.0]]


def score(open_peer: Callable[[Places], Reader], text: str) -> float:
    return float(open_peer(Places())([[text]]).scores[0, 0])


def test_word_lists_match_whole_words_in_all_forms() -> None:
    assert score(words.open_hyland, "It MAY possibly rain, in our view; we couldn’t tell.") == 4
    assert score(words.open_hyland, "The Mayor was mighty.") == 0
    assert score(words.open_reporting, "She denied it, he is saying, according to both.") == 3
    assert score(words.open_reporting, "“No,” he admitted.") == 3
    assert score(words.open_reporting, "The essay stayed unread.") == 0


def test_the_faster_count_is_the_count_of_the_original() -> None:
    lexicon = ["vile", "vil*", "so called", "vile", "vi*"]
    lowered = "so called vile villain, so called"
    tokens = lowered.replace(",", "").split()
    slow = sum(token in lexicon for token in tokens)
    slow += sum(token.startswith(stem[:-1]) for token in tokens for stem in lexicon if stem.endswith("*"))
    slow += sum(lowered.count(phrase) for phrase in lexicon if " " in phrase)
    count = words.indexed_count()
    assert count(lexicon, tokens, lowered) == count(lexicon, tokens, lowered) == slow


def test_a_primary_label_is_the_first_in_order() -> None:
    yes, no = np.array([True]), np.array([False])
    assert primary_labels({"sourced": yes, "framing": yes, "speculation": yes}) == ["sourced"]
    assert primary_labels({"sourced": no, "framing": yes, "speculation": yes}) == ["speculation"]
    assert primary_labels({"sourced": no, "framing": yes, "speculation": no}) == ["framing"]
    assert primary_labels({"sourced": no, "framing": no, "speculation": no}) == ["plain"]
    gold, guess = np.array(["sourced", "sourced", "plain"]), np.array(["sourced", "framing", "plain"])
    assert primary_figure(gold, guess, np.arange(3)).value == pytest.approx((2 / 3 + 1) / 2)


def test_the_order_is_the_one_nearest_to_the_training_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = marks_training(None)
    running = ours.labelled.part(ours.tuned)
    assert running.primary is not None
    found = {}
    for order in permutations(MARK_LABELS):
        monkeypatch.setattr(table, "PRIMARY_ORDER", order)
        found[order] = primary_figure(running.primary, primary_labels(running.gold), running.article).value
    monkeypatch.undo()
    assert found[table.PRIMARY_ORDER] == max(found.values())


def test_training_marks_of_a_clone_are_apart_from_the_test_articles() -> None:
    ours = marks_training(None)
    tested = {
        digest(sentence.text)
        for path in (ROOT / "labels/gold/test").glob("*.jsonl")
        for article in read_gold(path)
        for sentence in article.sentences
    }
    assert not tested & {digest(text) for text in ours.labelled.sentences}
    tuned = ours.labelled.part(ours.tuned)
    assert 0 < len(tuned.sentences) < len(ours.labelled.sentences)
    assert len(tuned.article) == len(tuned.sentences) == len(tuned.gold["framing"])
    assert set(tuned.gold) == set(MARK_LABELS)


def test_held_back_sentences_leave_the_training_part_of_a_public_corpus(tmp_path: Path) -> None:
    (tmp_path / "framing").mkdir()
    rows = [{"text": text, "biased": text == LOADED} for text in (SAID, LOADED, PLAIN)]
    path = tmp_path / "framing/babe_train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ours = public_training("babe", tmp_path, [f" {SAID.upper()}"])
    assert ours.labelled.sentences == [LOADED, PLAIN]
    assert list(ours.labelled.gold["framing"]) == [True, False]


def test_a_part_keeps_texts_and_gold_together() -> None:
    whole = labelled("whole", 3)
    chosen: Bools = np.array([True, False, True])
    part = whole.part(chosen)
    assert part.articles == (whole.articles[0], whole.articles[2])
    scores: Doubles = np.array([text.startswith(HEDGED) for text in part.sentences], dtype=float)
    np.testing.assert_array_equal(part.gold["speculation"], scores > 0)
    assert part.primary is not None
    assert list(part.primary) == ["sourced", "framing", "speculation", "plain"] * 2


def test_every_package_of_a_peer_is_pinned_plainly() -> None:
    lines = (ROOT / "benchmarks/requirements-peers.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", line)] == []
    assert pins == sorted(pins, key=str.lower)
