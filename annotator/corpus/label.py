"""A whole run: inputs to a folder or a file of labels, exactly once, however often it is broken off."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from annotator import model_folder
from annotator.corpus import files, kept, shards, worker
from annotator.corpus.engines import Engine
from annotator.corpus.inputs import DATASET, Input, inspect, refuse_changed
from annotator.corpus.output import Place, alone, check_out, clear, empty, manifest_beside, remove_work
from annotator.corpus.rows import Columns
from annotator.corpus.run import Tally
from annotator.corpus.streams import UTF8
from annotator.corpus.worker import Done, Job, package_version
from annotator.corpus.writers import Layout, join
from annotator.errors import InputError

FORMAT = 3
"""Version of the manifest."""
KEPT = ("format", "annotator", "model", "options", "inputs")
"""What of a manifest must be the same for a run to be gone on with."""
KEPT_TYPES = "kept.arrow"
"""In the work folder: the types of the columns that are carried through."""


@dataclass(frozen=True)
class Request:
    """What is asked of a run; see `Job` for what is not explained here. `encoding` None is to be detected."""

    inputs: list[Input]
    out: Path
    columns: Columns
    layout: Layout
    model: str | None = None
    level: str = worker.STANDARD
    thresholds: tuple[tuple[str, float], ...] = ()
    unit: str = "document"
    encoding: str | None = None
    overwrite: bool = False
    fail_fast: bool = False
    shard_rows: int = shards.ROWS


@dataclass(frozen=True)
class Result:
    """What came of a run: its counts, and how many documents have the id of another one before them."""

    tally: Tally
    repeated_ids: int


class Watch(Protocol):
    """Is told how a run goes."""

    def read_as(self, name: str, encoding: str) -> None:
        """A file is not in UTF-8."""

    def lacking(self, columns: Mapping[str, Sequence[str]]) -> None:
        """Inputs, by name, that have none of some columns that are carried through."""

    def done(self, done: Done, errors: Path, *, before: bool) -> None:
        """A shard is done, its bad rows in `errors`; `before`: in an earlier run."""


def label_corpus(request: Request, engine: Engine, watch: Watch) -> Result:
    """Label all inputs; go on with an earlier run of the same request.

    Raises:
        InputError: nothing can be read, or the output is there already, or of another request.
    """
    place = Place.of(request.out)
    check_out(place, request.overwrite)
    with alone(place):
        return _label_corpus(request, place, engine, watch)


def _label_corpus(request: Request, place: Place, engine: Engine, watch: Watch) -> Result:
    began, clock = datetime.now(UTC), monotonic()
    inputs = list(inspect(request.inputs, request.encoding))
    for one in inputs:
        if one.encoding != UTF8:
            watch.read_as(one.name, one.encoding)
    manifest = _manifest(request, inputs)
    try:
        _begin(place, manifest, request.overwrite)
        if place.single and place.out.exists() and (whole := files.read_json(place.manifest)):
            _tidy(place, whole)
            return _result(whole)
        types, lacking = _kept(request, place, inputs, watch)
        job = _job(request, place, manifest, types)
        plan = shards.plan(inputs, job.columns, job.unit, job.work, request.shard_rows)
        done = _finished(place, job, watch) or _label(job, plan, engine, watch)
    except BaseException:
        clear(place)
        raise
    result = Result(_total(done), _repeated_ids(job, done))
    if reason := _nothing(job, done, result.tally):
        clear(place, wholly=True)
        raise InputError(reason)
    times = {"began": began.isoformat(), "seconds": round(monotonic() - clock, 3)}
    names = {name: str(type or "string") for name, type in job.columns.kept}
    refuse_changed(inputs)
    _finish(place, job, done, {**manifest, "keep": names, "lacking": lacking, **_outcome(done, result), "times": times})
    return result


def _kept(request: Request, place: Place, inputs: list[Input], watch: Watch) -> kept.Kept:
    """What is known of the columns that are carried through; it is told which inputs lack some."""
    found = kept.find(inputs, request.columns.keep, place.work / KEPT_TYPES)
    if found.lacking and request.fail_fast:
        name, columns = next(iter(found.lacking.items()))
        raise InputError(f"{name} has no column {columns[0]!r}; --fail-fast ends the run here")
    watch.lacking(found.lacking)
    return found


def _manifest(request: Request, inputs: list[Input]) -> dict[str, Any]:
    """The beginning of the manifest: what the run is."""
    folder = model_folder.find(request.model)
    config = model_folder.read_config(folder)
    return {
        "format": FORMAT,
        "annotator": package_version(),
        "model": asdict(worker.identity(folder, request.level)),
        "thresholds": {**config.thresholds, **dict(request.thresholds)},
        "options": _options(request),
        "inputs": [asdict(one) for one in inputs],
    }


def _job(request: Request, place: Place, manifest: dict[str, Any], types: kept.Types) -> Job:
    """What the workers need to know, wherever they are: a shipped model by its name, folders from the root."""
    model = request.model or model_folder.DEFAULT
    return Job(
        model=str(Path(model).resolve()) if Path(model).is_dir() else model,
        digest=manifest["model"]["digest"],
        level=request.level,
        annotator=manifest["annotator"],
        run=files.digest(place.note),
        root=Path.cwd(),
        thresholds=request.thresholds,
        unit=request.unit,
        columns=replace(request.columns, types=types),
        layout=replace(request.layout, types=types),
        parts=place.parts.absolute(),
        work=place.work.absolute(),
        fail_fast=request.fail_fast,
    )


def _options(request: Request) -> dict[str, Any]:
    """The options that decide what is written, as JSON has them."""
    columns, layout = request.columns, request.layout
    return {
        "level": request.level,
        "unit": request.unit,
        "text_column": columns.text,
        "id_column": columns.id,
        "keep": list(columns.keep),
        "format": layout.format,
        "rows": layout.rows,
        "with_text": layout.with_text,
        "thresholds": dict(request.thresholds),
        "encoding": request.encoding,
        "shard_rows": request.shard_rows,
    }


def _begin(place: Place, manifest: dict[str, Any], overwrite: bool) -> None:
    """Note what the run is, before anything is labelled; an earlier run's notes stay if it was the same."""
    try:
        noted = files.read_json(place.note)
    except InputError:
        if not overwrite:
            raise
        noted = None
        empty(place)
    if noted is not None:
        differing = [name for name in KEPT if noted.get(name) != manifest[name]]
        if differing and not overwrite:
            raise InputError(f"{place.out} holds a run with {_difference(noted, manifest, differing[0])}; {_REMEDY}")
        if differing or (overwrite and (place.manifest.exists() or _may_differ(manifest))):
            empty(place)
            noted = None
    place.work.mkdir(parents=True, exist_ok=True)
    place.parts.mkdir(parents=True, exist_ok=True)
    _remove_temporary(place)
    if noted is None:
        files.write_json(place.note, manifest)


