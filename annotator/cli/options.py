"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from annotator.errors import InputError
from annotator.marks import check_thresholds

if TYPE_CHECKING:
    from annotator.pipeline import Annotator

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="MODEL", help="A model folder, or the name of a shipped model.", show_default=False
    ),
]
ThresholdOption = Annotated[
    list[str] | None,
    typer.Option(
        "--threshold",
        metavar="LABEL=VALUE",
        help="From which probability (0.05 to 0.95) sourced, framing or speculation applies; may be given again.",
        show_default=False,
    ),
]
AnyLanguageOption = Annotated[bool, typer.Option("--any-language", help="Do not warn of texts that are not English.")]


def load(model: str | None) -> Annotator:
    """The annotator, with the default model unless one is named."""
    from annotator import Annotator

    return Annotator.load(model)


def read_thresholds(given: list[str] | None, defaults: dict[str, float]) -> dict[str, float] | None:
    """The thresholds in force, or None where none is given.

    Raises:
        InputError: not LABEL=VALUE, an unknown label, or a value out of range.
    """
    if not given:
        return None
    return check_thresholds({**defaults, **dict(map(_threshold, given))})


def _threshold(text: str) -> tuple[str, float]:
    label, _, value = text.partition("=")
    try:
        return label.strip(), float(value)
    except ValueError as error:
        raise InputError(f"--threshold {text!r} is not LABEL=VALUE; write for example framing=0.6") from error
