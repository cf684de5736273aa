"""The values that flow through the annotator: Mark, Source, Sentence, Document. Standard library only.

Offsets count Unicode code points (Python `str` indices), half-open, into the document's text exactly as given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from annotator.errors import InputError

FORMAT = 1
"""Version of the wire format that `Document.to_dict` writes."""

MARK_LABELS = ("sourced", "framing", "speculation")
PLAIN = "plain"
LABELS = (*MARK_LABELS, PLAIN)
VOICES = ("writer", "source")
KINDS = ("named", "unnamed")
ATTRIBUTIONS = (*KINDS, "carried", "none")

LOWEST_THRESHOLD = 0.05
"""Below it a label is never applied, and a sentence keeps no mark for it."""
HIGHEST_THRESHOLD = 0.95


@dataclass(frozen=True)
class Mark:
    """Words that carry an effect: a cue (`sourced`), loaded or interpreting words, a hedge; in whose voice."""

    start: int
    end: int
    label: str
    voice: str
    score: float

    def __post_init__(self) -> None:
        _check_span(self, self.start, self.end)
        _check_choice("label", self.label, MARK_LABELS)
        _check_choice("voice", self.voice, VOICES)


@dataclass(frozen=True)
class Source:
    """Words that name who is made to answer; `cue` is the index of its mark, `resolved` the span of what a
    pronoun or short name stands for; both None when unsure.
    """

    start: int
    end: int
    kind: str
    score: float
    cue: int | None = None
    resolved: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        _check_span(self, self.start, self.end)
        _check_choice("kind", self.kind, KINDS)


@dataclass(frozen=True)
class Sentence:
    """One sentence and what was found in it.

    Attributes:
        label: the primary one of LABELS, `score` its calibrated probability.
        labels: those of MARK_LABELS that apply, in that order.
        scores: a calibrated probability for each of MARK_LABELS.
        primary: a calibrated probability for each of LABELS to be the primary one; they sum to 1.
        attribution: whether the sourced claim names its source here, leaves it unnamed, or carries it on.
        marks, sources: sorted by place, inside the sentence. A mark below its label's threshold is kept, so that
            a lower threshold can be applied later; `shown_marks` leaves it out.
        corrected: whether labels and marks are a reader's and not the model's; its probabilities then are 0 and 1.

    """

    start: int
    end: int
    label: str
    score: float
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    primary: Mapping[str, float]
    attribution: str = "none"
    marks: tuple[Mark, ...] = ()
    sources: tuple[Source, ...] = ()
    corrected: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", dict(self.scores))
        object.__setattr__(self, "primary", dict(self.primary))
        _check_span(self, self.start, self.end)
        _check_choice("attribution", self.attribution, ATTRIBUTIONS)
        if not isinstance(self.corrected, bool):
            raise InputError(f"corrected is {self.corrected!r}, neither true nor false")
        self._check_labels()
        self._check_inside()

    @property
    def shown_marks(self) -> tuple[Mark, ...]:
        """The marks of the labels that apply, and all in a source's voice."""
        return tuple(mark for mark in self.marks if mark.voice == "source" or mark.label in self.labels)

    @property
    def shown_sources(self) -> tuple[Source, ...]:
        """The sources, where the sentence is sourced at all."""
        return self.sources if "sourced" in self.labels else ()

    def at(self, thresholds: Mapping[str, float]) -> Sentence:
        """The same sentence with labels derived anew: those at or over their threshold, the likeliest as primary."""
        return replace(self, **derived_fields(self.scores, self.primary, self.sources, thresholds))

    def _check_labels(self) -> None:
        _check_choice("label", self.label, LABELS)
        if tuple(label for label in MARK_LABELS if label in self.labels) != self.labels:
            raise InputError(f"labels {self.labels!r} are not a subset of {MARK_LABELS} in that order")
        if self.label not in (self.labels or (PLAIN,)):
            raise InputError(f"label {self.label!r} does not go with labels {self.labels!r}")
        if set(self.scores) != set(MARK_LABELS) or set(self.primary) != set(LABELS):
            raise InputError(f"scores must have the keys {MARK_LABELS} and primary {LABELS}")
        for label in ("framing", "speculation"):
            voiced = any(mark.label == label and mark.voice == "writer" for mark in self.marks)
            if label in self.labels and not voiced:
                raise InputError(f"a sentence with {label} needs a {label} mark in the writer's voice")

    def _check_inside(self) -> None:
        for spans in (self.marks, self.sources):
            places = [(span.start, span.end) for span in spans]
            if places != sorted(places):
                raise InputError(f"spans {places} are not sorted")
            if any(start < self.start or end > self.end for start, end in places):
                raise InputError(f"spans {places} leave the sentence [{self.start}, {self.end})")
        if any(source.cue is not None and not 0 <= source.cue < len(self.marks) for source in self.sources):
            raise InputError(f"a source's cue is not the index of one of {len(self.marks)} marks")


