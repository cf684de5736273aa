"""Where a run writes, what may be written over, and how nothing is left behind.

A folder gets labels/ (a part a shard), manifest.json and, where rows failed, errors.jsonl; its .annotator/ notes what
is done. A single file is joined from such parts in a hidden folder beside it, which is removed at the end; its manifest
and the bad rows stay beside it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from annotator.corpus import lock
from annotator.corpus.writers import FORMATS
from annotator.errors import InputError

NOTE = "run.json"
"""In the work folder: what the run is."""


@dataclass(frozen=True)
class Place:
    """Where a run writes: `out` as given, the folder of its notes and spilled rows, the folder of its parts."""

    out: Path
    work: Path
    parts: Path
    manifest: Path
    errors: Path
    single: bool

    @property
    def note(self) -> Path:
        """What the run is: a manifest's beginning."""
        return self.work / NOTE

    @classmethod
    def of(cls, out: Path) -> Place:
        """The places of a run whose output is a file, where `out` ends in a dot and one of FORMATS, else a folder."""
        if out.suffix.lower().removeprefix(".") in FORMATS:
            work = out.with_name(f".{out.name}.annotator")
            return cls(out, work, work / "labels", work / "manifest.json", errors_beside(out), single=True)
        work, manifest = out / ".annotator", out / "manifest.json"
        return cls(out, work, out / "labels", manifest, out / "errors.jsonl", single=False)


def errors_beside(out: Path) -> Path:
    """Where the bad rows of a run go whose output is a file."""
    return out.with_name(f"{out.name}.errors.jsonl")


def manifest_beside(out: Path) -> Path:
    """Where the manifest of a run is kept whose output is a file."""
    return out.with_name(f"{out.name}.manifest.json")


def check_out(place: Place, overwrite: bool) -> None:
    """Refuse an output that could not be written, or would cost what is there.

    Raises:
        InputError: no folder to write in, a file where a folder is to be or the reverse, or `overwrite` is missing.
    """
    out = place.out
    if not out.parent.is_dir():
        raise InputError(f"{out.parent} is no folder; make it, or write elsewhere")
    if out.exists() and out.is_dir() == place.single:
        what = "a folder; give the name of a file" if place.single else "a file; end it in .parquet, .jsonl or .csv"
        raise InputError(f"{out} is {what}")
    if place.single and out.exists() and not overwrite and not place.note.exists():
        if place.work.is_dir():  # all but empty, where an earlier run was broken off at its very end
            with lock.held(place.work, out):
                pass
        raise InputError(f"{out} exists already; give --overwrite to replace it")
    if not place.single and out.exists() and any(out.iterdir()) and not place.work.exists():
        raise InputError(f"{out} is a folder of something else; give a new one")


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Keep other runs away from the output; at the end remove the folders that were made for nothing.

    Raises:
        InputError: another run is writing there.
    """
    try:
        with lock.held(place.work, place.out):
            yield
    finally:
        if not place.single:
            with suppress(OSError):  # what is in it stays
                place.out.rmdir()


def clear(place: Place, *, wholly: bool = False) -> None:
    """Leave nothing behind where nothing is done."""
    if wholly or not any(place.work.glob("part-*[0-9].json")):
        empty(place)


def empty(place: Place) -> None:
    """Remove all that an earlier run has left, but not the output of one that wrote a file."""
    for path in (place.manifest, *(() if place.single else (place.errors,))):
        path.unlink(missing_ok=True)
    shutil.rmtree(place.parts, ignore_errors=True)
    remove_work(place)


def remove_work(place: Place) -> None:
    """Empty the work folder but for the lock; what says whose the rest is, and that it is finished, goes last."""
    last = ["", place.manifest.name, place.note.name]
    found = [path for path in place.work.glob("*") if path.name != lock.NAME]
    for path in sorted(found, key=lambda path: last.index(path.name) if path.name in last else 0):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
