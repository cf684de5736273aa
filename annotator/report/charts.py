"""Charts of a report: SVG to stand in a page, drawn without a browser or a network, coloured by the page's theme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from annotator.labels import load_labels
from annotator.marks import LABELS, PLAIN

if TYPE_CHECKING:
    import altair as alt

WIDTH = 880
"""Pixels of a chart with its axes."""
_FITTED = {"type": "fit-x", "contains": "padding"}
_BETWEEN = WIDTH - 84
"""Pixels between the axes, where charts stand one below the other and cannot be fitted."""
FONT = "Source Sans 3, Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"
DAYS, WEEKS, MONTHS = 62, 2 * 366, 20 * 366
"""The longest spans, in days, that are shown by day, by week and by month; longer ones by year."""
_INKS = {name: f"#0f0f{code:02x}" for code, name in enumerate(("text", "quiet", "rule", "paper", *LABELS))}
"""Colours that stand in the drawing for those of the theme, which only the page knows."""
_NAMES_OF_INKS = {ink: name for name, ink in _INKS.items()}
_DASHES = {"solid": [1, 0], "wavy": [2, 2], "dashed": [6, 4], "none": [1, 0]}
_POINTS = 60
"""Bins up to which each is a point of its own."""
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_SIZE = re.compile(r'(?:width|height|viewBox)="[^"]*"')
_ROLE = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_INK = re.compile("|".join(_NAMES_OF_INKS))

Shares = Mapping[str, int]
"""Sentences by primary label."""


def shares(rows: Sequence[tuple[str, Shares]], title: str) -> str:
    """A bar a row, divided by label; where there is only one, its name is left out."""
    import altair as alt

    names = _distinct(name for name, _ in rows)
    values = [
        {"row": name, "label": _names()[label], "order": place, "share": found.get(label, 0) / _total(found)}
        for name, (_, found) in zip(names, rows, strict=True)
        for place, label in enumerate(LABELS)
    ]
    bars = (
        alt.Chart(
            alt.Data(values=values), width=WIDTH, height=26 * len(rows) if len(rows) > 1 else 44, autosize=_FITTED
        )
        .mark_bar(stroke=_INKS["paper"], strokeWidth=1.5)
        .encode(
            x=alt.X(
                "share:Q",
                title="share of sentences",
                stack="zero",
                scale=alt.Scale(domain=[0, 1]),
                axis=_percent(grid=False),
            ),
            y=_rows(names, shown=len(rows) > 1),
            order="order:O",
            color=_colour("square"),
        )
    )
    return to_svg(bars, title)


def counts(rows: Sequence[tuple[str, int]], label: str, unit: str, title: str) -> str:
    """A bar a row, as long as its count of `unit`, in the colour of a label; the count stands at its end."""
    import altair as alt

    names = _distinct(name for name, _ in rows)
    values = [{"row": name, "count": count} for name, (_, count) in zip(names, rows, strict=True)]
    x = alt.X("count:Q", title=unit, axis=alt.Axis(tickMinStep=1, tickCount=6, format=",d"))
    base = alt.Chart(alt.Data(values=values), width=WIDTH, height=24 * len(rows)).encode(x=x, y=_rows(names))
    numbers = base.mark_text(align="left", dx=5, color=_INKS["text"], fontSize=12)
    bars = base.mark_bar(color=_INKS[label]) + numbers.encode(text=alt.Text("count:Q", format=",d"))
    return to_svg(bars.properties(autosize=_FITTED), title)


def trend(days: Mapping[date, Shares], title: str) -> str:
    """A line a label over time, and below it how many sentences there are, by `bins`."""
    import altair as alt

    unit, found = bins(days)
    starts = [start for start, _ in found]
    values = [
        {"date": start.isoformat(), "label": _names()[label], "share": counts[label] / _total(counts)}
        for start, counts in found
        for label in LABELS
    ]
    sizes = [{"date": start.isoformat(), "count": sum(counts.values())} for start, counts in found]
    x = alt.X("date:T", title=None, scale=alt.Scale(type="utc", padding=12), axis=_dates(unit, starts))
    y = alt.Y("share:Q", title="share of sentences", scale=alt.Scale(zero=True), axis=_percent())
    points = {"size": 32, "filled": True} if len(found) <= _POINTS else False
    lines = alt.Chart(alt.Data(values=values), width=_BETWEEN, height=260).mark_line(strokeWidth=2.2, point=points)
    bars = alt.Chart(alt.Data(values=sizes), width=_BETWEEN, height=56).mark_bar(
        color=_INKS["quiet"], opacity=0.5, width=max(1, min(14, _BETWEEN / (1.5 * len(sizes))))
    )
    size = alt.Y("count:Q", title="sentences", axis=alt.Axis(tickCount=2, format="~s"))
    return to_svg(
        alt.vconcat(
            lines.encode(x=x.axis(labels=False, ticks=False), y=y, color=_colour("stroke"), strokeDash=_dash()),
            bars.encode(x=x, y=size),
            spacing=14,
        ),
        title,
    )


def bins(days: Mapping[date, Shares]) -> tuple[str, list[tuple[date, dict[str, int]]]]:
    """The counts by day, week (from Monday), month or year, whichever suits the span, and which of them it is."""
    first, last = min(days), max(days)
    span = (last - first).days + 1
    unit = next((name for name, most in (("day", DAYS), ("week", WEEKS), ("month", MONTHS)) if span <= most), "year")
    found: dict[date, dict[str, int]] = {}
    for day in sorted(days):
        counts = found.setdefault(_start(day, unit), dict.fromkeys(LABELS, 0))
        for label, sentences in days[day].items():
            counts[label] += sentences
    return unit, list(found.items())


def to_svg(chart: alt.TopLevelMixin, title: str) -> str:
    """A chart as an SVG element of a page, an image called `title` whose colours are the variables of the page."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(_styled(chart).to_dict())
    size = " ".join(_SIZE.findall(svg[: svg.index(">")]))
    inside = _TAG.sub(_themed, svg[svg.index(">") + 1 :])
    return f'<svg role="img" aria-label="{escape(title)}" {size}>{inside}'


