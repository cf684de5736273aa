"""What a peer is: a name, the marks it answers, and a function from articles to scores; how it is opened or missed."""

from __future__ import annotations

import hashlib
import importlib
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import chain
from pathlib import Path
from types import ModuleType

import numpy as np

from annotator.errors import AnnotatorError
from annotator.evaluation.bootstrap import Doubles

Articles = Sequence[Sequence[str]]
"""The sentences of each article, in order."""


class Missing(AnnotatorError):  # noqa: N818 - a peer that is missing is a result, not a failure
    """A peer that cannot be asked on this machine, and why."""


@dataclass(frozen=True)
class Places:
    """Folders of peers that no package registry has, and of `cache`; None where they are not given."""

    sfu: Path | None = None
    bsd: Path | None = None
    write_good: Path | None = None
    minilm: Path | None = None
    cache: Path | None = None


@dataclass(frozen=True)
class Answer:
    """One row of `scores` for each sentence, one column for each of the peer's marks: the higher, the more likely.

    `note` says what the peer could not read, empty where it read everything.
    """

    scores: Doubles
    note: str = ""


Reader = Callable[[Articles], Answer]


@dataclass(frozen=True)
class Peer:
    """A tool that a user could take instead.

    Attributes:
        marks: those of MARK_LABELS that it answers.
        asked: what it is asked, in a few words for the table.
        version: which release it is.
        open: loads it and returns what reads articles.

    `version` and `open` raise Missing where it is not installed or its folder is not given.

    """

    name: str
    marks: tuple[str, ...]
    asked: str
    version: Callable[[Places], str]
    open: Callable[[Places], Reader]


def flatten(articles: Articles) -> list[str]:
    """All sentences of all articles, in order."""
    return list(chain.from_iterable(articles))


def package(name: str, module: str) -> ModuleType:
    """Import a module of a distribution.

    Raises:
        Missing: the distribution or something that it needs is not installed.

    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Missing(f"{name} cannot be imported: {error}; see benchmarks/requirements-peers.txt") from error


def release(name: str) -> Callable[[Places], str]:
    """The `version` of a peer that is a distribution."""

    def version(_: Places) -> str:
        try:
            return f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError as error:
            raise Missing(f"{name} is not installed; see benchmarks/requirements-peers.txt") from error

    return version


def given(path: Path | None, option: str, inside: str) -> Path:
    """The folder that an option gives, known by a file `inside` it.

    Raises:
        Missing: it is not given, or is not what it should be.

    """
    if path is None:
        raise Missing(f"no folder given; use {option}")
    if not (path / inside).exists():
        raise Missing(f"{path} holds no {inside}; check {option}")
    return path.resolve()


def commit(path: Path) -> str:
    """The short id of a checkout's commit."""
    command = ["git", "-C", str(path), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed command
    return done.stdout.strip() or "commit unknown"


def answers(peer: Peer, places: Places, sets: Sequence[Articles]) -> list[Answer]:
    """What a peer says of several sets of articles, each from the cache where there is one.

    Raises:
        Missing: it is not all in the cache, and the peer cannot be opened.

    """
    readers: list[Reader] = []
    found = []
    for articles in sets:
        answer = _remembered(peer, places, articles)
        if answer is None:
            readers = readers or [peer.open(places)]
            answer = readers[0](articles)
            _remember(peer, places, articles, answer)
        found.append(answer)
    return found


def _remembered(peer: Peer, places: Places, articles: Articles) -> Answer | None:
    path = _path(peer, places, articles)
    if path is None or not path.exists():
        return None
    with np.load(path, allow_pickle=False) as stored:
        return Answer(stored["scores"], str(stored["note"]))


def _remember(peer: Peer, places: Places, articles: Articles, answer: Answer) -> None:
    path = _path(peer, places, articles)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, scores=answer.scores, note=np.array(answer.note))


def _path(peer: Peer, places: Places, articles: Articles) -> Path | None:
    """Where an answer is kept; another wording of the question, or other articles, are another place."""
    if places.cache is None:
        return None
    asked = json.dumps([peer.name, peer.marks, peer.asked, [list(article) for article in articles]])
    return places.cache / f"{hashlib.sha256(asked.encode('utf-8', 'replace')).hexdigest()[:24]}.npz"
