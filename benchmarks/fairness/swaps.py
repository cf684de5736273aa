"""How far a sentence's probabilities move when a name in it is swapped.

A change is between two fillings of one slot of one template, everything else the same: the largest |Δp| over the marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annotator.evaluation.bootstrap import Figure, draw, figure
from annotator.marks import MARK_LABELS, Document, Sentence
from benchmarks.fairness.templates import HALVES, KINDS, Series, Value

ALL = "all"
PERCENTILE = 0.95

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Reader(Protocol):
    """What is measured: an `Annotator`, or anything that answers like one."""

    def annotate_many(self, texts: Iterable[str], *, unit: str) -> Iterator[Document]:
        """Documents in the order of the texts."""
        ...


@dataclass(frozen=True)
class Answers:
    """What the model said to the n fillings of a series: `scores` [n, 3] in the order of MARK_LABELS, the `labels`
    that apply and the `primary` one of each.
    """

    series: Series
    scores: Doubles
    labels: tuple[tuple[str, ...], ...]
    primary: tuple[str, ...]


@dataclass(frozen=True)
class Pairs:
    """All pairs of fillings of many series.

    Attributes:
        change: |Δp| of each pair and mark, [p, 3].
        labels, primary: whether the pair differs in any label, and in the primary one, [p].
        alike: whether its two values are of the same groups, [p]; none are where values have no groups.
        template: the place, among `templates` templates, of the one that a pair is from, [p].
        weight: one over the number of pairs of its series, [p]: every template and slot counts the same.

    """

    change: Doubles
    labels: Bools
    primary: Bools
    alike: Bools
    template: NDArray[np.int64]
    templates: int
    weight: Doubles


def answer(reader: Reader, series: Sequence[Series]) -> list[Answers]:
    """Read every filling, each as one sentence of its own."""
    texts = [text for one in series for text in one.texts]
    documents = iter(reader.annotate_many(texts, unit="sentence"))
    return [_answers(one, [next(documents).sentences[0] for _ in one.texts]) for one in series]


def choose(answers: Sequence[Answers], half: str, kind: str) -> list[Answers]:
    """The answers of a half and a kind of slot; ALL leaves either open."""
    halves, kinds = (HALVES if half == ALL else (half,)), (KINDS if kind == ALL else (kind,))
    return [one for one in answers if one.series.template.half in halves and one.series.kind in kinds]


def table(answers: Sequence[Answers]) -> list[dict[str, Any]]:
    """The figures of each half and kind of slot, and of all of them, with 95 % intervals over templates."""
    cells = [(half, kind, choose(answers, half, kind)) for half, kind in product((ALL, *HALVES), (ALL, *KINDS))]
    return [{"half": half, "slot": kind, **cell(chosen)} for half, kind, chosen in cells if chosen]


def cell(answers: Sequence[Answers]) -> dict[str, Any]:
    """95th percentile of the change in any mark and in each mark, and the share of swaps that change a label.

    `p95_alike` is over the pairs of the same groups alone (two names of one origin and gender, two parties of one
    side), `p95_from_mean` over the changes from a template's mean, `p95_largest` over the largest of each series.
    """
    pairs = pair_up(answers)
    weights = draw(pairs.templates)
    largest = np.array([np.ptp(one.scores, axis=0).max() for one in answers])
    from_mean = np.concatenate([np.abs(one.scores - one.scores.mean(axis=0)).max(axis=1) for one in answers])
    figures = {"p95": _percentiles(pairs.change.max(axis=1), pairs, weights)}
    figures |= {f"p95_{mark}": _percentiles(pairs.change[:, at], pairs, weights) for at, mark in enumerate(MARK_LABELS)}
    figures |= {
        "label_change": _shares(pairs.labels, pairs, weights),
        "primary_change": _shares(pairs.primary, pairs, weights),
    }
    counts = {"templates": pairs.templates, "series": len(answers), "pairs": len(pairs.weight)}
    return {
        **counts,
        **figures,
        "p95_alike": float(np.quantile(pairs.change[pairs.alike].max(axis=1), PERCENTILE))
        if pairs.alike.any()
        else None,
        "p95_from_mean": float(np.quantile(from_mean, PERCENTILE)),
        "p95_largest": float(np.quantile(largest, PERCENTILE)),
        "max": float(largest.max()),
    }


def pair_up(answers: Sequence[Answers]) -> Pairs:
    """All pairs of fillings within each series."""
    places = {index: place for place, index in enumerate(dict.fromkeys(one.series.index for one in answers))}
    parts = [(one, *np.triu_indices(len(one.primary), k=1)) for one in answers]
    return Pairs(
        change=np.concatenate([np.abs(one.scores[a] - one.scores[b]) for one, a, b in parts]),
        labels=np.concatenate([_differ(one.labels, a, b) for one, a, b in parts]),
        primary=np.concatenate([_differ(one.primary, a, b) for one, a, b in parts]),
        alike=np.concatenate([_alike(one.series.values, a, b) for one, a, b in parts]),
        template=np.concatenate([np.full(len(a), places[one.series.index]) for one, a, _ in parts]),
        templates=len(places),
        weight=np.concatenate([np.full(len(a), 1 / len(a)) for _, a, _ in parts]),
    )


def effects(answers: Sequence[Answers]) -> list[dict[str, Any]]:
    """Mean signed effect of each value and group on each mark, a half: p less the template's mean over all values.

    `range` holds the lowest and the highest effect on framing of a group's values: intervals are over templates and
    know nothing of other names. Persons count by group only: one name says nothing of the many who bear its like.
    """
    found = []
    for half, kind in product(HALVES, KINDS):
        chosen = choose(answers, half, kind)
        for name, members in _members(chosen[0].series if chosen else None).items():
            shifts = np.stack([(one.scores - one.scores.mean(axis=0))[members] for one in chosen])
            found.append({"half": half, "slot": kind, "value": name, **_effect(shifts)})
    return found


def worst(answers: Sequence[Answers], count: int) -> list[dict[str, Any]]:
    """The series with the largest change of any mark: its template, the two fillings, and p of that mark for each."""
    ranked = sorted(answers, key=lambda one: float(np.ptp(one.scores, axis=0).max()), reverse=True)
    return [_case(one) for one in ranked[:count]]


def agreement(answers: Sequence[Answers]) -> dict[str, dict[str, float]]:
    """How often the model gives each mark, by whether the template's writer does: mean over series, a half."""
    found: dict[str, dict[str, float]] = {}
    for half, mark in product(HALVES, MARK_LABELS):
        for wanted in (True, False):
            rates = [
                float(np.mean([mark in labels for labels in one.labels]))
                for one in choose(answers, half, ALL)
                if (mark in one.series.template.marks) == wanted
            ]
            if rates:
                found.setdefault(half, {})[f"{mark} {'meant' if wanted else 'not meant'}"] = float(np.mean(rates))
    return found


