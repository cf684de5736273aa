"""A report as one HTML file that loads nothing, runs nothing and prints well; all that is from outside is escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from annotator.labels import Label, load_labels
from annotator.marks import LABELS, MARK_LABELS
from annotator.report import charts
from annotator.report.results import Output
from annotator.report.totals import VOICED, Entry, Example, Frequent, Totals, clean
from annotator.standalone import standalone

SHOWN_VALUES, LISTED_VALUES = 24, 200
"""Values of a column that a chart shows, and that the table beside it lists: those with the most sentences."""
SHOWN_NAMES, LISTED_NAMES = 15, 100
SHOWN_PHRASES = 20
NOT_GIVEN, OTHERS = "(not given)", "(all others)"
CAVEAT = (
    "A share says how sentences are written, as one model reads them: it is no bias score, and no ranking of outlets, "
    "people or parties."
)
NO_TEXT = "was labelled without text (--no-text): sources, phrases and example sentences are left out."
_STYLE = Path(__file__).parent / "report.css"
_HEADINGS = {"framing": "The words that frame", "speculation": "The words that hedge"}
_BODY = """<header>
<p class="kicker">Three voices</p>
<h1>{title}</h1>
<p class="facts">{facts}</p>
<p class="caveat">{caveat}</p>
{notes}
</header>
<main>
{main}
</main>
<footer>
<p>{model}</p>
</footer>"""

Cells = Sequence[str | int]


def to_html(totals: Totals, output: Output) -> str:
    """The page of what was counted of an output."""
    style = _theme(load_labels()) + _STYLE.read_text(encoding="utf-8")
    title = _text(output.path.resolve().name)
    body = _BODY.format(
        title=title,
        facts=_facts(totals, output),
        notes="".join(map(_note, _notes(totals, output))),
        main="\n".join(filter(None, _sections(totals))),
        caveat=CAVEAT,
        model=_text(_model(totals, output)),
    )
    return standalone(title, style, body)


def _theme(labels: Iterable[Label]) -> str:
    """The labels' colours in both themes; a bar of plain sentences is pale, as most sentences are plain."""
    lines = []
    for label in labels:
        fill = (
            "color-mix(in srgb, var(--ink-plain) 26%, var(--paper))"
            if label.id == "plain"
            else f"var(--ink-{label.id})"
        )
        lines.append(
            f"--ink-{label.id}: light-dark({label.light.ink}, {label.dark.ink}); "
            f"--tint-{label.id}: light-dark({label.light.tint}, {label.dark.tint}); --{label.id}: {fill};"
        )
    marks = (
        f'[data-label="{one.id}"] {{ --ink: var(--ink-{one.id}); --tint: var(--tint-{one.id}); --line: {one.line}; }}'
        for one in labels
    )
    return f":root {{ {' '.join(lines)} }}\n" + "\n".join(marks) + "\n"


def _facts(totals: Totals, output: Output) -> str:
    facts = [_plural(totals.documents, "document"), _plural(totals.sentences, "sentence")]
    if output.errors is not None:
        facts.append(_plural(output.errors, "failed row") if output.errors else "no failed rows")
    return " · ".join(facts)


def _notes(totals: Totals, output: Output) -> list[str]:
    """What a reader has to know before believing a figure."""
    notes = []
    if not output.finished:
        notes.append("The run was broken off: this is what had been labelled until then.")
    if totals.without_text:
        some = "This output" if totals.without_text == totals.documents else _plural(totals.without_text, "document")
        notes.append(f"{some} {NO_TEXT}")
    if len(totals.models) > 1:
        notes.append(f"{len(totals.models)} different models answered here; their shares do not compare.")
    return notes


def _sections(totals: Totals) -> list[str]:
    if not totals.sentences:
        return ['<section><h2>Nothing to show</h2><p class="lead">This output holds no sentence.</p></section>']
    parts = [_overall(totals), *(_by(totals, column) for column in totals.by), _trend(totals)]
    if totals.without_text < totals.documents:
        parts += [_sources(totals), *(_phrases(totals, label) for label in VOICED)]
    return parts


