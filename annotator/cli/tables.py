"""Figures as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from annotator.cli.console import spell
from annotator.cli.findings import plural
from annotator.evaluation.benchmarks import BenchmarkReport
from annotator.evaluation.bootstrap import Figure
from annotator.evaluation.corpora import BENCHMARKS
from annotator.evaluation.gold import SPAN_KEYS
from annotator.evaluation.report import Group, Report
from annotator.evaluation.sources import ATTRIBUTED
from annotator.marks import LABELS, MARK_LABELS

NONE = "–"


def article_tables(name: str, report: Report) -> list[RenderableType]:
    """Everything in a report but its curves: headline first, then words, sources, confusion and groups."""
    return [
        _title(name, report),
        _marks(report),
        _primary(report),
        _words(report),
        _sources(report),
        *([_referents(report)] if "resolved/coverage" in report.figures else []),
        _confusion(report.confusion),
        *(_groups(field, groups) for field, groups in report.groups.items()),
    ]


def benchmark_tables(report: BenchmarkReport) -> list[RenderableType]:
    """The answer to the corpus's own question beside the nearest mark, then both by outlet and leaning."""
    return [
        _title(report.name, report),
        _answers(report),
        *(_benchmark_groups(report.name, field, groups) for field, groups in report.groups.items()),
    ]


def number(value: float) -> str:
    """Three digits: .966, 1.00."""
    return "1.00" if value >= 0.9995 else f"{value:.3f}".replace("0.", ".", 1)


def interval(figure: Figure | None, articles: int) -> str:
    """A figure with its interval, which a single article has not; a dash where the gold holds nothing to find."""
    if figure is None or figure.support == 0:
        return NONE
    if articles < 2:
        return number(figure.value)
    return f"{number(figure.value)} [{number(figure.low)}, {number(figure.high)}]"


def _title(name: str, report: Report | BenchmarkReport) -> Text:
    model = f"{report.model.name} {report.model.version}"
    title = Text(spell(name), style="bold")
    counts = f"{plural(report.articles, 'article')}, {plural(report.sentences, 'sentence')}"
    title.append(f"   {counts}, {spell(model)}", style="not bold")
    if report.read:
        title.append(f"\nThe model was trained on {report.read:,} of these sentences: the figures flatter.", "yellow")
    return title


def _table(first: str, columns: Iterable[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="italic", pad_edge=False)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _marks(report: Report) -> Table:
    rows = [
        (
            mark,
            *_intervals(report, [f"{score}/{mark}" for score in ("f1", "precision", "recall", "auc")]),
            f"{number(report.calibration[mark].error.value)} (limit {number(report.calibration[mark].limit)})",
        )
        for mark in MARK_LABELS
    ]
    return _table("mark", ("F1", "precision", "recall", "AUC", "calibration error"), rows)


def _primary(report: Report) -> Table:
    names = ("primary/macro-f1", "primary/accuracy")
    return _table("", ("macro-F1", "accuracy"), [("primary label", *_intervals(report, names))])


def _words(report: Report) -> Table:
    names = ("words/{}", "exact/{}/f1", "overlap/{}/f1", "overlap/{}/precision", "overlap/{}/recall")
    rows = [(tag.replace("_", " "), *_intervals(report, [name.format(tag) for name in names])) for tag in SPAN_KEYS]
    columns = ("words, F1", "whole spans, F1", "overlap, F1", "overlap, precision", "overlap, recall")
    return _table("words shown", columns, rows)


def _sources(report: Report) -> Table:
    names = [*(f"kind/f1/{kind}" for kind in ATTRIBUTED), "kind/macro-f1", "kind/accuracy"]
    columns = [*(f"{kind}, F1" for kind in ATTRIBUTED), "macro-F1", "accuracy"]
    return _table("sources", columns, [("kind of source", *_intervals(report, names))])


def _referents(report: Report) -> Table:
    names = ("resolved/coverage", "resolved/precision", "resolved/exact")
    row = ("pronouns, short names", *_intervals(report, names))
    return _table("who sources are", ("found", "right", "the same words"), [row])


def _confusion(counts: Sequence[Sequence[int]]) -> Table:
    rows = [(label, *map(str, row)) for label, row in zip(LABELS, counts, strict=True)]
    return _table("gold \\ primary label given", LABELS, rows)


def _groups(field: str, groups: Mapping[str, Group]) -> Table:
    names = [*(f"f1/{mark}" for mark in MARK_LABELS), "primary/macro-f1"]
    columns = ("articles", "sentences", *(f"{mark}, F1" for mark in MARK_LABELS), "primary, macro-F1")
    rows = [
        (spell(value) or NONE, str(group.articles), str(group.sentences), *_intervals(group, names))
        for value, group in groups.items()
    ]
    return _table(field, columns, rows)


def _answers(report: BenchmarkReport) -> Table:
    names = ("macro-f1", "f1", "auc")
    rows = []
    for task in BENCHMARKS[report.name].tasks:
        for side, answer in (("head", "own question"), ("mark", f"mark {task.mark}")):
            keys = [f"{task.name}/{side}/{name}" for name in names]
            if not report.figures.keys().isdisjoint(keys):
                rows.append((f"{task.name}: {answer}", *_intervals(report, keys)))
    return _table("answered by", ("macro-F1", "F1", "AUC"), rows)


def _benchmark_groups(name: str, field: str, groups: Mapping[str, Group]) -> Table:
    sides = [f"{task.name}/{side}" for task in BENCHMARKS[name].tasks for side in ("head", "mark")]
    names = [f"{side}/macro-f1" for side in sides]
    rows = [(spell(value) or NONE, str(group.sentences), *_intervals(group, names)) for value, group in groups.items()]
    return _table(f"{field} (macro-F1)", ("sentences", *sides), rows)


def _intervals(measured: Report | BenchmarkReport | Group, names: Iterable[str]) -> list[str]:
    return [interval(measured.figures.get(name), measured.articles) for name in names]
