"""A profile as charts (Altair) and as tables for whoever cannot see them."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from annotator.labels import Label, load_labels
from annotator.marks import LABELS, MARK_LABELS
from annotator.profile import Counts, Genre, Phrase, Profile, shares

BANDS = 240
"""Bands that a text is cut into at most; a shorter one has a band a sentence."""
NO_MENU = {"embedOptions": {"actions": False}}
"""Vega's own menu offers to send the chart to an editor on the web."""
_LONGEST_WORDS = 48


def shares_chart(profile: Profile, genres: Sequence[Genre], theme: str) -> Any:
    """Shares of the primary labels, one bar for this text and one for each genre; an Altair chart for a theme."""
    import altair as alt

    names = {label.id: label.name for label in load_labels()}
    counts = [("this text", profile.summary.counts), *((genre.name, genre.counts) for genre in genres)]
    rows = [
        {"text": name, "label": names[label], "place": LABELS.index(label), "share": share}
        for name, found in counts
        for label, share in shares(found).items()
    ]
    return (
        _chart(rows, 24 * len(counts) + 130, theme)
        .mark_bar(stroke=_paper(theme), strokeWidth=1)
        .encode(
            y=alt.Y("text:N", sort=[name for name, _ in counts], title=None, axis=alt.Axis(labelOverlap=False)),
            x=alt.X(
                "share:Q", title="share of the sentences", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])
            ),
            color=alt.Color("label:N", scale=_scale(theme), sort=list(names.values()), title=None, legend=_legend()),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("text:N"), alt.Tooltip("label:N"), alt.Tooltip("share:Q", format=".0%")],
        )
    )


def places_chart(profile: Profile, theme: str) -> Any:
    """Where in the text each label applies: a strip a label, darker the more of a band's sentences have it."""
    import altair as alt

    total = profile.summary.sentences
    width = max(1, -(-total // BANDS))
    rows = [
        {
            "label": label.name,
            "first": first,
            "from": first - 0.5,
            "to": min(first + width, total + 1) - 0.5,
            "sentences": found,
        }
        for label in load_labels()
        if label.id in MARK_LABELS
        for first in range(1, total + 1, width)
        if (found := sum(first <= number < first + width for number in profile.places[label.id]))
    ]
    names = [label.name for label in load_labels() if label.id in MARK_LABELS]
    return (
        _chart(rows, 32 * len(names) + 60, theme)
        .mark_rect()
        .encode(
            y=alt.Y("label:N", sort=names, scale=alt.Scale(domain=names), title=None),
            x=_sentence_axis("from:Q", total),
            x2="to:Q",
            color=alt.Color("label:N", scale=_scale(theme), legend=None),
            opacity=alt.Opacity("sentences:Q", scale=alt.Scale(domain=[0, width], range=[0.25, 1]), legend=None),
            tooltip=[alt.Tooltip("label:N"), alt.Tooltip("first:Q", title="from sentence"), alt.Tooltip("sentences:Q")],
        )
    )


def phrases_chart(phrases: Sequence[Phrase], label: str, total: int, theme: str) -> Any:
    """Where in a text of `total` sentences each phrase stands: a row a phrase, the most frequent on top."""
    import altair as alt

    names = [_short(f"{phrase.words} ({len(phrase.sentences)})") for phrase in phrases]
    rows = [
        {"words": name, "sentence": number}
        for name, phrase in zip(names, phrases, strict=True)
        for number in phrase.sentences
    ]
    look = next(one for one in load_labels() if one.id == label)
    return (
        _chart(rows, 24 * len(names) + 60, theme)
        .mark_tick(thickness=3, size=16, color=_ink(look, theme))
        .encode(
            y=alt.Y("words:N", sort=names, title=None, axis=alt.Axis(labelLimit=220, labelOverlap=False)),
            x=_sentence_axis("sentence:Q", total),
            tooltip=[alt.Tooltip("words:N"), alt.Tooltip("sentence:Q")],
        )
    )


def shares_table(profile: Profile, genres: Sequence[Genre]) -> str:
    """What `shares_chart` shows, as HTML."""
    counts = [("this text", "1", profile.summary.counts)]
    counts += [(genre.name, str(genre.articles), genre.counts) for genre in genres]
    header = ("", "articles", "sentences", *(label.name for label in load_labels()))
    rows = (
        (name, articles, str(sum(number for _, number in found)), *(f"{one:.0%}" for one in shares(found).values()))
        for name, articles, found in counts
    )
    return folded_table("Shares of the labels", header, rows)


def places_table(profile: Profile) -> str:
    """What `places_chart` shows, as HTML."""
    rows = ((label.name, _numbers(profile.places[label.id])) for label in load_labels() if label.id in MARK_LABELS)
    return folded_table("Where the labels apply", ("label", "sentences, by number"), rows)


def phrases_table(caption: str, phrases: Iterable[Phrase]) -> str:
    """What `phrases_chart` shows, as HTML."""
    rows = ((phrase.words, str(len(phrase.sentences)), _numbers(phrase.sentences)) for phrase in phrases)
    return folded_table(caption, ("words", "times", "sentences, by number"), rows)


def counts_table(caption: str, what: str, counts: Counts) -> str:
    """Names and how many sentences each of them has, as HTML."""
    rows = [(name, str(count)) for name, count in counts] or [("none", "0")]
    return table(caption, (what, "sentences"), rows)


def folded_table(caption: str, header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as HTML that opens on demand; every cell is escaped."""
    inside = table(caption, header, rows)
    return f'<details class="figures"><summary>{_escape(caption)}, as a table</summary>{inside}</details>'


def table(caption: str, header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as HTML, the first cell of a row as its header; every cell is escaped."""
    head = "".join(f'<th scope="col">{_escape(cell)}</th>' if cell else "<td></td>" for cell in header)
    body = "".join(
        f'<tr><th scope="row">{_escape(first)}</th>{"".join(f"<td>{_escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<table class="figures"><caption>{_escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _chart(rows: list[dict[str, Any]], height: int, theme: str) -> Any:
    import altair as alt

    ink = {"labelColor": _text(theme), "titleColor": _text(theme)}
    config = alt.Config(axis=alt.AxisConfig(**ink), legend=alt.LegendConfig(**ink))
    return alt.Chart(alt.InlineData(values=rows), height=height, usermeta=NO_MENU, config=config)


def _sentence_axis(field: str, total: int) -> Any:
    import altair as alt

    axis = alt.Axis(format="d", tickMinStep=1, grid=False)
    return alt.X(field, title="sentence", axis=axis, scale=alt.Scale(domain=[0.5, total + 0.5], nice=False))


def _scale(theme: str) -> Any:
    import altair as alt

    labels = load_labels()
    return alt.Scale(domain=[label.name for label in labels], range=[_ink(label, theme) for label in labels])


def _legend() -> Any:
    import altair as alt

    return alt.Legend(orient="top", columns=2, labelLimit=200)


def _ink(label: Label, theme: str) -> str:
    """The label's colour; plain, which is not to draw the eye, has a grey between text and paper."""
    if label.line == "none":
        return "#8d94a0" if theme == "light" else "#6b7380"
    return label.dark.ink if theme == "dark" else label.light.ink


def _paper(theme: str) -> str:
    return "#111419" if theme == "dark" else "#fdfcfa"


def _text(theme: str) -> str:
    return "#e6e8ec" if theme == "dark" else "#22262e"


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS // 2]}…{words[-_LONGEST_WORDS // 2 :]}"


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def _escape(text: str) -> str:
    return html.escape(text.replace("\0", "\u2400").encode("utf-8", "replace").decode("utf-8"))
