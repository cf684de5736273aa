"""Plots of a report as SVG files, in the colours of the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.evaluation.calibration import Calibration
from annotator.evaluation.gold import FIELDS
from annotator.evaluation.report import Group, Report
from annotator.labels import load_labels
from annotator.marks import LABELS, MARK_LABELS

if TYPE_CHECKING:
    import altair as alt

SIDE = 240
"""Width and height of one panel, in pixels."""
INK, FAINT, GRID = "#3d4450", "#b4bac4", "#e9ecf0"
NOT_GIVEN = "not given"
KINDS = ("reliability", "precision-recall", "confusion", *FIELDS)
"""What may be drawn; the last part of a plot's name."""


def draw(report: Report, folder: Path, name: str) -> list[Path]:
    """Write `<name>-reliability.svg`, `-precision-recall.svg`, `-confusion.svg`, and `-<field>.svg` for every field
    that the report is broken down by; the folder is made where it is missing.
    """
    charts = {
        "reliability": reliability(report.calibration),
        "precision-recall": precision_recall(report),
        "confusion": confusion(report),
        **{field: by_group(report, field) for field in report.groups},
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind, chart in charts.items():
        paths.append(folder / f"{name}-{kind}.svg")
        paths[-1].write_text(to_svg(chart), encoding="utf-8")
    return paths


def to_svg(chart: alt.TopLevelMixin) -> str:
    """A chart as SVG, drawn without a browser and without a network."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(chart.to_dict())
    return svg


def reliability(found: Mapping[str, Calibration]) -> alt.HConcatChart:
    """Observed share against predicted probability, a panel a mark; the diagonal is where the two agree."""
    panels = [_reliability(found[mark], mark) for mark in MARK_LABELS]
    return _panels(panels, "Do the probabilities mean what they say?")


def precision_recall(report: Report) -> alt.HConcatChart:
    """Precision against recall over all thresholds, a panel a mark; the dot is the threshold in use."""
    return _panels([_precision_recall(report, mark) for mark in MARK_LABELS], "Precision against recall")


def confusion(report: Report) -> alt.HConcatChart:
    """Primary labels, gold in rows: the number of sentences, shaded by its share of the row."""
    import altair as alt

    names = _names()
    rows = [
        {"gold": names[gold], "given": names[guess], "n": n, "share": n / max(1, sum(counts))}
        for gold, counts in zip(LABELS, report.confusion, strict=True)
        for guess, n in zip(LABELS, counts, strict=True)
    ]
    axis = {"sort": [names[label] for label in LABELS], "type": "nominal"}
    base = alt.Chart(alt.Data(values=rows), width=2 * SIDE, height=SIDE).encode(
        x=alt.X(field="given", title="Primary label given", axis=alt.Axis(labelAngle=0, orient="top"), **axis),
        y=alt.Y(field="gold", title="Primary label in the gold", **axis),
    )
    scale = alt.Scale(domain=[0, 1], range=["#ffffff", _ink("sourced")], interpolate="rgb")
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "share:Q", scale=scale, title="share of row", legend=alt.Legend(format="%", titleFontWeight="normal")
        )
    )
    numbers = base.mark_text(fontSize=15).encode(
        text="n:Q", color=alt.condition("datum.share > 0.5", alt.value("white"), alt.value(INK))
    )
    return _panels([cells + numbers], "Which primary label is given for which")


def by_group(report: Report, field: str) -> alt.HConcatChart:
    """F1 with its 95 % interval by genre, corpus, outlet or leaning, a panel a mark; none where the gold has none.

    The number of articles stands beside each group, and the dashed line is the F1 of all of them together.
    """
    panels = [_group_panel(report, field, mark) for mark in MARK_LABELS]
    return _panels(panels, f"F1 by {field} (number of articles), with 95 % intervals over articles")


def _reliability(found: Calibration, mark: str) -> alt.LayerChart:
    import altair as alt

    rows = [{"predicted": one.predicted, "observed": one.observed, "n": one.n} for one in found.bins]
    line = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(color=_ink(mark), point=alt.OverlayMarkDef(size=55, filled=True, color=_ink(mark)))
        .encode(
            x=_share("predicted", "Predicted probability"),
            y=_share("observed", "Share that carries the mark"),
            order="predicted:Q",
        )
    )
    title = _title(mark, f"error {found.error.value:.3f}, by chance up to {found.limit:.3f}, n = {found.error.n}")
    return alt.layer(_line([(0, 0), (1, 1)]), line, title=title, width=SIDE, height=SIDE)


def _precision_recall(report: Report, mark: str) -> alt.LayerChart:
    import altair as alt

    curve = report.curves[mark]
    f1, precision, recall = (report.figures[f"{name}/{mark}"] for name in ("f1", "precision", "recall"))
    share = (f1.support or 0) / f1.n
    rows = [{"recall": x, "precision": y, "order": order} for order, (x, y) in enumerate(curve)]
    x, y = _share("recall", "Recall"), _share("precision", "Precision")
    line = alt.Chart(alt.Data(values=rows)).mark_line(color=_ink(mark)).encode(x=x, y=y, order="order:Q")
    place = [{"recall": recall.value, "precision": precision.value}]
    dot = alt.Chart(alt.Data(values=place)).mark_point(color=_ink(mark), filled=True, size=90).encode(x=x, y=y)
    area = report.figures.get(f"auc/{mark}")
    ranking = f", AUC {area.value:.3f}" if area else ""
    title = _title(mark, f"F1 {f1.value:.3f}{ranking}, {f1.support} of {f1.n}")
    return alt.layer(_line([(0, share), (1, share)]), line, dot, title=title, width=SIDE, height=SIDE)


def _group_panel(report: Report, field: str, mark: str) -> alt.LayerChart:
    import altair as alt

    rows = [_group_row(value, group, mark) for value, group in report.groups[field].items()]
    names, overall = [row["group"] for row in rows], report.figures[f"f1/{mark}"].value
    axis = alt.Axis(title=None, labels=mark == MARK_LABELS[0], labelLimit=180)
    y = alt.Y(field="group", type="nominal", scale=alt.Scale(domain=names), axis=axis)
    x = alt.X("f1:Q", title="F1", scale=alt.Scale(domain=[0, 1]), axis=_axis())
    base = alt.Chart(alt.Data(values=[row for row in rows if row["support"]])).encode(y=y)
    whisker = base.mark_rule(color=_ink(mark), strokeWidth=2, opacity=0.55).encode(x=alt.X("low:Q"), x2="high:Q")
    dot = base.mark_point(color=_ink(mark), filled=True, size=70, opacity=1).encode(x=x)
    line = alt.Chart(alt.Data(values=[{"f1": overall}])).mark_rule(color=FAINT, strokeDash=[5, 4]).encode(x=x)
    title = _title(mark, f"F1 {overall:.3f} over all")
    return alt.layer(line, whisker, dot, title=title, width=SIDE, height=max(80, 26 * len(rows)))


def _group_row(value: str, group: Group, mark: str) -> dict[str, Any]:
    """A row to plot; with a single article there is no interval over articles."""
    found = group.figures[f"f1/{mark}"]
    low, high = (found.low, found.high) if group.articles > 1 else (found.value, found.value)
    name = f"{value or NOT_GIVEN} ({group.articles})"
    return {"group": name, "f1": found.value, "low": low, "high": high, "support": found.support}


def _panels(charts: Sequence[alt.LayerChart], title: str) -> alt.HConcatChart:
    """Charts side by side under one title."""
    import altair as alt

    return (
        alt.hconcat(*charts, spacing=32, title=alt.TitleParams(title, fontSize=16, anchor="start", offset=16))
        .configure(background="white", font="Helvetica, Arial, DejaVu Sans, sans-serif", padding=16)
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=GRID, domainColor=FAINT, tickColor=FAINT, labelColor=INK, titleColor=INK, titleFontWeight="normal"
        )
        .configure_axisX(labelFlush=False)
        .configure_title(color=INK, subtitleColor=INK)
    )


def _title(mark: str, subtitle: str) -> alt.TitleParams:
    import altair as alt

    return alt.TitleParams(_names()[mark], subtitle=subtitle, anchor="start", color=_ink(mark), fontSize=14)


def _share(field: str, title: str) -> Any:
    import altair as alt

    kind = alt.X if field in ("predicted", "recall") else alt.Y
    return kind(f"{field}:Q", title=title, scale=alt.Scale(domain=[0, 1]), axis=_axis())


def _axis() -> alt.Axis:
    import altair as alt

    return alt.Axis(tickCount=5, format=".1f")


def _line(points: Sequence[tuple[float, float]]) -> alt.Chart:
    """A dashed line to compare with."""
    import altair as alt

    values = alt.Data(values=[{"x": x, "y": y} for x, y in points])
    return alt.Chart(values).mark_line(color=FAINT, strokeDash=[5, 4]).encode(x="x:Q", y="y:Q")


def _ink(label: str) -> str:
    return next(one.light.ink for one in load_labels() if one.id == label)


def _names() -> dict[str, str]:
    return {label.id: label.name for label in load_labels()}
