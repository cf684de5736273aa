"""Where models/, labels/ and app.py are: inside the installed package, else beside it in a clone."""

from __future__ import annotations

from pathlib import Path

from annotator.errors import AnnotatorError

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder (or file) `name` that travels in the wheel, or its original in a clone.

    Raises:
        AnnotatorError: it is in neither place.

    """
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.exists():
            return place
    raise AnnotatorError(f"{name} is neither in {_PACKAGE / '_data'} nor in {_PACKAGE.parent}; install annotator again")
