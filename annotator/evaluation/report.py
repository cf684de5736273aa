"""Everything that is measured on annotated articles, in one value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from annotator.errors import ModelError
from annotator.evaluation import scores, sources, spans
from annotator.evaluation.bootstrap import Figure
from annotator.evaluation.calibration import Calibration, calibration
from annotator.evaluation.gold import FIELDS, Article, digest
from annotator.evaluation.pairs import Pair, annotate, article_indices, probabilities
from annotator.evaluation.ranking import Curve, curve
from annotator.marks import MARK_LABELS, Model
from annotator.pipeline import Annotator


@dataclass(frozen=True)
class Group:
    """A part of what was measured: one genre, one corpus, one outlet, one leaning."""

    articles: int
    sentences: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Report:
    """How a model does on annotated articles.

    Attributes:
        read: how many of the sentences the model was trained on; unless it is 0, the figures flatter.
        figures: by name, see `scores`, `spans` and `sources`; `calibration/<mark>` is the expected calibration error.
        confusion: primary labels, gold in rows and guesses in columns, in the order of LABELS.
        calibration, curves: reliability, and precision against recall, by mark.
        groups: by field and its value, where the articles differ in a field.

    """

    model: Model
    articles: int
    sentences: int
    read: int
    figures: Mapping[str, Figure]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Mapping[str, Calibration]
    curves: Mapping[str, Curve]
    groups: Mapping[str, Mapping[str, Group]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def measure(annotator: Annotator, articles: Sequence[Article], read: AbstractSet[str] = frozenset()) -> Report:
    """Annotate articles within their gold sentence boundaries, and measure everything.

    `read` are the digests of the sentences that the model was trained on, from `digests_read`.
    """
    pairs = annotate(annotator, articles)
    reliability = {mark: _calibration(pairs, mark) for mark in MARK_LABELS}
    return Report(
        model=annotator.model,
        articles=len(articles),
        sentences=len(pairs),
        read=sum(digest(pair.gold.text) in read for pair in pairs),
        figures=_figures(pairs, reliability),
        confusion=scores.confusion(pairs),
        calibration=reliability,
        curves={mark: curve(scores.gold_marked(pairs, mark), probabilities(pairs, mark)) for mark in MARK_LABELS},
        groups=_groups(pairs),
    )


def digests_read(folder: Path) -> frozenset[str]:
    """Digests (`gold.digest`) of the sentences that a model was trained on, none where its folder does not say.

    Raises:
        ModelError: its `metrics.json` cannot be read.

    """
    path = folder / "metrics.json"
    if not path.exists():
        return frozenset()
    try:
        read = json.loads(path.read_text(encoding="utf-8")).get("read", {})
        return frozenset(one for side in read.values() for one in side.split())
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"cannot read {path}: {error}; restore the model folder") from error


def _figures(pairs: Sequence[Pair], reliability: Mapping[str, Calibration]) -> dict[str, Figure]:
    return {
        **scores.label_figures(pairs),
        **spans.word_figures(pairs),
        **spans.span_figures(pairs),
        **sources.kind_figures(pairs),
        **sources.resolution_figures(pairs),
        **{f"calibration/{mark}": found.error for mark, found in reliability.items()},
    }


def _calibration(pairs: Sequence[Pair], mark: str) -> Calibration:
    return calibration(scores.gold_marked(pairs, mark), probabilities(pairs, mark), article_indices(pairs))


def _groups(pairs: Sequence[Pair]) -> dict[str, dict[str, Group]]:
    groups: dict[str, dict[str, Group]] = {}
    for field in FIELDS:
        parts: dict[str, list[Pair]] = {}
        for pair in pairs:
            parts.setdefault(getattr(pair.article, field), []).append(pair)
        if len(parts) > 1:
            groups[field] = {value: _group(parts[value]) for value in sorted(parts)}
    return groups


def _group(pairs: Sequence[Pair]) -> Group:
    return Group(int(article_indices(pairs).max()) + 1, len(pairs), scores.label_figures(pairs))
