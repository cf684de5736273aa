"""How well sources are understood: named, unnamed or carried on, and who a pronoun or short name stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from annotator.evaluation.bootstrap import Figure, figure
from annotator.evaluation.counts import macro_f1, rate_figures, rates, resample, yes_no
from annotator.evaluation.gold import Span, locate
from annotator.evaluation.pairs import Pair, article_indices, where
from annotator.marks import KINDS, Source

ATTRIBUTED = (*KINDS, "carried")


def kind_figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """`kind/f1/<kind>` for named, unnamed and carried, `kind/macro-f1`, and `kind/accuracy`.

    Accuracy is over the sentences that the gold attributes; one not found to be sourced is wrong. Macro-F1 is over the
    kinds that occur in the gold.
    """
    article = article_indices(pairs)
    sides = {kind: _is_kind(pairs, kind) for kind in ATTRIBUTED}
    figures = {
        f"kind/f1/{kind}": rate_figures(article, items, len(pairs), int(items[:, 1].sum()))["f1"]
        for kind, items in sides.items()
    }
    counts = {kind: resample(article, items) for kind, items in sides.items() if items[:, 1].any()}
    if not counts:
        return figures
    attributed = sum(int(items[:, 1].sum()) for items in sides.values())
    figures["kind/macro-f1"] = figure(macro_f1(np.stack(list(counts.values()), axis=1)), attributed)
    figures["kind/accuracy"] = figure(rates(resample(article, np.sum(list(sides.values()), axis=0))).recall, attributed)
    return figures


def _is_kind(pairs: Sequence[Pair], kind: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    gold = where(pairs, lambda pair: pair.gold.source_kind == kind)
    return yes_no(gold, where(pairs, lambda pair: pair.guess.attribution == kind))


def resolution_figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """Figures on who pronouns and short names stand for; none without gold.

    `resolved/coverage`: of the gold's pronoun and short-name sources, the share that were given a referent, right or
    wrong. `resolved/precision`: of the gold's sources that were given one, the share whose referent overlaps the gold's
    ("Dr Ada Holm" for "Ada Holm"); `resolved/exact`: the share where it is the same words. A source that is none in the
    gold counts among the sources, not here.
    """
    items = np.array([_resolution(pair) for pair in pairs], dtype=np.float64)
    wanted, given = int(items[:, 1].sum()), int(items[:, 4].sum())
    if not wanted:
        return {}
    article = article_indices(pairs)
    found = {"resolved/coverage": rate_figures(article, items[:, [0, 1, 0, 0]], wanted, wanted)["recall"]}
    if given:
        for column, name in ((2, "precision"), (3, "exact")):
            rate = rate_figures(article, items[:, [0, 1, column, 4]], given, given)
            found[f"resolved/{name}"] = rate["precision"]
    return found


def _resolution(pair: Pair) -> tuple[int, int, int, int, int]:
    """Gold referents that were given any, gold referents; of the gold's sources given one, the same, exact, all."""
    given = [source for source in pair.guess.shown_sources if source.resolved]
    matches = list(_matches(pair, given))
    found = [(name, source) for name, source in matches if source]
    same = sum(_same(pair, name, source) for name, source in found)
    exact = sum(_resolved_text(pair, source) == name.casefold() for name, source in found)
    in_gold = sum(any(_meet(pair, source, place) for place in pair.gold.spans["source"]) for source in given)
    return len(found), len(matches), same, exact, max(in_gold, len(found))


def _same(pair: Pair, name: str, source: Source) -> bool:
    """Whether the resolved words overlap a place before the source where the gold's name stands."""
    start, end = source.resolved or (0, 0)
    places = re.finditer(re.escape(name), pair.document.text[: source.start], re.IGNORECASE)
    return any(start < place.end() and place.start() < end for place in places)


def _matches(pair: Pair, given: Sequence[Source]) -> Iterator[tuple[str, Source | None]]:
    """Each of the gold's referents, and the resolved source that stands where its pronoun or short name does."""
    for words, name in pair.gold.referents.items():
        places = [span for span in pair.gold.spans["source"] if pair.gold.text[slice(*span)] == words]
        places = places or list(locate(pair.gold.text, [words], near=None))
        yield name, next((one for one in given if any(_meet(pair, one, place) for place in places)), None)


def _meet(pair: Pair, source: Source, place: Span) -> bool:
    start = pair.guess.start
    return source.start - start < place[1] and place[0] < source.end - start


def _resolved_text(pair: Pair, source: Source) -> str:
    start, end = source.resolved or (0, 0)
    return pair.document.text[start:end].casefold()
