"""The table: every peer beside the annotator on each test set, and every peer that is missing with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.evaluation.bootstrap import Doubles, Figure, Integers, figure
from annotator.evaluation.counts import Bools, macro_f1, resample, two_class_figures, yes_no
from annotator.evaluation.ranking import auc
from annotator.marks import MARK_LABELS, PLAIN
from benchmarks.peers.corpora import Labelled, Training
from benchmarks.peers.learned import both_f1, choose_threshold, f1, fit_scores, fit_words
from benchmarks.peers.peer import Missing, Peer, Places, answers

Labels = NDArray[np.str_]

WORDS = "TF-IDF + logistic regression"
COMBINED = "all of the above, combined"
PRIMARY_ORDER = ("sourced", "speculation", "framing")
"""A sentence with several marks gets the first of these as its primary label."""


@dataclass(frozen=True)
class Scored:
    """What one peer says for one mark: scores of the sentences it is tuned on, and of each test set."""

    name: str
    mark: str
    tuned: Doubles
    tests: tuple[Doubles, ...]


@dataclass(frozen=True)
class Row:
    """A line of the table: figures by `<mark>/<score>` and `primary/macro-f1`, or why there are none.

    `thresholds` are the scores from which on the peer says yes, by mark, and `note` what it could not read.
    """

    name: str
    figures: Mapping[str, Figure]
    missing: str = ""
    thresholds: Mapping[str, float] | None = None
    note: str = ""


@dataclass(frozen=True)
class Section:
    """The rows of one test set; peers were fitted on `fitted_on`."""

    test: str
    fitted_on: str
    sentences: int
    marks: tuple[str, ...]
    primary: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Asked:
    """What was heard of all peers: their scores, who is `missing` and why, and `notes` by test set and peer."""

    tuned: Labelled
    scored: list[Scored]
    missing: list[tuple[Peer, str]]
    notes: list[dict[str, str]]


def measure(peers: Sequence[Peer], places: Places, training: Training, tests: Sequence[Labelled]) -> list[Section]:
    """Ask every peer that answers a mark of the test sets, which all tell of the same marks, about each of them.

    Whatever is fitted or chosen is so on `training` alone.
    """
    marks = [mark for mark in MARK_LABELS if mark in tests[0].gold]
    wanted = [peer for peer in peers if set(peer.marks) & set(marks)]
    asked = ask(wanted, places, training.labelled.part(training.tuned), tests)
    asked.scored.extend([_words(training, mark, tests) for mark in marks])
    asked.scored.extend([_combined(asked, mark) for mark in marks])
    return [_section(training.labelled.name, asked, test, index) for index, test in enumerate(tests)]


def ask(peers: Sequence[Peer], places: Places, tuned: Labelled, tests: Sequence[Labelled]) -> Asked:
    """Every peer's scores of the sentences it is tuned on and of all test sets."""
    asked = Asked(tuned, [], [], [{} for _ in tests])
    for peer in peers:
        try:
            own, *found = answers(peer, places, [tuned.articles, *(test.articles for test in tests)])
        except Missing as reason:
            asked.missing.append((peer, str(reason)))
            continue
        for column, mark in enumerate(peer.marks):
            columns = tuple(answer.scores[:, column] for answer in found)
            asked.scored.append(Scored(peer.name, mark, own.scores[:, column], columns))
        for notes, answer in zip(asked.notes, found, strict=True):
            notes.update({peer.name: answer.note} if answer.note else {})
    return asked


def _words(training: Training, mark: str, tests: Sequence[Labelled]) -> Scored:
    everything = training.labelled
    texts = [test.sentences for test in tests]
    own, *found = fit_words(everything.sentences, everything.gold[mark], everything.article, texts)
    return Scored(WORDS, mark, own[training.tuned[everything.article]], tuple(found))


def _combined(asked: Asked, mark: str) -> Scored:
    """Every score of every peer that was asked goes in, whatever mark it is for."""
    parts = [one for one in asked.scored if one.name != COMBINED]
    tests = [np.stack(columns, axis=1) for columns in zip(*(one.tests for one in parts), strict=True)]
    inputs = np.stack([one.tuned for one in parts], axis=1)
    own, *found = fit_scores(inputs, asked.tuned.gold[mark], asked.tuned.article, tests)
    return Scored(COMBINED, mark, own, tuple(found))


