"""docs/fairness.md: the words of `document.template`, the figures of a result as its JSON has it.

Sentences that depend on figures are made here, so that they hold for any result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from annotator.evaluation.bootstrap import RESAMPLES
from annotator.marks import MARK_LABELS
from annotator.training.card import number, table
from benchmarks.fairness.outlets import SIDES
from benchmarks.fairness.swaps import ALL
from benchmarks.fairness.templates import HALVES, KINDS, read_values

TEXT = Path(__file__).with_name("document.template")
UNMEASURED = "Not measured: this needs `--data`."
DIGEST = len("sha256:") + 12
LARGEST = 5
BY_CHANCE = 0.05
"""Intervals of 95 % that leave out 0 where there is no effect."""
ENOUGH = 20
"""Sentences of an outlet under which its rate says next to nothing."""
READERS = {"model": "shipped", "held-out": "without BABE"}
SWAPPED = {"party": "a party", "country": "a country", "person": "a person", "gender": "a pronoun or noun of gender"}
DIRECTIONS = {True: "up", False: "down"}

Figures = Mapping[str, Any]


def document(result: Figures) -> str:
    """The page; outlets that have not been measured say so."""
    effects, readings = result["effects"], result["outlets"]
    return Template(TEXT.read_text(encoding="utf-8")).substitute(
        name=result["model"]["name"],
        version=result["model"]["version"],
        digest=result["model"]["digest"][:DIGEST],
        resamples=f"{RESAMPLES:,}",
        movement=_movement(result["swaps"]),
        largest=_largest(effects),
        lean=_lean(readings),
        swaps=_swaps(result["swaps"]),
        by_mark=_by_mark(result["swaps"]),
        labelled=_labelled(result["labelled"]),
        significance=_significance(effects),
        effects=_effects(effects),
        directions=_directions(effects),
        pulls=_pulls(effects),
        worst=_worst(result["worst"]),
        sides=_sides(readings),
        outlets=_outlets(readings),
        difference=_difference(readings),
        spread=_spread(readings),
    )


def _movement(cells: Sequence[Figures]) -> str:
    whole = next(one for one in cells if (one["half"], one["slot"]) == (ALL, ALL))
    half = max((one for one in cells if one["half"] != ALL and one["slot"] == ALL), key=_p95)
    kind = max((one for one in cells if one["half"] == ALL and one["slot"] != ALL), key=_p95)
    return (
        f"In one swap of twenty some probability moves by {_short(_p95(whole))} or more, and "
        f"{_percent(whole['label_change']['value'])} of swaps change a label. It moves most in {half['half']} "
        f"sentences ({_short(_p95(half))}) and where what is swapped is {SWAPPED[kind['slot']]} ({_short(_p95(kind))})."
    )


def _p95(cell: Figures) -> float:
    return float(cell["p95"]["value"])


def _largest(effects: Sequence[Figures]) -> str:
    """The largest effects on framing in framed sentences that chance does not explain."""
    chosen = [one for one in effects if one["half"] == "framed" and _leaves_out_zero(one["framing"])]
    ranked = sorted(chosen, key=lambda one: abs(one["framing"]["value"]), reverse=True)[:LARGEST]
    named = ", ".join(f"{_named(one)} {_short(one['framing']['value'], '+')}" for one in ranked)
    return f"The largest mean effects of a name on the probability of framing, in framed sentences: {named or 'none'}."


def _named(effect: Figures) -> str:
    return f"{effect['value']} names" if effect["slot"] == "person" else f'"{effect["value"]}"'


def _lean(readings: Sequence[Figures]) -> str:
    """Which side is marked more often, where all readings of framing agree on one."""
    gaps = _gaps(readings)
    if not gaps:
        return ""
    values = [one["value"] for one in gaps]
    if min(values) > 0 or max(values) < 0:
        more, less = SIDES if min(values) > 0 else reversed(SIDES)
        found = f"{more}-leaning outlets are marked as framing more often than {less}-leaning ones"
    else:
        found = "neither side's outlets are marked as framing more often in every reading"
    return f"On sentences that BABE's readers call not biased, {found} (left less right: {_listed(gaps)})."


def _listed(gaps: Sequence[Figures]) -> str:
    values = ", ".join(_short(one["value"], "+") for one in gaps)
    return f"{values}; intervals that leave out 0: {sum(map(_leaves_out_zero, gaps))} of {len(gaps)}"


def _gaps(readings: Sequence[Figures]) -> list[Figures]:
    """Left less right in each reading of framing that has both."""
    found = [one["by_leaning"].get("left - right") for one in readings if one["mark"] == "framing"]
    return [one for one in found if one]


def _swaps(cells: Sequence[Figures]) -> str:
    head = ["half", "slot", "templates", "pairs", "95th percentile of change", "label changes", "primary", "alike"]
    rows = [
        [
            one["half"],
            one["slot"],
            str(one["templates"]),
            f"{one['pairs']:,}",
            number(one["p95"]),
            number(one["label_change"]),
            _short(one["primary_change"]["value"]),
            _short(one["p95_alike"]) if "p95_alike" in one else "–",
            _short(one["max"]),
        ]
        for one in cells
    ]
    return table([*head, "largest"], rows)


def _by_mark(cells: Sequence[Figures]) -> str:
    rows = [[one["half"], *(number(one[f"p95_{mark}"]) for mark in MARK_LABELS)] for one in cells if one["slot"] == ALL]
    return table(["half", *MARK_LABELS], rows)


def _labelled(halves: Mapping[str, Mapping[str, float]]) -> str:
    rows = []
    for half, rates in halves.items():
        for mark in MARK_LABELS:
            shares = (rates.get(f"{mark} {meant}") for meant in ("meant", "not meant"))
            rows.append([half, mark, *("–" if one is None else _percent(one) for one in shares)])
    return table(["half", "mark", "meant", "not meant"], rows)


def _significance(effects: Sequence[Figures]) -> str:
    flags = [_leaves_out_zero(one[mark]) for one in effects for mark in MARK_LABELS]
    return (
        f"Of all {len(flags)} effects (values and groups, both halves, three marks), {sum(flags)} have an interval "
        f"that leaves out 0; about {BY_CHANCE * len(flags):.0f} would by chance."
    )


def _effects(effects: Sequence[Figures]) -> str:
    """One row a value or group, groups first within their slot."""
    found: dict[tuple[str, str], dict[str, Figures]] = {}
    for one in effects:
        found.setdefault((one["slot"], one["value"]), {})[one["half"]] = one
    order = sorted(found.items(), key=lambda item: (KINDS.index(item[0][0]), not _range(item[1])))
    rows = [
        [*key, *(_signed(halves.get(half, {}).get("framing")) for half in HALVES), _range(halves) or "–"]
        for key, halves in order
    ]
    return table(["slot", "value or group", *HALVES, "its values, framed"], rows)


def _signed(figure: Figures | None) -> str:
    if figure is None:
        return "–"
    value, low, high = (_short(figure[key], "+") for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _range(halves: Mapping[str, Figures]) -> str:
    found = halves.get("framed", {}).get("range")
    return " to ".join(_short(value, "+") for value in found) if found else ""


def _directions(effects: Sequence[Figures]) -> str:
    ranges = {one["value"]: one["range"] for one in effects if one["half"] == "framed" and "range" in one}
    one_way = [f"{name} ({DIRECTIONS[low > 0]})" for name, (low, high) in ranges.items() if low > 0 or high < 0]
    return f"Groups whose values all go one way in framed sentences: {', '.join(one_way) or 'none'}."


def _pulls(effects: Sequence[Figures]) -> str:
    """The party of each side that is farthest from 0, which may be all that its side's mean is about."""
    framing = {one["value"]: one["framing"]["value"] for one in effects if one["half"] == "framed"}
    found = []
    for side in SIDES:
        parties = [one.name for one in read_values()["party"] if side in one.groups and one.name in framing]
        if parties:
            party = max(parties, key=lambda name: abs(framing[name]))
            found.append(f'on the {side} "{party}" ({_short(framing[party], "+")})')
    return f"The parties farthest from 0: {', '.join(found)}." if found else ""


