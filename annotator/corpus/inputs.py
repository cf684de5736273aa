"""Which files and datasets a run reads: found in the order of their names, and known by their digests."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotator.corpus import files, streams, tables
from annotator.corpus.output import errors_beside, manifest_beside
from annotator.corpus.readers import BINARY, INPUTS, kind, page_encoding
from annotator.errors import InputError

DATASET = "dataset"


@dataclass(frozen=True)
class Input:
    """A file, or a dataset with its `split` and `config`.

    Attributes:
        name: as it was given, or found under what was given.
        kind: "dataset", else one of INPUTS without its dot.
        encoding: of a text file, as detected or as said.
        size: in bytes; 0 for a dataset.
        digest: SHA-256 of a file's bytes, or of a saved dataset's files; a dataset of another kind has none.
        fault: why the file cannot be read, if so.

    """

    name: str
    kind: str
    encoding: str = streams.UTF8
    size: int = 0
    digest: str | None = None
    split: str | None = None
    config: str | None = None
    fault: str | None = None


def find(sources: Sequence[str], out: Path) -> list[Input]:
    """The inputs that files, patterns (`news/*.jsonl`) and folders name; a folder is searched to its ground.

    Raises:
        InputError: a source names nothing, a file is of no known kind or given twice, or `out` lies in a folder.
    """
    found = [one for source in sources for one in _expand(source, out)]
    names = [os.path.realpath(one.name) for one in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{twice} is given twice; name each input once")
    if os.path.realpath(out) in names:
        raise InputError(f"{out} is the input itself; write to another file")
    return found


def inspect(inputs: Iterable[Input], encoding: str | None) -> Iterator[Input]:
    """Each input with its size, digest and encoding; `encoding` settles the last where it is given."""
    for one in inputs:
        yield _inspect_dataset(one) if one.kind == DATASET else _inspect(one, encoding)


def refuse_changed(inputs: Iterable[Input]) -> None:
    """Make sure that no file has grown, shrunk or gone since it was inspected.

    Raises:
        InputError: one has.
    """
    for one in inputs:
        path = Path(one.name)
        if one.kind != DATASET and not one.fault and not (path.exists() and path.stat().st_size == one.size):
            raise InputError(f"{one.name} has changed while it was read; give --overwrite when nobody writes to it")


def _inspect_dataset(one: Input) -> Input:
    """A dataset that was saved in a folder is known by its files."""
    folder = Path(one.name)
    return replace(one, digest=files.folder_digest(folder)) if tables.is_saved(folder) else one


def _expand(source: str, out: Path) -> list[Input]:
    path = Path(source)
    if path.is_dir() and tables.is_saved(path):
        return [Input(source, DATASET)]
    if path.is_dir():
        return [_file(one) for one in _search(path, out)]
    if path.exists() or not glob.has_magic(source):
        return [_file(path)]
    matching = map(Path, glob.glob(source, recursive=True))  # noqa: PTH207
    found = sorted(one for one in matching if one.is_file() and not _written(one, out))
    if not found:
        raise InputError(f"{source} matches no file; check the pattern")
    return [_file(one) for one in found]


def _search(folder: Path, out: Path) -> list[Path]:
    if out.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{out} lies inside the input {folder}, and would be read as an input; write elsewhere")
    found = sorted(
        one for one in folder.rglob("*") if not _hidden(one.relative_to(folder)) and kind(one) and one.is_file()
    )
    if not found:
        raise InputError(f"{folder} holds no file that ends in {', '.join(INPUTS)} and is no saved dataset; check it")
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _written(path: Path, out: Path) -> bool:
    """Whether a file is what a run has written: in its folder, or beside its one file."""
    own = path.resolve().is_relative_to(out.resolve()) and path.resolve() != out.resolve()
    return own or path.resolve() in (errors_beside(out).resolve(), manifest_beside(out).resolve())


def _file(path: Path) -> Input:
    if not path.exists():
        raise InputError(f"{path} does not exist; check the name")
    if not kind(path):
        packed = "" if path.suffix.lower() in BINARY else " (.gz and .zst may follow that of a text)"
        raise InputError(f"{path} has the suffix {path.suffix!r}; give one of {', '.join(INPUTS)}{packed}")
    return Input(str(path), kind(path))


def _inspect(one: Input, encoding: str | None) -> Input:
    path = Path(one.name)
    try:
        size, digest = path.stat().st_size, files.digest(path)
        detect = page_encoding if one.kind == "html" else streams.detect
        found = one.encoding if f".{one.kind}" in BINARY else encoding or detect(path)
    except OSError as error:
        return Input(one.name, one.kind, fault=f"{path} cannot be read: {error.strerror or error}")
    return Input(one.name, one.kind, found, size, digest)
