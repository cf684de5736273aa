"""Peers that count or weigh words: reporting verbs, Hyland's hedges, TextBlob, VADER, the Bias Statement Detector."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np

from benchmarks.peers.peer import Answer, Articles, Peer, Places, Reader, commit, flatten, given, package, release

REPORTING = """
    according_to acknowledge add admit allege announce argue assert claim conclude confirm declare deny describe
    disclose estimate explain insist maintain note predict quote report reveal say state stress suggest tell testify
    tweet warn write
"""
"""Verbs (and one preposition) of the commonest English reports, in their basic form; a list of our own."""
FORMS = {"say": "says said saying", "tell": "tells told telling", "write": "writes wrote written writing"}
QUOTES = re.compile('["“”„«»]')

HYLAND_HEDGES = """
    about almost apparent apparently appear appeared appears approximately argue argued argues around assume assumed
    broadly certain_amount certain_extent certain_level claim claimed claims could couldn't doubt doubtful essentially
    estimate estimated fairly feel feels felt frequently from_my_perspective from_our_perspective from_this_perspective
    generally guess in_general in_most_cases in_most_instances in_my_opinion in_my_view in_our_opinion in_our_view
    in_this_view indicate indicated indicates largely likely mainly may maybe might mostly often on_the_whole ought
    perhaps plausible plausibly possible possibly postulate postulated postulates presumable presumably probable
    probably quite rather relatively roughly seems should sometimes somewhat suggest suggested suggests suppose supposed
    supposes suspect suspects tend_to tended_to tends_to to_my_knowledge typical typically uncertain uncertainly unclear
    unclearly unlikely usually would wouldn't
"""
"""The hedges that Ken Hyland lists in the appendix of Metadiscourse (Continuum 2005); `_` stands for a space."""


def pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Any of some words or phrases (`_` for a space), whole, in any case."""
    ways = (re.escape(word).replace("_", " ").replace("'", "['’]") for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{'|'.join(ways)})\b", re.IGNORECASE)


def inflected(verb: str) -> list[str]:
    """A verb with its forms, regular unless FORMS has it; phrases as they are."""
    if "_" in verb:
        return [verb]
    if verb in FORMS:
        return [verb, *FORMS[verb].split()]
    stem = verb.removesuffix("e")
    if verb.endswith("y"):
        return [verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"]
    doubled = f"{stem}t" if verb in ("admit",) else stem
    return [verb, f"{verb}s", f"{doubled}ed", f"{doubled}ing"]


def of_sentences(score: Callable[[str], float]) -> Reader:
    """A reader that scores each sentence by itself, for one mark."""

    def read(articles: Articles) -> Answer:
        return Answer(np.array([[float(score(text))] for text in flatten(articles)]))

    return read


def open_reporting(_: Places) -> Reader:
    """How many reporting verbs and quotation marks a sentence has."""
    verbs = pattern([form for verb in REPORTING.split() for form in inflected(verb)])
    return of_sentences(lambda text: len(verbs.findall(text)) + len(QUOTES.findall(text)))


def open_hyland(_: Places) -> Reader:
    """How many of Hyland's hedges a sentence has."""
    hedges = pattern(HYLAND_HEDGES.split())
    return of_sentences(lambda text: len(hedges.findall(text)))


def open_textblob(_: Places) -> Reader:
    """TextBlob's subjectivity, 0 to 1."""
    blob = package("textblob", "textblob").TextBlob
    return of_sentences(lambda text: blob(text).sentiment.subjectivity)


def open_vader(_: Places) -> Reader:
    """One minus VADER's share of neutral words."""
    analyser = package("vaderSentiment", "vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return of_sentences(lambda text: 1 - analyser.polarity_scores(text)["neu"])


def open_bsd(places: Places) -> Reader:
    """The bias that cjhutto/bsd computes of a statement by its published regression."""
    folder = given(places.bsd, "--bsd FOLDER, a clone of cjhutto/bsd", "bsdetector/bias.py")
    # PatternLite fetches WordNet when this module is imported; mood and modality, all that is asked of it, need none.
    sys.modules.setdefault("pattern.text.en.wordnet", ModuleType("wordnet"))
    sys.path.insert(0, str(folder))
    try:
        bias = package("cjhutto/bsd", "bsdetector.bias")
    finally:
        sys.path.remove(str(folder))
    bias.count_feature_freq = indexed_count()  # type: ignore[attr-defined]
    # It divides by the number of words, so a sentence without any is not put to it.
    return of_sentences(lambda text: bias.compute_bias(text) if any(map(str.isalnum, text)) else 0.0)


def indexed_count() -> Callable[[Sequence[str], Sequence[str], str], int]:
    """Count a lexicon's words, `stem*` and phrases in a sentence as bsd does, ten times as fast: sorted out once."""
    sorted_out: dict[int, tuple[frozenset[str], list[str], list[str]]] = {}

    def count(lexicon: Sequence[str], words: Sequence[str], lowered: str) -> int:
        if id(lexicon) not in sorted_out:
            stems = [entry[:-1] for entry in lexicon if entry.endswith("*")]
            sorted_out[id(lexicon)] = frozenset(lexicon), stems, [entry for entry in lexicon if " " in entry]
        whole, stems, phrases = sorted_out[id(lexicon)]
        found = sum(word in whole for word in words)
        found += sum(word.startswith(stem) for word in words for stem in stems)
        return found + sum(lowered.count(phrase) for phrase in phrases)

    return count


def _bsd_version(places: Places) -> str:
    return f"commit {commit(given(places.bsd, '--bsd FOLDER, a clone of cjhutto/bsd', 'bsdetector/bias.py'))}"


PEERS = (
    Peer(
        "reporting verbs and quotation marks",
        ("sourced",),
        "how many of the commonest reporting verbs, and quotation marks",
        lambda _: f"{len(REPORTING.split())} entries of our own",
        open_reporting,
    ),
    Peer(
        "Hyland hedges",
        ("speculation",),
        "how many of the hedges listed by Hyland (2005)",
        lambda _: f"{len(HYLAND_HEDGES.split())} entries",
        open_hyland,
    ),
    Peer("TextBlob", ("framing",), "subjectivity", release("textblob"), open_textblob),
    Peer("VADER", ("framing",), "share of words that are not neutral", release("vaderSentiment"), open_vader),
    Peer("cjhutto/bsd", ("framing",), "bias of the statement", _bsd_version, open_bsd),
)
