"""Files that appear whole or not at all, even when the power fails, and digests of files."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from annotator.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A temporary file beside `path`, which takes its place at the end of the block, or is removed."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # process ids repeat on other machines
    try:
        with part.open("wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """Replace a file by `value` as JSON, with its keys in their order."""
    with replacing(path) as handle:
        handle.write(json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n")


def read_json(path: Path) -> Any:
    """What `write_json` wrote, or None where there is no such file.

    Raises:
        InputError: the file is damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise InputError(f"{path} is damaged: {error}; give --overwrite to start anew") from error


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return "sha256:" + hashlib.file_digest(handle, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """SHA-256 of the names and digests of all files in a folder."""
    found = sorted(one for one in folder.rglob("*") if one.is_file())
    lines = "".join(f"{one.relative_to(folder).as_posix()} {digest(one)}\n" for one in found)
    return "sha256:" + hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def remove_parts(folder: Path, name: str = "*") -> None:
    """Remove what a killed run left half-written in a folder, of files whose names fit the pattern `name`."""
    for part in folder.glob(f".{name}.part"):
        part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the system write a folder's names to disk; a rename is not safe before."""
    if os.name == "posix":
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
