"""Train the sentence splitter: `python -m annotator.training.segmenter --ewt FOLDER [--data FOLDER] [--out FOLDER]`.

It learns from the training documents of UD_English-EWT and from the sentences of the news corpora, joined again as
they may have stood on a page; segmenter.cfg is spaCy's configuration of the network and its training.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.segment import reading, units
from annotator.segment_rules import CLOSERS, NEVER_LAST, boundaries
from annotator.training.data import digest, evaluation_digests, in_calib, read_rows
from annotator.training.treebank import Article, documents

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

META = {
    "name": "segmenter",
    "version": "0.1.0",
    "spacy_version": ">=3.8,<4",
    "description": "Where sentences start",
    "license": "see LICENSE.md",
}
CONFIG = Path(__file__).with_name("segmenter.cfg")
SEED = 1
INFIXES = (
    r"(?<=[.!?…][\"”’)\]])(?=[A-Z“‘\"(])",
    r"(?<=\w[!?])(?=[A-Z“‘\"])",
    r"(?<=\w[.!?…])[\"“”’)](?=[A-Z])",
    r"(?<=[a-z0-9)])[.!?…](?=[“‘\"'A-Z])",
)
"""Where words are cut besides what spaCy does for English, so that a missing space hides no boundary: `end."The`."""

NEWS = {
    "attribution/polnear_train": "doc",
    "speculation/newsdiscourse_train": "doc",
    "framing/mpqa": "doc",
    "unlabelled/basil_articles": "doc",
    "marks/news_train": "article",
    "marks/news_more": "article",
}
"""Corpora of sentences in article order, and the key that tells articles apart."""
EWT_REPEATS = 3

# The news corpora were split by machine: what looks wrongly split teaches nothing.
TITLES = "|".join(sorted(map(re.escape, NEVER_LAST), key=len, reverse=True))
CUT_SHORT = re.compile(rf"(?:.*[^\w.])?(?:{TITLES})\.", re.DOTALL)
CUT_OFF = re.compile(r"[a-z,;:.!?’”)\]}]|''|\W*\Z")
MISSED = re.compile(rf"[a-z]{{3}}[.!?][{CLOSERS}]*\s+[\"'“‘(]?[A-Z][a-z]")

FINISHED = re.compile(rf"[.!?…][{CLOSERS}]*\Z")
ENDS_QUOTE = re.compile('[.!?…]["”’]\\Z')
QUOTED = re.compile(r'"(\w[^"]*[\w.,!?…])"')
EMOJI = ("🎉", "😂", "🔥", "👏👏", "😡", "🙏", "👇", "🇺🇸", "❤️", "😭😭", ":)", "🚨")


def main() -> None:
    """Write a folder that spaCy loads: English tokenisation and a senter with a network of its own."""
    parser = argparse.ArgumentParser(prog="python -m annotator.training.segmenter", description=main.__doc__)
    parser.add_argument("--ewt", type=Path, required=True, help="a copy of UD_English-EWT")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the training corpora")
    parser.add_argument("--out", type=Path, default=Path("models/segmenter-en"), help="model folder to write")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache/segmenter-training")
    options = parser.parse_args()
    write_corpora(options.ewt, options.data, options.work)
    save(train(options.work), options.out)


def write_corpora(ewt: Path, data: Path, work: Path) -> None:
    """Write train.spacy, and dev.spacy: the dev documents of EWT."""
    from spacy.tokens import DocBin

    rng, nlp = random.Random(SEED), blank()  # noqa: S311
    work.mkdir(parents=True, exist_ok=True)
    read = [docs(nlp, documents(ewt, "train")) for _ in range(EWT_REPEATS)]
    read.append(docs(nlp, (joined(run, rng) for run in news(data)), by_machine=True))
    DocBin(docs=chain(*read)).to_disk(work / "train.spacy")
    DocBin(docs=docs(nlp, documents(ewt, "dev"))).to_disk(work / "dev.spacy")


def news(root: Path, *, held_out: bool = False) -> Iterator[list[str]]:
    """Runs of consecutive sentences of the news corpora: none is evaluated on, or read twice, or looks wrongly split.

    Some articles are held out, to choose between variants on.
    """
    seen = evaluation_digests(root)
    for name, key in NEWS.items():
        article, run = "", list[str]()
        for row in read_rows(root / f"{name}.jsonl"):
            text, mark = " ".join(row["text"].split()), digest(row["text"])
            if row[key] != article or mark in seen or (run and CUT_SHORT.fullmatch(run[-1])):
                if run and in_calib(article) == held_out:
                    yield run
                article, run = row[key], []
            if CUT_OFF.match(text) or MISSED.search(text):
                run = run[:-1]
            elif mark not in seen:
                run.append(text)
            seen.add(mark)
        if run and in_calib(article) == held_out:
            yield run


def joined(sentences: list[str], rng: random.Random) -> Article:
    """Sentences as they may stand on a page: paragraphs between blank lines or one a line, wrapped, or badly spaced."""
    sentences = styled(sentences, rng)
    paragraphs, paragraph = [], sentences[0]
    for before, after in pairwise(sentences):
        if not FINISHED.search(before) or rng.random() < 0.25:
            paragraphs.append(paragraph)
            paragraph = after
        else:
            missing = rng.random() < (0.15 if ENDS_QUOTE.search(before) else 0.01)
            paragraph += ("" if missing and after[:2].istitle() and len(after) > 20 else " ") + after
    paragraphs.append(paragraph)
    if rng.random() < 0.2:
        paragraphs = [textwrap.fill(one, 72, break_long_words=False, break_on_hyphens=False) for one in paragraphs]
    return Article(rng.choice(["\n\n", "\n"]).join(paragraphs), tuple(sentences))


def styled(sentences: list[str], rng: random.Random) -> list[str]:
    """The same sentences, some with other quotation marks, without capitals, or with an emoji behind them."""
    quotes, lower, emoji = rng.random(), rng.random() < 0.04, rng.random() < 0.06
    if quotes < 0.25:
        sentences = [one.translate(str.maketrans("“”‘’", "\"\"''")) for one in sentences]
    elif quotes < 0.35:
        sentences = [QUOTED.sub(r"‘\1’", one).translate(str.maketrans("“”", "‘’")) for one in sentences]
    elif quotes < 0.5:
        sentences = [QUOTED.sub(r"“\1”", one) for one in sentences]
    if lower:
        sentences = [one.lower() for one in sentences]
    return [f"{one} {rng.choice(EMOJI)}" if emoji and rng.random() < 0.3 else one for one in sentences]


def docs(nlp: Language, articles: Iterable[Article], *, by_machine: bool = False) -> Iterator[Doc]:
    """One Doc a unit, as the segmenter would read it, with its sentence starts; where a machine split the sentences,
    the rules correct it.
    """
    from spacy.tokens import Doc

    for article in articles:
        starts = set(accumulate((visible(one) for one in article.sentences), initial=0))
        before = 0
        for start, end in units(article.text):
            text = reading(article.text[start:end]).text
            tokens = nlp.make_doc(text)
            places = accumulate((len(token) for token in tokens), initial=before)
            found = [token.idx for token, place in zip(tokens, places, strict=False) if place in starts and token.i]
            inner = {0, *(boundaries(text, found) if by_machine and not text.islower() else found)}
            spaces = [bool(token.whitespace_) for token in tokens]
            yield Doc(nlp.vocab, [token.text for token in tokens], spaces, sent_starts=[t.idx in inner for t in tokens])
            before += visible(text)


def visible(text: str) -> int:
    """How many characters of a text are no white space."""
    return len("".join(text.split()))


def blank() -> Language:
    """English with its tokeniser under INFIXES too."""
    import spacy
    from spacy.util import compile_infix_regex

    nlp: Any = spacy.blank("en")
    nlp.tokenizer.infix_finditer = compile_infix_regex([*nlp.Defaults.infixes, *INFIXES]).finditer
    return nlp  # type: ignore[no-any-return]


def train(work: Path, overrides: Mapping[str, object] | None = None) -> Language:
    """Train what segmenter.cfg says on the corpora in `work`; what was best on EWT's dev documents is returned."""
    import spacy
    from spacy.training.initialize import init_nlp
    from spacy.training.loop import train as run
    from spacy.util import load_config, load_model_from_config

    paths = {f"paths.{part}": str(work / f"{part}.spacy") for part in ("train", "dev")}
    config = load_model_from_config(load_config(CONFIG, {**paths, **(overrides or {})}), auto_fill=True).config
    nlp = init_nlp(config)
    nlp.tokenizer = blank().tokenizer
    run(nlp, work, stdout=sys.stdout, stderr=sys.stderr)
    return spacy.load(work / "model-best")


def save(nlp: Language, out: Path) -> None:
    """Write the pipeline with what it needs to run: no training settings, no words that it met."""
    fresh, trained = blank(), nlp.get_pipe("senter")
    senter = fresh.add_pipe("senter", config={"model": nlp.config["components"]["senter"]["model"]})
    senter.from_bytes(trained.to_bytes(exclude=["vocab"]), exclude=["vocab"])  # type: ignore[attr-defined]
    fresh.meta.update(META)
    fresh.to_disk(out)


if __name__ == "__main__":
    main()
