"""How far two readings of the same sentences agree, and where they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from annotator.errors import InputError
from annotator.evaluation.bootstrap import Doubles, Integers
from annotator.evaluation.counts import resample
from annotator.evaluation.gold import SPAN_KEYS, Article, GoldSentence
from annotator.evaluation.readings import Match, Pair, Reading, match
from annotator.marks import ATTRIBUTIONS, LABELS, MARK_LABELS

FORMAT = 1
"""Version of what `Report.to_dict` returns."""
YES_NO = ("no", "yes")
MOST_UNITS = 10_000
"""Units that the bootstrap draws from; it holds 16 kB for each. More articles than that are drawn in groups."""

Answer = Callable[[GoldSentence], str | None]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % bootstrap interval over articles.

    All three are None where the figure is undefined, the interval also where there is only one article.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LabelAgreement:
    """Agreement on one question.

    Attributes:
        n: how many sentences both answered; `a` and `b`, how often each reader gave each answer.
        table: the sentences by A's answer (row) and B's (column), in the order of `values`.

    """

    n: int
    a: dict[str, int]
    b: dict[str, int]
    values: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    same: Estimate
    kappa: Estimate
    alpha: Estimate


@dataclass(frozen=True)
class SpanAgreement:
    """Agreement on the words of one tag: spans on each side, F1 of those that are the same, F1 of their characters."""

    a: int
    b: int
    exact_f1: Estimate
    character_f1: Estimate


@dataclass(frozen=True)
class Disagreement:
    """A sentence read differently, and the kind of the difference in words."""

    kind: str
    a: Reading
    b: Reading


@dataclass(frozen=True)
class Report:
    """Agreement on each mark, on `primary` and `source_kind` (of what both hold for sourced), and on words by tag."""

    match: Match
    labels: dict[str, LabelAgreement]
    spans: dict[str, SpanAgreement]
    disagreements: tuple[Disagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; an undefined figure is null, and a span is [start, end) in its sentence."""
        return {
            "format": FORMAT,
            "sentences": len(self.match.pairs),
            "only_a": [_place(one) for one in self.match.only_a],
            "only_b": [_place(one) for one in self.match.only_b],
            "labels": {name: asdict(one) for name, one in self.labels.items()},
            "spans": {tag: asdict(one) for tag, one in self.spans.items()},
            "disagreements": [
                {"kind": one.kind, **_place(one.a), "a": _answer(one.a), "b": _answer(one.b)}
                for one in self.disagreements
            ],
        }


def report(a: Sequence[Article], b: Sequence[Article], *, spans: bool = False) -> Report:
    """Compare two readings; with `spans`, sentences that differ only in words or source kind are listed too.

    Raises:
        InputError: they have no sentence in common.

    """
    found = match(a, b)
    if not found.pairs:
        raise InputError("A and B have no sentence in common; annotate the same sentences, with the same boundaries")
    units = _units(found.pairs)
    return Report(
        found,
        {name: _on_labels(found.pairs, units, *question) for name, question in _questions().items()},
        {tag: _on_spans(found.pairs, units, tag) for tag in SPAN_KEYS},
        disagreements(found.pairs, spans=spans),
    )


def kappa(table: Doubles) -> Doubles:
    """Cohen's kappa (1960) of contingency tables [..., k, k]; NaN where both sides give one and the same answer only.

    It is scikit-learn's `cohen_kappa_score`, for a thousand resampled tables at once.
    """
    n = table.sum((-2, -1))
    alike = np.trace(table, axis1=-2, axis2=-1)
    by_chance = (table.sum(-1) * table.sum(-2)).sum(-1)
    return _ratio(n * alike - by_chance, n * n - by_chance)


def alpha(table: Doubles) -> Doubles:
    """Krippendorff's alpha for nominal data and two readers without gaps, of contingency tables [..., k, k].

    Computed from coincidences as in Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section B;
    NaN where one and the same answer only is given.
    """
    coincidences = table + np.swapaxes(table, -2, -1)
    n = coincidences.sum((-2, -1))
    different = n - np.trace(coincidences, axis1=-2, axis2=-1)
    by_chance = n * n - (coincidences.sum(-1) ** 2).sum(-1)
    return _ratio(by_chance - (n - 1) * different, by_chance)


def same(table: Doubles) -> Doubles:
    """The share of the answers that are the same, of contingency tables [..., k, k]; NaN without an answer."""
    return _ratio(np.trace(table, axis1=-2, axis2=-1), table.sum((-2, -1)))


def f1(counts: Doubles) -> Doubles:
    """F1 of counts [..., 3]: in both, A's and B's; the same from either side. NaN where neither has any."""
    return _ratio(2 * counts[..., 0], counts[..., 1] + counts[..., 2])


def disagreements(pairs: Sequence[Pair], *, spans: bool = False) -> tuple[Disagreement, ...]:
    """The sentences that differ in marks or primary label, then with `spans` those that differ only in words or
    source kind; the most frequent kind first.
    """
    differences = (_label_difference, _word_difference) if spans else (_label_difference,)
    return tuple(one for difference in differences for one in _listed(pairs, difference))


