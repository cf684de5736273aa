"""Training rows: every corpus read into one shape, split once by article, kept apart from everything evaluated on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from annotator.context import leans
from annotator.evaluation.gold import SPAN_KEYS, Span, locate, locate_spans
from annotator.evaluation.gold import digest as digest
from annotator.places import folder

HEADS = (
    "sourced",
    "framing",
    "speculation",
    "polnear_attributed",
    "babe_biased",
    "checkthat_subjective",
    "mpqa_writer",
    "newsdiscourse_expectation",
    "newsdiscourse_speech",
)
"""Sentence heads of the network: our three marks, then what the public corpora say."""

PRIMARY = ("sourced", "framing", "speculation", "plain")

TAGS = (
    *SPAN_KEYS,
    "unnamed",
    "polnear_source",
    "polnear_cue",
    "polnear_content",
    "babe_word",
    "mpqa_word",
)
"""Token tags of the network; `unnamed` is learned on the pieces of sources only."""

MARKS_TRAINING = ("news_train", "news_targeted", "news_more", "babe_marks", "written_train")
EVALUATION_FILES = (
    "marks/news_dev",
    "marks/written_dev",
    "attribution/polnear_dev",
    "framing/babe_dev",
    "framing/checkthat_dev",
    "framing/checkthat_devtest",
    "speculation/newsdiscourse_validation",
)
GENRES, HARD_GENRES, MANY_GENRES, MORE_GENRES = "genres", "hard_genres", "many_genres", "more_genres"
"""Articles of labels/gold/train: of eleven genres; written to be hard; and two lots, each ten times as many, written
for the width of their words."""
CONTRASTS, LOADED_WORDS = "contrasts", "loaded_words"
"""Single sentences of labels/gold/train: with several marks, written to show which of them is the primary one; and sets
that differ in one loaded word, or in whose word it is."""
ARTICLES, SENTENCES = (GENRES, HARD_GENRES, MANY_GENRES, MORE_GENRES), (CONTRASTS, LOADED_WORDS)
WRITTEN = (*ARTICLES, *SENTENCES)
FEW = ("babe", "checkthat")
"""Public corpora so small that they are repeated in training: read for our marks or not, they keep their names."""
READINGS = "readings"
"""Sentences of other corpora that have been read for their marks since (labels/corrections.jsonl); those whose row says
`calib` are kept for that."""
SELECTED = ("news_targeted", "babe_marks", *WRITTEN, *FEW, READINGS)
"""Sentences picked or written for their marks: their rates of framing and speculation are not those of running news."""
CALIB_SHARE = 15
CALIB_SHARES = {GENRES: 50, MANY_GENRES: 0}
"""Of 100 articles so many are kept for `calib`; of a file that is not named here, CALIB_SHARE."""

Row = dict[str, Any]
Spans = dict[str, tuple[Span, ...]]


@dataclass(frozen=True)
class Example:
    """One sentence with what is known of it; a head or tag that is absent is unknown and carries no loss."""

    text: str
    context: str
    corpus: str
    article: str
    heads: dict[str, bool]
    spans: Spans = field(default_factory=dict)
    primary: str | None = None
    source_kind: str | None = None


def in_calib(article: str, corpus: str = "") -> bool:
    """Whether an article is one that the encoder never sees."""
    return _hundredth(article) < CALIB_SHARES.get(corpus, CALIB_SHARE)


def _hundredth(article: str) -> int:
    return int(hashlib.sha256(article.encode()).hexdigest()[:8], 16) % 100


def evaluation_digests(root: Path) -> set[str]:
    """Digests of every sentence of every file that is evaluated on."""
    return {digest(row["text"]) for name in EVALUATION_FILES for row in read_rows(root / f"{name}.jsonl")}


def read_rows(path: Path) -> Iterator[Row]:
    """The JSON objects of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def marks(
    path: Path, name: str, without: Collection[str] = (), corrections: Mapping[str, Row] = MappingProxyType({})
) -> list[Example]:
    """A file of annotated articles: all three marks, all spans, as context the sentence before where one leans on it.

    Rows whose text is from a corpus in `without` are left out; `corrections`, by digest, replace what a row says.
    """
    rows = (row for row in read_rows(path) if row["corpus"] not in without)
    examples = with_context(rows, "article", partial(_marks_example, name))
    return [_corrected(example, corrections.get(digest(example.text))) for example in examples]


