"""What several test modules share: the shipped annotator, hostile texts, places."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from annotator import Annotator

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
"""The corpora that the model was trained and evaluated on; they cannot be redistributed."""

# One example loads or runs a network on a shared machine: time says nothing here.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")

NASTY = [
    "<script>alert(1)</script>",
    "\r\n",
    "\r",
    "\0",
    "😀",
    "\u202e",
    "\u200f",
    "\ud800",
    "é",
    "e\u0301",
    "&amp;",
    "\u2028",
]
WORDS = [
    "The minister",
    "said",
    "may",
    "shockwaves",
    '"We lost."',
    "Mr.",
    "3 p.m.",
    "he",
    "according to",
    "– no",
    "?",
    ". ",
]

hostile_text = st.lists(st.one_of(st.sampled_from(NASTY + WORDS), st.text(max_size=6)), max_size=12).map(" ".join)


@pytest.fixture(scope="session")
def annotator() -> Annotator:
    return Annotator.load()


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The training and evaluation corpora; absent on most machines, required in CI."""
    if not DATA.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{DATA} is missing in CI")
        pytest.skip("the training corpora are not on this machine")
    return DATA
