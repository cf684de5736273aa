"""The hedge classifier in the wheel of PyPI's `uncertainty` (after Vincze 2014), read without running any of its code.

Its pickles are of scikit-learn 0.18 and name four classes; `Restricted` knows these and refuses every other. The word
features are those of its training; parts of speech come from a spaCy tagger and chunks from its noun phrases, because
the package's own need corpora of NLTK that no package carries.
"""

from __future__ import annotations

import importlib.util
import io
import pickle
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.peer import Answer, Articles, Missing, Peer, Places, Reader, flatten, package, release
from benchmarks.peers.quotations import open_parser

AFFIXES = (3, 4, 5)
WINDOW = (-2, -1, 0, 1, 2)
NEAR = (-1, 0, 1)
SHAPES = (("A", r"[A-Z]"), ("a", r"[a-z]"), ("0", r"[0-9]"), ("G", r"[Α-Ω]"), ("g", r"[α-ω]"))


class Fitted:
    """Stands for a scikit-learn object of the pickles: its attributes, and no code."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class Restricted(pickle.Unpickler):
    """An unpickler that knows six names and refuses every other."""

    def find_class(self, module: str, name: str) -> Any:
        """The class or function that a pickle may name.

        Raises:
            UnpicklingError: it is not one of the six.

        """
        from numpy._core.multiarray import _reconstruct

        allowed: Mapping[tuple[str, str], Any] = {
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
            ("numpy", "float64"): np.float64,
            ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
            ("sklearn.linear_model.logistic", "LogisticRegression"): Fitted,
            ("sklearn.feature_extraction.dict_vectorizer", "DictVectorizer"): Fitted,
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"the pickle names {module}.{name}; only {len(allowed)} names are allowed")
        return allowed[module, name]


def read_pickle(data: bytes) -> Any:
    """The object in a pickle, under `Restricted`."""
    return Restricted(io.BytesIO(data)).load()


@dataclass(frozen=True)
class Word:
    """A token as the classifier sees it: Porter stem, Penn tag, chunk tag (B-NP, I-VP, O ...), shape."""

    text: str
    root: str
    pos: str
    chunk: str
    shape: str


def features(words: Sequence[Word], index: int) -> set[str]:
    """The names of the binary features of one word in its sentence."""
    word = words[index]
    found = {f"prefix_{size}_{word.text[:size]}" for size in AFFIXES}
    found |= {f"suffix_{size}_{word.text[-size:]}" for size in AFFIXES} | {f"pattern_prefix_{word.shape[:1]}"}
    for offset in WINDOW:
        if not 0 <= index + offset < len(words):
            continue
        other = words[index + offset]
        found |= {f"root_{offset}_{other.root}", f"pos_{offset}_{other.pos}", f"chunk_{offset}_{other.chunk}"}
        if offset in NEAR:
            found.add(f"pattern_{offset}_{other.shape}")
            found |= {f"R_{offset}_{other.root}_{key}" for key in (f"C_0_{word.chunk}", f"P_0_{word.pos}")}
    return found


def shape(word: str) -> str:
    """Runs of the same kind of character as one letter each: "Covid-19" is "Aa!0"."""
    kinds = (
        next((kind for kind, form in SHAPES if re.match(form, char)), "a" if char.isalpha() else "!") for char in word
    )
    return "".join(kind for kind, _ in groupby(kinds))


def chunks(document: Any) -> list[str]:
    """A chunk tag for each token: noun phrases of the parse, runs of verbs with their adverbs, prepositions."""
    tags = [""] * len(document)
    for phrase in document.noun_chunks:
        tags[phrase.start : phrase.end] = ["B-NP", *["I-NP"] * (len(phrase) - 1)]
    for token in document:
        if tags[token.i]:
            continue
        inside = token.i > 0 and tags[token.i - 1].endswith("-VP")
        if (
            token.tag_[:2] in ("MD", "VB")
            or (token.tag_ == "TO" and token.head.pos_ == "VERB")
            or (token.tag_ == "RB" and inside)
        ):
            tags[token.i] = "I-VP" if inside else "B-VP"
        else:
            tags[token.i] = "B-PP" if token.tag_ in ("IN", "TO") else "O"
    return tags


def open_uncertainty(_: Places) -> Reader:
    """The highest probability of being a hedge among a sentence's words."""
    folder = _folder()
    model = read_pickle((folder / "models/bclass.p").read_bytes())
    place = read_pickle((folder / "vectorizers/vectorizer.p").read_bytes()).vocabulary_
    weights, intercept = model.coef_[0], float(model.intercept_[0])
    nlp, stem = open_parser(), package("nltk", "nltk.stem.porter").PorterStemmer().stem

    def score(text: str) -> float:
        logits = [
            intercept + sum(weights[place[name]] for name in found if name in place)
            for found in _words(nlp, stem, text)
        ]
        return 1 / (1 + float(np.exp(-max(logits, default=-np.inf))))

    def read(articles: Articles) -> Answer:
        return Answer(np.array([[score(text)] for text in flatten(articles)]))

    return read


def _words(nlp: Any, stem: Callable[[str], str], text: str) -> Iterator[set[str]]:
    document = nlp(text)
    tagged = zip(document, chunks(document), strict=True)
    words = [
        Word(token.text, stem(token.text).lower(), token.tag_, chunk, shape(token.text))
        for token, chunk in tagged
        if not token.is_space
    ]
    return (features(words, index) for index in range(len(words)))


def _folder() -> Path:
    found = importlib.util.find_spec("uncertainty")
    if found is None or found.origin is None:
        raise Missing("uncertainty is not installed; see benchmarks/requirements-peers.txt")
    return Path(found.origin).parent


PEERS = (
    Peer(
        "uncertainty",
        ("speculation",),
        "highest probability of a hedge among the words",
        release("uncertainty"),
        open_uncertainty,
    ),
)