def _may_differ(manifest: dict[str, Any]) -> bool:
    """Whether an input may be another one than before though it is called the same: a dataset that has no digest."""
    return any(one["kind"] == DATASET and one["digest"] is None for one in manifest["inputs"])


def _remove_temporary(place: Place) -> None:
    """Remove what a killed run or worker has begun to write."""
    beside = (place.out.parent, glob.escape(place.out.name) + "*") if place.single else (place.out, "*")
    for folder, name in [(place.work, "*"), (place.parts, "*"), beside]:
        files.remove_parts(folder, name)


_REMEDY = "give --overwrite to start anew, or write elsewhere"


def _difference(noted: dict[str, Any], manifest: dict[str, Any], name: str) -> str:
    """The first thing in which an earlier run differs from this one, in words."""
    if name == "format":
        return f"notes in another format ({noted.get(name)}, not {FORMAT})"
    if (level := noted["options"].get("level")) != manifest["options"]["level"]:
        return f"another level ({level}, not {manifest['options']['level']})"
    if name == "model":
        return f"another model ({noted['model']['name']} {noted['model']['digest'][:15]}…)"
    if name == "options":
        options = manifest["options"]
        option = next(key for key in options if noted["options"].get(key) != options[key])
        return f"other options ({option} was {noted['options'].get(option)!r}, is {options[option]!r})"
    if name == "inputs":
        before = {one["name"]: one for one in noted["inputs"]}
        changed = [one["name"] for one in manifest["inputs"] if before.get(one["name"]) != one]
        return f"other inputs ({changed[0]} is new or has changed)" if changed else "other inputs"
    return f"another version of the annotator ({noted.get(name)})"


