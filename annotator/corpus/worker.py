"""One shard to one labelled part: what every engine calls, wherever it runs."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, BinaryIO

from annotator import model_folder
from annotator.corpus import cascade, files, shards
from annotator.corpus.cache import CachedAnnotator
from annotator.corpus.cascade import CascadeAnnotator
from annotator.corpus.output import NOTE
from annotator.corpus.rows import BadRow, Broken, Columns, MissingColumn, Row, Rows
from annotator.corpus.run import Effort, Tally, annotate_rows
from annotator.corpus.shards import Shard
from annotator.corpus.writers import Labelled, Layout, open_writer
from annotator.errors import InputError, ModelError
from annotator.marks import Model

STANDARD, FAST = "standard", "fast"
"""How closely a run reads."""


@dataclass(frozen=True)
class Job:
    """What holds for all shards of a run.

    Attributes:
        model, digest: the model's name or folder, and its digest; a worker that finds another one refuses to work.
        level: STANDARD, or FAST for a cascade of two networks.
        annotator: version of the package; likewise.
        run: digest of the note of what the run is; a worker whose run has been replaced by another refuses to work.
        root: the folder that the names of inputs start from.
        thresholds: label and value, where they are other than the model's own.
        unit: what a row holds, "document" or "sentence".
        parts: the folder of the labelled parts.
        work: the folder of what is noted of each.
        fail_fast: stop at the first bad row.

    """

    model: str
    digest: str
    level: str
    annotator: str
    run: str
    root: Path
    thresholds: tuple[tuple[str, float], ...]
    unit: str
    columns: Columns
    layout: Layout
    parts: Path
    work: Path
    fail_fast: bool = False

    def part(self, name: str) -> Path:
        """Where the labelled rows of a shard go."""
        return self.parts / f"{name}.{self.layout.format}"

    def errors(self, name: str) -> Path:
        """Where the bad rows of a shard go."""
        return self.work / f"{name}.errors.jsonl"

    def ids(self, name: str) -> Path:
        """Where a digest of each document's id goes, eight bytes each."""
        return self.work / f"{name}.ids"

    def record(self, name: str) -> Path:
        """Where it is noted that a shard is done; written last."""
        return self.work / f"{name}.json"


@dataclass(frozen=True)
class Done:
    """A shard that is done: its counts, size and digest. `share` (of the run's input) and `effort` are not noted, as
    they depend on the run.
    """

    name: str
    tally: Tally
    size: int
    digest: str
    share: float = field(default=0.0, compare=False)
    effort: Effort = field(default=Effort(), compare=False)

    def to_dict(self) -> dict[str, Any]:
        """What is noted of the shard."""
        return {"name": self.name, **asdict(self.tally), "size": self.size, "digest": self.digest}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Done:
        """Read back what was noted."""
        rest = dict(value)
        name, size, digest = rest.pop("name"), rest.pop("size"), rest.pop("digest")
        return cls(name, Tally(**rest), size, digest)


def load(job: Job, threads: int) -> CachedAnnotator:
    """The annotator of a job.

    Raises:
        ModelError: its model, or the annotator itself, is not the one that the job began with.
    """
    if (here := package_version()) != job.annotator:
        raise ModelError(f"the annotator is {here} here, the run has {job.annotator}; install one version")
    folder = model_folder.find(job.model)
    fast = job.level == FAST
    annotator = CascadeAnnotator(folder, threads, dict(job.thresholds)) if fast else CachedAnnotator(folder, threads)
    if annotator.model.digest != job.digest:
        raise ModelError(f"{job.model} is {annotator.model.digest} here, the run has {job.digest}; use one model")
    return annotator


def label_shard(annotator: CachedAnnotator, job: Job, shard: Shard) -> Done:
    """Label a shard and note that it is done. Part and notes appear one after the other, each of them whole.

    Raises:
        InputError: a bad row, where the job is to fail fast; or the run is no longer that of the job.
    """
    before = annotator.effort()
    tally, ids = Tally(), array("Q")
    with files.replacing(job.errors(shard.name)) as errors, open_writer(job.part(shard.name), job.layout) as writer:
        _check_run(job)
        rows = _told(shards.rows_of(shard, job.columns, job.root), job, tally, errors)
        with closing(annotate_rows(annotator, rows, unit=job.unit)) as labelled:
            for row, document in labelled:
                document = document.at(dict(job.thresholds)) if job.thresholds else document
                writer.write(Labelled(document, row.file, row.number, row.kept))
                tally.add(document)
                ids.append(_id_digest(row.id))
    with files.replacing(job.ids(shard.name)) as handle:
        handle.write(ids.tobytes())
    part = job.part(shard.name)
    done = Done(shard.name, tally, part.stat().st_size, files.digest(part))
    files.write_json(job.record(shard.name), done.to_dict())
    return replace(done, share=shard.share, effort=annotator.effort() - before)


def identity(folder: Path, level: str) -> Model:
    """Which model answers at a level."""
    model = model_folder.identity(folder, model_folder.read_config(folder))
    return cascade.identity(folder, model) if level == FAST else model


def package_version() -> str:
    """The version of the annotator that is installed here."""
    try:
        return version("three-voices")
    except PackageNotFoundError:
        return "unknown"


def _check_run(job: Job) -> None:
    """Refuse to work for a run that was killed and replaced while this worker, on another machine, went on.

    A run that begins removes all temporary files: whoever opened theirs before cannot put them in place, and who opens
    them later finds the note of the new run.
    """
    note = job.work / NOTE
    if not note.exists() or files.digest(note) != job.run:
        raise InputError(f"{note.parent} is of another run now; nothing more is done for this one")


def _told(rows: Rows, job: Job, tally: Tally, errors: BinaryIO) -> Iterator[Row]:
    """The good rows; the bad ones are counted and written to `errors`."""
    with closing(rows):
        for row in rows:
            if isinstance(row, Row):
                yield row
                continue
            if job.fail_fast:
                raise InputError(f"{place(row)}: {row.reason}; --fail-fast ends the run here")
            tally.failed += 1
            tally.broken += isinstance(row, Broken)
            tally.missing += isinstance(row, MissingColumn)
            errors.write(_error(row, with_value=job.layout.with_text))


def place(row: BadRow) -> str:
    """An input and, unless the whole of it is meant, a row of it."""
    return f"{row.file}:{row.number}" if row.number else row.file


def _error(row: BadRow, *, with_value: bool) -> bytes:
    value = {"value": row.value} if with_value else {}
    error = {"file": row.file, "row": row.number or None, "reason": row.reason, **value}
    return json.dumps(error, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _id_digest(id: str) -> int:
    return int.from_bytes(blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