def _themed(tag: re.Match[str]) -> str:
    """A tag of a drawing in the page's colours, and without the roles of its parts: the whole is one image."""
    plain = _ROLE.sub("", tag.group())
    return _INK.sub(lambda found: f"var(--{_NAMES_OF_INKS[found.group()]})", plain)


def _styled(chart: Any) -> Any:
    return (
        chart.configure(background="transparent", font=FONT, aria=False, padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=_INKS["rule"], domainColor=_INKS["rule"], tickColor=_INKS["rule"],
            labelColor=_INKS["text"], titleColor=_INKS["quiet"], titleFontWeight="normal",
            labelFontSize=12, titleFontSize=12,
        )
        .configure_axisX(labelFlush=False)
        .configure_legend(
            orient="top", title=None, labelColor=_INKS["text"], labelFontSize=13, symbolSize=120, columnPadding=18,
            offset=10, symbolStrokeWidth=2.5,
        )
    )  # fmt: skip


def _rows(names: Sequence[str], *, shown: bool = True) -> alt.Y:
    import altair as alt

    axis = alt.Axis(title=None, ticks=False, domain=False, labelLimit=250, labelPadding=8) if shown else None
    return alt.Y("row:N", sort=None, axis=axis, scale=alt.Scale(domain=list(names), paddingInner=0.22))


def _percent(*, grid: bool = True) -> alt.Axis:
    import altair as alt

    return alt.Axis(format=".0%", tickCount=5, grid=grid)


def _colour(symbol: str) -> alt.Color:
    import altair as alt

    # The pale colour of plain sentences suits an area, but would hide a line.
    inks = [_INKS["quiet"] if (label, symbol) == (PLAIN, "stroke") else _INKS[label] for label in LABELS]
    scale = alt.Scale(domain=list(_names().values()), range=inks)
    return alt.Color("label:N", scale=scale, sort=None, legend=alt.Legend(symbolType=symbol))


def _dash() -> alt.StrokeDash:
    """A second cue beside the colour: the label's own line."""
    import altair as alt

    labels = load_labels()
    dashes = [_DASHES[one.line] for one in labels]
    return alt.StrokeDash("label:N", scale=alt.Scale(domain=[one.name for one in labels], range=dashes), sort=None)


def _dates(unit: str, starts: Sequence[date]) -> alt.Axis:
    import altair as alt

    form = {"day": "%-d %b", "week": "%-d %b %y", "month": "%b %Y", "year": "%Y"}[unit]
    own: Iterable[date] = starts if len(starts) <= 8 else ()
    ticks = [alt.DateTime(year=one.year, month=one.month, date=one.day, utc=True) for one in own]
    return alt.Axis(format=form, tickCount=8, labelOverlap=True, **({"values": ticks} if ticks else {}))


def _start(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=min(day.weekday(), day.toordinal() - 1))
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _names() -> dict[str, str]:
    return {label.id: label.name for label in load_labels()}


def _total(counts: Shares) -> int:
    return max(1, sum(counts.values()))


def _distinct(names: Iterable[str]) -> list[str]:
    """Names of which no two are alike, since rows of one name would be drawn as one."""
    found: dict[str, None] = {}
    for name in names:
        others = (f"{name} ({number})" for number in count(2))
        found[next(one for one in chain([name], others) if one not in found)] = None
    return list(found)