def _overall(totals: Totals) -> str:
    cards = "".join(
        f'<li data-label="{one.id}"><b>{_text(one.symbol)} {_text(one.name)}</b>'
        f"<strong>{_share(totals.labels[one.id], totals.sentences)}</strong><span>{_text(one.definition)}</span></li>"
        for one in load_labels()
    )
    rows = [_mark_row(totals, label) for label in LABELS]
    heads = ("label", "sentences of which it is the primary one", "share", "sentences that carry it", "share")
    return _section(
        "How the sentences are written",
        "Every sentence counts once, under the label that a reader should see first.",
        f'<ul class="cards">{cards}</ul>',
        _figure(charts.shares([("", totals.labels)], "Sentences by label"), _table(heads, rows)),
    )


def _mark_row(totals: Totals, label: str) -> Cells:
    first = (_names()[label], totals.labels[label], _share(totals.labels[label], totals.sentences))
    if label not in MARK_LABELS:
        return (*first, "", "")
    return (*first, totals.marked[label], _share(totals.marked[label], totals.sentences))


def _by(totals: Totals, column: str) -> str:
    """The shares by value, in the order of the alphabet: an order by share would be a ranking."""
    groups = totals.groups.get(column, {})
    ordered = sorted(groups.items(), key=lambda item: -item[1].total())
    listed, rest = ordered[:LISTED_VALUES], ordered[LISTED_VALUES:]
    others = sum((found for _, found in rest), totals.other.get(column, Counter()))
    rows = [(_value(value), found) for value, found in sorted(listed, key=_alphabetical)]
    largest = {_value(value) for value, _ in ordered[:SHOWN_VALUES]}
    drawn = [(name, found) for name, found in rows if name in largest]
    lead = f"{_plural(len(groups), 'value')}, in the order of the alphabet."
    if len(drawn) < len(rows):
        lead = f"The {len(drawn)} values with the most sentences, in the order of the alphabet; the table has more."
    tail = [(OTHERS, others)] if others else []
    heads = (column, "sentences", *_names().values())
    title = f"Label shares by {clean(column)}"
    table = _table(heads, [_group_row(name, found) for name, found in [*rows, *tail]])
    return _section(f"By {column}", lead, _figure(charts.shares(drawn, title), table))


def _group_row(name: str, found: Counter[str]) -> Cells:
    return (name, found.total(), *(_share(found[label], found.total()) for label in LABELS))


def _trend(totals: Totals) -> str:
    if not totals.days:
        return ""
    unit, bins = charts.bins(totals.days)
    rows = [_group_row(start.isoformat(), Counter(found)) for start, found in bins]
    undated = f" {_plural(totals.undated, 'sentence')} without a date are left out." if totals.undated else ""
    title = f"Label shares by {unit}"
    table = _table((f"{unit} from", "sentences", *_names().values()), rows)
    lead = f"By {unit}, from the column {totals.date}.{undated}"
    return _section("Over time", lead, _figure(charts.trend(totals.days, title), table))


def _sources(totals: Totals) -> str:
    """Who is quoted by name, and, apart from them, what the others are called."""
    if not len(totals.named) and not len(totals.unnamed):
        return _section("Who is quoted", "No sentence names a source.")
    lead = (
        "Sentences that are sourced first of all, by their source; a pronoun or short name counts for whom it stands, "
        "where that is known in its document."
    )
    if totals.pronouns:
        lead += f" It is not known of {_plural(totals.pronouns, 'pronoun')}, which are left out."
    parts = [
        _ranking(found, heading, column)
        for found, heading, column in (
            (totals.named, "Named sources", "named source"),
            (totals.unnamed, "Unnamed sources", "unnamed source, as it is put"),
        )
        if len(found)
    ]
    return _section("Who is quoted", lead, *parts)


def _ranking(found: Frequent, heading: str, column: str) -> str:
    entries = found.most(LISTED_NAMES)
    rows = [(one.spelling, one.count) for one in entries]
    drawn = charts.counts(rows[:SHOWN_NAMES], "sourced", "sentences", f"{heading}, by number of sentences")
    return f"<h3>{heading}</h3>{_missed(found)}{_figure(drawn, _table((column, 'sentences'), rows))}"


