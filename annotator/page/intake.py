"""What comes into the page: pasted texts, files, demo articles; bounded, and fit to be shown."""

from __future__ import annotations

import re
from pathlib import Path

from annotator import extract
from annotator.errors import InputError
from annotator.extract import Extract

LONGEST = 1_000_000
"""Characters of a text that the page takes."""
LONGEST_COMPARED = 300_000
"""Characters of each of two texts that the page compares."""
LONGEST_NAME = 120
DEMOS = {
    "Wire report": "demo-wire.txt",
    "The same story, rewritten": "demo.txt",
    "Science story": "demo-science.txt",
}
FIRST_DEMO = "The same story, rewritten"
"""The one that has all four labels."""
DEMO_PAIR = ("Wire report", "The same story, rewritten")
"""A report and its rewrite, to be compared."""

_HERE = Path(__file__).parent
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def demo(name: str) -> str:
    """The demo article called `name`, one of DEMOS."""
    return (_HERE / DEMOS[name]).read_text(encoding="utf-8")


def pasted(text: str) -> str:
    """A pasted text, if the page can take it.

    Raises:
        InputError: it is blank or too long.

    """
    if not text.strip():
        raise InputError("There is no text to annotate: paste an article first.")
    remedy = "put it in a file and run `annotator label FILE --out OUT`, which takes more."
    return _bounded(text, LONGEST, "reads", remedy)


def comparable(text: str, which: str = "second") -> str:
    """A second text, or the `which` one, if the page can compare it.

    Raises:
        InputError: it is blank or too long.

    """
    if not text.strip():
        raise InputError("There is no second text to compare with: paste one first.")
    remedy = "put both texts in files and run `annotator compare A B`, which takes more."
    return _bounded(text, LONGEST_COMPARED, "compares", remedy, f"{which} text")


def _bounded(text: str, longest: int, does: str, remedy: str, name: str = "text") -> str:
    if len(text) > longest:
        raise InputError(f"The {name} has {len(text):,} characters, the page {does} up to {longest:,}: {remedy}")
    return text


def uploaded(name: str, content: bytes) -> Extract:
    """The text of an uploaded file; errors are Markdown, with the name escaped.

    Raises:
        InputError: no text can be had from it, or too much.

    """
    try:
        found = extract.read(name, content)
    except InputError as error:
        raise InputError(f"{as_markdown(name)} cannot be read: {error}.") from error
    pasted(found.text)
    return found


def shown_name(name: str) -> str:
    """A file's name on one line, cut where it is very long, without characters that cannot be seen."""
    seen = _UNSEEN.sub("\ufffd", name)
    return seen if len(seen) <= LONGEST_NAME else f"{seen[:LONGEST_NAME]}…"


def as_markdown(name: str) -> str:
    """A file's name as Markdown that shows it to the letter: no picture is loaded, no link made."""
    return _MARKUP.sub(r"\\\1", shown_name(name))