def _units(pairs: Sequence[Pair]) -> Integers:
    """What the bootstrap draws, as the index of each pair's unit [n]: its article.

    Where the sides divide the text differently, the larger articles count. More than MOST_UNITS articles are dealt
    into as many groups, which leaves the intervals of so many as they are.
    """
    names = min(([pair[side].article for pair in pairs] for side in (0, 1)), key=lambda side: len(set(side)))
    units = {name: place % MOST_UNITS for place, name in enumerate(sorted(set(names)))}
    return np.array([units[name] for name in names])


def _questions() -> dict[str, tuple[tuple[str, ...], Answer]]:
    """What readers are compared on: the possible answers, and how a sentence answers; None leaves it out."""
    return {
        **{mark: (YES_NO, partial(_carries, mark)) for mark in MARK_LABELS},
        "primary": (LABELS, lambda one: one.primary),
        "source_kind": (ATTRIBUTIONS, _source_kind),
    }


def _carries(mark: str, one: GoldSentence) -> str:
    return YES_NO[mark in one.marks]


def _source_kind(one: GoldSentence) -> str | None:
    return (one.source_kind or "none") if "sourced" in one.marks else None


def _on_labels(pairs: Sequence[Pair], units: Integers, values: tuple[str, ...], answer: Answer) -> LabelAgreement:
    cells = np.zeros((len(pairs), len(values), len(values)))
    for cell, (a, b) in zip(cells, pairs, strict=True):
        ours, theirs = answer(a.sentence), answer(b.sentence)
        if ours is not None and theirs is not None:
            cell[values.index(ours), values.index(theirs)] = 1
    tables = _resample(units, cells)
    table = tables[0].astype(np.int64)
    a_gave, b_gave = (dict(zip(values, table.sum(axis).tolist(), strict=True)) for axis in (1, 0))
    rows = tuple(map(tuple, table.tolist()))
    estimates = (_estimate(statistic(tables)) for statistic in (same, kappa, alpha))
    return LabelAgreement(int(table.sum()), a_gave, b_gave, values, rows, *estimates)


def _on_spans(pairs: Sequence[Pair], units: Integers, tag: str) -> SpanAgreement:
    sums = _resample(units, np.array([_in_common(*pair, tag) for pair in pairs], dtype=np.float64))
    _, a, b = map(int, sums[0, 0])
    return SpanAgreement(a, b, _estimate(f1(sums[:, 0])), _estimate(f1(sums[:, 1])))


def _in_common(a: Reading, b: Reading, tag: str) -> list[tuple[int, int, int]]:
    """Counts [2, 3]: of spans, then of characters, those in both, A's and B's."""
    spans = [set(one.sentence.spans[tag]) for one in (a, b)]
    characters = [{place for span in side for place in range(*span)} for side in spans]
    return [(len(ours & theirs), len(ours), len(theirs)) for ours, theirs in (spans, characters)]


def _resample(units: Integers, items: Doubles) -> Doubles:
    """Sums of `items` [n, ...] under every row of the bootstrap draw; of one unit there is nothing to draw."""
    flat = items.reshape(len(items), -1)
    sums = resample(units, flat) if units.any() else flat.sum(axis=0)
    return sums.reshape(-1, *items.shape[1:])


def _estimate(values: Doubles) -> Estimate:
    """The first value, with the percentile interval (Efron 1979) of the others that are defined."""
    value = float(values[0])
    if np.isnan(value):
        return Estimate(None, None, None)
    if len(values) == 1:
        return Estimate(value, None, None)
    low, high = np.nanpercentile(values[1:], [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def _ratio(part: Doubles, whole: Doubles) -> Doubles:
    ratio: Doubles = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole != 0)
    return ratio


def _listed(pairs: Sequence[Pair], difference: Callable[[Reading, Reading], str]) -> list[Disagreement]:
    found = [Disagreement(kind, *pair) for pair in pairs if (kind := difference(*pair))]
    often = Counter(one.kind for one in found)
    return sorted(found, key=lambda one: (-often[one.kind], one.kind))


def _label_difference(a: Reading, b: Reading) -> str:
    ours, theirs = a.sentence, b.sentence
    parts = [
        f"{mark} in {name} only"
        for name, more, less in (("A", ours.marks, theirs.marks), ("B", theirs.marks, ours.marks))
        for mark in MARK_LABELS
        if mark in more - less
    ]
    if ours.primary != theirs.primary:
        parts.append(f"primary label {ours.primary} in A, {theirs.primary} in B")
    return "; ".join(parts)


def _word_difference(a: Reading, b: Reading) -> str:
    """How sentences with the same labels differ."""
    if _label_difference(a, b):
        return ""
    tags = [tag for tag in SPAN_KEYS if set(a.sentence.spans[tag]) != set(b.sentence.spans[tag])]
    parts = [f"other words for {', '.join(tag.replace('_', ' ') for tag in tags)}"] if tags else []
    kinds = [one.sentence.source_kind or "none" for one in (a, b)]
    if kinds[0] != kinds[1]:
        parts.append(f"source kind {kinds[0]} in A, {kinds[1]} in B")
    return "; ".join(parts)


def _place(reading: Reading) -> dict[str, Any]:
    return {"article": reading.article, "number": reading.number, "text": reading.sentence.text}


def _answer(reading: Reading) -> dict[str, Any]:
    one = reading.sentence
    return {
        "primary": one.primary,
        "marks": [mark for mark in MARK_LABELS if mark in one.marks],
        "source_kind": one.source_kind,
        "spans": {tag: [list(span) for span in sorted(set(one.spans[tag]))] for tag in SPAN_KEYS},
    }