def _phrases(totals: Totals, label: str) -> str:
    found = totals.phrases[label]
    heading = _HEADINGS[label]
    if not len(found):
        return _section(heading, f"No words of the writer are marked as {label}.")
    entries = found.most(SHOWN_PHRASES)
    drawn = charts.counts(
        [(one.spelling, one.count) for one in entries[:SHOWN_NAMES]], label, "marks", f"{heading}, by number of marks"
    )
    lead = "The most frequent words in the writer's own voice, with sentences in which they stand."
    cards = "".join(_phrase(entry, label) for entry in entries)
    table = _table(("words", "marks"), [(one.spelling, one.count) for one in found.most(LISTED_NAMES)])
    return _section(heading, lead, _missed(found) + _figure(drawn, table), f'<dl class="phrases">{cards}</dl>')


def _phrase(entry: Entry, label: str) -> str:
    examples = "".join(f"<dd>{_example(one, label)}</dd>" for one in entry.examples)
    words = f"<bdi>{_text(entry.spelling)}</bdi> <small>{entry.count:,}</small>"
    return f'<div><dt data-label="{label}">{words}</dt>{examples}</div>'


def _example(one: Example, label: str) -> str:
    words = f'{_text(one.before)}<mark data-label="{label}">{_text(one.phrase)}</mark>{_text(one.after)}'
    place = f" <cite><bdi>{_text(one.document)}</bdi></cite>" if one.document else ""
    return f"<bdi>{words}</bdi>{place}"


def _missed(found: Frequent) -> str:
    if not found.missed:
        return ""
    return _note(
        f"There are too many different ones to count all of them: a count may be up to {found.missed:,} too low."
    )


def _model(totals: Totals, output: Output) -> str:
    """Which model answered, with which thresholds, as far as the output tells."""
    known = [f"{one.name} {one.version} ({one.digest[:19]}…)" for one in sorted(totals.models, key=str)[:3]]
    if not known and isinstance(model := output.manifest.get("model"), Mapping):
        known = [f"{model.get('name')} {model.get('version')} ({str(model.get('digest'))[:19]}…)"]
    if not known:
        return "Model and thresholds: not told by this output; the manifest that annotator label writes tells them."
    return f"Model: {'; '.join(known)}. Thresholds: {_thresholds(totals, output)}."


def _thresholds(totals: Totals, output: Output) -> str:
    if totals.thresholds:
        each = (
            ", ".join(f"{label} {value:g}" for label, value in zip(MARK_LABELS, one, strict=True))
            for one in sorted(totals.thresholds)[:3]
        )
        return "; ".join(each)
    options = output.manifest.get("options")
    given = options.get("thresholds") if isinstance(options, Mapping) else None
    if not isinstance(given, Mapping) or not given:
        return "the model's own"
    return ", ".join(f"{clean(str(label))} {clean(str(value))}" for label, value in given.items())


def _section(heading: str, lead: str, *parts: str) -> str:
    return f'<section>\n<h2>{_text(heading)}</h2>\n<p class="lead">{_text(lead)}</p>\n{"".join(parts)}\n</section>'


def _figure(chart: str, table: str) -> str:
    return (
        f'<figure><div class="chart" tabindex="0" role="group" aria-label="chart">{chart}</div>'
        f"<details><summary>The figures as a table</summary>{table}</details></figure>"
    )


def _table(heads: Sequence[str], rows: Iterable[Cells]) -> str:
    """A table whose first column names its rows."""
    head = "".join(f'<th scope="col">{_text(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row"><bdi>{_text(str(first))}</bdi></th>{"".join(map(_cell, rest))}</tr>'
        for first, *rest in rows
    )
    inside = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide" tabindex="0" role="group" aria-label="table">{inside}</div>'


def _cell(value: str | int) -> str:
    return f"<td>{value:,}</td>" if isinstance(value, int) else f"<td>{_text(value)}</td>"


def _text(text: str) -> str:
    """Text from outside as HTML, in one line; whatever was cleaned once is left as it is."""
    ends = (" " if text[:1] == " " else "", " " if text[-1:] == " " else "")
    return f"{ends[0]}{escape(clean(text, 1000))}{ends[1]}"


def _note(text: str) -> str:
    return f'<p class="note">{_text(text)}</p>'


def _share(count: int, total: int) -> str:
    return f"{count / max(1, total):.1%}"


def _value(value: str | None) -> str:
    return NOT_GIVEN if value is None else value


def _alphabetical(item: tuple[str | None, object]) -> tuple[bool, str, str]:
    value = item[0]
    return (value is None, (value or "").casefold(), value or "")


def _names() -> dict[str, str]:
    return {label.id: label.name for label in load_labels()}


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