def read_corrections() -> dict[str, Row]:
    """What later readings say of training sentences, by the sentence's digest (labels/README.md)."""
    return {row["id"]: row for row in read_rows(folder("labels") / "corrections.jsonl")}


def _corrected(example: Example, correction: Row | None) -> Example:
    if correction is None:
        return example
    return replace(
        example,
        heads=example.heads | {mark: mark in correction["marks"] for mark in HEADS[:3]},
        spans=example.spans
        | {key: tuple((start, end) for start, end in correction["spans"].get(key, ())) for key in SPAN_KEYS},
        primary=correction["primary"],
        source_kind=correction["source_kind"],
    )


def with_context(rows: Iterable[Row], article_key: str, build: Callable[[Row, str], Example]) -> Iterator[Example]:
    """Build examples of rows in article order, with the text of the row before it in the same article where it leans
    on that.
    """
    article, previous = None, ""
    for row in rows:
        known = row[article_key] == article and leans(previous, row["text"])
        yield build(row, previous if known else "")
        article, previous = row[article_key], row["text"]


def _marks_example(corpus: str, row: Row, context: str) -> Example:
    return Example(
        text=row["text"],
        context=context,
        corpus=corpus,
        article=row["article"],
        heads={mark: mark in row["marks"] for mark in HEADS[:3]},
        spans=locate_spans(row),
        primary=row["primary"],
        source_kind=row["source_kind"],
    )


def polnear(root: Path) -> list[Example]:
    """PolNeAR training sentences: attributed or not, with source, cue and content spans."""
    return list(with_context(read_rows(root / "attribution/polnear_train.jsonl"), "doc", _polnear_example))


def _polnear_example(row: Row, context: str) -> Example:
    tags = {f"polnear_{tag}": tuple((start, end) for start, end in row[tag]) for tag in ("source", "cue", "content")}
    heads = {"polnear_attributed": bool(row["attributed"])}
    return Example(row["text"], context, "polnear", row["doc"], heads, tags)


def babe(root: Path) -> list[Example]:
    """BABE training sentences: biased or not, and the words that make them so."""
    rows = read_rows(root / "framing/babe_train.jsonl")
    return [
        Example(
            text=row["text"],
            context="",
            corpus="babe",
            article=digest(row["text"]),
            heads={"babe_biased": bool(row["biased"])},
            spans={"babe_word": locate(row["text"], row["biased_words"], near=None)},
        )
        for row in rows
    ]


def checkthat(root: Path) -> list[Example]:
    """CheckThat! training sentences: subjective or not."""
    rows = read_rows(root / "framing/checkthat_train.jsonl")
    return [
        Example(row["text"], "", "checkthat", digest(row["text"]), {"checkthat_subjective": bool(row["subjective"])})
        for row in rows
    ]


def mpqa(root: Path) -> list[Example]:
    """MPQA sentences: whether the writer is subjective, and the words that show it."""
    return list(with_context(read_rows(root / "framing/mpqa.jsonl"), "doc", _mpqa_example))


def _mpqa_example(row: Row, context: str) -> Example:
    words = [part for part in row["writer_spans"].split("|") if len(part) > 1]
    spans = {"mpqa_word": locate(row["text"], words, near=None)}
    return Example(row["text"], context, "mpqa", row["doc"], {"mpqa_writer": bool(row["writer_subjective"])}, spans)


def newsdiscourse(root: Path) -> list[Example]:
    """NewsDiscourse training sentences: whether they state expectations or consequences, whether they hold speech."""
    rows = read_rows(root / "speculation/newsdiscourse_train.jsonl")
    return list(with_context(rows, "doc", _newsdiscourse_example))


def _newsdiscourse_example(row: Row, context: str) -> Example:
    heads = {
        "newsdiscourse_expectation": row["discourse"] == "Distant_Expectations_Consequences",
        "newsdiscourse_speech": bool(row["speech"]),
    }
    return Example(row["text"], context, "newsdiscourse", row["doc"], heads)


@dataclass(frozen=True)
class Split:
    """`finetune` trains the encoder; `calib`, marks only, fits what stands on it (what answers the corpora's own
    questions is fitted on both); `soft` has no labels, and is for a teacher to read. They share no sentence.
    """

    finetune: list[Example]
    calib: list[Example]
    soft: list[Example] = field(default_factory=list)


READERS = {"polnear": polnear, "babe": babe, "checkthat": checkthat, "mpqa": mpqa, "newsdiscourse": newsdiscourse}
"""The public corpora with labels of their own."""