def _answers(series: Series, sentences: Sequence[Sentence]) -> Answers:
    scores = np.array([[sentence.scores[mark] for mark in MARK_LABELS] for sentence in sentences])
    return Answers(series, scores, tuple(one.labels for one in sentences), tuple(one.label for one in sentences))


def _differ(values: Sequence[Any], a: NDArray[np.int64], b: NDArray[np.int64]) -> Bools:
    return np.array([values[one] != values[other] for one, other in zip(a, b, strict=True)], dtype=bool)


def _alike(values: Sequence[Value], a: NDArray[np.int64], b: NDArray[np.int64]) -> Bools:
    pairs = zip(a, b, strict=True)
    return np.array([bool(values[i].groups) and values[i].groups == values[j].groups for i, j in pairs], dtype=bool)


def _percentiles(values: Doubles, pairs: Pairs, weights: Doubles) -> Figure:
    """The weighted percentile of the pairs' values, for every resample of templates."""
    order = np.argsort(values)
    ranked, template, weight = values[order], pairs.template[order], pairs.weight[order]
    found = []
    for row in weights:
        total = np.cumsum(row[template] * weight)
        found.append(ranked[np.searchsorted(total, PERCENTILE * total[-1])])
    return figure(np.array(found), len(values))


def _shares(flags: Bools, pairs: Pairs, weights: Doubles) -> Figure:
    hits = np.bincount(pairs.template, weights=flags * pairs.weight, minlength=pairs.templates)
    total = np.bincount(pairs.template, weights=pairs.weight, minlength=pairs.templates)
    return figure((weights @ hits) / (weights @ total), len(flags))


def _effect(shifts: Doubles) -> dict[str, Any]:
    """The effect of a group from `shifts` [templates, values of the group, marks]."""
    means = draw(len(shifts)) @ shifts.mean(axis=1) / len(shifts)
    each = shifts.mean(axis=0)[:, MARK_LABELS.index("framing")]
    marks = {mark: figure(means[:, at], len(shifts)) for at, mark in enumerate(MARK_LABELS)}
    return {**marks, "range": [float(each.min()), float(each.max())] if len(each) > 1 else None}


def _members(series: Series | None) -> dict[str, list[int]]:
    """The places of each value, and of each group's values, among the fillings of a kind."""
    found: dict[str, list[int]] = {}
    for place, value in enumerate(series.values if series else ()):
        for name in (*([] if value.kind == "person" else [value.name]), *value.groups):
            found.setdefault(name, []).append(place)
    return found


def _case(answers: Answers) -> dict[str, Any]:
    at = int(np.ptp(answers.scores, axis=0).argmax())
    column = answers.scores[:, at]
    low, high = int(column.argmin()), int(column.argmax())
    return {
        "template": answers.series.template.id,
        "slot": answers.series.kind,
        "mark": MARK_LABELS[at],
        "change": float(column[high] - column[low]),
        "low": {"text": answers.series.texts[low], "p": float(column[low])},
        "high": {"text": answers.series.texts[high], "p": float(column[high])},
    }