@dataclass(frozen=True)
class Model:
    """Which model answered: its name, version and the SHA-256 over its files."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True)
class Document:
    """A text with its sentences in order; `language` is an ISO 639-1 code as detected, or "und"."""

    text: str
    sentences: tuple[Sentence, ...]
    model: Model
    thresholds: Mapping[str, float]
    id: str | None = None
    language: str = "und"

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not isinstance(self.id, str | None):
            raise InputError(f"text and id must be strings, not {type(self.text).__name__}, {type(self.id).__name__}")
        object.__setattr__(self, "thresholds", check_thresholds(self.thresholds))
        end = 0
        for sentence in self.sentences:
            if sentence.start < end or sentence.end > len(self.text):
                raise InputError(f"sentence [{sentence.start}, {sentence.end}) overlaps another or leaves the text")
            end = sentence.end
            if any(max(source.resolved or (0,)) > len(self.text) for source in sentence.sources):
                raise InputError("a resolved source leaves the text")

    def at(self, thresholds: Mapping[str, float]) -> Document:
        """The same document under other thresholds; labels that are not named keep theirs."""
        merged = check_thresholds({**self.thresholds, **thresholds})
        return replace(self, thresholds=merged, sentences=tuple(one.at(merged) for one in self.sentences))

    def to_dict(self, *, with_text: bool = True) -> dict[str, Any]:
        """The wire format; without text, a digest of it stands in its place."""
        text = {"text": self.text} if with_text else {"text_sha256": text_digest(self.text)}
        return {
            "format": FORMAT,
            "id": self.id,
            "language": self.language,
            "model": asdict(self.model),
            "thresholds": dict(self.thresholds),
            **text,
            "sentences": [_sentence_dict(sentence) for sentence in self.sentences],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Document:
        """Read the wire format back.

        Raises:
            InputError: another format number, a missing field, or values that break an invariant.

        """
        try:
            if value.get("format") != FORMAT:
                raise InputError(f"format is {value.get('format')!r}, not {FORMAT}; label the text again")
            return cls(
                text=value["text"],
                sentences=tuple(_sentence_from(one) for one in value["sentences"]),
                model=Model(**value["model"]),
                thresholds=value["thresholds"],
                id=value["id"],
                language=value["language"],
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"not a document of format {FORMAT}: {error}; see docs/wire-format.md") from error


def decide(
    scores: Mapping[str, float], primary: Mapping[str, float], thresholds: Mapping[str, float]
) -> tuple[str, tuple[str, ...]]:
    """The primary label and all labels: those whose score reaches their threshold, and the likeliest of them."""
    labels = tuple(label for label in MARK_LABELS if scores[label] >= thresholds[label])
    return max(labels, key=lambda name: primary[name], default=PLAIN), labels


def derived_fields(
    scores: Mapping[str, float],
    primary: Mapping[str, float],
    sources: tuple[Source, ...],
    thresholds: Mapping[str, float],
) -> dict[str, Any]:
    """The fields of a Sentence that follow from the others under `thresholds`."""
    label, labels = decide(scores, primary, thresholds)
    told = attribution(sources) if "sourced" in labels else "none"
    return {"label": label, "score": primary[label], "labels": labels, "attribution": told}


def attribution(sources: tuple[Source, ...]) -> str:
    """How a sourced sentence names its source: a named one wins over an unnamed one; none at all is carried."""
    kinds = {source.kind for source in sources}
    return next((kind for kind in KINDS if kind in kinds), "carried")


def check_thresholds(thresholds: Mapping[str, float]) -> dict[str, float]:
    """Thresholds for exactly MARK_LABELS, each between LOWEST_THRESHOLD and HIGHEST_THRESHOLD."""
    if not isinstance(thresholds, Mapping):
        raise InputError(f"thresholds are {type(thresholds).__name__}, no object; name all of {MARK_LABELS}")
    for label, value in thresholds.items():
        _check_choice("threshold of", label, MARK_LABELS)
        if not LOWEST_THRESHOLD <= value <= HIGHEST_THRESHOLD:
            raise InputError(
                f"threshold {label}={value} is out of range; give {LOWEST_THRESHOLD} to {HIGHEST_THRESHOLD}"
            )
    if len(thresholds) != len(MARK_LABELS):
        raise InputError(f"thresholds name {sorted(thresholds)}; all of {MARK_LABELS} are needed")
    return {label: float(thresholds[label]) for label in MARK_LABELS}


def text_digest(text: str) -> str:
    """SHA-256 of a text in UTF-8; lone surrogates are kept apart from each other (surrogatepass)."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _sentence_dict(sentence: Sentence) -> dict[str, Any]:
    return {
        "start": sentence.start,
        "end": sentence.end,
        "label": sentence.label,
        "score": sentence.score,
        "labels": list(sentence.labels),
        "scores": dict(sentence.scores),
        "primary": dict(sentence.primary),
        "attribution": sentence.attribution,
        "marks": [dict(vars(mark)) for mark in sentence.marks],
        "sources": [
            {**vars(source), "resolved": list(source.resolved) if source.resolved else None}
            for source in sentence.sources
        ],
        **({"corrected": True} if sentence.corrected else {}),
    }


def _sentence_from(value: Mapping[str, Any]) -> Sentence:
    sources = (
        Source(**{**one, "resolved": tuple(one["resolved"]) if one["resolved"] else None}) for one in value["sources"]
    )
    return Sentence(
        **{
            **value,
            "labels": tuple(value["labels"]),
            "marks": tuple(Mark(**one) for one in value["marks"]),
            "sources": tuple(sources),
        }
    )


def _check_span(value: object, start: int, end: int) -> None:
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end):
        raise InputError(f"{type(value).__name__} [{start}, {end}) is empty, negative or no pair of whole numbers")


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{what} {value!r} is not one of {', '.join(choices)}")