TEXTS = {
    "ptc": ("framing/ptc_sentences", "article"),
    "ukraine": ("framing/ukraine_votes", "article"),
    "unsc": ("speculation/unsc_hedges", "text"),
    "science": ("speculation/science_certainty", "text"),
}
"""Corpora of which only the texts are read, for a teacher to say what they are: file, and the field of the article."""

OUTSIDE = {
    "unlabelled/basil_articles": "doc",
    "framing/ptc_sentences": "article",
    "speculation/newsdiscourse_validation": "doc",
    "attribution/polnear_dev": "doc",
}
"""Files of whole articles that are in no training, or only in part, and the field of the article."""

PTC_SHARE = 50
"""Of 100 articles of PTC so many are read for a teacher. What is annotated of the others, and of BASIL, is trained on
all the same; the rest of both stays outside all training, for measuring."""

UNLICENSED = (*READERS, "ptc", "ukraine", "unsc", "basil")
"""Corpora whose texts are non-commercial, under AGPL or of unstated licence: all not written for this project."""


def load(root: Path, without: Collection[str] = ()) -> Split:
    """Read the training corpora below `root` and split them; nothing evaluated on is on either side.

    A corpus named in `without` is left out whole: its own labels, and our annotations of its texts.
    """
    evaluated = evaluation_digests(root)
    corrections = read_corrections()
    files = [(root / "marks" / f"{name}.jsonl", name) for name in MARKS_TRAINING]
    marked = [example for path, name in files for example in marks(path, name, without, corrections)]
    written = folder("labels") / "gold" / "train"
    marked += [example for name in ARTICLES for example in marks(written / f"{name}.jsonl", name)]
    others = [read(root) for name, read in READERS.items() if name not in without]
    others += [_texts(root, name) for name in TEXTS if name not in without]
    annotated = {digest(example.text) for example in marked}
    since = {key: row for key, row in corrections.items() if key not in annotated}
    kept = {key for key, row in since.items() if row.get("calib")}
    rest = [_read_since(example, since) for corpus in others for example in corpus]
    calib = [example for example in marked if in_calib(example.article, example.corpus)]
    calib += [example for example in rest if digest(example.text) in kept]
    calib = [example for example in calib if digest(example.text) not in evaluated]
    forbidden = evaluated | {digest(example.text) for example in calib}
    rest += [example for example in marked if not in_calib(example.article, example.corpus)]
    rest += [example for name in SENTENCES for example in marks(written / f"{name}.jsonl", name)]
    allowed = [example for example in rest if _allowed(example, forbidden)]
    finetune = [example for example in allowed if example.heads]
    known = {digest(example.text) for example in finetune}
    soft = {digest(example.text): example for example in allowed if not example.heads}
    return Split(finetune, calib, [example for key, example in soft.items() if key not in known])


def unread(root: Path, split: Split) -> list[Example]:
    """Real sentences, without labels, that are on no side of `split`; on which the two levels can be compared.

    They are of the articles of PTC and BASIL that nobody was to train on, and of the dev parts of two public corpora.
    """
    seen = {digest(one.text) for side in (split.finetune, split.calib, split.soft) for one in side}
    found = {
        digest(one.text): one
        for path, article in OUTSIDE.items()
        for one in with_context(read_rows(root / f"{path}.jsonl"), article, partial(_text_example, path, article))
    }
    return [one for key, one in found.items() if key not in seen and one.text.strip()]


def _read_since(example: Example, corrections: Mapping[str, Row]) -> Example:
    """An example of a corpus without our marks; with them if it has been read for them."""
    correction = corrections.get(digest(example.text))
    if correction is None:
        return example
    read = _corrected(example, correction)
    return read if example.corpus in FEW else replace(read, corpus=READINGS)


def _texts(root: Path, name: str) -> list[Example]:
    path, article = TEXTS[name]
    build = partial(_text_example, name, article)
    examples = with_context(read_rows(root / f"{path}.jsonl"), article, build)
    return [one for one in examples if name != "ptc" or _hundredth(one.article) < PTC_SHARE]


def _text_example(corpus: str, article: str, row: Row, context: str) -> Example:
    return Example(row["text"], context, corpus, row[article], {})


def _allowed(example: Example, forbidden: set[str]) -> bool:
    return digest(example.text) not in forbidden and digest(example.context) not in forbidden