def _label(job: Job, plan: Iterator[shards.Shard], engine: Engine, watch: Watch) -> list[Done]:
    """Every shard, done before or now, in the order of the input."""
    done: list[Done] = []

    def left() -> Iterator[shards.Shard]:
        for shard in plan:
            if (noted := _noted(job, shard.name)) is None:
                yield shard
            else:
                done.append(noted)
                watch.done(replace(noted, share=shard.share), job.errors(shard.name), before=True)

    with closing(engine(job, left())) as finished:
        for one in finished:
            done.append(one)
            watch.done(one, job.errors(one.name), before=False)
    return sorted(done, key=lambda one: one.name)


def _finished(place: Place, job: Job, watch: Watch) -> list[Done]:
    """All shards of a run that was finished, if each of its parts is still there; else none."""
    manifest = files.read_json(place.manifest) or {"shards": []}
    done = [_noted(job, one["name"]) for one in manifest["shards"]]
    found = [one for one in done if one is not None]
    if len(found) < len(done):
        return []
    for one in found:
        watch.done(one, job.errors(one.name), before=True)
    return found


def _noted(job: Job, name: str) -> Done | None:
    """What an earlier run noted of a shard, if all that it wrote is still there and its part as it was."""
    part = job.part(name)
    try:
        value = files.read_json(job.record(name))
    except InputError:  # damaged, as its part may be: the shard is labelled again
        value = None
    if value is None or not all(path.is_file() for path in (part, job.errors(name), job.ids(name))):
        return None
    done = Done.from_dict(value)
    return done if part.stat().st_size == done.size and files.digest(part) == done.digest else None


def _total(done: Sequence[Done]) -> Tally:
    total = Tally()
    for one in done:
        total.merge(one.tally)
    return total


def _nothing(job: Job, done: Sequence[Done], tally: Tally) -> str | None:
    """Why there is not a single text, where the inputs cannot be read or lack the column."""
    unusable = tally.broken or (tally.missing and tally.missing == tally.failed)
    if tally.documents or not unusable:
        return None
    error = next(error for error in _errors(job, done) if not (tally.broken and error["row"]))
    return (
        error["reason"]
        if tally.broken
        else f"{error['file']}: no row has the column; row {error['row']} {error['reason']}"
    )


def _errors(job: Job, done: Sequence[Done]) -> Iterator[dict[str, Any]]:
    for one in done:
        with job.errors(one.name).open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _outcome(done: Sequence[Done], result: Result) -> dict[str, Any]:
    return {
        "totals": {**asdict(result.tally), "repeated_ids": result.repeated_ids},
        "shards": [one.to_dict() for one in done],
    }


def _result(manifest: dict[str, Any]) -> Result:
    """What came of a finished run."""
    totals = dict(manifest["totals"])
    repeated_ids = totals.pop("repeated_ids")
    return Result(Tally(**totals), repeated_ids)


def _repeated_ids(job: Job, done: Sequence[Done]) -> int:
    """How many documents have the id of another one before them."""
    import numpy as np

    found = [np.fromfile(job.ids(one.name), dtype=np.uint64) for one in done]
    ids = np.concatenate(found) if found else np.zeros(0)
    return int(len(ids) - len(np.unique(ids)))


def _finish(place: Place, job: Job, done: Sequence[Done], manifest: dict[str, Any]) -> None:
    """Put everything in its place; if that is broken off, the next run does it again."""
    _remove_temporary(place)
    place.errors.unlink(missing_ok=True)
    if any(one.tally.failed for one in done):
        join([job.errors(one.name) for one in done], place.errors, Layout("jsonl"))
    if place.single:
        join([job.part(one.name) for one in done], place.out, job.layout)
    files.write_json(place.manifest, manifest)
    if place.single:
        _tidy(place, manifest)
    else:
        for spilled in sorted(place.work.glob("spill-*"), key=lambda path: path.suffix != ".json"):
            spilled.unlink()  # what says that all parts are there goes before them


def _tidy(place: Place, manifest: dict[str, Any]) -> None:
    """Leave no more than the manifest beside an output that is a file."""
    files.write_json(manifest_beside(place.out), manifest)
    remove_work(place)
