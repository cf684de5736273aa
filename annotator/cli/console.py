"""What goes to the terminal: one-line messages on standard error, results on standard output."""

from __future__ import annotations

import contextlib
import os
import sys

OK, SOME_FAILED, USAGE, STOPPED = 0, 1, 2, 130
"""Exit codes."""
_LONGEST = 1000


def say(message: str) -> None:
    """Put one line on standard error; nothing in it can move a cursor, and nobody needs to read it."""
    line = spell(message[:_LONGEST])
    # A reader of the messages that went away must not cost the work they are about.
    with contextlib.suppress(BrokenPipeError):
        print(f"annotator: {line}", file=sys.stderr, flush=True)


def spell(text: str) -> str:
    r"""One line in which whatever could move a cursor or turn the direction of writing is spelled out (`\x1b`)."""
    return "".join(one if one.isprintable() else _spelled(one) for one in text)


def write(text: str, encoding: str = "utf-8") -> None:
    """Put a result on standard output; what `encoding` cannot hold is written as an escape."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))
    sys.stdout.buffer.flush()


def in_colour() -> bool:
    """Whether standard output is a terminal that wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _spelled(character: str) -> str:
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")
