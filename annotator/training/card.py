"""The model card: the words of `card.template`, the figures of the model folder's `metrics.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from annotator.marks import MARK_LABELS

TEXT = Path(__file__).with_name("card.template")

ROWS = {
    "sourced": "f1/sourced",
    "framing": "f1/framing",
    "speculation": "f1/speculation",
    "primary label, macro-F1": "primary/macro-f1",
    "primary label, accuracy": "primary/accuracy",
    **{f"words: {tag}": f"words/{tag}" for tag in ("source", "cue", "framing", "speculation")},
    **{
        f"characters: {tag.replace('_', ' ')}": f"overlap/{tag}/f1"
        for tag in ("source", "cue", "framing", "speculation", "reported_framing", "reported_speculation")
    },
    "kind of source, macro-F1": "kind/macro-f1",
    "`resolved`, precision": "resolved/precision",
    "`resolved`, the same words": "resolved/exact",
    "`resolved`, coverage": "resolved/coverage",
}
"""The card's main table: what a row is called, and the figure that it shows."""

FEW = 5
"""Positive sentences under which a figure says next to nothing."""

Figures = Mapping[str, Any]


def write_card(folder: Path) -> None:
    """Write README.md into a model folder, from its metrics.json and config.json."""
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(card(metrics, config), encoding="utf-8")


def card(metrics: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """The card; a part that has not been measured says so."""
    return Template(TEXT.read_text(encoding="utf-8")).substitute(
        name=config["name"],
        version=config["version"],
        articles=_articles(metrics.get("articles", {})),
        corpora=_corpora(metrics.get("corpora", {})),
        groups=_groups(metrics.get("articles", {})),
        calibration=_calibration(metrics.get("calibration", {})),
        transfer=_transfer(metrics.get("transfer", {}), metrics.get("corpora", {})),
        licensed=_licensed(metrics.get("licensed", {}), metrics.get("articles", {})),
        fairness=_fairness(metrics.get("fairness", {})),
        outlets=_outlets(metrics.get("fairness", {})),
    )


def number(figure: Mapping[str, Any] | None) -> str:
    """A figure with its interval: ".801 [.759, .840]"."""
    if figure is None:
        return "–"
    value, low, high = (_short(figure[key]) for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _short(value: float) -> str:
    """Three digits without the leading zero."""
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"


def _articles(measured: Mapping[str, Any]) -> str:
    if not measured:
        return "Not measured yet."
    head = ["F1 on", *(f"`{name}` ({one['articles']} articles)" for name, one in measured.items())]
    rows = [
        [label, *(_with_support(one["figures"].get(key)) for one in measured.values())] for label, key in ROWS.items()
    ]
    return table(head, [row for row in rows if set(row[1:]) != {"–"}])


def _with_support(figure: Figures | None) -> str:
    """A figure, and what it stands on where that is too little for an interval to mean anything."""
    if figure is None or figure["support"] == 0:
        return "–"
    few = figure["support"] is not None and figure["support"] < FEW
    return f"{number(figure)} (only {figure['support']})" if few else number(figure)


def _corpora(measured: Mapping[str, Any]) -> str:
    if not measured:
        return "Not measured yet."
    rows = []
    for name, one in measured.items():
        for task in dict.fromkeys(key.split("/")[0] for key in one["figures"]):
            keys = ("head/macro-f1", "head/auc", "mark/macro-f1", "mark/auc")
            values = [number(one["figures"].get(f"{task}/{key}")) for key in keys]
            read = f"{one['read'] / one['sentences']:.0%}"
            rows.append([f"{name}: {task.replace('_', ' ')}", str(one["sentences"]), read, *values])
    head = ["corpus", "n", "read in training", "own question, macro-F1", "own question, AUC"]
    return table([*head, "nearest mark, macro-F1", "nearest mark, AUC"], rows)


def _groups(measured: Mapping[str, Any]) -> str:
    parts = []
    for name, one in measured.items():
        for field, groups in one["groups"].items():
            keys = ("f1/sourced", "f1/framing", "f1/speculation", "primary/accuracy")
            rows = [
                [value, str(group["sentences"]), *(_with_support(group["figures"].get(key)) for key in keys)]
                for value, group in groups.items()
            ]
            parts.append(table([f"`{name}` by {field}", "n", *MARK_LABELS, "primary, accuracy"], rows))
    return "\n\n".join(parts) or "Not measured yet."


def _calibration(measured: Mapping[str, Any]) -> str:
    if not measured:
        return "Not measured yet."
    rows = [
        [mark, str(one["error"]["n"]), number(one["error"]), _short(one["limit"]), "yes" if _holds(one) else "**no**"]
        for mark, one in measured.items()
    ]
    return table(["mark", "n", "expected calibration error", "limit", "within"], rows)


def _holds(one: Mapping[str, Any]) -> bool:
    return bool(one["error"]["value"] <= one["limit"])


def _transfer(measured: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    if not measured:
        return "Not measured yet."
    rows = []
    for name, one in measured.items():
        task = next(iter(one["figures"])).split("/")[0]
        rows.append(
            [
                f"{name}: {task}",
                str(one["sentences"]),
                number(one["figures"][f"{task}/mark/macro-f1"]),
                number(one["figures"][f"{task}/mark/auc"]),
                number(own[name]["figures"].get(f"{task}/mark/macro-f1")),
                number(own[name]["figures"].get(f"{task}/head/macro-f1")),
            ]
        )
    head = ["corpus", "n", "never seen: mark, macro-F1", "never seen: mark, AUC"]
    return table([*head, "seen: mark, macro-F1", "seen: own question, macro-F1"], rows)


def _licensed(measured: Mapping[str, Any], full: Mapping[str, Any]) -> str:
    if not measured:
        return "Not measured yet."
    keys = ["f1/sourced", "f1/framing", "f1/speculation", "primary/macro-f1"]
    rows = [
        [f"`{name}`", label, *(number(one["figures"].get(key)) for key in keys)]
        for name in measured
        for label, one in (("all data", full[name]), ("licensed data only", measured[name]))
    ]
    return table(["on", "trained on", *MARK_LABELS, "primary, macro-F1"], rows)


def _fairness(measured: Mapping[str, Any]) -> str:
    if not measured:
        return "Not measured yet."
    rows = [
        [
            one["half"],
            one["slot"],
            str(one["templates"]),
            str(one["pairs"]),
            number(one["p95"]),
            number(one["label_change"]),
        ]
        for one in measured["swaps"]
    ]
    head = [
        "templates",
        "what is swapped",
        "n",
        "pairs",
        "95th percentile of the change",
        "share of pairs that change a mark",
    ]
    return table(head, rows)


def _outlets(measured: Mapping[str, Any]) -> str:
    if not measured.get("outlets"):
        return "Outlets have not been measured yet."
    rows = [
        [
            f"{one['data']}: {one['mark']}",
            one["model"],
            *(number(one["by_leaning"].get(side)) for side in ("left", "right", "left - right")),
        ]
        for one in measured["outlets"]
    ]
    head = ["share of BABE's unbiased sentences that get the mark or head", "model", "left", "right", "difference"]
    return table(head, rows)
