"""One run at a time on an output: a lock that the system takes back when its holder ends, however it ends."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from annotator.errors import InputError

NAME = "lock"
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
_TRIES = 20
_LENGTH = 300
"""Bytes that are read of who holds the lock."""


@contextmanager
def held(folder: Path, out: Path) -> Iterator[None]:
    """Hold the lock of the work `folder`, which is made, and removed at the end if nothing else is in it.

    The lock is flock(2), of which Linux makes a lock of the whole network on NFS. Where there is none (Windows, a file
    system without locks), nothing is held.

    Raises:
        InputError: another run holds it; `out` is what it writes.
    """
    handle = _take(folder, out)
    try:
        yield
    finally:
        with handle, suppress(OSError):  # what else is in the folder stays
            (folder / NAME).unlink()
            folder.rmdir()


def _take(folder: Path, out: Path) -> FileIO:
    """The lock file, locked; begun anew where the run before removes it at this very moment."""
    for _ in range(_TRIES):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = (folder / NAME).open("ab+", buffering=0)
        except FileNotFoundError:
            continue
        if not _lock(handle):
            raise InputError(f"{out} is being written by {_holder(handle)}; wait for it, stop it, or write elsewhere")
        if _is(handle, folder / NAME):
            handle.truncate(0)
            handle.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
            return handle
        handle.close()
    raise InputError(f"{folder / NAME} comes and goes; see who else writes to {out}")


def _holder(handle: FileIO) -> str:
    with handle:
        handle.seek(0)
        return handle.read(_LENGTH).decode("utf-8", "replace").strip() or "another run that has just begun"


def _lock(handle: FileIO) -> bool:
    """Whether the lock is ours; where the system knows no locks, it is taken to be."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except ImportError:
        return True
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _is(handle: FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False