def _section(fitted_on: str, asked: Asked, test: Labelled, index: int) -> Section:
    relevant = [one for one in asked.scored if one.mark in test.gold]
    groups = {name: [one for one in relevant if one.name == name] for name in dict.fromkeys(s.name for s in relevant)}
    marks = tuple(mark for mark in MARK_LABELS if mark in test.gold)
    best = [tool for mark in marks if (tool := _best(relevant, asked.tuned, mark))]
    if len(best) == len(marks) > 1:
        groups[f"the best tool for each mark ({', '.join(one.name for one in best)})"] = best
    notes = asked.notes[index]
    rows = [_row(name, group, asked.tuned, test, index, notes.get(name, "")) for name, group in groups.items()]
    rows += [Row(peer.name, {}, why) for peer, why in asked.missing]
    return Section(test.name, fitted_on, len(test.sentences), marks, test.primary is not None, tuple(rows))


def _best(scored: Sequence[Scored], tuned: Labelled, mark: str) -> Scored | None:
    """The tool with the best training F1 for a mark, if there is any; what learned from our labels is no tool."""
    tools = [one for one in scored if one.mark == mark and one.name not in (WORDS, COMBINED)]
    gold = tuned.gold[mark]
    return max(tools, key=lambda one: f1(gold, one.tuned >= choose_threshold(gold, one.tuned, f1)), default=None)


def _row(name: str, group: Sequence[Scored], tuned: Labelled, test: Labelled, index: int, note: str) -> Row:
    """F1 is measured where F1 was best in training; on a corpus of one question, macro-F1 where macro-F1 was."""
    measured = both_f1 if test.primary is None else f1
    figures, thresholds, guesses = {}, {}, {}
    for one in group:
        thresholds[one.mark] = choose_threshold(tuned.gold[one.mark], one.tuned, measured)
        guesses[one.mark] = one.tests[index] >= thresholds[one.mark]
        found = two_class_figures(test.gold[one.mark], guesses[one.mark], test.article)
        ranked = len(np.unique(one.tuned)) > 2
        if ranked and (area := auc(test.gold[one.mark], one.tests[index], test.article)):
            found["auc"] = area
        figures.update({f"{one.mark}/{score}": value for score, value in found.items()})
    if test.primary is not None and set(guesses) == set(MARK_LABELS):
        figures["primary/macro-f1"] = primary_figure(test.primary, primary_labels(guesses), test.article)
    return Row(name, figures, thresholds=thresholds, note=note)


def primary_labels(guesses: Mapping[str, Bools]) -> Labels:
    """The primary label of each sentence from its marks, by PRIMARY_ORDER."""
    return np.select([guesses[mark] for mark in PRIMARY_ORDER], list(PRIMARY_ORDER), PLAIN)


def primary_figure(gold: Labels, guess: Labels, article: Integers) -> Figure:
    """Macro-F1 over the primary labels that occur in the gold."""
    classes = [resample(article, yes_no(gold == label, guess == label)) for label in np.unique(gold)]
    return figure(macro_f1(np.stack(classes, axis=1)), len(guess))


def markdown(section: Section, ours: Row) -> list[str]:
    """A section as a Markdown table, ours first, then from the best to the worst, at last what is missing."""
    heads = _heads(section)
    rows = sorted((row for row in section.rows if not row.missing), key=lambda row: _rank(row, heads), reverse=True)
    lines = [f"**{section.test}** ({section.sentences:,} sentences); fitted on: {section.fitted_on}", ""]
    lines += [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    lines += [_line(row, heads) for row in (ours, *rows)]
    lines += [f"| {row.name} | missing ({row.missing}) {'|' * len(heads)}" for row in section.rows if row.missing]
    notes = [f"{row.name}: {row.note}." for row in section.rows if row.note]
    return [*lines, "", *notes, *([""] if notes else [])]


def _heads(section: Section) -> dict[str, str]:
    """Column titles with the figure under each."""
    if not section.primary:
        (mark,) = section.marks
        return {score: f"{mark}/{score}" for score in ("macro-f1", "precision", "recall", "auc")}
    heads = {f"{mark} {score}": f"{mark}/{score}" for mark in section.marks for score in ("f1", "auc")}
    return {"primary macro-f1": "primary/macro-f1", **heads}


def _rank(row: Row, heads: Mapping[str, str]) -> tuple[float, float]:
    values = [row.figures[key].value for key in heads.values() if key in row.figures]
    return (float("primary/macro-f1" in row.figures), values[0] if values else 0.0)


def _line(row: Row, heads: Mapping[str, str]) -> str:
    return f"| {row.name} | {' | '.join(_cell(key, row.figures.get(key)) for key in heads.values())} |"


def _cell(key: str, value: Figure | None) -> str:
    if value is None:
        return ""
    with_interval = key.endswith(("/f1", "/macro-f1"))
    return (
        f"{_short(value.value)} [{_short(value.low)}, {_short(value.high)}]" if with_interval else _short(value.value)
    )


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
