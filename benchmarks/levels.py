"""The faster level against the standard one: `python -m benchmarks.levels [--data FOLDER] [--plot FILE]`.

On real sentences that neither level was trained on, for each probability from which the first stage may settle a
sentence: sentences a second of both levels in alternation, one thread each; the share that is settled; how many
sentences have the same primary label and the same set of labels; and primary macro-F1 on the gold test articles. For
the model's own setting, every figure on the gold test articles by genre at both levels.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from annotator import Annotator, model_folder
from annotator.corpus import cascade
from annotator.corpus.cache import CachedAnnotator
from annotator.corpus.cascade import CascadeAnnotator
from annotator.evaluation import plots
from annotator.evaluation.gold import Article, read_gold
from annotator.evaluation.scores import evaluate
from annotator.marks import Sentence
from annotator.places import folder
from annotator.training import data

SURE = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
MACRO = "primary/macro-f1"
ROUND = 400
"""Sentences that each level reads before the other one's turn."""


@dataclass(frozen=True)
class Point:
    """One setting of the faster level: `speed` as a multiple of the standard one, shares 0 to 1, macro-F1 on gold."""

    sure: float
    speed: float
    settled: float
    primary: float
    labels: float
    macro: float


def main() -> None:
    """Measure every setting and print a line for each; draw the curve where a file is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levels", description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the corpora")
    parser.add_argument("--model", type=Path, default=model_folder.find(None))
    parser.add_argument("--sentences", type=int, default=20000)
    parser.add_argument("--sure", type=float, nargs="+", default=SURE, help="settings to try besides the model's own")
    parser.add_argument("--plot", type=Path, help="SVG file to draw the curve in")
    options = parser.parse_args()
    unread = data.unread(options.data, data.load(options.data))
    texts = articles([one for one in unread if not data.in_calib(one.article)], options.sentences)
    own = cascade.read_config(options.model / cascade.FOLDER).sure
    standard = evaluate(Annotator(options.model), gold())[MACRO].value
    print(f"{len(texts)} articles; standard: primary macro-F1 {standard:.3f} on the gold test articles")
    points = measure(options.model, texts, sorted({*options.sure, own}))
    for point in points:
        print(line(point, " (the model's own)" if point.sure == own else ""), flush=True)
    print_words(options.model)
    if options.plot:
        draw(points, own, options.plot)


def articles(examples: Sequence[data.Example], most: int) -> list[str]:
    """Whole articles, a sentence a line, of about `most` sentences."""
    groups = groupby(examples[:most], key=lambda one: one.article)
    return ["\n".join(one.text for one in group) for _, group in groups]


def print_words(model: Path) -> None:
    """Marks and words on the articles by genre, at the standard and at the fast level."""
    articles = read_gold(folder("labels") / "gold" / "test" / "genres.jsonl")
    close, quick = (evaluate(one, articles) for one in (Annotator(model), CascadeAnnotator(model)))
    for name in close:
        print(f"{name}: {close[name].value:.3f} standard, {quick[name].value:.3f} fast")


def gold() -> list[Article]:
    """All gold test articles."""
    return [
        article for path in sorted((folder("labels") / "gold" / "test").glob("*.jsonl")) for article in read_gold(path)
    ]


def measure(model: Path, texts: Sequence[str], settings: Sequence[float]) -> list[Point]:
    """The standard level and each setting on the same texts in turn: what else the machine does befalls all of them."""
    standard = CachedAnnotator(model, 1)
    readers = [CascadeAnnotator(model, 1, sure=sure) for sure in settings]
    seconds = np.zeros(1 + len(readers))
    pairs: list[list[tuple[Sentence, Sentence]]] = [[] for _ in readers]
    for share in rounds(texts):
        close, seconds[0] = timed(standard, share, seconds[0])
        for place, reader in enumerate(readers, 1):
            quick, seconds[place] = timed(reader, share, seconds[place])
            pairs[place - 1] += zip(quick, close, strict=True)
    speeds = (seconds[0] / seconds[1:]).tolist()
    return [point(*one, model) for one in zip(readers, settings, speeds, pairs, strict=True)]


def timed(annotator: Annotator, texts: Iterable[str], before: float) -> tuple[list[Sentence], float]:
    """The sentences of the texts, and the seconds that they took, added to those before."""
    start = time.perf_counter()
    found = [one for text in texts for one in annotator.annotate(text).sentences]
    return found, before + time.perf_counter() - start


def point(
    reader: CascadeAnnotator, sure: float, speed: float, pairs: Sequence[tuple[Sentence, Sentence]], model: Path
) -> Point:
    """What came of one setting."""
    return Point(
        sure=sure,
        speed=speed,
        settled=reader.settled / len(pairs),
        primary=sum(one.label == other.label for one, other in pairs) / len(pairs),
        labels=sum(one.labels == other.labels for one, other in pairs) / len(pairs),
        macro=evaluate(CascadeAnnotator(model, sure=sure), gold())[MACRO].value,
    )


def rounds(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts in lots of about ROUND sentences."""
    lot: list[str] = []
    for text in texts:
        lot.append(text)
        if sum(one.count("\n") + 1 for one in lot) >= ROUND:
            yield lot
            lot = []
    if lot:
        yield lot


def line(point: Point, note: str) -> str:
    """A setting in words."""
    return (
        f"sure at {point.sure:.2f}: {point.speed:.2f} x the standard level, {point.settled:.1%} settled, same primary"
        f" label {point.primary:.2%}, same labels {point.labels:.2%}, gold macro-F1 {point.macro:.3f}{note}"
    )


def draw(points: Sequence[Point], own: float, path: Path) -> None:
    """The curve of agreement over speed, with the model's own setting marked."""
    import altair as alt

    rows = [{**asdict(point), "setting": "shipped" if point.sure == own else "other"} for point in points]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("speed:Q", title="speed, as a multiple of the standard level", scale=alt.Scale(zero=False)),
        y=alt.Y(
            "primary:Q",
            title="sentences with the same primary label",
            axis=alt.Axis(format=".0%"),
            scale=alt.Scale(zero=False),
        ),
    )
    marks = base.mark_point(filled=True, size=70).encode(shape=alt.Shape("setting:N", title=None))
    names = base.mark_text(align="left", dx=7, dy=-5).encode(text=alt.Text("sure:Q", format=".2f"))
    path.write_text(plots.to_svg(base.mark_line() + marks + names), encoding="utf-8")


if __name__ == "__main__":
    main()
