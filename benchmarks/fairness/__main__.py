"""`python -m benchmarks.fairness`: measure, or read what was measured; print it, write it as JSON and as a document."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from annotator import Annotator, AnnotatorError, model_folder
from annotator.errors import InputError
from annotator.marks import MARK_LABELS, text_digest
from benchmarks.fairness import outlets, swaps
from benchmarks.fairness.document import document
from benchmarks.fairness.templates import SWAPS, TEMPLATES, all_series, read_templates, read_values

WORST = 10
DIGITS = 4
PARTS = ("model", "templates", "swaps", "effects", "worst", "labelled", "outlets")


def main(arguments: Sequence[str] | None = None) -> None:
    """Swap names in written sentences; with `--data`, count false alarms by the leaning of an outlet."""
    options = parse(arguments)
    try:
        result = read(options.stored) if options.stored else plain(measure(options))
    except AnnotatorError as error:
        sys.exit(f"error: {error}")
    print("\n".join(lines(result)))
    if options.json:
        options.json.write_text(json.dumps(result, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.document:
        options.document.write_text(document(result), encoding="utf-8")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options; what only measuring needs is refused beside `--stored`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fairness", description=main.__doc__)
    parser.add_argument("--model", help="model folder or name")
    parser.add_argument("--data", type=Path, help="folder with framing/babe_dev.jsonl and framing/babe_train.jsonl")
    parser.add_argument("--held-out-model", type=Path, help="model that never saw BABE, for framing/babe_train.jsonl")
    parser.add_argument("--stored", type=Path, help="measure nothing: read what --json wrote, or a metrics.json")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--document", type=Path, help="write the figures, in words and tables, to this Markdown file")
    options = parser.parse_args(arguments)
    if options.stored and (options.model or options.data or options.held_out_model):
        parser.error("--stored measures nothing: leave out --model, --data and --held-out-model")
    return options


def read(path: Path) -> dict[str, Any]:
    """A result that was written before, alone or as the `fairness` of a metrics.json.

    Raises:
        InputError: the file cannot be read or holds no result.

    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {part: found.get("fairness", found)[part] for part in PARTS}
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise InputError(f"cannot read figures in {path}: {error!r}; give a file that --json wrote") from error


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Both parts; the second one where there are data."""
    folder, data, held_out = model_folder.find(options.model), options.data, options.held_out_model
    annotator = Annotator(folder, threads=1)
    answers = swaps.answer(annotator, all_series(read_templates(), read_values()))
    return {
        "model": annotator.model,
        "templates": text_digest(TEMPLATES.read_text(encoding="utf-8") + SWAPS.read_text(encoding="utf-8")),
        "swaps": swaps.table(answers),
        "effects": swaps.effects(answers),
        "worst": swaps.worst(answers, WORST),
        "labelled": swaps.agreement(answers),
        "outlets": outlet_tables(annotator, folder, data, held_out) if data else [],
    }


def outlet_tables(annotator: Annotator, folder: Path, data: Path, held_out: Path | None) -> list[dict[str, Any]]:
    """babe_dev with the model; babe_train, and babe_dev again, with a model that saw neither."""
    rows = {part: outlets.read_rows(data, part) for part in ("dev", "train")}
    runs = [
        ("dev", "model", "framing", outlets.framing_flags(annotator, rows["dev"])),
        ("dev", "model", outlets.HEAD, outlets.head_flags(folder, rows["dev"])),
    ]
    if held_out:
        stranger = Annotator(held_out, threads=1)
        runs += [(part, "held-out", "framing", outlets.framing_flags(stranger, rows[part])) for part in rows]
    return [
        {"data": f"babe_{part}", "model": model, "mark": mark, **outlets.compare(rows[part], flags)}
        for part, model, mark, flags in runs
    ]


def plain(value: Any) -> Any:
    """The result as JSON has it: dataclasses as objects, nothing for None, floats to DIGITS places."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def lines(result: dict[str, Any]) -> list[str]:
    """The result, as JSON has it, as text."""
    return [
        *_swap_lines(result["swaps"]),
        *_effect_lines(result["effects"]),
        *_worst_lines(result["worst"]),
        *_labelled_lines(result["labelled"]),
        *(line for table in result["outlets"] for line in _outlet_lines(table)),
    ]


def _swap_lines(cells: Sequence[dict[str, Any]]) -> list[str]:
    head = (
        f"{'half':13} {'slot':8} {'n':>4} {'pairs':>6}  95th percentile       any label changes     alike  largest  max"
    )
    rows = [
        f"{one['half']:13} {one['slot']:8} {one['templates']:4} {one['pairs']:6}  {_text(one['p95'])}  "
        f"{_text(one['label_change'])}  {_number(one.get('p95_alike'))}  {one['p95_largest']:.3f}    {one['max']:.3f}"
        for one in cells
    ]
    return ["Change of any mark's probability when a name is swapped", head, *rows]


def _effect_lines(effects: Sequence[dict[str, Any]]) -> list[str]:
    """Only effects whose interval leaves out 0."""
    rows = [
        f"{one['half']:13} {one['slot']:8} {one['value']:24} {mark:12} {one[mark]['value']:+.4f} "
        f"[{one[mark]['low']:+.4f}, {one[mark]['high']:+.4f}]  n {one[mark]['n']}"
        for one in effects
        for mark in MARK_LABELS
        if one[mark]["low"] > 0 or one[mark]["high"] < 0
    ]
    return ["", f"Mean signed effects that differ from 0: {len(rows)} of {len(effects) * len(MARK_LABELS)}", *rows]


def _worst_lines(cases: Sequence[dict[str, Any]]) -> list[str]:
    rows = [
        f"{one['template']} {one['slot']} {one['mark']} {one['change']:.3f}\n"
        f"    {one['low']['p']:.3f} {one['low']['text']}\n    {one['high']['p']:.3f} {one['high']['text']}"
        for one in cases
    ]
    return ["", "Worst cases", *rows]


def _labelled_lines(halves: dict[str, dict[str, float]]) -> list[str]:
    rows = [f"{half:13} {name:24} {rate:.3f}" for half, rates in halves.items() for name, rate in rates.items()]
    return ["", "Share of fillings that the model gives a mark", *rows]


def _outlet_lines(table: dict[str, Any]) -> list[str]:
    sides = [f"  {name:14} {_text(one)}  n {one['n']}" for name, one in table["by_leaning"].items()]
    outlet = [
        f"    {one['outlet']:16} {one['leaning'] or 'none stated':12} {one['rate']:.3f}  n {one['n']}"
        for one in table["outlets"]
    ]
    title = f"False positives of {table['mark']} ({table['model']}) on {table['data']}, not biased"
    return ["", title, *sides, *outlet]


def _number(value: float | None) -> str:
    return "    –" if value is None else f"{value:.3f}"


def _text(figure: dict[str, Any]) -> str:
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


if __name__ == "__main__":
    main()