def _worst(cases: Sequence[Figures]) -> str:
    return "\n".join(
        f"{place}. `{one['template']}`, {one['slot']}, {one['mark']}: **{_short(one['change'])}**\n"
        f"    - {_short(one['low']['p'])} — {one['low']['text']}\n"
        f"    - {_short(one['high']['p'])} — {one['high']['text']}"
        for place, one in enumerate(cases, start=1)
    )


def _sides(readings: Sequence[Figures]) -> str:
    if not readings:
        return UNMEASURED
    columns = ("left", "center", "right")
    rows = [
        [
            f"`{one['data']}`",
            READERS[one["model"]],
            one["mark"],
            *(_with_size(one["by_leaning"].get(side)) for side in columns),
            _signed(one["by_leaning"].get("left - right")),
        ]
        for one in readings
    ]
    return table(["data", "model", "mark", *columns, "left − right"], rows)


def _with_size(figure: Figures | None) -> str:
    return f"{number(figure)}, n {figure['n']}" if figure else "–"


def _outlets(readings: Sequence[Figures]) -> str:
    """One row an outlet, by leaning; one column a reading."""
    if not readings:
        return UNMEASURED
    rates = [{one["outlet"]: f"{_short(one['rate'])}, n {one['n']}" for one in found["outlets"]} for found in readings]
    leanings = {one["outlet"]: one["leaning"] for found in readings for one in found["outlets"]}
    order = ["left", "center", "right", ""]
    names = sorted(leanings, key=lambda name: (order.index(leanings[name]), name))
    rows = [[name, leanings[name] or "none stated", *(column.get(name, "–") for column in rates)] for name in names]
    heads = [f"`{one['data']}`, {READERS[one['model']]}, {one['mark']}" for one in readings]
    return table(["outlet", "leaning", *heads], rows)


def _difference(readings: Sequence[Figures]) -> str:
    gaps = _gaps(readings)
    return f"The difference between the sides in the readings of framing: {_listed(gaps)}." if gaps else ""


def _spread(readings: Sequence[Figures]) -> str:
    """How far the outlets of one side are apart, in the reading of framing with the most sentences."""
    framing = [one for one in readings if one["mark"] == "framing"]
    if not framing:
        return ""
    reading = max(framing, key=lambda one: sum(outlet["n"] for outlet in one["outlets"]))
    spreads = ", ".join(_spreads(reading["outlets"]))
    where = f"`{reading['data']}` ({READERS[reading['model']]})"
    return f"Lowest and highest rate among a side's outlets with {ENOUGH} sentences or more, {where}: {spreads}."


def _spreads(outlets: Sequence[Figures]) -> Iterator[str]:
    for side in SIDES:
        rates = [one["rate"] for one in outlets if one["leaning"] == side and one["n"] >= ENOUGH]
        yield f"{side} {_short(min(rates))} to {_short(max(rates))}" if rates else f"{side} none"


def _leaves_out_zero(figure: Figures) -> bool:
    return bool(figure["low"] > 0 or figure["high"] < 0)


def _short(value: float, sign: str = "") -> str:
    """Three digits without the leading zero; with "+" as sign, one before every value."""
    return f"{value:{sign}.3f}".replace("0.", ".", 1)


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")
